//! What a metric's value is, and its JSON text.

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
    /// A number with a fraction.
    Number,
    /// A list of objects.
    Rows,
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
            Unit::Number => "number",
            Unit::Rows => "[object]",
        }
    }
}

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
    /// See [`Unit::Number`].
    Number(f64),
    /// See [`Unit::Rows`]: each a list of names and values.
    Rows(Vec<Vec<(&'static str, Value<'a>)>>),
}

impl Value<'_> {
    /// The type of a column that has this value; none for null.
    pub fn unit(&self) -> Option<Unit> {
        match self {
            Value::Null => None,
            Value::Text(_) => Some(Unit::Text),
            Value::Texts(_) => Some(Unit::Texts),
            Value::Flag(_) => Some(Unit::Flag),
            Value::Count(_) => Some(Unit::Count),
            Value::Time(_) => Some(Unit::Time),
            Value::Seconds(_) => Some(Unit::Seconds),
            Value::Number(_) => Some(Unit::Number),
            Value::Rows(_) => Some(Unit::Rows),
        }
    }

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
            // As the shortest text that reads back as the same double, always with a fraction or an exponent.
            Value::Number(number) => write!(out, "{number:?}"),
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
