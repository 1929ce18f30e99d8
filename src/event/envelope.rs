//! The CloudEvents envelope, borrowed from the bytes it came in, in both of its modes (`events.md`, Envelope).

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::data::json::{self, ObjectError};
use super::data::protobuf;
use super::reason::{Reason, Rejection};
use crate::time::Timestamp;

/// A header of a Kafka message: its name, and its value unless that is null.
pub type Header<'a> = (&'a str, Option<&'a [u8]>);

/// An attribute as it was found, not yet judged.
#[derive(Debug, Default)]
pub(super) enum Attribute<'a> {
    #[default]
    Absent,
    Text(Cow<'a, str>),
    WrongType,
}

/// `data`, in the form it came in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Data<'a> {
    /// JSON text, not null.
    Json(&'a str),
    /// A message of `events.proto`.
    Protobuf(&'a [u8]),
}

/// The attributes as they were found, and `data`.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    specversion: Attribute<'a>,
    id: Attribute<'a>,
    source: Attribute<'a>,
    kind: Attribute<'a>,
    pub(super) subject: Attribute<'a>,
    time: Attribute<'a>,
    /// `None` if absent or null.
    data: Option<Data<'a>>,
}

/// An envelope that is complete and well-formed.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) source: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    pub(super) subject: Option<Cow<'a, str>>,
    pub(super) time: Timestamp,
    pub(super) data: Option<Data<'a>>,
}

fn unparsable(detail: &str) -> Rejection {
    Rejection::new(Reason::Unparsable, detail)
}

/// Reads structured mode: the value is the whole event. Attributes of the same name: the last one counts.
pub(super) fn structured(value: &[u8]) -> Result<Found<'_>, Rejection> {
    let text = std::str::from_utf8(value).map_err(|_| unparsable("the value is not UTF-8"))?;
    let mut found = Found::default();
    let walked = json::members(text, |name, raw| {
        match name {
            "specversion" => found.specversion = Attribute::from_json(raw, json::text),
            "id" => found.id = Attribute::from_json(raw, json::text),
            "source" => found.source = Attribute::from_json(raw, json::text),
            "type" => found.kind = Attribute::from_json(raw, json::text),
            "subject" => found.subject = Attribute::from_json(raw, json::id),
            "time" => found.time = Attribute::from_json(raw, json::text),
            "data" => found.data = (!json::is_null(raw)).then_some(Data::Json(raw)),
            _ => {}
        }
        Ok::<(), std::convert::Infallible>(())
    });
    match walked {
        Ok(()) => Ok(found),
        Err(ObjectError::Syntax) => Err(unparsable("the value is not JSON")),
        Err(ObjectError::NotAnObject) => Err(Rejection::new(Reason::InvalidEnvelope, "the value is not an object")),
        Err(ObjectError::Member(never)) => match never {},
    }
}

/// What the headers say: the mode, and in binary mode the attributes.
pub(super) struct Headers<'a> {
    /// The event is in the value alone.
    pub(super) is_structured: bool,
    /// In binary mode: `data` is a protobuf message.
    is_protobuf: bool,
    attributes: Found<'a>,
    /// Of the headers that are read, one is not UTF-8.
    is_broken: bool,
}

impl<'a> Headers<'a> {
    /// Reads the headers. A null one is as good as none; of the same name the last one counts.
    pub(super) fn read(headers: impl IntoIterator<Item = Header<'a>>) -> Self {
        let mut content_type = None;
        let mut has_specversion = false;
        let mut read =
            Headers { is_structured: false, is_protobuf: false, attributes: Found::default(), is_broken: false };
        for (name, value) in headers {
            let Some(value) = value else { continue };
            if name.eq_ignore_ascii_case("content-type") {
                content_type = Some(value);
                continue;
            }
            let found = &mut read.attributes;
            let attribute = match name {
                "ce_specversion" => &mut found.specversion,
                "ce_id" => &mut found.id,
                "ce_source" => &mut found.source,
                "ce_type" => &mut found.kind,
                "ce_subject" => &mut found.subject,
                "ce_time" => &mut found.time,
                _ => continue,
            };
            has_specversion |= name == "ce_specversion";
            match std::str::from_utf8(value) {
                Ok(text) => *attribute = Attribute::Text(Cow::Borrowed(text)),
                Err(_) => read.is_broken = true,
            }
        }
        read.is_structured =
            content_type.map_or(!has_specversion, |header| is_media_type(header, b"application/cloudevents+json"));
        read.is_protobuf = content_type.is_some_and(|header| is_media_type(header, b"application/protobuf"));
        read
    }

    /// Reads binary mode: the attributes are in the headers, the value is `data`; no value, or an empty one, is none.
    pub(super) fn binary(self, value: Option<&'a [u8]>) -> Result<Found<'a>, Rejection> {
        if self.is_broken {
            return Err(unparsable("an attribute in the headers is not UTF-8"));
        }
        let mut found = self.attributes;
        let value = value.unwrap_or_default();
        if self.is_protobuf {
            if !protobuf::is_message(value) {
                return Err(unparsable("the value is not a protobuf message"));
            }
            found.data = Some(Data::Protobuf(value));
        } else if !value.is_empty() {
            let text = std::str::from_utf8(value).map_err(|_| unparsable("the value is not UTF-8"))?;
            let raw: &RawValue = serde_json::from_str(text).map_err(|_| unparsable("the value is not JSON"))?;
            found.data = (!json::is_null(raw.get())).then_some(Data::Json(raw.get()));
        }
        Ok(found)
    }
}

/// Whether a content type is this one, whatever its parameters.
fn is_media_type(content_type: &[u8], wanted: &[u8]) -> bool {
    let media_type = content_type.split(|&byte| byte == b';').next().unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case(wanted)
}

impl<'a> Attribute<'a> {
    fn from_json(raw: &'a str, read: fn(&'a str) -> Option<Cow<'a, str>>) -> Self {
        match read(raw) {
            Some(text) => Attribute::Text(text),
            None if json::is_null(raw) => Attribute::Absent,
            None => Attribute::WrongType,
        }
    }

    fn optional(self, name: &str) -> Result<Option<Cow<'a, str>>, Rejection> {
        match self {
            Attribute::Absent => Ok(None),
            Attribute::Text(text) => Ok(Some(text)),
            Attribute::WrongType => Err(invalid(name, "is not a text")),
        }
    }

    /// The text of a required attribute, which may not be empty (CloudEvents 1.0).
    fn required(self, name: &str) -> Result<Cow<'a, str>, Rejection> {
        let text = self.optional(name)?.ok_or_else(|| invalid(name, "is missing"))?;
        if text.is_empty() { Err(invalid(name, "is empty")) } else { Ok(text) }
    }
}

fn invalid(name: &str, what: &str) -> Rejection {
    Rejection::new(Reason::InvalidEnvelope, format!("attribute {name} {what}"))
}

impl<'a> Found<'a> {
    /// Checks the attributes.
    pub(super) fn check(self) -> Result<Envelope<'a>, Rejection> {
        if self.specversion.required("specversion")? != "1.0" {
            return Err(invalid("specversion", "is not 1.0"));
        }
        let time = self.time.required("time")?;
        Ok(Envelope {
            id: self.id.required("id")?,
            source: self.source.required("source")?,
            kind: self.kind.required("type")?,
            subject: self.subject.optional("subject")?,
            time: Timestamp::parse(&time).ok_or_else(|| invalid("time", "is not RFC 3339"))?,
            data: self.data,
        })
    }
}
