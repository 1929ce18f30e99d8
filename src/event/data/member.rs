//! What a member of `data` may hold (a [`Value`]) and whether it must be there (a [`Member`]).
//!
//! `record!` makes structs of rows `tag field "jsonName": Presence<Value>`. The struct's field then has the Rust type:
//!
//! | value | JSON | Rust |
//! | --- | --- | --- |
//! | `Text` | string | `Box<str>` |
//! | `Id` | string or whole number | `Box<str>` |
//! | `Flag` | boolean | `bool` |
//! | `Whole<MIN, MAX>` | whole number in the range | `i64` |
//! | `Fraction<MIN, MAX>`, `Number` | number in the range, any number | `f64` |
//! | `Json` | anything but null | `Box<str>`, its canonical text |
//! | `Scalar` | string or number | `Box<str>`, its canonical JSON text |
//! | `NonEmpty` | string | `bool`: whether it has any character |
//! | an enumeration, a record | its word, an object | itself |
//!
//! | presence | absent or null in JSON | Rust, for a value of type `T` |
//! | --- | --- | --- |
//! | `Req` | a fault | `T` |
//! | `Opt` | `None` | `Option<T>` |
//! | `OrDefault` | the default | `T` |
//! | `Nullable` | absent is a fault, null is `None` | `Option<T>` |
//! | `Patch` | absent is `None`, null is `Some(None)` | `Option<Option<T>>` |
//! | `List` | a fault | `Vec<T>` |
//! | `OptList` | empty | `Vec<T>` |
//!
//! In storage each record is a protobuf message with the rows' tags, which are never reused; unknown tags are skipped.

use std::marker::PhantomData;

use prost::DecodeError;
use prost::encoding::WireType;

use super::describe::{Description, Presence, Type};
use super::json::{self, Fault};
use super::wire;

/// A kind of value: how it is read from JSON and how it is stored.
pub trait Value {
    /// What documents and schemas say of it.
    const TYPE: Type;
    /// The type in memory.
    type Held;
    /// Reads JSON text that is known to be well-formed and not `null`.
    fn read(raw: &str) -> Result<Self::Held, Fault>;
    /// Reads one stored field from the front of `buf`.
    fn take(wire: WireType, buf: &mut &[u8]) -> Result<Self::Held, DecodeError>;
    /// Appends it as the field `tag`.
    fn put(tag: u32, held: &Self::Held, out: &mut Vec<u8>);
}

/// A kind of presence: what stands in the struct, and what a missing or null member means.
pub trait Member {
    /// What documents and schemas say of its presence.
    const PRESENCE: Presence;
    /// What they say of its value.
    const TYPE: Type;
    /// The type of the struct's field.
    type Field;
    /// What has been read so far.
    type Slot: Default;
    /// Takes the member's JSON text.
    fn read(slot: &mut Self::Slot, raw: &str) -> Result<(), Fault>;
    /// The field, once all of the JSON has been read.
    fn finish(slot: Self::Slot) -> Result<Self::Field, Fault>;
    /// Takes one stored field.
    fn take(slot: &mut Self::Slot, wire: WireType, buf: &mut &[u8]) -> Result<(), DecodeError>;
    /// The field, once all that is stored has been read.
    fn finish_stored(slot: Self::Slot) -> Result<Self::Field, DecodeError>;
    /// Appends the field.
    fn put(tag: u32, field: &Self::Field, out: &mut Vec<u8>);
}

const MISSING: Fault = Fault::new("is missing");

/// Required.
pub struct Req<V>(PhantomData<V>);
/// Optional; null means absent.
pub struct Opt<V>(PhantomData<V>);
/// Optional, with a documented default, which is not stored.
pub struct OrDefault<V>(PhantomData<V>);
/// Required, but may be null.
pub struct Nullable<V>(PhantomData<V>);
/// Optional; null clears.
pub struct Patch<V>(PhantomData<V>);
/// A required array.
pub struct List<V>(PhantomData<V>);
/// An optional array.
pub struct OptList<V>(PhantomData<V>);

fn read_opt<V: Value>(raw: &str) -> Result<Option<V::Held>, Fault> {
    if json::is_null(raw) { Ok(None) } else { V::read(raw).map(Some) }
}

impl<V: Value> Member for Req<V> {
    const PRESENCE: Presence = Presence::Required;
    const TYPE: Type = V::TYPE;
    type Field = V::Held;
    type Slot = Option<V::Held>;
    fn read(slot: &mut Self::Slot, raw: &str) -> Result<(), Fault> {
        *slot = read_opt::<V>(raw)?;
        Ok(())
    }
    fn finish(slot: Self::Slot) -> Result<Self::Field, Fault> {
        slot.ok_or(MISSING)
    }
    fn take(slot: &mut Self::Slot, wire: WireType, buf: &mut &[u8]) -> Result<(), DecodeError> {
        *slot = Some(V::take(wire, buf)?);
        Ok(())
    }
    fn finish_stored(slot: Self::Slot) -> Result<Self::Field, DecodeError> {
        slot.ok_or_else(|| wire::broken("a required member is missing"))
    }
    fn put(tag: u32, field: &Self::Field, out: &mut Vec<u8>) {
        V::put(tag, field, out);
    }
}

impl<V: Value> Member for Opt<V> {
    const PRESENCE: Presence = Presence::Optional;
    const TYPE: Type = V::TYPE;
    type Field = Option<V::Held>;
    type Slot = Option<V::Held>;
    fn read(slot: &mut Self::Slot, raw: &str) -> Result<(), Fault> {
        *slot = read_opt::<V>(raw)?;
        Ok(())
    }
    fn finish(slot: Self::Slot) -> Result<Self::Field, Fault> {
        Ok(slot)
    }
    fn take(slot: &mut Self::Slot, wire: WireType, buf: &mut &[u8]) -> Result<(), DecodeError> {
        *slot = Some(V::take(wire, buf)?);
        Ok(())
    }
    fn finish_stored(slot: Self::Slot) -> Result<Self::Field, DecodeError> {
        Ok(slot)
    }
    fn put(tag: u32, field: &Self::Field, out: &mut Vec<u8>) {
        if let Some(held) = field {
            V::put(tag, held, out);
        }
    }
}

impl<V: Value<Held: Default + PartialEq>> Member for OrDefault<V> {
    const PRESENCE: Presence = Presence::Optional;
    const TYPE: Type = V::TYPE;
    type Field = V::Held;
    type Slot = Option<V::Held>;
    fn read(slot: &mut Self::Slot, raw: &str) -> Result<(), Fault> {
        *slot = read_opt::<V>(raw)?;
        Ok(())
    }
    fn finish(slot: Self::Slot) -> Result<Self::Field, Fault> {
        Ok(slot.unwrap_or_default())
    }
    fn take(slot: &mut Self::Slot, wire: WireType, buf: &mut &[u8]) -> Result<(), DecodeError> {
        *slot = Some(V::take(wire, buf)?);
        Ok(())
    }
    fn finish_stored(slot: Self::Slot) -> Result<Self::Field, DecodeError> {
        Ok(slot.unwrap_or_default())
    }
    fn put(tag: u32, field: &Self::Field, out: &mut Vec<u8>) {
        if *field != V::Held::default() {
            V::put(tag, field, out);
        }
    }
}

impl<V: Value> Member for Nullable<V> {
    const PRESENCE: Presence = Presence::Nullable;
    const TYPE: Type = V::TYPE;
    type Field = Option<V::Held>;
    type Slot = Option<Option<V::Held>>;
    fn read(slot: &mut Self::Slot, raw: &str) -> Result<(), Fault> {
        *slot = Some(read_opt::<V>(raw)?);
        Ok(())
    }
    fn finish(slot: Self::Slot) -> Result<Self::Field, Fault> {
        slot.ok_or(MISSING)
    }
    fn take(slot: &mut Self::Slot, wire: WireType, buf: &mut &[u8]) -> Result<(), DecodeError> {
        *slot = Some(Some(V::take(wire, buf)?));
        Ok(())
    }
    fn finish_stored(slot: Self::Slot) -> Result<Self::Field, DecodeError> {
        Ok(slot.flatten())
    }
    fn put(tag: u32, field: &Self::Field, out: &mut Vec<u8>) {
        if let Some(held) = field {
            V::put(tag, held, out);
        }
    }
}

/// Stored as a message with the value as its field 1; an empty message clears.
impl<V: Value> Member for Patch<V> {
    const PRESENCE: Presence = Presence::Patch;
    const TYPE: Type = V::TYPE;
    type Field = Option<Option<V::Held>>;
    type Slot = Option<Option<V::Held>>;
    fn read(slot: &mut Self::Slot, raw: &str) -> Result<(), Fault> {
        *slot = Some(read_opt::<V>(raw)?);
        Ok(())
    }
    fn finish(slot: Self::Slot) -> Result<Self::Field, Fault> {
        Ok(slot)
    }
    fn take(slot: &mut Self::Slot, wire: WireType, buf: &mut &[u8]) -> Result<(), DecodeError> {
        let mut held = None;
        wire::fields(wire::take_bytes(wire, buf)?, |tag, wire, buf| {
            if tag == 1 {
                held = Some(V::take(wire, buf)?);
            }
            Ok(tag == 1)
        })?;
        *slot = Some(held);
        Ok(())
    }
    fn finish_stored(slot: Self::Slot) -> Result<Self::Field, DecodeError> {
        Ok(slot)
    }
    fn put(tag: u32, field: &Self::Field, out: &mut Vec<u8>) {
        if let Some(patch) = field {
            let mut inner = Vec::new();
            if let Some(held) = patch {
                V::put(1, held, &mut inner);
            }
            wire::put_bytes(tag, &inner, out);
        }
    }
}

fn read_list<V: Value>(raw: &str) -> Result<Option<Vec<V::Held>>, Fault> {
    if json::is_null(raw) {
        return Ok(None);
    }
    let elements = json::elements(raw).ok_or(Fault::new("is not an array"))?;
    elements.into_iter().map(|element| V::read(element.get())).collect::<Result<_, _>>().map(Some)
}

impl<V: Value> Member for List<V> {
    const PRESENCE: Presence = Presence::List;
    const TYPE: Type = V::TYPE;
    type Field = Vec<V::Held>;
    type Slot = Option<Vec<V::Held>>;
    fn read(slot: &mut Self::Slot, raw: &str) -> Result<(), Fault> {
        *slot = read_list::<V>(raw)?;
        Ok(())
    }
    fn finish(slot: Self::Slot) -> Result<Self::Field, Fault> {
        slot.ok_or(MISSING)
    }
    fn take(slot: &mut Self::Slot, wire: WireType, buf: &mut &[u8]) -> Result<(), DecodeError> {
        slot.get_or_insert_default().push(V::take(wire, buf)?);
        Ok(())
    }
    fn finish_stored(slot: Self::Slot) -> Result<Self::Field, DecodeError> {
        Ok(slot.unwrap_or_default())
    }
    fn put(tag: u32, field: &Self::Field, out: &mut Vec<u8>) {
        for held in field {
            V::put(tag, held, out);
        }
    }
}

impl<V: Value> Member for OptList<V> {
    const PRESENCE: Presence = Presence::OptionalList;
    const TYPE: Type = V::TYPE;
    type Field = Vec<V::Held>;
    type Slot = Option<Vec<V::Held>>;
    fn read(slot: &mut Self::Slot, raw: &str) -> Result<(), Fault> {
        List::<V>::read(slot, raw)
    }
    fn finish(slot: Self::Slot) -> Result<Self::Field, Fault> {
        Ok(slot.unwrap_or_default())
    }
    fn take(slot: &mut Self::Slot, wire: WireType, buf: &mut &[u8]) -> Result<(), DecodeError> {
        List::<V>::take(slot, wire, buf)
    }
    fn finish_stored(slot: Self::Slot) -> Result<Self::Field, DecodeError> {
        List::<V>::finish_stored(slot)
    }
    fn put(tag: u32, field: &Self::Field, out: &mut Vec<u8>) {
        List::<V>::put(tag, field, out);
    }
}

/// An object whose members are known: the `data` of a type, or an object inside one.
pub trait Record: Sized {
    /// What documents and schemas say of it.
    const DESCRIPTION: &'static Description;
    /// Reads JSON text known to be well-formed. Each member first goes to `claim`, which answers whether it took it.
    fn read(raw: &str, claim: impl FnMut(&str, &str) -> Result<bool, Fault>) -> Result<Self, Fault>;
    /// Reads what [`Record::store`] wrote.
    fn load(bytes: &[u8]) -> Result<Self, DecodeError>;
    /// Appends the protobuf message.
    fn store(&self, out: &mut Vec<u8>);
}

impl<R: Record> Record for Box<R> {
    const DESCRIPTION: &'static Description = R::DESCRIPTION;
    fn read(raw: &str, claim: impl FnMut(&str, &str) -> Result<bool, Fault>) -> Result<Self, Fault> {
        R::read(raw, claim).map(Box::new)
    }
    fn load(bytes: &[u8]) -> Result<Self, DecodeError> {
        R::load(bytes).map(Box::new)
    }
    fn store(&self, out: &mut Vec<u8>) {
        (**self).store(out);
    }
}

/// [`json::members`], for text that is known to be JSON.
pub(crate) fn read_members<'a>(
    raw: &'a str,
    each: impl FnMut(&str, &'a str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    json::members(raw, each).map_err(|error| match error {
        json::ObjectError::Member(fault) => fault,
        json::ObjectError::NotAnObject => Fault::new("is not an object"),
        json::ObjectError::Syntax => Fault::new("is not JSON that can be read"),
    })
}

/// Declares records; the rows are explained at the head of this file.
macro_rules! record {
    ($($(#[$meta:meta])* pub struct $name:ident {
        $($tag:literal $field:ident $json:literal: $member:ty,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $(#[doc = concat!("`", $json, "`")] pub $field: <$member as super::member::Member>::Field,)*
        }

        impl super::member::Record for $name {
            const DESCRIPTION: &'static super::describe::Description = &super::describe::Description {
                name: stringify!($name),
                members: &[$(super::describe::DescribedMember {
                    number: $tag,
                    key: $json,
                    presence: <$member as super::member::Member>::PRESENCE,
                    value: <$member as super::member::Member>::TYPE,
                },)*],
            };

            fn read(
                raw: &str,
                mut claim: impl FnMut(&str, &str) -> Result<bool, super::json::Fault>,
            ) -> Result<Self, super::json::Fault> {
                $(let mut $field = <$member as super::member::Member>::Slot::default();)*
                super::member::read_members(raw, |name, raw| {
                    if claim(name, raw)? {
                        return Ok(());
                    }
                    match name {
                        $($json => <$member as super::member::Member>::read(&mut $field, raw)
                            .map_err(|fault| fault.inside($json)),)*
                        _ => Ok(()),
                    }
                })?;
                Ok($name {
                    $($field: <$member as super::member::Member>::finish($field)
                        .map_err(|fault| fault.inside($json))?,)*
                })
            }

            fn load(bytes: &[u8]) -> Result<Self, prost::DecodeError> {
                $(let mut $field = <$member as super::member::Member>::Slot::default();)*
                super::wire::fields(bytes, |tag, _wire, _buf| {
                    match tag {
                        $($tag => <$member as super::member::Member>::take(&mut $field, _wire, _buf)?,)*
                        _ => return Ok(false),
                    }
                    #[allow(unreachable_code, reason = "a record without members takes no field")]
                    Ok(true)
                })?;
                Ok($name { $($field: <$member as super::member::Member>::finish_stored($field)?,)* })
            }

            fn store(&self, _out: &mut Vec<u8>) {
                $(<$member as super::member::Member>::put($tag, &self.$field, _out);)*
            }
        }

        impl super::member::Value for $name {
            const TYPE: super::describe::Type =
                super::describe::Type::Object(<$name as super::member::Record>::DESCRIPTION);
            type Held = $name;
            fn read(raw: &str) -> Result<$name, super::json::Fault> {
                <$name as super::member::Record>::read(raw, |_, _| Ok(false))
            }
            fn take(wire: prost::encoding::WireType, buf: &mut &[u8]) -> Result<$name, prost::DecodeError> {
                <$name as super::member::Record>::load(super::wire::take_bytes(wire, buf)?)
            }
            fn put(tag: u32, held: &$name, out: &mut Vec<u8>) {
                let mut inner = Vec::new();
                super::member::Record::store(held, &mut inner);
                super::wire::put_bytes(tag, &inner, out);
            }
        }
    )*};
}
pub(super) use record;
