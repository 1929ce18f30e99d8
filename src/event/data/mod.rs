//! The `data` of every event type: typed in memory, strict from JSON or protobuf, protobuf of its own in the journal.

mod chat;
mod describe;
pub(crate) mod json;
mod member;
mod parties;
mod parts;
mod profile;
pub(super) mod protobuf;
mod tokens;
mod value;
pub(crate) mod wire;

pub use chat::*;
pub use describe::{DescribedMember, Description, Presence, Type};
pub use json::Fault;
pub use parties::*;
pub use parts::*;
pub use profile::ChatProfileSet;
pub use protobuf::{CHANNEL_ID_NUMBER, CLEAR_NUMBER};
pub use tokens::*;

use member::Record;
use prost::DecodeError;

use super::kind::{Kind, event_table};

macro_rules! event_data {
    ($($kind:ident $code:literal $text:literal $data:ty;)*) => {
        /// An event's `data`, by its type.
        #[derive(Clone, Debug, PartialEq)]
        pub enum EventData {
            $(#[doc = concat!("`", $text, "`")] $kind($data),)*
        }

        impl EventData {
            /// The type whose data this is.
            pub const fn kind(&self) -> Kind {
                match self {
                    $(EventData::$kind(_) => Kind::$kind,)*
                }
            }

            /// The members that `data` of this type may have, but for `channelId`, which all types have.
            pub const fn description(kind: Kind) -> &'static Description {
                match kind {
                    $(Kind::$kind => <$data as Record>::DESCRIPTION,)*
                }
            }

            /// The journal's form: a protobuf message, without the type (which the journal keeps as [`Kind::code`]).
            pub fn encode(&self) -> Vec<u8> {
                let mut out = Vec::new();
                match self {
                    $(EventData::$kind(data) => data.store(&mut out),)*
                }
                out
            }

            /// Reads what [`EventData::encode`] wrote, in this version or an older one.
            ///
            /// # Errors
            /// If the bytes are not such a message, or hold an enumeration's value that only a newer version knows.
            pub fn decode(kind: Kind, bytes: &[u8]) -> Result<EventData, DecodeError> {
                match kind {
                    $(Kind::$kind => Record::load(bytes).map(EventData::$kind),)*
                }
            }

            fn read(
                kind: Kind,
                raw: &str,
                claim: impl FnMut(&str, &str) -> Result<bool, Fault>,
            ) -> Result<EventData, Fault> {
                match kind {
                    $(Kind::$kind => Record::read(raw, claim).map(EventData::$kind),)*
                }
            }
        }
    };
}
event_table!(event_data);

impl EventData {
    /// Reads and checks the JSON text of `data` (`events.md`): the data, and its `channelId`, which any type may carry
    /// and `chat.created` must. Of a repeated member the last one counts, but each of them is checked.
    ///
    /// # Errors
    /// A [`Fault`] names the first member that is missing, of the wrong type, out of its range or not one of its known
    /// values.
    pub fn from_json(kind: Kind, raw: &str) -> Result<(EventData, Option<Box<str>>), Fault> {
        let mut channel_id = None;
        let data = EventData::read(kind, raw, |name, raw| {
            if name != CHANNEL_ID {
                return Ok(false);
            }
            channel_id = read_channel_id(raw).map_err(|fault| fault.inside(CHANNEL_ID))?;
            Ok(true)
        })?;
        if kind == Kind::ChatCreated && channel_id.is_none() {
            return Err(Fault::new("is missing").inside(CHANNEL_ID));
        }
        data.check()?;
        Ok((data, channel_id))
    }

    /// Reads and checks `data` that came as a protobuf message of `proto/wrapup/v1/events.proto`, as
    /// [`EventData::from_json`] does its JSON.
    ///
    /// # Errors
    /// A [`Fault`], as for JSON.
    pub fn from_protobuf(kind: Kind, bytes: &[u8]) -> Result<(EventData, Option<Box<str>>), Fault> {
        EventData::from_json(kind, &protobuf::to_json(EventData::description(kind), bytes)?)
    }

    /// The rules that tie members to one another or name values one by one.
    fn check(&self) -> Result<(), Fault> {
        if let EventData::ChatCsatSubmitted(csat) = self {
            if !matches!(csat.scale, 2 | 3 | 5) {
                return Err(Fault::new("is out of range").inside("scale"));
            }
            if csat.choice > csat.scale {
                return Err(Fault::new("is out of range").inside("choice"));
            }
        }
        Ok(())
    }
}

const CHANNEL_ID: &str = "channelId";

fn read_channel_id(raw: &str) -> Result<Option<Box<str>>, Fault> {
    if json::is_null(raw) { Ok(None) } else { <value::Id as member::Value>::read(raw).map(Some) }
}
