//! The keys of store and changelog rows: a kind byte, then what it is about.
//!
//! The registry of kinds is append-only. Keys of one kind sort by what they are about; numbers are big-endian so that
//! bytes sort as numbers do.

use crate::time::Timestamp;

/// The kinds of rows, by their first byte.
mod kind {
    pub const META: u8 = 0x01;
    pub const HEADER: u8 = 0x02;
    pub const CHUNK: u8 = 0x03;
    pub const FINGERPRINTS: u8 = 0x04;
    pub const DOCUMENT: u8 = 0x05;
    pub const DOCUMENT_VERSION: u8 = 0x06;
    pub const WINDOW: u8 = 0x07;
    pub const LIVE: u8 = 0x08;
    /// From here on: derived, only in the store, never in the changelog.
    pub const LOCAL: u8 = 0x80;
    pub const TIMER: u8 = 0x81;
    pub const POSITION: u8 = 0x82;
    pub const UNPUBLISHED: u8 = 0x83;
}

/// The key of a task's meta row.
pub const META_KEY: &[u8] = &[kind::META];

/// The key of the store's own position in the changelog; local.
pub const POSITION_KEY: &[u8] = &[kind::POSITION];

/// The first key that may stand in a changelog.
pub fn changelog_start() -> Vec<u8> {
    vec![kind::META]
}

/// After the last key that may stand in a changelog.
pub fn changelog_end() -> Vec<u8> {
    vec![kind::LOCAL]
}

/// What a key is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// The meta row.
    Meta,
    /// A chat's header.
    Header(&'a str),
    /// A journal chunk of a chat.
    Chunk(&'a str, u32),
    /// The fingerprints of a chat's latest revision.
    Fingerprints(&'a str),
    /// The last usable document of a channel.
    Document(&'a str),
    /// An earlier document of a channel, by its hash, with which kept chats still contribute.
    DocumentVersion(&'a str, u128),
    /// A window of the second stage, by its name there.
    Window(&'a str),
    /// A live record of the second stage, by its name there.
    Live(&'a str),
    /// A timer of a chat, or of a window by its name.
    Timer(Timestamp, &'a str),
    /// That a window or live record is to be published.
    Unpublished(&'a str),
    /// The position in the changelog.
    Position,
}

fn named(kind: u8, name: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + name.len());
    key.push(kind);
    key.extend_from_slice(name.as_bytes());
    key
}

/// The key of a chat's header.
pub fn header_key(chat_id: &str) -> Vec<u8> {
    named(kind::HEADER, chat_id)
}

/// The keys of the headers of chats from `chat_id` on, as a half-open range of bytes.
pub fn header_range(chat_id: &str) -> (Vec<u8>, Vec<u8>) {
    (header_key(chat_id), vec![kind::HEADER + 1])
}

/// The keys of all channel documents, as a half-open range of bytes.
pub fn document_range() -> (Vec<u8>, Vec<u8>) {
    (vec![kind::DOCUMENT], vec![kind::DOCUMENT + 1])
}

/// The key of a chat's journal chunk. The number stands last and has a fixed length, so no two chats share a key.
pub fn chunk_key(chat_id: &str, chunk: u32) -> Vec<u8> {
    let mut key = named(kind::CHUNK, chat_id);
    key.extend_from_slice(&chunk.to_be_bytes());
    key
}

/// The key of the fingerprints of a chat's latest revision.
pub fn fingerprints_key(chat_id: &str) -> Vec<u8> {
    named(kind::FINGERPRINTS, chat_id)
}

/// The key of the last usable document of a channel.
pub fn document_key(channel_id: &str) -> Vec<u8> {
    named(kind::DOCUMENT, channel_id)
}

/// The key of an earlier document of a channel. The hash stands last and has a fixed length.
pub fn document_version_key(channel_id: &str, hash: u128) -> Vec<u8> {
    let mut key = named(kind::DOCUMENT_VERSION, channel_id);
    key.extend_from_slice(&hash.to_be_bytes());
    key
}

/// The keys of all earlier documents, as a half-open range of bytes.
pub fn document_version_range() -> (Vec<u8>, Vec<u8>) {
    (vec![kind::DOCUMENT_VERSION], vec![kind::DOCUMENT_VERSION + 1])
}

/// The key of a window of the second stage.
pub fn window_key(name: &str) -> Vec<u8> {
    named(kind::WINDOW, name)
}

/// The keys of the windows with `from` ≤ name < `to`, as a half-open range of bytes.
pub fn window_range(from: &str, to: &str) -> (Vec<u8>, Vec<u8>) {
    (window_key(from), window_key(to))
}

/// The key of a live record of the second stage.
pub fn live_key(name: &str) -> Vec<u8> {
    named(kind::LIVE, name)
}

/// The keys of the live records whose names begin so, as a half-open range of bytes.
pub fn live_range(prefix: &str) -> (Vec<u8>, Vec<u8>) {
    let mut to = live_key(prefix);
    // No byte of a text is 0xff.
    to.push(0xff);
    (live_key(prefix), to)
}

/// The key of the mark that a window or live record is to be published; the value is empty.
pub fn unpublished_key(name: &str) -> Vec<u8> {
    named(kind::UNPUBLISHED, name)
}

/// The keys of all those marks, as a half-open range of bytes.
pub fn unpublished_range() -> (Vec<u8>, Vec<u8>) {
    (vec![kind::UNPUBLISHED], vec![kind::UNPUBLISHED + 1])
}

/// The key of a chat's timer; the value is empty. Sorts by `due`, then chat.
pub fn timer_key(due: Timestamp, chat_id: &str) -> Vec<u8> {
    let mut key = timer_start(due);
    key.extend_from_slice(chat_id.as_bytes());
    key
}

fn timer_start(due: Timestamp) -> Vec<u8> {
    let mut key = vec![kind::TIMER];
    // The sign bit is flipped, so that instants before 1970 sort before later ones.
    key.extend_from_slice(&(due.millis() as u64 ^ 1 << 63).to_be_bytes());
    key
}

/// The keys of the timers with `from` ≤ due ≤ `through`, as a half-open range of bytes.
pub fn timer_range(from: Timestamp, through: Timestamp) -> (Vec<u8>, Vec<u8>) {
    let to = match through.millis().checked_add(1) {
        Some(next) => timer_start(Timestamp::from_millis(next)),
        None => vec![kind::TIMER + 1],
    };
    (timer_start(from), to)
}

/// What a key is about; `None` for a key this version does not write.
pub fn parse_key(key: &[u8]) -> Option<Row<'_>> {
    let (&kind, rest) = key.split_first()?;
    let name = || std::str::from_utf8(rest).ok();
    match kind {
        kind::META => rest.is_empty().then_some(Row::Meta),
        kind::HEADER => Some(Row::Header(name()?)),
        kind::CHUNK => {
            let (chat, chunk) = rest.split_last_chunk::<4>()?;
            Some(Row::Chunk(std::str::from_utf8(chat).ok()?, u32::from_be_bytes(*chunk)))
        }
        kind::FINGERPRINTS => Some(Row::Fingerprints(name()?)),
        kind::DOCUMENT => Some(Row::Document(name()?)),
        kind::TIMER => {
            let (due, chat) = rest.split_first_chunk::<8>()?;
            let due = Timestamp::from_millis((u64::from_be_bytes(*due) ^ 1 << 63) as i64);
            Some(Row::Timer(due, std::str::from_utf8(chat).ok()?))
        }
        kind::POSITION => rest.is_empty().then_some(Row::Position),
        kind::DOCUMENT_VERSION => {
            let (channel, hash) = rest.split_last_chunk::<16>()?;
            Some(Row::DocumentVersion(std::str::from_utf8(channel).ok()?, u128::from_be_bytes(*hash)))
        }
        kind::WINDOW => Some(Row::Window(name()?)),
        kind::LIVE => Some(Row::Live(name()?)),
        kind::UNPUBLISHED => Some(Row::Unpublished(name()?)),
        _ => None,
    }
}
