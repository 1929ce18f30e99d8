//! The engine: tasks and their workers, the commit protocol, restore (`engine.md`).
//!
//! There are two stages on the same protocol: the first has the chats, the second, fed by the first, the channels with
//! their metric snapshots. A **task** is one partition number of a stage: in the first it owns that partition of the three
//! input topics, its state, its timers, its watermark. A **worker** owns some tasks, one consumer and one transactional producer, and is driven by one thread,
//! [`Worker::step`] by step; the simulation drives many of them by hand.
//!
//! ```text
//!  Worker::step:  poll ─→ decode ─→ Task::accept (overlay) ─┐
//!                  ↑                                        │ commit interval, or a bound reached
//!                  │      settle, fire timers, encode rows ←┘
//!                  └──── store batch ←─ commit ←─ send: records, dead letters, rows, offsets of all its tasks
//! ```

mod assignment;
mod bounded;
mod cadence;
mod channel_row;
mod channels;
mod chats;
mod checks;
mod commit;
mod directory;
mod documents;
mod health;
mod housekeeping;
mod intake;
mod overlay;
mod reading;
mod recovery;
mod restating;
mod restore;
#[cfg(feature = "sabotage")]
mod sabotage;
mod slot;
mod stage;
mod stall;
mod task;
mod timers;
mod watermark;
mod worker;

pub use directory::{Directory, Snapshot};
pub use housekeeping::{Consumed, Housekeeping};
#[cfg(feature = "sabotage")]
pub use sabotage::Sabotage;
pub use stage::Stage;
pub use worker::{Environment, Progress, Worker};

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::codec::StateError;
use crate::finalization::Windows;
use crate::log::LogError;
use crate::record::Output;
use crate::snapshot::{Dimension, EncodingError, WindowSize};
use crate::store::StoreError;
use crate::time::Span;

/// Where a partition without a committed offset is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the first record kept.
    Earliest,
    /// After the last one.
    Latest,
}

/// The topics of one deployment.
#[derive(Clone, Debug)]
pub struct Topics {
    /// The three co-partitioned inputs: chat, message, queue events.
    pub inputs: [String; 3],
    /// Reference data, compacted.
    pub directory: String,
    /// Finalized records.
    pub session_metadata: String,
    /// What could not be used.
    pub dead_letters: String,
    /// The state of the first stage, compacted.
    pub changelog: String,
    /// From the first stage to the second: what chats contribute to metric snapshots.
    pub differences: String,
    /// The state of the second stage, compacted.
    pub channel_changelog: String,
    /// Metric snapshots.
    pub metric_snapshots: String,
}

/// What the second stage makes (`snapshots.md`).
#[derive(Clone, Debug)]
pub struct SnapshotSettings {
    /// The size of the smallest windows. Fixed for the life of an application id.
    pub smallest: WindowSize,
    /// A snapshot is published at most so often.
    pub interval: Duration,
    /// How long windows are kept after their end.
    pub retention: Span,
    /// The smallest windows that are published of each dimension, in the order of [`Dimension::ALL`]; `None`: none, only
    /// its live records.
    pub finest: [Option<WindowSize>; Dimension::ALL.len()],
}

/// Bounds of one transaction, so that none outgrows its time-out.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Input records.
    pub records: usize,
    /// Bytes of input records.
    pub bytes: usize,
    /// Timers fired.
    pub timers: usize,
    /// Records restated.
    pub restated: usize,
    /// Bytes of changed state, about.
    pub dirty: usize,
}

/// What an engine must know besides its surroundings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The consumer group, and the prefix of everything that is named after the application.
    pub application_id: String,
    /// The stable name of this process.
    pub instance_id: String,
    /// Topic names.
    pub topics: Topics,
    /// The spans of `finalization.md`.
    pub windows: Windows,
    /// How records are written.
    pub output: Arc<Output>,
    /// Where a partition without a committed offset is begun.
    pub start: Start,
    /// Whether a key must hash to its partition (`events.md`: `input.partitioner`).
    pub check_partition: bool,
    /// How long events are gathered into one transaction.
    pub commit_interval: Duration,
    /// The same in the second stage, and while there is more to read than one transaction may hold.
    pub backlog_interval: Duration,
    /// How long a step waits for input at most. A simulation, whose clock only moves between steps, does not wait at all.
    pub idle_wait: Duration,
    /// Bounds of one transaction.
    pub bounds: Bounds,
    /// Memory for chats, per worker.
    pub overlay_bytes: usize,
    /// Records that a worker restates per second, to protect the sinks.
    pub restating_rate: u32,
    /// A restore without progress for so long is an error in the log.
    pub restore_stall: Duration,
    /// An input partition that stands still for so long, though there is more to read, is an error in the log.
    pub input_stall: Duration,
    /// How far one input of a task may be read beyond another.
    pub read_ahead: Span,
    /// What the second stage makes.
    pub snapshots: SnapshotSettings,
    /// Whether a jump of the wall clock stops the watermark. Only the demo, whose clock is fast, does without.
    pub watch_clock: bool,
    /// The changelog's `delete.retention.ms`: an older store is made anew, for deletions may be missing from the log.
    pub changelog_delete_retention: Span,
}

/// Why a task cannot go on with what it has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TaskError {
    /// Its store cannot be read or written: leave it out, restore it later.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its state is not what this program writes: stop.
    #[error("{0}")]
    Damaged(String),
}

impl From<EncodingError> for TaskError {
    fn from(error: EncodingError) -> Self {
        TaskError::Damaged(error.to_string())
    }
}

impl From<StateError> for TaskError {
    fn from(error: StateError) -> Self {
        TaskError::Damaged(error.to_string())
    }
}

/// Why a worker stops for good. Each has its exit code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Stop {
    /// The surroundings are not as they must be: topics, permissions, partition counts.
    #[error("{0}")]
    Misconfigured(String),
    /// State, offsets and changelog contradict each other.
    #[error("{0}")]
    Contradiction(String),
    /// Another process runs under this name.
    #[error("another process runs as instance {0}: give every process an instance_id of its own")]
    Fenced(String),
    /// The broker could not be reached when it had to be.
    #[error("{0}")]
    Unreachable(String),
}

impl From<LogError> for Stop {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Unavailable(_) => Stop::Unreachable(error.to_string()),
            _ => Stop::Misconfigured(error.to_string()),
        }
    }
}
