//! The state of a chat, and since when.

use super::Mark;
use crate::time::Timestamp;

/// The state of a chat (`metrics.md`, Words).
///
/// ```text
///                              chat.opened                    chat.snoozed
///              ┌──────────┐ ─────────────────▶ ┌──────────┐ ────────────────▶ ┌──────────┐
///   initial ──▶│          │                    │  opened  │                   │ snoozed  │
///    closed ──▶│  queued  │   queue.entered    │          │    chat.opened    │          │
///    missed ──▶│          │ ◀───────────────── │          │ ◀──────────────── │          │
///              └──────────┘                    └──────────┘                   └──────────┘
///                    │ queue.left, outside an episode: back to the state from which it became queued
///                    ▼
///    initial, closed, missed      From any state chat.opened leads to opened, chat.closed to closed,
///                                 chat.missed to missed; inside an episode queue.entered to queued.
/// ```
///
/// Inside an episode an assignment and `queue.left` lead from queued to opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has set a state.
    #[default]
    Initial,
    /// In a queue.
    Queued,
    /// Missed: the session has ended.
    Missed,
    /// In an episode.
    Opened,
    /// In an episode, put aside.
    Snoozed,
    /// Closed: the session has ended.
    Closed,
}

impl State {
    /// The word the specification uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Initial => "initial",
            State::Queued => "queued",
            State::Missed => "missed",
            State::Opened => "opened",
            State::Snoozed => "snoozed",
            State::Closed => "closed",
        }
    }

    /// Whether the session has ended (`finalization.md`, When a record is final).
    pub const fn is_ended(self) -> bool {
        matches!(self, State::Missed | State::Closed)
    }
}

/// The state with what led to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    pub state: State,
    /// The state from which it became queued.
    before_queue: State,
    pub ended_at: Option<Timestamp>,
    pub last_unended_at: Option<Timestamp>,
    /// The events that changed the state, each with what it changed it to.
    pub changes: Vec<(Mark, State)>,
}

impl Standing {
    pub fn set(&mut self, state: State, by: Mark) {
        if state != self.state {
            self.changes.push((by, state));
        }
        self.state = state;
        if state.is_ended() {
            self.ended_at = Some(by.time);
        } else {
            self.ended_at = None;
            self.last_unended_at = Some(by.time);
        }
    }

    pub fn queue(&mut self, by: Mark) {
        if self.state != State::Queued {
            self.before_queue = self.state;
        }
        self.set(State::Queued, by);
    }

    /// The open queue segment has ended.
    pub fn unqueue(&mut self, by: Mark, in_episode: bool) {
        if self.state == State::Queued {
            self.set(if in_episode { State::Opened } else { self.before_queue }, by);
        }
    }
}

/// The first of several instants, given in order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct First(Option<Timestamp>);

impl First {
    pub fn set(&mut self, at: Timestamp) {
        self.0.get_or_insert(at);
    }

    pub fn get(self) -> Option<Timestamp> {
        self.0
    }
}
