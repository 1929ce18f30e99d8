//! Typed handles, registered once and kept: counting is an atomic addition, never a look-up by name.

use crate::snapshot::Identity;
use metrics::{Counter, Gauge, Histogram, Label, counter, gauge, histogram};

use super::names::{self, Metric};

/// The label values of the event types and reasons, each in the order of its enumeration. Handles are indexed alike.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary<'a> {
    /// The input topics, as they are called in this deployment.
    pub topics: &'a [&'a str],
    /// Event types (`events.md`).
    pub types: &'static [&'static str],
    /// Reasons of revisions (`finalization.md`, When a record is final).
    pub reasons: &'static [&'static str],
    /// Reasons of dead letters (`events.md`, Envelope).
    pub dead_letter_reasons: &'static [&'static str],
}

macro_rules! labeled {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $value_doc:literal])+ $value:ident = $text:literal,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[doc = $value_doc])+ $value,)+ }

        impl $name {
            /// The label values, in the order of the variants.
            pub const NAMES: &'static [&'static str] = &[$($text,)+];

            /// The label value.
            pub fn name(self) -> &'static str {
                Self::NAMES[self as usize]
            }
        }
    )+};
}

labeled! {
    /// How a transaction ended.
    CommitOutcome {
        /// It is part of the log.
        Committed = "committed",
        /// It left nothing; its events are read again.
        Aborted = "aborted",
        /// The broker did not say; the tasks restore.
        Unknown = "unknown",
        /// Another process has taken over.
        Fenced = "fenced",
    }
    /// How an assignment changed.
    RebalanceKind {
        /// Partitions came.
        Assigned = "assigned",
        /// Partitions were given back in order.
        Revoked = "revoked",
        /// Partitions had gone to others before it was known.
        Lost = "lost",
    }
    /// What a task is doing.
    TaskPhase {
        /// Its state is brought up to date.
        Restoring = "restoring",
        /// It folds events.
        Running = "running",
        /// It waits for a cause to go away, with an alarm.
        Paused = "paused",
    }
}

/// Counters of one metric by one label.
#[derive(Clone, Debug)]
pub struct LabeledCounters(Vec<Counter>);

/// Counters by topic and type.
#[derive(Clone, Debug)]
pub struct EventCounters {
    types: usize,
    counters: Vec<Counter>,
}

/// Handles of the process. Cheap to clone: clones count the same.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// [`names::EVENTS`], by topic and type.
    pub events: EventCounters,
    /// [`names::DUPLICATES`], by topic.
    pub duplicates: LabeledCounters,
    /// [`names::IGNORED`], by topic.
    pub ignored: LabeledCounters,
    /// [`names::DEAD_LETTERS`], by reason.
    pub dead_letters: LabeledCounters,
    /// [`names::FINALIZATIONS`], by reason.
    pub finalizations: LabeledCounters,
    /// [`names::PROFILE_VALUES_DROPPED`].
    pub profile_values_dropped: Counter,
    /// [`names::POISONED_RECORDS`].
    pub poisoned_records: Counter,
    /// [`names::SNAPSHOTS_PUBLISHED`], by kind: windows, live records.
    pub snapshots_published: LabeledCounters,
    /// [`names::DIFFERENCES`].
    pub differences: Counter,
    /// [`names::DIFFERENCES_DROPPED`].
    pub differences_dropped: Counter,
    /// [`names::IDENTITY_VIOLATIONS`], in the order of [`Identity::ALL`].
    pub identity_violations: LabeledCounters,
    /// [`names::COMMIT_DURATION`], in seconds.
    pub commit_duration: Histogram,
    /// [`names::RESTORE_DURATION`], in seconds.
    pub restore_duration: Histogram,
    /// [`names::STORE_WRITE_DURATION`], in seconds.
    pub store_write_duration: Histogram,
    /// [`names::BLOCK_CACHE_BYTES`].
    pub block_cache_bytes: Gauge,
    /// [`names::MEMTABLE_BYTES`].
    pub memtable_bytes: Gauge,
    /// [`names::CLOCK_JUMP`], in seconds.
    pub clock_jump: Gauge,
    commits: LabeledCounters,
    rebalances: LabeledCounters,
    tasks: Vec<Gauge>,
}

/// Handles of one task. When dropped, its gauges go to 0: a task of another process must not show a last value here.
/// Of one partition there is one at a time: drop it before the next is made.
#[derive(Debug)]
pub struct TaskTelemetry {
    /// [`names::WATERMARK_LAG`], in seconds.
    pub watermark_lag: Gauge,
    /// [`names::TIMERS_PENDING`].
    pub timers_pending: Gauge,
    /// [`names::OVERLAY_BYTES`].
    pub overlay_bytes: Gauge,
    /// [`names::OVERLAY_ENTRIES`].
    pub overlay_entries: Gauge,
    /// [`names::RESTORE_REMAINING`].
    pub restore_remaining: Gauge,
    /// [`names::RESTATED_CHATS`].
    pub restated_chats: Counter,
    /// [`names::RESTATING_PENDING`].
    pub restating_pending: Gauge,
    /// [`names::STORE_BYTES`].
    pub store_bytes: Gauge,
    /// [`names::STORE_WRITE_STOPPED`].
    pub store_write_stopped: Gauge,
    /// [`names::STORE_WRITE_FAILURES`].
    pub store_write_failures: Counter,
    /// [`names::CONSUMER_LAG`], by topic in the order of [`Vocabulary::topics`].
    pub consumer_lag: Vec<Gauge>,
    /// [`names::PARTITION_STALLS`], in the same order.
    pub partition_stalls: Vec<Counter>,
    tasks: Vec<Gauge>,
    phase: TaskPhase,
}

fn labels(metric: &'static Metric, values: &[&str]) -> Vec<Label> {
    assert_eq!(metric.labels.len(), values.len(), "{} has other labels", metric.name);
    metric.labels.iter().zip(values).map(|(name, value)| Label::new(*name, (*value).to_owned())).collect()
}

fn new_counter(metric: &'static Metric, values: &[&str]) -> Counter {
    counter!(metric.name, labels(metric, values))
}

pub(super) fn new_gauge(metric: &'static Metric, values: &[&str]) -> Gauge {
    gauge!(metric.name, labels(metric, values))
}

fn new_histogram(metric: &'static Metric) -> Histogram {
    histogram!(metric.name, labels(metric, &[]))
}

impl LabeledCounters {
    /// Registers one counter per value of the metric's only label.
    pub fn new(metric: &'static Metric, values: &[&str]) -> Self {
        LabeledCounters(values.iter().map(|value| new_counter(metric, &[value])).collect())
    }

    /// Counts `n` under the value at `index`, which must be one of those registered.
    pub fn add(&self, index: usize, n: u64) {
        self.0[index].increment(n);
    }
}

impl EventCounters {
    /// Registers a counter for every type on every topic.
    pub fn new(topics: &[&str], types: &'static [&'static str]) -> Self {
        let pairs = topics.iter().flat_map(|topic| types.iter().map(move |kind| [*topic, *kind]));
        let counters = pairs.map(|pair| new_counter(&names::EVENTS, &pair)).collect();
        EventCounters { types: types.len(), counters }
    }

    /// Counts `n` events; both indices as in the vocabulary.
    pub fn add(&self, topic: usize, kind: usize, n: u64) {
        assert!(kind < self.types, "no event type {kind}");
        self.counters[topic * self.types + kind].increment(n);
    }
}

impl Telemetry {
    /// Registers the handles of the process with the installed recorder. Once per process, before the workers start.
    pub fn new(vocabulary: Vocabulary<'_>) -> Self {
        let Vocabulary { topics, types, reasons, dead_letter_reasons } = vocabulary;
        new_gauge(&names::BUILD_INFO, &[env!("CARGO_PKG_VERSION")]).set(1.0);
        Telemetry {
            events: EventCounters::new(topics, types),
            duplicates: LabeledCounters::new(&names::DUPLICATES, topics),
            ignored: LabeledCounters::new(&names::IGNORED, topics),
            dead_letters: LabeledCounters::new(&names::DEAD_LETTERS, dead_letter_reasons),
            finalizations: LabeledCounters::new(&names::FINALIZATIONS, reasons),
            profile_values_dropped: new_counter(&names::PROFILE_VALUES_DROPPED, &[]),
            poisoned_records: new_counter(&names::POISONED_RECORDS, &[]),
            snapshots_published: LabeledCounters::new(&names::SNAPSHOTS_PUBLISHED, &["window", "live"]),
            differences: new_counter(&names::DIFFERENCES, &[]),
            differences_dropped: new_counter(&names::DIFFERENCES_DROPPED, &[]),
            identity_violations: LabeledCounters::new(
                &names::IDENTITY_VIOLATIONS,
                &Identity::ALL.iter().map(|identity| identity.as_str()).collect::<Vec<_>>(),
            ),
            commit_duration: new_histogram(&names::COMMIT_DURATION),
            restore_duration: new_histogram(&names::RESTORE_DURATION),
            store_write_duration: new_histogram(&names::STORE_WRITE_DURATION),
            block_cache_bytes: new_gauge(&names::BLOCK_CACHE_BYTES, &[]),
            memtable_bytes: new_gauge(&names::MEMTABLE_BYTES, &[]),
            clock_jump: new_gauge(&names::CLOCK_JUMP, &[]),
            commits: LabeledCounters::new(&names::COMMITS, CommitOutcome::NAMES),
            rebalances: LabeledCounters::new(&names::REBALANCES, RebalanceKind::NAMES),
            tasks: TaskPhase::NAMES.iter().map(|state| new_gauge(&names::TASKS, &[state])).collect(),
        }
    }

    /// Counts a transaction.
    pub fn committed(&self, outcome: CommitOutcome) {
        self.commits.add(outcome as usize, 1);
    }

    /// Counts a change of the assignment.
    pub fn rebalanced(&self, kind: RebalanceKind) {
        self.rebalances.add(kind as usize, 1);
    }

    /// Registers the handles of a task that has been assigned; it begins as restoring. `topics`: what it reads.
    pub fn task(&self, stage: &'static str, partition: i32, topics: &[&str]) -> TaskTelemetry {
        let partition = partition.to_string();
        let partition = &[stage, partition.as_str()];
        let lag = |topic: &&str| new_gauge(&names::CONSUMER_LAG, &[topic, partition[1]]);
        let stalls = |topic: &&str| new_counter(&names::PARTITION_STALLS, &[topic, partition[1]]);
        let phase = TaskPhase::Restoring;
        self.tasks[phase as usize].increment(1.0);
        TaskTelemetry {
            watermark_lag: new_gauge(&names::WATERMARK_LAG, partition),
            timers_pending: new_gauge(&names::TIMERS_PENDING, partition),
            overlay_bytes: new_gauge(&names::OVERLAY_BYTES, partition),
            overlay_entries: new_gauge(&names::OVERLAY_ENTRIES, partition),
            restore_remaining: new_gauge(&names::RESTORE_REMAINING, partition),
            restated_chats: new_counter(&names::RESTATED_CHATS, partition),
            restating_pending: new_gauge(&names::RESTATING_PENDING, partition),
            store_bytes: new_gauge(&names::STORE_BYTES, partition),
            store_write_stopped: new_gauge(&names::STORE_WRITE_STOPPED, partition),
            store_write_failures: new_counter(&names::STORE_WRITE_FAILURES, partition),
            consumer_lag: topics.iter().map(lag).collect(),
            partition_stalls: topics.iter().map(stalls).collect(),
            tasks: self.tasks.clone(),
            phase,
        }
    }
}

impl TaskTelemetry {
    /// Moves the task to another state in [`names::TASKS`].
    pub fn enter(&mut self, phase: TaskPhase) {
        self.tasks[self.phase as usize].decrement(1.0);
        self.tasks[phase as usize].increment(1.0);
        self.phase = phase;
    }
}

impl Drop for TaskTelemetry {
    fn drop(&mut self) {
        self.tasks[self.phase as usize].decrement(1.0);
        let gauges = [
            &self.watermark_lag,
            &self.timers_pending,
            &self.overlay_bytes,
            &self.overlay_entries,
            &self.restore_remaining,
            &self.restating_pending,
            &self.store_bytes,
            &self.store_write_stopped,
        ];
        for gauge in gauges.into_iter().chain(&self.consumer_lag) {
            gauge.set(0.0);
        }
    }
}
