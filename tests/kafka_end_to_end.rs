//! End to end: real processes on a real Kafka broker, which are killed, stopped, starved of disk and broker. What they
//! wrote is compared with what follows from the events alone.
#![cfg(feature = "runtime")]
#![allow(clippy::disallowed_methods, reason = "other processes live by the machine's clock")]

mod broker;
mod support;

use std::collections::BTreeMap;

use broker::replayed::{assert_as_replayed, assert_snapshots_as_the_oracle};
use broker::traffic::{ago, send_directory, short_chat, short_chats, traffic};
use broker::{Broker, Deployment, Process, until};
use serde_json::{Value, json};
use support::Line;
use wrapup::log::{Cluster, LogError, partition_of};

const GROUPS: &str = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";

// ------------------------------------------------------------------------------------------------ kills in rotation

#[test]
fn thousands_of_chats_come_out_right_while_processes_are_killed_in_rotation() {
    const ROUNDS: usize = 12;
    let (lines, made) = traffic(7, 2_000, true);
    let mut deployment =
        Deployment::new(Broker::shared(), "rotation", 8, &["workers = 2", "kafka.session_timeout = \"4s\""]);
    send_directory(&mut deployment, &made);
    let mut tail = deployment.tail("session-metadata");
    let names = ["a", "b", "c"];
    let mut processes: Vec<Option<Process>> = names.iter().map(|name| Some(deployment.run(name))).collect();
    for (round, slice) in lines.chunks(lines.len().div_ceil(ROUNDS)).enumerate() {
        // Every tenth comes twice, some of them rounds later.
        let again: Vec<Line> = lines.iter().skip(round).step_by(10 * ROUNDS).cloned().collect();
        deployment.send(slice);
        again.iter().for_each(|line| deployment.send_again(line));
        let before = tail.records.len();
        until("more records", || {
            tail.read();
            (tail.records.len() > before + 100).then_some(())
        });
        let victim = round % 3;
        if let Some(process) = processes[victim].take() {
            process.kill();
        }
        match round {
            4 => std::fs::remove_dir_all(deployment.state_dir(names[victim])).expect("its disk is lost"),
            // It stays away until the others have taken over.
            6 => continue,
            _ => {}
        }
        for (process, name) in processes.iter_mut().zip(names) {
            process.get_or_insert_with(|| deployment.run(name));
        }
    }
    deployment.await_records(&mut tail);
    deployment.await_snapshots();
    processes.into_iter().flatten().for_each(Process::stop);
    let records = deployment.assert_records();
    assert_as_replayed(&deployment, &records);
    deployment.assert_snapshots();
    assert_snapshots_as_the_oracle(&deployment);
}

// --------------------------------------------------------------------------------------------------------- bad input

/// Something that must come to the dead letters as it is.
struct Bad {
    reason: &'static str,
    topic: &'static str,
    partition: u32,
    key: Option<&'static str>,
    value: Option<Vec<u8>>,
    headers: Vec<(&'static str, Option<&'static [u8]>)>,
}

const BAD_PARTITIONS: u32 = 4;

fn bad(reason: &'static str, key: &'static str, value: impl Into<Vec<u8>>) -> Bad {
    let partition = partition_of(key.as_bytes(), BAD_PARTITIONS);
    Bad { reason, topic: "chat-events", partition, key: Some(key), value: Some(value.into()), headers: Vec::new() }
}

fn event(chat: &str, id: &str, kind: &str, at: &str, data: Value) -> String {
    Line::of(chat, id, kind, at, data).json
}

fn bad_input() -> Vec<Bad> {
    let past = ago(3).to_string();
    let by = || json!({"by": "user"});
    let opened = |chat: &str, id: &str, at: &str| event(chat, id, "chat.opened", at, by());
    let trace: &[u8] = b"00-\xff\xfe-binary";
    vec![
        Bad { key: None, partition: 1, ..bad("no_key", "", opened("k", "1", &past)) },
        Bad { partition: 2, ..bad("no_key", "", opened("k", "2", &past)) },
        {
            let right = bad("misrouted", "m", opened("m", "1", &past));
            Bad { partition: (right.partition + 1) % BAD_PARTITIONS, ..right }
        },
        Bad { topic: "queue-events", ..bad("unparsable", "u", &b"{\"specversion\": \xff not JSON"[..]) },
        Bad { topic: "message-events", value: None, ..bad("unparsable", "u", "") },
        Bad {
            headers: vec![("trace", Some(trace)), ("empty", Some(b"")), ("null", None), ("trace", Some(b"again"))],
            ..bad("invalid_envelope", "e", r#"{"specversion":"1.0","id":"1","type":"chat.opened","time":"x"}"#)
        },
        bad("subject_mismatch", "s", opened("somebody-else", "1", &past)),
        bad("time_too_old", "t", opened("t", "1", "1999-12-31T23:59:59.999Z")),
        bad("time_in_future", "t", opened("t", "2", &ago(-26).to_string())),
        Bad {
            topic: "message-events",
            ..bad("invalid_data", "d", event("d", "1", "message.sent", &past, json!({"messageId": "m"})))
        },
        Bad {
            // Binary mode, and the data is no object.
            headers: vec![
                ("ce_specversion", Some(b"1.0")),
                ("ce_id", Some(b"9")),
                ("ce_source", Some(b"/test")),
                ("ce_type", Some(b"chat.opened")),
                ("ce_time", Some(b"2026-01-05T09:00:00Z")),
                ("content-type", Some(b"application/json")),
            ],
            ..bad("invalid_data", "d", "[1]")
        },
        Bad {
            topic: "directory-events",
            partition: 0,
            ..bad("invalid_directory", "channel/c9", r#"{"timezone":"Mars/Olympus"}"#)
        },
        Bad { topic: "directory-events", partition: 0, ..bad("invalid_directory", "team", "{}") },
    ]
}

#[test]
fn bad_input_goes_to_the_dead_letters_byte_for_byte_and_only_once() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "bad", BAD_PARTITIONS, &[]);
    let bad = bad_input();
    for bad in &bad {
        deployment.produce(
            bad.topic,
            Some(bad.partition),
            bad.key.map(str::as_bytes),
            bad.value.as_deref(),
            &bad.headers,
        );
    }
    let past = ago(3).to_string();
    let unknown = event("x", "1", "chat.teleported", &past, json!({"to": 1}));
    deployment.produce("chat-events", None, Some(b"x"), Some(unknown.as_bytes()), &[]);
    deployment.send(&short_chat("good", 4));
    send_binary(&mut deployment);

    let process = deployment.run("a");
    let mut records = deployment.tail("session-metadata");
    deployment.await_records(&mut records);
    let mut letters = deployment.tail("dead-letters");
    until("all dead letters", || {
        letters.read();
        (letters.records.len() >= bad.len()).then_some(())
    });
    assert_eq!(process.metric("wrapup_ignored_total", ""), 1.0);
    assert_eq!(process.metric("wrapup_dead_letters_total", ""), bad.len() as f64);
    process.kill();
    // Once more, with the state and without it.
    for lose_state in [false, true] {
        if lose_state {
            std::fs::remove_dir_all(deployment.state_dir("a")).expect("deleted");
        }
        let process = deployment.run("a");
        process.await_ready(true);
        process.stop();
    }
    letters.read_to_end(&deployment.cluster, &deployment.topic("dead-letters"));
    assert_dead_letters(&deployment, &bad, &letters);
    deployment.assert_records();
}

/// An ended chat in binary mode, with and without a subject.
fn send_binary(deployment: &mut Deployment) {
    for line in short_chat("binary", 4) {
        let event: Value = serde_json::from_str(&line.json).expect("JSON");
        let text = |name: &str| event[name].as_str().expect("a text").as_bytes().to_vec();
        let (id, kind, time, source) = (text("id"), text("type"), text("time"), text("source"));
        let mut headers: Vec<(&str, Option<&[u8]>)> = vec![
            ("ce_specversion", Some(b"1.0")),
            ("ce_id", Some(&id)),
            ("ce_type", Some(&kind)),
            ("ce_time", Some(&time)),
            ("ce_source", Some(&source)),
        ];
        if line.topic == 1 {
            headers.extend([("ce_subject", Some(&b"binary"[..])), ("content-type", Some(b"application/json"))]);
        }
        let topic = support::INPUTS[line.topic];
        let data = event["data"].to_string();
        deployment.produce(topic, None, Some(b"binary"), Some(data.as_bytes()), &headers);
        deployment.lines.push(line);
    }
    deployment.feed.flush().expect("acknowledged");
}

fn assert_dead_letters(deployment: &Deployment, bad: &[Bad], letters: &broker::Tail) {
    let mut inputs = BTreeMap::new();
    for topic in support::INPUTS.into_iter().chain(["directory-events"]) {
        let mut tail = deployment.tail(topic);
        tail.read_to_end(&deployment.cluster, &deployment.topic(topic));
        inputs.insert(topic, tail);
    }
    assert_eq!(letters.records.len(), bad.len());
    for bad in bad {
        let key = bad.key.map(|key| key.as_bytes().to_vec());
        let came = inputs[bad.topic]
            .records
            .iter()
            .find(|record| record.value == bad.value && record.key == key && record.partition == bad.partition);
        let came = came.expect("it was sent");
        let (partition, offset) = (came.partition.to_string(), came.offset.to_string());
        let letter = letters.records.iter().find(|letter| {
            letter.header("topic") == deployment.topic(bad.topic)
                && letter.header("partition") == partition
                && letter.header("offset") == offset
        });
        let letter = letter.unwrap_or_else(|| panic!("{}: no dead letter", bad.reason));
        assert_eq!((&letter.key, &letter.value), (&came.key, &came.value), "{}", bad.reason);
        assert_eq!(letter.header("reason"), bad.reason);
        assert!(!letter.header("detail").is_empty());
        assert_eq!(letter.header("timestamp"), came.timestamp.expect("a timestamp").millis().to_string());
        let names: Vec<&str> = letter.headers[..6].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["reason", "detail", "topic", "partition", "offset", "timestamp"]);
        assert_eq!(letter.headers[6..], came.headers, "{}", bad.reason);
    }
}

// ------------------------------------------------------------------------------------------------ stopped and resumed

#[test]
fn a_process_that_was_stopped_past_its_session_writes_nothing_and_joins_again() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "zombie", 4, &["kafka.session_timeout = \"2s\""]);
    let mut tail = deployment.tail("session-metadata");
    let (zombie, other) = (deployment.run("a"), deployment.run("b"));
    deployment.send(&short_chats("first", 100));
    deployment.await_records(&mut tail);
    for round in 0..3 {
        zombie.await_ready(true);
        // Stopped while the timers of these are pending, or their events on the way.
        deployment.send(&short_chats(&format!("waiting-{round}"), 200));
        let read = 300.0 + 600.0 * f64::from(round + 1);
        if round == 1 {
            until("both have read", || {
                let events = |process: &Process| process.metric("wrapup_events_total", "");
                (events(&zombie) + events(&other) >= read).then_some(())
            });
        }
        let joined = zombie.said("assigned").len();
        zombie.signal("STOP");
        deployment.await_records(&mut tail);
        zombie.signal("CONT");
        zombie.await_said("assigned", joined + 1);
    }
    zombie.await_ready(true);
    deployment.send(&short_chats("last", 100));
    deployment.await_records(&mut tail);
    assert!(zombie.metric("wrapup_tasks", "state=\"running\"") > 0.0);
    zombie.stop();
    other.stop();
    deployment.assert_records();
}

// ------------------------------------------------------------------------------------------- stops, and what goes wrong

#[test]
fn a_stop_commits_what_was_read_and_a_restart_goes_on_from_there() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "stops", 2, &["commit_interval = \"1s\""]);
    let mut tail = deployment.tail("session-metadata");
    for round in 0..3 {
        let process = deployment.run("a");
        process.await_ready(true);
        deployment.send(&short_chats(&format!("round-{round}"), 50));
        until("events are read", || (process.metric("wrapup_events_total", "") > 0.0).then_some(()));
        // In the middle of a transaction's second.
        let read = process.metric("wrapup_events_total", "");
        process.signal("TERM");
        let (code, said) = process.ended();
        assert_eq!(code, Some(0), "{said}");
        assert!(committed(&deployment) >= read as i64, "what was read is committed");
    }
    let process = deployment.run("a");
    deployment.await_records(&mut tail);
    assert!(process.said("restoring from the changelog").is_empty(), "its stores were up to date");
    // Ctrl-C is as good.
    process.signal("INT");
    assert_eq!(process.ended().0, Some(0));
    deployment.assert_records();
}

/// The sum of the offsets committed, from what the changelog's meta rows say.
fn committed(deployment: &Deployment) -> i64 {
    let topic = deployment.topic("chat-changelog");
    let mut tail = deployment.tail("chat-changelog");
    tail.read_to_end(&deployment.cluster, &topic);
    let mut newest: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
    for record in &tail.records {
        if record.key.as_deref() == Some(wrapup::codec::META_KEY) {
            let meta = wrapup::codec::decode_meta(record.value.as_deref().expect("a row")).expect("a meta row");
            newest.insert(record.partition, meta.input_offsets);
        }
    }
    newest.values().flatten().sum()
}

#[test]
fn what_is_wrong_at_the_start_is_said_in_a_line_with_the_remedy_and_an_exit_code() {
    let broker = Broker::shared();
    let deployment = Deployment::without_topics(broker, "wrong", &[]);
    let check = |more: &[&str], code: i32, words: &[&str]| {
        let (ended, said) = deployment.run_to_end("a", more);
        assert_eq!(ended, Some(code), "{said}");
        let last = said.lines().last().unwrap_or_default();
        words.iter().for_each(|word| assert!(last.contains(word), "{word} is not in {last:?}"));
        assert!(last.starts_with("wrapup: "), "{last:?}");
    };
    check(&["--set", "finalization.update_windwo=1m"], 2, &["finalization.update_windwo"]);
    check(&["--set", "workers=none"], 2, &["workers"]);
    let closed = closed_port();
    let address = format!("kafka.bootstrap_servers={closed}");
    check(&["--set", &address, "--set", "kafka.start_timeout=1s"], 1, &[&closed, "kafka.bootstrap_servers"]);
    check(&[], 1, &["wrapup topics create", "wrong-chat-events", "wrong-chat-changelog"]);

    let topics = "org.apache.kafka.tools.TopicCommand";
    let (done, said) = broker.tool(topics, &["--create", "--topic", "wrong-message-events", "--partitions", "3"]);
    assert!(done, "{said}");
    let (done, said) = broker.tool(topics, &["--create", "--topic", "wrong-chat-events", "--partitions", "2"]);
    assert!(done, "{said}");
    let (code, said) = deployment.tool(&["topics", "create"]);
    assert_eq!(code, Some(1), "{said}");
    let counts = ["wrong-chat-events has 2", "wrong-message-events has 3"];
    counts.iter().for_each(|count| assert!(said.contains(count), "{said}"));
    let (done, said) = broker.tool(topics, &["--create", "--topic", "wrong-queue-events", "--partitions", "2"]);
    assert!(done, "{said}");
    for topic in [
        "directory-events",
        "session-metadata",
        "metric-snapshots",
        "dead-letters",
        "chat-changelog",
        "channel-differences",
        "channel-changelog",
    ] {
        let topic = deployment.topic(topic);
        let (done, said) = broker.tool(topics, &["--create", "--topic", &topic, "--partitions", "2"]);
        assert!(done, "{said}");
    }
    check(&[], 2, &["wrong-chat-events has 2", "wrong-message-events has 3", "wrong-queue-events has 2"]);
}

#[test]
fn a_stop_during_the_start_does_not_wait_for_a_broker_that_does_not_answer() {
    let broker = Broker::shared();
    let deployment = Deployment::without_topics(broker, "early", &[]);
    let address = format!("kafka.bootstrap_servers={}", closed_port());
    let more = ["--set", &address, "--set", "kafka.start_timeout=1000s"];
    for signal in ["TERM", "INT"] {
        let process = Process::spawn(deployment.command("a", &more));
        process.await_said("starting", 1);
        process.signal(signal);
        let (code, said) = process.ended();
        assert_eq!(code, Some(0), "{said}");
    }
}

/// An address at which nobody listens.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}

#[test]
fn offsets_that_were_deleted_or_reset_stop_the_program() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "reset", 2, &["kafka.session_timeout = \"1s\""]);
    let mut tail = deployment.tail("session-metadata");
    let process = deployment.run("a");
    deployment.send(&short_chats("x", 20));
    deployment.await_records(&mut tail);
    process.stop();
    let (group, topic) = (deployment.name.clone(), deployment.topic("message-events"));
    let changes: [&[&str]; 2] = [
        &["--group", &group, "--reset-offsets", "--to-earliest", "--topic", &topic, "--execute"],
        &["--group", &group, "--delete"],
    ];
    for change in changes {
        deployment.await_empty_group(broker);
        let (done, said) = broker.tool(GROUPS, change);
        assert!(done, "{said}");
        for lose_state in [false, true] {
            if lose_state {
                std::fs::remove_dir_all(deployment.state_dir("a")).expect("deleted");
            }
            let (code, said) = deployment.run_to_end("a", &[]);
            assert_eq!(code, Some(5), "{said}");
            let last = said.lines().last().unwrap_or_default();
            for word in ["reset-chat-changelog", "consumer group reset", "application_id"] {
                assert!(last.contains(word), "{word} is not in {last:?}");
            }
        }
    }
}

#[test]
fn state_of_another_cluster_stops_the_program_and_is_named() {
    let mut deployment = {
        let broker = Broker::start("one");
        let mut deployment = Deployment::new(&broker, "moved", 2, &[]);
        let mut tail = deployment.tail("session-metadata");
        let process = deployment.run("a");
        deployment.send(&short_chats("x", 20));
        deployment.await_records(&mut tail);
        process.stop();
        deployment
    };
    let broker = Broker::shared();
    deployment.move_to(broker);
    let (code, said) = deployment.tool(&["topics", "create", "--partitions", "2"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = deployment.run_to_end("a", &[]);
    assert_eq!(code, Some(5), "{said}");
    let last = said.lines().last().unwrap_or_default();
    let folder = deployment.state_dir("a").display().to_string();
    assert!(last.contains(&folder) && last.contains("cluster"), "{last:?}");
    let id = broker.cluster().cluster_id().expect("asked");
    assert!(last.contains(&id), "{last:?}");
}

#[test]
fn two_processes_of_one_name_or_one_state_folder_do_not_go_on_together() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "twins", 2, &[]);
    let mut tail = deployment.tail("session-metadata");
    let mut first = deployment.run("a");
    first.await_ready(true);
    let (code, said) = deployment.run_to_end("a", &["--set", "instance_id=b"]);
    assert_eq!(code, Some(2), "{said}");
    let folder = deployment.state_dir("a").display().to_string();
    let last = said.lines().last().unwrap_or_default();
    assert!(last.contains(&folder) && last.contains("another process"), "{last:?}");

    let elsewhere = format!("state_dir={}", deployment.state_dir("elsewhere").display());
    let mut second = Process::spawn(deployment.command("a", &["--set", &elsewhere]));
    let mut number = 0;
    let is_first = until("one of them gives up", || {
        // Commits in between must not hide that they fight.
        deployment.send(&short_chats(&format!("fight-{number}"), 2));
        number += 1;
        match (first.is_running(), second.is_running()) {
            (true, true) => None,
            (running, _) => Some(!running),
        }
    });
    let (ended, goes_on) = if is_first { (first, second) } else { (second, first) };
    let (code, said) = ended.ended();
    assert_eq!(code, Some(4), "{said}");
    assert!(said.lines().last().unwrap_or_default().contains("instance a"), "{said}");
    deployment.await_records(&mut tail);
    goes_on.stop();
    deployment.assert_records();
}

// ------------------------------------------------------------------------------------------------------- old events

#[test]
fn a_historical_load_into_a_running_system_expires_drops_and_buries_nothing_early() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "history", 4, &[]);
    let mut tail = deployment.tail("session-metadata");
    let process = deployment.run("a");
    deployment.send(&short_chats("today", 20));
    deployment.await_records(&mut tail);
    process.await_ready(true);
    let year = 365 * 24;
    let (mut beginnings, mut ends) = (Vec::new(), Vec::new());
    for number in 0..50 {
        let mut chat = short_chat(&format!("old-{number}"), year);
        ends.extend(chat.pop());
        beginnings.append(&mut chat);
    }
    deployment.send(&beginnings);
    // Long enough for their record, had they been taken for idle.
    deployment.send(&short_chats("meanwhile", 20));
    deployment.await_records(&mut tail);
    deployment.send(&ends);
    deployment.await_records(&mut tail);
    process.stop();
    let records = deployment.assert_records();
    assert!(records.values().flatten().all(|record| record["reason"] == "session_end"));
    let mut letters = deployment.tail("dead-letters");
    letters.read_to_end(&deployment.cluster, &deployment.topic("dead-letters"));
    assert_eq!(letters.records.len(), 0);
}

// ------------------------------------------------------------------------------------------------- a broker goes away

#[test]
fn a_broker_that_goes_away_is_waited_for_and_nothing_is_lost() {
    let broker = Broker::start("away");
    let settings = ["http.ready_max_lag = \"15s\"", "commit.max_records = 50", "workers = 2"];
    let mut deployment = Deployment::new(&broker, "away", 4, &settings);
    let mut tail = deployment.tail("session-metadata");
    let mut process = deployment.run("a");
    process.await_ready(true);
    for round in 0..2 {
        // More than can be worked off before the broker is gone.
        deployment.send(&short_chats(&format!("round-{round}"), 1_500));
        // Some may have been said while the broker was starting again.
        let said = process.said("cannot join the group").len();
        broker.kill();
        process.await_ready(false);
        assert_eq!(process.get("/livez").expect("an answer").0, 200);
        if round == 1 {
            // Away for longer than any one attempt to reach it takes.
            process.await_said("cannot join the group", said + 2);
            assert_eq!(process.get("/livez").expect("an answer").0, 200);
            let unready = process.await_ready(false);
            assert!(unready.contains("no assignment"), "{unready}");
        }
        broker.restart();
        assert_topics_are_there(&deployment);
        process.await_ready(true);
        deployment.await_records(&mut tail);
    }
    assert!(process.is_running());
    assert_second_signal_aborts(&broker, &mut deployment, process);
    let process = deployment.run("a");
    deployment.await_records(&mut tail);
    process.stop();
    deployment.assert_records();
}

/// A broker that has just started may not be able to serve, but never says that a topic is missing.
fn assert_topics_are_there(deployment: &Deployment) {
    let topic = deployment.topic("chat-changelog");
    let cluster = &deployment.cluster;
    until("bounds of every partition", || {
        let asked: Result<Vec<_>, _> = (0..4).map(|partition| cluster.bounds(&topic, partition)).collect();
        match asked {
            Ok(_) => Some(()),
            Err(LogError::Unavailable(_)) => None,
            Err(error) => panic!("{error}"),
        }
    });
}

/// With a broker that hangs in the middle of the traffic a stop takes its time, and a second signal ends it.
fn assert_second_signal_aborts(broker: &Broker, deployment: &mut Deployment, process: Process) {
    let before = process.metric("wrapup_events_total", "");
    deployment.send(&short_chats("hanging", 3_000));
    until("it reads", || (process.metric("wrapup_events_total", "") > before).then_some(()));
    broker.pause();
    process.signal("TERM");
    process.await_said("stopping", 1);
    process.signal("TERM");
    let (code, said) = process.ended();
    broker.resume();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.lines().last().unwrap_or_default().contains("second signal"), "{said}");
}

// -------------------------------------------------------------------------------------------------------- a full disk

#[test]
fn a_full_disk_pauses_tasks_with_an_alarm_until_there_is_room_and_nothing_is_lost() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "full", 4, &[]);
    let mut tail = deployment.tail("session-metadata");
    // A limit on the size of files stands for the full disk: writes fail, and the process may not be killed for it.
    let process = deployment.run_by_shell("a", r#"trap "" XFSZ; exec "$@""#);
    deployment.send(&short_chats("before", 100));
    deployment.await_records(&mut tail);
    process.await_ready(true);

    limit_files(&process, "1");
    deployment.send(&short_chats("meanwhile", 100));
    let alarm = until("an alarm", || {
        let (status, words) = process.get("/readyz")?;
        (status == 503 && words.contains("paused")).then_some(words)
    });
    assert!(alarm.contains("task"), "{alarm}");
    assert_eq!(process.get("/livez").expect("an answer").0, 200);
    // It is tried again, in vain.
    process.await_said("a task's store cannot be used", 8);
    deployment.send(&short_chats("still", 100));

    limit_files(&process, "unlimited");
    process.await_ready(true);
    deployment.await_records(&mut tail);
    process.stop();
    deployment.assert_records();
}

/// From now on the process cannot make files larger than this.
fn limit_files(process: &Process, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    let done = std::process::Command::new("prlimit").args(["--pid", &process.id(), &limit]).status();
    assert!(done.expect("prlimit runs").success());
}

// ------------------------------------------------------------------------------------------------------ the directory

#[test]
fn the_directory_is_followed_and_an_unusable_document_changes_nothing_and_is_buried_once() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "channels", 2, &[]);
    let mut tail = deployment.tail("session-metadata");
    let hours = |to: &str, from: &str| {
        json!({"timezone": "UTC", "operatingHours": [{"effectiveFrom": from, "weekly":
            {"mon": [["00:00", to]], "tue": [["00:00", to]], "wed": [["00:00", to]], "thu": [["00:00", to]],
             "fri": [["00:00", to]], "sat": [["00:00", to]], "sun": [["00:00", to]]}}]})
        .to_string()
    };
    let version = |deployment: &Deployment, chat: &str| {
        let records = deployment.assert_records();
        records[chat].last().expect("one at least")["operatingHoursVersion"].clone()
    };
    deployment.document("channel/c1", Some(&hours("24:00", "2020-01-01")));
    let process = deployment.run("a");
    deployment.send(&short_chat("one", 5));
    deployment.await_records(&mut tail);
    assert_eq!(version(&deployment, "one"), "2020-01-01");
    process.stop();

    // The records made so far are not looked at again here: each document has chats of its own.
    let mut letters = deployment.tail("dead-letters");
    let process = deployment.run("a");
    process.await_ready(true);
    for (chat, document, bad) in
        [("two", hours("12:00", "2021-01-01"), false), ("three", r#"{"timezone":"Nowhere/At_All"}"#.to_owned(), true)]
    {
        let (key, value) = (Some(&b"channel/c1"[..]), Some(document.as_bytes()));
        deployment.produce("directory-events", Some(0), key, value, &[]);
        deployment.feed.flush().expect("acknowledged");
        if bad {
            until("a dead letter", || {
                letters.read();
                (!letters.records.is_empty()).then_some(())
            });
        }
        await_version(&mut deployment, &mut tail, chat, "2021-01-01");
    }
    process.kill();
    for lose_state in [false, true] {
        if lose_state {
            std::fs::remove_dir_all(deployment.state_dir("a")).expect("deleted");
        }
        let process = deployment.run("a");
        await_version(&mut deployment, &mut tail, if lose_state { "five" } else { "four" }, "2021-01-01");
        process.stop();
    }
    letters.read_to_end(&deployment.cluster, &deployment.topic("dead-letters"));
    assert_eq!(letters.records.len(), 1);
    assert_eq!(letters.records[0].header("reason"), "invalid_directory");
    assert_eq!(letters.records[0].key_text(), "channel/c1");
}

/// Sends chats until one is made with this version of the operating hours: the directory is followed by itself, not in
/// step with the events.
fn await_version(deployment: &mut Deployment, tail: &mut broker::Tail, chat: &str, version: &str) {
    let mut number = 0;
    until(&format!("{chat} under {version}"), || {
        let id = format!("{chat}-{number}");
        number += 1;
        let lines = short_chat(&id, 5);
        lines.iter().for_each(|line| deployment.send_again(line));
        deployment.feed.flush().expect("acknowledged");
        let found = until(&format!("the record of {id}"), || {
            tail.read();
            let record = tail.records.iter().rev().find(|record| record.key_text() == id)?;
            serde_json::from_slice::<Value>(record.value.as_deref()?).ok()
        });
        (found["operatingHoursVersion"] == version).then_some(())
    });
}

// ---------------------------------------------------------------------------------------------------------- large state

#[test]
fn a_start_after_a_kill_with_much_state_reads_no_more_than_the_tail_of_the_changelog() {
    let broker = Broker::shared();
    let mut deployment = Deployment::new(broker, "large", 4, &[]);
    let mut tail = deployment.tail("session-metadata");
    let process = deployment.run("a");
    deployment.send(&short_chats("x", 20_000));
    until("most of the records", || {
        tail.read();
        (tail.records.len() >= 15_000).then_some(())
    });
    process.kill();
    let process = deployment.run("a");
    process.await_said("restored", 4);
    let number = |event: &Value, name: &str| event[name].as_i64().expect("a number");
    let read: i64 = process
        .said("restoring from the changelog")
        .iter()
        .map(|event| number(event, "end") - number(event, "from"))
        .sum();
    let changelog = deployment.topic("chat-changelog");
    let all: i64 = (0..4).map(|task| deployment.cluster.bounds(&changelog, task).expect("bounds").1).sum();
    assert!(read < all / 5, "{read} of {all} rows were read again");
    deployment.await_records(&mut tail);
    process.stop();
    let records = deployment.assert_records();
    assert_eq!(records.len(), 20_000);
}
