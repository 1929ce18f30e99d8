//! One application on a broker: its topics, its settings, its processes' folders, the traffic sent to it.
#![allow(dead_code, reason = "each test uses its own part of it")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use wrapup::log::kafka::KafkaCluster;
use wrapup::log::{Cluster, Feed, Outgoing};
use wrapup::snapshot::Snapshots;

use super::process::{program, program_by_shell};
use super::{Broker, Process, Tail, until};
use crate::support::{
    INPUTS, Line, assert_gapless, assert_snapshots, content, expected, expected_sums, snapshot_content,
};

/// An application under a name of its own.
pub struct Deployment {
    pub name: String,
    pub cluster: KafkaCluster,
    pub folder: TempDir,
    pub lines: Vec<Line>,
    pub directory: Vec<(String, Option<String>)>,
    pub feed: Box<dyn Feed>,
    address: String,
}

impl Deployment {
    /// Writes the configuration and creates the topics. `settings` are lines of TOML with dotted keys.
    pub fn new(broker: &Broker, name: &str, partitions: u32, settings: &[&str]) -> Deployment {
        let deployment = Deployment::without_topics(broker, name, settings);
        let (code, said) = deployment.tool(&["topics", "create", "--partitions", &partitions.to_string()]);
        assert_eq!(code, Some(0), "{said}");
        deployment
    }

    pub fn without_topics(broker: &Broker, name: &str, settings: &[&str]) -> Deployment {
        let cluster = broker.cluster();
        let feed = cluster.feed().expect("a feed");
        let folder = tempfile::tempdir().expect("a folder");
        let (name, address) = (name.to_owned(), broker.address.clone());
        let deployment = Deployment { name, cluster, folder, lines: Vec::new(), directory: Vec::new(), feed, address };
        deployment.configure(settings);
        deployment
    }

    /// The configuration names another broker from now on.
    pub fn move_to(&mut self, broker: &Broker) {
        let text = std::fs::read_to_string(self.config()).expect("read");
        std::fs::write(self.config(), text.replace(&self.address, &broker.address)).expect("written");
        self.address.clone_from(&broker.address);
        self.cluster = broker.cluster();
        self.feed = self.cluster.feed().expect("a feed");
    }

    fn configure(&self, settings: &[&str]) {
        let name = &self.name;
        let mut text = format!(
            "application_id = \"{name}\"\nworkers = 1\ncommit_interval = \"50ms\"\nhttp.listen = \"127.0.0.1:0\"\n\
             kafka.bootstrap_servers = \"{}\"\nkafka.session_timeout = \"3s\"\nkafka.transaction_timeout = \"5s\"\n\
             kafka.start_timeout = \"120s\"\nfinalization.update_window = \"2s\"\nlog.format = \"json\"\n\
             snapshots.interval = \"500ms\"\n",
            self.address
        );
        let topics =
            INPUTS.iter().copied().chain(["directory-events", "session-metadata", "metric-snapshots", "dead-letters"]);
        for topic in topics {
            text += &format!("topics.{} = \"{name}-{topic}\"\n", topic.replace('-', "_"));
        }
        let replaced = |line: &&str| {
            let key = line.split('=').next().unwrap_or_default();
            !settings.iter().any(|setting| setting.split('=').next() == Some(key))
        };
        let mut text = text.lines().filter(replaced).collect::<Vec<_>>().join("\n");
        settings.iter().for_each(|setting| text += &format!("\n{setting}"));
        std::fs::write(self.config(), text + "\n").expect("written");
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("wrapup.toml")
    }

    pub fn topic(&self, name: &str) -> String {
        format!("{}-{name}", self.name)
    }

    /// Where an instance keeps its state.
    pub fn state_dir(&self, instance: &str) -> PathBuf {
        self.folder.path().join(instance)
    }

    fn run_arguments(&self, instance: &str) -> Vec<String> {
        let state_dir = self.state_dir(instance).display().to_string();
        let config = self.config().display().to_string();
        let settings = [format!("instance_id={instance}"), format!("state_dir={state_dir}")];
        let mut arguments = vec!["run".to_owned(), "--config".to_owned(), config];
        settings.into_iter().for_each(|setting| arguments.extend(["--set".to_owned(), setting]));
        arguments
    }

    /// `wrapup run` as this instance; `more` are further arguments, which go first.
    pub fn command(&self, instance: &str, more: &[&str]) -> Command {
        let arguments = self.run_arguments(instance);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
        program(&arguments)
    }

    pub fn run(&self, instance: &str) -> Process {
        Process::spawn(self.command(instance, &[]))
    }

    /// As [`Deployment::run`], by way of a shell that sets the stage and ends in `exec "$@"`.
    pub fn run_by_shell(&self, instance: &str, script: &str) -> Process {
        let arguments = self.run_arguments(instance);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Process::spawn(program_by_shell(script, &arguments))
    }

    /// `wrapup run` that is to end by itself: exit code and words.
    pub fn run_to_end(&self, instance: &str, more: &[&str]) -> (Option<i32>, String) {
        Process::spawn(self.command(instance, more)).ended()
    }

    /// Another subcommand, with our configuration.
    pub fn tool(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let config = self.config().display().to_string();
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--config", &config]).collect();
        Process::spawn(program(&arguments)).ended()
    }

    /// Sends events, and expects their records.
    pub fn send(&mut self, lines: &[Line]) {
        for line in lines {
            self.send_again(line);
        }
        self.feed.flush().expect("acknowledged");
        self.lines.extend_from_slice(lines);
    }

    /// Queues an event that is expected already.
    pub fn send_again(&mut self, line: &Line) {
        self.produce(INPUTS[line.topic], None, Some(line.chat.as_bytes()), Some(line.json.as_bytes()), &[]);
    }

    pub fn document(&mut self, key: &str, value: Option<&str>) {
        self.produce("directory-events", None, Some(key.as_bytes()), value.map(str::as_bytes), &[]);
        self.feed.flush().expect("acknowledged");
        self.directory.push((key.to_owned(), value.map(str::to_owned)));
    }

    /// Queues a record for one of our topics.
    pub fn produce(
        &mut self,
        topic: &str,
        partition: Option<u32>,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
    ) {
        let topic = self.topic(topic);
        self.feed.send(Outgoing { topic: &topic, partition, key, value, headers }, None).expect("sent");
    }

    pub fn tail(&self, topic: &str) -> Tail {
        Tail::new(&self.cluster, &self.topic(topic))
    }

    /// The content that the chats which have ended must come to.
    pub fn expected(&self) -> BTreeMap<String, Value> {
        let mut expected = expected(&self.lines, &self.directory);
        expected.retain(|_, record| matches!(record["state"].as_str(), Some("closed" | "missed")));
        expected
    }

    /// Waits until the highest revision of every chat that has ended is as it must be.
    pub fn await_records(&self, tail: &mut Tail) {
        let mut open = self.expected();
        let mut seen = 0;
        let mut last: BTreeMap<String, Value> = BTreeMap::new();
        let all = open.clone();
        until(&format!("the records of {} chats", all.len()), || {
            tail.read();
            for record in &tail.records[seen..] {
                let chat = record.key_text();
                let value = serde_json::from_slice(record.value.as_deref().expect("no tombstones")).expect("JSON");
                let value = content(&value);
                match all.get(&chat) {
                    Some(wanted) if *wanted == value => drop(open.remove(&chat)),
                    Some(wanted) => drop(open.insert(chat.clone(), wanted.clone())),
                    None => {}
                }
                last.insert(chat, value);
            }
            seen = tail.records.len();
            open.is_empty().then_some(())
        });
    }

    /// All processes have stopped: every chat has revisions 1, 2, 3 …, and the highest is as it must be.
    pub fn assert_records(&self) -> BTreeMap<String, Vec<Value>> {
        let topic = self.topic("session-metadata");
        let mut tail = Tail::new(&self.cluster, &topic);
        tail.read_to_end(&self.cluster, &topic);
        let records = tail.by_key();
        assert_gapless(&records);
        for (chat, wanted) in self.expected() {
            let last = records.get(&chat).and_then(|revisions| revisions.last());
            assert_eq!(last.map(content).as_ref(), Some(&wanted), "{chat}");
        }
        records
    }

    /// What the metric snapshots must add up to: no chat has expired.
    pub fn sums(&self) -> Snapshots {
        expected_sums(&self.lines, &self.directory, false)
    }

    /// Waits until the last revision of every metric snapshot is as it must be.
    pub fn await_snapshots(&self) {
        let sums = self.sums();
        let wanted: BTreeMap<String, Value> = sums
            .records(None)
            .into_iter()
            .map(|(key, text)| (key, serde_json::from_str(&text).expect("JSON")))
            .collect();
        let mut open: BTreeSet<&String> = wanted.keys().collect();
        let mut tail = self.tail("metric-snapshots");
        let mut seen = 0;
        until(&format!("{} metric snapshots", wanted.len()), || {
            tail.read();
            for record in &tail.records[seen..] {
                let value = serde_json::from_slice(record.value.as_deref().expect("no tombstones")).expect("JSON");
                match wanted.get_key_value(&record.key_text()) {
                    Some((key, wanted)) if *wanted == snapshot_content(&value) => drop(open.remove(key)),
                    Some((key, _)) => drop(open.insert(key)),
                    None => {}
                }
            }
            seen = tail.records.len();
            open.is_empty().then_some(())
        });
    }

    /// All processes have stopped: every metric snapshot has revisions 1, 2, 3 …, and the last one is as it must be.
    pub fn assert_snapshots(&self) {
        assert_snapshots(&self.cluster, &self.topic("metric-snapshots"), &self.sums());
    }

    /// The group's members are forgotten by the broker after the session time-out.
    pub fn await_empty_group(&self, broker: &Broker) {
        until("an empty group", || {
            let arguments = ["--describe", "--state", "--group", &self.name];
            let (_, said) = broker.tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", &arguments);
            said.contains("Empty").then_some(())
        });
    }
}
