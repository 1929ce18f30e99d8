//! The kinds of values that are neither enumerations nor records (the table at the head of `member.rs`).

use prost::DecodeError;
use prost::encoding::WireType;

use super::describe::Type;
use super::json::{self, Fault};
use super::member::Value;
use super::wire;

/// A string.
pub struct Text;
/// A string or a whole number, read as its decimal text.
pub struct Id;
/// Any JSON, as canonical text.
pub struct Json;
/// A string or a number, as canonical JSON text.
pub struct Scalar;
/// A string of which only whether it is empty is kept.
pub struct NonEmpty;
/// A boolean.
pub struct Flag;
/// A whole number in `MIN..=MAX`; `4.0` is none.
pub struct Whole<const MIN: i64 = { i64::MIN }, const MAX: i64 = { i64::MAX }>;
/// A number in `MIN..=MAX`.
pub struct Fraction<const MIN: i64, const MAX: i64>;
/// Any number.
pub struct Number;

/// Implements [`Value`] for kinds that are kept as text, each with its own reading.
macro_rules! text_values {
    ($($name:ident |$raw:ident| $read:expr, $fault:literal;)*) => {$(
        impl Value for $name {
            const TYPE: Type = Type::$name;
            type Held = Box<str>;
            fn read($raw: &str) -> Result<Box<str>, Fault> {
                let text: Option<Box<str>> = $read;
                text.ok_or(Fault::new($fault))
            }
            fn take(wire: WireType, buf: &mut &[u8]) -> Result<Box<str>, DecodeError> {
                wire::take_text(wire, buf).map(Into::into)
            }
            fn put(tag: u32, held: &Box<str>, out: &mut Vec<u8>) {
                wire::put_bytes(tag, held.as_bytes(), out);
            }
        }
    )*};
}
text_values! {
    Text |raw| json::text(raw).map(Into::into), "is not a text";
    Id |raw| json::id(raw).map(Into::into), "is neither a text nor a whole number";
    Json |raw| json::canonical(raw).map(Into::into), "is nested too deep, or has an unreadable number or text";
    Scalar |raw| if raw.starts_with(['{', '[', 't', 'f']) { None } else { json::canonical(raw).map(Into::into) },
        "is neither a text nor a number";
}

fn take_bool(wire: WireType, buf: &mut &[u8]) -> Result<bool, DecodeError> {
    wire::take_varint(wire, buf).map(|number| number != 0)
}

impl Value for NonEmpty {
    const TYPE: Type = Type::NonEmpty;
    type Held = bool;
    fn read(raw: &str) -> Result<bool, Fault> {
        if raw.starts_with('"') { Ok(raw.len() > 2) } else { Err(Fault::new("is not a text")) }
    }
    fn take(wire: WireType, buf: &mut &[u8]) -> Result<bool, DecodeError> {
        take_bool(wire, buf)
    }
    fn put(tag: u32, held: &bool, out: &mut Vec<u8>) {
        wire::put_varint(tag, u64::from(*held), out);
    }
}

impl Value for Flag {
    const TYPE: Type = Type::Flag;
    type Held = bool;
    fn read(raw: &str) -> Result<bool, Fault> {
        match raw {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Fault::new("is not a boolean")),
        }
    }
    fn take(wire: WireType, buf: &mut &[u8]) -> Result<bool, DecodeError> {
        take_bool(wire, buf)
    }
    fn put(tag: u32, held: &bool, out: &mut Vec<u8>) {
        wire::put_varint(tag, u64::from(*held), out);
    }
}

impl<const MIN: i64, const MAX: i64> Value for Whole<MIN, MAX> {
    const TYPE: Type = Type::Whole { min: MIN, max: MAX };
    type Held = i64;
    fn read(raw: &str) -> Result<i64, Fault> {
        if !json::is_whole(raw) {
            return Err(Fault::new("is not a whole number"));
        }
        let number = raw.parse().ok().filter(|number| (MIN..=MAX).contains(number));
        number.ok_or(Fault::new("is out of range"))
    }
    fn take(wire: WireType, buf: &mut &[u8]) -> Result<i64, DecodeError> {
        wire::take_varint(wire, buf).map(u64::cast_signed)
    }
    fn put(tag: u32, held: &i64, out: &mut Vec<u8>) {
        wire::put_varint(tag, held.cast_unsigned(), out);
    }
}

impl<const MIN: i64, const MAX: i64> Value for Fraction<MIN, MAX> {
    const TYPE: Type = Type::Fraction { min: MIN, max: MAX };
    type Held = f64;
    fn read(raw: &str) -> Result<f64, Fault> {
        let number = Number::read(raw)?;
        if (MIN as f64..=MAX as f64).contains(&number) { Ok(number) } else { Err(Fault::new("is out of range")) }
    }
    fn take(wire: WireType, buf: &mut &[u8]) -> Result<f64, DecodeError> {
        Number::take(wire, buf)
    }
    fn put(tag: u32, held: &f64, out: &mut Vec<u8>) {
        Number::put(tag, held, out);
    }
}

impl Value for Number {
    const TYPE: Type = Type::Number;
    type Held = f64;
    fn read(raw: &str) -> Result<f64, Fault> {
        json::number(raw).ok_or(Fault::new("is not a number"))
    }
    fn take(wire: WireType, buf: &mut &[u8]) -> Result<f64, DecodeError> {
        wire::take_double(wire, buf)
    }
    fn put(tag: u32, held: &f64, out: &mut Vec<u8>) {
        wire::put_double(tag, *held, out);
    }
}

/// Implements [`Value`] for an enumeration.
macro_rules! impl_token_value {
    ($name:ident) => {
        impl super::member::Value for $name {
            const TYPE: super::describe::Type = super::describe::Type::Word($name::WORDS);
            type Held = $name;
            fn read(raw: &str) -> Result<$name, super::json::Fault> {
                let text = super::json::text(raw).ok_or(super::json::Fault::new("is not a text"))?;
                $name::from_text(&text).ok_or(super::json::Fault::new("is none of the known values"))
            }
            fn take(wire: prost::encoding::WireType, buf: &mut &[u8]) -> Result<$name, prost::DecodeError> {
                let code = u32::try_from(super::wire::take_varint(wire, buf)?).ok();
                code.and_then($name::from_code).ok_or_else(|| super::wire::broken("an unknown value of an enumeration"))
            }
            fn put(tag: u32, held: &$name, out: &mut Vec<u8>) {
                super::wire::put_varint(tag, u64::from(held.code()), out);
            }
        }
    };
}
pub(super) use impl_token_value;
