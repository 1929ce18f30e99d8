//! The timeline of a chat: its events in canonical order, each with what it did (`metrics.md`, Words).

use super::told;
use crate::chat::fold::Episode;
use crate::chat::{Fold, Journal, State};
use crate::event::{Event, EventData, MessageSent, OpenedBy, PersonType};
use crate::time::Timestamp;

/// An event, and what it did.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// The event.
    pub event: &'a Event,
    /// What it did, in words.
    pub did: String,
}

/// All steps of a chat, and which of them its turns, snoozes and episodes are made of.
#[derive(Debug, Default)]
pub(super) struct Timeline<'a> {
    pub steps: Vec<Step<'a>>,
    /// Of each answered turn the question and the answer.
    pub turns: Vec<[usize; 2]>,
    /// Of each snoozed interval the start and, if it is finished, the end.
    pub snoozes: Vec<Vec<usize>>,
    /// Of each episode the opening, the first assignment and the first answer in it, and its end, as far as there are.
    pub episodes: Vec<Marks>,
    pending: Option<usize>,
}

/// The steps that mark an episode.
#[derive(Debug)]
pub(super) struct Marks {
    pub opened: usize,
    pub assigned: Option<usize>,
    pub answered: Option<usize>,
    pub ended: Option<usize>,
}

/// What is compared with what the fold comes to after the next event.
#[derive(Default)]
struct Before {
    state: State,
    episodes: usize,
    turns: usize,
    pending_at: Option<Timestamp>,
    snoozing_since: Option<Timestamp>,
    first_answered_at: Option<Timestamp>,
    alf_started_at: Option<Timestamp>,
    alf_ended_at: Option<Timestamp>,
    assignee_id: Option<String>,
    reassignment_count: u32,
    queue_id: Option<String>,
    is_created: bool,
    is_in_episode: bool,
}

impl<'a> Timeline<'a> {
    pub fn of(journal: &'a Journal) -> Timeline<'a> {
        let mut timeline = Timeline::default();
        let (mut before, mut told) = (Before::default(), Vec::with_capacity(journal.len()));
        let _ = Fold::watch(journal, |event, fold| {
            timeline.mark(told.len(), &before, fold);
            told.push(before.tell(event, fold));
            before = Before::of(fold, before.is_created || matches!(event.data, EventData::ChatCreated(_)));
        });
        timeline.steps = journal.iter().zip(told).map(|(event, did)| Step { event, did }).collect();
        timeline
    }

    /// Notes what step `at` began or ended.
    fn mark(&mut self, at: usize, before: &Before, fold: &Fold) {
        if fold.turns().len() > before.turns {
            let asked = self.pending.expect("a turn has a question");
            self.turns.push([asked, at]);
        }
        match (before.pending_at, fold.pending_question_at()) {
            (None, Some(_)) => self.pending = Some(at),
            (_, None) => self.pending = None,
            _ => {}
        }
        match (before.snoozing_since, fold.snoozing_since()) {
            (None, Some(_)) => self.snoozes.push(vec![at]),
            (Some(_), None) => self.snoozes.last_mut().expect("a snooze has a start").push(at),
            _ => {}
        }
        let Some(episode) = fold.episodes().last() else { return };
        if fold.episodes().len() > before.episodes {
            self.episodes.push(Marks { opened: at, assigned: None, answered: None, ended: None });
        }
        self.episodes.last_mut().expect("an episode has an opening").note(at, episode);
    }
}

impl Marks {
    fn note(&mut self, at: usize, episode: &Episode) {
        let set = |mark: &mut Option<usize>, is_so: bool| {
            if is_so {
                mark.get_or_insert(at);
            }
        };
        set(&mut self.assigned, episode.assigned_at.get().is_some());
        set(&mut self.answered, episode.answered_at.get().is_some());
        set(&mut self.ended, episode.ended.is_some());
    }
}

impl Before {
    fn of(fold: &Fold, is_created: bool) -> Before {
        Before {
            state: fold.state(),
            episodes: fold.episodes().len(),
            turns: fold.turns().len(),
            pending_at: fold.pending_question_at(),
            snoozing_since: fold.snoozing_since(),
            first_answered_at: fold.first_answered_at(),
            alf_started_at: fold.alf_started_at(),
            alf_ended_at: fold.alf_ended_at(),
            assignee_id: fold.assignee_id().map(str::to_owned),
            reassignment_count: fold.reassignment_count(),
            queue_id: fold.queue_id().map(str::to_owned),
            is_created,
            is_in_episode: fold.episodes().last().is_some_and(|episode| episode.ended.is_none()),
        }
    }

    /// What an event did, the fold after it being `fold`.
    fn tell(&self, event: &Event, fold: &Fold) -> String {
        let mut did = match &event.data {
            EventData::ChatCreated(created) => {
                let direction = created.direction.as_str();
                self.first(!self.is_created, &format!("the chat exists, {direction}"), "the chat existed already")
            }
            EventData::ChatAlfStarted(_) => self.first(
                self.alf_started_at.is_none(),
                "the AI assistant starts",
                "only the assistant's first start counts",
            ),
            EventData::ChatAlfEnded(_) => self.first(
                fold.alf_ended_at() != self.alf_ended_at,
                "ends the AI assistant's part",
                if self.alf_started_at.is_none() { "the assistant has not started" } else { "its part has ended" },
            ),
            EventData::QueueEntered(entered) => self.enter_queue(&entered.queue_id),
            EventData::QueueLeft(_) => match (&self.queue_id, fold.queue_id()) {
                (Some(left), None) => format!("leaves queue {left}"),
                _ => "ends no queue segment; one that an entry of this millisecond ended takes its outcome".to_owned(),
            },
            EventData::ChatOpened(opened) => self.open(opened.by, fold),
            EventData::ChatAssigned(assigned) => self.assign(&assigned.manager_id, fold),
            EventData::ChatUnassigned(_) => match &self.assignee_id {
                Some(assignee) => format!("unassigns {assignee}; the change to another manager would still be counted"),
                None => "ignored: nobody is assigned".to_owned(),
            },
            EventData::MeetEngaged(engaged) => match fold.meet_direction(&engaged.meet_id) {
                Some(direction) if direction.as_str() == "INBOUND" => self.answer(fold),
                _ => "ignored: the call is not inbound, so this is no answer".to_owned(),
            },
            EventData::MessageSent(message) => self.send(message, fold),
            EventData::ChatSnoozed(_) => self.snooze(),
            EventData::ChatMissed(missed) => self.end(State::Missed, &format!("missed ({})", missed.reason.as_str())),
            EventData::ChatClosed(_) => self.end(State::Closed, "closes"),
            other => told::tell(other),
        };
        if fold.state() != self.state {
            did.push_str("; state ");
            did.push_str(fold.state().as_str());
        }
        did
    }

    fn first(&self, is_so: bool, did: &str, otherwise: &str) -> String {
        if is_so { did.to_owned() } else { format!("ignored: {otherwise}") }
    }

    fn enter_queue(&self, queue_id: &str) -> String {
        match &self.queue_id {
            Some(left) => format!("enters queue {queue_id}, which ends the segment in queue {left}"),
            None => format!("enters queue {queue_id}"),
        }
    }

    fn open(&self, by: OpenedBy, fold: &Fold) -> String {
        let mut did = if fold.episodes().len() > self.episodes {
            let pending = self.pending_at.map_or(String::new(), |at| format!(" with the question of {at} waiting"));
            let reopening = if self.episodes > 0 { ", a reopening" } else { "" };
            format!("opens episode {}{reopening}{pending}", self.episodes + 1)
        } else if let Some(since) = self.snoozing_since {
            format!("ends the snooze of {since} within episode {}; no reopening", self.episodes)
        } else {
            format!("moves openedAt only: episode {} is open", self.episodes)
        };
        if by == OpenedBy::Alf && fold.alf_ended_at() != self.alf_ended_at {
            did.push_str("; ends the AI assistant's part");
        }
        did
    }

    fn assign(&self, manager_id: &str, fold: &Fold) -> String {
        if fold.reassignment_count() > self.reassignment_count {
            return format!("assigns {manager_id}: reassignment {}", fold.reassignment_count());
        }
        match &self.assignee_id {
            Some(assignee) if assignee == manager_id => format!("assigns {manager_id} again: no reassignment"),
            _ => format!("assigns {manager_id}"),
        }
    }

    fn send(&self, message: &MessageSent, fold: &Fold) -> String {
        match message.person.kind {
            _ if message.private => "a private note: neither asks nor answers".to_owned(),
            PersonType::Bot => "a bot's message: neither asks nor answers".to_owned(),
            PersonType::Manager => self.answer(fold),
            PersonType::User => {
                let how = if message.answers_workflow { "asks, answering the workflow" } else { "asks" };
                match self.pending_at {
                    None => format!("{how}: the question waits for an answer"),
                    Some(pending) => format!("{how} again: the question of {pending} is waiting already"),
                }
            }
        }
    }

    fn answer(&self, fold: &Fold) -> String {
        let first = if fold.first_answered_at() != self.first_answered_at { "; the chat's first answer" } else { "" };
        match (self.pending_at, fold.turns().len() > self.turns) {
            (Some(pending), true) => format!("answers turn {}, asked {pending}{first}", fold.turns().len()),
            (Some(pending), false) => {
                format!("answers outside any episode: no turn; the question of {pending} is gone")
            }
            (None, _) if self.is_in_episode => format!("answers where no question waits: no turn{first}"),
            (None, _) => "ignored: an answer outside any episode, and no question waits".to_owned(),
        }
    }

    fn snooze(&self) -> String {
        match self.snoozing_since {
            _ if !self.is_in_episode => "moves snoozedAt only: no episode is open".to_owned(),
            Some(since) => format!("moves snoozedAt only: snoozed since {since}"),
            None => "starts a snooze".to_owned(),
        }
    }

    /// A close or a miss.
    fn end(&self, state: State, did: &str) -> String {
        if self.state == state {
            return format!("ignored: the chat is {} already", state.as_str());
        }
        let mut did = match self.is_in_episode {
            true => format!("{did}: ends episode {}", self.episodes),
            false => format!("{did}: no episode is open"),
        };
        if let (State::Closed, Some(pending)) = (state, self.pending_at) {
            did.push_str(&format!("; drops the unanswered question of {pending}"));
        }
        if let Some(since) = self.snoozing_since {
            did.push_str(&format!("; ends the snooze of {since}"));
        }
        did
    }
}
