//! State bytes ↔ types: the rows of store and changelog. The only user of the generated protobuf messages.
//!
//! Every value is one byte, the format version, and a message of `proto/wrapup/v1/state.proto`. prost drops fields it
//! does not know, so a value of a newer format is never read, let alone written back: [`StateError::Newer`] stops the task.

mod chat;
mod journal;
mod key;
mod meta;

pub use chat::{Header, HeaderRow, decode_fingerprints, decode_header, encode_fingerprints, encode_header};
pub use journal::{JournalWriter, decode_chunk};
pub use key::{
    META_KEY, POSITION_KEY, Row, changelog_end, changelog_start, chunk_key, document_key, document_range,
    document_version_key, document_version_range, fingerprints_key, header_key, header_range, live_key, live_range,
    parse_key, timer_key, timer_range, unpublished_key, unpublished_range, window_key, window_range,
};
pub use meta::{
    Meta, OffsetMetadata, Position, Restating, decode_document, decode_meta, decode_position, encode_document,
    encode_meta, encode_position,
};

use prost::Message;
use thiserror::Error;

/// The format this version writes, and the newest it reads.
pub const FORMAT: u8 = 1;

/// A state row that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StateError {
    /// Written by a newer version of the program.
    #[error("the state has format {0}, this version reads up to {FORMAT}: run the newer version")]
    Newer(u8),
    /// Not what this program writes.
    #[error("damaged state row: {0}")]
    Damaged(String),
}

/// The generated messages.
mod wire {
    #![allow(clippy::pedantic, missing_docs, reason = "generated from state.proto")]
    include!(concat!(env!("OUT_DIR"), "/wrapup.v1.rs"));
}

fn encode(message: &impl Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + message.encoded_len());
    bytes.push(FORMAT);
    // A Vec grows, so encoding cannot run out of room.
    message.encode_raw(&mut bytes);
    bytes
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, StateError> {
    M::decode(body(bytes)?).map_err(|error| StateError::Damaged(error.to_string()))
}

/// The message behind the format byte.
fn body(bytes: &[u8]) -> Result<&[u8], StateError> {
    match bytes.split_first() {
        Some((&FORMAT, body)) => Ok(body),
        Some((&format, _)) if format > FORMAT => Err(StateError::Newer(format)),
        _ => Err(StateError::Damaged("no format version".to_owned())),
    }
}

fn damaged(what: &str) -> StateError {
    StateError::Damaged(what.to_owned())
}

#[cfg(test)]
mod tests;
