//! The rows that are about a task as a whole, and the metadata of its offset commits.

use std::collections::BTreeMap;

use crate::time::Timestamp;

use super::{StateError, decode, encode, wire};

/// The state of a task at a commit (`engine.md`, State).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Counts this task's commits, from 1.
    pub sequence: u64,
    /// The next offset to read of each input topic.
    pub input_offsets: Vec<i64>,
    /// The task's watermark; `Timestamp::MIN`: none yet.
    pub watermark: Timestamp,
    /// Partitions of each input topic.
    pub partitions: u32,
    /// Minutes of the smallest windows that its chats were counted in (`snapshot_window`).
    pub smallest_window: u32,
    /// The cluster this state belongs to.
    pub cluster_id: String,
    /// Wall clock of the commit.
    pub committed_at: Timestamp,
    /// No timer is pending before it.
    pub timer_cursor: Timestamp,
    /// Chats kept; in the second stage windows.
    pub chats: u64,
    /// Stubs kept; in the second stage live records.
    pub stubs: u64,
    /// Per directory partition: the next offset to look at for unusable documents.
    pub directory_positions: Vec<(u32, i64)>,
    /// Walks over the kept chats of channels whose document has changed, in the order in which that was seen.
    pub restating: Vec<Restating>,
    /// Of a task of the second stage: the watermarks of the tasks of the first that have told it.
    pub sources: BTreeMap<u32, Timestamp>,
    /// And how many of them there are; 0 when none has told it yet.
    pub source_count: u32,
}

impl Meta {
    /// Of a task that has committed nothing yet, and reads its inputs from these offsets.
    pub fn first(
        input_offsets: Vec<i64>,
        partitions: u32,
        smallest_window: u32,
        cluster_id: &str,
        now: Timestamp,
    ) -> Meta {
        Meta {
            sequence: 0,
            input_offsets,
            watermark: Timestamp::MIN,
            partitions,
            smallest_window,
            cluster_id: cluster_id.to_owned(),
            committed_at: now,
            timer_cursor: Timestamp::MIN,
            chats: 0,
            stubs: 0,
            directory_positions: Vec::new(),
            restating: Vec::new(),
            sources: BTreeMap::new(),
            source_count: 0,
        }
    }
}

/// A walk over the kept chats of a channel (`finalization.md`: changed hours restate).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restating {
    /// The channel whose document has changed.
    pub channel: Box<str>,
    /// The watermark at which it begins: one update window after the change was seen.
    pub due: Timestamp,
    /// Chats before this id are done.
    pub cursor: Box<str>,
}

/// Writes a meta row.
pub fn encode_meta(meta: &Meta) -> Vec<u8> {
    encode(&wire::Meta {
        sequence: meta.sequence,
        input_offsets: meta.input_offsets.clone(),
        watermark: (meta.watermark != Timestamp::MIN).then_some(meta.watermark.millis()),
        partitions: meta.partitions,
        smallest_window: meta.smallest_window,
        cluster_id: meta.cluster_id.clone(),
        committed_at: meta.committed_at.millis(),
        timer_cursor: meta.timer_cursor.millis(),
        chats: meta.chats,
        stubs: meta.stubs,
        directory_positions: meta
            .directory_positions
            .iter()
            .map(|&(partition, offset)| wire::DirectoryPosition { partition, offset })
            .collect(),
        restating: meta
            .restating
            .iter()
            .map(|walk| wire::Restating {
                channel: walk.channel.to_string(),
                due: walk.due.millis(),
                cursor: walk.cursor.to_string(),
            })
            .collect(),
        sources: meta
            .sources
            .iter()
            .map(|(&task, watermark)| wire::Source { task, watermark: watermark.millis() })
            .collect(),
        source_count: meta.source_count,
    })
}

/// Reads a meta row.
///
/// # Errors
/// [`StateError`] when it is of a newer format or damaged.
pub fn decode_meta(bytes: &[u8]) -> Result<Meta, StateError> {
    let row: wire::Meta = decode(bytes)?;
    Ok(Meta {
        sequence: row.sequence,
        input_offsets: row.input_offsets,
        watermark: row.watermark.map_or(Timestamp::MIN, Timestamp::from_millis),
        partitions: row.partitions,
        smallest_window: row.smallest_window,
        cluster_id: row.cluster_id,
        committed_at: Timestamp::from_millis(row.committed_at),
        timer_cursor: Timestamp::from_millis(row.timer_cursor),
        chats: row.chats,
        stubs: row.stubs,
        directory_positions: row.directory_positions.iter().map(|p| (p.partition, p.offset)).collect(),
        restating: row
            .restating
            .into_iter()
            .map(|walk| Restating {
                channel: walk.channel.into_boxed_str(),
                due: Timestamp::from_millis(walk.due),
                cursor: walk.cursor.into_boxed_str(),
            })
            .collect(),
        sources: row
            .sources
            .into_iter()
            .map(|source| (source.task, Timestamp::from_millis(source.watermark)))
            .collect(),
        source_count: row.source_count,
    })
}

/// What a store knows of the changelog it reflects; only in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The changelog topic.
    pub changelog: String,
    /// The next changelog offset to apply.
    pub offset: i64,
    /// Whether a restore is under way: of the last transaction the meta row may be here, and others not yet.
    pub is_partial: bool,
}

/// Writes the store's position.
pub fn encode_position(position: &Position) -> Vec<u8> {
    let Position { changelog, offset, is_partial } = position;
    encode(&wire::Position { changelog: changelog.clone(), offset: *offset, partial: *is_partial })
}

/// Reads the store's position.
///
/// # Errors
/// [`StateError`] when it is of a newer format or damaged.
pub fn decode_position(bytes: &[u8]) -> Result<Position, StateError> {
    let row: wire::Position = decode(bytes)?;
    Ok(Position { changelog: row.changelog, offset: row.offset, is_partial: row.partial })
}

/// What is written beside every committed offset: `1 <sequence> <watermark ms, or ->`. At the end of a restore it must
/// agree with the meta row (`engine.md`, State).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetMetadata {
    /// [`Meta::sequence`].
    pub sequence: u64,
    /// [`Meta::watermark`].
    pub watermark: Timestamp,
}

impl OffsetMetadata {
    /// Of a meta row.
    pub fn of(meta: &Meta) -> Self {
        OffsetMetadata { sequence: meta.sequence, watermark: meta.watermark }
    }

    /// Reads what `to_string` wrote; `None` when somebody else committed the offset.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (version, sequence, watermark) = (words.next()?, words.next()?, words.next()?);
        if version != "1" || words.next().is_some() {
            return None;
        }
        let watermark = match watermark {
            "-" => Timestamp::MIN,
            millis => Timestamp::from_millis(millis.parse().ok()?),
        };
        Some(OffsetMetadata { sequence: sequence.parse().ok()?, watermark })
    }
}

impl std::fmt::Display for OffsetMetadata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.watermark == Timestamp::MIN {
            write!(f, "1 {} -", self.sequence)
        } else {
            write!(f, "1 {} {}", self.sequence, self.watermark.millis())
        }
    }
}

/// Writes the last usable document of a channel, as it came; `None`: the channel has none.
pub fn encode_document(raw: Option<&[u8]>) -> Vec<u8> {
    [&[super::FORMAT], raw.unwrap_or_default()].concat()
}

/// Reads the last usable document of a channel.
///
/// # Errors
/// [`StateError`] when it is of a newer format or damaged.
pub fn decode_document(bytes: &[u8]) -> Result<Option<&[u8]>, StateError> {
    Ok(Some(super::body(bytes)?).filter(|raw| !raw.is_empty()))
}
