//! Meets: the calls of a chat, one row each (`session.md`, Meets).

use std::collections::BTreeMap;

use super::Facts;
use super::value::{Unit, Value};
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

/// A column of the rows of `meets`.
pub struct MeetColumn {
    /// Its name in JSON.
    pub key: &'static str,
    /// Its type.
    pub unit: Unit,
    /// Whether it is in the PII catalogue (`session.md`, Personal data).
    pub is_pii: bool,
    /// What it is.
    pub doc: &'static str,
    formula: for<'f> fn(&Facts<'f>, &Meet<'f>) -> Value<'f>,
}

macro_rules! meet_columns {
    ($($key:literal $unit:ident $($pii:ident)?: $doc:literal => $formula:expr;)*) => {
        /// The columns of the rows of `meets`, in order.
        pub const MEET_COLUMNS: &[MeetColumn] = &[
            $(MeetColumn {
                key: $key,
                unit: Unit::$unit,
                is_pii: false $(|| super::$pii)?,
                doc: $doc,
                formula: $formula,
            },)*
        ];
    };
}
meet_columns! {
    "id" Text: "meet id" => |_, meet| meet.id.into();
    "userChatId" Text: "the chat's id" => |facts, _| facts.chat_id.into();
    "startedAt" Time: "its `meet.started`" => |_, meet| meet.started_at.into();
    "engagedAt" Time: "its `meet.engaged`" => |_, meet| meet.engaged_at.into();
    "endedAt" Time: "its `meet.ended`" => |_, meet| meet.ended_at.into();
    "from" Text PII: "caller" => |_, meet| meet.told(|started| &started.from);
    "to" Text PII: "called" => |_, meet| meet.told(|started| &started.to);
    "direction" Text: "`INBOUND` or `OUTBOUND`; the chat's if the meet has none" => |facts, meet| {
        facts.fold.meets.direction(meet.id, facts.fold.direction).map(|direction| direction.as_str()).into()
    };
    "missedReason" Text: "why it was missed" => |_, meet| meet.missed_reason.into();
    "duration" Seconds: "endedAt − engagedAt" => |_, meet| meet.duration().into();
    "type" Text: "`phone`, `video` or `voice`" => |_, meet| meet.started.map(|started| started.kind.as_str()).into();
    "primaryNumber" Text PII: "the number called" => |_, meet| meet.told(|started| &started.primary_number);
    "representativeNumber" Text PII: "the number shown" => |_, meet| {
        meet.told(|started| &started.representative_number)
    };
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
    fn told(&self, member: impl Fn(&'a MeetStarted) -> &'a Option<Box<str>>) -> Value<'a> {
        self.started.and_then(|started| member(started).as_deref()).into()
    }

    fn duration(&self) -> Option<Span> {
        let duration = self.ended_at?.since(self.engaged_at?);
        (duration >= Span::ZERO).then_some(duration)
    }
}

/// The rows of `meets`.
pub(super) fn rows<'f>(facts: &Facts<'f>) -> Value<'f> {
    let row = |meet: &Meet<'f>| MEET_COLUMNS.iter().map(|column| (column.key, (column.formula)(facts, meet))).collect();
    Value::Rows(facts.told.meets.rows.iter().map(row).collect())
}
