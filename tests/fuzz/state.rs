//! State: every kind of row, the keys they stand under, the metadata of offset commits, the journal's form of `data`.

use wrapup::calendar::ChannelDocument;
use wrapup::chat::{Fold, Journal};
use wrapup::codec::{
    self, FORMAT, HeaderRow, JournalWriter, META_KEY, Meta, OffsetMetadata, POSITION_KEY, Position, Row, StateError,
    decode_chunk,
};
use wrapup::event::{Decoded, Event, EventData, Kind, decode_line};
use wrapup::finalization::{Arrivals, Firing, Life, Windows, fire};
use wrapup::snapshot::{
    Contributions, Difference, LiveRow, Published, Snapshots, Source, Told, WindowRow, WindowSize, decode_difference,
    decode_live_row, decode_window_row, encode_difference, encode_live_row, encode_source, encode_window_row,
};
use wrapup::time::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use super::allocator::measured;
use super::dice::Dice;
use super::event::kind_numbered;
use super::run::{Seen, Target};
use super::{bytes, seeds, wire};

/// What the first byte of an input says that the rest is.
const FORMS: [&str; 11] = [
    "key",
    "metadata",
    "meta",
    "position",
    "header",
    "chunk",
    "fingerprints",
    "document",
    "data",
    "window",
    "difference",
];

fn form_of(name: &str) -> u8 {
    FORMS.iter().position(|form| *form == name).expect("a form") as u8
}

/// The target.
pub struct State {
    seeds: Vec<Vec<u8>>,
}

impl State {
    pub fn new() -> State {
        let mut seeds = Vec::new();
        let mut add = |form: &str, rest: &[u8]| {
            if rest.len() < bytes::BYTES_MAX {
                seeds.push([&[form_of(form)], rest].concat());
            }
        };
        for chat in seeds::chats().into_iter().step_by(2) {
            rows_of(&chat, &mut add);
        }
        State { seeds }
    }
}

/// The rows that the engine would write for a chat.
fn rows_of(chat: &seeds::Chat, add: &mut impl FnMut(&str, &[u8])) {
    let mut journal = Journal::new();
    let mut writer = JournalWriter::default();
    for line in &chat.events {
        if let Decoded::Event { event, .. } = decode_line(line.as_bytes(), None) {
            writer.append(&event);
            add("data", &[&[(event.kind.code() - 1) as u8], event.data.encode().as_slice()].concat());
            let _ = journal.insert(event);
        }
    }
    writer.changed(&mut |_, chunk| add("chunk", chunk));
    let fold = Fold::of(&journal);
    let document = ChannelDocument::parse(chat.document.as_bytes()).expect("seeds can be used");
    add("document", &codec::encode_document(Some(chat.document.as_bytes())));
    let updated = fold.updated_at().expect("a chat with events");
    let (mut life, mut prints) = (Life::default(), None);
    let mut header = |life: &Life| {
        let row = codec::Header {
            chunks: writer.chunks(),
            events: journal.len() as u32,
            deadline: life.deadline(&fold),
            channel_id: fold.channel_id().map(Into::into),
            life: life.clone(),
            contributed: Some(document.hash()),
        };
        add("header", &codec::encode_header(&HeaderRow::Chat(Box::new(row))));
    };
    let windows = Windows::default();
    life.settle(&fold, Arrivals::of(updated), Timestamp::MIN, &windows);
    header(&life);
    for _ in 0..4 {
        let watermark = life.deadline(&fold);
        let (journal, fold, document, windows) = (&journal, &fold, &document, &windows);
        let firing = Firing { chat_id: "c", journal, fold, document, watermark, windows };
        let stub = fire(&firing, &mut life, &mut prints, &mut |_| {});
        header(&life);
        if let Some(stub) = stub {
            add("header", &codec::encode_header(&HeaderRow::Stub(stub)));
            break;
        }
    }
    if let Some(prints) = &prints {
        add("fingerprints", &codec::encode_fingerprints(prints));
    }
    snapshots_of(&Contributions::of(&journal, &fold, &document, false), add);
    task_rows(updated, add);
}

fn snapshots_of(contributions: &Contributions, add: &mut impl FnMut(&str, &[u8])) {
    let mut sums = Snapshots::new(WindowSize::of_minutes(1).expect("a size"));
    sums.add(contributions);
    let mut difference = Difference::new(sums.smallest());
    difference.change(&Contributions::default(), contributions);
    for (_, message) in encode_difference(&difference, 3, 2_000) {
        add("difference", &message);
    }
    let source = Source { task: 2, tasks: 8, watermark: Timestamp::from_millis(7) };
    add("difference", &encode_source(source));
    let published = Some(Published { revision: 3, is_final: true, content: 17 });
    for sums in sums.windows.values().take(3) {
        add(
            "window",
            &[&[0], encode_window_row(&WindowRow { published, ..WindowRow::new(sums.clone()) }).as_slice()].concat(),
        );
    }
    for gauges in sums.live.values().take(3) {
        let row = LiveRow { gauges: gauges.clone(), published, is_unpublished: true, waiting: 2 };
        add("window", &[&[1], encode_live_row(&row).as_slice()].concat());
    }
}

/// The rows about a task.
fn task_rows(at: Timestamp, add: &mut impl FnMut(&str, &[u8])) {
    let walk = codec::Restating { channel: "c1".into(), due: at, cursor: "x".into() };
    let meta = Meta {
        sequence: 7,
        sources: [(0, at), (3, at)].into(),
        source_count: 4,
        input_offsets: vec![1, 2, 300],
        watermark: at,
        partitions: 8,
        smallest_window: 5,
        cluster_id: "k".to_owned(),
        committed_at: at,
        timer_cursor: at,
        chats: 5,
        stubs: 6,
        directory_positions: vec![(0, 4)],
        restating: vec![walk],
    };
    add("meta", &codec::encode_meta(&meta));
    add("metadata", OffsetMetadata::of(&meta).to_string().as_bytes());
    add("position", &codec::encode_position(&Position { changelog: "x".to_owned(), offset: 9, is_partial: true }));
    for key in [
        codec::header_key("c"),
        codec::chunk_key("c", 3),
        codec::fingerprints_key("c"),
        codec::document_key("c1"),
        codec::timer_key(at, "c"),
        META_KEY.to_vec(),
        POSITION_KEY.to_vec(),
    ] {
        add("key", &key);
    }
}

impl Target for State {
    fn name(&self) -> &'static str {
        "state"
    }

    fn about(&self) -> &'static str {
        "rows, their keys, offset metadata"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        self.seeds.clone()
    }

    fn mutated(&self, corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
        let (row, donor) = (dice.pick(corpus), dice.pick(corpus));
        let form = row.first().copied().unwrap_or_default();
        let mut out = match FORMS[usize::from(form) % FORMS.len()] {
            "key" | "metadata" => {
                let mut out = row.clone();
                bytes::mutate(&mut out, dice);
                out
            }
            // Behind the form stands one more byte: the format version, the type, which of two.
            _ if dice.percent(95) && row.len() > 2 => {
                let ahead = if form == form_of("window") { 3 } else { 2 };
                let (ahead, message) = row.split_at(ahead.min(row.len()));
                [ahead, &wire::mutated(message, donor.get(2..).unwrap_or_default(), dice)].concat()
            }
            _ => {
                let mut out = row.clone();
                bytes::mutate(&mut out, dice);
                out
            }
        };
        out.truncate(bytes::BYTES_MAX);
        out
    }

    fn check(&self, input: &[u8]) -> Seen {
        let Some((form, row)) = input.split_first() else { return Seen::default() };
        let form = FORMS[usize::from(*form) % FORMS.len()];
        let (read, cost) = measured(|| read(form, row));
        let len = input.len() as u64;
        assert!(cost.allocations <= 200 + 8 * len, "{form}: {} allocations for {len} bytes", cost.allocations);
        assert!(cost.bytes <= 16_384 + 1_200 * len, "{form}: {} bytes allocated for {len} bytes", cost.bytes);
        let about = match &read {
            Ok(about) => about.clone(),
            Err(error) => error.to_string(),
        };
        let about: String = about.chars().filter(|c| !c.is_ascii_digit()).take(80).collect();
        let signature = format!("{form} {about} {}", cost.allocations.max(1).ilog2());
        Seen { signature: xxh3_64(signature.as_bytes()), accepted: read.is_ok(), cost }
    }
}

/// Reads a row; one that is read is written, read and written again, and stays what it is.
fn read(form: &str, row: &[u8]) -> Result<String, StateError> {
    let damaged = |what: String| StateError::Damaged(what);
    match form {
        "key" => codec::parse_key(row).map(|found| key(row, &found)).ok_or_else(|| damaged("a key".to_owned())),
        "metadata" => metadata(row).ok_or_else(|| damaged("metadata".to_owned())),
        "meta" => stable(row, codec::decode_meta, codec::encode_meta).map(|meta| {
            format!("{} {} {}", meta.input_offsets.len(), meta.restating.len(), meta.directory_positions.len())
        }),
        "position" => stable(row, codec::decode_position, codec::encode_position).map(|_| String::new()),
        "header" => stable(row, codec::decode_header, codec::encode_header).map(|row| match row {
            HeaderRow::Stub(_) => "stub".to_owned(),
            HeaderRow::Chat(header) => {
                let life = &header.life;
                let is = [
                    life.pending.is_some(),
                    life.emission.is_some(),
                    life.drop_at.is_some(),
                    life.silence_at.is_some(),
                ];
                format!("{is:?}")
            }
        }),
        "chunk" => chunk(row),
        "fingerprints" => stable(row, codec::decode_fingerprints, codec::encode_fingerprints)
            .map(|prints| format!("{:?} {:?}", prints.fixed.len().checked_ilog2(), prints.profile.len())),
        "document" => codec::decode_document(row).map(|raw| {
            assert_eq!(codec::decode_document(&codec::encode_document(raw)), Ok(raw));
            raw.is_some().to_string()
        }),
        "data" => data(row).map_err(|error| damaged(error.to_string())),
        "window" => snapshot_row(row).map_err(|error| damaged(error.to_string())),
        _ => difference(row).map_err(|error| damaged(error.to_string())),
    }
}

fn stable<T: PartialEq + std::fmt::Debug>(
    row: &[u8],
    decode: fn(&[u8]) -> Result<T, StateError>,
    encode: fn(&T) -> Vec<u8>,
) -> Result<T, StateError> {
    let read = decode(row)?;
    let written = encode(&read);
    let again = decode(&written).expect("what was written is read");
    assert_eq!(again, read, "written and read back");
    assert_eq!(encode(&again), written, "written again");
    Ok(read)
}

/// A key that is known is the one that would be written.
fn key(bytes: &[u8], row: &Row<'_>) -> String {
    let (name, written) = match row {
        Row::Meta => ("meta", META_KEY.to_vec()),
        Row::Header(chat) => ("header", codec::header_key(chat)),
        Row::Chunk(chat, chunk) => ("chunk", codec::chunk_key(chat, *chunk)),
        Row::Fingerprints(chat) => ("fingerprints", codec::fingerprints_key(chat)),
        Row::Document(channel) => ("document", codec::document_key(channel)),
        Row::Timer(due, chat) => ("timer", codec::timer_key(*due, chat)),
        Row::Position => ("position", POSITION_KEY.to_vec()),
        Row::DocumentVersion(channel, hash) => ("document version", codec::document_version_key(channel, *hash)),
        Row::Window(window) => ("window", codec::window_key(window)),
        Row::Live(live) => ("live", codec::live_key(live)),
        Row::Unpublished(name) => ("unpublished", codec::unpublished_key(name)),
    };
    assert_eq!(written, bytes, "{row:?}");
    name.to_owned()
}

fn metadata(row: &[u8]) -> Option<String> {
    let read = OffsetMetadata::parse(std::str::from_utf8(row).ok()?)?;
    assert_eq!(OffsetMetadata::parse(&read.to_string()), Some(read));
    Some((read.watermark == Timestamp::MIN).to_string())
}

/// Numbers in damaged rows may be no numbers, which equal nothing: the bytes are compared.
fn chunk(row: &[u8]) -> Result<String, StateError> {
    let read = events_of(row)?;
    let mut writer = JournalWriter::default();
    read.iter().for_each(|event| writer.append(event));
    let mut again = Vec::new();
    writer.changed(&mut |_, chunk| again.extend(events_of(chunk).expect("what was written is read")));
    assert!(same(&read, &again), "written and read back");

    let mut resumed = JournalWriter::resume(1, row)?;
    if let Some(first) = read.first() {
        resumed.append(first);
        let mut grown = Vec::new();
        resumed.changed(&mut |_, chunk| grown.extend(events_of(chunk).expect("a chunk that has grown is read")));
        let expected =
            if resumed.chunks() == 1 { [&read[..], std::slice::from_ref(first)].concat() } else { vec![first.clone()] };
        assert!(same(&grown, &expected), "a chunk that has grown");
    }
    Ok(format!("{:?}", read.first().map(|event| event.kind)))
}

fn events_of(chunk: &[u8]) -> Result<Vec<Event>, StateError> {
    let mut events = Vec::new();
    decode_chunk(chunk, &mut |event| events.push(event))?;
    Ok(events)
}

fn same(these: &[Event], those: &[Event]) -> bool {
    let is_same = |(a, b): (&Event, &Event)| {
        a.key() == b.key() && a.channel_id == b.channel_id && a.data.encode() == b.data.encode()
    };
    these.len() == those.len() && these.iter().zip(those).all(is_same)
}

fn data(row: &[u8]) -> Result<String, String> {
    let (number, stored) = row.split_first().ok_or("empty")?;
    let kind: Kind = kind_numbered(*number);
    let read = EventData::decode(kind, stored).map_err(|error| error.to_string())?;
    let written = read.encode();
    assert_eq!(EventData::decode(kind, &written).expect("what was written is read").encode(), written, "{kind:?}");
    Ok(format!("{kind:?} {:?}", written.len().checked_ilog2()))
}

fn snapshot_row(row: &[u8]) -> Result<String, String> {
    let (which, row) = row.split_first().ok_or("empty")?;
    if which.is_multiple_of(2) {
        let read = decode_window_row(row).map_err(|error| error.to_string())?;
        let written = encode_window_row(&read);
        assert_eq!(decode_window_row(&written).as_ref(), Ok(&read), "written and read back");
        return Ok(format!("window {:?} {}", written.len().checked_ilog2(), read.published.is_some()));
    }
    let read = decode_live_row(row).map_err(|error| error.to_string())?;
    assert_eq!(decode_live_row(&encode_live_row(&read)).as_ref(), Ok(&read), "written and read back");
    Ok(format!("live {}", read.published.is_some()))
}

fn difference(row: &[u8]) -> Result<String, String> {
    let minutes = WindowSize::of_minutes(1).expect("a size");
    let Told::Difference { difference, .. } = decode_difference(row, minutes).map_err(|error| error.to_string())?
    else {
        return Ok("source".to_owned());
    };
    let (mut sums, mut again) = (Snapshots::new(minutes), Snapshots::new(minutes));
    sums.apply(&difference);
    for (_, message) in encode_difference(&difference, 3, 1_000) {
        match decode_difference(&message, minutes) {
            Ok(Told::Difference { difference, .. }) => again.apply(&difference),
            other => panic!("what was written is read: {other:?}"),
        }
    }
    assert_eq!(again, sums, "written and read back");
    Ok(format!("{:?} {:?}", sums.windows.len().checked_ilog2(), sums.live.len()))
}

const _: () = assert!(FORMAT == 1, "a new format wants seeds of its own");
