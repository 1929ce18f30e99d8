//! What a worker tells about itself: gauges and health, about once a second.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::log::{End, InputPartition, Session};
use crate::telemetry::{Health, TaskHealth, TaskName, TaskPhase, TaskTelemetry};
use crate::time::{Span, Timestamp};

use super::Stage;
use super::stall::{Sight, StallWatch};
use super::task::{Common, Task};
use super::watermark::Now;
use super::worker::{Environment, Phase};

/// How often gauges are set.
const EVERY: Duration = Duration::from_secs(1);

/// The gauges of one worker's tasks.
pub(super) struct Report {
    stage: Stage,
    worker: usize,
    tasks: BTreeMap<u32, (TaskTelemetry, TaskPhase, bool)>,
    stalls: StallWatch,
    told: Option<Duration>,
}

/// An input partition that ends before where it ended: made anew, or robbed of records.
pub(super) struct WentBack {
    pub at: InputPartition,
    pub before: i64,
    pub end: End,
}

impl Report {
    pub(super) fn new(stage: Stage, worker: usize) -> Self {
        Report { stage, worker, tasks: BTreeMap::new(), stalls: StallWatch::default(), told: None }
    }

    pub(super) fn joined(&self, health: &Health, joined: bool) {
        health.joined(self.worker, joined);
    }

    pub(super) fn release_all(&mut self, health: &Health) {
        self.tasks.keys().for_each(|task| health.released(name(self.stage, *task)));
        self.tasks.clear();
        self.stalls.clear();
    }

    /// A task's store could not be used.
    pub(super) fn store_failed(&self, task: u32) {
        if let Some((gauges, ..)) = self.tasks.get(&task) {
            gauges.store_write_failures.increment(1);
        }
    }

    /// Records of a task were restated.
    pub(super) fn restated(&self, task: u32, records: usize) {
        if let Some((gauges, ..)) = self.tasks.get(&task) {
            gauges.restated_chats.increment(records as u64);
        }
    }

    /// Beats, and sets what is due to be set.
    ///
    /// # Errors
    /// [`WentBack`] when an input topic is not the one that it was.
    pub(super) fn tell(
        &mut self,
        now: Now,
        phases: &BTreeMap<u32, Phase>,
        session: Option<&dyn Session>,
        paused: &BTreeMap<InputPartition, bool>,
        environment: &Environment,
        jump: Option<Span>,
    ) -> Result<(), WentBack> {
        let Environment { health, telemetry, settings, stores, .. } = environment;
        health.beat(self.worker);
        let stage = self.stage;
        let topics: Vec<&str> = stage.inputs(settings).iter().map(String::as_str).collect();
        let is_due = self.told.is_none_or(|told| now.monotonic.saturating_sub(told) >= EVERY);
        for (&task, phase) in phases {
            let entry = self.tasks.entry(task).or_insert_with(|| {
                health.task(name(stage, task), TaskHealth::Restoring { remaining: None });
                (telemetry.task(stage.name(), number(task), &topics), TaskPhase::Restoring, true)
            });
            let (gauges, before, is_new) = entry;
            let state = match phase {
                Phase::Running(_) => TaskPhase::Running,
                Phase::Waiting { alarm: Some(_), .. } | Phase::Stopped { .. } => TaskPhase::Paused,
                Phase::Waiting { alarm: None, .. } | Phase::Restoring { .. } => TaskPhase::Restoring,
            };
            if *before != state {
                gauges.enter(state);
                *before = state;
                *is_new = true;
            }
            if is_due || std::mem::take(is_new) {
                describe(name(stage, task), phase, now, session, gauges, health);
            }
        }
        if is_due {
            self.told = Some(now.monotonic);
            for (&task, phase) in phases {
                match phase {
                    Phase::Running(running) => self.watch(task, running.as_ref(), now, session, paused, environment)?,
                    _ => self.stalls.pass_over(task, now.monotonic),
                }
            }
            health.clock_jump(self.worker, jump.unwrap_or(Span::ZERO));
            telemetry.clock_jump.set(seconds(health.largest_clock_jump()));
            telemetry.block_cache_bytes.set(stores.cache_bytes() as f64);
            telemetry.memtable_bytes.set(stores.memtable_bytes() as f64);
        }
        Ok(())
    }
}

impl Report {
    /// Looks whether the inputs of a running task move, and tells of those that do not.
    fn watch(
        &mut self,
        partition: u32,
        task: &dyn Task,
        now: Now,
        session: Option<&dyn Session>,
        paused: &BTreeMap<InputPartition, bool>,
        environment: &Environment,
    ) -> Result<(), WentBack> {
        let settings = &environment.settings;
        let mut stalls = Vec::new();
        for (topic, input) in self.stage.inputs(settings).iter().enumerate() {
            let at = InputPartition { topic, partition };
            let end = session.and_then(|session| session.end(at));
            if let Some(end) = end
                && let Some(before) = self.stalls.went_back(at, end, now.monotonic)
            {
                return Err(WentBack { at, before, end });
            }
            let sight = Sight {
                position: task.common().inputs[topic].position,
                end,
                // Everything starts paused.
                paused: paused.get(&at).copied().unwrap_or(true),
            };
            let Some(stall) = self.stalls.look(at, sight, now.monotonic, settings.input_stall) else { continue };
            let (position, end, seconds) = (stall.position, stall.end, stall.stood.as_secs());
            if stall.is_new
                && let Some((gauges, ..)) = self.tasks.get(&partition)
            {
                gauges.partition_stalls[topic].increment(1);
            }
            if stall.is_to_be_said {
                tracing::error!(topic = input, partition, position, end, seconds, "an input partition stands still");
            }
            stalls.push(format!(
                "{input} [{partition}] stands at offset {position} since {seconds} s, though it goes on to {end}"
            ));
        }
        environment.health.stalls(name(self.stage, partition), stalls);
        Ok(())
    }
}

/// Sets the gauges of one task.
fn describe(
    task: TaskName,
    phase: &Phase,
    now: Now,
    session: Option<&dyn Session>,
    gauges: &TaskTelemetry,
    health: &Health,
) {
    match phase {
        Phase::Running(running) => {
            health.task(task, TaskHealth::Running);
            gauges.restore_remaining.set(0.0);
            describe_running(task, running.as_ref(), now, session, gauges, health);
        }
        Phase::Restoring { restore, .. } => {
            health.task(task, TaskHealth::Restoring { remaining: restore.remaining() });
            gauges.restore_remaining.set(restore.remaining().unwrap_or(0) as f64);
        }
        Phase::Waiting { alarm: None, .. } => {
            health.task(task, TaskHealth::Restoring { remaining: None });
        }
        Phase::Waiting { alarm: Some(alarm), .. } | Phase::Stopped { alarm } => {
            health.task(task, TaskHealth::Paused { reason: alarm.clone() });
        }
    }
}

fn describe_running(
    name: TaskName,
    task: &dyn Task,
    now: Now,
    session: Option<&dyn Session>,
    gauges: &TaskTelemetry,
    health: &Health,
) {
    let Common { partition, watermark, inputs, store, .. } = task.common();
    if *watermark != Timestamp::MIN {
        let lag = now.wall.since(*watermark);
        health.lag(name, lag);
        gauges.watermark_lag.set(seconds(lag));
    }
    let figures = task.figures();
    gauges.overlay_entries.set(figures.entries as f64);
    gauges.overlay_bytes.set(figures.bytes as f64);
    gauges.timers_pending.set(figures.timers as f64);
    gauges.restating_pending.set(figures.restating as f64);
    let stats = store.stats();
    gauges.store_bytes.set(stats.bytes as f64);
    gauges.store_write_stopped.set(f64::from(u8::from(stats.stalled)));
    for (topic, gauge) in gauges.consumer_lag.iter().enumerate() {
        let end = session.and_then(|session| session.end(InputPartition { topic, partition: *partition }));
        if let Some(end) = end {
            gauge.set((end.offset - inputs[topic].position).max(0) as f64);
        }
    }
}

fn name(stage: Stage, task: u32) -> TaskName {
    (stage.name(), number(task))
}

/// Partitions are numbered as Kafka does.
fn number(task: u32) -> i32 {
    i32::try_from(task).unwrap_or(i32::MAX)
}

fn seconds(span: Span) -> f64 {
    span.millis() as f64 / 1_000.0
}
