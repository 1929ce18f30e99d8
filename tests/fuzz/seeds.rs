//! What mutation begins with: the golden cases and generated traffic.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use wrapup::generate::{Options, Traffic};

/// A channel's document and the events of a chat, in the order of arrival, one CloudEvent each.
pub struct Chat {
    pub document: String,
    pub events: Vec<String>,
}

/// The chats of the golden cases, then some that are generated, late and doubled.
pub fn chats() -> Vec<Chat> {
    let mut chats = golden();
    let traffic = || Traffic::new(7, 40, Options { out_of_order: 0.2, duplicates: 0.1, ..Options::default() });
    let documents: BTreeMap<String, String> =
        traffic().directory().into_iter().map(|entry| (entry.key, entry.json)).collect();
    let mut by_chat: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in traffic() {
        by_chat.entry(event.key).or_default().push(event.json);
    }
    chats.extend(by_chat.into_values().map(|events| {
        let channel = events.iter().find_map(|event| {
            let event: Value = serde_json::from_str(event).expect("generated events are JSON");
            event["data"]["channelId"].as_str().map(|id| format!("channel/{id}"))
        });
        let document = channel.and_then(|key| documents.get(&key).cloned()).unwrap_or_else(|| "{}".to_owned());
        Chat { document, events }
    }));
    chats
}

fn golden() -> Vec<Chat> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the golden cases").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let mut chats = Vec::new();
    for file in files {
        let case: Value = serde_json::from_slice(&std::fs::read(file).expect("a case")).expect("JSON");
        let documents = case["directory"].as_object().expect("a directory");
        let document = documents.values().next().map_or_else(|| "{}".to_owned(), Value::to_string);
        let mut by_chat: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for event in case["events"].as_array().expect("events") {
            by_chat.entry(event["subject"].to_string()).or_default().push(event.to_string());
        }
        chats.extend(by_chat.into_values().map(|events| Chat { document: document.clone(), events }));
    }
    chats
}

/// Documents of channels: those of the chats, and one with everything.
pub fn documents() -> Vec<String> {
    let mut documents: Vec<String> = chats().into_iter().map(|chat| chat.document).collect();
    documents.push(EVERYTHING.to_owned());
    documents.sort();
    documents.dedup();
    documents
}

const EVERYTHING: &str = r#"{"name":"n","timezone":"America/St_Johns","operatingHours":[
    {"effectiveFrom":"2026-01-01","weekly":{"mon":[["09:00","18:00"],["18:00","02:00"]],"tue":[],"sun":[["00:00","24:00"]]},
     "breaks":{"mon":[["12:00","13:00"],["23:30","00:30"]]},"holidays":["2026-05-05","2026-03-02"],
     "special":{"2026-12-24":[["09:00","13:00"]],"2026-03-02":[["22:00","22:00"]]}},
    {"effectiveFrom":"2026-03-09","weekly":{"wed":[["10:00","10:01"]]}}],
  "switches":[{"at":"2026-03-02T10:00:00Z","open":false},{"at":"2026-03-02T11:00:00+09:00","open":true}],
  "serviceLevel":[{"effectiveFrom":"2026-01-01","targetSecs":20,"targetPercent":80,"abandonThresholdSecs":5}],
  "profileSchema":{"vip":"Boolean","n":"Number","d":"Date","at":"Datetime","l":"List","s":"String"}}"#;
