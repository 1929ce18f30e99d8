//! Meets: the calls of a chat, one row each (`session.md`, Meets).

use std::collections::BTreeMap;

use super::Facts;
use super::shape;
use super::value::Value;
use crate::event::{Event, EventData, MeetStarted};
use crate::time::{Span, Timestamp};

/// What was told of one meet. Of what was told twice the first counts.
#[derive(Debug, Default)]
pub struct Meet<'a> {
    id: &'a str,
    started_at: Option<Timestamp>,
    engaged_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    started: Option<&'a MeetStarted>,
    missed_reason: Option<&'a str>,
}

shape! {
    MEET "Meet" "`session.md`, Meets";
    fn object(facts: &Facts<'f>, meet: &Meet<'f>);
    1 "id" Text: "meet id" => meet.id;
    2 "userChatId" Text: "the chat's id" => facts.chat_id;
    3 "startedAt" Time: "its `meet.started`" => meet.started_at;
    4 "engagedAt" Time: "its `meet.engaged`" => meet.engaged_at;
    5 "endedAt" Time: "its `meet.ended`" => meet.ended_at;
    6 "from" Text PII: "caller" => meet.told(|started| &started.from);
    7 "to" Text PII: "called" => meet.told(|started| &started.to);
    8 "direction" Text: "`INBOUND` or `OUTBOUND`; the chat's if the meet has none" =>
        facts.fold.meets.direction(meet.id, facts.fold.direction).map(|direction| direction.as_str());
    9 "missedReason" Text: "why it was missed" => meet.missed_reason;
    10 "duration" Seconds: "endedAt − engagedAt" => meet.duration();
    11 "type" Text: "`phone`, `video` or `voice`" => meet.started.map(|started| started.kind.as_str());
    12 "primaryNumber" Text PII: "the number called" => meet.told(|started| &started.primary_number);
    13 "representativeNumber" Text PII: "the number shown" => meet.told(|started| &started.representative_number);
}

/// The meets of a chat, in the order of their first events.
#[derive(Debug, Default)]
pub struct Meets<'a> {
    rows: Vec<Meet<'a>>,
    by_id: BTreeMap<&'a str, usize>,
}

impl<'a> Meets<'a> {
    /// Takes a `meet.*` event.
    pub(super) fn tell(&mut self, event: &'a Event) {
        match &event.data {
            EventData::MeetStarted(started) => {
                let meet = self.row(&started.meet_id);
                meet.started_at.get_or_insert(event.time);
                meet.started.get_or_insert(started);
            }
            EventData::MeetEngaged(engaged) => {
                self.row(&engaged.meet_id).engaged_at.get_or_insert(event.time);
            }
            EventData::MeetEnded(ended) => {
                let meet = self.row(&ended.meet_id);
                // Both of the first end: a reason of another one would belong to another call.
                if meet.ended_at.is_none() {
                    meet.ended_at = Some(event.time);
                    meet.missed_reason = ended.missed_reason.as_deref();
                }
            }
            _ => {}
        }
    }

    fn row(&mut self, id: &'a str) -> &mut Meet<'a> {
        let at = *self.by_id.entry(id).or_insert(self.rows.len());
        if at == self.rows.len() {
            self.rows.push(Meet { id, ..Meet::default() });
        }
        &mut self.rows[at]
    }
}

impl<'a> Meet<'a> {
    fn told(&self, member: impl Fn(&'a MeetStarted) -> &'a Option<Box<str>>) -> Option<&'a str> {
        self.started.and_then(|started| member(started).as_deref())
    }

    fn duration(&self) -> Option<Span> {
        let duration = self.ended_at?.since(self.engaged_at?);
        (duration >= Span::ZERO).then_some(duration)
    }
}

/// The rows of `meets`.
pub(super) fn rows<'f>(facts: &Facts<'f>) -> Value<'f> {
    Value::Rows(facts.told.meets.rows.iter().map(|meet| object(facts, meet)).collect())
}
