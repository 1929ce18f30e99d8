//! The fold: what the events of a chat, in canonical order, amount to (`metrics.md`, Words).
//!
//! It keeps what has to be followed event by event: the state, episodes, turns, the queue, the AI assistant. What is
//! merely "last written" the metrics read from the journal.

mod alf;
mod assignment;
mod episode;
mod mark;
mod meet;
mod queue;
mod state;
mod view;

#[cfg(test)]
mod tests;

use super::journal::Journal;
use crate::event::{
    Direction, Event, EventData, MediumType, MessageSent, MissedReason, OpenedBy, PersonType, QueueEntered, QueueLeft,
};
use crate::time::Timestamp;

pub(super) use alf::Alf;
pub(super) use assignment::Assignment;
pub(super) use episode::Episodes;
pub use episode::{Ending, Episode, Turn};
pub use mark::Mark;
pub(super) use meet::Meets;
pub(super) use queue::{Queue, QueueStay};
pub use state::State;
pub(super) use state::{First, Standing};

/// The aggregate of one chat: a pure function of its journal.
///
/// [`Fold::of`] folds a whole journal, [`Fold::append`] goes on with one more event; both give the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fold {
    /// The number of events.
    len: u32,
    pub(super) updated_at: Option<Timestamp>,
    /// `chat.created`; without it channel, direction and medium are not known from it.
    pub(super) created_at: Option<Timestamp>,
    channel_id: Option<Box<str>>,
    pub(super) direction: Option<Direction>,
    pub(super) medium: Option<MediumType>,
    pub(super) standing: Standing,
    pub(super) episodes: Episodes,
    pub(super) queue: Queue,
    pub(super) assignment: Assignment,
    pub(super) alf: Alf,
    pub(super) meets: Meets,
    pub(super) workflow_started_at: First,
    pub(super) workflow_ended_at: First,
    pub(super) asked_at: First,
    pub(super) asked_workflow_at: First,
    pub(super) closed_at: First,
    pub(super) last_closed_at: Option<Timestamp>,
    pub(super) missed_at: First,
    pub(super) last_missed_at: Option<Timestamp>,
    pub(super) missed_reason: Option<MissedReason>,
}

/// What [`Fold::append`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Folded {
    /// The event is folded in.
    Applied,
    /// It changes what earlier events mean, so nothing was done: take [`Fold::of`] the journal.
    Stale,
}

impl Fold {
    /// Folds all events of a chat.
    pub fn of(journal: &Journal) -> Fold {
        Fold::watch(journal, |_, _| {})
    }

    /// Folds all events of a chat, and shows after each of them what it has come to: who the chat and its meets are is
    /// known from the beginning.
    pub fn watch(journal: &Journal, mut after: impl FnMut(&Event, &Fold)) -> Fold {
        let mut fold = Fold::default();
        for event in journal.iter() {
            fold.note(event);
        }
        for event in journal.iter() {
            fold.apply(event);
            after(event, &fold);
        }
        fold
    }

    /// Folds in an event that stands behind all others in canonical order.
    pub fn append(&mut self, event: &Event) -> Folded {
        let is_stale = match &event.data {
            EventData::ChatCreated(_) => !self.complete() && self.updated_at.is_some(),
            EventData::MeetStarted(started) => self.meets.would_turn(started),
            _ => false,
        };
        if is_stale {
            return Folded::Stale;
        }
        self.note(event);
        self.apply(event);
        Folded::Applied
    }

    /// The state (`metrics.md`, Words).
    pub fn state(&self) -> State {
        self.standing.state
    }

    /// *e*: the time of the event that last changed the state to closed or missed; none while the state is neither
    /// (`finalization.md`, When a record is final).
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.standing.ended_at
    }

    /// The time of the last event that set a state other than closed and missed (`finalization.md`, `reopened`).
    pub fn last_unended_at(&self) -> Option<Timestamp> {
        self.standing.last_unended_at
    }

    /// The time of the last event.
    pub fn updated_at(&self) -> Option<Timestamp> {
        self.updated_at
    }

    /// When the AI assistant's silence rule fires, if no further event comes (`metrics.md`, firstAlfEndedAt). None if it
    /// never started, its part ended earlier by an event, or the 24 h of its questions ended before it started.
    pub fn silence_end(&self) -> Option<Timestamp> {
        self.alf.silence_end().filter(|&silence| self.alf.ended_at.is_none_or(|ended| silence < ended))
    }

    /// The channel: that of `chat.created`, else the first one named (`events.md`, Envelope).
    pub fn channel_id(&self) -> Option<&str> {
        self.channel_id.as_deref()
    }

    /// Whether `chat.created` has come (`finalization.md`, When a record is final).
    pub fn complete(&self) -> bool {
        self.created_at.is_some()
    }

    /// Takes what holds for the whole chat, whatever comes before it: who the chat and its meets are.
    fn note(&mut self, event: &Event) {
        match &event.data {
            EventData::ChatCreated(created) if !self.complete() => {
                self.created_at = Some(event.time);
                self.channel_id.clone_from(&event.channel_id);
                self.direction = Some(created.direction);
                self.medium = Some(created.medium.as_ref().map_or(MediumType::default(), |medium| medium.kind));
            }
            EventData::MeetStarted(started) => self.meets.start(started, event.time),
            _ => {}
        }
    }

    fn apply(&mut self, event: &Event) {
        let at = event.time;
        let mark = Mark { time: at, position: self.len };
        self.len += 1;
        self.updated_at = Some(at);
        if self.channel_id.is_none() {
            self.channel_id.clone_from(&event.channel_id);
        }
        match &event.data {
            EventData::ChatWorkflowStarted(_) => self.workflow_started_at.set(at),
            EventData::ChatWorkflowEnded(_) => self.workflow_ended_at.set(at),
            EventData::ChatAlfStarted(_) => self.alf.start(at, self.episodes.any()),
            EventData::ChatAlfEnded(_) => self.alf.end(at),
            EventData::QueueEntered(entered) => self.enter_queue(mark, entered),
            EventData::QueueLeft(left) => self.leave_queue(mark, left),
            EventData::ChatOpened(opened) => self.open(mark, opened.by),
            EventData::ChatUnassigned(_) => self.assignment.unassign(),
            EventData::ChatAssigned(assigned) => self.assign(mark, &assigned.manager_id),
            EventData::MeetEngaged(engaged) => self.engage(mark, &engaged.meet_id),
            EventData::MessageSent(message) => self.send(mark, message),
            EventData::ChatSnoozed(_) => self.snooze(mark),
            EventData::ChatMissed(missed) => self.miss(mark, missed.reason),
            EventData::ChatClosed(_) => self.close(mark),
            _ => {}
        }
    }

    fn enter_queue(&mut self, mark: Mark, entered: &QueueEntered) {
        self.queue.enter(mark, &entered.queue_id);
        self.episodes.queue();
        self.standing.queue(mark);
    }

    fn leave_queue(&mut self, mark: Mark, left: &QueueLeft) {
        if self.queue.leave(mark, left.queue_id.as_deref(), left.outcome) {
            self.standing.unqueue(mark, self.episodes.is_open());
        }
    }

    fn open(&mut self, mark: Mark, by: OpenedBy) {
        let at = mark.time;
        if by == OpenedBy::Alf {
            self.alf.end(at);
        }
        // A queue entry of the same millisecond ranks before the opening, but lies between it and an assignment.
        let is_queued = self.queue.last_entered_at() == Some(at);
        self.episodes.open(at, is_queued);
        self.standing.set(State::Opened, mark);
    }

    fn assign(&mut self, mark: Mark, manager_id: &str) {
        self.assignment.assign(mark.time, manager_id);
        if self.episodes.assign(mark.time) && self.state() == State::Queued {
            self.standing.set(State::Opened, mark);
        }
    }

    fn engage(&mut self, mark: Mark, meet_id: &str) {
        if self.meets.engage(meet_id, self.direction) == Some(Direction::Inbound) {
            self.answer(mark);
        }
    }

    fn snooze(&mut self, mark: Mark) {
        if self.episodes.snooze(mark.time) {
            self.standing.set(State::Snoozed, mark);
        }
    }

    fn send(&mut self, mark: Mark, message: &MessageSent) {
        match message.person.kind {
            _ if message.private => {}
            PersonType::User => self.ask(mark.time, message.answers_workflow),
            PersonType::Manager => self.answer(mark),
            PersonType::Bot => {}
        }
    }

    fn ask(&mut self, at: Timestamp, answers_workflow: bool) {
        self.asked_at.set(at);
        if answers_workflow {
            self.asked_workflow_at.set(at);
        }
        self.episodes.ask(at);
        self.alf.ask(at, answers_workflow, self.episodes.any());
    }

    fn answer(&mut self, mark: Mark) {
        let counts_as_first = self.direction != Some(Direction::Outbound) || self.asked_at.get().is_some();
        self.episodes.answer(mark, counts_as_first);
    }

    fn miss(&mut self, mark: Mark, reason: MissedReason) {
        if self.end(State::Missed, Ending::Missed, mark) {
            self.missed_at.set(mark.time);
            self.last_missed_at = Some(mark.time);
            self.missed_reason = Some(reason);
        }
    }

    fn close(&mut self, mark: Mark) {
        if self.end(State::Closed, Ending::Closed, mark) {
            if self.closed_at.get().is_none() {
                self.assignment.keep_for_first_close();
            }
            self.closed_at.set(mark.time);
            self.last_closed_at = Some(mark.time);
            self.episodes.drop_question();
        }
    }

    /// A close or a miss: whether it is effective (`metrics.md`, Words: episode).
    fn end(&mut self, state: State, ending: Ending, mark: Mark) -> bool {
        if self.state() == state {
            return false;
        }
        self.episodes.end(mark.time, ending);
        self.queue.abandon(mark);
        self.standing.set(state, mark);
        true
    }
}
