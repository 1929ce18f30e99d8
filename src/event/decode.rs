//! From bytes to an event, or to the first reason why not, in the order `events.md` gives (Envelope).

use std::borrow::Cow;

use super::Event;
use super::data::EventData;
use super::envelope::{Attribute, Data, Envelope, Found, Header, Headers, structured};
use super::kind::Kind;
use super::reason::{Reason, Rejection};
use crate::time::{Span, Timestamp};

/// The longest line of a file, without its end: 16 MiB.
pub const LINE_BYTES_MAX: usize = 16 << 20;

/// How far ahead an event's time may be.
const AHEAD_MAX: Span = Span::from_hours(24);

/// A Kafka message, as far as decoding needs it.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a, H> {
    /// The key: the chat's id.
    pub key: Option<&'a [u8]>,
    /// The value: in structured mode the whole event, in binary mode its `data`.
    pub value: Option<&'a [u8]>,
    /// The headers, which tell the mode.
    pub headers: H,
    /// Whether the key does not belong to the partition it came from; of no account without a key.
    pub misrouted: bool,
    /// The message's own timestamp, if it has one: only a bound for the event's time.
    pub timestamp: Option<Timestamp>,
    /// The processor's clock: only a bound for the event's time.
    pub now: Option<Timestamp>,
}

/// What came of one input.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded<'a> {
    /// An accepted event.
    Event {
        /// The chat it belongs to.
        chat_id: Cow<'a, str>,
        /// The event.
        event: Event,
    },
    /// A type that is not known: counted, not an error.
    Ignored,
    /// For the dead letters.
    Rejected(Rejection),
}

/// Decodes a message of one of the chat topics.
pub fn decode_message<'a, H>(message: Message<'a, H>) -> Decoded<'a>
where
    H: IntoIterator<Item = Header<'a>>,
{
    try_message(message).unwrap_or_else(Decoded::Rejected)
}

/// Decodes one line of a file, without its line end: an event in structured mode, whose `subject` is the chat's id.
///
/// A line that is no JSON object cannot have a subject: it is `unparsable` or `invalid_envelope`, not `no_key`. A line
/// that is too long is not looked into.
pub fn decode_line(line: &[u8], now: Option<Timestamp>) -> Decoded<'_> {
    try_line(line, now).unwrap_or_else(Decoded::Rejected)
}

fn try_message<'a, H>(message: Message<'a, H>) -> Result<Decoded<'a>, Rejection>
where
    H: IntoIterator<Item = Header<'a>>,
{
    let Some(key) = message.key.filter(|key| !key.is_empty()) else {
        return Err(Rejection::new(Reason::NoKey, "the message has no key"));
    };
    if message.misrouted {
        return Err(Rejection::new(Reason::Misrouted, "the key belongs to another partition"));
    }
    let key = std::str::from_utf8(key).map_err(|_| Rejection::new(Reason::Unparsable, "the key is not UTF-8"))?;
    let envelope = find(message.value, Headers::read(message.headers))?.check()?;
    if envelope.subject.as_deref().is_some_and(|subject| subject != key) {
        return Err(Rejection::new(Reason::SubjectMismatch, "the subject is not the key"));
    }
    let bound = match (message.timestamp, message.now) {
        (Some(timestamp), Some(now)) => Some(timestamp.min(now)),
        (timestamp, now) => timestamp.or(now),
    };
    accept(Cow::Borrowed(key), envelope, bound)
}

fn find<'a>(value: Option<&'a [u8]>, headers: Headers<'a>) -> Result<Found<'a>, Rejection> {
    if !headers.is_structured {
        return headers.binary(value);
    }
    structured(value.ok_or_else(|| Rejection::new(Reason::Unparsable, "the message has no value"))?)
}

fn try_line(line: &[u8], now: Option<Timestamp>) -> Result<Decoded<'_>, Rejection> {
    if line.len() > LINE_BYTES_MAX {
        return Err(Rejection::new(Reason::TooLarge, "the line is longer than 16 MiB"));
    }
    let found = structured(line)?;
    let has_subject = match &found.subject {
        Attribute::Absent => false,
        Attribute::Text(subject) => !subject.is_empty(),
        Attribute::WrongType => true,
    };
    if !has_subject {
        return Err(Rejection::new(Reason::NoKey, "the line has no subject"));
    }
    let mut envelope = found.check()?;
    let chat_id = envelope.subject.take().expect("a subject that was found passes its check or fails it");
    accept(chat_id, envelope, now)
}

/// The checks that both kinds of input share, from the type on.
fn accept<'a>(
    chat_id: Cow<'a, str>,
    envelope: Envelope<'a>,
    bound: Option<Timestamp>,
) -> Result<Decoded<'a>, Rejection> {
    let Some(kind) = Kind::from_type(&envelope.kind) else {
        return Ok(Decoded::Ignored);
    };
    let time = envelope.time;
    if time < Timestamp::OLDEST {
        return Err(Rejection::new(Reason::TimeTooOld, "the time is before 2000-01-01"));
    }
    if bound.is_some_and(|bound| time > bound.saturating_add(AHEAD_MAX)) {
        return Err(Rejection::new(Reason::TimeInFuture, "the time is more than 24 h ahead"));
    }
    let read = match envelope.data.unwrap_or(Data::Json("{}")) {
        Data::Json(text) => EventData::from_json(kind, text),
        Data::Protobuf(bytes) => EventData::from_protobuf(kind, bytes),
    };
    let (data, channel_id) = read.map_err(|fault| Rejection::new(Reason::InvalidData, fault.to_string()))?;
    let event = Event { kind, time, source: envelope.source.into(), id: envelope.id.into(), channel_id, data };
    Ok(Decoded::Event { chat_id, event })
}
