//! The fold as those see it who explain a record; formulas read its parts directly.

use super::{Episode, Fold, Turn};
use crate::event::Direction;
use crate::time::Timestamp;

/// What the events folded so far amount to (`metrics.md`, Words).
impl Fold {
    /// The episodes.
    pub fn episodes(&self) -> &[Episode] {
        self.episodes.list()
    }

    /// The answered turns of all episodes.
    pub fn turns(&self) -> &[Turn] {
        self.episodes.turns()
    }

    /// The answered turns of the last episode.
    pub fn last_turns(&self) -> &[Turn] {
        self.episodes.last_turns()
    }

    /// The first question not yet answered.
    pub fn pending_question_at(&self) -> Option<Timestamp> {
        self.episodes.pending_at()
    }

    /// The snoozed intervals: sorted, disjoint; one that is unfinished ends with the last event.
    pub fn snoozes(&self) -> Vec<(Timestamp, Timestamp)> {
        self.updated_at.map_or(Vec::new(), |updated_at| self.episodes.snoozes(updated_at).collect())
    }

    /// The start of the unfinished snoozed interval.
    pub fn snoozing_since(&self) -> Option<Timestamp> {
        self.episodes.snoozing_since()
    }

    /// The first answer that counts as the chat's.
    pub fn first_answered_at(&self) -> Option<Timestamp> {
        self.episodes.answered_at.get()
    }

    /// The first `chat.alf_started`.
    pub fn alf_started_at(&self) -> Option<Timestamp> {
        self.alf.started_at()
    }

    /// What ended the AI assistant's part, silence aside.
    pub fn alf_ended_at(&self) -> Option<Timestamp> {
        self.alf.ended_at
    }

    /// The queue of the open segment.
    pub fn queue_id(&self) -> Option<&str> {
        self.queue.open_id()
    }

    /// The current assignee.
    pub fn assignee_id(&self) -> Option<&str> {
        self.assignment.assignee_id()
    }

    /// Changes from one manager to another.
    pub fn reassignment_count(&self) -> u32 {
        self.assignment.reassignment_count
    }

    /// The direction of a meet: its own, else the chat's.
    pub fn meet_direction(&self, meet_id: &str) -> Option<Direction> {
        self.meets.direction(meet_id, self.direction)
    }

    /// The direction of the chat; none without `chat.created`.
    pub fn direction(&self) -> Option<Direction> {
        self.direction
    }
}
