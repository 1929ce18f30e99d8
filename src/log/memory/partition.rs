//! One partition of the in-process log: records in order, the transactions in them, and what of it may be read.

use std::collections::{BTreeMap, VecDeque};

use crate::log::{Batch, InputPartition, Outgoing, PollLimits};
use crate::time::Timestamp;

/// A segment is closed at this size: what was truncated away is freed segment by segment.
const SEGMENT_BYTES: usize = 256 * 1024;
/// The length that stands for null.
const NULL: u32 = u32::MAX;

/// The records of a partition and the transactions open in it.
#[derive(Default)]
pub(super) struct Partition {
    first: i64,
    end: i64,
    segments: VecDeque<Segment>,
    /// By producer: the first offset of its open transaction here.
    open: BTreeMap<u32, i64>,
}

/// Some consecutive records in one arena. Never empty.
#[derive(Default)]
struct Segment {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Entry {
    offset: i64,
    timestamp: Timestamp,
    at: u32,
    len: u32,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Written outside any transaction, or by one that was committed.
    Readable,
    /// Written by the open transaction of this producer.
    Pending(u32),
    Aborted,
    /// The marker that ends a transaction.
    Control,
}

impl Partition {
    /// The first offset kept.
    pub(super) fn first(&self) -> i64 {
        self.first
    }

    /// The offset the next record gets.
    pub(super) fn end(&self) -> i64 {
        self.end
    }

    /// The last stable offset: committed readers stop before the earliest open transaction.
    pub(super) fn stable_end(&self) -> i64 {
        self.open.values().min().copied().unwrap_or(self.end)
    }

    /// Appends a record, of the open transaction of `producer` where there is one.
    pub(super) fn append(&mut self, record: &Outgoing<'_>, timestamp: Timestamp, producer: Option<u32>) -> i64 {
        let kind = match producer {
            None => Kind::Readable,
            Some(producer) => {
                self.open.entry(producer).or_insert(self.end);
                Kind::Pending(producer)
            }
        };
        self.place(self.end, timestamp, kind, |bytes| write_record(bytes, record));
        self.end += 1;
        self.end
    }

    /// Ends the open transaction of `producer`, if it has one here, with a marker that takes an offset.
    pub(super) fn resolve(&mut self, producer: u32, commit: bool) {
        let Some(from) = self.open.remove(&producer) else { return };
        let kind = if commit { Kind::Readable } else { Kind::Aborted };
        let at = self.segment_of(from);
        for segment in self.segments.range_mut(at..) {
            for entry in &mut segment.entries {
                if entry.kind == Kind::Pending(producer) {
                    entry.kind = kind;
                }
            }
        }
        self.place(self.end, Timestamp::MIN, Kind::Control, |_| {});
        self.end += 1;
    }

    /// Reads committed records from `from` on into `batch` until a limit or the last stable offset is reached, and gives
    /// the position reached, which counts what was skipped.
    pub(super) fn read(&self, of: InputPartition, from: i64, batch: &mut Batch, limits: PollLimits) -> i64 {
        let stable_end = self.stable_end();
        if from >= stable_end {
            return from;
        }
        let mut position = stable_end;
        for (segment, entry) in self.entries_from(from) {
            if entry.offset >= stable_end {
                break;
            }
            if entry.kind != Kind::Readable {
                continue;
            }
            if batch.len() >= limits.max_records || (!batch.is_empty() && batch.bytes() >= limits.max_bytes) {
                position = entry.offset;
                break;
            }
            let mut rest = segment.payload(entry);
            let (key, value) = (take(&mut rest), take(&mut rest));
            let headers = std::iter::from_fn(|| {
                let name = std::str::from_utf8(take(&mut rest)?).expect("names are written from text");
                Some((name, take(&mut rest)))
            });
            batch.push(of, entry.offset, Some(entry.timestamp), key, value, headers);
        }
        if position > from {
            batch.advance(of, position);
        }
        position
    }

    /// Forgets everything before `before`.
    pub(super) fn truncate(&mut self, before: i64) {
        self.first = self.first.max(before.min(self.end));
        while self.segments.front().is_some_and(|segment| segment.last() < self.first) {
            self.segments.pop_front();
        }
    }

    /// What a log cleaner leaves: of the stable part, the newest record of every key, and the markers. Offsets stay.
    pub(super) fn compact(&mut self) {
        let stable_end = self.stable_end();
        let mut newest: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
        for (segment, entry) in self.entries_from(self.first) {
            if let (Kind::Readable, Some(key)) = (entry.kind, segment.key(entry)) {
                newest.insert(key.to_vec(), entry.offset);
            }
        }
        let first = self.first;
        for segment in std::mem::take(&mut self.segments) {
            for entry in segment.entries.iter().filter(|entry| entry.offset >= first) {
                let keep = match entry.kind {
                    Kind::Readable if entry.offset < stable_end => {
                        segment.key(entry).is_some_and(|key| newest.get(key) == Some(&entry.offset))
                    }
                    Kind::Aborted => false,
                    _ => true,
                };
                if keep {
                    let payload = segment.payload(entry);
                    self.place(entry.offset, entry.timestamp, entry.kind, |bytes| bytes.extend_from_slice(payload));
                }
            }
        }
    }

    fn place(&mut self, offset: i64, timestamp: Timestamp, kind: Kind, write: impl FnOnce(&mut Vec<u8>)) {
        if self.segments.back().is_none_or(|segment| segment.bytes.len() >= SEGMENT_BYTES) {
            if let Some(full) = self.segments.back_mut() {
                full.bytes.shrink_to_fit();
                full.entries.shrink_to_fit();
            }
            self.segments.push_back(Segment::default());
        }
        let segment = self.segments.back_mut().expect("one was made");
        let at = segment.bytes.len();
        write(&mut segment.bytes);
        let len = segment.bytes.len() - at;
        segment.entries.push(Entry { offset, timestamp, at: length(at), len: length(len), kind });
    }

    /// The segment that holds the first record at or after `offset`.
    fn segment_of(&self, offset: i64) -> usize {
        self.segments.partition_point(|segment| segment.last() < offset)
    }

    fn entries_from(&self, offset: i64) -> impl Iterator<Item = (&Segment, &Entry)> {
        self.segments.range(self.segment_of(offset)..).flat_map(move |segment| {
            let from = segment.entries.partition_point(|entry| entry.offset < offset);
            segment.entries[from..].iter().map(move |entry| (segment, entry))
        })
    }
}

impl Segment {
    fn last(&self) -> i64 {
        self.entries.last().expect("a segment is never empty").offset
    }

    fn payload(&self, entry: &Entry) -> &[u8] {
        &self.bytes[entry.at as usize..][..entry.len as usize]
    }

    fn key(&self, entry: &Entry) -> Option<&[u8]> {
        take(&mut self.payload(entry))
    }
}

/// Key, value, then names and values of the headers, each with its length before it.
fn write_record(bytes: &mut Vec<u8>, record: &Outgoing<'_>) {
    put(bytes, record.key);
    put(bytes, record.value);
    for (name, value) in record.headers {
        put(bytes, Some(name.as_bytes()));
        put(bytes, *value);
    }
}

fn put(bytes: &mut Vec<u8>, piece: Option<&[u8]>) {
    bytes.extend_from_slice(&piece.map_or(NULL, |piece| length(piece.len())).to_le_bytes());
    bytes.extend_from_slice(piece.unwrap_or_default());
}

/// The next piece; `None` for null, and where nothing is left.
fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, after) = rest.split_first_chunk::<4>()?;
    let len = u32::from_le_bytes(*len);
    *rest = after;
    if len == NULL {
        return None;
    }
    let (piece, after) = rest.split_at(len as usize);
    *rest = after;
    Some(piece)
}

fn length(len: usize) -> u32 {
    u32::try_from(len).expect("records are far smaller than 4 GiB")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const OF: InputPartition = InputPartition { topic: 0, partition: 0 };
    const ALL: PollLimits = PollLimits { max_records: usize::MAX, max_bytes: usize::MAX, wait: Duration::ZERO };

    fn append(partition: &mut Partition, key: &str, value: Option<&str>, producer: Option<u32>) {
        let record = Outgoing {
            topic: "",
            partition: None,
            key: Some(key.as_bytes()),
            value: value.map(str::as_bytes),
            headers: &[],
        };
        partition.append(&record, Timestamp::from_millis(0), producer);
    }

    fn offsets(partition: &Partition, from: i64) -> (Vec<i64>, i64) {
        let mut batch = Batch::default();
        let position = partition.read(OF, from, &mut batch, ALL);
        (batch.iter().map(|record| record.offset()).collect(), position)
    }

    #[test]
    fn interleaved_transactions_are_read_up_to_the_earliest_open_one() {
        let mut log = Partition::default();
        append(&mut log, "a", None, None);
        append(&mut log, "b", None, Some(1));
        append(&mut log, "c", None, Some(2));
        append(&mut log, "d", None, None);
        assert_eq!((offsets(&log, 0), log.end()), ((vec![0], 1), 4));
        log.resolve(2, true);
        assert_eq!(offsets(&log, 0), (vec![0], 1));
        log.resolve(1, false);
        assert_eq!((offsets(&log, 0), log.end()), ((vec![0, 2, 3], 6), 6));
        log.resolve(1, true);
        assert_eq!(log.end(), 6, "a transaction that is not here leaves no marker");
    }

    #[test]
    fn compaction_keeps_offsets_and_the_open_transaction() {
        let mut log = Partition::default();
        for key in ["a", "b", "a", "b"] {
            append(&mut log, key, Some("old"), None);
        }
        append(&mut log, "a", Some("aborted"), Some(1));
        log.resolve(1, false);
        append(&mut log, "b", None, Some(2));
        log.compact();
        assert_eq!(offsets(&log, 0), (vec![2, 3], 6));
        log.resolve(2, true);
        log.compact();
        assert_eq!(offsets(&log, 0), (vec![2, 6], 8));
        assert_eq!(offsets(&log, 3), (vec![6], 8));
    }

    #[test]
    fn truncation_frees_whole_segments() {
        let mut log = Partition::default();
        let text = "x".repeat(SEGMENT_BYTES);
        for _ in 0..4 {
            append(&mut log, "k", Some(&text), None);
        }
        log.truncate(3);
        assert_eq!((log.first(), log.segments.len()), (3, 1));
        assert_eq!(offsets(&log, 3), (vec![3], 4));
        log.truncate(99);
        assert_eq!((log.first(), log.end(), log.segments.len()), (4, 4, 0));
        append(&mut log, "k", None, None);
        assert_eq!(offsets(&log, 4), (vec![4], 5));
    }
}
