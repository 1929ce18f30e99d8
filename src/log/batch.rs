//! A reusable batch of records: one arena for all bytes, so that reading allocates nothing per record.

use crate::time::Timestamp;

use super::InputPartition;

/// Records as they were read, and the positions reached.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    records: Vec<Slot>,
    headers: Vec<Header>,
    positions: Vec<(InputPartition, i64)>,
}

/// Where a piece of the arena begins and ends.
#[derive(Clone, Copy, Debug)]
struct Piece {
    from: usize,
    to: usize,
}

#[derive(Clone, Copy, Debug)]
struct Header {
    name: Piece,
    value: Option<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    partition: InputPartition,
    offset: i64,
    timestamp: Option<Timestamp>,
    key: Option<Piece>,
    value: Option<Piece>,
    headers: (usize, usize),
}

/// A record of a [`Batch`], borrowed.
#[derive(Clone, Copy)]
pub struct RecordView<'a> {
    batch: &'a Batch,
    slot: &'a Slot,
}

impl Batch {
    /// Empties the batch and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
        self.headers.clear();
        self.positions.clear();
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is no record (positions may still have moved).
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes of all keys, values and headers.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The records, each partition's in offset order.
    pub fn iter(&self) -> impl Iterator<Item = RecordView<'_>> {
        self.records.iter().map(|slot| RecordView { batch: self, slot })
    }

    /// For each partition that moved: the next offset to read. Control records at the end of a partition count.
    pub fn positions(&self) -> &[(InputPartition, i64)] {
        &self.positions
    }

    /// Appends a record and moves its partition's position behind it.
    pub fn push<'h>(
        &mut self,
        partition: InputPartition,
        offset: i64,
        timestamp: Option<Timestamp>,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: impl IntoIterator<Item = (&'h str, Option<&'h [u8]>)>,
    ) {
        let key = key.map(|bytes| self.keep(bytes));
        let value = value.map(|bytes| self.keep(bytes));
        let first = self.headers.len();
        for (name, value) in headers {
            let name = self.keep(name.as_bytes());
            let value = value.map(|bytes| self.keep(bytes));
            self.headers.push(Header { name, value });
        }
        let headers = (first, self.headers.len());
        self.records.push(Slot { partition, offset, timestamp, key, value, headers });
        self.advance(partition, offset + 1);
    }

    /// Moves a partition's position without a record (control records at its end).
    pub fn advance(&mut self, partition: InputPartition, position: i64) {
        // Newest first: records of one partition mostly follow each other.
        match self.positions.iter_mut().rev().find(|(of, _)| *of == partition) {
            Some((_, at)) => *at = position,
            None => self.positions.push((partition, position)),
        }
    }

    fn keep(&mut self, bytes: &[u8]) -> Piece {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        Piece { from, to: self.bytes.len() }
    }

    fn piece(&self, piece: Piece) -> &[u8] {
        &self.bytes[piece.from..piece.to]
    }
}

impl<'a> RecordView<'a> {
    /// Where it was read.
    pub fn partition(&self) -> InputPartition {
        self.slot.partition
    }

    /// Index of its topic among the subscribed ones.
    pub fn topic(&self) -> usize {
        self.slot.partition.topic
    }

    /// Its offset.
    pub fn offset(&self) -> i64 {
        self.slot.offset
    }

    /// Kafka's own timestamp; in no metric.
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.slot.timestamp
    }

    /// Its key.
    pub fn key(&self) -> Option<&'a [u8]> {
        self.slot.key.map(|piece| self.batch.piece(piece))
    }

    /// Its value; `None` is a tombstone.
    pub fn value(&self) -> Option<&'a [u8]> {
        self.slot.value.map(|piece| self.batch.piece(piece))
    }

    /// Its headers, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, Option<&'a [u8]>)> + Clone + use<'a> {
        let batch = self.batch;
        let (from, to) = self.slot.headers;
        batch.headers[from..to].iter().map(move |header| {
            // Written from a `&str` in `push`.
            let name = std::str::from_utf8(batch.piece(header.name)).unwrap_or_default();
            (name, header.value.map(|piece| batch.piece(piece)))
        })
    }
}
