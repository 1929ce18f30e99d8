//! The traffic can be used, is repeatable, and is of the size and variety it promises.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::event::{Decoded, decode_line};

fn traffic(seed: u64, chats: u64, change: impl FnOnce(&mut Options)) -> Vec<Generated> {
    let mut options = Options::default();
    change(&mut options);
    Traffic::new(seed, chats, options).collect()
}

#[test]
fn every_event_and_document_is_accepted() {
    for event in traffic(1, 1_000, |_| {}) {
        let Decoded::Event { chat_id, event: decoded } = decode_line(event.json.as_bytes(), Some(event.time)) else {
            panic!("not accepted: {}", event.json);
        };
        assert_eq!((chat_id.as_ref(), decoded.time), (event.key.as_str(), event.time));
        assert_eq!(Topic::of_type(decoded.kind.as_str()), event.topic);
    }
    let directory = Traffic::new(1, 1, Options::default()).directory();
    let of = |kind: &str| directory.iter().filter(|entry| entry.key.starts_with(kind)).count();
    assert_eq!((of("channel/"), of("manager/"), of("team/")), (12, 96, 36));
    let zones: BTreeSet<String> = directory
        .iter()
        .filter(|entry| entry.key.starts_with("channel/"))
        .map(|entry| ChannelDocument::parse(entry.json.as_bytes()).expect("usable").timezone().to_string())
        .collect();
    assert!(zones.len() >= 8, "{zones:?}");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(traffic(5, 200, |_| {}), traffic(5, 200, |_| {}));
    assert_ne!(traffic(5, 200, |_| {}), traffic(6, 200, |_| {}));
    // Pinned, so that a corpus made by an older release can be made again.
    let bytes: String = traffic(5, 200, |_| {}).into_iter().map(|event| event.json + "\n").collect();
    assert_eq!(xxhash_rust::xxh3::xxh3_64(bytes.as_bytes()), PINNED);
}

const PINNED: u64 = 10_284_998_015_986_643_078;

#[test]
fn chats_have_the_promised_size() {
    let events = traffic(2, 4_000, |_| {});
    let per_chat = events.len() as f64 / 4_000.0;
    let bytes = events.iter().map(|event| event.json.len()).sum::<usize>() as f64 / events.len() as f64;
    assert!((24.0..28.0).contains(&per_chat), "{per_chat} events a chat");
    assert!((270.0..300.0).contains(&bytes), "{bytes} bytes an event");
}

#[test]
fn events_arrive_in_order_but_for_those_that_are_late() {
    let options = Options::default();
    let events = traffic(3, 2_000, |_| {});
    assert!(events.is_sorted_by_key(|event| event.arrival));
    assert!(events.iter().all(|event| event.arrival >= event.time));
    let late = events.iter().filter(|event| event.arrival.since(event.time) > Span::from_secs(1)).count();
    let share = late as f64 / events.len() as f64;
    assert!((0.005..0.015).contains(&share), "{share}");
    let last = events.iter().map(|event| event.time).max().expect("there are events");
    assert!(last < options.start.saturating_add(options.spread).saturating_add(Span::from_hours(20)), "{last}");
    let starts: Vec<_> =
        events.iter().filter(|event| event.json.contains("\"chat.created\"")).map(|event| event.time).collect();
    assert_eq!(starts.len(), 2_000);
    assert!(starts.iter().all(|at| (options.start..options.start.saturating_add(options.spread)).contains(at)));
}

#[test]
fn shuffled_and_doubled_traffic_is_the_same_traffic() {
    let plain = traffic(4, 500, |_| {});
    let wild = traffic(4, 500, |options| {
        options.shuffle = true;
        options.duplicates = 0.1;
    });
    let share = (wild.len() - plain.len()) as f64 / plain.len() as f64;
    assert!((0.08..0.12).contains(&share), "{share}");
    assert!(!wild.is_sorted_by_key(|event| event.time));
    let set = |events: &[Generated]| events.iter().map(|event| event.json.clone()).collect::<BTreeSet<_>>();
    assert_eq!(set(&plain).len(), plain.len());
    let ids = |events: &[Generated]| events.iter().map(|event| event.key.clone()).collect::<BTreeSet<_>>();
    assert_eq!(ids(&plain), ids(&wild));
    assert_eq!(set(&wild).len(), plain.len());
}

#[test]
fn every_scenario_occurs() {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut phrases: BTreeMap<&str, usize> = BTreeMap::new();
    let looked_for = [
        "notInOperation",
        "abandonedInQueue",
        "exceededQueue",
        "\"by\":\"alf\"",
        "OUTBOUND",
        "email",
        "overflow",
        "\"private\":true",
        "answersWorkflow",
        "\"files\":",
        "\"status\":\"failed\"",
    ];
    let events = traffic(8, 3_000, |_| {});
    let mut closes: BTreeMap<&str, Vec<Timestamp>> = BTreeMap::new();
    let mut late = 0;
    for event in &events {
        let decoded = decode_line(event.json.as_bytes(), None);
        let Decoded::Event { event: decoded, .. } = decoded else { panic!("not accepted") };
        *kinds.entry(decoded.kind.as_str().to_owned()).or_default() += 1;
        for phrase in looked_for.into_iter().filter(|phrase| event.json.contains(phrase)) {
            *phrases.entry(phrase).or_default() += 1;
        }
        match decoded.kind {
            Kind::ChatClosed => closes.entry(&event.key).or_default().push(event.time),
            Kind::ChatCsatSubmitted => {
                let close = closes.get(event.key.as_str()).and_then(|closes| closes.last());
                late += usize::from(close.is_some_and(|close| event.time.since(*close) > Span::from_secs(900)));
            }
            _ => {}
        }
    }
    for phrase in looked_for {
        assert!(phrases.get(phrase).is_some_and(|count| *count > 10), "{phrase}: {phrases:?}");
    }
    let missing: Vec<_> =
        Kind::ALL.iter().map(|kind| kind.as_str()).filter(|kind| !kinds.contains_key(*kind)).collect();
    assert_eq!(missing, NOT_MADE_UP);
    assert!(late > 30, "{late} late surveys");
    assert!(closes.values().filter(|closes| closes.len() > 1).count() > 30, "reopened chats");
}

const NOT_MADE_UP: [&str; 0] = [];
