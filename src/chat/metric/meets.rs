//! Meets: the calls of a chat, one row each (`session.md`, Meets).

use super::Facts;
use super::value::{Unit, Value};
use crate::event::{Event, EventData, MeetStarted};
use crate::time::{Span, Timestamp};

/// What was told of one meet. Of what was told twice the first counts.
#[derive(Debug)]
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

impl<'a> Meet<'a> {
    /// Takes a `meet.*` event; rows stand in the order of their first events.
    pub(super) fn tell(meets: &mut Vec<Meet<'a>>, event: &'a Event) {
        match &event.data {
            EventData::MeetStarted(started) => {
                let meet = Meet::row(meets, &started.meet_id);
                meet.started_at.get_or_insert(event.time);
                meet.started.get_or_insert(started);
            }
            EventData::MeetEngaged(engaged) => {
                Meet::row(meets, &engaged.meet_id).engaged_at.get_or_insert(event.time);
            }
            EventData::MeetEnded(ended) => {
                let meet = Meet::row(meets, &ended.meet_id);
                meet.ended_at.get_or_insert(event.time);
                meet.missed_reason = meet.missed_reason.or(ended.missed_reason.as_deref());
            }
            _ => {}
        }
    }

    /// The row of a meet, which is the last one with few exceptions.
    fn row<'m>(meets: &'m mut Vec<Meet<'a>>, id: &'a str) -> &'m mut Meet<'a> {
        let at = meets.iter().rposition(|meet| meet.id == id).unwrap_or_else(|| {
            meets.push(Meet {
                id,
                started_at: None,
                engaged_at: None,
                ended_at: None,
                started: None,
                missed_reason: None,
            });
            meets.len() - 1
        });
        &mut meets[at]
    }

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
    Value::Rows(facts.told.meets.iter().map(row).collect())
}
