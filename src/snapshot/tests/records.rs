//! Records, keys, publication, differences and their bytes.

use super::contributions;
use crate::calendar::ChannelDocument;
use crate::chat::script::{Chat, chat};
use crate::chat::{Fold, Journal};
use crate::event::{Decoded, decode_line};
use crate::snapshot::*;
use crate::time::Timestamp;
use std::collections::BTreeMap;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn of(chats: &[Contributions]) -> Snapshots {
    let mut snapshots = Snapshots::new(WindowSize::Minutes1);
    chats.iter().for_each(|chat| snapshots.add(chat));
    snapshots
}

/// What the chats of golden case 02 contribute.
fn golden_contributions() -> Vec<Contributions> {
    let case = include_str!("../../../tests/golden/02-queue-assignment-service-level.json");
    let case: serde_json::Value = serde_json::from_str(case).expect("JSON");
    let document = ChannelDocument::parse(case["directory"]["channel/c1"].to_string().as_bytes()).expect("a document");
    let mut journals: BTreeMap<String, Journal> = BTreeMap::new();
    for event in case["events"].as_array().expect("events") {
        match decode_line(event.to_string().as_bytes(), None) {
            Decoded::Event { chat_id, event, .. } => {
                let _ = journals.entry(chat_id.to_string()).or_default().insert(event);
            }
            other => panic!("{other:?}"),
        }
    }
    let chat = |journal: &Journal| Contributions::of(journal, &Fold::of(journal), &document, false);
    journals.values().map(chat).collect()
}

/// The snapshots of golden case 02.
fn golden() -> Snapshots {
    of(&golden_contributions())
}

/// The same as what changes from nothing.
fn golden_difference() -> Difference {
    let mut difference = Difference::new(WindowSize::Minutes1);
    golden_contributions().iter().for_each(|chat| difference.change(&Contributions::default(), chat));
    difference
}

#[test]
fn the_example_of_the_specification() {
    let snapshots = golden();
    let publication = Publication { schema_version: 1, revision: 4, is_final: true };
    let records = snapshots.records(Some(publication));
    let record = &records["c1/queue/q1/1h/2026-03-02T09:00:00.000Z"];
    let head = concat!(
        r#"{"channelId":"c1","dimension":"queue","id":"q1","windowSize":"1h","windowStart":"2026-03-02T09:00:00.000Z","#,
        r#""windowEnd":"2026-03-02T10:00:00.000Z","schemaVersion":1,"revision":4,"final":true,"#,
        r#""counts":{"created":0,"opened":0,"reopened":0,"closed":2,"missed":2,"reassigned":0,"transferred":0,"replies":0},"#,
        r#""missedByReason":{"notInOperation":0,"noOperator":0,"abandonedInQueue":2,"ringTimeOver":0,"userLeft":0,"#,
        r#""exceededQueue":0,"workflow":0},"messages":{"user":0,"manager":1,"bot":0},"#,
        r#""csat":{"count":0,"sum":0,"score1":0,"score2":0,"score3":0,"score4":0,"score5":0},"#,
        r#""queue":{"queued":5,"left":5,"answered":2,"abandoned":1,"shortAbandoned":1,"timeout":0,"overflow":1,"#,
        r#""transferred":0,"deflected":0},"serviceLevel":{"inSla":1,"notInSla":2,"excluded":2,"noPolicy":0,"#,
        r#""percent":33.333333333333336,"targetSecs":20.0,"targetPercent":80.0,"met":false},"#,
        r#""distributions":{"firstQueueTime":{"count":5,"sum":80.0,"min":4.965,"p50":20.136,"p90":30.04,"p95":30.04,"#,
        r#""p99":30.04,"max":30.04},"#,
    );
    assert!(record.starts_with(head), "{record}");
    let none = r#""replyTimeInOperation":{"count":0,"sum":0.0,"min":null,"p50":null,"p90":null,"p95":null,"p99":null,"max":null},"#;
    assert!(record.contains(none) && record.ends_with("}}}"), "{record}");
    let parsed: serde_json::Value = serde_json::from_str(record).expect("JSON");
    assert_eq!(parsed["distributions"].as_object().expect("an object").len(), 14);
    assert_eq!(of_set(&snapshots, &ExpiredInQueue::default()), []);
}

#[test]
fn every_key_is_that_of_its_record() {
    for (key, record) in golden().records(None) {
        let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
        let text = |member: &str| record[member].as_str().unwrap_or_default().to_owned();
        let mut parts = vec![text("channelId"), text("dimension"), text("id"), text("windowSize")];
        if record["windowSize"] != "live" {
            parts.push(text("windowStart"));
        }
        assert_eq!(key, parts.join("/"));
        assert!(Key::parse(&key).is_some_and(|parsed| parsed.to_string() == key));
        assert!(record.get("revision").is_none() && record.get("final").is_none());
    }
}

#[test]
fn a_live_record_has_the_gauges_and_nothing_else() {
    let snapshots = of(&[
        contributions(&chat("09:00 created; 09:01 opened; 09:02 ask; 09:03 connected A"), false),
        contributions(&chat("08:00 created; 08:01 queue q1"), false),
        contributions(&chat("07:00 created; 07:01 closed"), false),
    ]);
    let publication = Publication { schema_version: 1, revision: 2, is_final: false };
    let records = snapshots.records(Some(publication));
    let expected = concat!(
        r#"{"channelId":"c1","dimension":"channel","id":"c1","windowSize":"live","windowStart":null,"windowEnd":null,"#,
        r#""schemaVersion":1,"revision":2,"live":{"chats":2,"initial":0,"queued":1,"opened":1,"snoozed":0,"unassigned":2,"#,
        r#""waitingReply":1,"oldestAskedAt":"2026-03-02T09:02:00.000Z","inQueue":1,"#,
        r#""oldestQueuedAt":"2026-03-02T08:01:00.000Z","handling":1,"agentsHandling":1}}"#,
    );
    assert_eq!(records["c1/channel/c1/live"], expected);
    // Handling counts under the agent, the chat under its assignee: nobody.
    let manager = |id: &str| {
        let record: serde_json::Value = serde_json::from_str(&records[&format!("c1/manager/{id}/live")]).expect("JSON");
        ["chats", "handling", "agentsHandling"].map(|gauge| record["live"][gauge].as_i64())
    };
    assert_eq!(manager(""), [Some(2), Some(0), Some(0)]);
    assert_eq!(manager("A"), [Some(0), Some(1), Some(1)]);
}

#[test]
fn an_agent_who_handles_two_chats_is_one_agent() {
    let handled = contributions(&chat("09:00 created; 09:01 opened; 09:02 assigned A"), false);
    let connected = contributions(&chat("09:00 created; 09:01 opened; 09:02 connected A; 09:03 connected B"), false);
    let closed = contributions(&chat("09:00 created; 09:01 opened; 09:02 connected C; 09:03 closed"), false);
    let snapshots = of(&[handled, connected, closed]);
    let shown = |key: &str| {
        let record: serde_json::Value = serde_json::from_str(&snapshots.records(None)[key]).expect("JSON");
        ["chats", "handling", "agentsHandling"].map(|gauge| record["live"][gauge].as_i64().unwrap_or(-1))
    };
    assert_eq!(shown("c1/channel/c1/live"), [2, 3, 2]);
    assert_eq!(shown("c1/manager/A/live"), [1, 2, 1]);
    assert_eq!(shown("c1/manager/B/live"), [0, 1, 1]);
    assert_eq!(shown("c1/manager//live"), [1, 0, 0]);
}

#[test]
fn days_of_two_zones_may_overlap_while_one_is_restated() {
    let script = "09:00 created; 09:30 closed";
    let seoul = contributions(&chat(script).on(r#"{"timezone":"Asia/Seoul"}"#), false);
    let utc = contributions(&chat(script), false);
    let mut snapshots = of(std::slice::from_ref(&seoul));
    assert!(snapshots.records(None).contains_key("c1/channel/c1/1d/2026-03-01T15:00:00.000Z"));
    snapshots.change(&seoul, &utc);
    assert_eq!(snapshots, of(&[utc]));
    // The same start and another end: that is a difference too.
    let ending = |end: &str| {
        let mut sums = WindowSums::default();
        sums.add(&Adds::default(), at(end), 1);
        sums
    };
    let mut row = WindowRow::new(ending("2026-03-29T00:00:00Z"));
    let mut change = ending("2026-03-28T23:00:00Z");
    change.ends.add(at("2026-03-29T00:00:00Z"), -1);
    row.apply(&change);
    assert_eq!(row.end, at("2026-03-28T23:00:00Z"));
}

#[test]
fn a_chat_moves_to_another_channel_with_all_it_contributed() {
    let before = contributions(&chat(r#"09:00 chat.tagged {"channelId":"c9"}; 09:01 opened; 09:02 ask"#), false);
    let chat = chat(r#"09:00 chat.tagged {"channelId":"c9"}; 09:01 opened; 09:02 ask; 09:03 created"#);
    let after = contributions(&chat, false);
    let mut snapshots = of(std::slice::from_ref(&before));
    snapshots.change(&before, &after);
    assert_eq!(snapshots.channels(), [id(Some("c1"))]);
    assert_eq!(snapshots, of(&[after]));
}

/// The difference an event makes, and how many keys it touches.
#[test]
fn a_difference_holds_only_what_differs() {
    let before = contributions(&chat("09:00 created; 09:00 opened; 09:05 ask"), false);
    let with = |line: &str| contributions(&chat(&format!("09:00 created; 09:00 opened; 09:05 ask; {line}")), false);
    let difference = |after: &Contributions| {
        let mut difference = Snapshots::new(WindowSize::Minutes1);
        difference.change(&before, after);
        difference
    };
    assert!(difference(&before).is_empty());
    assert!(difference(&with("09:06 chat.tagged {\"add\":[\"x\"]}")).is_empty());
    // An earlier event moves the places of those behind it, not what they count.
    let message = difference(&with("09:04 bot"));
    assert_eq!((message.windows.len(), message.live.len()), (15, 0));
    let answered = difference(&with("09:06 answer"));
    assert_eq!((answered.windows.len(), answered.live.len()), (15, 5));
}

#[test]
fn a_window_is_published_when_its_content_changes() {
    let chat = contributions(&chat("09:00 created; 09:30 closed"), false);
    let snapshots = of(std::slice::from_ref(&chat));
    let (key, sums) = snapshots.windows.iter().next().expect("a window");
    let mut row = WindowRow::new(sums.clone());
    let revision = |record: Option<String>| -> Option<(i64, bool)> {
        let record: serde_json::Value = serde_json::from_str(&record?).expect("JSON");
        Some((record["revision"].as_i64()?, record["final"].as_bool()?))
    };
    assert_eq!(revision(row.publish(key, 1, false)), Some((1, false)));
    assert_eq!(row.publish(key, 1, false), None);
    assert_eq!(revision(row.publish(key, 1, true)), Some((2, true)));
    let mut gone = Snapshots::new(WindowSize::Minutes1);
    gone.retract(&chat);
    row.apply(&gone.windows[key]);
    assert!(row.sums.is_empty());
    let empty = row.publish(key, 1, true).expect("no longer what it was");
    assert!(empty.contains(r#""windowEnd":"2026-03-02T"#) && empty.contains(r#""revision":3,"#), "{empty}");
    assert!(empty.contains(r#""percent":null,"targetSecs":null,"targetPercent":null,"met":null"#), "{empty}");
    // What cancels out between two publications publishes nothing.
    row.apply(sums);
    row.apply(&gone.windows[key]);
    assert_eq!(row.publish(key, 1, true), None);
    assert_eq!(WindowRow::new(WindowSums::default()).publish(key, 1, true), None);
}

#[test]
fn a_live_record_that_has_become_empty_is_published() {
    let chat = contributions(&chat("09:00 created; 09:01 opened; 09:02 ask"), false);
    let snapshots = of(std::slice::from_ref(&chat));
    let (place, gauges) = snapshots.live.iter().next().expect("a live record");
    let mut row = LiveRow::default();
    assert_eq!(row.publish(place, 1), None);
    row.apply(gauges);
    assert!(row.publish(place, 1).is_some_and(|record| record.contains(r#""revision":1,"#)));
    assert_eq!(row.publish(place, 1), None);
    let mut gone = Snapshots::new(WindowSize::Minutes1);
    gone.retract(&chat);
    row.apply(&gone.live[place]);
    let empty = row.publish(place, 1).expect("no longer what it was");
    assert!(empty.contains(r#""chats":0,"#) && empty.contains(r#""oldestAskedAt":null"#), "{empty}");
}

#[test]
fn planted_faults_are_found() {
    let chats = [
        chat("09:00 created; 09:00 opened; 09:01 ask; 09:02 connected A; 09:03 answer A; 09:04 missed userLeft"),
        chat(r#"09:00 created; 09:01 queue; 09:02 left; 09:03 chat.csat_submitted {"scale":5,"choice":4}"#),
        chat("09:00 created; 09:00 opened; 09:01 connected A; 09:02 ask; 10:00 queue"),
    ];
    let chats: Vec<Contributions> = chats.iter().map(|chat: &Chat| contributions(chat, false)).collect();
    let expired = ExpiredInQueue::default();
    let sound = of(&chats);
    assert_eq!(of_set(&sound, &expired), []);
    let found = |snapshots: &Snapshots| {
        let mut found: Vec<&str> =
            of_set(snapshots, &expired).iter().map(|violation| violation.identity.as_str()).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let place = |dimension, of: Option<&str>| Place { channel: id(Some("c1")), dimension, id: id(of) };
    let channel = place(Dimension::Channel, Some("c1"));
    let day =
        |place: &Place| WindowKey { place: place.clone(), size: WindowSize::Day, start: at("2026-03-02T00:00:00Z") };
    // In every window of every dimension alike, so that only what holds inside a window is violated.
    let everywhere = |fault: &dyn Fn(&mut WindowSums)| {
        let mut snapshots = sound.clone();
        for dimension in [Dimension::Channel, Dimension::Medium, Dimension::Team, Dimension::Manager, Dimension::Queue]
        {
            let ids = [Some("c1"), Some("native"), None, None, None];
            let its = place(dimension, ids[dimension as usize]);
            let keys: Vec<WindowKey> = snapshots.windows.keys().filter(|key| key.place == its).cloned().collect();
            for key in keys.iter().filter(|key| key.start <= at("2026-03-02T09:00:00Z")) {
                fault(snapshots.windows.get_mut(key).expect("a window"));
            }
        }
        snapshots
    };
    let count = |counter, n| everywhere(&move |sums: &mut WindowSums| sums.counts.add(counter, n));
    assert_eq!(found(&count(Counter::Missed, 1)), ["totals"]);
    assert_eq!(found(&count(Counter::CsatSum, 1)), ["totals"]);
    assert_eq!(found(&count(Counter::CsatScore3, 1)), ["totals"]);
    assert_eq!(found(&count(Counter::Reopened, 9)), ["totals"]);
    assert_eq!(found(&count(Counter::Replies, 1)), ["totals"]);
    assert_eq!(found(&count(Counter::QueueAnswered, 1)), ["outcomes"]);
    assert_eq!(found(&count(Counter::NoPolicy, 1)), ["outcomes"]);
    assert_eq!(found(&count(Counter::QueueQueued, 1)), ["waiting"]);
    let late = |sums: &mut WindowSums| {
        sums.distributions.entry(Distribution::TimeToCloseInOperation).or_default().add(crate::time::Span::ZERO, 1);
    };
    assert_eq!(found(&everywhere(&late)), ["in_operation"]);
    let mut snapshots = sound.clone();
    snapshots.windows.get_mut(&day(&channel)).expect("a day").counts.add(Counter::Created, 1);
    assert_eq!(found(&snapshots), ["partition", "rollup"]);
    let mut snapshots = sound.clone();
    snapshots.windows.remove(&day(&channel));
    assert_eq!(found(&snapshots), ["partition", "rollup", "waiting"]);
    let mut snapshots = sound.clone();
    snapshots.live.get_mut(&channel).expect("a live record").counts.add(Gauge::Snoozed, 1);
    assert_eq!(found(&snapshots), ["partition", "states"]);
    let mut snapshots = sound.clone();
    snapshots.live.get_mut(&channel).expect("a live record").agents.add(id(Some("B")), 1);
    assert_eq!(found(&snapshots), ["partition", "states"]);
    let mut snapshots = sound.clone();
    snapshots.live.get_mut(&place(Dimension::Team, None)).expect("a live record").asked_at = Multiset::default();
    assert_eq!(found(&snapshots), ["partition", "states"]);
    let mut waiting = ExpiredInQueue::default();
    waiting.add(&contributions(&chat("09:00 created; 09:01 queue"), true));
    let violations = of_set(&sound, &waiting);
    assert!(violations.iter().all(|violation| violation.identity == Identity::Waiting) && violations.len() == 3);
}

#[test]
fn a_long_difference_is_split() {
    let (snapshots, difference) = (golden(), golden_difference());
    let whole = encode_difference(&difference, 3, usize::MAX);
    assert_eq!(whole.len(), 1);
    let parts = encode_difference(&difference, 3, 1_000);
    let bytes: Vec<usize> = parts.iter().map(|(_, message)| message.len()).collect();
    assert!(bytes.len() > 1 && bytes.iter().all(|&bytes| bytes <= 1_000), "{bytes:?}");
    for messages in [whole, parts] {
        let mut read = Snapshots::new(WindowSize::Minutes1);
        for (at, (channel, message)) in messages.iter().enumerate() {
            assert_eq!(*channel, id(Some("c1")));
            let Ok(Told::Difference { more, difference, .. }) = decode_difference(message, WindowSize::Minutes1) else {
                panic!("ours");
            };
            assert_eq!(more, at + 1 < messages.len());
            read.apply(&difference);
        }
        assert_eq!(read, snapshots);
    }
}

#[test]
fn days_roll_up_within_the_retention() {
    let mut snapshots = of(&[contributions(&chat("09:00 created; +1 09:00 opened; +2 09:00 closed"), false)]);
    let tuesday = at("2026-03-03T00:00:00Z");
    snapshots.windows.retain(|key, _| key.size == WindowSize::Day || key.start >= tuesday);
    let violations = rollup(&snapshots, Timestamp::MIN);
    assert!(violations.len() == 5 && violations.iter().all(|violation| violation.identity == Identity::Rollup));
    assert_eq!((rollup(&snapshots, tuesday), partition(&snapshots)), (vec![], vec![]));
    snapshots.windows.retain(|key, _| key.size != WindowSize::Day || key.start < tuesday);
    assert!(!rollup(&snapshots, tuesday).is_empty());
}

#[test]
fn a_newer_format_is_never_read() {
    let row = encode_live_row(&LiveRow::default());
    let newer = [&[FORMAT + 1], &row[1..]].concat();
    assert_eq!(decode_live_row(&newer), Err(EncodingError::Newer(FORMAT + 1)));
    assert!(matches!(decode_window_row(&[]), Err(EncodingError::Damaged(_))));
    let message = &encode_difference(&golden_difference(), 3, usize::MAX)[0].1;
    assert!(matches!(decode_difference(message, WindowSize::Minutes5), Err(EncodingError::Damaged(_))));
}
