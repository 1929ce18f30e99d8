//! The product against the oracle: a second, independent computation of every record, in Python.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const ORACLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle");

fn python(script: &str, arguments: &[&str]) -> Output {
    let path = Path::new(ORACLE).join(script);
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(path).args(arguments);
    command.output().expect("python3 starts: `make setup` installs it")
}

fn json_lines(path: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("readable");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What tells one line of an output from another, in order. Content is compared by the oracle.
fn outline(path: &str, keys: &[&str]) -> Vec<Vec<Value>> {
    json_lines(path).iter().map(|line| keys.iter().map(|key| line[key].clone()).collect()).collect()
}

/// Replays the folder's files twice and compares records and dead letters. Gives the number of records.
fn same(folder: &Path, options: &[&str], whence: &str) -> usize {
    let path = |name: &str| folder.join(name).display().to_string();
    let (events, directory) = (path("events.jsonl"), path("directory.jsonl"));
    let inputs = ["replay", "--events", &events, "--directory", &directory];
    let (out, letters) =
        ([path("ours.jsonl"), path("theirs.jsonl")], [path("our-dead.jsonl"), path("their-dead.jsonl")]);
    let snapshots = [path("our-snapshots.jsonl"), path("their-snapshots.jsonl")];
    let outputs =
        |side: usize| ["--out", &out[side], "--dead-letters", &letters[side], "--snapshots", &snapshots[side]];

    let arguments = [&inputs[..], &outputs(0), options].concat();
    let ours = Command::new(env!("CARGO_BIN_EXE_wrapup")).args(arguments).output().expect("the program starts");
    let theirs = python("oracle.py", &[&inputs[..], &outputs(1), options].concat());
    let said = String::from_utf8_lossy(&ours.stderr).into_owned() + &String::from_utf8_lossy(&theirs.stderr);
    assert_eq!(ours.status.code(), theirs.status.code(), "{whence}: {said}");

    let dead = ["file", "line", "reason", "raw"];
    assert_eq!(outline(&letters[0], &dead), outline(&letters[1], &dead), "{whence}: dead letters");
    let revision = ["id", "revision", "supersedes", "reason", "finalizedAt"];
    assert_eq!(outline(&out[0], &revision), outline(&out[1], &revision), "{whence}: revisions");
    passes(&["compare", &out[0], &out[1]], whence);
    passes(&["compare-snapshots", &snapshots[0], &snapshots[1]], whence);
    passes(&["identities", &snapshots[0]], whence);
    outline(&out[0], &revision).len()
}

/// A comparison of the oracle's, which prints what differs: ours, then its own.
fn passes(arguments: &[&str], whence: &str) {
    let compared = python("oracle.py", arguments);
    let differences = String::from_utf8_lossy(&compared.stdout);
    let first: Vec<&str> = differences.lines().take(20).collect();
    assert!(compared.status.success(), "{whence}: {}:\n{}", arguments[0], first.join("\n"));
}

/// A messy corpus of the oracle's, under a seed.
fn corpus(seed: u32, options: &[&str]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let (seed, out) = (seed.to_string(), folder.path().display().to_string());
    let made = python("corpus.py", &[&["--seed", &seed, "--chats", "300", "--out-dir", &out], options].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

#[test]
fn every_record_of_messy_chats_is_the_oracles() {
    for seed in 1..=8 {
        let folder = corpus(seed, &[]);
        assert!(same(folder.path(), &[], &format!("corpus.py --seed {seed} --chats 300")) >= 300);
    }
}

#[test]
fn malformed_lines_are_the_same_dead_letters_and_hurt_no_record() {
    for seed in 11..=14 {
        let folder = corpus(seed, &["--bad"]);
        same(folder.path(), &[], &format!("corpus.py --seed {seed} --chats 300 --bad"));
    }
}

#[test]
fn a_replay_up_to_an_instant_stops_where_the_oracle_stops() {
    let spans = ["--update-window", "90s", "--idle-expiry", "26h"];
    for (seed, as_of) in
        [(21, "2026-03-03T23:59:59.999Z"), (22, "2026-03-29T05:00:00Z"), (23, "2026-10-25T03:00:00+01:00")]
    {
        let folder = corpus(seed, &[]);
        let options = [&["--as-of", as_of], &spans[..]].concat();
        same(folder.path(), &options, &format!("corpus.py --seed {seed} --chats 300, as of {as_of}"));
    }
}

#[test]
fn every_record_of_made_up_traffic_is_the_oracles() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().display().to_string();
    let arguments =
        ["generate", "--seed", "42", "--chats", "600", "--shuffle", "--duplicates", "0.1", "--out-dir", &out];
    let made = Command::new(env!("CARGO_BIN_EXE_wrapup")).args(arguments).output().expect("the program starts");
    assert!(made.status.success());
    assert!(same(folder.path(), &[], "generated traffic") >= 600);
}
