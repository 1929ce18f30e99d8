//! Queue segments (`session.md`, Segments): where they begin and end is decided here and nowhere else.

use super::Mark;
use crate::event::QueueOutcome;
use crate::time::Timestamp;

/// The chat's way through the queues.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    /// In order; at most the last one is open.
    segments: Vec<QueueStay>,
}

/// A queue segment, without what only its events tell.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueStay {
    pub queue_id: Box<str>,
    /// Its `queue.entered`.
    pub entered: Mark,
    pub ended: Option<QueueEnd>,
}

/// The end of a queue segment.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueEnd {
    /// The event that ended it.
    pub by: Mark,
    pub outcome: QueueOutcome,
    /// Whether the next entry ended it.
    is_displaced: bool,
}

impl Queue {
    pub fn segments(&self) -> &[QueueStay] {
        &self.segments
    }

    /// The first `queue.entered`.
    pub fn entered_at(&self) -> Option<Timestamp> {
        self.segments.first().map(|first| first.entered.time)
    }

    /// The last `queue.entered`.
    pub fn last_entered_at(&self) -> Option<Timestamp> {
        self.segments.last().map(|last| last.entered.time)
    }

    /// The end of the first segment.
    pub fn left_at(&self) -> Option<Timestamp> {
        Some(self.segments.first()?.ended.as_ref()?.by.time)
    }

    /// The queue of the open segment.
    pub fn open_id(&self) -> Option<&str> {
        self.segments.last().filter(|last| last.ended.is_none()).map(|open| &*open.queue_id)
    }

    /// A segment starts; one that is open ends.
    pub fn enter(&mut self, entered: Mark, queue_id: &str) {
        self.end(QueueEnd { by: entered, outcome: QueueOutcome::Transferred, is_displaced: true });
        self.segments.push(QueueStay { queue_id: queue_id.into(), entered, ended: None });
    }

    /// A `queue.left`: whether it ends the open segment. If an entry of the same millisecond has already ended its queue's
    /// segment, only its outcome is taken.
    pub fn leave(&mut self, left: Mark, queue_id: Option<&str>, outcome: QueueOutcome) -> bool {
        if let Some(queue_id) = queue_id {
            if let Some(displaced) = self.displaced(left.time, queue_id) {
                displaced.outcome = outcome;
                return false;
            }
            if self.open_id() != Some(queue_id) {
                return false;
            }
        }
        self.end(QueueEnd { by: left, outcome, is_displaced: false })
    }

    /// The session ends.
    pub fn abandon(&mut self, ended: Mark) {
        self.end(QueueEnd { by: ended, outcome: QueueOutcome::Abandoned, is_displaced: false });
    }

    /// Ends the open segment, if there is one.
    fn end(&mut self, end: QueueEnd) -> bool {
        let open = self.segments.last_mut().filter(|last| last.ended.is_none());
        open.map(|open| open.ended = Some(end)).is_some()
    }

    /// The end of the last segment in a queue that an entry ended at `at`.
    fn displaced(&mut self, at: Timestamp, queue_id: &str) -> Option<&mut QueueEnd> {
        for segment in self.segments.iter_mut().rev() {
            let Some(end) = &mut segment.ended else { continue };
            if end.by.time != at {
                return None;
            }
            if end.is_displaced && *segment.queue_id == *queue_id {
                return Some(end);
            }
        }
        None
    }
}
