//! Errors of the log, by what must happen next.

use thiserror::Error;

use super::InputPartition;

/// What went wrong with the log, named by what the caller has to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LogError {
    /// Nothing of the transaction is committed: abort, forget what was folded since the last commit, read it again.
    /// So end a stale generation, a rebalance in progress, an unknown member.
    #[error("the transaction cannot go on: {0}")]
    Abort(String),
    /// The transaction may or may not be committed: reinitialise, restore, read on from the committed offsets.
    #[error("the outcome of the transaction is unknown: {0}")]
    Unknown(String),
    /// A newer producer or member of the same name exists: this one is a zombie.
    #[error("fenced by a newer instance of the same name: {0}")]
    Fenced(String),
    /// The broker will not take a record of this transaction (too large, against a policy): abort and find it.
    #[error("the broker refuses a record: {0}")]
    Refused(String),
    /// The broker cannot be reached, or cannot serve at the moment: wait, then try again.
    #[error("the broker is not available: {0}")]
    Unavailable(String),
    /// The records at a partition's position are not there: the topic was made anew, or they were deleted unread.
    #[error("{1}")]
    Gone(InputPartition, String),
    /// Waiting will not help (no such topic, no permission): stop and say so.
    #[error("{0}")]
    Fatal(String),
}
