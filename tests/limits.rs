//! Size limits: what is too large is refused for the right reason, what is merely large costs in proportion.

#[path = "fuzz/allocator.rs"]
mod allocator;
mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use allocator::measured;
use serde_json::{Value, json};
use support::{Line, World, assert_gapless};
use wrapup::calendar::ChannelDocument;
use wrapup::chat::{Fold, Folded, Inserted, Journal};
use wrapup::codec::{HeaderRow, decode_header, header_key};
use wrapup::event::{Decoded, Event, Kind, Message, Reason, Rejection, decode_line, decode_message};
use wrapup::log::{Cluster, TopicSpec};
use wrapup::record::{Content, Revision, project};
use wrapup::time::Timestamp;

#[global_allocator]
static ALLOCATOR: allocator::Counting = allocator::Counting;

const MIB: usize = 1 << 20;
const HOUR: Duration = Duration::from_secs(3_600);
const AT: &str = "2026-03-02T09:00:00.000Z";

fn event(kind: &str, data: &str) -> String {
    envelope("e", kind, AT, data)
}

fn envelope(id: &str, kind: &str, at: &str, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/s","type":"{kind}","subject":"c","time":"{at}","data":{data}}}"#
    )
}

/// The event of a message, or the reason for its refusal.
fn decode(value: &str) -> Result<Event, Reason> {
    decode_as(value.as_bytes(), &[])
}

fn decode_as(value: &[u8], headers: &[(&str, &[u8])]) -> Result<Event, Reason> {
    let headers = headers.iter().map(|(name, value)| (*name, Some(*value)));
    let message =
        Message { key: Some(b"c"), value: Some(value), headers, misrouted: false, timestamp: None, now: None };
    match decode_message(message) {
        Decoded::Event { event, .. } => Ok(event),
        Decoded::Rejected(rejection) => {
            assert!(rejection.detail.len() <= Rejection::DETAIL_MAX);
            Err(rejection.reason)
        }
        Decoded::Ignored => panic!("an unknown type"),
    }
}

/// The event, or the reason, and what it cost per byte.
fn costed(value: &str) -> (Result<Event, Reason>, f64) {
    let (event, cost) = measured(|| decode(value));
    (event, cost.peak as f64 / value.len() as f64)
}

fn record(journal: &Journal) -> Content {
    project("c", journal, &Fold::of(journal), &ChannelDocument::absent(), Timestamp::MAX)
}

fn json_of(content: &Content) -> Value {
    let revision = Revision {
        revision: 1,
        supersedes: None,
        reason: wrapup::record::Reason::SessionEnd,
        changed: Vec::new(),
        finalized_at: Timestamp::from_millis(0),
    };
    serde_json::from_slice(&content.to_json(&revision)).expect("a record is JSON")
}

// ------------------------------------------------------------------------------------------------------- one message

/// Text is not kept, so a message as long as a broker is ever told to take leaves nothing behind.
#[test]
fn the_text_of_a_message_of_100_mb_is_skipped() {
    let text = "x".repeat(100 * MIB);
    let long = event("message.sent", &format!(r#"{{"messageId":"m","person":{{"type":"user"}},"text":"{text}"}}"#));
    let (decoded, cost) = measured(|| decode(&long));
    assert_eq!(decoded.expect("accepted").kind, Kind::MessageSent);
    assert!(cost.peak < 10_000, "{} bytes held", cost.peak);
    let (unparsable, cost) = measured(|| decode(&long[..long.len() - 1]));
    assert_eq!(unparsable, Err(Reason::Unparsable));
    assert!(cost.peak < 10_000, "{} bytes held", cost.peak);
}

#[test]
fn a_line_of_a_file_is_at_most_16_mib() {
    let line = |len: usize| {
        let head = r#"{"specversion":"1.0","id":"e","source":"/s","type":"chat.alf_started","subject":"c","time":"2026-03-02T09:00:00Z","x":""#;
        format!("{head}{}\"}}", "x".repeat(len - head.len() - 2))
    };
    assert!(matches!(decode_line(line(16 * MIB).as_bytes(), None), Decoded::Event { .. }));
    let Decoded::Rejected(rejection) = decode_line(line(16 * MIB + 1).as_bytes(), None) else { panic!("accepted") };
    assert_eq!(rejection.reason, Reason::TooLarge);
}

/// Nesting costs by its length, whatever its depth; free values are refused beyond 120 levels.
#[test]
fn nesting_is_bounded_where_it_is_kept_and_skipped_where_it_is_not() {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let set = |depth: usize| decode(&event("chat.profile_set", &format!(r#"{{"k":{}}}"#, nested(depth))));
    assert!(set(120).is_ok());
    assert_eq!(set(121), Err(Reason::InvalidData));
    assert_eq!(set(1_000_000), Err(Reason::InvalidData));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    assert_eq!(decode(&event("chat.updated", &format!(r#"{{"selectedMenu":{objects}}}"#))), Err(Reason::InvalidData));
    let (unknown, held) = costed(&event("chat.alf_started", &format!(r#"{{"unknown":{}}}"#, nested(1_000_000))));
    assert!(unknown.is_ok() && held < 2.0, "{held} bytes held per byte");
    let unclosed = event("chat.alf_started", &"[".repeat(1_000_000));
    assert_eq!(decode(&unclosed), Err(Reason::Unparsable));
    assert_eq!(decode(&nested(1_000_000)), Err(Reason::InvalidEnvelope));
    let record = json_of(&record(&Journal::from_iter(set(120))));
    assert!(record["profile"]["k"].is_array(), "a record that is nested as deep as can be is read");
}

/// Canonical text is made in one go: depth times length would be seconds for a few megabytes.
#[test]
fn deep_and_wide_values_are_read_in_one_pass() {
    let wide = format!("[{}1]", "1,".repeat(2 * MIB));
    let deep = format!("{}{wide}{}", "[".repeat(100), "]".repeat(100));
    let (shallow, shallow_cost) = measured(|| decode(&event("chat.profile_set", &format!(r#"{{"k":{wide}}}"#))));
    let (nested, nested_cost) = measured(|| decode(&event("chat.profile_set", &format!(r#"{{"k":{deep}}}"#))));
    assert!(shallow.is_ok() && nested.is_ok());
    assert!(nested_cost.bytes < 2 * shallow_cost.bytes, "{nested_cost:?} and {shallow_cost:?}");
}

#[test]
fn ids_and_texts_may_be_long() {
    let long = "i".repeat(4 * MIB);
    for value in [
        envelope(&long, "chat.alf_started", AT, "{}"),
        event("chat.assigned", &format!(r#"{{"managerId":"{long}"}}"#)),
        event("chat.assigned", &format!(r#"{{"managerId":{}}}"#, "7".repeat(4 * MIB))),
        event("chat.updated", &format!(r#"{{"title":"{long}"}}"#)),
    ] {
        let (decoded, held) = costed(&value);
        let journal = Journal::from_iter(decoded);
        assert!(journal.len() == 1 && held < 3.0, "{held} bytes held per byte");
        assert!(json_of(&record(&journal)).is_object());
    }
}

#[test]
fn a_million_tags_are_one_event_and_one_record() {
    let names: Vec<String> = (0..1_000_000).map(|n| format!(r#""t{n}""#)).collect();
    let value = event("chat.tagged", &format!(r#"{{"add":[{}]}}"#, names.join(",")));
    let (decoded, held) = costed(&value);
    assert!(held < 12.0, "{held} bytes held per byte");
    let journal = Journal::from_iter(decoded);
    let (record, cost) = measured(|| record(&journal));
    assert!(cost.peak < 40 * value.len() as u64, "{cost:?}");
    assert_eq!(json_of(&record)["tags"].as_array().map(Vec::len), Some(1_000_000));
}

/// What costs most: a byte of text for each id, and a comma.
#[test]
fn a_million_short_ids_are_one_event() {
    let value = event("chat.followers_set", &format!(r#"{{"managerIds":[{}1]}}"#, "1,".repeat(1_000_000)));
    let (decoded, held) = costed(&value);
    assert!(decoded.is_ok() && held < 60.0, "{held} bytes held per byte");
}

#[test]
fn thousands_of_custom_keys_are_kept_and_compared() {
    let keys: Vec<String> = (0..20_000).map(|n| format!(r#""k{n}":{n}"#)).collect();
    let value = event("chat.profile_set", &format!("{{{}}}", keys.join(",")));
    let (decoded, held) = costed(&value);
    assert!(held < 40.0, "{held} bytes held per byte");
    let before = record(&Journal::from_iter(decoded));
    assert_eq!(json_of(&before)["profile"]["k19999"], json!(19_999));
    assert!(before.changed_since(&before.fingerprints()).is_empty());
    let less = record(&Journal::from_iter(decode(&event("chat.profile_set", "{}"))));
    assert_eq!(less.changed_since(&before.fingerprints()).len(), 20_000);
}

/// Every `clear` was looked for among all fields: a message of a megabyte took minutes.
#[test]
fn a_protobuf_message_that_clears_the_same_again_and_again_is_read_in_one_pass() {
    let mut data = Vec::new();
    for _ in 0..2_000_000 {
        data.extend([0xaa, 0x06, 5]);
        data.extend(b"title");
    }
    let headers: &[(&str, &[u8])] = &[
        ("content-type", b"application/protobuf"),
        ("ce_specversion", b"1.0"),
        ("ce_id", b"e"),
        ("ce_source", b"/s"),
        ("ce_type", b"chat.updated"),
        ("ce_time", AT.as_bytes()),
    ];
    let (decoded, cost) = measured(|| decode_as(&data, headers));
    assert_eq!(decoded, decode(&event("chat.updated", r#"{"title":null}"#)));
    assert!(cost.peak < 12 * data.len() as u64, "{cost:?}");
}

#[test]
fn a_detail_is_cut_short() {
    let detail = Rejection::new(Reason::InvalidDirectory, "é".repeat(MIB)).detail;
    assert!(detail.len() <= Rejection::DETAIL_MAX && detail.ends_with("é…"));
    assert_eq!(Rejection::new(Reason::InvalidDirectory, "short").detail, "short");
}

// ---------------------------------------------------------------------------------------------------------- one chat

/// The `data` of the event of a number.
type Data = Box<dyn Fn(usize) -> String>;

/// The types that records have rows for, or that a fold must look back for.
fn crowded() -> Vec<(&'static str, Data)> {
    let same = |data: &'static str| Box::new(move |_: usize| data.to_owned()) as Data;
    vec![
        ("queue.entered", Box::new(|n| format!(r#"{{"queueId":"q{n}"}}"#))),
        ("queue.left", Box::new(|n| format!(r#"{{"queueId":"q{n}","outcome":"answered"}}"#))),
        ("agent.connected", Box::new(|n| format!(r#"{{"managerId":"m{n}","participantId":"p{n}"}}"#))),
        ("agent.disconnected", Box::new(|n| format!(r#"{{"managerId":"m{n}"}}"#))),
        ("chat.assigned", Box::new(|n| format!(r#"{{"managerId":"m{n}"}}"#))),
        ("chat.opened", same(r#"{"by":"user"}"#)),
        ("chat.closed", same(r#"{"by":"user"}"#)),
        ("chat.snoozed", same("{}")),
        (
            "chat.transferred",
            Box::new(|n| {
                format!(
                    r#"{{"transferId":"t{n}","status":"transferred","fromAgent":{{"id":"m{n}"}},"toAgent":{{"id":"m{}"}}}}"#,
                    n + 1
                )
            }),
        ),
        ("participant.joined", Box::new(|n| format!(r#"{{"participantId":"p{n}","type":"agent"}}"#))),
        ("meet.started", Box::new(|n| format!(r#"{{"meetId":"m{n}","type":"phone","direction":"INBOUND"}}"#))),
        ("meet.engaged", Box::new(|n| format!(r#"{{"meetId":"m{n}"}}"#))),
        ("va.connected", Box::new(|n| format!(r#"{{"virtualAgent":{{"id":"v{n}"}}}}"#))),
        ("chat.tagged", Box::new(|n| format!(r#"{{"add":["t{n}"],"remove":["t{}"]}}"#, n.wrapping_sub(9)))),
        ("chat.profile_set", Box::new(|n| format!(r#"{{"k{n}":1}}"#))),
        ("chat.media_added", same(r#"{"kind":"photo","id":"i","url":"u"}"#)),
        (
            "message.sent",
            Box::new(|n| {
                format!(r#"{{"messageId":"m","person":{{"type":"{}","id":"m1"}}}}"#, ["user", "manager"][n % 2])
            }),
        ),
    ]
}

/// Full chats of one type, of all types in turns, of one millisecond: the record costs by the number of events.
#[test]
fn a_full_chat_costs_in_proportion() {
    let times = |n: usize| Timestamp::from_millis(1_772_442_000_000 + n as i64 * 1_000).to_string();
    let kinds = crowded();
    let mut chats: Vec<(String, Journal)> = Vec::new();
    for (kind, data) in &kinds {
        let event = |n: usize| decode(&envelope(&format!("e{n}"), kind, &times(n), &data(n))).expect("accepted");
        chats.push(((*kind).to_owned(), (0..Journal::CAPACITY).map(event).collect()));
    }
    for step in [0, 1_000] {
        let event = |n: usize| {
            let (kind, data) = &kinds[n % kinds.len()];
            decode(&envelope(&format!("e{n}"), kind, &times(n * step / 1_000), &data(n / kinds.len())))
                .expect("accepted")
        };
        chats.push((format!("in turns, {step} ms apart"), (0..Journal::CAPACITY).map(event).collect()));
    }
    for (name, journal) in chats {
        assert_eq!(journal.len(), Journal::CAPACITY);
        let (record, cost) = measured(|| record(&journal));
        let per_event = cost.bytes / Journal::CAPACITY as u64;
        assert!(per_event < 30_000, "{name}: {per_event} bytes allocated for each event");
        assert!(json_of(&record).is_object(), "{name}");
    }
}

/// The 20,001st event and all that follow are refused, whatever came before; duplicates still are duplicates.
#[test]
fn a_chat_of_100_000_events_keeps_the_first_20_000() {
    let (mut journal, mut fold) = (Journal::new(), Fold::default());
    let mut refused = 0;
    for n in 0..100_000_usize {
        // In an order that is not that of the times.
        let at = Timestamp::from_millis(1_772_442_000_000 + (n as i64 * 7_919) % 100_003);
        let event = decode(&envelope(&format!("e{n}"), "chat.alf_started", &at.to_string(), "{}")).expect("accepted");
        match journal.insert(event) {
            Inserted::Full => refused += 1,
            Inserted::Appended => assert_eq!(fold.append(journal.last().expect("one")), Folded::Applied),
            Inserted::Within => {}
            Inserted::Duplicate => panic!("none is there twice"),
        }
    }
    assert_eq!((journal.len(), refused), (Journal::CAPACITY, 80_000));
    let again = journal.arrived()[17].clone();
    assert_eq!(journal.insert(again), Inserted::Duplicate);
}

// ----------------------------------------------------------------------------------------------------- one document

#[test]
fn documents_of_thousands_of_intervals_and_dates_are_compiled_once() {
    let intervals: Vec<Value> = (0..10_000)
        .map(|n| json!([format!("{:02}:{:02}", n / 60 % 24, n % 60), format!("{:02}:{:02}", n / 60 % 24, n % 60)]))
        .collect();
    let every_other: Vec<Value> = (0..720)
        .map(|n| json!([format!("{:02}:{:02}", n / 30, n % 30 * 2), format!("{:02}:{:02}", n / 30, n % 30 * 2 + 1)]))
        .collect();
    let dates: Vec<String> =
        (0..50_000).map(|n| format!("{:04}-{:02}-{:02}", 2000 + n / 336, n / 28 % 12 + 1, n % 28 + 1)).collect();
    let special: BTreeMap<&String, Value> =
        dates.iter().take(5_000).map(|date| (date, json!([["09:00", "10:00"]]))).collect();
    let switches: Vec<Value> =
        (0..5_000).map(|n| json!({"at": Timestamp::from_millis(1_767_225_600_000 + n * 3_600_000).to_string(), "open": n % 2 == 0})).collect();
    let weekly = json!({"mon": every_other, "tue": intervals, "wed": [["00:00", "24:00"]]});
    let document = json!({
        "timezone": "America/Santiago", "switches": switches,
        "operatingHours": [{"effectiveFrom": "2000-01-01", "weekly": weekly, "breaks": weekly, "holidays": dates, "special": special}],
    });
    let text = document.to_string();
    let (read, cost) = measured(|| ChannelDocument::parse(text.as_bytes()));
    let document = read.expect("it can be used");
    assert!(cost.peak < 40 * text.len() as u64, "{cost:?} for {} bytes", text.len());
    let (from, to) = (Timestamp::OLDEST, Timestamp::parse("2026-12-31T00:00:00Z").expect("a time"));
    let (whole, cost) = measured(|| document.operating_time(from, to));
    let (again, nothing) = measured(|| document.operating_time(from, to));
    assert_eq!(whole, again);
    assert_eq!(nothing.allocations, 0, "hours that are compiled are looked up");
    assert!(cost.peak < 200 * MIB as u64, "{cost:?} for 27 years");
}

/// Every day until the year 9999 named a holiday: the end of a switch is looked for through all of them.
#[test]
fn a_switch_before_millennia_of_holidays_ends_where_they_do() {
    let mut dates = Vec::new();
    let mut at = Timestamp::parse("2026-01-01T00:00:00Z").expect("a time");
    let last = Timestamp::parse("2999-12-31T00:00:00Z").expect("a time");
    while at < last {
        dates.push(at.to_string()[..10].to_owned());
        at = at.saturating_add(wrapup::time::Span::from_hours(24));
    }
    let document = json!({
        "switches": [{"at": "2026-01-02T00:00:00Z", "open": true}],
        "operatingHours": [{"effectiveFrom": "2000-01-01", "holidays": dates, "weekly": {"mon": [["09:00", "10:00"]]}}],
    });
    let document = ChannelDocument::parse(document.to_string().as_bytes()).expect("it can be used");
    assert!(document.is_open(Timestamp::parse("2999-12-30T00:00:00Z").expect("a time")));
    assert!(!document.is_open(Timestamp::parse("3000-01-07T00:00:00Z").expect("a time")));
}

// ----------------------------------------------------------------------------------------------- through the engine

/// A world whose inputs take far more than state and records may have, and dead letters as `topics create` makes them.
fn world(large: usize) -> World {
    let mut world = World::new("2026-03-02T09:10:30Z", 1);
    let spec = |name: &str, bytes: usize| TopicSpec {
        name: name.to_owned(),
        partitions: 1,
        replication: None,
        config: BTreeMap::from([("max.message.bytes".to_owned(), bytes.to_string())]),
    };
    let mut specs: Vec<TopicSpec> = support::INPUTS.iter().map(|name| spec(&format!("large-{name}"), large)).collect();
    specs.push(spec("large-dead-letters", large + (64 << 10)));
    specs.push(spec("large-directory", 16 * MIB));
    world.cluster.create_topics(&specs).expect("topics");
    let topics = &mut world.settings.topics;
    topics.inputs = support::INPUTS.map(|name| format!("large-{name}"));
    topics.dead_letters = "large-dead-letters".to_owned();
    topics.directory = "large-directory".to_owned();
    world.start("a", 1);
    world.settle();
    world
}

fn send(world: &mut World, line: &Line) {
    let topic = format!("large-{}", support::INPUTS[line.topic]);
    world.produce(&topic, line.chat.as_bytes(), Some(line.json.as_bytes()));
}

fn closed_chat(chat: &str) -> Vec<Line> {
    vec![
        Line::of(chat, "1", "chat.created", "2026-03-02T09:00:00Z", json!({"channelId": "c1"})),
        Line::of(chat, "2", "chat.opened", "2026-03-02T09:00:01Z", json!({"by": "user"})),
        Line::of(chat, "3", "chat.closed", "2026-03-02T09:05:00Z", json!({"by": "manager"})),
    ]
}

fn dead_letters(world: &World) -> Vec<(String, usize)> {
    let letters = world.read("large-dead-letters");
    letters.into_iter().map(|(key, value)| (key, value.unwrap_or_default().len())).collect()
}

/// What no row can hold is found by bisection and buried whole; what is before and behind it goes on.
#[test]
fn messages_of_100_mb_pass_or_become_dead_letters() {
    let mut world = world(128 * MIB);
    let text = Line::of(
        "a",
        "9",
        "message.sent",
        "2026-03-02T09:01:00Z",
        json!({"messageId": "m", "person": {"type": "user"}, "text": "x".repeat(100 * MIB)}),
    );
    let tag = Line::of("a", "10", "chat.tagged", "2026-03-02T09:01:00Z", json!({"add": ["x".repeat(100 * MIB)]}));
    let broken = Line { json: tag.json[..tag.json.len() - 1].to_owned(), ..tag.clone() };
    for line in closed_chat("a").iter().take(2).chain([&text, &tag, &broken]).chain(&closed_chat("a")[2..]) {
        send(&mut world, line);
    }
    closed_chat("b").iter().for_each(|line| send(&mut world, line));
    world.settle();
    world.pass(HOUR, Duration::from_secs(60));
    let records = world.records();
    assert_gapless(&records);
    assert_eq!(records.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(records["a"][0]["chat"]["message_count"], 1);
    let mut letters = dead_letters(&world);
    letters.sort();
    assert_eq!(letters, [("a".to_owned(), broken.json.len()), ("a".to_owned(), tag.json.len())]);
}

/// Two events that fit make a record that does not: the task stops and says so; the process and other tasks go on.
#[test]
fn a_record_that_its_topic_refuses_stops_its_task_with_an_alarm() {
    let mut world = world(16 * MIB);
    let mut lines = closed_chat("a");
    for id in ["8", "9"] {
        let name = id.repeat(9 * MIB);
        lines.push(Line::of("a", id, "chat.tagged", "2026-03-02T09:01:00Z", json!({"add": [name]})));
    }
    lines.iter().for_each(|line| send(&mut world, line));
    closed_chat("b").iter().for_each(|line| send(&mut world, line));
    world.settle();
    world.pass(HOUR, Duration::from_secs(60));
    let health = world.instances["a"].health.clone().expect("an instance has its health");
    let alarms = health.unready();
    assert!(alarms.iter().any(|alarm| alarm.contains("raise the topics' max.message.bytes")), "{alarms:?}");
    assert_eq!(dead_letters(&world), []);
    assert!(!world.records().contains_key("a"));
}

/// A directory value quoted in its own dead letter made one of twice its size, which no topic takes: every transaction
/// failed, for ever.
#[test]
fn a_directory_value_of_16_mib_that_is_no_object_is_buried() {
    let mut world = world(16 * MIB);
    let text = format!("\"{}\"", "x".repeat(16 * MIB - 1_000));
    world.produce("large-directory", b"manager/m", Some(text.as_bytes()));
    closed_chat("a").iter().for_each(|line| send(&mut world, line));
    world.settle();
    world.pass(HOUR, Duration::from_secs(60));
    assert_eq!(dead_letters(&world), [("manager/m".to_owned(), text.len())]);
    assert_eq!(world.records()["a"].len(), 1);
}

/// Half a million in one chat would be minutes; the 20,001st event tells what the others get.
#[test]
fn the_20_001st_event_of_a_chat_is_a_dead_letter_and_the_chat_has_its_record() {
    let mut world = world(128 * MIB);
    let mut lines = closed_chat("a");
    let close = lines.pop().expect("the close");
    lines.push(close);
    for n in 0..20_100 {
        let at = Timestamp::from_millis(1_772_442_001_000 + n).to_string();
        lines.push(Line::of("a", &format!("m{n}"), "chat.alf_started", &at, json!({})));
    }
    lines.push(lines[5].clone());
    lines.iter().for_each(|line| send(&mut world, line));
    world.settle();
    world.pass(HOUR, Duration::from_secs(60));
    assert_eq!(dead_letters(&world).len(), 103, "a duplicate is none of them");
    let records = world.records();
    assert_gapless(&records);
    assert_eq!(records["a"][0]["state"], "closed");
    world.kill("a", false);
    let store = world.instances["a"].stores.clone();
    let header = wrapup::store::Stores::open(&store, 0).expect("a store").get(&header_key("a")).expect("read");
    let header = header.expect("a header row");
    assert!(header.len() < 16 << 10, "{} bytes", header.len());
    let Ok(HeaderRow::Chat(header)) = decode_header(&header) else { panic!("no chat") };
    assert_eq!(header.events, 20_000);
}
