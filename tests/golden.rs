//! The golden cases: events and directory in, the values of the record they must give out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use wrapup::calendar::ChannelDocument;
use wrapup::chat::{Fold, Folded, Inserted, Journal};
use wrapup::event::{Decoded, decode_line};
use wrapup::record::{Reason, Revision, project};
use wrapup::time::Span;

/// The window between a session's end and its record.
const UPDATE_WINDOW: Span = Span::from_secs(15 * 60);

struct Case {
    name: String,
    json: Value,
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the golden cases").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let read = |path: PathBuf| Case {
        name: path.file_stem().expect("a file's name").to_string_lossy().into_owned(),
        json: serde_json::from_slice(&std::fs::read(path).expect("a golden case")).expect("JSON"),
    };
    let cases: Vec<Case> = files.into_iter().map(read).collect();
    assert_eq!(cases.len(), 12);
    cases
}

/// A case's chats, folded event by event as they stand in the file.
fn chats(case: &Case) -> BTreeMap<String, (Journal, Fold)> {
    let mut chats: BTreeMap<String, (Journal, Fold)> = BTreeMap::new();
    for event in case.json["events"].as_array().expect("events") {
        let line = event.to_string();
        let Decoded::Event { chat_id, event } = decode_line(line.as_bytes(), None) else {
            panic!("{}: not accepted: {line}", case.name);
        };
        let (journal, fold) = chats.entry(chat_id.into_owned()).or_default();
        match journal.insert(event.clone()) {
            Inserted::Appended if fold.append(&event) == Folded::Applied => {}
            Inserted::Duplicate | Inserted::Full => panic!("{}: not taken: {line}", case.name),
            _ => *fold = Fold::of(journal),
        }
    }
    chats
}

fn document(case: &Case, fold: &Fold) -> ChannelDocument {
    let key = format!("channel/{}", fold.channel_id().expect("a channel"));
    let json = case.json["directory"][&key].to_string();
    ChannelDocument::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{}: {key}: {error}", case.name))
}

fn record(case: &Case, chat_id: &str, journal: &Journal, fold: &Fold) -> Value {
    let due = fold.ended_at().expect("an end").saturating_add(UPDATE_WINDOW);
    let content = project(chat_id, journal, fold, &document(case, fold), due);
    let revision =
        Revision { revision: 1, supersedes: None, reason: Reason::SessionEnd, changed: Vec::new(), finalized_at: due };
    serde_json::from_slice(&content.to_json(&revision)).expect("JSON")
}

#[test]
fn records_have_every_expected_value() {
    let (mut compared, mut wrong) = (0, Vec::new());
    for case in cases() {
        let chats = chats(&case);
        let expected = case.json["expect"].as_object().expect("expectations");
        assert_eq!(chats.len(), expected.len(), "{}: chats", case.name);
        for (chat_id, paths) in expected {
            let (journal, fold) = &chats[chat_id];
            let record = record(&case, chat_id, journal, fold);
            for (path, expected) in paths.as_object().expect("paths") {
                compared += 1;
                // A missing key is not null: every key is always present.
                let actual = record.pointer(&format!("/{path}"));
                if actual != Some(expected) {
                    wrong.push(format!("{} {chat_id} {path}: expected {expected}, is {actual:?}", case.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(compared, 280);
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    for case in cases() {
        let (mut backwards, forwards) = (Case { name: case.name.clone(), json: case.json.clone() }, chats(&case));
        backwards.json["events"].as_array_mut().expect("events").reverse();
        for (chat_id, (journal, fold)) in chats(&backwards) {
            let (other_journal, other_fold) = &forwards[&chat_id];
            assert!(journal.iter().eq(other_journal.iter()));
            assert_eq!(fold, *other_fold);
            assert_eq!(
                record(&case, &chat_id, &journal, &fold),
                record(&case, &chat_id, other_journal, other_fold),
                "{} {chat_id}",
                case.name
            );
        }
    }
}
