//! The `data` of `chat.profile_set`, whose members are the deployment's own.

use prost::DecodeError;

use super::describe::{DescribedMember, Description, Presence, Type};
use super::json::{self, Fault};
use super::member::{Record, Value, read_members};
use super::value::Json;
use super::wire;

/// `chat.profile_set`: any keys, each with a value, or null to remove it (`metrics.md`, `profile.*`).
///
/// `channelId` is no key: as in every type it names the chat's channel, and is a text, a whole number or null.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatProfileSet {
    /// Key and value, sorted by key, without repeats: a value is canonical JSON text, never `null`; `None` removes.
    pub entries: Vec<(Box<str>, Option<Box<str>>)>,
}

impl Record for ChatProfileSet {
    const DESCRIPTION: &'static Description = &Description {
        name: "ChatProfileSet",
        members: &[DescribedMember { number: 1, key: "values", presence: Presence::Optional, value: Type::Keys }],
    };

    fn read(raw: &str, mut claim: impl FnMut(&str, &str) -> Result<bool, Fault>) -> Result<Self, Fault> {
        let mut entries = std::collections::BTreeMap::new();
        read_members(raw, |name, raw| {
            if !claim(name, raw)? {
                let value = if json::is_null(raw) { None } else { Some(Json::read(raw)?) };
                entries.insert(Box::from(name), value);
            }
            Ok(())
        })?;
        Ok(ChatProfileSet { entries: entries.into_iter().collect() })
    }

    fn load(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut entries = Vec::new();
        wire::fields(bytes, |tag, wire, buf| {
            if tag == 1 {
                entries.push(load_entry(wire::take_bytes(wire, buf)?)?);
            }
            Ok(tag == 1)
        })?;
        Ok(ChatProfileSet { entries })
    }

    fn store(&self, out: &mut Vec<u8>) {
        for (key, value) in &self.entries {
            let mut entry = Vec::new();
            wire::put_bytes(1, key.as_bytes(), &mut entry);
            if let Some(value) = value {
                wire::put_bytes(2, value.as_bytes(), &mut entry);
            }
            wire::put_bytes(1, &entry, out);
        }
    }
}

type Entry = (Box<str>, Option<Box<str>>);

fn load_entry(bytes: &[u8]) -> Result<Entry, DecodeError> {
    let (mut key, mut value) = (Box::default(), None);
    wire::fields(bytes, |tag, wire, buf| {
        match tag {
            1 => key = wire::take_text(wire, buf)?.into(),
            2 => value = Some(wire::take_text(wire, buf)?.into()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok((key, value))
}
