//! The platform views: the chat resource and the session metadata (`session.md`), two more projections of the chat.

mod chat;
mod consumer;
mod course;
mod handles;
mod participants;
mod parts;
mod queues;
mod said;
mod session;
mod status;
mod transfers;
mod virtual_agents;

#[cfg(test)]
mod tests;

pub(super) use chat::ROWS as CHAT;
pub(super) use session::ROWS as SESSION;

use super::value::Value;
use crate::calendar::ChannelDocument;
use crate::chat::fold::{Fold, State};
use crate::chat::journal::Journal;
use crate::chat::segment::{Edge, HandleSegment, Segments};
use crate::event::{ChatClosed, EventData};
use crate::time::{Span, Timestamp};

use consumer::Consumer;
use participants::Participants;
use said::Said;
use transfers::Transfers;
use virtual_agents::Escalation;

/// What the views are made of, read from the journal once for all their columns.
#[derive(Debug)]
pub struct Views<'a> {
    segments: Segments<'a>,
    said: Said<'a>,
    transfers: Transfers<'a>,
    participants: Participants<'a>,
    consumer: Consumer<'a>,
    escalations: Vec<Escalation<'a>>,
    /// Who answered each of the fold's turns, where that was told.
    answered_by: Vec<Option<&'a str>>,
    /// The last effective close.
    closed: Option<&'a ChatClosed>,
}

impl<'a> Views<'a> {
    pub(super) fn of(journal: &'a Journal, fold: &Fold, document: &'a ChannelDocument) -> Views<'a> {
        let (mut said, mut transfers) = (Said::default(), Transfers::default());
        let (mut participants, mut consumer) = (Participants::default(), Consumer::default());
        let mut escalations = Vec::new();
        let mut ends = ends(fold).peekable();
        for (position, event) in journal.iter().enumerate() {
            let edge = Edge { position, event };
            said.tell(edge, fold);
            transfers.tell(event);
            participants.tell(event);
            consumer.tell(edge, ends.next_if(|&(at, _)| at == position).is_some());
            escalations.extend(Escalation::of(edge, &said));
        }
        let answer = |position: u32| journal.get(position as usize).and_then(|event| answered_by(&event.data));
        let last_close = self::ends(fold).filter_map(|(position, _)| match &journal.get(position)?.data {
            EventData::ChatClosed(closed) => Some(&**closed),
            _ => None,
        });
        Views {
            segments: Segments::of(journal, fold, document),
            said,
            transfers,
            participants,
            consumer,
            escalations,
            answered_by: fold.episodes.turns().iter().map(|turn| answer(turn.answer)).collect(),
            closed: last_close.last(),
        }
    }

    /// Σ over the handle segments.
    fn handle_time(&self, time: impl Fn(&HandleSegment<'a>) -> Span) -> Span {
        self.segments.handles.iter().fold(Span::ZERO, |sum, segment| sum + time(segment))
    }
}

/// The events that changed the state to closed or missed: place and time.
fn ends(fold: &Fold) -> impl Iterator<Item = (usize, Timestamp)> {
    let is_end = |(_, state): &&(_, State)| state.is_ended();
    fold.standing.changes.iter().filter(is_end).map(|(mark, _)| (mark.position as usize, mark.time))
}

/// The manager who gave an answer, if it says so.
fn answered_by(answer: &EventData) -> Option<&str> {
    match answer {
        EventData::MessageSent(message) => message.person.id.as_deref(),
        EventData::MeetEngaged(engaged) => engaged.manager_id.as_deref(),
        _ => None,
    }
}

/// A duration of the views: whole seconds, truncated when it is written.
fn whole<'a>(span: impl Into<Option<Span>>) -> Value<'a> {
    span.into().map_or(Value::Null, Value::WholeSeconds)
}

/// A whole number as it was told; a count below zero is none.
fn counted<'a>(told: Option<i64>) -> Value<'a> {
    told.and_then(|count| u64::try_from(count).ok()).map_or(Value::Null, Value::Count)
}

/// How fast somebody answered.
#[derive(Clone, Copy, Debug, Default)]
struct Responses {
    count: u32,
    total: Span,
    max: Option<Span>,
}

impl Responses {
    fn add(&mut self, time: Span) {
        self.count += 1;
        self.total += time;
        self.max = self.max.max(Some(time));
    }

    fn average(&self) -> Option<Span> {
        self.total.millis().checked_div(i64::from(self.count)).map(Span::from_millis)
    }
}
