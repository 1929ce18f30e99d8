//! Strict reading of JSON: member by member, with faults that name the member and never its value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

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
/// `f64`, a string that is no Unicode text. `raw` is known to be JSON.
pub(crate) fn canonical(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    write_canonical(&mut rest, DEPTH_MAX, &mut out)?;
    Some(out)
}

/// Writes the value at the front of `rest` and takes it away: in one pass, for looking each value up in the text of what
/// surrounds it would read the innermost as often as it is deep.
fn write_canonical(rest: &mut &str, depth: usize, out: &mut String) -> Option<()> {
    *rest = rest.trim_ascii_start();
    match rest.as_bytes().first()? {
        b'{' => write_object(rest, depth.checked_sub(1)?, out),
        b'[' => write_array(rest, depth.checked_sub(1)?, out),
        b'"' => write_string(take_string(rest)?, out),
        _ => {
            let end = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
            let (token, behind) = rest.split_at(end);
            *rest = behind;
            if !matches!(token, "null" | "true" | "false") {
                number(token)?;
            }
            out.push_str(token);
            Some(())
        }
    }
}

/// Takes a sign, and whether it is there.
fn take_sign(rest: &mut &str, sign: char) -> bool {
    *rest = rest.trim_ascii_start();
    rest.strip_prefix(sign).map(|behind| *rest = behind).is_some()
}

/// The text of the string at the front, quotes and all.
fn take_string<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let mut escaped = false;
    let is_end = |byte: u8| {
        let is_end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    };
    let len = rest.bytes().skip(1).position(is_end)? + 2;
    let (string, behind) = rest.split_at(len);
    *rest = behind;
    Some(string)
}

fn write_array(rest: &mut &str, depth: usize, out: &mut String) -> Option<()> {
    take_sign(rest, '[');
    out.push('[');
    if !take_sign(rest, ']') {
        loop {
            write_canonical(rest, depth, out)?;
            if !take_sign(rest, ',') {
                break;
            }
            out.push(',');
        }
        take_sign(rest, ']').then_some(())?;
    }
    out.push(']');
    Some(())
}

fn write_object(rest: &mut &str, depth: usize, out: &mut String) -> Option<()> {
    take_sign(rest, '{');
    out.push('{');
    let start = out.len();
    // The names, and where in `out` the members stand.
    let mut members: Vec<(Cow<'_, str>, Range<usize>)> = Vec::new();
    if !take_sign(rest, '}') {
        loop {
            *rest = rest.trim_ascii_start();
            let name = take_string(rest)?;
            let from = out.len();
            write_string(name, out)?;
            take_sign(rest, ':').then_some(())?;
            out.push(':');
            write_canonical(rest, depth, out)?;
            members.push((text(name)?, from..out.len()));
            if !take_sign(rest, ',') {
                break;
            }
            out.push(',');
        }
        take_sign(rest, '}').then_some(())?;
    }
    if !members.is_sorted_by(|a, b| a.0 < b.0) {
        let given = out.split_off(start);
        let sorted: BTreeMap<&str, &Range<usize>> = members.iter().map(|(name, at)| (&**name, at)).collect();
        for (place, at) in sorted.into_values().enumerate() {
            if place > 0 {
                out.push(',');
            }
            out.push_str(&given[at.start - start..at.end - start]);
        }
    }
    out.push('}');
    Some(())
}

/// Writes a string, given with its quotes, in the one way that is canonical; without escapes it is that already.
fn write_string(raw: &str, out: &mut String) -> Option<()> {
    if raw.contains('\\') {
        out.push_str(&serde_json::to_string(&text(raw)?).ok()?);
    } else {
        out.push_str(raw);
    }
    Some(())
}

/// The elements of a JSON array; `None` if it is none.
pub(crate) fn elements(raw: &str) -> Option<Vec<&RawValue>> {
    if raw.starts_with('[') { serde_json::from_str(raw).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn one_text_stands_for_all_that_mean_the_same() {
        let is = |raw: &str, expected: &str| assert_eq!(canonical(raw).as_deref(), Some(expected), "{raw}");
        is(" { \"b\" : [ 1 , -0.50e2,null ] ,\n\"a\":{ } } ", r#"{"a":{},"b":[1,-0.50e2,null]}"#);
        is(r#"{"a":1,"b":2,"\u0061":{"z":1,"y":[true,false]}}"#, r#"{"a":{"y":[true,false],"z":1},"b":2}"#);
        is(r#""\u00e9\/\"\\\u0001\ud83d\ude00""#, r#""é/\"\\\u0001😀""#);
        is(r#"{"\"":"]},:"}"#, r#"{"\"":"]},:"}"#);
        is("[]", "[]");
        is("12345678901234567890123", "12345678901234567890123");
        for refused in [r#""\ud800""#, r#"{"\udc00":1}"#, "1e999", "[[1e999]]"] {
            assert_eq!(canonical(refused), None, "{refused}");
        }
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(canonical(&nested(DEPTH_MAX)).is_some() && canonical(&nested(DEPTH_MAX + 1)).is_none());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// `Value` sorts names too, and writes as it reads.
        #[test]
        fn it_is_what_serde_json_writes(value in any_json()) {
            let expected = value.to_string();
            prop_assert_eq!(canonical(&serde_json::to_string_pretty(&value).expect("JSON")), Some(expected.clone()));
            prop_assert_eq!(canonical(&expected), Some(expected));
        }
    }
}
