//! What the steps of the pure part cost: `cargo bench --no-default-features --bench micro`; `-- --json` for one JSON object
//! a line. Each figure is the median of several rounds over the same invented chats, with the fastest and the slowest.

use std::collections::BTreeMap;
use std::hint::black_box;

use wrapup::calendar::ChannelDocument;
use wrapup::chat::{Fold, Inserted, Journal};
use wrapup::clock::{Clock, SystemClock};
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
const ROUNDS: usize = 15;
const STRUCTURED: [Attribute<'static>; 1] = [("content-type", Some(b"application/cloudevents+json"))];

fn main() {
    let bench = Bench { clock: SystemClock::new(), json: std::env::args().any(|argument| argument == "--json") };
    let traffic = Traffic::new(1, CHATS, Options { out_of_order: 0.0, ..Options::default() });
    let documents: BTreeMap<String, String> = traffic.directory().into_iter().map(|e| (e.key, e.json)).collect();
    let events: Vec<Generated> = traffic.collect();
    let chats = chats(&events, &documents);
    decoding(&bench, &events);
    folding(&bench, &chats);
    state(&bench, &chats);
    records(&bench, &chats);
    snapshots(&bench, &chats);
}

struct Bench {
    clock: SystemClock,
    json: bool,
}

impl Bench {
    /// Times `run` over what `setup` makes anew for each round, which costs nothing; `count` things are done in a round.
    fn measure<T>(&self, name: &str, of: &str, count: usize, mut setup: impl FnMut() -> T, mut run: impl FnMut(T)) {
        run(setup());
        let mut rounds: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let input = setup();
                let before = self.clock.monotonic();
                run(input);
                (self.clock.monotonic() - before).as_secs_f64() * 1e9 / count as f64
            })
            .collect();
        rounds.sort_by(f64::total_cmp);
        let (least, median, most) = (rounds[0], rounds[ROUNDS / 2], rounds[ROUNDS - 1]);
        if self.json {
            println!(r#"{{"name":"{name}","of":"{of}","ns":{median:.1},"least":{least:.1},"most":{most:.1}}}"#);
        } else {
            println!("{name}: {median:.0} ns per {of} ({least:.0} to {most:.0})");
        }
    }
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

fn decoding(bench: &Bench, events: &[Generated]) {
    for (name, topic) in [
        ("decode chat event", Topic::Chat),
        ("decode message event", Topic::Message),
        ("decode queue event", Topic::Queue),
    ] {
        let events: Vec<&Generated> = events.iter().filter(|event| event.topic == topic).collect();
        let run = |()| events.iter().for_each(|event| drop(black_box(decode_message(message(black_box(event))))));
        bench.measure(name, "event", events.len(), || (), run);
    }
}

fn folding(bench: &Bench, chats: &[Chat]) {
    let count = chats.iter().map(|chat| chat.events.len()).sum();
    let in_order = || chats.iter().map(|chat| chat.events.clone()).collect::<Vec<_>>();
    bench.measure("fold in order", "event", count, in_order, |chats| {
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
    bench.measure("insert late and fold again", "chat", chats.len(), late, |chats| {
        for (mut journal, late) in chats {
            assert_eq!(journal.insert(late), Inserted::Within);
            black_box((Fold::of(&journal), journal));
        }
    });
}

fn state(bench: &Bench, chats: &[Chat]) {
    let events: usize = chats.iter().map(|chat| chat.events.len()).sum();
    let each = |run: fn(&Chat)| move |()| chats.iter().for_each(run);
    let count = chats.len();
    bench.measure("encode header", "row", count, || (), each(|chat| drop(black_box(encode_header(&chat.header)))));
    bench.measure(
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
    bench.measure("encode fingerprints", "row", count, || (), prints);
    let headers: Vec<Vec<u8>> = chats.iter().map(|chat| encode_header(&chat.header)).collect();
    let prints: Vec<Vec<u8>> = chats.iter().map(|chat| encode_fingerprints(&chat.prints)).collect();
    let run = |()| headers.iter().for_each(|row| drop(black_box(decode_header(row))));
    bench.measure("decode header", "row", count, || (), run);
    bench.measure(
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
    bench.measure("decode fingerprints", "row", count, || (), run);
}

fn records(bench: &Bench, chats: &[Chat]) {
    let each = |run: fn(&Chat)| move |()| chats.iter().for_each(run);
    let count = chats.len();
    bench.measure(
        "project record",
        "record",
        count,
        || (),
        each(|chat| {
            black_box(project(&chat.id, &chat.journal, &chat.fold, &chat.document, chat.due));
        }),
    );
    let prints = each(|chat| drop(black_box(chat.content.fingerprints())));
    bench.measure("fingerprint record", "record", count, || (), prints);
    let changes = each(|chat| drop(black_box(chat.content.changed_since(&chat.prints))));
    bench.measure("compare record", "record", count, || (), changes);
    let json = each(|chat| drop(black_box(chat.content.to_json(&chat.revision))));
    bench.measure("write record as JSON", "record", count, || (), json);
    assert!(chats.iter().all(|chat| chat.revision.reason == Reason::SessionEnd));
}

fn snapshots(bench: &Bench, chats: &[Chat]) {
    let of = |chat: &Chat| Contributions::of(&chat.journal, &chat.fold, &chat.document, false);
    let run = |()| chats.iter().for_each(|chat| drop(black_box(of(chat))));
    bench.measure("contributions", "chat", chats.len(), || (), run);
    // What changes when the chat's last event comes.
    let pairs: Vec<(Contributions, Contributions)> = chats.iter().map(|chat| (before_last(chat), of(chat))).collect();
    let smallest = WindowSize::Minutes5;
    bench.measure(
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
