//! Where an event stands: what the fold keeps of it, so that the journal can be asked for the rest.

use crate::time::Timestamp;

/// An event, by its time and its place in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When it happened.
    pub time: Timestamp,
    /// How many events stand before it in canonical order: its index in
    /// [`Journal::iter`](crate::chat::Journal::iter).
    pub position: u32,
}
