//! What can be made to go wrong in the in-process log.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crate::log::InputPartition;

/// A fault that strikes once: at the next call of an instance that it fits. Faults of one kind strike in the order in
/// which they were injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `commit` gives [`Unknown`](crate::log::LogError::Unknown), and this is what became of the transaction.
    CommitUnknown(Outcome),
    /// `commit` gives [`Abort`](crate::log::LogError::Abort); nothing is committed.
    CommitRejected,
    /// What the commit decides becomes visible only so much later, or when the producer's next transaction begins: until
    /// then readers do not see the records, and the offsets are unstable. May go with a `CommitUnknown`.
    CommitHidden(Duration),
    /// `committed` gives what was committed before the last commit of each partition: the answer is overtaken, as that of
    /// a process which is stopped right after it was given.
    CommittedOvertaken,
    /// From its next assignment on, of which it does not hear, a session hears nothing of its group: its client has lost
    /// its way. A new session is told.
    Deaf,
    /// `abort` gives [`Unknown`](crate::log::LogError::Unknown).
    AbortUnknown {
        /// Whether the coordinator has aborted it; else it stays open.
        aborted: bool,
    },
    /// A record whose key, value and headers are larger than this is [`Refused`](crate::log::LogError::Refused).
    SendRefused {
        /// In bytes; 0 fits nearly every record.
        over: usize,
        /// Whether `send` takes it and only `commit` reports it, as a broker's refusal is.
        at_commit: bool,
    },
}

/// What became of a transaction whose commit was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is committed; only the answer was lost.
    Committed,
    /// The coordinator has aborted it (and fenced the producer, as it does after the time-out).
    Aborted,
    /// The request was lost: the transaction stays open until the producer is reinitialised or it times out.
    Open,
    /// The request is still on its way and commits it so much later, unless it is aborted before.
    Late(Duration),
}

/// The faults waiting for one instance.
#[derive(Default)]
pub(super) struct Faults {
    pub(super) waiting: VecDeque<Fault>,
    pub(super) disconnected: bool,
    pub(super) ends_frozen: bool,
    /// Partitions of which it gets no records.
    pub(super) frozen: BTreeSet<InputPartition>,
}

impl Faults {
    /// Takes the first fault that `fits`.
    pub(super) fn take<T>(&mut self, fits: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let (at, found) = self.waiting.iter().enumerate().find_map(|(at, fault)| Some((at, fits(fault)?)))?;
        self.waiting.remove(at);
        Some(found)
    }
}
