//! A chat's header row and the fingerprints of its latest revision.

use crate::event::Kind;
use crate::finalization::{Emission, LastEvent, Life, Pending, PendingKind, Stub};
use crate::record::Fingerprints;
use crate::time::Timestamp;

use super::{StateError, damaged, decode, encode, wire};

/// What the header row of a chat says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderRow {
    /// The chat is kept.
    Chat(Box<Header>),
    /// It was dropped.
    Stub(Stub),
}

/// A kept chat without its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Journal chunks, numbered from 0.
    pub chunks: u32,
    /// Events in them.
    pub events: u32,
    /// The chat's one timer.
    pub deadline: Timestamp,
    /// Its channel, if one is known.
    pub channel_id: Option<Box<str>>,
    /// Deadlines and latest emission.
    pub life: Life,
    /// The hash of the channel document that its contributions to metric snapshots were made with last; none when the
    /// second stage has been told nothing.
    pub contributed: Option<u128>,
}

impl HeaderRow {
    /// The timer that belongs to the row.
    pub fn deadline(&self) -> Timestamp {
        match self {
            HeaderRow::Chat(header) => header.deadline,
            HeaderRow::Stub(stub) => stub.kept_until,
        }
    }
}

/// Writes a header row.
pub fn encode_header(row: &HeaderRow) -> Vec<u8> {
    let millis = |time: Option<Timestamp>| time.map(Timestamp::millis);
    let header = match row {
        HeaderRow::Stub(stub) => wire::ChatHeader {
            deadline: stub.kept_until.millis(),
            stub: Some(wire::Stub {
                revision: stub.revision,
                finalized_at: stub.finalized_at.millis(),
                kept_until: stub.kept_until.millis(),
            }),
            ..wire::ChatHeader::default()
        },
        HeaderRow::Chat(header) => wire::ChatHeader {
            chunks: header.chunks,
            events: header.events,
            deadline: header.deadline.millis(),
            pending_due: header.life.pending.map(|pending| pending.due.millis()),
            pending_correction: header.life.pending.is_some_and(|p| p.kind == PendingKind::Correction),
            pending_end: millis(header.life.pending_end),
            expires_at: header.life.expires_at.millis(),
            expired_last: millis(header.life.expired_last),
            silence_at: millis(header.life.silence_at),
            drop_at: millis(header.life.drop_at),
            emission: header.life.emission.as_ref().map(emission_to_wire),
            event_after_end: header.life.event_after_end,
            stub: None,
            channel_id: header.channel_id.as_deref().map(str::to_owned),
            contributed: header.contributed.map(|hash| hash.to_be_bytes().to_vec()),
        },
    };
    encode(&header)
}

/// Reads a header row.
///
/// # Errors
/// [`StateError`] when it is of a newer format or damaged.
pub fn decode_header(bytes: &[u8]) -> Result<HeaderRow, StateError> {
    let row: wire::ChatHeader = decode(bytes)?;
    let time = |millis: Option<i64>| millis.map(Timestamp::from_millis);
    if let Some(stub) = row.stub {
        return Ok(HeaderRow::Stub(Stub {
            revision: stub.revision,
            finalized_at: Timestamp::from_millis(stub.finalized_at),
            kept_until: Timestamp::from_millis(stub.kept_until),
        }));
    }
    let kind = if row.pending_correction { PendingKind::Correction } else { PendingKind::End };
    let life = Life {
        pending: row.pending_due.map(|due| Pending { due: Timestamp::from_millis(due), kind }),
        pending_end: time(row.pending_end),
        expires_at: Timestamp::from_millis(row.expires_at),
        expired_last: time(row.expired_last),
        silence_at: time(row.silence_at),
        drop_at: time(row.drop_at),
        emission: row.emission.map(emission_from_wire).transpose()?,
        event_after_end: row.event_after_end,
    };
    Ok(HeaderRow::Chat(Box::new(Header {
        chunks: row.chunks,
        events: row.events,
        deadline: Timestamp::from_millis(row.deadline),
        channel_id: row.channel_id.map(String::into_boxed_str),
        life,
        contributed: row.contributed.as_deref().map(document_hash).transpose()?,
    })))
}

fn emission_to_wire(emission: &Emission) -> wire::Emission {
    wire::Emission {
        revision: emission.revision,
        ended_at: emission.ended_at.map(Timestamp::millis),
        expired: emission.expired,
        finalized_at: emission.finalized_at.millis(),
        last: Some(wire::EventKey {
            time: emission.last.time.millis(),
            kind: emission.last.kind.code(),
            source: emission.last.source.to_string(),
            id: emission.last.id.to_string(),
        }),
        document: emission.document.to_be_bytes().to_vec(),
        schema_version: emission.schema_version,
    }
}

fn emission_from_wire(emission: wire::Emission) -> Result<Emission, StateError> {
    let last = emission.last.ok_or_else(|| damaged("an emission without its last event"))?;
    Ok(Emission {
        revision: emission.revision,
        ended_at: emission.ended_at.map(Timestamp::from_millis),
        expired: emission.expired,
        finalized_at: Timestamp::from_millis(emission.finalized_at),
        last: LastEvent {
            time: Timestamp::from_millis(last.time),
            kind: Kind::from_code(last.kind).ok_or_else(|| damaged("an event of unknown type"))?,
            source: last.source.into_boxed_str(),
            id: last.id.into_boxed_str(),
        },
        document: document_hash(&emission.document)?,
        schema_version: emission.schema_version,
    })
}

fn document_hash(bytes: &[u8]) -> Result<u128, StateError> {
    let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| damaged("a document hash"))?;
    Ok(u128::from_be_bytes(bytes))
}

/// Writes the fingerprints of a revision.
pub fn encode_fingerprints(prints: &Fingerprints) -> Vec<u8> {
    encode(&wire::Fingerprints {
        fields: prints
            .fixed
            .iter()
            .map(|&(field, fingerprint)| wire::FieldFingerprint { field, fingerprint })
            .collect(),
        profile: prints
            .profile
            .iter()
            .map(|(key, fingerprint)| wire::ProfileFingerprint { key: key.clone(), fingerprint: *fingerprint })
            .collect(),
    })
}

/// Reads the fingerprints of a revision.
///
/// # Errors
/// [`StateError`] when they are of a newer format or damaged.
pub fn decode_fingerprints(bytes: &[u8]) -> Result<Fingerprints, StateError> {
    let row: wire::Fingerprints = decode(bytes)?;
    Ok(Fingerprints {
        fixed: row.fields.iter().map(|field| (field.field, field.fingerprint)).collect(),
        profile: row.profile.into_iter().map(|field| (field.key, field.fingerprint)).collect(),
    })
}
