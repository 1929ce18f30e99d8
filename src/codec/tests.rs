//! State rows: round trips, the order of keys, and formats that are not ours.

use proptest::prelude::*;

use super::*;
use crate::event::{Decoded, Event, Kind, decode_line};
use crate::finalization::{Emission, LastEvent, Life, Pending, PendingKind, Stub};
use crate::record::Fingerprints;
use crate::time::Timestamp;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn event(id: u32) -> Event {
    let line = format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/s","type":"chat.tagged","subject":"x",
            "time":"2026-03-02T09:00:00Z","data":{{"add":["t{id}"],"channelId":7}}}}"#
    );
    match decode_line(line.as_bytes(), None) {
        Decoded::Event { event, .. } => event,
        other => panic!("{other:?}"),
    }
}

fn life() -> impl Strategy<Value = Life> {
    let time = || any::<i32>().prop_map(|millis| at(i64::from(millis)));
    let option = move || proptest::option::of(time());
    let pending = (time(), any::<bool>()).prop_map(|(due, is_end)| Pending {
        due,
        kind: if is_end { PendingKind::End } else { PendingKind::Correction },
    });
    let emission = (1..9u32, option(), any::<bool>(), time(), time(), any::<u128>()).prop_map(
        |(revision, ended_at, expired, finalized_at, last, document)| Emission {
            revision,
            ended_at,
            expired,
            finalized_at,
            last: LastEvent { time: last, kind: Kind::ChatClosed, source: "/s".into(), id: "é".into() },
            document,
            schema_version: 1,
        },
    );
    let emission = proptest::option::of(emission);
    (proptest::option::of(pending), option(), time(), option(), option(), option(), emission, any::<bool>()).prop_map(
        |(pending, pending_end, expires_at, expired_last, silence_at, drop_at, emission, event_after_end)| Life {
            pending,
            pending_end,
            expires_at,
            expired_last,
            silence_at,
            drop_at,
            emission,
            event_after_end,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_header_comes_back_as_it_was(
        life in life(),
        chunks in 0..300u32,
        events in any::<u32>(),
        deadline in any::<i64>(),
        contributed in any::<Option<u128>>(),
    ) {
        let (deadline, channel_id) = (at(deadline), Some("c".into()));
        let row = HeaderRow::Chat(Box::new(Header { chunks, events, deadline, channel_id, life, contributed }));
        let bytes = encode_header(&row);
        prop_assert!(bytes.len() < 16 << 10);
        prop_assert_eq!(decode_header(&bytes), Ok(row));
    }

    #[test]
    fn timers_sort_by_due_time(a in any::<i64>(), b in any::<i64>()) {
        let (one, other) = (timer_key(at(a), "z"), timer_key(at(b), "a"));
        if a != b {
            prop_assert_eq!(one.cmp(&other), a.cmp(&b));
        }
        prop_assert_eq!(parse_key(&one), Some(Row::Timer(at(a), "z")));
        let (from, to) = timer_range(at(a.min(b)), at(a.max(b)));
        prop_assert!(from <= one && one < to && from <= other && other < to);
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = (decode_header(&bytes), decode_meta(&bytes), decode_position(&bytes), decode_fingerprints(&bytes));
        let _ = (decode_chunk(&bytes, &mut |_| {}), parse_key(&bytes), JournalWriter::resume(1, &bytes));
    }
}

#[test]
fn stubs_metas_positions_and_fingerprints_come_back_as_they_were() {
    let stub = HeaderRow::Stub(Stub { revision: 3, finalized_at: at(-5), kept_until: at(7) });
    assert_eq!(decode_header(&encode_header(&stub)), Ok(stub));
    let meta = Meta {
        sequence: 7,
        input_offsets: vec![1, 0, 3],
        watermark: Timestamp::MIN,
        partitions: 8,
        smallest_window: 15,
        cluster_id: "c".to_owned(),
        committed_at: at(9),
        timer_cursor: Timestamp::MIN,
        chats: 2,
        stubs: 1,
        directory_positions: vec![(0, 4)],
        restating: vec![Restating { channel: "c1".into(), due: at(5), cursor: "x".into() }],
        sources: [(3, at(7)), (4, at(-1))].into(),
        source_count: 5,
    };
    assert_eq!(decode_meta(&encode_meta(&meta)), Ok(meta));
    let position = Position { changelog: "c-chat-changelog".to_owned(), offset: 12, is_partial: true };
    assert_eq!(decode_position(&encode_position(&position)), Ok(position));
    let prints = Fingerprints { fixed: vec![(1, u64::MAX), (9, 0)], profile: vec![("é".to_owned(), 5)] };
    assert_eq!(decode_fingerprints(&encode_fingerprints(&prints)), Ok(prints));
    for raw in [None, Some(b"{}".as_slice())] {
        assert_eq!(decode_document(&encode_document(raw)), Ok(raw));
    }
}

#[test]
fn keys_tell_chats_apart_whatever_their_ids_are() {
    let ids = ["", "a", "a\0", "a\0\0\0\0\0", "\u{81}", "é"];
    let mut keys = Vec::new();
    for id in ids {
        assert_eq!(parse_key(&header_key(id)), Some(Row::Header(id)));
        assert_eq!(parse_key(&chunk_key(id, 258)), Some(Row::Chunk(id, 258)));
        assert_eq!(parse_key(&fingerprints_key(id)), Some(Row::Fingerprints(id)));
        assert_eq!(parse_key(&document_key(id)), Some(Row::Document(id)));
        keys.extend([header_key(id), chunk_key(id, 0), chunk_key(id, 1), fingerprints_key(id), document_key(id)]);
    }
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
    let (from, to) = (changelog_start(), changelog_end());
    assert!(keys.iter().all(|key| from <= *key && *key < to));
    assert!(timer_key(at(0), "a") >= to && POSITION_KEY.to_vec() >= to);
}

/// Found by fuzzing: whatever stood behind the kind of a row of which there is only one.
#[test]
fn a_key_that_is_longer_than_any_written_is_none() {
    for key in [META_KEY, POSITION_KEY] {
        assert!(parse_key(key).is_some());
        assert_eq!(parse_key(&[key, b"x"].concat()), None);
    }
}

#[test]
fn a_journal_is_written_chunk_by_chunk_and_only_where_it_grew() {
    let mut writer = JournalWriter::default();
    let mut rows: Vec<Vec<u8>> = Vec::new();
    let mut commits = Vec::new();
    for id in 0..300 {
        writer.append(&event(id));
        if id % 50 == 49 {
            let mut touched = Vec::new();
            writer.changed(&mut |chunk, bytes| {
                let at = chunk as usize;
                rows.resize(rows.len().max(at + 1), Vec::new());
                rows[at] = bytes.to_vec();
                touched.push(chunk);
            });
            writer.stored();
            commits.push(touched);
            // As after an eviction.
            writer = JournalWriter::resume(writer.chunks(), rows.last().expect("a chunk")).expect("ours");
        }
    }
    assert_eq!(commits, [vec![0], vec![0], vec![0, 1], vec![1], vec![1], vec![1, 2]]);
    let mut read = Vec::new();
    rows.iter().for_each(|row| decode_chunk(row, &mut |event| read.push(event)).expect("ours"));
    assert_eq!(read, (0..300).map(event).collect::<Vec<_>>());
}

#[test]
fn a_newer_format_is_never_read() {
    let bytes = encode_header(&HeaderRow::Stub(Stub { revision: 1, finalized_at: at(0), kept_until: at(0) }));
    let newer = [&[FORMAT + 1], &bytes[1..]].concat();
    assert_eq!(decode_header(&newer), Err(StateError::Newer(FORMAT + 1)));
    assert_eq!(decode_chunk(&newer, &mut |_| {}), Err(StateError::Newer(FORMAT + 1)));
    assert!(matches!(decode_header(&[]), Err(StateError::Damaged(_))));
}

#[test]
fn offset_metadata_comes_back_and_that_of_others_is_told_apart() {
    for (sequence, watermark) in [(0, Timestamp::MIN), (u64::MAX, at(-1)), (5, at(1_772_438_400_000))] {
        let metadata = OffsetMetadata { sequence, watermark };
        assert_eq!(OffsetMetadata::parse(&metadata.to_string()), Some(metadata));
    }
    for foreign in ["", "1 2", "2 2 3", "1 2 3 4", "1 x 3", "{}"] {
        assert_eq!(OffsetMetadata::parse(foreign), None, "{foreign}");
    }
}
