//! What a metric's value is: its type, its JSON text.

use std::borrow::Cow;
use std::fmt::Write;

use crate::time::{Span, Timestamp};

/// The type of a metric's column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A text, an id or one of a fixed set of words.
    Text,
    /// A list of texts.
    Texts,
    /// True or false.
    Flag,
    /// A whole number.
    Count,
    /// An instant.
    Time,
    /// A duration in seconds, exact to the millisecond.
    Seconds,
    /// A duration in whole seconds, truncated (`session.md`).
    WholeSeconds,
    /// A number with a fraction.
    Number,
    /// Any JSON, as it was told.
    Json,
    /// An object, or null.
    Object(&'static Shape),
    /// A list of objects.
    Rows(&'static Shape),
}

/// The members of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// What such an object is called in documents and as a protobuf message.
    pub name: &'static str,
    /// Where it is defined.
    pub defined_in: &'static str,
    /// Its members, in order.
    pub members: &'static [Member],
}

/// A member of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct Member {
    /// Its protobuf field number within the object: given once, never reused.
    pub code: u32,
    /// Its name.
    pub key: &'static str,
    /// Its type.
    pub unit: Unit,
    /// Whether it is in the PII catalogue (`session.md`, Personal data).
    pub is_pii: bool,
    /// What it is.
    pub doc: &'static str,
}

impl Unit {
    /// The type as the documentation names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unit::Text => "string",
            Unit::Texts => "[string]",
            Unit::Flag => "boolean",
            Unit::Count => "count",
            Unit::Time => "time",
            Unit::Seconds => "seconds",
            Unit::WholeSeconds => "whole seconds",
            Unit::Number => "number",
            Unit::Json => "any JSON",
            Unit::Object(_) => "object",
            Unit::Rows(_) => "[object]",
        }
    }

    /// The objects it is or lists, if it does.
    pub const fn shape(self) -> Option<&'static Shape> {
        match self {
            Unit::Object(shape) | Unit::Rows(shape) => Some(shape),
            _ => None,
        }
    }

    /// Whether a column of this type may have the value.
    pub fn accepts(self, value: &Value<'_>) -> bool {
        let fits = |object: &Object<'_>, shape: &Shape| {
            object.len() == shape.members.len()
                && object
                    .iter()
                    .zip(shape.members)
                    .all(|((key, value), member)| *key == member.key && member.unit.accepts(value))
        };
        match (value, self) {
            (Value::Null, Unit::Rows(_) | Unit::Texts) => false,
            (Value::Null, _)
            | (Value::Text(_), Unit::Text)
            | (Value::Texts(_), Unit::Texts)
            | (Value::Flag(_), Unit::Flag)
            | (Value::Count(_), Unit::Count)
            | (Value::Time(_), Unit::Time)
            | (Value::Seconds(_), Unit::Seconds)
            | (Value::WholeSeconds(_), Unit::WholeSeconds)
            | (Value::Number(_), Unit::Number)
            | (Value::Json(_), Unit::Json) => true,
            (Value::Object(object), Unit::Object(shape)) => fits(object, shape),
            (Value::Rows(rows), Unit::Rows(shape)) => rows.iter().all(|row| fits(row, shape)),
            _ => false,
        }
    }
}

/// The members of an object with their values, in order.
pub type Object<'a> = Vec<(&'static str, Value<'a>)>;

/// The value of a metric; null means not known or not applicable (`metrics.md`).
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Not known or not applicable.
    Null,
    /// See [`Unit::Text`].
    Text(Cow<'a, str>),
    /// See [`Unit::Texts`].
    Texts(Vec<&'a str>),
    /// See [`Unit::Flag`].
    Flag(bool),
    /// See [`Unit::Count`].
    Count(u64),
    /// See [`Unit::Time`].
    Time(Timestamp),
    /// See [`Unit::Seconds`].
    Seconds(Span),
    /// See [`Unit::WholeSeconds`]: truncated when it is written.
    WholeSeconds(Span),
    /// See [`Unit::Number`].
    Number(f64),
    /// See [`Unit::Json`]: canonical JSON text, not `null`.
    Json(&'a str),
    /// See [`Unit::Object`].
    Object(Object<'a>),
    /// See [`Unit::Rows`].
    Rows(Vec<Object<'a>>),
}

impl Value<'_> {
    /// Appends the JSON text, without spaces.
    pub fn write_json(&self, out: &mut String) {
        let written = match self {
            Value::Null => write!(out, "null"),
            Value::Text(text) => {
                write_text(text, out);
                Ok(())
            }
            Value::Texts(texts) => {
                write_list('[', texts, ']', out, |text, out| write_text(text, out));
                Ok(())
            }
            Value::Flag(flag) => write!(out, "{flag}"),
            Value::Count(count) => write!(out, "{count}"),
            Value::Time(time) => write!(out, "\"{time}\""),
            Value::Seconds(span) => write!(out, "{span}"),
            Value::WholeSeconds(span) => write!(out, "{}", span.millis() / 1_000),
            // As the shortest text that reads back as the same double, always with a fraction or an exponent.
            Value::Number(number) => write!(out, "{number:?}"),
            Value::Json(json) => {
                out.push_str(json);
                Ok(())
            }
            Value::Object(object) => {
                write_list('{', object, '}', out, write_member);
                Ok(())
            }
            Value::Rows(rows) => {
                write_list('[', rows, ']', out, |row, out| write_list('{', row, '}', out, write_member));
                Ok(())
            }
        };
        written.expect("a string takes all that is written");
    }
}

/// Appends a text as a JSON string.
pub fn write_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("any text is a JSON string"));
}

fn write_member((name, value): &(&'static str, Value<'_>), out: &mut String) {
    write_text(name, out);
    out.push(':');
    value.write_json(out);
}

fn write_list<T>(open: char, list: &[T], close: char, out: &mut String, write: impl Fn(&T, &mut String)) {
    out.push(open);
    for (at, element) in list.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(element, out);
    }
    out.push(close);
}

/// Values that may be missing: then null.
macro_rules! values {
    ($($type:ty => $variant:ident;)*) => {$(
        impl<'a> From<$type> for Value<'a> {
            fn from(value: $type) -> Self {
                Value::$variant(value.into())
            }
        }

        impl<'a> From<Option<$type>> for Value<'a> {
            fn from(value: Option<$type>) -> Self {
                value.map_or(Value::Null, Value::from)
            }
        }
    )*};
}
values! {
    &'a str => Text;
    Cow<'a, str> => Text;
    bool => Flag;
    u32 => Count;
    Timestamp => Time;
    Span => Seconds;
    f64 => Number;
    Vec<&'a str> => Texts;
}
