//! Queue segments, as far as metrics and the state need them (`session.md`, Segments).

use super::First;
use crate::time::Timestamp;

/// The chat's way through the queues. At most one segment is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    pub entered_at: First,
    pub last_entered_at: Option<Timestamp>,
    /// The end of the first segment.
    pub left_at: First,
    /// The queue of the open segment.
    open: Option<Box<str>>,
    /// The queues whose segments were ended by entries at `last_entered_at`.
    displaced: Vec<Box<str>>,
}

impl Queue {
    /// The queue of the open segment.
    pub fn open_id(&self) -> Option<&str> {
        self.open.as_deref()
    }

    /// A segment starts; one that is open ends.
    pub fn enter(&mut self, at: Timestamp, queue_id: &str) {
        if self.last_entered_at != Some(at) {
            self.displaced.clear();
        }
        if let Some(open) = self.open.replace(queue_id.into()) {
            self.displaced.push(open);
            self.left_at.set(at);
        }
        self.entered_at.set(at);
        self.last_entered_at = Some(at);
    }

    /// A `queue.left`: whether it ends the open segment. If an entry of the same millisecond has already ended its queue's
    /// segment, only its outcome is taken.
    pub fn leave(&mut self, at: Timestamp, queue_id: Option<&str>) -> bool {
        if let Some(queue_id) = queue_id {
            let is_displaced = self.last_entered_at == Some(at) && self.displaced.iter().any(|id| **id == *queue_id);
            if is_displaced || self.open.as_deref() != Some(queue_id) {
                return false;
            }
        }
        self.end(at)
    }

    /// Ends the open segment, if there is one.
    pub fn end(&mut self, at: Timestamp) -> bool {
        let was_open = self.open.take().is_some();
        if was_open {
            self.left_at.set(at);
        }
        was_open
    }
}
