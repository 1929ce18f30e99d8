//! The command line from outside: exit codes, messages, files, the topics of a real broker.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const WRAPUP: &str = env!("CARGO_BIN_EXE_wrapup");

/// Runs the program without any setting from the environment.
fn wrapup(arguments: &[&str]) -> Output {
    let mut command = Command::new(WRAPUP);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WRAPUP_")) {
        command.env_remove(name);
    }
    command.args(arguments).output().expect("the program starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

fn json_lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("readable");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn event(id: &str, kind: &str, time: &str, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/t","type":"{kind}","subject":"c","time":"{time}","data":{data}}}"#
    )
}

/// A chat that ends at 09:20.
fn chat() -> String {
    [
        event("1", "chat.created", "2026-03-02T09:00:00Z", r#"{"channelId":"ch"}"#),
        event("3", "chat.closed", "2026-03-02T09:20:00Z", r#"{"by":"manager"}"#),
        event("2", "chat.opened", "2026-03-02T09:00:01Z", r#"{"by":"user"}"#),
    ]
    .join("\n")
}

#[test]
fn says_its_version_and_what_it_can_do() {
    let version = wrapup(&["--version"]);
    assert_eq!((code(&version), stdout(&version).trim()), (0, concat!("wrapup ", env!("CARGO_PKG_VERSION"))));
    let help = wrapup(&["--help"]);
    assert_eq!(code(&help), 0);
    for word in ["replay", "topics", "check-config", "load", "generate", "Exit codes:"] {
        assert!(stdout(&help).contains(word), "{word}");
    }
}

#[test]
fn a_wrong_command_line_is_2() {
    let wrong: [&[&str]; 8] = [
        &[],
        &["nonsense"],
        &["replay"],
        &["replay", "--events", "/no/such/file"],
        &["replay", "--events", "/dev/null", "--idle-expiry", "24h"],
        &["generate", "--seed", "1", "--chats", "1"],
        &["generate", "--seed", "1", "--chats", "1", "--out-dir", "/tmp", "--config", "x"],
        &["load"],
    ];
    for arguments in wrong {
        let output = wrapup(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).is_empty() && output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn check_config_prints_what_is_in_effect_without_secrets() {
    let folder = TempDir::new().expect("a folder");
    let config = file(&folder, "c.toml", "workers = 3\n[kafka.common]\n\"sasl.password\" = \"hunter2\"\n");
    let output = wrapup(&["check-config", "--config", &config, "--set", "http.listen=127.0.0.1:0"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("workers = 3") && stdout(&output).contains("127.0.0.1:0"));
    assert!(!stdout(&output).contains("hunter2") && stdout(&output).contains("***"));
}

#[test]
fn a_wrong_setting_is_named_and_is_2() {
    let folder = TempDir::new().expect("a folder");
    let config = file(&folder, "c.toml", "wrokers = 3\n[finalization]\nidle_expiry = \"24h\"\n");
    for command in [&["check-config"][..], &["topics", "create"], &["load", "--events", "/dev/null"]] {
        let output = wrapup(&[command, &["--config", &config]].concat());
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("`wrokers`") && stderr(&output).contains("`finalization.idle_expiry`"));
        assert!(stderr(&output).lines().all(|line| line.starts_with("wrapup: ")));
    }
}

#[test]
fn an_unreachable_broker_is_one_clear_line() {
    let arguments = ["--set", "kafka.bootstrap_servers=127.0.0.1:1", "--set", "kafka.start_timeout=100ms"];
    let output = wrapup(&[&["topics", "create"], &arguments[..]].concat());
    assert_eq!((code(&output), stderr(&output).lines().count()), (1, 1), "{}", stderr(&output));
    assert!(stderr(&output).contains("127.0.0.1:1") && stderr(&output).contains("kafka.bootstrap_servers"));
}

#[test]
fn the_generated_pages_are_those_of_the_repository() {
    let output = wrapup(&["docs", "--check", env!("CARGO_MANIFEST_DIR")]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let folder = TempDir::new().expect("a folder");
    let root = folder.path().display().to_string();
    assert_eq!(code(&wrapup(&["docs", "--check", &root])), 1);
    assert_eq!(code(&wrapup(&["docs", "--write", &root])), 0);
    assert_eq!(code(&wrapup(&["docs", "--check", &root])), 0);
}

#[test]
fn replays_to_stdout_and_goes_on_after_malformed_lines() {
    let folder = TempDir::new().expect("a folder");
    let events = file(&folder, "e.jsonl", &format!("{}\n\n{{\"oops\n\u{20}\n{}\r\n", chat(), chat()));
    let directory = file(&folder, "d.jsonl", "{\"key\":\"channel/ch\",\"value\":{\"timezone\":\"Mars\"}}\n");
    let letters = folder.path().join("dead.jsonl");
    let output = wrapup(&[
        "replay",
        "--events",
        &events,
        "--directory",
        &directory,
        "--dead-letters",
        letters.to_str().expect("UTF-8"),
    ]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let record: Value = serde_json::from_str(stdout(&output).trim()).expect("one record");
    assert_eq!(record["finalizedAt"], "2026-03-02T09:35:00.000Z");
    assert_eq!((&record["reason"], &record["complete"]), (&"session_end".into(), &true.into()));
    let reasons: Vec<(Value, Value)> =
        json_lines(&letters).into_iter().map(|letter| (letter["line"].clone(), letter["reason"].clone())).collect();
    assert_eq!(reasons, [(1.into(), "invalid_directory".into()), (5.into(), "unparsable".into())]);
    assert_eq!(json_lines(&letters)[1]["raw"], "{\"oops");
    assert!(stderr(&output).contains(&format!("{events}:5: unparsable: ")), "{}", stderr(&output));
    assert!(stderr(&output).contains("3 duplicates") && stderr(&output).contains("2 dead letters"));
}

#[test]
fn as_of_holds_back_what_is_not_due_and_refuses_the_future() {
    let folder = TempDir::new().expect("a folder");
    let events = file(&folder, "e.jsonl", &chat());
    let replay = |as_of: &str| wrapup(&["replay", "--events", &events, "--as-of", as_of]);
    let before = replay("2026-03-02T09:34:59.999Z");
    assert_eq!((code(&before), stdout(&before).as_str()), (0, ""));
    assert!(stderr(&before).contains("1 chats not due"));
    assert_eq!(stdout(&replay("2026-03-02T09:35:00Z")).lines().count(), 1);
    let long_before = replay("2026-03-01T09:10:00Z");
    assert_eq!(code(&long_before), 3);
    assert!(stderr(&long_before).contains("time_in_future"));
    let window = wrapup(&["replay", "--events", &events, "--update-window", "1m", "--as-of", "2026-03-02T09:21:00Z"]);
    assert!(stdout(&window).contains("\"finalizedAt\":\"2026-03-02T09:21:00.000Z\""));
}

#[test]
fn made_up_traffic_is_repeatable_and_replays_alike_in_any_order() {
    let folder = TempDir::new().expect("a folder");
    let made = |name: &str, more: &[&str]| -> PathBuf {
        let out = folder.path().join(name);
        let arguments = ["generate", "--seed", "9", "--chats", "200", "--out-dir", out.to_str().expect("UTF-8")];
        let output = wrapup(&[&arguments, more].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        out
    };
    let replayed = |folder: &Path| {
        let path = |name: &str| folder.join(name).display().to_string();
        let (events, directory) = (path("events.jsonl"), path("directory.jsonl"));
        let output = wrapup(&["replay", "--events", &events, "--directory", &directory]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output)
    };
    let (plain, again) = (made("plain", &[]), made("again", &[]));
    let bytes = |folder: &Path| std::fs::read(folder.join("events.jsonl")).expect("readable");
    assert_eq!(bytes(&plain), bytes(&again));
    let wild = made("wild", &["--shuffle", "--duplicates", "0.2"]);
    assert!(bytes(&wild).len() > bytes(&plain).len());
    assert_eq!(replayed(&plain), replayed(&wild));
    let topics: BTreeSet<String> =
        json_lines(&plain.join("events.jsonl")).iter().map(|event| event["_topic"].to_string()).collect();
    assert_eq!(topics.len(), 3);
    let ids: BTreeSet<String> = replayed(&plain).lines().map(|line| line[..20].to_owned()).collect();
    assert_eq!(ids.len(), 200);
}

#[test]
fn an_output_that_is_closed_early_is_no_failure() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().display().to_string();
    assert_eq!(code(&wrapup(&["generate", "--seed", "1", "--chats", "300", "--out-dir", &out])), 0);
    let events = folder.path().join("events.jsonl");
    let mut child = Command::new(WRAPUP)
        .args(["replay", "--events", events.to_str().expect("UTF-8")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // More than a pipe holds is to come.
    let mut head = [0; 16];
    child.stdout.take().expect("piped").read_exact(&mut head).expect("a record begins");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(!stderr(&output).contains("panic"), "{}", stderr(&output));
}

#[test]
fn an_output_that_cannot_be_written_is_1() {
    let folder = TempDir::new().expect("a folder");
    let events = file(&folder, "e.jsonl", &chat());
    let output = wrapup(&["replay", "--events", &events, "--out", "/no/such/folder/r.jsonl"]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("/no/such/folder/r.jsonl"));
}

/// A broker of this test's own, stopped when it is dropped.
struct Broker {
    script: String,
    folder: TempDir,
    address: String,
}

impl Broker {
    fn start() -> Broker {
        let script = std::env::var("KAFKA_LOCAL")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/local/kafka").to_owned());
        let folder = TempDir::new().expect("a folder");
        let own = std::process::id().to_string();
        let output = Command::new(&script)
            .args(["start", "--until-exit", &own, "--dir"])
            .arg(folder.path())
            .output()
            .expect("the script starts");
        assert!(output.status.success(), "{}", stderr(&output));
        Broker { script, address: stdout(&output).trim().to_owned(), folder }
    }

    /// Runs the program with this broker's address.
    fn wrapup(&self, arguments: &[&str]) -> Output {
        let address = format!("kafka.bootstrap_servers={}", self.address);
        wrapup(&[arguments, &["--set", &address]].concat())
    }

    /// The number of records in a topic.
    fn ends(&self, topic: &str) -> u64 {
        let output = Command::new(&self.script)
            .args([
                "tool",
                "org.apache.kafka.tools.GetOffsetShell",
                "--bootstrap-server",
                &self.address,
                "--topic",
                topic,
            ])
            .output()
            .expect("the script starts");
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output).lines().filter_map(|line| line.rsplit(':').next()?.parse::<u64>().ok()).sum()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = Command::new(&self.script).args(["wipe", "--dir"]).arg(self.folder.path()).output();
    }
}

#[test]
fn topics_are_created_once_and_filled() {
    let broker = Broker::start();
    let folder = TempDir::new().expect("a folder");
    let bad = ["{\"oops", r#"{"type":"chat.closed"}"#, r#"{"subject":"c","_topic":"elsewhere"}"#].join("\n");
    let events = file(&folder, "e.jsonl", &format!("{}\n{bad}\n", chat()));
    let directory =
        file(&folder, "d.jsonl", "{\"key\":\"channel/ch\",\"value\":{}}\n{\"key\":\"team/t\",\"value\":null}\n");

    let missing = broker.wrapup(&["load", "--events", &events]);
    assert_eq!(code(&missing), 1);
    assert!(stderr(&missing).contains("wrapup topics create") && stderr(&missing).contains("chat-events"));

    let dry = broker.wrapup(&["topics", "create", "--partitions", "3", "--dry-run"]);
    assert_eq!((code(&dry), stdout(&dry).matches("missing ").count()), (0, 10), "{}", stderr(&dry));
    let created = broker.wrapup(&["topics", "create", "--partitions", "3"]);
    assert_eq!((code(&created), stdout(&created).matches("created ").count()), (0, 10), "{}", stderr(&created));
    let again = broker.wrapup(&["topics", "create"]);
    assert_eq!((code(&again), stdout(&again).matches("exists ").count()), (0, 10), "{}", stderr(&again));
    assert!(!stdout(&again).contains("but"), "{}", stdout(&again));
    assert_eq!(code(&broker.wrapup(&["topics", "create", "--partitions", "4"])), 1);

    let loaded = broker.wrapup(&["load", "--events", &events, "--directory", &directory]);
    assert_eq!(code(&loaded), 3, "{}", stderr(&loaded));
    assert!(stderr(&loaded).contains(&format!("{events}:4: left out")), "{}", stderr(&loaded));
    assert!(stderr(&loaded).contains("3 lines were left out"), "{}", stderr(&loaded));
    assert_eq!((broker.ends("chat-events"), broker.ends("directory-events")), (3, 2));

    let made = broker.wrapup(&["generate", "--seed", "3", "--chats", "20", "--rate", "5000"]);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let sent = broker.ends("chat-events") + broker.ends("message-events") + broker.ends("queue-events");
    assert!(stderr(&made).contains(&format!("sent {} events", sent - 3)), "{sent}: {}", stderr(&made));
}
