//! The second opinion: what `wrapup replay` makes of the same events.
#![allow(dead_code, reason = "each test uses its own part of it")]

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};

use super::Deployment;
use super::tail::Record;
use super::traffic::ago;
use crate::support::content;

/// The records are those that `replay` makes of the same events.
pub fn assert_as_replayed(deployment: &Deployment, records: &BTreeMap<String, Vec<Value>>) {
    let (events, directory) = files(deployment);
    let out = deployment.folder.path().join("replayed.jsonl");
    let now = ago(0).to_string();
    let arguments = ["replay", "--events", &events, "--directory", &directory, "--as-of", &now, "--out"];
    let status = Command::new(env!("CARGO_BIN_EXE_wrapup")).args(arguments).arg(&out).status();
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

/// The events and the directory as files for `replay`.
fn files(deployment: &Deployment) -> (String, String) {
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
    (events, directory)
}

/// The last revision of every metric snapshot is what the oracle, a computation in another language that shares nothing
/// with the program, makes of the same events.
pub fn assert_snapshots_as_the_oracle(deployment: &Deployment) {
    let (events, directory) = files(deployment);
    let path = |name: &str| deployment.folder.path().join(name).display().to_string();
    let topic = deployment.topic("metric-snapshots");
    let mut tail = deployment.tail("metric-snapshots");
    tail.read_to_end(&deployment.cluster, &topic);
    // As they were written: read as numbers and written again, some would differ in the last digit.
    let text = |record: &Record| String::from_utf8(record.value.clone().expect("no tombstones")).expect("JSON");
    let last: BTreeMap<String, String> = tail.records.iter().map(|record| (record.key_text(), text(record))).collect();
    let line = |(key, value): (&String, &String)| format!("{{\"key\":{},\"value\":{value}}}\n", json!(key));
    std::fs::write(path("our-snapshots.jsonl"), last.iter().map(line).collect::<String>()).expect("written");
    let oracle = |arguments: &[&str]| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/oracle.py");
        let mut command = Command::new("python3");
        let output = command.env("PYTHONDONTWRITEBYTECODE", "1").arg(script).args(arguments).output();
        let output = output.expect("python3 starts: `make setup` installs it");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let first: Vec<&str> = said.lines().take(20).collect();
        assert!(output.status.success(), "{}:\n{}", arguments[0], first.join("\n"));
    };
    let (now, theirs) = (ago(0).to_string(), path("their-snapshots.jsonl"));
    let inputs = ["replay", "--events", &events, "--directory", &directory, "--as-of", &now];
    oracle(&[&inputs[..], &["--out", &path("their.jsonl"), "--snapshots", &theirs]].concat());
    oracle(&["compare-snapshots", &path("our-snapshots.jsonl"), &theirs]);
    oracle(&["identities", &path("our-snapshots.jsonl")]);
}
