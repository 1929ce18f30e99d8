//! What the demo shows: a progress line, a few chats as a table, a correction, where things lie.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::super::Failure;
use super::super::output::{print, say};

/// Rows of the table.
const ROWS: usize = 10;

pub(super) fn introduction(kafka: Option<&str>, speed: u32) {
    let log = kafka.map_or("the in-process log".to_owned(), |address| format!("the Kafka broker at {address}"));
    say(&format!(
        "wrapup demo: four hours of a contact center in about half a minute ({speed} times real time),\n\
         producer → processor → consumer through {log}, exactly once, state in RocksDB"
    ));
}

/// How often a progress line is due.
pub(super) fn progress_every() -> Duration {
    if std::io::stderr().is_terminal() { Duration::from_millis(250) } else { Duration::from_secs(4) }
}

/// On a terminal the line is written over; elsewhere each stands for itself.
pub(super) fn progress(line: &str) {
    let mut stderr = std::io::stderr();
    let _ = if stderr.is_terminal() { write!(stderr, "\r{line}\x1b[K") } else { writeln!(stderr, "{line}") };
    let _ = stderr.flush();
}

pub(super) fn progress_done() {
    if std::io::stderr().is_terminal() {
        say("");
    }
}

/// The result: tables on stdout.
pub(super) fn end(revisions: &BTreeMap<String, Vec<Value>>, folder: &Path, kafka: Option<&str>) -> Result<(), Failure> {
    let mut text = String::new();
    table(&mut text, revisions);
    correction(&mut text, revisions)?;
    places(&mut text, folder, kafka);
    print(&text)
}

fn table(text: &mut String, revisions: &BTreeMap<String, Vec<Value>>) {
    let _ = writeln!(text, "\n{} chats are finalized. A few of them, times in seconds:\n", revisions.len());
    let _ = writeln!(
        text,
        "{:<10} {:<14} {:<8} {:>3} {:<18} {:>10} {:>12} {:>7} {:>10} {:>5}",
        "chat", "channel", "state", "rev", "reason", "to answer", "in op. hours", "replies", "to close", "csat"
    );
    // First those that show something, then the rest.
    let mut rows: Vec<&Vec<Value>> = revisions.values().collect();
    rows.sort_by_key(|revisions| {
        let last = revisions.last().unwrap_or(&Value::Null);
        let told = ["timeToFirstAnswer", "timeToClose"].iter().filter(|key| !last[**key].is_null()).count();
        let csat = usize::from(!last["profile"]["csat"].is_null());
        std::cmp::Reverse(told + csat + usize::from(revisions.len() > 1))
    });
    for revisions in rows.iter().take(ROWS) {
        let Some(last) = revisions.last() else { continue };
        let _ = writeln!(
            text,
            "{:<10} {:<14} {:<8} {:>3} {:<18} {:>10} {:>12} {:>7} {:>10} {:>5}",
            cell(&last["id"]),
            cell(&last["channelId"]),
            cell(&last["state"]),
            cell(&last["revision"]),
            cell(&last["reason"]),
            cell(&last["timeToFirstAnswer"]),
            cell(&last["timeToFirstAnswerInOperation"]),
            cell(&last["replyCount"]),
            cell(&last["timeToClose"]),
            cell(&last["profile"]["csat"]),
        );
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// One chat whose customer answered the survey after the record had gone out.
fn correction(text: &mut String, revisions: &BTreeMap<String, Vec<Value>>) -> Result<(), Failure> {
    let is_csat = |pair: &[Value]| {
        let changed = pair[1]["changed"].as_array();
        changed.is_some_and(|names| names.iter().any(|name| name == "/profile/csat"))
            && pair[1]["reason"] == "post_session_event"
    };
    let found = revisions.values().find_map(|revisions| revisions.windows(2).find(|pair| is_csat(pair)));
    let Some(pair) = found else {
        return Err(Failure::failed("no correction came: the demo has not shown what it should; please report it"));
    };
    let _ = writeln!(
        text,
        "\nA correction: the customer of chat {} answered the survey after the record.\n",
        cell(&pair[0]["id"])
    );
    for record in pair {
        let _ = writeln!(
            text,
            "  revision {}  {:<18} finalizedAt {}  profile.csat {:<4} supersedes {}  changed {}",
            record["revision"],
            cell(&record["reason"]),
            cell(&record["finalizedAt"]),
            cell(&record["profile"]["csat"]),
            cell(&record["supersedes"]),
            record["changed"],
        );
    }
    Ok(())
}

fn places(text: &mut String, folder: &Path, kafka: Option<&str>) {
    let shown = folder.display();
    let _ = writeln!(text, "\nWhere the data lies:");
    let _ = writeln!(text, "  {shown}/records.jsonl   every record, one JSON object per line, revisions in order");
    let _ = writeln!(text, "  {shown}/state/          the chats' state, one RocksDB per partition");
    if let Some(address) = kafka {
        let _ =
            writeln!(text, "  topics on {address}: chat-events, message-events, queue-events, directory-events in;");
        let _ = writeln!(text, "  session-metadata, dead-letters, wrapup-demo-chat-changelog out");
    }
    let _ = writeln!(text, "\nOn a broker of yours:");
    let _ = writeln!(text, "  wrapup topics create --set kafka.bootstrap_servers=HOST:9092");
    let _ = writeln!(text, "  wrapup run --set kafka.bootstrap_servers=HOST:9092 --set state_dir=./state");
    if kafka.is_none() {
        let _ = writeln!(text, "or, with a local one, the same demo through Kafka: make demo KAFKA=1");
    }
}
