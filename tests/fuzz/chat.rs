//! Chats: accepted events fold, project and are explained without panic, and give one record in whatever order they come,
//! doubled, stored and read back, live or replayed.

use serde_json::Value;
use wrapup::calendar::ChannelDocument;
use wrapup::chat::{Fold, Folded, Inserted, Journal};
use wrapup::codec::{JournalWriter, decode_chunk};
use wrapup::event::{Decoded, Event, decode_line};
use wrapup::explain::{Subject, durations, explain, timeline, timeline_to_json, to_json};
use wrapup::finalization::{Arrivals, Firing, Life, Windows, fire};
use wrapup::record::{Content, Encoding, Output, OutputOptions, Pii, Reason, RecordShape, Revision, project};
use wrapup::snapshot::{Contributions, Snapshots, WindowSize};
use wrapup::time::{Span, Timestamp};
use xxhash_rust::xxh3::xxh3_64;

use super::allocator::measured;
use super::dice::Dice;
use super::run::{Seen, Target};
use super::{bytes, json, made, seeds};

/// So many events has a chat that is made up, at most.
const EVENTS_MAX: usize = 40;
/// Bytes that a chat may take for each byte of its events' text, and for itself: folding and one record.
const BYTES_PER_BYTE: u64 = 300;
const BYTES_AT_LEAST: u64 = 512 << 10;

/// The target.
pub struct Chats {
    outputs: Vec<Output>,
}

impl Chats {
    pub fn new() -> Chats {
        let mut outputs = Vec::new();
        for encoding in [Encoding::Json, Encoding::Protobuf, Encoding::ConnectJson] {
            for shape in [RecordShape::Nested, RecordShape::Flat] {
                for pii in [Pii::Keep, Pii::Hash] {
                    let key = Some(b"sixteen bytes ok".to_vec());
                    let options = OutputOptions { encoding, shape, pii, key, ..OutputOptions::default() };
                    outputs.push(Output::new(&options).expect("options that go together"));
                }
            }
        }
        Chats { outputs }
    }
}

impl Target for Chats {
    fn name(&self) -> &'static str {
        "chat"
    }

    fn about(&self) -> &'static str {
        "accepted events to a record, in any order"
    }

    /// A line with the channel's document, then a line for each event.
    fn seeds(&self) -> Vec<Vec<u8>> {
        let text = |chat: seeds::Chat| {
            let mut lines = vec![chat.document];
            lines.extend(chat.events.into_iter().take(EVENTS_MAX));
            lines.join("\n").into_bytes()
        };
        seeds::chats().into_iter().map(text).filter(|text| text.len() <= bytes::BYTES_MAX).collect()
    }

    fn mutated(&self, corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
        let mut lines: Vec<Vec<u8>> = dice.pick(corpus).split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let donor: Vec<Vec<u8>> = dice.pick(corpus).split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        if dice.percent(5) {
            lines[0].clone_from(&donor[0]);
        }
        for _ in 0..1 + dice.below(6) {
            let at = 1 + dice.below(lines.len());
            match dice.below(8) {
                0 if at < lines.len() => drop(lines.remove(at)),
                1 if donor.len() > 1 => lines.insert(at.min(lines.len()), dice.pick(&donor[1..]).clone()),
                2 | 3 if at < lines.len() => {
                    let given = dice.pick(&donor);
                    lines[at] = json::mutated(&lines[at], given, dice);
                }
                4 | 5 if at < lines.len() => at_another_time(&mut lines[at], dice),
                _ => lines.insert(at.min(lines.len()), made::event(dice).to_string().into_bytes()),
            }
        }
        // Else what is kept would fill with lines that are refused, of which no chat is made.
        let is_event = |line: &[u8]| matches!(decode_line(line, None), Decoded::Event { .. });
        let mut at = 0;
        lines.retain(|line| {
            at += 1;
            at == 1 || is_event(line) || dice.percent(20)
        });
        lines.truncate(1 + EVENTS_MAX);
        let mut text = lines.join(&b'\n');
        text.truncate(bytes::BYTES_MAX);
        text
    }

    fn check(&self, input: &[u8]) -> Seen {
        let mut lines = input.split(|byte| *byte == b'\n');
        let count = lines.clone().count() - 1;
        let document = lines.next().and_then(|text| ChannelDocument::parse(text).ok());
        let document = document.unwrap_or_else(ChannelDocument::absent);
        let events: Vec<Event> = lines
            .filter_map(|line| match decode_line(line, None) {
                Decoded::Event { event, .. } => Some(event),
                _ => None,
            })
            .collect();
        let mut dice = Dice::new(xxh3_64(input));
        let (journal, fold) = folded(events.iter().cloned());
        let content = project("c", &journal, &fold, &document, Timestamp::MAX);
        // Now that the hours of these days are compiled, which costs by days and not by events.
        let (again, cost) = measured(|| {
            let journal: Journal = events.iter().cloned().collect();
            project("c", &journal, &Fold::of(&journal), &document, Timestamp::MAX)
        });
        assert_eq!(again, content, "folded again");
        let len = input.len() as u64;
        assert!(cost.bytes <= BYTES_AT_LEAST + BYTES_PER_BYTE * len, "{} bytes allocated for {len}", cost.bytes);
        if journal.is_empty() {
            return Seen { signature: 0, accepted: false, cost };
        }
        any_order(&events, &content, &document, &mut dice);
        lived(&journal, &events, &content, &document, &mut dice);
        written(&self.outputs, &content, &mut dice);
        explained(&journal, &fold, &document, &mut dice);
        let mut sums = Snapshots::new(WindowSize::of_minutes(15).expect("a size"));
        let contributions = Contributions::of(&journal, &fold, &document, false);
        sums.add(&contributions);
        sums.retract(&contributions);
        assert!(sums.is_empty(), "what is taken back is gone");
        Seen { signature: signature(&content, &fold), accepted: events.len() == count, cost }
    }
}

fn at_another_time(line: &mut Vec<u8>, dice: &mut Dice) {
    let Ok(mut event) = serde_json::from_slice::<Value>(line) else { return };
    if event.is_object() {
        event["time"] = made::time(dice).into();
        *line = event.to_string().into_bytes();
    }
}

/// A journal of the events as they come, and the fold that went along.
fn folded(events: impl Iterator<Item = Event>) -> (Journal, Fold) {
    let (mut journal, mut fold) = (Journal::new(), Fold::default());
    for event in events {
        match journal.insert(event) {
            Inserted::Duplicate | Inserted::Full => continue,
            Inserted::Appended => {
                let last = journal.last().expect("one was inserted");
                if fold.append(last) == Folded::Applied {
                    continue;
                }
            }
            Inserted::Within => {}
        }
        fold = Fold::of(&journal);
    }
    assert_eq!(fold, Fold::of(&journal), "folded one by one and at once");
    (journal, fold)
}

fn json_of(content: &Content) -> Vec<u8> {
    content.to_json(&revision())
}

fn revision() -> Revision {
    let finalized_at = Timestamp::from_millis(0);
    Revision {
        revision: 1,
        supersedes: None,
        reason: Reason::SessionEnd,
        changed: vec!["/tags".to_owned()],
        finalized_at,
    }
}

/// The record of a chat is JSON and can be written down again as it is.
pub fn record_is_whole(chat_id: &str, journal: &Journal, fold: &Fold) {
    let content = project(chat_id, journal, fold, &ChannelDocument::absent(), Timestamp::MAX);
    let record: Value = serde_json::from_slice(&json_of(&content)).expect("a record is JSON");
    assert_eq!(record["id"], *chat_id);
    assert!(content.changed_since(&content.fingerprints()).is_empty(), "a record differs from itself");
}

/// Shuffled, doubled, stored and read back: the same record.
fn any_order(events: &[Event], content: &Content, document: &ChannelDocument, dice: &mut Dice) {
    // Of several under one id the first to arrive counts, so the others are no part of this.
    let accepted: Journal = events.iter().cloned().collect();
    let mut others: Vec<Event> = accepted.arrived().to_vec();
    let doubles: Vec<Event> = (0..dice.below(4)).map(|_| dice.pick(&others).clone()).collect();
    others.extend(doubles);
    dice.shuffle(&mut others);
    let (journal, fold) = folded(others.into_iter());
    assert!(journal.iter().eq(accepted.iter()), "the canonical order");
    assert_eq!(project("c", &journal, &fold, document, Timestamp::MAX), *content, "another order");

    let mut writer = JournalWriter::default();
    journal.arrived().iter().for_each(|event| writer.append(event));
    let mut stored = Vec::new();
    writer.changed(&mut |_, chunk| decode_chunk(chunk, &mut |event| stored.push(event)).expect("a chunk is read"));
    assert_eq!(stored, journal.arrived(), "the journal's rows");
    let record: Value = serde_json::from_slice(&json_of(content)).expect("a record is JSON");
    assert_eq!(record["id"], "c");
}

/// Live, with timers firing between the events, the last revision has the content of the replay.
fn lived(journal: &Journal, events: &[Event], content: &Content, document: &ChannelDocument, dice: &mut Dice) {
    let windows = Windows::default();
    let mut life = Life::default();
    let (mut prints, mut last) = (None, None);
    let (mut known, mut fold) = (Journal::new(), Fold::default());
    let mut watermark = Timestamp::MIN;
    let mut arrived = events.iter();
    loop {
        let batch: Vec<Event> = arrived.by_ref().take(1 + dice.below(6)).cloned().collect();
        let is_end = batch.is_empty();
        let mut arrivals: Option<Arrivals> = None;
        for event in batch {
            let time = event.time;
            if !matches!(known.insert(event), Inserted::Appended | Inserted::Within) {
                continue;
            }
            match &mut arrivals {
                Some(arrivals) => arrivals.add(time),
                None => arrivals = Some(Arrivals::of(time)),
            }
        }
        if let Some(arrivals) = arrivals {
            fold = Fold::of(&known);
            life.settle(&fold, arrivals, watermark, &windows);
        }
        let newest = fold.updated_at().unwrap_or(watermark);
        let step = Span::from_millis(dice.between(0, 2 * 3_600_000));
        watermark = if is_end { watermark } else { watermark.max(newest.saturating_add(step)) };
        // At the end each timer at its own time, until the chat is to be dropped.
        loop {
            let deadline = life.deadline(&fold);
            if !is_end && deadline > watermark {
                break;
            }
            watermark = watermark.max(deadline);
            let firing = Firing { chat_id: "c", journal: &known, fold: &fold, document, watermark, windows: &windows };
            let stub = fire(&firing, &mut life, &mut prints, &mut |emitted| {
                assert_eq!(
                    emitted.revision.supersedes,
                    last.as_ref().map(|(number, _)| *number),
                    "revisions have gaps"
                );
                last = Some((emitted.revision.revision, emitted.content));
            });
            if stub.is_some() {
                // Dropped before all had come: the rest would be dead letters.
                if known.len() == journal.len() {
                    let (_, live) = last.as_ref().expect("a chat that is dropped had a record");
                    assert_eq!(json_of(live), json_of(content), "live and replayed");
                }
                return;
            }
        }
    }
}

fn written(outputs: &[Output], content: &Content, dice: &mut Dice) {
    let output = dice.pick(outputs);
    let bytes = output.write(content, &revision());
    assert!(!bytes.is_empty());
}

/// A few fields, explained: what a number is made of adds up to it, or explaining panics.
fn explained(journal: &Journal, fold: &Fold, document: &ChannelDocument, dice: &mut Dice) {
    let subject = Subject { chat_id: "c", journal, fold, document, due: Timestamp::MAX };
    let _ = timeline_to_json("c", &timeline(journal));
    let all = durations(&subject);
    for _ in 0..2 {
        if let Some((field, _)) = all.get(dice.below(all.len())) {
            let _ = to_json(&explain(&subject, field).expect("a field of the record"));
        }
    }
    let field = *dice.pick(&[
        "state",
        "tags",
        "profile.csat",
        "frtInOperation",
        "firstAlfEndedAt",
        "sessionMetadata.queue_time",
    ]);
    if let Ok(explanation) = explain(&subject, field) {
        let _ = to_json(&explanation);
    }
}

/// Which fields have a value, and what the course of the chat was.
fn signature(content: &Content, fold: &Fold) -> u64 {
    let fixed: Vec<u8> = content.fingerprints().fixed.iter().flat_map(|(code, _)| code.to_le_bytes()).collect();
    let course = format!("{:?} {} {}", fold.state(), fold.episodes().len().min(4), fold.turns().len().min(4));
    xxh3_64(&[fixed.as_slice(), course.as_bytes()].concat())
}
