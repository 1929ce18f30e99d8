//! What schemas and documents say of `data`: its members, their types, whether they must be there.

/// The members of an object.
#[derive(Debug, PartialEq)]
pub struct Description {
    /// What it is called in the code.
    pub name: &'static str,
    /// Its members.
    pub members: &'static [DescribedMember],
}

/// A member of an object.
#[derive(Debug, PartialEq)]
pub struct DescribedMember {
    /// Its field number in protobuf: given once, never reused.
    pub number: u32,
    /// Its name in JSON.
    pub key: &'static str,
    /// Whether it must be there.
    pub presence: Presence,
    /// What it holds.
    pub value: Type,
}

/// Whether a member must be there, and what null means (`events.md`, Envelope).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It must be there and may not be null.
    Required,
    /// It may be absent; null means absent.
    Optional,
    /// It must be there; null takes away.
    Nullable,
    /// It may be absent; null clears.
    Patch,
    /// An array that must be there.
    List,
    /// An array that may be absent.
    OptionalList,
}

/// What a member, or each element of an array, holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    /// A string.
    Text,
    /// A string or a whole number.
    Id,
    /// Anything.
    Json,
    /// A string or a number.
    Scalar,
    /// A string of which only whether it is empty is kept.
    NonEmpty,
    /// A boolean.
    Flag,
    /// A whole number in the range.
    Whole {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A number in the range.
    Fraction {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// Any number.
    Number,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An object.
    Object(&'static Description),
    /// The object's members themselves: any keys, each with a value or null (`chat.profile_set`).
    Keys,
}
