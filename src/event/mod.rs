//! What comes in: the event types, their decoding and validation.

mod data;
mod decode;
mod envelope;
mod kind;
mod reason;
pub mod schema;
#[cfg(test)]
mod tests;

pub use data::*;
pub(crate) use data::{json, wire};
pub use decode::{Decoded, LINE_BYTES_MAX, Message, decode_line, decode_message};
pub use envelope::Header;
pub use kind::Kind;
pub use reason::{Reason, Rejection};

use crate::time::Timestamp;

/// One accepted event of a chat (`events.md`). The chat's id stands beside it, not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its type; always that of `data`.
    pub kind: Kind,
    /// When the thing happened.
    pub time: Timestamp,
    /// Who tells of it; with `id` it identifies the event within its chat.
    pub source: Box<str>,
    /// See `source`.
    pub id: Box<str>,
    /// `data.channelId`: always there in `chat.created`, and whenever given in any other type.
    pub channel_id: Option<Box<str>>,
    /// Everything else that is known of `data`.
    pub data: EventData,
}

impl Event {
    /// Its place among the events of its chat.
    pub fn key(&self) -> EventKey<'_> {
        EventKey { time: self.time, kind: self.kind, source: &self.source, id: &self.id }
    }
}

/// The canonical order of a chat's events: time, rank of the type, source, id; text as UTF-8 bytes
/// (`events.md`, Order).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey<'a> {
    /// When the thing happened.
    pub time: Timestamp,
    /// The type, ordered by rank.
    pub kind: Kind,
    /// The event's source.
    pub source: &'a str,
    /// The event's id.
    pub id: &'a str,
}
