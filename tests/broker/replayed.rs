//! The second opinion: what `wrapup replay` makes of the same events.
#![allow(dead_code, reason = "each test uses its own part of it")]

use std::collections::BTreeMap;

use serde_json::Value;

use super::Deployment;
use super::traffic::ago;
use crate::support::content;

/// The records are those that `replay` makes of the same events.
pub fn assert_as_replayed(deployment: &Deployment, records: &BTreeMap<String, Vec<Value>>) {
    let folder = deployment.folder.path();
    let file = |name: &str, lines: Vec<String>| {
        let path = folder.join(name);
        std::fs::write(&path, lines.join("\n")).expect("written");
        path.display().to_string()
    };
    let document = |(key, value): &(String, Option<String>)| {
        format!(r#"{{"key":"{key}","value":{}}}"#, value.as_deref().unwrap_or("null"))
    };
    let events = file("events.jsonl", deployment.lines.iter().map(|line| line.json.clone()).collect());
    let directory = file("directory.jsonl", deployment.directory.iter().map(document).collect());
    let out = folder.join("replayed.jsonl");
    let now = ago(0).to_string();
    let arguments = ["replay", "--events", &events, "--directory", &directory, "--as-of", &now, "--out"];
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_wrapup")).args(arguments).arg(&out).status();
    assert!(status.expect("it runs").success());
    let mut replayed: BTreeMap<String, Value> = BTreeMap::new();
    for line in std::fs::read_to_string(&out).expect("written").lines() {
        let record: Value = serde_json::from_str(line).expect("JSON");
        replayed.insert(record["id"].as_str().expect("an id").to_owned(), content(&record));
    }
    let expected = deployment.expected();
    assert_eq!(replayed.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (chat, replayed) in &replayed {
        assert_eq!(&content(records[chat].last().expect("one at least")), replayed, "{chat}");
    }
}
