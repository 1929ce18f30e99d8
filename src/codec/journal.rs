//! A chat's journal in chunks, in the order in which its events were accepted.
//!
//! A protobuf message is the concatenation of its fields, so the last chunk grows by appending an entry to its bytes:
//! a commit encodes only the new events and writes only the chunks it touched.

use prost::Message;

use crate::event::{Event, EventData, Kind};
use crate::time::Timestamp;

use super::{FORMAT, StateError, body, damaged, wire};

/// Entries of a full chunk.
const CHUNK_ENTRIES: u32 = 128;
/// Bytes of a full chunk; one larger entry may stand alone.
const CHUNK_BYTES: usize = 32 << 10;

/// Writes the chunks of one chat's journal: holds the last one open and remembers which are not yet stored.
#[derive(Clone, Debug, Default)]
pub struct JournalWriter {
    /// Chunks begun so far; the last one is open.
    chunks: u32,
    open: Vec<u8>,
    open_entries: u32,
    /// Chunks that became full since the last commit, with the number of the first.
    full: Vec<(u32, Vec<u8>)>,
    dirty: bool,
}

impl JournalWriter {
    /// Goes on after the last of `chunks` stored chunks, whose value is `last`.
    ///
    /// # Errors
    /// [`StateError`] when `last` is of a newer format or damaged.
    pub fn resume(chunks: u32, last: &[u8]) -> Result<Self, StateError> {
        let chunk: wire::JournalChunk = super::decode(last)?;
        let open_entries = u32::try_from(chunk.entries.len()).map_err(|_| damaged("a chunk of too many entries"))?;
        Ok(JournalWriter { chunks, open: last.to_vec(), open_entries, full: Vec::new(), dirty: false })
    }

    /// Appends an accepted event.
    pub fn append(&mut self, event: &Event) {
        let entry = wire::JournalChunk {
            entries: vec![wire::JournalEntry {
                kind: event.kind.code(),
                time: event.time.millis(),
                source: event.source.to_string(),
                id: event.id.to_string(),
                channel_id: event.channel_id.as_deref().map(str::to_owned),
                data: event.data.encode(),
            }],
        };
        let needed = entry.encoded_len();
        if self.chunks == 0 || self.open_entries >= CHUNK_ENTRIES || self.open.len() + needed > CHUNK_BYTES {
            self.begin_chunk();
        }
        entry.encode_raw(&mut self.open);
        self.open_entries += 1;
        self.dirty = true;
    }

    fn begin_chunk(&mut self) {
        if self.dirty {
            self.full.push((self.chunks - 1, std::mem::take(&mut self.open)));
        }
        self.open.clear();
        self.open.push(FORMAT);
        self.open_entries = 0;
        self.chunks += 1;
    }

    /// How many chunks there are.
    pub fn chunks(&self) -> u32 {
        self.chunks
    }

    /// Bytes held in memory.
    pub fn bytes(&self) -> usize {
        self.open.capacity() + self.full.iter().map(|(_, bytes)| bytes.capacity()).sum::<usize>()
    }

    /// Hands the chunks that changed since [`stored`](Self::stored) to `put`, by number.
    pub fn changed(&self, put: &mut dyn FnMut(u32, &[u8])) {
        for (chunk, bytes) in &self.full {
            put(*chunk, bytes);
        }
        if self.dirty {
            put(self.chunks - 1, &self.open);
        }
    }

    /// What `changed` gave is stored.
    pub fn stored(&mut self) {
        self.full.clear();
        self.dirty = false;
    }
}

/// Reads a chunk, handing its events to `each` in the order in which they were accepted.
///
/// # Errors
/// [`StateError`] when it is of a newer format or damaged.
pub fn decode_chunk(bytes: &[u8], each: &mut dyn FnMut(Event)) -> Result<(), StateError> {
    let chunk = wire::JournalChunk::decode(body(bytes)?).map_err(|error| StateError::Damaged(error.to_string()))?;
    for entry in chunk.entries {
        let kind = Kind::from_code(entry.kind).ok_or_else(|| damaged("an event of unknown type"))?;
        let data = EventData::decode(kind, &entry.data).map_err(|error| StateError::Damaged(error.to_string()))?;
        each(Event {
            kind,
            time: Timestamp::from_millis(entry.time),
            source: entry.source.into_boxed_str(),
            id: entry.id.into_boxed_str(),
            channel_id: entry.channel_id.map(String::into_boxed_str),
            data,
        });
    }
    Ok(())
}
