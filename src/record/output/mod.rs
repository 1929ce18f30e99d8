//! How a record is written: its encoding, its shape, what becomes of personal data (`finalization.md`, Outputs;
//! `session.md`, Personal data). What it contains, its revisions and what has changed do not depend on it.

pub(super) mod columns;
mod connect;
mod json;
mod pii;
mod wire;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use thiserror::Error;

use super::content::Content;
use super::revision::Revision;
use columns::{Layout, Texts};
use pii::{Key, Policy};

pub use pii::{Pii, policy_fields};

/// The shortest key for hashes, in bytes.
pub const KEY_BYTES_MIN: usize = 16;

/// What a record is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// A JSON object.
    #[default]
    Json,
    /// A message of `proto/wrapup/v1/record.proto`.
    Protobuf,
    /// JSON with its schema, as Kafka Connect's JSON converter reads it.
    ConnectJson,
}

/// Whether a record has objects and arrays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordShape {
    /// It has.
    #[default]
    Nested,
    /// One row: members of its objects are columns (`profile_csat`), arrays and other objects are JSON texts.
    Flat,
}

/// What is chosen of the ways to write a record.
#[derive(Clone, Debug, Default)]
pub struct OutputOptions {
    /// What it is written as.
    pub encoding: Encoding,
    /// Whether it has objects and arrays.
    pub shape: RecordShape,
    /// What becomes of personal data.
    pub pii: Pii,
    /// What becomes of single fields, by their names ([`policy_fields`]), personal or not.
    pub fields: BTreeMap<String, Pii>,
    /// The key of the hashes.
    pub key: Option<Vec<u8>>,
    /// The id of the protobuf schema in a registry, for the framing that Confluent's deserializers read.
    pub schema_id: Option<u32>,
}

/// Why records cannot be written so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OutputError {
    /// There is no such field.
    #[error("there is no field `{0}` whose policy could be chosen")]
    UnknownField(String),
    /// Something is to be hashed, with nothing to key the hashes.
    #[error("`hash` needs a key")]
    NoKey,
    /// The key could be guessed.
    #[error("the key of the hashes must have at least {KEY_BYTES_MIN} bytes")]
    ShortKey,
    /// Only protobuf records are framed.
    #[error("a schema id goes with protobuf only")]
    SchemaId,
}

/// How records are written.
#[derive(Clone, Debug, Default)]
pub struct Output {
    encoding: Encoding,
    shape: RecordShape,
    /// None: everything is kept.
    policy: Option<Policy>,
    /// What every record begins with.
    prefix: Vec<u8>,
}

impl Output {
    /// The way to write records that was chosen.
    ///
    /// # Errors
    /// [`OutputError`]: what was chosen does not go together.
    pub fn new(options: &OutputOptions) -> Result<Output, OutputError> {
        let OutputOptions { encoding, shape, .. } = *options;
        if let Some(unknown) = options.fields.keys().find(|name| !pii::is_policy_field(name)) {
            return Err(OutputError::UnknownField(unknown.clone()));
        }
        if options.key.as_ref().is_some_and(|key| key.len() < KEY_BYTES_MIN) {
            return Err(OutputError::ShortKey);
        }
        let policy = Policy::new(options.pii, &options.fields, options.key.as_deref().map(Key::new));
        if options.key.is_none() && policy.as_ref().is_some_and(Policy::hashes) {
            return Err(OutputError::NoKey);
        }
        let prefix = match (encoding, options.schema_id) {
            (Encoding::Protobuf, Some(id)) => framing(id, shape),
            (_, Some(_)) => return Err(OutputError::SchemaId),
            (Encoding::ConnectJson, None) => connect::prefix(layout(shape)).into_bytes(),
            (_, None) => Vec::new(),
        };
        Ok(Output { encoding, shape, policy, prefix })
    }

    /// The record of a revision with this content.
    pub fn write(&self, content: &Content, revision: &Revision) -> Vec<u8> {
        let content = match &self.policy {
            None => Cow::Borrowed(content),
            Some(policy) => Cow::Owned(policy.apply(content)),
        };
        if (self.encoding, self.shape) == (Encoding::Json, RecordShape::Nested) {
            return content.to_json(revision);
        }
        let (layout, texts) = (layout(self.shape), Texts::of(&content, revision));
        let mut out = Vec::with_capacity(self.prefix.len() + 8_192);
        out.extend_from_slice(&self.prefix);
        if self.encoding == Encoding::Protobuf {
            wire::put_fields(&layout.fields, &texts, &mut out);
            return out;
        }
        let mut text = String::with_capacity(8_192);
        match self.encoding {
            Encoding::ConnectJson => connect::write_payload(layout, &texts, &mut text),
            _ => json::write_fields(&layout.fields, &texts, json::as_it_is, &mut text),
        }
        out.extend_from_slice(text.as_bytes());
        out
    }
}

fn layout(shape: RecordShape) -> &'static Layout {
    match shape {
        RecordShape::Nested => columns::nested(),
        RecordShape::Flat => columns::flat(),
    }
}

/// What Confluent's deserializers look for: a zero byte, the schema's id, and which message of the file it is. The first
/// one, `Record`, has a short form; the second, `FlatRecord`, is a list of one index, both as zigzag varints.
fn framing(id: u32, shape: RecordShape) -> Vec<u8> {
    let message: &[u8] = match shape {
        RecordShape::Nested => &[0],
        RecordShape::Flat => &[2, 2],
    };
    [&[0], &id.to_be_bytes()[..], message].concat()
}
