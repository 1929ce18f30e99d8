//! Events: structured, binary, protobuf; as messages and as lines of a file.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use wrapup::chat::{Fold, Journal};
use wrapup::codec::{JournalWriter, decode_chunk};
use wrapup::event::{Decoded, Event, EventData, Kind, Message, Rejection, decode_line, decode_message};
use wrapup::time::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use super::allocator::{Cost, measured};
use super::bytes::{self, put, take};
use super::dice::Dice;
use super::run::{Seen, Target};
use super::{chat, json, made, seeds, wire};

/// 2026-03-20: some of the times made up lie too far ahead of it.
const NOW: Timestamp = Timestamp::from_millis(1_773_964_800_000);

/// A message as it is kept in the corpus.
#[derive(Clone, Default)]
pub struct Given {
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Given {
    fn structured(value: &[u8]) -> Given {
        Given { key: Some(b"c".to_vec()), value: Some(value.to_vec()), headers: Vec::new() }
    }

    fn binary(event: &Value, content_type: &str, data: Vec<u8>) -> Given {
        let attribute = |name: &str| {
            let text = event[name].as_str().unwrap_or_default();
            (format!("ce_{name}"), Some(text.as_bytes().to_vec()))
        };
        let mut headers: Vec<_> = ["specversion", "id", "source", "type", "subject", "time"].map(attribute).into();
        headers.push(("content-type".to_owned(), Some(content_type.as_bytes().to_vec())));
        Given { key: Some(b"c".to_vec()), value: Some(data), headers }
    }

    fn read(mut input: &[u8]) -> Given {
        let key = take(&mut input).map(<[u8]>::to_vec);
        let value = take(&mut input).map(<[u8]>::to_vec);
        let mut headers = Vec::new();
        while let Some(name) = take(&mut input) {
            headers.push((String::from_utf8_lossy(name).into_owned(), take(&mut input).map(<[u8]>::to_vec)));
        }
        Given { key, value, headers }
    }

    fn written(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put(self.key.as_deref(), &mut out);
        put(self.value.as_deref(), &mut out);
        for (name, value) in &self.headers {
            put(Some(name.as_bytes()), &mut out);
            put(value.as_deref(), &mut out);
        }
        out
    }

    fn header(&self, name: &str) -> &[u8] {
        let found = self.headers.iter().rev().find(|(of, _)| of == name);
        found.and_then(|(_, value)| value.as_deref()).unwrap_or_default()
    }

    fn message(&self) -> Message<'_, impl Iterator<Item = (&str, Option<&[u8]>)> + Clone> {
        Message {
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: self.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())),
            misrouted: false,
            timestamp: None,
            now: Some(NOW),
        }
    }
}

/// The target.
pub struct Events;

impl Target for Events {
    fn name(&self) -> &'static str {
        "event"
    }

    fn about(&self) -> &'static str {
        "messages and lines"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let mut inputs = Vec::new();
        for event in seeds::chats().into_iter().flat_map(|chat| chat.events).step_by(3) {
            let mut event: Value = serde_json::from_str(&event).expect("seeds are JSON");
            event["subject"] = "c".into();
            inputs.push(Given::structured(event.to_string().as_bytes()).written());
            inputs.push(Given::binary(&event, "application/json", event["data"].to_string().into_bytes()).written());
        }
        inputs
    }

    fn mutated(&self, corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
        match dice.below(20) {
            0..5 => Given::structured(made::event(dice).to_string().as_bytes()).written(),
            5..8 => protobuf(dice).written(),
            8 => {
                let mut raw = dice.pick(corpus).clone();
                bytes::mutate(&mut raw, dice);
                raw
            }
            _ => {
                let mut given = Given::read(dice.pick(corpus).as_slice());
                let donor = Given::read(dice.pick(corpus).as_slice());
                mutate(&mut given, &donor, dice);
                given.written()
            }
        }
    }

    fn check(&self, input: &[u8]) -> Seen {
        let given = Given::read(input);
        let (decoded, cost) = measured(|| decode_message(given.message()));
        bounded(&cost, input.len());
        let about = match &decoded {
            Decoded::Rejected(rejection) => {
                rejected(rejection);
                format!("{} {}", rejection.reason, rejection.detail)
            }
            Decoded::Ignored => "ignored".to_owned(),
            Decoded::Event { chat_id, event } => {
                accepted(chat_id, event);
                shape_of(event)
            }
        };
        same_in_other_forms(&given, &decoded);
        let signature = format!("{about} {} {}", given.headers.len().min(9), cost.allocations.max(1).ilog2());
        let accepted = matches!(decoded, Decoded::Event { .. });
        Seen { signature: xxh3_64(signature.as_bytes()), accepted, cost }
    }
}

fn protobuf(dice: &mut Dice) -> Given {
    let kind = made::kind(dice);
    let event = made::envelope(kind, Value::Null, dice);
    let mut data = made::message(EventData::description(kind), dice);
    data.truncate(bytes::BYTES_MAX);
    Given::binary(&event, "application/protobuf", data)
}

fn mutate(given: &mut Given, donor: &Given, dice: &mut Dice) {
    if dice.percent(10)
        && let Some(key) = &mut given.key
    {
        bytes::mutate(key, dice);
    }
    if !given.headers.is_empty() && dice.percent(30) {
        let at = dice.below(given.headers.len());
        match dice.below(4) {
            0 => drop(given.headers.remove(at)),
            1 => given.headers[at].1 = donor.headers.get(at).and_then(|(_, value)| value.clone()),
            2 => given.headers.extend(donor.headers.first().cloned()),
            _ => bytes::mutate(given.headers[at].1.get_or_insert_default(), dice),
        }
    }
    let is_protobuf = given.header("content-type").starts_with(b"application/protobuf");
    let donated = donor.value.as_deref().unwrap_or_default();
    if let Some(value) = &mut given.value {
        *value = if is_protobuf { wire::mutated(value, donated, dice) } else { json::mutated(value, donated, dice) };
    }
}

/// Memory and work are bounded by the length of what came.
fn bounded(cost: &Cost, len: usize) {
    let len = len as u64;
    assert!(cost.allocations <= 100 + len, "{} allocations for {len} bytes", cost.allocations);
    assert!(cost.bytes <= 16_384 + 150 * len, "{} bytes allocated for {len} bytes", cost.bytes);
    assert!(cost.peak <= 16_384 + 75 * len, "{} bytes held for {len} bytes", cost.peak);
}

fn rejected(rejection: &Rejection) {
    assert!(rejection.detail.len() <= Rejection::DETAIL_MAX, "a detail of {} bytes", rejection.detail.len());
    assert!(!rejection.detail.contains(json::PERSONAL), "a detail tells a value: {}", rejection.detail);
}

/// What is stored is read back as it was, and a chat of it has a record.
fn accepted(chat_id: &str, event: &Event) {
    let stored = event.data.encode();
    let back = EventData::decode(event.kind, &stored).expect("what was stored is read");
    assert_eq!(back, event.data, "stored and read back");
    assert_eq!(back.encode(), stored, "stored again");

    let mut writer = JournalWriter::default();
    writer.append(event);
    let mut events = Vec::new();
    writer.changed(&mut |_, chunk| decode_chunk(chunk, &mut |event| events.push(event)).expect("a chunk is read"));
    assert_eq!(events, std::slice::from_ref(event), "the journal's row");

    // Not of each, for it takes longer than all the rest.
    if xxh3_64(&stored).is_multiple_of(8) {
        let journal = Journal::from_iter(events);
        chat::record_is_whole(chat_id, &journal, &Fold::of(&journal));
    }
}

/// Which members an event has and which words, but not how often, and nothing of texts and numbers.
fn shape_of(event: &Event) -> String {
    let debug = format!("{:?} {:?}", event.channel_id.is_some(), event.data);
    let outside: String = debug.split('"').step_by(2).collect();
    let words = |part: &str| part.chars().filter(|c| c.is_ascii_alphabetic() || *c == ':').collect::<String>();
    let mut members: Vec<String> = outside.split(',').map(words).collect();
    members.sort();
    members.dedup();
    members.concat()
}

#[derive(Deserialize)]
struct Structured<'a> {
    specversion: String,
    id: String,
    source: String,
    r#type: String,
    subject: Option<String>,
    time: String,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// The same event in binary mode, and as a line of a file, comes to the same.
fn same_in_other_forms(given: &Given, decoded: &Decoded<'_>) {
    let (Some(value), true) = (&given.value, given.headers.is_empty()) else { return };
    let parts = std::str::from_utf8(value).ok().and_then(|text| serde_json::from_str::<Structured<'_>>(text).ok());
    let Some(parts) = parts else { return };
    let attributes = [
        ("ce_specversion", Some(&parts.specversion)),
        ("ce_id", Some(&parts.id)),
        ("ce_source", Some(&parts.source)),
        ("ce_type", Some(&parts.r#type)),
        ("ce_time", Some(&parts.time)),
        ("ce_subject", parts.subject.as_ref()),
    ];
    let headers = attributes.iter().map(|(name, text)| (*name, text.map(|text| text.as_bytes())));
    let data = parts.data.map(|data| data.get().as_bytes());
    let Message { key, misrouted, timestamp, now, .. } = given.message();
    let binary = decode_message(Message { key, value: data, headers, misrouted, timestamp, now });
    assert_eq!(outcome(&binary), outcome(decoded), "binary mode and structured mode");
    if let (Some(subject), true) = (&parts.subject, given.key.as_deref().is_some_and(|key| !key.is_empty()))
        && !subject.is_empty()
        && given.key.as_deref() == Some(subject.as_bytes())
    {
        assert_eq!(outcome(&decode_line(value, Some(NOW))), outcome(decoded), "a line and a message");
    }
}

/// What came of an input, to be compared.
fn outcome<'d>(decoded: &'d Decoded<'_>) -> Result<(Cow<'d, str>, &'d Event), String> {
    match decoded {
        Decoded::Event { chat_id, event } => Ok((Cow::Borrowed(chat_id.as_ref()), event)),
        Decoded::Ignored => Err("ignored".to_owned()),
        Decoded::Rejected(rejection) => Err(format!("{}: {}", rejection.reason, rejection.detail)),
    }
}

/// A type by its place in the table of all.
pub fn kind_numbered(number: u8) -> Kind {
    Kind::from_code(1 + u32::from(number) % Kind::NAMES.len() as u32).expect("codes have no gaps")
}
