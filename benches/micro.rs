//! What the steps of the pure part cost, over the same invented chats: `make bench-micro`, or `cargo bench
//! --no-default-features --bench micro` with a part of a name. A benchmark's second name says what one of its elements is.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

use wrapup::calendar::ChannelDocument;
use wrapup::chat::{Fold, Inserted, Journal};
use wrapup::codec::{
    Header, HeaderRow, JournalWriter, decode_chunk, decode_fingerprints, decode_header, encode_fingerprints,
    encode_header,
};
use wrapup::event::{Decoded, Event, Header as Attribute, Message, decode_message};
use wrapup::finalization::{Arrivals, Firing, Life, Windows, fire};
use wrapup::generate::{Generated, Options, Topic, Traffic};
use wrapup::record::{Content, Fingerprints, Reason, Revision, project};
use wrapup::snapshot::{Contributions, Difference, WindowSize};
use wrapup::time::Timestamp;

const CHATS: u64 = 400;
const STRUCTURED: [Attribute<'static>; 1] = [("content-type", Some(b"application/cloudevents+json"))];

criterion_group! {
    name = micro;
    // An iteration is hundreds of chats long: few are enough.
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = steps
}
criterion_main!(micro);

fn steps(bench: &mut Criterion) {
    let traffic = Traffic::new(1, CHATS, Options { out_of_order: 0.0, ..Options::default() });
    let documents: BTreeMap<String, String> = traffic.directory().into_iter().map(|e| (e.key, e.json)).collect();
    let events: Vec<Generated> = traffic.collect();
    let chats = chats(&events, &documents);
    decoding(bench, &events);
    folding(bench, &chats);
    state(bench, &chats);
    records(bench, &chats);
    snapshots(bench, &chats);
}

/// Times `run` over what `setup` makes anew each time, which is not counted; one run is about `count` elements.
fn measure<T>(bench: &mut Criterion, name: &str, of: &str, count: usize, setup: impl FnMut() -> T, run: impl FnMut(T)) {
    let mut group = bench.benchmark_group(name);
    group.throughput(Throughput::Elements(count as u64));
    let (mut setup, mut run) = (setup, run);
    group.bench_function(of, |timed| timed.iter_batched(&mut setup, &mut run, BatchSize::LargeInput));
    group.finish();
}

/// A chat in every form that the steps take and give.
struct Chat {
    id: String,
    /// As they came: in canonical order.
    events: Vec<Event>,
    journal: Journal,
    fold: Fold,
    document: ChannelDocument,
    due: Timestamp,
    header: HeaderRow,
    chunks: Vec<Vec<u8>>,
    prints: Fingerprints,
    content: Content,
    revision: Revision,
}

fn decoded(event: &Generated) -> (String, Event) {
    match decode_message(message(event)) {
        Decoded::Event { chat_id, event } => (chat_id.into_owned(), event),
        other => panic!("an invented event is not accepted: {other:?}"),
    }
}

fn message(event: &Generated) -> Message<'_, [Attribute<'static>; 1]> {
    Message {
        key: Some(event.key.as_bytes()),
        value: Some(event.json.as_bytes()),
        headers: STRUCTURED,
        misrouted: false,
        timestamp: Some(event.arrival),
        now: Some(event.arrival),
    }
}

/// The chats that get a record.
fn chats(events: &[Generated], documents: &BTreeMap<String, String>) -> Vec<Chat> {
    let mut by_chat: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for event in events {
        let (id, event) = decoded(event);
        by_chat.entry(id).or_default().push(event);
    }
    let whole = |(id, mut events): (String, Vec<Event>)| {
        events.sort_by(|a, b| a.key().cmp(&b.key()));
        chat(id, events, documents)
    };
    by_chat.into_iter().filter_map(whole).collect()
}

fn chat(id: String, events: Vec<Event>, documents: &BTreeMap<String, String>) -> Option<Chat> {
    let journal: Journal = events.iter().cloned().collect();
    let fold = Fold::of(&journal);
    let raw = &documents[&format!("channel/{}", fold.channel_id()?)];
    let document = ChannelDocument::parse(raw.as_bytes()).expect("an invented document can be used");
    let windows = Windows::default();
    let mut arrivals = Arrivals::of(events[0].time);
    events.iter().for_each(|event| arrivals.add(event.time));
    let (mut life, mut prints, mut emitted) = (Life::default(), None, None);
    life.settle(&fold, arrivals, Timestamp::MIN, &windows);
    let due = fold.ended_at()?.saturating_add(windows.update_window);
    let firing =
        Firing { chat_id: &id, journal: &journal, fold: &fold, document: &document, watermark: due, windows: &windows };
    fire(&firing, &mut life, &mut prints, &mut |record| emitted = Some(record));
    let mut writer = JournalWriter::default();
    events.iter().for_each(|event| writer.append(event));
    let mut chunks = Vec::new();
    writer.changed(&mut |_, bytes| chunks.push(bytes.to_vec()));
    let header = HeaderRow::Chat(Box::new(Header {
        chunks: writer.chunks(),
        events: events.len() as u32,
        deadline: life.deadline(&fold),
        channel_id: fold.channel_id().map(Into::into),
        life,
        contributed: None,
    }));
    let (prints, record) = (prints?, emitted?);
    let (content, revision) = (record.content, record.revision);
    Some(Chat { id, events, journal, fold, document, due, header, chunks, prints, content, revision })
}

fn decoding(bench: &mut Criterion, events: &[Generated]) {
    for (name, topic) in [
        ("decode chat event", Topic::Chat),
        ("decode message event", Topic::Message),
        ("decode queue event", Topic::Queue),
    ] {
        let events: Vec<&Generated> = events.iter().filter(|event| event.topic == topic).collect();
        let run = |()| events.iter().for_each(|event| drop(black_box(decode_message(message(black_box(event))))));
        measure(bench, name, "event", events.len(), || (), run);
    }
}

fn folding(bench: &mut Criterion, chats: &[Chat]) {
    let count = chats.iter().map(|chat| chat.events.len()).sum();
    let in_order = || chats.iter().map(|chat| chat.events.clone()).collect::<Vec<_>>();
    measure(bench, "fold in order", "event", count, in_order, |chats| {
        for events in chats {
            let (mut journal, mut fold) = (Journal::new(), Fold::default());
            for event in events {
                assert_eq!(journal.insert(event), Inserted::Appended);
                let _ = fold.append(journal.last().expect("an event was inserted"));
            }
            black_box((journal, fold));
        }
    });
    // One event of the middle comes last of all: it is inserted, and the chat is folded again.
    let late = || {
        let missing = |chat: &Chat| {
            let mut events = chat.events.clone();
            let late = events.remove(events.len() / 2);
            (events.into_iter().collect::<Journal>(), late)
        };
        chats.iter().map(missing).collect::<Vec<_>>()
    };
    measure(bench, "insert late and fold again", "chat", chats.len(), late, |chats| {
        for (mut journal, late) in chats {
            assert_eq!(journal.insert(late), Inserted::Within);
            black_box((Fold::of(&journal), journal));
        }
    });
}

fn state(bench: &mut Criterion, chats: &[Chat]) {
    let events: usize = chats.iter().map(|chat| chat.events.len()).sum();
    let each = |run: fn(&Chat)| move |()| chats.iter().for_each(run);
    let count = chats.len();
    measure(bench, "encode header", "row", count, || (), each(|chat| drop(black_box(encode_header(&chat.header)))));
    measure(
        bench,
        "encode chunk",
        "event",
        events,
        || (),
        each(|chat| {
            let mut writer = JournalWriter::default();
            chat.events.iter().for_each(|event| writer.append(event));
            black_box(writer);
        }),
    );
    let prints = each(|chat| drop(black_box(encode_fingerprints(&chat.prints))));
    measure(bench, "encode fingerprints", "row", count, || (), prints);
    let headers: Vec<Vec<u8>> = chats.iter().map(|chat| encode_header(&chat.header)).collect();
    let prints: Vec<Vec<u8>> = chats.iter().map(|chat| encode_fingerprints(&chat.prints)).collect();
    let run = |()| headers.iter().for_each(|row| drop(black_box(decode_header(row))));
    measure(bench, "decode header", "row", count, || (), run);
    measure(
        bench,
        "decode chunk",
        "event",
        events,
        || (),
        each(|chat| {
            for chunk in &chat.chunks {
                decode_chunk(chunk, &mut |event| drop(black_box(event))).expect("what was encoded");
            }
        }),
    );
    let run = |()| prints.iter().for_each(|row| drop(black_box(decode_fingerprints(row))));
    measure(bench, "decode fingerprints", "row", count, || (), run);
}

fn records(bench: &mut Criterion, chats: &[Chat]) {
    let each = |run: fn(&Chat)| move |()| chats.iter().for_each(run);
    let count = chats.len();
    measure(
        bench,
        "project record",
        "record",
        count,
        || (),
        each(|chat| {
            black_box(project(&chat.id, &chat.journal, &chat.fold, &chat.document, chat.due));
        }),
    );
    let prints = each(|chat| drop(black_box(chat.content.fingerprints())));
    measure(bench, "fingerprint record", "record", count, || (), prints);
    let changes = each(|chat| drop(black_box(chat.content.changed_since(&chat.prints))));
    measure(bench, "compare record", "record", count, || (), changes);
    let json = each(|chat| drop(black_box(chat.content.to_json(&chat.revision))));
    measure(bench, "write record as JSON", "record", count, || (), json);
    assert!(chats.iter().all(|chat| chat.revision.reason == Reason::SessionEnd));
}

fn snapshots(bench: &mut Criterion, chats: &[Chat]) {
    let of = |chat: &Chat| Contributions::of(&chat.journal, &chat.fold, &chat.document, false);
    let run = |()| chats.iter().for_each(|chat| drop(black_box(of(chat))));
    measure(bench, "contributions", "chat", chats.len(), || (), run);
    // What changes when the chat's last event comes.
    let pairs: Vec<(Contributions, Contributions)> = chats.iter().map(|chat| (before_last(chat), of(chat))).collect();
    let smallest = WindowSize::Minutes5;
    measure(
        bench,
        "snapshot difference",
        "chat",
        pairs.len(),
        || (),
        |()| {
            for (before, after) in &pairs {
                let mut difference = Difference::new(smallest);
                difference.change(before, after);
                black_box(difference);
            }
        },
    );
}

fn before_last(chat: &Chat) -> Contributions {
    let journal: Journal = chat.events[..chat.events.len() - 1].iter().cloned().collect();
    Contributions::of(&journal, &Fold::of(&journal), &chat.document, false)
}
