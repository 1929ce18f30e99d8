//! What explains a record's numbers adds up to them: over invented traffic, and over chats of any events at all.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use wrapup::calendar::ChannelDocument;
use wrapup::chat::metric::{Unit, metrics};
use wrapup::chat::{Fold, Inserted, Journal};
use wrapup::event::{Decoded, Event, decode_line};
use wrapup::explain::{Explanation, Subject, durations, explain, timeline, timeline_to_json, to_json};
use wrapup::generate::{Options, Traffic};
use wrapup::record::{Reason, Revision, project};
use wrapup::time::{Span, Timestamp};

/// Every way of being closed, in a zone that changes its clocks on the last Sunday of March.
const PARIS: &str = r#"{"timezone":"Europe/Paris","profileSchema":{"vip":"Boolean"},"operatingHours":[
    {"effectiveFrom":"2026-01-01","weekly":{"mon":[["09:00","18:00"]],"tue":[["18:00","02:00"]],"fri":[["09:00","18:00"]],
     "sat":[["22:00","04:00"]],"sun":[["02:30","12:00"]]},"breaks":{"mon":[["12:00","13:00"]],"sat":[["23:00","23:10"]]},
     "holidays":["2026-03-27"],"special":{"2026-04-01":[["10:00","11:00"]]}}],
    "switches":[{"at":"2026-03-30T08:00:00Z","open":false},{"at":"2026-03-30T19:00:00Z","open":true}]}"#;
/// Closed but for manual switches.
const SHUT: &str = r#"{"operatingHours":[{"effectiveFrom":"2026-01-01"}],"switches":[{"at":"2026-03-28T00:00:00Z","open":true},
    {"at":"2026-03-30T00:00:00Z","open":false}]}"#;

fn record(subject: &Subject<'_>) -> Value {
    let content = project(subject.chat_id, subject.journal, subject.fold, subject.document, subject.due);
    let finalized_at = Timestamp::from_millis(0);
    let changed = Vec::new();
    let revision = Revision { revision: 1, supersedes: None, reason: Reason::SessionEnd, changed, finalized_at };
    serde_json::from_slice(&content.to_json(&revision)).expect("JSON")
}

fn millis(seconds: &Value) -> i64 {
    // Exact: no duration has more digits than a double keeps.
    (seconds.as_f64().expect("a number") * 1_000.0).round() as i64
}

fn at(time: &Value) -> i64 {
    Timestamp::parse(time.as_str().expect("a text")).expect("a time").millis()
}

/// Explains every field of a chat's record and holds the explanation against it.
fn explain_all(subject: &Subject<'_>) {
    let record = record(subject);
    for metric in metrics() {
        let explanation = explain(subject, metric.path).expect("a field");
        let told: Value = serde_json::from_str(&to_json(&explanation)).expect("JSON");
        let what = || format!("{} of {}: {told:#}", metric.path, record);
        let value = record.pointer(&format!("/{}", metric.path)).expect("a value");
        assert_eq!(told["value"], *value, "{}", what());
        assert_eq!((&told["chat"], &told["field"]), (&json!(subject.chat_id), &json!(metric.path)));
        assert_eq!(told["unit"], metric.unit.as_str());
        if value.is_null() {
            assert!(!explanation.notes.is_empty(), "nothing tells why: {}", what());
        }
        match metric.unit {
            Unit::Seconds => adds_up(&told, &what),
            Unit::Time if !value.is_null() => assert!(!explanation.events.is_empty(), "no event: {}", what()),
            Unit::Count if !value.is_null() => {
                assert!(value == &json!(0) || !explanation.events.is_empty(), "no event: {}", what())
            }
            _ => assert!(explanation.parts.is_empty()),
        }
        in_order(&explanation);
    }
}

fn adds_up(told: &Value, what: &dyn Fn() -> String) {
    let parts = told["parts"].as_array().expect("parts");
    let mut spans: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let mut counted = 0;
    for part in parts {
        let (from, to) = (at(&part["from"]), at(&part["to"]));
        assert_eq!(to - from, millis(&part["seconds"]), "{}", what());
        assert!(from < to, "{}", what());
        counted += if part["counted"] == json!(true) { to - from } else { 0 };
        let words: &[&str] = match part["counted"].as_bool().expect("a flag") {
            true => &["elapsed", "open"],
            false => &["snoozed", "closed", "break", "holiday", "switch"],
        };
        assert!(words.contains(&part["why"].as_str().expect("a word")), "{}", what());
        // The parts of a span follow one another without a gap.
        let span = spans.entry(part["of"].as_str().expect("a name")).or_insert((from, from));
        assert_eq!(span.1, from, "{}", what());
        span.1 = to;
    }
    if told["value"].is_null() {
        assert!(parts.is_empty() && told.get("divisor").is_none(), "{}", what());
        return;
    }
    let divisor = told.get("divisor").map_or(1, |divisor| divisor.as_i64().expect("a number"));
    assert_eq!(counted / divisor, millis(&told["value"]), "{}", what());
    let is_average = told["field"].as_str().expect("a name").to_lowercase().contains("avg");
    assert_eq!(told.get("divisor").is_some(), is_average, "{}", what());
    assert!(parts.is_empty() || !told["events"].as_array().expect("events").is_empty(), "{}", what());
}

fn in_order(explanation: &Explanation<'_>) {
    assert!(explanation.events.is_sorted_by(|one, other| one.step.event.key() < other.step.event.key()));
}

/// The timeline has every event once, in canonical order, each with what it did.
fn tell_all(subject: &Subject<'_>) {
    let steps = timeline(subject.journal);
    assert!(steps.iter().map(|step| step.event).eq(subject.journal.iter()));
    assert!(steps.iter().all(|step| !step.did.is_empty()));
    let told: Value = serde_json::from_str(&timeline_to_json(subject.chat_id, &steps)).expect("JSON");
    assert_eq!(told["events"].as_array().expect("events").len(), steps.len());
    let did = |words: &str| steps.iter().filter(|step| step.did.contains(words)).count();
    let record = record(subject);
    assert_eq!(json!(did("answers turn ")), record["replyCount"]);
    assert_eq!(json!(did("a reopening")), record["reopenCount"]);
    assert_eq!(json!(did(": reassignment ")), record["reassignmentCount"]);
    let known = durations(subject).len();
    let columns = metrics().filter(|metric| metric.unit == Unit::Seconds);
    let values = columns.filter(|metric| !record.pointer(&format!("/{}", metric.path)).expect("a value").is_null());
    assert_eq!(known, values.count());
}

fn decoded(line: &str) -> Event {
    match decode_line(line.as_bytes(), None) {
        Decoded::Event { event, .. } => event,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn invented_chats_are_explained() {
    let options = Options { shuffle: true, duplicates: 0.05, ..Options::default() };
    let traffic = Traffic::new(11, 150, options);
    let documents: BTreeMap<String, ChannelDocument> = traffic
        .directory()
        .into_iter()
        .filter_map(|entry| Some((entry.key.strip_prefix("channel/")?.to_owned(), entry.json)))
        .map(|(channel, json)| (channel, ChannelDocument::parse(json.as_bytes()).expect("a document")))
        .collect();
    let mut chats: BTreeMap<String, Journal> = BTreeMap::new();
    for generated in traffic {
        let _ = chats.entry(generated.key).or_default().insert(decoded(&generated.json));
    }
    assert_eq!(chats.len(), 150);
    for (chat_id, journal) in &chats {
        let fold = Fold::of(journal);
        let document = &documents[fold.channel_id().expect("a channel")];
        let subject = Subject { chat_id, journal, fold: &fold, document, due: Timestamp::MAX };
        explain_all(&subject);
        tell_all(&subject);
    }
}

/// Types with their data: something of every type that matters, and what collides with it.
const EVENTS: &[(&str, &str)] = &[
    ("chat.created", r#"{"channelId":"c1"}"#),
    ("chat.created", r#"{"channelId":"c1","direction":"OUTBOUND"}"#),
    ("chat.created", r#"{"channelId":"c1","medium":{"type":"phone"},"title":"T"}"#),
    ("chat.opened", r#"{"by":"user"}"#),
    ("chat.opened", r#"{"by":"user"}"#),
    ("chat.opened", r#"{"by":"alf"}"#),
    ("chat.snoozed", "{}"),
    ("chat.snoozed", "{}"),
    ("chat.missed", r#"{"reason":"noOperator"}"#),
    ("chat.closed", r#"{"by":"manager"}"#),
    ("chat.closed", r#"{"by":"user"}"#),
    ("chat.assigned", r#"{"managerId":"A"}"#),
    ("chat.assigned", r#"{"managerId":"B","teamId":"t"}"#),
    ("chat.unassigned", "{}"),
    ("queue.entered", r#"{"queueId":"q1"}"#),
    ("queue.entered", r#"{"queueId":"q2"}"#),
    ("queue.left", r#"{"outcome":"answered"}"#),
    ("queue.left", r#"{"outcome":"timeout","queueId":"q1"}"#),
    ("message.sent", r#"{"messageId":"m","person":{"type":"user"},"text":"?"}"#),
    ("message.sent", r#"{"messageId":"m","person":{"type":"user"},"text":"?"}"#),
    ("message.sent", r#"{"messageId":"m","person":{"type":"user"},"answersWorkflow":true}"#),
    ("message.sent", r#"{"messageId":"m","person":{"type":"manager"},"text":"!"}"#),
    ("message.sent", r#"{"messageId":"m","person":{"type":"manager"},"text":"!"}"#),
    ("message.sent", r#"{"messageId":"m","person":{"type":"manager"},"private":true}"#),
    ("message.sent", r#"{"messageId":"m","person":{"type":"bot"}}"#),
    ("chat.alf_started", "{}"),
    ("chat.alf_ended", "{}"),
    ("chat.workflow_started", r#"{"workflowId":"w"}"#),
    ("chat.workflow_ended", r#"{"workflowId":"w"}"#),
    ("meet.started", r#"{"meetId":"m1","type":"phone"}"#),
    ("meet.started", r#"{"meetId":"m1","type":"phone","direction":"INBOUND"}"#),
    ("meet.engaged", r#"{"meetId":"m1"}"#),
    ("meet.ended", r#"{"meetId":"m1","missedReason":"x"}"#),
    ("chat.tagged", r#"{"add":["a"],"remove":["b"]}"#),
    ("chat.updated", r#"{"title":"t","priority":null}"#),
    ("chat.goal_set", r#"{"state":"achieved"}"#),
    ("chat.goal_set", r#"{"state":"waiting"}"#),
    ("chat.csat_submitted", r#"{"scale":3,"choice":2}"#),
    ("chat.profile_set", r#"{"vip":true,"csat":null}"#),
    ("agent.held", r#"{"managerId":"A"}"#),
];

/// Around the night in which Paris loses an hour, with times that collide and that lie a day apart.
const TIMES: &[i64] =
    &[0, 0, 1, 60_000, 61_001, 3_600_000, 30_000_000, 86_400_000, 86_400_001, 150_000_007, 300_000_000];

fn any_journal() -> impl Strategy<Value = Journal> {
    let start = Timestamp::parse("2026-03-27T17:59:00Z").expect("a time");
    vec((select(TIMES), 0..3i64, select(EVENTS)), 0..30).prop_map(move |lines| {
        let mut journal = Journal::new();
        for (number, (offset, more, (kind, data))) in lines.into_iter().enumerate() {
            let time = start.saturating_add(Span::from_millis(offset + more * 777));
            let line = format!(
                r#"{{"specversion":"1.0","id":"e{number}","source":"/s","type":"{kind}","subject":"c","time":"{time}","data":{data}}}"#
            );
            assert_ne!(journal.insert(decoded(&line)), Inserted::Duplicate);
        }
        journal
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn chats_of_any_events_are_explained(journal in any_journal(), days in select(&[1i64, 100][..])) {
        let fold = Fold::of(&journal);
        let due = Timestamp::parse("2026-03-27T17:59:00Z").expect("a time").saturating_add(Span::from_hours(24 * days));
        for document in [ChannelDocument::parse(PARIS.as_bytes()), ChannelDocument::parse(SHUT.as_bytes())] {
            let document = document.expect("a document");
            let subject = Subject { chat_id: "c", journal: &journal, fold: &fold, document: &document, due };
            explain_all(&subject);
            tell_all(&subject);
        }
    }
}

fn explained(lines: &[(&str, &str, &str)], document: &str, field: &str) -> Value {
    let mut journal = Journal::new();
    for (number, (time, kind, data)) in lines.iter().enumerate() {
        let line = format!(
            r#"{{"specversion":"1.0","id":"e{number}","source":"/s","type":"{kind}","subject":"c","time":"2026-03-30T{time}Z","data":{data}}}"#
        );
        let _ = journal.insert(decoded(&line));
    }
    let (fold, document) = (Fold::of(&journal), ChannelDocument::parse(document.as_bytes()).expect("a document"));
    let subject = Subject { chat_id: "c", journal: &journal, fold: &fold, document: &document, due: Timestamp::MAX };
    serde_json::from_str(&to_json(&explain(&subject, field).expect("a field"))).expect("JSON")
}

const SNOOZED: &[(&str, &str, &str)] = &[
    ("06:00:00", "chat.opened", r#"{"by":"user"}"#),
    ("07:30:00", "chat.snoozed", "{}"),
    ("10:30:00", "chat.opened", r#"{"by":"user"}"#),
    ("12:00:00", "chat.closed", r#"{"by":"user"}"#),
];

#[test]
fn what_is_snoozed_and_closed_at_once_is_removed_once() {
    // Paris is two hours ahead: open 07-10 and 11-16 UTC, but switched off at 08 until the break at 10.
    let told = explained(SNOOZED, PARIS, "memberHandlingTimeInOperation");
    assert_eq!(told["value"], json!(5_400.0));
    let parts: Vec<_> =
        told["parts"].as_array().expect("parts").iter().map(|part| (&part["why"], &part["seconds"])).collect();
    let expected =
        json!([["closed", 3600.0], ["open", 1800.0], ["snoozed", 10800.0], ["break", 1800.0], ["open", 3600.0]]);
    assert_eq!(serde_json::to_value(parts).expect("JSON"), expected);
    assert_eq!(told["events"].as_array().expect("events").len(), 4);
}

#[test]
fn what_is_closed_says_why() {
    let told = explained(SNOOZED, PARIS, "timeToCloseInOperation");
    let parts: Vec<_> =
        told["parts"].as_array().expect("parts").iter().map(|part| (&part["why"], &part["seconds"])).collect();
    let expected =
        json!([["closed", 3600.0], ["open", 3600.0], ["switch", 7200.0], ["break", 3600.0], ["open", 3600.0]]);
    assert_eq!(serde_json::to_value(parts).expect("JSON"), expected);
}

#[test]
fn null_says_which_end_is_missing() {
    let note = |field| explained(SNOOZED, PARIS, field)["notes"][0].clone();
    assert_eq!(note("timeToFirstAnswer"), "firstAnsweredAt is null: there was no answer inside an episode");
    assert_eq!(note("firstQueueTime"), "firstQueueInAt is null: the chat entered no queue");
    assert_eq!(note("avgReplyTime"), "no turn was answered, and an average over nothing is null");
    assert_eq!(note("chatProfile.waitingTime"), "episode 1, the last one, has no first answer");
    assert_eq!(note("firstMissedAt"), "firstMissedAt is null: there was no effective miss");
}
