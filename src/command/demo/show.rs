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
pub(super) fn end(
    revisions: &BTreeMap<String, Vec<Value>>,
    wallboard: &BTreeMap<String, Value>,
    folder: &Path,
    kafka: Option<&str>,
) -> Result<(), Failure> {
    let mut text = String::new();
    table(&mut text, revisions);
    correction(&mut text, revisions)?;
    channels(&mut text, wallboard);
    places(&mut text, folder, kafka);
    print(&text)
}

/// The newest day of every channel, and what is so at the end.
fn channels(text: &mut String, wallboard: &BTreeMap<String, Value>) {
    let mut days: BTreeMap<&str, (&Value, Option<&Value>)> = BTreeMap::new();
    // Keys of a channel are in the order of time, its live record comes last.
    for (key, value) in wallboard {
        let channel = key.split('/').next().unwrap_or_default();
        if key.ends_with("/live") {
            if let Some(day) = days.get_mut(channel) {
                day.1 = Some(&value["live"]);
            }
        } else {
            days.insert(channel, (value, None));
        }
    }
    let _ = writeln!(text, "\nThe wallboard, from the metric snapshots of each channel's day:\n");
    let _ = writeln!(
        text,
        "{:<14} {:>7} {:>6} {:>6} {:>7} {:>11} {:>11} {:>9} {:>8} {:>8}",
        "channel",
        "created",
        "closed",
        "missed",
        "replies",
        "p50 answer",
        "p90 answer",
        "in SLA %",
        "live now",
        "waiting"
    );
    for (channel, (day, live)) in days {
        let (counts, answer) = (&day["counts"], &day["distributions"]["timeToFirstAnswer"]);
        if counts.as_object().is_none_or(|counts| counts.values().all(|count| *count == 0)) {
            // Of chats whose channel was not known yet.
            continue;
        }
        let live = |gauge: &str| live.map_or("0".to_owned(), |live| cell(&live[gauge]));
        let percent =
            day["serviceLevel"]["percent"].as_f64().map_or("–".to_owned(), |percent| format!("{percent:.1}"));
        let _ = writeln!(
            text,
            "{:<14} {:>7} {:>6} {:>6} {:>7} {:>11} {:>11} {percent:>9} {:>8} {:>8}",
            if channel.is_empty() { "–" } else { channel },
            cell(&counts["created"]),
            cell(&counts["closed"]),
            cell(&counts["missed"]),
            cell(&counts["replies"]),
            cell(&answer["p50"]),
            cell(&answer["p90"]),
            live("chats"),
            live("waitingReply"),
        );
    }
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
        let _ = writeln!(text, "  session-metadata, metric-snapshots, dead-letters and the wrapup-demo-… topics out");
    }
    let _ = writeln!(text, "\nOn a broker of yours:");
    let _ = writeln!(text, "  wrapup topics create --set kafka.bootstrap_servers=HOST:9092");
    let _ = writeln!(text, "  wrapup run --set kafka.bootstrap_servers=HOST:9092 --set state_dir=./state");
    if kafka.is_none() {
        let _ = writeln!(text, "or, with a local one, the same demo through Kafka: make demo KAFKA=1");
    }
}
