//! Episodes with their turns and snoozed intervals (`metrics.md`, Words).

use super::{First, Mark};
use crate::time::Timestamp;

/// How an episode ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By an effective `chat.closed`.
    Closed,
    /// By an effective `chat.missed`.
    Missed,
}

/// From an opening to the effective close or miss that ends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Its opening.
    pub opened_at: Timestamp,
    /// When it ended, and how; none while it is open.
    pub ended: Option<(Timestamp, Ending)>,
    /// The first assignment in it.
    pub assigned_at: First,
    /// The first answer in it.
    pub answered_at: First,
    /// Whether a queue entry lies, inclusively by time, between the opening and the first assignment, if there is one.
    pub is_queued: bool,
    /// Where in [`Episodes::turns`] its own begin.
    first_turn: u32,
}

/// An answered turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// The question's time, or the episode's opening if that is later.
    pub asked_at: Timestamp,
    /// The answer's time.
    pub answered_at: Timestamp,
    /// Where the answer stands in canonical order.
    pub answer: u32,
}

/// All episodes of a chat.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Episodes {
    list: Vec<Episode>,
    /// The answered turns of all episodes.
    turns: Vec<Turn>,
    /// The finished snoozed intervals of all episodes: sorted, disjoint.
    snoozes: Vec<(Timestamp, Timestamp)>,
    /// The start of the unfinished one.
    snoozing_since: Option<Timestamp>,
    /// The first question not yet answered.
    pending_at: Option<Timestamp>,
    pub last_opened_at: Option<Timestamp>,
    pub snoozed_at: Option<Timestamp>,
    /// The first answer inside an episode; in an outbound chat the first with a question before it.
    pub answered_at: First,
}

impl Episodes {
    pub fn any(&self) -> bool {
        !self.list.is_empty()
    }

    pub fn is_open(&self) -> bool {
        self.list.last().is_some_and(|episode| episode.ended.is_none())
    }

    pub fn list(&self) -> &[Episode] {
        &self.list
    }

    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The turns of the last episode.
    pub fn last_turns(&self) -> &[Turn] {
        self.list.last().map_or(&[], |episode| &self.turns[episode.first_turn as usize..])
    }

    /// The snoozed intervals: sorted, disjoint; one that is unfinished ends at `updated_at`.
    pub fn snoozes(&self, updated_at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.snoozes.iter().copied().chain(self.snoozing_since.map(|since| (since, updated_at)))
    }

    /// The start of the unfinished snoozed interval.
    pub fn snoozing_since(&self) -> Option<Timestamp> {
        self.snoozing_since
    }

    /// The first question not yet answered.
    pub fn pending_at(&self) -> Option<Timestamp> {
        self.pending_at
    }

    pub fn open(&mut self, at: Timestamp, is_queued: bool) {
        self.last_opened_at = Some(at);
        if self.is_open() {
            self.end_snooze(at);
            return;
        }
        self.list.push(Episode {
            opened_at: at,
            ended: None,
            assigned_at: First::default(),
            answered_at: First::default(),
            is_queued,
            first_turn: self.turns.len() as u32,
        });
    }

    pub fn end(&mut self, at: Timestamp, ending: Ending) {
        if let Some(episode) = self.current() {
            episode.ended = Some((at, ending));
            self.end_snooze(at);
        }
    }

    /// A queue entry.
    pub fn queue(&mut self) {
        if let Some(episode) = self.current()
            && episode.assigned_at.get().is_none()
        {
            episode.is_queued = true;
        }
    }

    /// An assignment: whether it lies inside an episode.
    pub fn assign(&mut self, at: Timestamp) -> bool {
        let Some(episode) = self.current() else {
            return false;
        };
        episode.assigned_at.set(at);
        true
    }

    /// A snooze: whether it lies inside an episode.
    pub fn snooze(&mut self, at: Timestamp) -> bool {
        self.snoozed_at = Some(at);
        let is_open = self.is_open();
        if is_open {
            self.snoozing_since.get_or_insert(at);
        }
        is_open
    }

    pub fn ask(&mut self, at: Timestamp) {
        self.pending_at.get_or_insert(at);
    }

    pub fn drop_question(&mut self) {
        self.pending_at = None;
    }

    /// An answer; `counts_as_first`: if it is the first one inside an episode, it is the chat's first.
    pub fn answer(&mut self, answer: Mark, counts_as_first: bool) {
        let Mark { time: at, position } = answer;
        let asked_at = self.pending_at.take();
        let Some(episode) = self.current() else {
            return;
        };
        episode.answered_at.set(at);
        let opened_at = episode.opened_at;
        if counts_as_first {
            self.answered_at.set(at);
        }
        if let Some(asked_at) = asked_at {
            self.turns.push(Turn { asked_at: asked_at.max(opened_at), answered_at: at, answer: position });
        }
    }

    fn current(&mut self) -> Option<&mut Episode> {
        self.list.last_mut().filter(|episode| episode.ended.is_none())
    }

    fn end_snooze(&mut self, at: Timestamp) {
        if let Some(since) = self.snoozing_since.take() {
            self.snoozes.push((since, at));
        }
    }
}
