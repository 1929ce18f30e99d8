//! The table of everything wrapup reports about itself: name, kind, unit, labels, documentation.
//!
//! No label carries a chat, an agent or a user. Labels have few values, known in advance; channels and queues, which are
//! not, are bounded in number by a setting.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// One row of the table.
#[derive(Debug)]
pub struct Metric {
    /// The name in `/metrics`.
    pub name: &'static str,
    /// What it is to Prometheus.
    pub kind: Kind,
    /// The unit of its value.
    pub unit: Unit,
    /// Label names, in the order in which handles give their values.
    pub labels: &'static [&'static str],
    /// What it says, and when to worry.
    pub doc: &'static str,
}

/// What a metric is to Prometheus.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Only grows, from 0 at every start.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts per bucket; these are the upper bounds.
    Histogram(&'static [f64]),
}

/// Seconds of work that should take milliseconds and may take a transaction's time-out.
const SHORT: Kind = Kind::Histogram(&[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]);
/// Seconds of work that may take minutes.
const LONG: Kind = Kind::Histogram(&[0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0]);

macro_rules! telemetry {
    ($($id:ident $name:literal $kind:expr, $unit:ident, [$($label:literal),*], $doc:literal;)+) => {
        $(
            #[doc = $doc]
            pub static $id: Metric = Metric {
                name: $name,
                kind: $kind,
                unit: Unit::$unit,
                labels: &[$($label),*],
                doc: $doc,
            };
        )+
        /// Every metric, in the order of the documentation.
        pub static TABLE: &[&Metric] = &[$(&$id),+];
    };
}

telemetry! {
    BUILD_INFO "wrapup_build_info" Kind::Gauge, Count, ["version"],
        "Always 1; the label is the program's version.";
    EVENTS "wrapup_events_total" Kind::Counter, Count, ["topic", "type"],
        "Events read that are of a known type and well formed, duplicates included.";
    DUPLICATES "wrapup_duplicates_total" Kind::Counter, Count, ["topic"],
        "Events that had been accepted before and changed nothing.";
    IGNORED "wrapup_ignored_total" Kind::Counter, Count, ["topic"],
        "Events of an unknown type.";
    DEAD_LETTERS "wrapup_dead_letters_total" Kind::Counter, Count, ["reason"],
        "Messages sent to the dead letters. Growth means a producer to be corrected.";
    FINALIZATIONS "wrapup_finalizations_total" Kind::Counter, Count, ["reason"],
        "Records emitted, by the reason of the revision.";
    PROFILE_VALUES_DROPPED "wrapup_profile_values_dropped_total" Kind::Counter, Count, [],
        "Custom profile values left out of a record because they do not fit the type that the channel declares.";
    POISONED_RECORDS "wrapup_poisoned_records_total" Kind::Counter, Count, [],
        "Records found by bisection to make a transaction fail. Each is worth a look at the log.";
    WATERMARK_LAG "wrapup_watermark_lag_seconds" Kind::Gauge, Seconds, ["stage", "partition"],
        "How far a task's watermark is behind the wall clock; about 5 when all is read. Grows when a partition is stuck.";
    CONSUMER_LAG "wrapup_consumer_lag_records" Kind::Gauge, Count, ["topic", "partition"],
        "Records between the position and the end of an input partition.";
    PARTITION_STALLS "wrapup_partition_stalls_total" Kind::Counter, Count, ["topic", "partition"],
        "How often an input partition stood still for `input.stall_timeout` though there was more to read. /readyz names it.";
    TIMERS_PENDING "wrapup_timers_pending" Kind::Gauge, Count, ["stage", "partition"],
        "Timers of a task: one for each chat or stub that it keeps, in the second stage for each window.";
    COMMIT_DURATION "wrapup_commit_duration_seconds" SHORT, Seconds, [],
        "From the last record of a transaction to its known outcome.";
    COMMITS "wrapup_commits_total" Kind::Counter, Count, ["outcome"],
        "Transactions by outcome. An unknown one is resolved by a restore; a fenced one lost its partitions.";
    REBALANCES "wrapup_rebalances_total" Kind::Counter, Count, ["kind"],
        "Changes of the assignment. Lost ones mean that a worker was silent for longer than its session.";
    TASKS "wrapup_tasks" Kind::Gauge, Count, ["state"],
        "Tasks of this process by state. A paused one needs attention: /readyz says why.";
    OVERLAY_BYTES "wrapup_overlay_bytes" Kind::Gauge, Bytes, ["stage", "partition"],
        "Memory of the chats, in the second stage the snapshots, that a task holds in its overlay.";
    OVERLAY_ENTRIES "wrapup_overlay_entries" Kind::Gauge, Count, ["stage", "partition"],
        "Chats, in the second stage snapshots, that a task holds in its overlay.";
    BLOCK_CACHE_BYTES "wrapup_block_cache_bytes" Kind::Gauge, Bytes, [],
        "Memory of the stores' shared block cache.";
    MEMTABLE_BYTES "wrapup_memtable_bytes" Kind::Gauge, Bytes, [],
        "Memory of the stores' write buffers.";
    ALLOCATED_BYTES "wrapup_allocated_bytes" Kind::Gauge, Bytes, [],
        "Memory allocated and not freed, by Rust, C and C++ alike. Growing for hours at an even load, it is a leak.";
    ALLOCATOR_RESIDENT_BYTES "wrapup_allocator_resident_bytes" Kind::Gauge, Bytes, [],
        "Memory the allocator has of the system. What exceeds the allocated was freed and is given back later, or is in pieces.";
    RESTORE_REMAINING "wrapup_restore_remaining_records" Kind::Gauge, Count, ["stage", "partition"],
        "Changelog offsets a restore has still to read. Standing above 0 means it is stuck.";
    RESTORE_DURATION "wrapup_restore_duration_seconds" LONG, Seconds, [],
        "How long restores took.";
    RESTATED_CHATS "wrapup_restated_chats_total" Kind::Counter, Count, ["stage", "partition"],
        "Records made again because a channel's document changed.";
    RESTATING_PENDING "wrapup_restating_pending_documents" Kind::Gauge, Count, ["stage", "partition"],
        "Channels whose document changed and whose records are still being restated.";
    STORE_BYTES "wrapup_store_bytes" Kind::Gauge, Bytes, ["stage", "partition"],
        "Disk taken by a task's store.";
    STORE_WRITE_DURATION "wrapup_store_write_duration_seconds" SHORT, Seconds, [],
        "How long the store took to write a committed transaction.";
    STORE_WRITE_STOPPED "wrapup_store_write_stopped" Kind::Gauge, Count, ["stage", "partition"],
        "1 while the store holds writes back to catch up with compaction.";
    STORE_WRITE_FAILURES "wrapup_store_write_failures_total" Kind::Counter, Count, ["stage", "partition"],
        "Writes that the store refused, as on a full disk. The task is paused until there is room.";
    SNAPSHOTS_PUBLISHED "wrapup_snapshots_published_total" Kind::Counter, Count, ["kind"],
        "Metric snapshots published: revisions of windows, and of live records.";
    DIFFERENCES "wrapup_differences_total" Kind::Counter, Count, [],
        "Messages to the second stage, about one for each channel and commit that changes what its chats contribute.";
    DIFFERENCES_DROPPED "wrapup_differences_dropped_total" Kind::Counter, Count, [],
        "Changes of windows that are older than snapshots.retention, and are kept no longer.";
    IDENTITY_VIOLATIONS "wrapup_identity_violations_total" Kind::Counter, Count, ["identity"],
        "Metric snapshots that do not add up as they must. Every one is a defect of this program: the log says which.";
    LIVE_CHATS "wrapup_live_chats" Kind::Gauge, Count, ["channel", "queue", "state"],
        "Live chats by state, of the queue entered last. Beyond snapshots.gauges_max queues: channel and queue \"other\".";
    LIVE_UNASSIGNED "wrapup_live_unassigned" Kind::Gauge, Count, ["channel", "queue"],
        "Live chats, queued, opened or snoozed, without an assignee.";
    LIVE_WAITING_REPLY "wrapup_live_waiting_reply" Kind::Gauge, Count, ["channel", "queue"],
        "Live chats with a question that is not answered.";
    LIVE_IN_QUEUE "wrapup_live_in_queue" Kind::Gauge, Count, ["channel", "queue"],
        "Live chats that wait in the queue.";
    LIVE_HANDLING "wrapup_live_handling" Kind::Gauge, Count, ["channel", "queue"],
        "Agents at work on live chats, one for each chat.";
    LIVE_OLDEST_ASKED "wrapup_live_oldest_asked_timestamp_seconds" Kind::Gauge, Seconds, ["channel", "queue"],
        "When the earliest question was asked that is not answered, since 1970; absent without any.";
    LIVE_OLDEST_QUEUED "wrapup_live_oldest_queued_timestamp_seconds" Kind::Gauge, Seconds, ["channel", "queue"],
        "Since when the chat waits that waits longest, since 1970; absent without any.";
    DAY_SEGMENTS "wrapup_day_service_level_segments" Kind::Gauge, Count, ["channel", "queue", "verdict"],
        "Queue segments of the channel's present day, by the verdict of the service level.";
    DAY_PERCENT "wrapup_day_service_level_percent" Kind::Gauge, Count, ["channel", "queue"],
        "Service level of the channel's present day; absent while no segment counts.";
    DAY_TARGET "wrapup_day_service_level_target_percent" Kind::Gauge, Count, ["channel", "queue"],
        "The service level wanted; absent where segments of the day had different policies.";
    CLOCK_JUMP "wrapup_clock_jump_seconds" Kind::Gauge, Seconds, [],
        "How far the wall clock has departed from the monotonic one; 0 when all is well. Watermarks stand still meanwhile.";
}

/// Tells the recorder in use, whichever it is, what the metrics are.
pub fn describe() {
    for metric in TABLE {
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, metric.unit, metric.doc),
            Kind::Gauge => describe_gauge!(metric.name, metric.unit, metric.doc),
            Kind::Histogram(_) => describe_histogram!(metric.name, metric.unit, metric.doc),
        }
    }
}
