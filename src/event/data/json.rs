//! Strict reading of JSON: member by member, with faults that name the member and never its value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What is wrong with `data`: the path of a member and the fault. It never holds a value, for values are personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The names around the fault, innermost first.
    path: Vec<&'static str>,
    what: &'static str,
}

impl Fault {
    /// The fault `what`, of the value at hand.
    pub(crate) const fn new(what: &'static str) -> Self {
        Fault { path: Vec::new(), what }
    }

    /// The same fault, seen from the object that has it in its member `name`.
    pub(crate) fn inside(mut self, name: &'static str) -> Self {
        self.path.push(name);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("data")?;
        for name in self.path.iter().rev() {
            write!(f, ".{name}")?;
        }
        write!(f, " {}", self.what)
    }
}

/// Why the members of a text could not be read.
#[derive(Debug)]
pub(crate) enum ObjectError<E> {
    /// The text is not JSON.
    Syntax,
    /// It is JSON, but not an object.
    NotAnObject,
    /// The caller's own error about a member.
    Member(E),
}

/// Calls `each` with name and raw text of every member of the object `raw`, in the order of the text.
pub(crate) fn members<'a, E>(
    raw: &'a str,
    each: impl FnMut(&str, &'a str) -> Result<(), E>,
) -> Result<(), ObjectError<E>> {
    let mut refused = None;
    let mut deserializer = serde_json::Deserializer::from_str(raw);
    let walked = deserializer.deserialize_map(Walk { each, refused: &mut refused }).and_then(|()| deserializer.end());
    if walked.is_ok() {
        return Ok(());
    }
    // The walk ends at the first error; whether the rest is JSON decides which error it is.
    match (serde_json::from_str::<de::IgnoredAny>(raw), refused) {
        (Err(_), _) => Err(ObjectError::Syntax),
        (Ok(_), Some(error)) => Err(ObjectError::Member(error)),
        (Ok(_), None) if raw.trim_ascii_start().starts_with('{') => Err(ObjectError::Syntax),
        (Ok(_), None) => Err(ObjectError::NotAnObject),
    }
}

struct Walk<'w, F, E> {
    each: F,
    refused: &'w mut Option<E>,
}

impl<'de, F, E> Visitor<'de> for Walk<'_, F, E>
where
    F: FnMut(&str, &'de str) -> Result<(), E>,
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            let value: &'de RawValue = map.next_value()?;
            if let Err(error) = (self.each)(&name, value.get()) {
                *self.refused = Some(error);
                return Err(de::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

/// A member's name, borrowed unless it has escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

/// Whether the JSON text is `null`.
pub(crate) fn is_null(raw: &str) -> bool {
    raw == "null"
}

/// The text of a JSON string; `None` if it is none, or escapes no Unicode text (a lone surrogate).
pub(crate) fn text(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(raw).ok().map(Cow::Owned)
}

/// The text of an id: a JSON string, or a whole JSON number as it is written, however long (`events.md`, Envelope).
pub(crate) fn id(raw: &str) -> Option<Cow<'_, str>> {
    if is_whole(raw) { Some(Cow::Borrowed(raw)) } else { text(raw) }
}

/// Whether a JSON text is a number without fraction or exponent.
pub(crate) fn is_whole(raw: &str) -> bool {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// A finite JSON number, read to the nearest `f64`.
///
/// Not by `serde_json`, which without its `float_roundtrip` may give a neighbour.
pub(crate) fn number(raw: &str) -> Option<f64> {
    if !raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return None;
    }
    raw.parse().ok().filter(|number: &f64| number.is_finite())
}

/// How deep free JSON may be nested: with what surrounds it in a record, `serde_json` still reads it (128 levels).
const DEPTH_MAX: usize = 120;

/// The canonical text of any JSON: no spaces, names sorted, of equal names the last, strings escaped as little as can
/// be, numbers digit by digit as they came. `None` if `serde_json::Value` could not read it: too deep, a number beyond
/// `f64`, a string that is no Unicode text.
pub(crate) fn canonical(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    write_canonical(raw, DEPTH_MAX, &mut out)?;
    Some(out)
}

fn write_canonical(raw: &str, depth: usize, out: &mut String) -> Option<()> {
    match raw.as_bytes().first()? {
        b'{' => {
            let depth = depth.checked_sub(1)?;
            let mut sorted = BTreeMap::new();
            let walked = members(raw, |name, value| {
                sorted.insert(name.to_owned(), value);
                Ok::<(), ()>(())
            });
            walked.ok()?;
            out.push('{');
            for (at, (name, value)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(&name, out)?;
                out.push(':');
                write_canonical(value, depth, out)?;
            }
            out.push('}');
        }
        b'[' => {
            let depth = depth.checked_sub(1)?;
            out.push('[');
            for (at, value) in elements(raw)?.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_canonical(value.get(), depth, out)?;
            }
            out.push(']');
        }
        b'"' => write_string(&text(raw)?, out)?,
        b'-' | b'0'..=b'9' => {
            number(raw)?;
            out.push_str(raw);
        }
        _ => out.push_str(raw),
    }
    Some(())
}

fn write_string(text: &str, out: &mut String) -> Option<()> {
    out.push_str(&serde_json::to_string(text).ok()?);
    Some(())
}

/// The elements of a JSON array; `None` if it is none.
pub(crate) fn elements(raw: &str) -> Option<Vec<&RawValue>> {
    if raw.starts_with('[') { serde_json::from_str(raw).ok() } else { None }
}
