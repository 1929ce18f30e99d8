//! The commit protocol (`engine.md`): one Kafka transaction for all tasks of the worker that have changes, then one
//! store batch per task.

use crate::codec::{OffsetMetadata, Position};
use crate::log::{End, InputPartition, LogResult, OffsetCommit, Outgoing, Session};

use super::cadence::Cycle;
use super::checks::Violated;
use super::intake::DeadLetter;
use super::task::{Changes, Conditions, Destination, Task};
use super::watermark::Now;
use super::worker::{Environment, Phase, Progress, Worker, ends};
use super::{Settings, Stage, Stop, TaskError};

/// A task's part of a transaction.
pub(super) struct Part {
    pub task: u32,
    pub changes: Changes,
    dead_letters: Vec<DeadLetter>,
}

impl Worker {
    /// Commits everything since the last commit, and what is due. Does nothing when there is nothing.
    ///
    /// # Errors
    /// [`Stop`] when the worker must not go on.
    pub(super) fn commit(&mut self, progress: &mut Progress) -> Result<(), Stop> {
        let clock = std::sync::Arc::clone(&self.environment.clock);
        let now = Now { wall: clock.wall(), monotonic: clock.monotonic() };
        let parts = self.prepare(now)?;
        if parts.is_empty() {
            self.cycle = Cycle::default();
            return Ok(());
        }
        let session = self.session.as_mut().expect("a commit needs a session");
        let sent = send(session.as_mut(), self.environment.stage, &self.environment.settings, &parts);
        #[cfg(feature = "sabotage")]
        let sent = self.spoil(sent, &parts);
        let session = self.session.as_mut().expect("a commit needs a session");
        let timed = |part: &Part| part.changes.fired + part.changes.restated;
        let units = self.cycle.records + parts.iter().map(timed).sum::<usize>();
        match sent.and_then(|offsets| session.commit(&offsets)) {
            Ok(()) => {
                let took = clock.monotonic().saturating_sub(now.monotonic);
                self.environment.telemetry.commit_duration.record(took.as_secs_f64());
                progress.committed = true;
                progress.busy |= parts.iter().any(|part| !part.changes.tally.is_idle);
                progress.emitted += parts.iter().map(|part| part.changes.tally.reasons.len()).sum::<usize>();
                self.commit_began = Some(now.monotonic);
                self.went_well(units);
                self.store(parts, now)
            }
            Err(error) => {
                let with_timers: Vec<u32> = parts.iter().filter(|part| timed(part) > 0).map(|part| part.task).collect();
                self.failed(error, units, &with_timers, now)
            }
        }
    }

    /// Settles, moves the watermarks, fires timers, encodes. A task whose store fails is left out.
    fn prepare(&mut self, now: Now) -> Result<Vec<Part>, Stop> {
        let directory = self.environment.directory.snapshot();
        let settings = std::sync::Arc::clone(&self.environment.settings);
        let is_clock_trusted = self.is_clock_trusted();
        // A jump of the clock fires nothing.
        let mut timers = if is_clock_trusted { self.bounded.timers(self.cycle.records) } else { 0 };
        let mut restated = self.allowed_to_restate(now);
        let mut parts = Vec::new();
        let mut failed: Vec<(u32, TaskError)> = Vec::new();
        for (&partition, phase) in &mut self.phases {
            let Phase::Running(task) = phase else { continue };
            let conditions = Conditions { directory: &directory, settings: &settings, now, timers, restated };
            let session = self.session.as_ref().expect("a commit needs a session");
            let ends = is_clock_trusted.then(|| ends(session.as_ref(), self.membership.topics.len(), partition));
            match prepare_task(task.as_mut(), ends.as_deref(), &conditions) {
                Ok(Some(mut changes)) => {
                    timers -= changes.fired;
                    restated -= changes.restated;
                    self.allowance.0 -= changes.restated as f64;
                    let mut dead_letters = self.dead_letters.remove(&partition).unwrap_or_default();
                    dead_letters.append(&mut changes.dead_letters);
                    parts.push(Part { task: partition, changes, dead_letters });
                }
                Ok(None) => {}
                Err(error) => failed.push((partition, error)),
            }
        }
        failed.into_iter().try_for_each(|(task, error)| self.leave_out(task, &error, now))?;
        Ok(parts)
    }

    /// Counts and stores what is committed. A task whose store cannot be written is restored from the changelog later.
    fn store(&mut self, parts: Vec<Part>, now: Now) -> Result<(), Stop> {
        let budget = self.environment.settings.overlay_bytes / self.phases.len().max(1);
        let mut failed: Vec<(u32, TaskError)> = Vec::new();
        for Part { task: number, changes, dead_letters } in parts {
            self.count(&changes, &dead_letters);
            self.report.restated(number, changes.restated);
            if self.environment.stage == Stage::Channels {
                self.environment.consumed.committed(number, changes.meta().input_offsets[0]);
            }
            let changelog = self.environment.stage.changelog(&self.environment.settings);
            let session = self.session.as_ref().expect("a commit needs a session");
            let offset = session.written(changelog, number).expect("every part writes its meta row");
            let Some(Phase::Running(task)) = self.phases.get_mut(&number) else { continue };
            let started = self.environment.clock.monotonic();
            match task.committed(changes, &Position { changelog: changelog.to_owned(), offset, is_partial: false }) {
                Ok(violated) => {
                    task.evict(budget);
                    self.environment.violated(&violated);
                }
                Err(error) => failed.push((number, error)),
            }
            let took = self.environment.clock.monotonic().saturating_sub(started);
            self.environment.telemetry.store_write_duration.record(took.as_secs_f64());
        }
        failed.into_iter().try_for_each(|(task, error)| self.leave_out(task, &error, now))
    }

    fn count(&self, changes: &Changes, dead_letters: &[DeadLetter]) {
        let telemetry = &self.environment.telemetry;
        let tally = &changes.tally;
        for &reason in &tally.reasons {
            telemetry.finalizations.add(reason as usize, 1);
        }
        telemetry.profile_values_dropped.increment(tally.dropped_profile_values);
        telemetry.snapshots_published.add(0, tally.windows);
        telemetry.snapshots_published.add(1, tally.live);
        self.environment.violated(&tally.violated);
        telemetry.differences.increment(tally.differences);
        telemetry.differences_dropped.increment(tally.dropped_differences);
        for dead in dead_letters {
            telemetry.dead_letters.add(dead.rejection.reason as usize, 1);
        }
    }
}

impl Environment {
    /// Tells of identities that do not hold: by name and place, never by id, which may be a person's.
    fn violated(&self, violations: &[Violated]) {
        self.board.violated(violations.len() as u64);
        for Violated { identity, channel, dimension, window } in violations {
            self.telemetry.identity_violations.add(*identity as usize, 1);
            let (identity, dimension) = (identity.as_str(), dimension.path());
            let window = window.map(|(size, start)| format!("{} {start}", size.as_str()));
            tracing::error!(
                identity,
                channel = channel.as_deref(),
                dimension,
                window,
                "metric snapshots do not add up"
            );
        }
    }
}

/// `ends` is `None` while the clock is not to be trusted: then the watermark stands still.
fn prepare_task(
    task: &mut dyn Task,
    ends: Option<&[Option<End>]>,
    conditions: &Conditions<'_>,
) -> Result<Option<Changes>, TaskError> {
    task.settle(conditions);
    if let Some(ends) = ends {
        task.advance(ends, conditions.now);
    }
    if task.has_work(conditions)? { task.changes(conditions).map(Some) } else { Ok(None) }
}

/// The Kafka transaction up to its commit. Gives the offsets, which go with every task in it, even when nothing was read:
/// only so is a zombie fenced that has nothing but timers to fire.
fn send(session: &mut dyn Session, stage: Stage, settings: &Settings, parts: &[Part]) -> LogResult<Vec<OffsetCommit>> {
    session.begin()?;
    let inputs = stage.inputs(settings);
    let mut offsets = Vec::with_capacity(parts.len() * inputs.len());
    for part in parts {
        for message in &part.changes.messages {
            session.send(Outgoing {
                topic: match message.to {
                    Destination::SessionMetadata => &settings.topics.session_metadata,
                    Destination::Differences => &settings.topics.differences,
                    Destination::MetricSnapshots => &settings.topics.metric_snapshots,
                },
                partition: message.partition,
                key: message.key.as_deref(),
                value: Some(&message.value),
                headers: &[],
            })?;
        }
        for dead in &part.dead_letters {
            send_dead_letter(session, settings, inputs, dead)?;
        }
        for (key, value) in part.changes.rows.rows() {
            session.send(Outgoing {
                topic: stage.changelog(settings),
                partition: Some(part.task),
                key: Some(key),
                value,
                headers: &[],
            })?;
        }
        let metadata = OffsetMetadata::of(part.changes.meta()).to_string();
        offsets.extend(part.changes.meta().input_offsets.iter().enumerate().map(|(topic, offset)| OffsetCommit {
            partition: InputPartition { topic, partition: part.task },
            offset: *offset,
            metadata: metadata.clone(),
        }));
    }
    Ok(offsets)
}

/// The bytes as they came; headers: reason, detail, topic, partition, offset, timestamp, then the original ones
/// (`finalization.md`, Outputs).
fn send_dead_letter(
    session: &mut dyn Session,
    settings: &Settings,
    inputs: &[String],
    dead: &DeadLetter,
) -> LogResult<()> {
    let topic = dead.topic.map_or(&settings.topics.directory, |topic| &inputs[topic]);
    let partition = dead.partition.to_string();
    let offset = dead.offset.to_string();
    let timestamp = dead.timestamp.map(|at| at.millis().to_string());
    let mut headers: Vec<(&str, Option<&[u8]>)> = vec![
        ("reason", Some(dead.rejection.reason.as_str().as_bytes())),
        ("detail", Some(dead.rejection.detail.as_bytes())),
        ("topic", Some(topic.as_bytes())),
        ("partition", Some(partition.as_bytes())),
        ("offset", Some(offset.as_bytes())),
        ("timestamp", timestamp.as_deref().map(str::as_bytes)),
    ];
    headers.extend(dead.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())));
    session.send(Outgoing {
        topic: &settings.topics.dead_letters,
        partition: None,
        key: dead.key.as_deref(),
        value: dead.value.as_deref(),
        headers: &headers,
    })
}
