//! What a worker does when something goes wrong, and how it finds the record that makes a transaction fail.

use std::time::Duration;

use crate::log::{Committed, InputPartition, LogError, OffsetCommit};
use crate::telemetry::CommitOutcome;

use super::assignment::co_partitioned;
use super::cadence::Cycle;
use super::health::WentBack;
use super::restore::{Failure, Restore, Surroundings};
use super::watermark::Now;
use super::worker::{Environment, Phase, RETRY, Worker};
use super::{Stage, Start, Stop, TaskError};

/// How often a task is restored again whose store could not be used.
const STORE_RETRY: Duration = Duration::from_secs(10);
/// So often within [`FENCED_WITHIN`], without a commit in between, and another process has the same name.
const FENCED_MAX: usize = 3;
/// So often with commits in between: two that take the name from each other in turns get something done each time.
const FENCED_IN_TURNS: usize = 6;
const FENCED_WITHIN: Duration = Duration::from_secs(60);

impl Worker {
    /// A transaction was committed: what was made careful by failures is relaxed.
    pub(super) fn went_well(&mut self, units: usize) {
        self.environment.telemetry.committed(CommitOutcome::Committed);
        self.bounded.committed(units);
        self.fenced_idle = 0;
        self.cycle = Cycle::default();
    }

    /// An error of the log outside a transaction.
    ///
    /// # Errors
    /// [`Stop`] when waiting does not help.
    pub(super) fn recover(&mut self, error: LogError, now: Now) -> Result<(), Stop> {
        match error {
            LogError::Fenced(message) => self.fenced(&message, now),
            LogError::Unknown(message) => self.unknown(&message, now),
            LogError::Fatal(message) => Err(Stop::Misconfigured(message)),
            LogError::Gone(at, message) => {
                self.mark(at);
                Err(Stop::Contradiction(format!("{message}. Start under a new application_id")))
            }
            LogError::Unavailable(_) | LogError::Abort(_) | LogError::Refused(_) => {
                tracing::warn!(%error, "the log cannot serve at the moment");
                self.environment.clock.sleep(RETRY.min(self.environment.settings.commit_interval));
                Ok(())
            }
        }
    }

    /// A transaction failed: `units` records and timers were in it.
    ///
    /// # Errors
    /// [`Stop`] when waiting does not help.
    pub(super) fn failed(&mut self, error: LogError, units: usize, fired: &[u32], now: Now) -> Result<(), Stop> {
        tracing::warn!(%error, units, "a transaction failed: its events are read again");
        if let LogError::Unknown(message) = error {
            // It may have taken too long for its size.
            self.bounded.divisor = (self.bounded.divisor * 2).min(1 << 12);
            return self.unknown(&message, now);
        }
        if let LogError::Fenced(message) = error {
            return self.fenced(&message, now);
        }
        let session = self.session.as_mut().expect("a transaction has a session");
        match session.abort() {
            Ok(()) => {}
            Err(LogError::Fenced(message)) => return self.fenced(&message, now),
            Err(other) => return self.unknown(&other.to_string(), now),
        }
        self.environment.telemetry.committed(CommitOutcome::Aborted);
        let first = self.cycle.first;
        self.roll_back(now)?;
        match error {
            LogError::Fatal(message) => Err(Stop::Misconfigured(message)),
            LogError::Refused(message) => {
                self.isolate(&message, units, first, fired);
                Ok(())
            }
            LogError::Unavailable(_) => {
                self.environment.clock.sleep(RETRY);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Halves what a transaction takes, until the one that the log refuses is alone.
    fn isolate(&mut self, message: &str, units: usize, first: Option<(InputPartition, i64)>, fired: &[u32]) {
        if units > 1 {
            self.bounded.isolating = Some(units / 2);
            return;
        }
        self.environment.telemetry.poisoned_records.increment(1);
        match (first, fired.first()) {
            // What the first stage has sent must not be passed over: the sums would be wrong for good.
            (Some((at, _)), _) if self.environment.stage == Stage::Channels => self.stop_task(at.partition, message),
            // It is its dead letter that is refused.
            (Some((at, offset)), _) if self.bounded.poisoned.contains(&(at, offset)) => {
                self.stop_task(at.partition, message);
            }
            (Some((at, offset)), _) => {
                let topic = &self.membership.topics[at.topic];
                tracing::error!(
                    topic,
                    partition = at.partition,
                    offset,
                    message,
                    "what follows from this event is refused: it goes to the dead letters"
                );
                self.bounded.poisoned.push((at, offset));
            }
            (None, Some(task)) => self.stop_task(*task, message),
            // Nothing but a task's own rows, of which none is new: it is the topic that refuses.
            (None, None) => {
                tracing::error!(message, "the changelog refuses state rows: raise its max.message.bytes");
                self.environment.clock.sleep(RETRY);
            }
        }
    }

    /// A task's output is refused.
    fn stop_task(&mut self, task: u32, message: &str) {
        let alarm = format!(
            "the log refuses a record of it ({message}): raise the topics' max.message.bytes (`wrapup topics create` says \
             what is needed), then restart"
        );
        tracing::error!(task, alarm, "a task is stopped");
        self.phases.insert(task, Phase::Stopped { alarm });
        self.pause_inputs(task);
    }

    /// Nothing of the transaction is committed and the stores are as the last commit left them: read again from there.
    fn roll_back(&mut self, now: Now) -> Result<(), Stop> {
        let mut starts = Vec::new();
        let mut failed: Vec<(u32, TaskError)> = Vec::new();
        for (partition, phase) in std::mem::take(&mut self.phases) {
            let Phase::Running(task) = phase else {
                self.phases.insert(partition, phase);
                continue;
            };
            match task.roll_back() {
                Ok(task) => {
                    let at = |topic| InputPartition { topic, partition };
                    let inputs = task.common().inputs.iter().enumerate();
                    starts.extend(inputs.map(|(topic, input)| (at(topic), input.position)));
                    self.phases.insert(partition, Phase::Running(task));
                }
                Err(error) => failed.push((partition, error)),
            }
        }
        self.dead_letters.clear();
        self.cycle = Cycle::default();
        failed.into_iter().try_for_each(|(task, error)| self.leave_out(task, &error, now))?;
        let session = self.session.as_mut().expect("a transaction has a session");
        match session.seek(&starts) {
            Ok(()) => Ok(()),
            Err(error) => self.recover_seek(error, now),
        }
    }

    /// Without a position to read from, the tasks must fetch theirs anew.
    fn recover_seek(&mut self, error: LogError, now: Now) -> Result<(), Stop> {
        let tasks: Vec<u32> = self.phases.keys().copied().collect();
        tasks.into_iter().for_each(|task| self.restart(task, now.monotonic + RETRY, None));
        self.recover(error, now)
    }

    /// The outcome of a transaction is unknown: a new producer of the same name resolves it, then every task restores.
    fn unknown(&mut self, message: &str, now: Now) -> Result<(), Stop> {
        tracing::warn!(message, "the outcome of a transaction is unknown: resolving it");
        self.environment.telemetry.committed(CommitOutcome::Unknown);
        #[cfg(feature = "sabotage")]
        if self.sabotage == Some(super::Sabotage::NoRestore)
            && self.session.as_mut().is_some_and(|session| session.reinitialise().is_ok())
        {
            return self.roll_back(now);
        }
        let tasks: Vec<u32> = self.phases.keys().copied().collect();
        tasks.into_iter().for_each(|task| self.restart(task, now.monotonic, None));
        self.dead_letters.clear();
        self.cycle = Cycle::default();
        let session = self.session.as_mut().expect("a transaction has a session");
        match session.reinitialise() {
            Ok(()) => Ok(()),
            Err(LogError::Fenced(message)) => self.fenced(&message, now),
            Err(LogError::Fatal(message)) => Err(Stop::Misconfigured(message)),
            Err(error) => {
                // A new session has a new producer of the same name: that resolves it as well.
                tracing::warn!(%error, "cannot resolve it at the moment: joining anew");
                self.drop_session(now);
                Ok(())
            }
        }
    }

    /// An input ends before where it ended.
    pub(super) fn went_back(&mut self, WentBack { at, before, end }: &WentBack) -> Stop {
        self.mark(*at);
        Stop::Contradiction(format!(
            "{} [{}] went on to offset {before} and now ends at {}: the topic was made anew, or has lost records. Start \
             under a new application_id",
            self.membership.topics[at.topic], at.partition, end.offset
        ))
    }

    /// Commits an offset that contradicts the state, so that whoever starts next stops as well, however far the topic has
    /// grown by then: with a topic the broker forgets the group's offsets in it, but a transaction since then has
    /// committed the old ones to the new topic.
    fn mark(&mut self, at: InputPartition) {
        let mark = OffsetCommit { partition: at, offset: 0, metadata: "the topic is not the one it was".to_owned() };
        let marked = self.session.as_mut().map(|session| session.begin().and_then(|()| session.commit(&[mark])));
        if let Some(Err(error)) = marked {
            tracing::warn!(%error, "the group's offsets cannot be marked as contradicting the state");
        }
    }

    fn fenced(&mut self, message: &str, now: Now) -> Result<(), Stop> {
        tracing::warn!(message, "fenced: another process uses this instance's name, or this one was away");
        self.environment.telemetry.committed(CommitOutcome::Fenced);
        self.fenced.push_back(now.monotonic);
        while self.fenced.front().is_some_and(|at| now.monotonic.saturating_sub(*at) > FENCED_WITHIN) {
            self.fenced.pop_front();
        }
        self.fenced_idle = (self.fenced_idle + 1).min(self.fenced.len());
        if self.fenced_idle >= FENCED_MAX || self.fenced.len() >= FENCED_IN_TURNS {
            return Err(Stop::Fenced(self.environment.settings.instance_id.clone()));
        }
        self.drop_session(now);
        Ok(())
    }

    pub(super) fn drop_session(&mut self, now: Now) {
        self.give_up();
        self.report.joined(&self.environment.health, false);
        self.session = None;
        self.retry_at = now.monotonic + RETRY;
    }

    /// A task whose store cannot be used leaves the transactions and is restored later.
    ///
    /// # Errors
    /// [`Stop`] when its state is damaged.
    pub(super) fn leave_out(&mut self, task: u32, error: &TaskError, now: Now) -> Result<(), Stop> {
        match error {
            TaskError::Damaged(message) => Err(Stop::Contradiction(format!(
                "the state of task {task} in {} cannot be used: {message}",
                self.environment.stores.location(task)
            ))),
            TaskError::Store(error) => {
                self.report.store_failed(task);
                tracing::error!(task, %error, "a task's store cannot be used: it is paused and tried again every 10 s");
                self.restart(task, now.monotonic + STORE_RETRY, Some(error.to_string()));
                Ok(())
            }
        }
    }

    /// Drops a task's memory and restores it, not before `retry`.
    fn restart(&mut self, task: u32, retry: Duration, alarm: Option<String>) {
        if matches!(self.phases.get(&task), Some(Phase::Stopped { .. })) {
            return;
        }
        self.phases.insert(task, Phase::Waiting { retry, alarm });
        self.dead_letters.remove(&task);
        self.pause_inputs(task);
    }

    fn pause_inputs(&mut self, partition: u32) {
        let inputs = self.inputs_of(partition);
        if let Some(session) = &mut self.session
            && let Err(error) = session.pause(&inputs)
        {
            // Records that come nevertheless are not taken in: the task is not running.
            tracing::debug!(%error, "cannot pause");
        }
        self.inputs_paused(partition);
    }

    /// The partitions that a task reads.
    fn inputs_of(&self, partition: u32) -> Vec<InputPartition> {
        (0..self.membership.topics.len()).map(|topic| InputPartition { topic, partition }).collect()
    }

    /// Fetches the committed offsets of tasks that are to be restored.
    ///
    /// # Errors
    /// [`Stop`] when waiting does not help.
    pub(super) fn fetch_offsets(&mut self, now: Now) -> Result<(), Stop> {
        if now.monotonic < self.retry_at {
            return Ok(());
        }
        let waiting = |(task, phase): (&u32, &Phase)| match phase {
            Phase::Waiting { retry, .. } if *retry <= now.monotonic => Some(*task),
            _ => None,
        };
        let (tasks, fresh) = match self.assigned.clone() {
            Some(tasks) => (tasks, true),
            None => (self.phases.iter().filter_map(waiting).collect(), false),
        };
        if tasks.is_empty() && !fresh {
            return Ok(());
        }
        if fresh {
            let Environment { cluster, stage, settings, .. } = &self.environment;
            match co_partitioned(cluster.as_ref(), *stage, settings) {
                Ok(partitions) => self.partitions = partitions,
                Err(Stop::Unreachable(message)) => {
                    tracing::warn!(message, "cannot look at the topics at the moment");
                    self.retry_at = now.monotonic + RETRY;
                    return Ok(());
                }
                Err(stop) => return Err(stop),
            }
        }
        match self.begin_restores(&tasks, fresh, now) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.retry_at = now.monotonic + RETRY;
                self.recover(error, now)
            }
        }
    }

    fn begin_restores(&mut self, tasks: &[u32], fresh: bool, now: Now) -> Result<(), LogError> {
        let inputs: Vec<InputPartition> = tasks.iter().flat_map(|&task| self.inputs_of(task)).collect();
        let session = self.session.as_mut().expect("ensured by step");
        let committed = session.committed(&inputs)?;
        let mut starts = Vec::new();
        for (at, committed) in inputs.iter().zip(&committed) {
            let offset = match committed {
                Some(committed) => committed.offset,
                None => {
                    let Environment { cluster, stage, settings, .. } = &self.environment;
                    let (first, end) = cluster.bounds(&self.membership.topics[at.topic], at.partition)?;
                    if stage.start(settings) == Start::Earliest { first } else { end }
                }
            };
            starts.push((*at, offset));
        }
        if fresh {
            session.assign(&starts)?;
            self.assigned = None;
        } else {
            session.seek(&starts)?;
        }
        let topics = self.membership.topics.len();
        for (index, &task) in tasks.iter().enumerate() {
            let of_task = index * topics..(index + 1) * topics;
            let committed = committed[of_task.clone()].to_vec();
            let starts = starts[of_task].iter().map(|(_, offset)| *offset).collect();
            let restore = Box::new(Restore::new(task, committed, starts, now.monotonic));
            self.phases.insert(task, Phase::Restoring { restore, since: now.monotonic });
            self.inputs_paused(task);
        }
        Ok(())
    }

    /// Goes on with restores; a restored task runs.
    ///
    /// # Errors
    /// [`Stop`] when state, offsets and changelog contradict each other.
    pub(super) fn restore(&mut self, now: Now) -> Result<(), Stop> {
        let environment = self.environment.clone();
        let around = Surroundings {
            stage: environment.stage,
            cluster: environment.cluster.as_ref(),
            stores: environment.stores.as_ref(),
            settings: &environment.settings,
            board: &environment.board,
            cluster_id: &self.cluster_id,
            partitions: self.partitions,
            now,
            #[cfg(feature = "sabotage")]
            is_stable_end_enough: self.sabotage == Some(super::Sabotage::StableEnd),
        };
        let mut paused = Vec::new();
        let mut doubted = Vec::new();
        for (&number, phase) in &mut self.phases {
            let Phase::Restoring { restore, since } = phase else { continue };
            match restore.step(&around) {
                Ok(None) => {}
                Ok(Some(task)) => {
                    let took = now.monotonic.saturating_sub(*since);
                    environment.telemetry.restore_duration.record(took.as_secs_f64());
                    let sequence = task.common().meta.sequence;
                    tracing::info!(stage = environment.stage.name(), task = number, sequence, ?took, "restored");
                    *phase = Phase::Running(task);
                }
                Err(Failure::Later(reason)) => tracing::debug!(task = number, reason, "a restore has to wait"),
                Err(Failure::Away(reason)) => {
                    tracing::debug!(task = number, reason, "the log cannot be read at the moment");
                    // The other tasks would wait as long, one after the other.
                    break;
                }
                Err(Failure::Store(message)) => paused.push((number, message)),
                Err(Failure::Disagrees(stop)) => doubted.push((number, restore.committed().to_vec(), stop)),
                Err(Failure::Stop(stop)) => return Err(stop),
            }
        }
        for (task, committed, stop) in doubted {
            self.doubt(task, &committed, stop, now)?;
        }
        for (task, message) in paused {
            let error = TaskError::Store(crate::store::StoreError::Unusable(message));
            self.leave_out(task, &error, now)?;
        }
        Ok(())
    }

    /// A restore has found the changelog at another commit than the offsets it began with. Since then another instance may
    /// have committed (this one was stopped for longer than its session, say): only if the offsets have not moved is it a
    /// contradiction, for a transaction moves both.
    fn doubt(&mut self, task: u32, began_with: &[Option<Committed>], stop: Stop, now: Now) -> Result<(), Stop> {
        let inputs = self.inputs_of(task);
        let Some(session) = &mut self.session else { return Ok(()) };
        match session.committed(&inputs) {
            Ok(committed) if committed == began_with => Err(stop),
            Ok(_) => {
                tracing::info!(task, "another instance committed during the restore: it is begun anew");
                self.restart(task, now.monotonic, None);
                Ok(())
            }
            Err(error) => {
                self.restart(task, now.monotonic + RETRY, None);
                self.recover(error, now)
            }
        }
    }
}
