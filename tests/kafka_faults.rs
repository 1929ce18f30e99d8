//! Faults at the edges, on a real broker: topics made anew or changed under a running program, records that the broker
//! refuses, transactions that must be split, control records where an end is expected.
#![cfg(feature = "runtime")]
#![allow(clippy::disallowed_methods, reason = "other processes live by the machine's clock")]

mod broker;
mod support;

use std::collections::BTreeMap;

use broker::traffic::{ago, short_chat, short_chats};
use broker::{Broker, Deployment, Process, Tail, until};
use serde_json::{Value, json};
use support::{INPUTS, Line};
use wrapup::log::{Cluster, Membership, Outgoing, partition_of};

// ------------------------------------------------------------------------------------------------- topics made anew

/// Deletes a topic and makes it again, empty, under the same name.
fn make_anew(broker: &Broker, deployment: &Deployment, topic: &str) {
    let topic = deployment.topic(topic);
    broker.topics(&["--delete", "--topic", &topic]);
    until("the topic's end", || deployment.cluster.partitions(&topic).expect("asked").is_none().then_some(()));
    let (code, said) = deployment.tool(&["topics", "create", "--partitions", "2"]);
    assert_eq!(code, Some(0), "{said}");
}

/// A deployment that has worked off some chats, and its process.
fn at_work(broker: &Broker, name: &str) -> (Deployment, Process) {
    let mut deployment = Deployment::new(broker, name, 2, &[]);
    let mut tail = deployment.tail("session-metadata");
    let process = deployment.run("a");
    deployment.send(&short_chats("x", 40));
    deployment.await_records(&mut tail);
    (deployment, process)
}

/// The process has ended by itself, and its last line says why.
fn assert_stopped((code, said): (Option<i32>, String), codes: &[i32], words: &[&str]) {
    let last = said.lines().last().unwrap_or_default();
    assert!(code.is_some_and(|code| codes.contains(&code)), "exit code {code:?}: {last}");
    words.iter().for_each(|word| assert!(last.contains(word), "{word} is not in {last:?}"));
    assert!(last.starts_with("wrapup: "), "{last:?}");
}

#[test]
fn a_topic_made_anew_while_stopped_is_not_counted_from_one_again() {
    let broker = Broker::shared();
    for (name, topic) in [("anew-input", "message-events"), ("anew-state", "chat-changelog")] {
        let (mut deployment, process) = at_work(broker, name);
        process.stop();
        make_anew(broker, &deployment, topic);
        // As if nothing had happened, with and without the state on disk.
        deployment.send(&short_chats("y", 80));
        for lose_state in [false, true] {
            if lose_state {
                std::fs::remove_dir_all(deployment.state_dir("a")).expect("deleted");
            }
            let changelog = format!("{name}-chat-changelog");
            assert_stopped(deployment.run_to_end("a", &[]), &[5], &[&changelog, "made anew"]);
        }
    }
}

#[test]
fn an_input_topic_made_anew_under_a_running_program_stops_it() {
    let broker = Broker::shared();
    let (mut deployment, process) = at_work(broker, "anew-running");
    process.await_ready(true);
    make_anew(broker, &deployment, "message-events");
    assert_stopped(process.ended(), &[5], &["anew-running-message-events", "made anew"]);
    // More than was there before: the old position would be found in it.
    deployment.send(&short_chats("y", 80));
    assert_stopped(deployment.run_to_end("a", &[]), &[5], &["anew-running-chat-changelog", "made anew"]);
}

#[test]
fn partitions_added_under_a_running_program_stop_it_with_the_counts() {
    let broker = Broker::shared();
    let (mut deployment, process) = at_work(broker, "grown");
    process.await_ready(true);
    let topic = deployment.topic("queue-events");
    broker.topics(&["--alter", "--topic", &topic, "--partitions", "3"]);
    let counts = ["grown-chat-events has 2", "grown-queue-events has 3"];
    assert_stopped(process.ended(), &[2], &counts);
    assert_stopped(deployment.run_to_end("a", &[]), &[2], &counts);
    // All of them: no longer what the state was made with.
    for topic in ["chat-events", "message-events", "chat-changelog", "channel-differences", "channel-changelog"] {
        broker.topics(&["--alter", "--topic", &deployment.topic(topic), "--partitions", "3"]);
    }
    deployment.send(&short_chats("y", 1));
    assert_stopped(deployment.run_to_end("a", &[]), &[5], &["2 partitions", "now there are 3"]);
}

#[test]
fn windows_of_another_size_under_a_living_application_id_are_refused() {
    let broker = Broker::shared();
    let (deployment, process) = at_work(broker, "resized");
    // Everything that was told in windows of a minute is added up: nothing of it comes again.
    deployment.await_snapshots();
    process.stop();
    let resized = ["--set", "snapshots.window=5m"];
    for lose_state in [false, true] {
        if lose_state {
            std::fs::remove_dir_all(deployment.state_dir("a")).expect("deleted");
        }
        assert_stopped(deployment.run_to_end("a", &resized), &[5], &["snapshots.window of 1 minutes, now it is 5m"]);
    }
    let process = deployment.run("a");
    process.await_ready(true);
    process.stop();
}

// ------------------------------------------------------------------------------------- what does not fit into the log

/// A tag that no compression makes smaller.
fn noise(bytes: usize) -> String {
    let mut dice = support::Dice::new(bytes as u64);
    (0..bytes).map(|_| char::from(b'!' + dice.below(90) as u8)).filter(|c| !"\"\\".contains(*c)).collect()
}

/// A short chat with a large tag in it.
fn large_chat(chat: &str, bytes: usize) -> Vec<Line> {
    let mut lines = short_chat(chat, 5);
    let at = ago(5).saturating_add(wrapup::time::Span::from_secs(10)).to_string();
    lines.insert(2, Line::of(chat, "9", "chat.tagged", &at, json!({"add": [noise(bytes)]})));
    lines
}

#[test]
fn an_event_whose_state_the_broker_refuses_goes_to_the_dead_letters_and_the_rest_goes_on() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "refused-state", 2, &[]);
    broker.configure(&deployment.topic("chat-changelog"), "max.message.bytes=60000");
    let mut tail = deployment.tail("session-metadata");
    let mut letters = deployment.tail("dead-letters");
    let mut poisoned = large_chat("poisoned", 200_000);
    let poison = poisoned.remove(2);
    deployment.send(&short_chats("before", 50));
    deployment.send_again(&poison);
    deployment.send(&poisoned);
    deployment.send(&short_chats("after", 50));
    let process = deployment.run("a");
    deployment.await_records(&mut tail);
    letters.read_to_end(&deployment.cluster, &deployment.topic("dead-letters"));
    let found: Vec<(String, String)> =
        letters.records.iter().map(|letter| (letter.header("reason"), letter.key_text())).collect();
    assert_eq!(found, [("unprocessable".to_owned(), "poisoned".to_owned())]);
    assert_eq!(letters.records[0].value.as_deref(), Some(poison.json.as_bytes()));
    assert_eq!(process.metric("wrapup_poisoned_records_total", ""), 1.0);
    process.stop();
    deployment.assert_records();
}

#[test]
fn a_due_record_that_the_broker_refuses_stops_its_task_alone_until_there_is_room() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "refused-record", 2, &[]);
    let records = deployment.topic("session-metadata");
    broker.configure(&records, "max.message.bytes=60000");
    let mut tail = deployment.tail("session-metadata");
    let process = deployment.run("a");
    deployment.send(&large_chat("large", 200_000));
    let task = partition_of(b"large", 2);
    let alarm = until("an alarm", || {
        let (status, words) = process.get("/readyz")?;
        (status == 503 && words.contains("refuses a record")).then_some(words)
    });
    assert!(alarm.contains(&format!("task {task} is paused")) && alarm.contains("max.message.bytes"), "{alarm}");
    // Chats of the other task are none the worse for it.
    let others: Vec<Line> =
        short_chats("other", 40).into_iter().filter(|line| partition_of(line.chat.as_bytes(), 2) != task).collect();
    let all = std::mem::take(&mut deployment.lines);
    deployment.send(&others);
    deployment.await_records(&mut tail);
    deployment.lines.extend(all);
    process.stop();
    broker.configure(&records, "max.message.bytes=16777216");
    let process = deployment.run("a");
    deployment.await_records(&mut tail);
    process.await_ready(true);
    process.stop();
    deployment.assert_records();
}

/// The lengths of the runs of records without a gap: between two lies the mark of a transaction's end.
fn runs(tail: &Tail) -> Vec<usize> {
    let mut offsets: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
    tail.records.iter().for_each(|record| offsets.entry(record.partition).or_default().push(record.offset));
    let of = |offsets: &Vec<i64>| offsets.chunk_by(|a, b| a + 1 == *b).map(<[i64]>::len).collect::<Vec<_>>();
    offsets.values().flat_map(of).collect()
}

#[test]
fn what_is_due_at_once_goes_out_in_transactions_of_bounded_size() {
    const MOST: usize = 7;
    let broker = Broker::shared();
    let settings = ["commit.max_timers = 7", "commit.max_records = 100", "finalization.update_window = \"10s\""];
    let mut deployment = Deployment::new(broker, "split", 2, &settings);
    let mut tail = deployment.tail("session-metadata");
    deployment.send(&short_chats("x", 400));
    let process = deployment.run("a");
    until("all events", || (process.metric("wrapup_events_total", "") >= 1_200.0).then_some(()));
    // Nothing is due before; then everything is.
    process.kill();
    std::thread::sleep(std::time::Duration::from_secs(15));
    let process = deployment.run("a");
    deployment.await_records(&mut tail);
    let runs = runs(&tail);
    assert!(runs.iter().all(|run| *run <= MOST), "{runs:?}");
    assert!(runs.iter().filter(|run| **run == MOST).count() > 20, "{runs:?}");
    process.stop();
    deployment.assert_records();
}

// --------------------------------------------------------------------------------------------- an end that is no record

#[test]
fn aborted_and_control_records_at_an_end_are_no_stall_and_hold_nothing_up() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "aborted", 1, &["input.stall_timeout = \"1s\""]);
    let mut tail = deployment.tail("session-metadata");
    let process = deployment.run("a");
    process.await_ready(true);
    for round in 0..2 {
        deployment.send(&short_chats(&format!("round-{round}"), 3));
        abort_records(&deployment, &format!("writer-{round}"));
        deployment.await_records(&mut tail);
        // Had it taken the markers for something to be read, it would say so within these.
        until("a look at the ends", || (process.metric("wrapup_consumer_lag_records", "") == 0.0).then_some(()));
        std::thread::sleep(std::time::Duration::from_secs(4));
        assert_eq!(process.get("/readyz").expect("an answer").0, 200);
        assert_eq!(process.metric("wrapup_consumer_lag_records", ""), 0.0);
    }
    let stalls: Vec<Value> = process.said("an input partition stands still");
    assert!(stalls.is_empty(), "{stalls:?}");
    process.stop();
    // Nor is it one for a process that begins there.
    let process = deployment.run("a");
    process.await_ready(true);
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert!(process.said("an input partition stands still").is_empty());
    assert_eq!(process.get("/readyz").expect("an answer").0, 200);
    process.stop();
    deployment.assert_records();
}

/// Ends all three inputs with records of an aborted transaction, and its markers.
fn abort_records(deployment: &Deployment, writer: &str) {
    let membership = Membership {
        group: writer.to_owned(),
        instance: writer.to_owned(),
        topics: vec![deployment.topic("queue-events")],
    };
    let mut session = deployment.cluster.join(&membership).expect("joined");
    let ends = || INPUTS.map(|topic| deployment.cluster.bounds(&deployment.topic(topic), 0).expect("bounds").1);
    let before = ends();
    session.begin().expect("begun");
    for topic in INPUTS {
        let topic = deployment.topic(topic);
        let (key, value) = (Some(&b"never"[..]), Some(&b"never"[..]));
        let record = Outgoing { topic: &topic, partition: Some(0), key, value, headers: &[] };
        session.send(record).expect("sent");
    }
    // Else `abort` takes them off the producer's queue.
    until("the records", || (0..3).all(|topic| ends()[topic] > before[topic]).then_some(()));
    session.abort().expect("aborted");
    until("the markers", || (0..3).all(|topic| ends()[topic] > before[topic] + 1).then_some(()));
}
