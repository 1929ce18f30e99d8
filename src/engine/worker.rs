//! A worker: one consumer, one transactional producer, some tasks; driven by one thread, step by step.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::log::{Batch, Cluster, End, InputPartition, LogError, Membership, PollLimits, Rebalance, Session};
use crate::store::Stores;
use crate::telemetry::{Board, Health, RebalanceKind, Telemetry};
use crate::time::Timestamp;

use super::assignment::{co_partitioned, one_set};
use super::bounded::Bounded;
use super::cadence::Cycle;
use super::directory::Directory;
use super::health::Report;
use super::housekeeping::Consumed;
use super::intake::{DeadLetter, Intake};
use super::restore::Restore;
use super::task::Task;
use super::watermark::{ClockWatch, Now};
use super::{Settings, Stage, Stop, TaskError};

/// Records taken at once, so that other bounds are looked at in between.
const POLL_RECORDS: usize = 2_000;
/// A member that has had no assignment for so long, an empty one included, though the cluster answers, joins anew: its
/// client must have lost its way.
const UNASSIGNED_MAX: Duration = Duration::from_secs(120);
/// How often what failed for want of a broker or a disk is tried again.
pub(super) const RETRY: Duration = Duration::from_millis(500);

/// What all workers of one stage share in a process.
#[derive(Clone)]
pub struct Environment {
    /// The stage.
    pub stage: Stage,
    /// The cluster.
    pub cluster: Arc<dyn Cluster>,
    /// The stores of the stage.
    pub stores: Arc<dyn Stores>,
    /// The directory, read to its end.
    pub directory: Arc<Directory>,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// The settings.
    pub settings: Arc<Settings>,
    /// What is counted.
    pub telemetry: Telemetry,
    /// What is told to those who ask whether the process is well.
    pub health: Arc<Health>,
    /// What of it is the stage's own.
    pub first_worker: usize,
    /// Up to where the second stage has read what the first has sent it.
    pub consumed: Arc<Consumed>,
    /// What is so now in the contact center, for Prometheus.
    pub board: Arc<Board>,
}

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Input records read.
    pub records: usize,
    /// Records emitted by a committed transaction.
    pub emitted: usize,
    /// Whether a transaction was committed.
    pub committed: bool,
    /// Whether it held more than watermarks.
    pub busy: bool,
}

/// A task as the worker holds it.
///
/// ```text
///  (assigned) ─→ Restoring ─→ Running ─→ (revoked)
///                    ↑           │ the store cannot be written, or the transaction's outcome is unknown
///                    └─ Waiting ←┘
/// ```
pub(super) enum Phase {
    /// To be restored from the group's committed offsets, not before `retry`.
    Waiting { retry: Duration, alarm: Option<String> },
    /// Its store is brought up to date.
    Restoring { restore: Box<Restore>, since: Duration },
    /// It folds events.
    Running(Box<dyn Task>),
    /// Its output is refused by the log: stopped, with an alarm, until the process is restarted.
    Stopped { alarm: String },
}

/// A worker. See the module's documentation and [`Worker::step`].
pub struct Worker {
    pub(super) number: usize,
    pub(super) environment: Environment,
    pub(super) membership: Membership,
    pub(super) cluster_id: String,
    /// Partitions of each input topic.
    pub(super) partitions: u32,
    pub(super) session: Option<Box<dyn Session>>,
    pub(super) phases: BTreeMap<u32, Phase>,
    /// An assignment whose committed offsets are still to be fetched.
    pub(super) assigned: Option<Vec<u32>>,
    /// Since when the session has had no assignment; `None`: it has one.
    pub(super) unassigned: Option<Duration>,
    pub(super) dead_letters: BTreeMap<u32, Vec<DeadLetter>>,
    /// What the open cycle, from one commit to the next, has taken in.
    pub(super) cycle: Cycle,
    /// When the last commit began that went well.
    pub(super) commit_began: Option<Duration>,
    pub(super) bounded: Bounded,
    /// When it was fenced of late, and how often of that without a commit since.
    pub(super) fenced: VecDeque<Duration>,
    pub(super) fenced_idle: usize,
    pub(super) retry_at: Duration,
    /// Records that may be restated by now, and when that was reckoned.
    pub(super) allowance: (f64, Duration),
    watch: ClockWatch,
    batch: Batch,
    pub(super) paused: BTreeMap<InputPartition, bool>,
    pub(super) report: Report,
    #[cfg(feature = "sabotage")]
    pub(super) sabotage: Option<super::Sabotage>,
}

impl Worker {
    /// Joins the group as worker `number` of this process.
    ///
    /// # Errors
    /// [`Stop`] when the topics are not as they must be or the broker cannot be reached.
    pub fn join(environment: Environment, number: usize) -> Result<Self, Stop> {
        let settings = &environment.settings;
        let membership = environment.stage.membership(settings, number);
        let cluster_id = environment.cluster.cluster_id()?;
        let partitions = co_partitioned(environment.cluster.as_ref(), environment.stage, settings)?;
        let session = match environment.cluster.join(&membership) {
            Ok(session) => Some(session),
            Err(LogError::Fatal(message)) => return Err(Stop::Misconfigured(message)),
            Err(error) => {
                // It has just answered: from here on it is waited for.
                tracing::warn!(%error, "cannot join the group: trying again");
                None
            }
        };
        let report = Report::new(environment.stage, environment.first_worker + number);
        let now = environment.clock.monotonic();
        Ok(Worker {
            number,
            bounded: Bounded::new(settings.bounds),
            environment,
            membership,
            cluster_id,
            partitions,
            session,
            phases: BTreeMap::new(),
            assigned: None,
            unassigned: Some(now),
            dead_letters: BTreeMap::new(),
            cycle: Cycle::default(),
            commit_began: None,
            fenced: VecDeque::new(),
            fenced_idle: 0,
            retry_at: Duration::ZERO,
            allowance: (0.0, Duration::ZERO),
            watch: ClockWatch::default(),
            batch: Batch::default(),
            paused: BTreeMap::new(),
            report,
            #[cfg(feature = "sabotage")]
            sabotage: None,
        })
    }

    /// One round: poll, fold, restore a little, commit when it is time. Waits at most about `commit_interval`.
    ///
    /// # Errors
    /// [`Stop`] when the worker must not go on. Everything that waiting can cure is waited for.
    pub fn step(&mut self) -> Result<Progress, Stop> {
        let now = self.look();
        if let Err(error) = self.environment.directory.follow(self.environment.clock.as_ref()) {
            tracing::debug!(%error, "the directory cannot be followed at the moment");
        }
        if !self.ensure_session(now)? {
            // A broker that is away is no reason to be restarted.
            self.tell(now)?;
            return Ok(Progress::default());
        }
        let mut progress = Progress::default();
        let rebalance = match self.poll(now) {
            Ok(rebalance) => rebalance,
            Err(error) => {
                self.recover(error, now)?;
                None
            }
        };
        progress.records = self.take_in(now)?;
        if let Some(rebalance) = rebalance {
            self.rebalance(rebalance, &mut progress)?;
        }
        self.watch_membership(now);
        self.fetch_offsets(now)?;
        self.restore(now)?;
        self.hold_back(now);
        self.advance(now);
        if self.is_commit_due(now)? {
            self.commit(&mut progress)?;
        }
        self.tell(now)?;
        Ok(progress)
    }

    /// Commits what is there and ends; the group is left only when `leave` says so (a static member comes back).
    ///
    /// # Errors
    /// [`Stop`] as for [`Worker::step`].
    pub fn finish(mut self, leave: bool) -> Result<Progress, Stop> {
        let mut progress = Progress::default();
        if self.session.is_some() {
            self.commit(&mut progress)?;
        }
        self.phases.clear();
        if let Some(mut session) = self.session.take()
            && leave
            && let Err(error) = session.leave()
        {
            tracing::warn!(%error, "could not leave the group: others take over after the session time-out");
        }
        self.environment.health.ended(self.environment.first_worker + self.number);
        Ok(progress)
    }

    /// The tasks that are running.
    pub fn running(&self) -> Vec<u32> {
        let running = |(task, phase): (&u32, &Phase)| matches!(phase, Phase::Running(_)).then_some(*task);
        self.phases.iter().filter_map(running).collect()
    }

    /// The lowest watermark of the running tasks.
    pub fn watermark(&self) -> Option<Timestamp> {
        let of = |phase: &Phase| match phase {
            Phase::Running(task) => Some(task.common().watermark),
            _ => None,
        };
        self.phases.values().filter_map(of).min()
    }

    fn look(&mut self) -> Now {
        let clock = &self.environment.clock;
        let now = Now { wall: clock.wall(), monotonic: clock.monotonic() };
        if self.environment.settings.watch_clock {
            let before = self.watch.jump();
            let jump = self.watch.look(now);
            if before.is_none()
                && let Some(jump) = jump
            {
                tracing::error!(seconds = %jump, "the wall clock jumped: watermarks stand still until it is right again");
            }
        }
        now
    }

    pub(super) fn is_clock_trusted(&self) -> bool {
        self.watch.jump().is_none()
    }

    /// Makes sure that there is a session; a fenced one is replaced after a moment.
    fn ensure_session(&mut self, now: Now) -> Result<bool, Stop> {
        if self.session.is_some() {
            return Ok(true);
        }
        if now.monotonic < self.retry_at {
            self.environment.clock.sleep(self.environment.settings.idle_wait);
            return Ok(false);
        }
        match self.environment.cluster.join(&self.membership) {
            Ok(session) => {
                self.session = Some(session);
                self.unassigned = Some(now.monotonic);
            }
            Err(LogError::Fatal(message)) => return Err(Stop::Misconfigured(message)),
            Err(error) => {
                tracing::warn!(%error, "cannot join the group: trying again");
                self.retry_at = now.monotonic + RETRY;
            }
        }
        Ok(self.session.is_some())
    }

    fn poll(&mut self, now: Now) -> Result<Option<Rebalance>, LogError> {
        let limit = self.bounded.records(self.cycle.records);
        let idle_wait = self.environment.settings.idle_wait;
        let since = self.cycle.since.unwrap_or(now.monotonic);
        let wait = (since + self.gathering_time()).saturating_sub(now.monotonic).min(idle_wait);
        let limits =
            PollLimits { max_records: limit.min(POLL_RECORDS), max_bytes: self.bounded.bytes(self.cycle.bytes), wait };
        let session = self.session.as_mut().expect("ensured by step");
        session.poll(&mut self.batch, limits)
    }

    /// Folds the batch.
    fn take_in(&mut self, now: Now) -> Result<usize, Stop> {
        let batch = std::mem::take(&mut self.batch);
        let intake = Intake {
            check_partition: self.environment.settings.check_partition.then_some(self.partitions),
            now: now.wall,
            poisoned: &self.bounded.poisoned,
            telemetry: &self.environment.telemetry,
        };
        let mut failed: Vec<(u32, TaskError)> = Vec::new();
        let mut records = 0;
        for record in batch.iter() {
            let partition = record.partition().partition;
            let Some(Phase::Running(task)) = self.phases.get_mut(&partition) else { continue };
            if failed.iter().any(|(task, _)| *task == partition) {
                continue;
            }
            records += 1;
            match task.take(record, &intake) {
                Ok(None) => {}
                Ok(Some(dead)) => self.dead_letters.entry(partition).or_default().push(dead),
                Err(error) => failed.push((partition, error)),
            }
        }
        for (at, position) in batch.positions() {
            if let Some(Phase::Running(task)) = self.phases.get_mut(&at.partition) {
                task.common_mut().inputs[at.topic].position = *position;
            }
        }
        if records > 0 {
            self.cycle.since = self.cycle.since.or_else(|| Some(self.gathering_since(now)));
            self.cycle.first = self.cycle.first.or(batch.iter().next().map(|r| (r.partition(), r.offset())));
            self.cycle.records += records;
            self.cycle.bytes += batch.bytes();
        }
        self.batch = batch;
        self.batch.clear();
        failed.into_iter().try_for_each(|(task, error)| self.leave_out(task, &error, now))?;
        Ok(records)
    }

    fn rebalance(&mut self, rebalance: Rebalance, progress: &mut Progress) -> Result<(), Stop> {
        let telemetry = self.environment.telemetry.clone();
        match rebalance {
            Rebalance::Assigned(partitions) => {
                telemetry.rebalanced(RebalanceKind::Assigned);
                let tasks = one_set(&partitions, &self.membership.topics).or_else(|stop| {
                    // More likely partitions were added than that somebody does not subscribe: say so with the counts.
                    co_partitioned(
                        self.environment.cluster.as_ref(),
                        self.environment.stage,
                        &self.environment.settings,
                    )
                    .and(Err(stop))
                })?;
                tracing::info!(worker = self.number, ?tasks, "assigned");
                self.give_up();
                self.assigned = Some(tasks);
                self.unassigned = None;
            }
            Rebalance::Revoked | Rebalance::Lost => {
                let lost = rebalance == Rebalance::Lost;
                telemetry.rebalanced(if lost { RebalanceKind::Lost } else { RebalanceKind::Revoked });
                tracing::info!(worker = self.number, lost, tasks = ?self.running(), "revoked");
                if !lost {
                    self.commit(progress)?;
                }
                self.give_up();
                self.unassigned = Some(self.environment.clock.monotonic());
                self.report.joined(&self.environment.health, false);
                if let Some(session) = &mut self.session
                    && let Err(error) = session.release()
                {
                    let now = self.look();
                    self.recover(error, now)?;
                }
            }
        }
        Ok(())
    }

    fn watch_membership(&mut self, now: Now) {
        let Some(since) = self.unassigned else { return };
        if now.monotonic.saturating_sub(since) < UNASSIGNED_MAX {
            return;
        }
        self.unassigned = Some(now.monotonic);
        // While the cluster is away there is no group to join.
        if self.environment.cluster.partitions(&self.membership.topics[0]).is_ok() {
            tracing::error!(worker = self.number, "the group has assigned nothing for long: joining anew");
            self.drop_session(now);
        }
    }

    /// Forgets all tasks; their stores are as the last commit left them.
    pub(super) fn give_up(&mut self) {
        self.report.release_all(&self.environment.health);
        self.phases.clear();
        self.paused.clear();
        self.dead_letters.clear();
        self.assigned = None;
        self.cycle = Cycle::default();
    }

    /// Moves the watermarks of tasks for which nothing is waiting to be settled.
    fn advance(&mut self, now: Now) {
        if self.watch.jump().is_some() {
            return;
        }
        let Some(session) = &self.session else { return };
        for (&partition, phase) in &mut self.phases {
            if let Phase::Running(task) = phase
                && task.is_settled()
            {
                task.advance(&ends(session.as_ref(), self.membership.topics.len(), partition), now);
            }
        }
    }

    fn tell(&mut self, now: Now) -> Result<(), Stop> {
        let session = self.session.as_deref();
        let told = self.report.tell(now, &self.phases, session, &self.paused, &self.environment, self.watch.jump());
        told.map_err(|went_back| self.went_back(&went_back))?;
        // Only now: a worker whose tasks are not told yet would look ready while they are restored.
        if self.session.is_some() && self.unassigned.is_none() && self.assigned.is_none() {
            self.report.joined(&self.environment.health, true);
        }
        Ok(())
    }
}

/// The known ends of a task's inputs.
pub(super) fn ends(session: &dyn Session, topics: usize, partition: u32) -> Vec<Option<End>> {
    (0..topics).map(|topic| session.end(InputPartition { topic, partition })).collect()
}
