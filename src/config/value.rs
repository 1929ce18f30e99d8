//! What a setting may be: its kind, how its text is read and written, and the Rust type it becomes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::output::FieldPolicies;
use super::properties::{HIDDEN, Properties};
use super::secret::Secret;
use crate::time::Span;

/// One second, in the milliseconds that times are kept in here.
pub(super) const SECOND: u64 = 1_000;
/// One hour in milliseconds.
pub(super) const HOUR: u64 = 3_600 * SECOND;
/// The longest time a setting may name: a century, so that an instant and a span always add up.
pub(super) const CENTURY: u64 = 36_500 * 24 * HOUR;
/// One MiB in bytes.
pub(super) const MIB: u64 = 1 << 20;

const TIME_UNITS: [(&str, u64); 5] = [("d", 24 * HOUR), ("h", HOUR), ("m", 60 * SECOND), ("s", SECOND), ("ms", 1)];
const SIZE_UNITS: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("MiB", MIB),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
    ("B", 1),
];

/// A size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// What kind of value a setting takes, with its limits (both included).
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One text.
    Text(Shape),
    /// Texts, separated by commas, or a TOML array.
    Texts(Shape),
    /// A whole number.
    Integer { min: u64, max: u64 },
    /// A time with its unit, limits in milliseconds.
    Time { min: u64, max: u64 },
    /// A size with its unit, limits in bytes.
    Size { min: u64, max: u64 },
    /// `true` or `false`.
    Bool,
    /// One of these names.
    Choice(&'static [&'static str]),
    /// librdkafka properties that are passed through.
    Properties,
    /// Fields of the record, each with one of these names.
    Fields(&'static [&'static str]),
    /// A text that is never shown.
    Secret,
}

/// What a text may look like.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A part of topic names and ids, of at most so many characters.
    Id { max: usize },
    /// A Kafka topic name.
    Topic,
    /// `host:port`; port 0 is any free one.
    Listen,
    /// `host:port` of a broker, optionally with `protocol://` before it.
    Broker,
    /// A path.
    Path,
}

/// A value as a layer gave it, before its setting's kind is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Texts(Vec<String>),
    /// Anything no setting takes, by its TOML name.
    Other(&'static str),
}

/// A value of some [`Kind`], read and within its limits.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// No value: the setting is optional.
    Unset,
    Text(String),
    Texts(Vec<String>),
    Integer(u64),
    Millis(u64),
    Bytes(u64),
    Bool(bool),
    Properties(Properties),
    Fields(FieldPolicies),
    Secret(Secret),
}

impl Kind {
    /// Reads a value; `None` when it is of another kind or beyond the limits ([`Kind::allowed`] says which).
    pub(super) fn read(self, raw: &Raw) -> Option<Value> {
        match (self, raw) {
            (Kind::Text(shape), Raw::Text(text)) => shape.fits(text).then(|| Value::Text(text.clone())),
            (Kind::Texts(shape), Raw::Text(text)) => read_texts(shape, text.split(',')),
            (Kind::Texts(shape), Raw::Texts(texts)) => read_texts(shape, texts.iter().map(String::as_str)),
            (Kind::Integer { min, max }, _) => Some(Value::Integer(within(read_integer(raw)?, min, max)?)),
            (Kind::Time { min, max }, Raw::Text(text)) => {
                Some(Value::Millis(within(read_units(text, &TIME_UNITS)?, min, max)?))
            }
            (Kind::Size { min, max }, Raw::Text(text)) => {
                Some(Value::Bytes(within(read_units(text, &SIZE_UNITS)?, min, max)?))
            }
            (Kind::Bool, Raw::Bool(flag)) => Some(Value::Bool(*flag)),
            (Kind::Bool, Raw::Text(text)) => text.parse().ok().map(Value::Bool),
            (Kind::Secret, Raw::Text(text)) => Some(Value::Secret(Secret::new(text))),
            (Kind::Choice(names), Raw::Text(text)) => names.contains(&text.as_str()).then(|| Value::Text(text.clone())),
            _ => None,
        }
    }

    /// Whether it is a table of names that are not settings themselves.
    pub(super) fn is_map(self) -> bool {
        matches!(self, Kind::Properties | Kind::Fields(_))
    }

    /// What is allowed, as a noun phrase for errors and documentation.
    pub fn allowed(self) -> String {
        match self {
            Kind::Text(shape) => shape.allowed().to_owned() + &shape.limit(),
            Kind::Texts(shape) => format!("a comma-separated list, each {}{}", shape.allowed(), shape.limit()),
            Kind::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Time { min, max } => {
                format!("a time such as `100ms`, `45s`, `15m`, `2h`, `30d`, {}", range(min, max, CENTURY, millis_text))
            }
            Kind::Size { min, max } => {
                format!("a size such as `64MB`, `16MiB`, {}", range(min, max, u64::MAX, bytes_text))
            }
            Kind::Bool => "`true` or `false`".to_owned(),
            Kind::Choice(names) => any_of(names),
            Kind::Fields(names) => format!("fields of the record, each {}", any_of(names)),
            Kind::Secret => "a text".to_owned(),
            Kind::Properties => "librdkafka properties, each a text, a number, `true` or `false`".to_owned(),
        }
    }
}

fn any_of(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

impl Shape {
    fn fits(self, text: &str) -> bool {
        match self {
            Shape::Id { max } => is_id(text, max),
            Shape::Topic => is_id(text, 249),
            Shape::Listen => is_address(text, 0),
            Shape::Broker => is_address(text.split_once("://").map_or(text, |(_, address)| address), 1),
            Shape::Path => !text.is_empty() && !text.contains('\0'),
        }
    }

    fn allowed(self) -> &'static str {
        match self {
            Shape::Id { .. } => "letters, digits, `.`, `_`, `-`",
            Shape::Topic => "a topic name (letters, digits, `.`, `_`, `-`",
            Shape::Listen => "`host:port` (an IPv6 host in brackets)",
            Shape::Broker => "`host:port` of a broker (an IPv6 host in brackets)",
            Shape::Path => "a path",
        }
    }

    fn limit(self) -> String {
        match self {
            Shape::Id { max } => format!("; 1 to {max} characters, not `.` or `..`"),
            Shape::Topic => "; 1 to 249 characters, not `.` or `..`)".to_owned(),
            Shape::Listen | Shape::Broker | Shape::Path => String::new(),
        }
    }
}

/// Kafka's own rule for names of topics, groups' members and transactional ids.
fn is_id(text: &str, max: usize) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !text.is_empty() && text.len() <= max && text != "." && text != ".." && text.chars().all(legal)
}

fn is_address(text: &str, lowest_port: u16) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let host_fits = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')),
    };
    host_fits && read_digits(port).is_some_and(|port| (u64::from(lowest_port)..=65_535).contains(&port))
}

fn read_texts<'a>(shape: Shape, texts: impl Iterator<Item = &'a str>) -> Option<Value> {
    let texts: Vec<String> = texts.map(|text| text.trim().to_owned()).collect();
    (!texts.is_empty() && texts.iter().all(|text| shape.fits(text))).then_some(Value::Texts(texts))
}

fn read_integer(raw: &Raw) -> Option<u64> {
    match raw {
        Raw::Integer(number) => u64::try_from(*number).ok(),
        Raw::Text(text) => read_digits(text),
        _ => None,
    }
}

/// Digits only: `u64::from_str` would also take a leading `+`.
fn read_digits(text: &str) -> Option<u64> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn read_units(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let (_, scale) = units.iter().find(|(name, _)| *name == unit)?;
    read_digits(number)?.checked_mul(*scale)
}

fn within(number: u64, min: u64, max: u64) -> Option<u64> {
    (min..=max).contains(&number).then_some(number)
}

fn range(min: u64, max: u64, unlimited: u64, text: fn(u64) -> String) -> String {
    if max >= unlimited { format!("at least {}", text(min)) } else { format!("{} to {}", text(min), text(max)) }
}

/// Milliseconds in the largest unit that is exact: `15m`, `30d`, `1500ms`.
pub(super) fn millis_text(millis: u64) -> String {
    in_units(millis, &TIME_UNITS)
}

/// Bytes in the largest binary unit that is exact, else a decimal one: `16MiB`, `64MB`, `7B`.
fn bytes_text(bytes: u64) -> String {
    in_units(bytes, &SIZE_UNITS)
}

fn in_units(number: u64, units: &[(&str, u64)]) -> String {
    let exact = units.iter().find(|(_, scale)| number != 0 && number.is_multiple_of(*scale));
    let (unit, scale) = exact.unwrap_or(&units[units.len() - 1]);
    format!("{}{unit}", number / scale)
}

/// A text as a TOML basic string, always on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted += "\\n",
            c if c.is_control() => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

impl Raw {
    /// The value as an error shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            Raw::Text(text) => quoted(text),
            Raw::Integer(number) => number.to_string(),
            Raw::Float(number) => number.to_string(),
            Raw::Bool(flag) => flag.to_string(),
            Raw::Texts(texts) => format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")),
            Raw::Other(name) => (*name).to_owned(),
        }
    }

    /// The value of a librdkafka property, which is always text there.
    pub(super) fn property(&self) -> Option<String> {
        match self {
            Raw::Text(text) => Some(text.clone()),
            Raw::Integer(number) => Some(number.to_string()),
            Raw::Float(number) => Some(number.to_string()),
            Raw::Bool(flag) => Some(flag.to_string()),
            Raw::Texts(_) | Raw::Other(_) => None,
        }
    }
}

impl Value {
    /// The value as TOML writes it; `None` when unset, or a map (which has lines of its own).
    pub(super) fn toml(&self) -> Option<String> {
        match self {
            Value::Unset | Value::Properties(_) | Value::Fields(_) => None,
            Value::Secret(_) => Some(quoted(HIDDEN)),
            Value::Text(text) => Some(quoted(text)),
            Value::Texts(texts) => Some(quoted(&texts.join(","))),
            Value::Integer(number) => Some(number.to_string()),
            Value::Millis(millis) => Some(quoted(&millis_text(*millis))),
            Value::Bytes(bytes) => Some(quoted(&bytes_text(*bytes))),
            Value::Bool(flag) => Some(flag.to_string()),
        }
    }
}

/// The Rust type of a setting's field. The table pairs it with a [`Kind`] that yields the [`Value`] it takes.
pub(super) trait Field: Sized {
    /// `None` when the row pairs the type with a kind, or limits, that do not fit it.
    fn take(value: Value) -> Option<Self>;
    fn give(&self) -> Value;
}

macro_rules! fields {
    ($($type:ty, $pattern:pat => $taken:expr, $self:ident => $given:expr;)+) => {$(
        impl Field for $type {
            fn take(value: Value) -> Option<Self> {
                match value { $pattern => $taken, _ => None }
            }
            fn give(&self) -> Value {
                let $self = self;
                $given
            }
        }
    )+};
}

fields! {
    String, Value::Text(text) => Some(text), field => Value::Text(field.clone());
    PathBuf, Value::Text(text) => Some(text.into()), field => Value::Text(field.to_string_lossy().into_owned());
    Vec<String>, Value::Texts(texts) => Some(texts), field => Value::Texts(field.clone());
    bool, Value::Bool(flag) => Some(flag), field => Value::Bool(*field);
    u8, Value::Integer(number) => number.try_into().ok(), field => Value::Integer(u64::from(*field));
    i32, Value::Integer(number) => number.try_into().ok(), field => Value::Integer(field.unsigned_abs().into());
    u32, Value::Integer(number) => number.try_into().ok(), field => Value::Integer(u64::from(*field));
    usize, Value::Integer(number) => number.try_into().ok(), field => Value::Integer(*field as u64);
    Bytes, Value::Bytes(bytes) => Some(Bytes(bytes)), field => Value::Bytes(field.0);
    Duration, Value::Millis(millis) => Some(Duration::from_millis(millis)), field => Value::Millis(field.as_millis() as u64);
    Span, Value::Millis(millis) => millis.try_into().ok().map(Span::from_millis), field => Value::Millis(field.millis().unsigned_abs());
    Secret, Value::Secret(secret) => Some(secret), field => Value::Secret(field.clone());
    FieldPolicies, Value::Fields(fields) => Some(fields), field => Value::Fields(field.clone());
    Properties, Value::Properties(map) => Some(map), field => Value::Properties(field.clone());
}

impl<T: Field> Field for Option<T> {
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Unset => Some(None),
            set => T::take(set).map(Some),
        }
    }
    fn give(&self) -> Value {
        self.as_ref().map_or(Value::Unset, T::give)
    }
}

/// The values by dotted key, on their way into the typed configuration.
#[derive(Default)]
pub(super) struct Values(pub BTreeMap<&'static str, Value>);

impl Values {
    /// Takes the value of a setting of the table; every one is there, and of the field's type.
    pub(super) fn take<T: Field>(&mut self, key: &'static str) -> T {
        let value = self.0.remove(key).expect("every setting of the table has a value, be it unset");
        T::take(value).unwrap_or_else(|| panic!("the table's row `{key}` pairs a type and a kind that do not fit"))
    }
}
