//! A small world for tests of the engine: instances on the in-process log, a clock that is moved by hand, and the
//! expectation, computed straight from the events.
#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use wrapup::calendar::ChannelDocument;
use wrapup::chat::{Fold, Journal};
use wrapup::clock::{Clock, SystemClock};
use wrapup::engine::{
    Bounds, Directory, Environment, Progress, Settings, SnapshotSettings, Stage, Start, Stop, Topics, Worker,
};
use wrapup::event::{Decoded, Kind, Reason as Refusal, decode_line};
use wrapup::finalization::Windows;
use wrapup::log::memory::MemoryCluster;
use wrapup::log::{Batch, Cluster, Feed, LogResult, Outgoing, PollLimits, TopicSpec};
use wrapup::record::{Reason, Revision, project};
use wrapup::snapshot::{Contributions, Key, Snapshots, Window, WindowSize, WindowSums, live_json, window_json};
use wrapup::store::memory::MemoryStores;
use wrapup::telemetry::{Board, Health, Telemetry, Vocabulary};
use wrapup::time::{Span, Timestamp};

/// Keys of a record that depend on when it was made (`finalization.md`: everything else is its content).
const NOT_CONTENT: [&str; 5] = ["revision", "supersedes", "reason", "changed", "finalizedAt"];

/// A clock that stands still until it is moved. Wall and monotonic clock move together, but for [`Hands::jump`].
#[derive(Clone)]
pub struct Hands(Arc<Mutex<(Timestamp, Duration)>>);

impl Hands {
    pub fn at(wall: &str) -> Self {
        let wall = Timestamp::parse(wall).expect("a time");
        Hands(Arc::new(Mutex::new((wall, Duration::from_secs(1_000)))))
    }

    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().expect("no panic while held");
        now.0 = now.0.saturating_add(Span::from_millis(by.as_millis() as i64));
        now.1 += by;
    }

    pub fn jump(&self, secs: i64) {
        let mut now = self.0.lock().expect("no panic while held");
        now.0 = now.0.saturating_add(Span::from_secs(secs));
    }
}

impl Clock for Hands {
    fn wall(&self) -> Timestamp {
        self.0.lock().expect("no panic while held").0
    }

    fn monotonic(&self) -> Duration {
        self.0.lock().expect("no panic while held").1
    }

    fn sleep(&self, time: Duration) {
        self.advance(time);
    }
}

/// One event on its way: a CloudEvents JSON line, its chat, its topic.
#[derive(Clone, Debug)]
pub struct Line {
    pub topic: usize,
    pub chat: String,
    pub json: String,
}

impl Line {
    pub fn new(event: &Value) -> Self {
        let kind = event["type"].as_str().expect("a type");
        let topic = if kind.starts_with("message.") { 1 } else { usize::from(kind.starts_with("queue.")) * 2 };
        let chat = event["subject"].as_str().expect("a subject").to_owned();
        Line { topic, chat, json: event.to_string() }
    }

    /// An event in few words: `at` is RFC 3339, `id` tells it from others.
    pub fn of(chat: &str, id: &str, kind: &str, at: &str, data: Value) -> Self {
        Line::new(&serde_json::json!({
            "specversion": "1.0", "id": id, "source": "/test", "type": kind, "subject": chat, "time": at, "data": data
        }))
    }
}

/// Topics, instances, clock.
pub struct World {
    pub clock: Hands,
    pub cluster: MemoryCluster,
    pub settings: Settings,
    pub directory: Vec<(String, Option<String>)>,
    pub instances: BTreeMap<String, Instance>,
    feed: Box<dyn Feed>,
}

/// A process: its disk, and its workers while it lives.
pub struct Instance {
    pub stores: MemoryStores,
    /// Those of the second stage.
    pub second: MemoryStores,
    /// Those of the first stage, then the one of the second.
    pub workers: Vec<Worker>,
    pub health: Option<Arc<Health>>,
    pub board: Option<Arc<Board>>,
}

pub const SMALLEST: WindowSize = WindowSize::Minutes1;
pub const INPUTS: [&str; 3] = ["chat-events", "message-events", "queue-events"];

pub fn settings(application_id: &str) -> Settings {
    Settings {
        application_id: application_id.to_owned(),
        instance_id: "a".to_owned(),
        topics: Topics {
            inputs: INPUTS.map(str::to_owned),
            directory: "directory-events".to_owned(),
            session_metadata: "session-metadata".to_owned(),
            dead_letters: "dead-letters".to_owned(),
            changelog: format!("{application_id}-chat-changelog"),
            differences: format!("{application_id}-channel-differences"),
            channel_changelog: format!("{application_id}-channel-changelog"),
            metric_snapshots: "metric-snapshots".to_owned(),
        },
        windows: Windows::default(),
        output: Arc::default(),
        start: Start::Earliest,
        check_partition: true,
        commit_interval: Duration::from_millis(100),
        backlog_interval: Duration::from_millis(100),
        idle_wait: Duration::ZERO,
        bounds: Bounds { records: 10_000, bytes: 16 << 20, timers: 1_000, restated: 100, dirty: 32 << 20 },
        restating_rate: 200,
        restore_stall: Duration::from_secs(60),
        input_stall: Duration::from_secs(60),
        overlay_bytes: 8 << 20,
        read_ahead: Span::from_secs(300),
        snapshots: SnapshotSettings {
            smallest: SMALLEST,
            interval: Duration::from_secs(1),
            retention: Span::from_hours(400 * 24),
            finest: [Some(SMALLEST); 5],
        },
        watch_clock: true,
        changelog_delete_retention: Span::from_hours(7 * 24),
    }
}

pub fn environment(
    cluster: Arc<dyn Cluster>,
    stores: Arc<dyn wrapup::store::Stores>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    workers: usize,
) -> Environment {
    try_environment(cluster, stores, clock, settings, workers).expect("the directory is read")
}

/// Fails where the directory cannot be read.
pub fn try_environment(
    cluster: Arc<dyn Cluster>,
    stores: Arc<dyn wrapup::store::Stores>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    workers: usize,
) -> LogResult<Environment> {
    let directory = Directory::load(cluster.as_ref(), &settings.topics.directory)?;
    Ok(Environment {
        stage: Stage::Chats,
        first_worker: 0,
        consumed: Arc::default(),
        board: Arc::new(Board::new(100)),
        cluster,
        stores,
        directory: Arc::new(directory),
        clock,
        telemetry: Telemetry::new(Vocabulary {
            topics: &INPUTS,
            types: Kind::NAMES,
            reasons: Reason::NAMES,
            dead_letter_reasons: Refusal::NAMES,
        }),
        health: Arc::new(Health::new(workers + 1, Duration::from_secs(60), Box::new(SystemClock::new()))),
        settings: Arc::new(settings),
    })
}

/// The second stage of a process, beside its first.
pub fn second(first: &Environment, stores: Arc<dyn wrapup::store::Stores>, first_worker: usize) -> Environment {
    let mut settings = Settings::clone(&first.settings);
    // Every task of the first stage tells every one of the second its watermark once a second: that much it must take.
    settings.bounds.records = settings.bounds.records.max(200);
    let settings = Arc::new(settings);
    Environment { stage: Stage::Channels, stores, first_worker, settings, ..first.clone() }
}

/// The topics of an application, its changelog included.
pub fn create_topics(cluster: &dyn Cluster, topics: &Topics, partitions: u32) {
    let spec = |name: &str, partitions| TopicSpec {
        name: name.to_owned(),
        partitions,
        replication: None,
        config: BTreeMap::from([("max.message.bytes".to_owned(), (16 << 20).to_string())]),
    };
    let mut specs: Vec<TopicSpec> = topics.inputs.iter().map(|name| spec(name, partitions)).collect();
    specs.push(spec(&topics.changelog, partitions));
    specs.push(spec(&topics.session_metadata, partitions));
    specs.push(spec(&topics.metric_snapshots, partitions));
    specs.push(spec(&topics.differences, partitions));
    specs.push(spec(&topics.channel_changelog, partitions));
    specs.push(spec(&topics.dead_letters, 1));
    specs.push(spec(&topics.directory, 1));
    cluster.create_topics(&specs).expect("topics");
}

impl World {
    pub fn new(wall: &str, partitions: u32) -> Self {
        let clock = Hands::at(wall);
        let cluster = MemoryCluster::new(Arc::new(clock.clone()));
        let settings = settings("wrapup");
        create_topics(&cluster, &settings.topics, partitions);
        let feed = cluster.feed().expect("a feed");
        World { clock, cluster, settings, directory: Vec::new(), instances: BTreeMap::new(), feed }
    }

    /// Writes a directory document, or deletes it.
    pub fn document(&mut self, key: &str, value: Option<&str>) {
        self.directory.push((key.to_owned(), value.map(str::to_owned)));
        self.produce("directory-events", key.as_bytes(), value.map(str::as_bytes));
    }

    pub fn send(&mut self, line: &Line) {
        self.produce(INPUTS[line.topic], line.chat.as_bytes(), Some(line.json.as_bytes()));
    }

    pub fn produce(&mut self, topic: &str, key: &[u8], value: Option<&[u8]>) {
        let record = Outgoing { topic, partition: None, key: Some(key), value, headers: &[] };
        self.feed.send(record, Some(self.clock.wall())).expect("sent");
        self.feed.flush().expect("flushed");
    }

    /// Starts an instance, on its disk if it was there before.
    pub fn start(&mut self, name: &str, workers: usize) {
        let disk = self.instances.remove(name).map(|instance| (instance.stores, instance.second));
        let (stores, second) = disk.unwrap_or_default();
        let settings = Settings { instance_id: name.to_owned(), ..self.settings.clone() };
        let environment = environment(
            Arc::new(self.cluster.clone()),
            Arc::new(stores.clone()),
            Arc::new(self.clock.clone()),
            settings,
            workers,
        );
        let health = Some(Arc::clone(&environment.health));
        let board = Some(Arc::clone(&environment.board));
        let channels = self::second(&environment, Arc::new(second.clone()), workers);
        let mut workers: Vec<Worker> =
            (0..workers).map(|n| Worker::join(environment.clone(), n).expect("joined")).collect();
        workers.push(Worker::join(channels, 0).expect("joined"));
        self.instances.insert(name.to_owned(), Instance { stores, second, workers, health, board });
    }

    /// Ends an instance as `kill -9` would. With `lose_disk` its state folder is gone too.
    pub fn kill(&mut self, name: &str, lose_disk: bool) {
        let instance = self.instances.get_mut(name).expect("an instance");
        let survived = (instance.stores.after_crash(), instance.second.after_crash());
        instance.workers.clear();
        (instance.stores, instance.second) = if lose_disk { Default::default() } else { survived };
    }

    /// One step of every worker. The first one that stops ends the test, unless it is asked for by [`World::try_step`].
    pub fn step(&mut self) -> Progress {
        self.try_step().expect("no worker stops")
    }

    pub fn try_step(&mut self) -> Result<Progress, Stop> {
        let mut total = Progress::default();
        for instance in self.instances.values_mut() {
            for worker in &mut instance.workers {
                let progress = worker.step()?;
                total.records += progress.records;
                total.emitted += progress.emitted;
                total.committed |= progress.committed;
                total.busy |= progress.busy;
            }
        }
        self.clock.advance(Duration::from_millis(50));
        Ok(total)
    }

    /// Steps until nothing has happened for a while.
    pub fn settle(&mut self) {
        let mut quiet = 0;
        for _ in 0..20_000 {
            let progress = self.step();
            // Watermarks are told for ever.
            quiet = if progress.busy { 0 } else { quiet + 1 };
            // Long enough for ends to be learned anew and for a restart to be tried again.
            if quiet > 60 {
                return;
            }
        }
        panic!("the instances do not come to rest");
    }

    /// Lets time pass in strides, with steps in between.
    pub fn pass(&mut self, total: Duration, stride: Duration) {
        let mut left = total;
        while !left.is_zero() {
            let by = left.min(stride);
            self.clock.advance(by);
            left -= by;
            for _ in 0..3 {
                self.step();
            }
        }
        self.settle();
    }

    /// All records of a topic that a read-committed consumer sees, as (key, value).
    pub fn read(&self, topic: &str) -> Vec<(String, Option<Vec<u8>>)> {
        read_all(&self.cluster, topic)
    }

    /// The emitted records by chat, in order.
    pub fn records(&self) -> BTreeMap<String, Vec<Value>> {
        records_of(&self.cluster, &self.settings.topics.session_metadata)
    }
}

pub fn read_all(cluster: &dyn Cluster, topic: &str) -> Vec<(String, Option<Vec<u8>>)> {
    let mut all = Vec::new();
    for partition in 0..cluster.partitions(topic).expect("asked").expect("a topic") {
        let (first, end) = cluster.bounds(topic, partition).expect("bounds");
        let mut reader = cluster.reader(topic, partition, first).expect("a reader");
        let mut batch = Batch::default();
        let limits = PollLimits { max_records: 10_000, max_bytes: 64 << 20, wait: Duration::from_millis(100) };
        while reader.position() < end {
            let before = reader.position();
            reader.poll(&mut batch, limits).expect("read");
            for record in batch.iter() {
                let key = String::from_utf8_lossy(record.key().unwrap_or_default()).into_owned();
                all.push((key, record.value().map(<[u8]>::to_vec)));
            }
            assert!(reader.position() > before || !batch.is_empty() || limits.wait > Duration::ZERO, "stuck");
        }
    }
    all
}

pub fn records_of(cluster: &dyn Cluster, topic: &str) -> BTreeMap<String, Vec<Value>> {
    let mut records: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (chat, value) in read_all(cluster, topic) {
        let record = serde_json::from_slice(&value.expect("no tombstones")).expect("JSON");
        records.entry(chat).or_default().push(record);
    }
    records
}

/// Revisions are 1, 2, 3 … and each supersedes the one before.
pub fn assert_gapless(records: &BTreeMap<String, Vec<Value>>) {
    for (chat, revisions) in records {
        let numbers: Vec<u64> = revisions.iter().map(|r| r["revision"].as_u64().expect("a number")).collect();
        let expected: Vec<u64> = (1..=revisions.len() as u64).collect();
        assert_eq!(numbers, expected, "revisions of {chat}");
        for (before, after) in revisions.iter().zip(&revisions[1..]) {
            assert_eq!(after["supersedes"], before["revision"], "{chat}");
            assert_ne!(content(before), content(after), "{chat}: a revision without a change");
        }
    }
}

/// What of a record does not depend on when it was made.
pub fn content(record: &Value) -> Value {
    let mut content = record.clone();
    let object = content.as_object_mut().expect("an object");
    NOT_CONTENT.iter().for_each(|key| drop(object.remove(*key)));
    content
}

fn journals(lines: &[Line]) -> BTreeMap<String, Journal> {
    let mut journals: BTreeMap<String, Journal> = BTreeMap::new();
    for line in lines {
        if let Decoded::Event { chat_id, event } = decode_line(line.json.as_bytes(), None) {
            let _ = journals.entry(chat_id.into_owned()).or_default().insert(event);
        }
    }
    journals
}

fn documents(directory: &[(String, Option<String>)]) -> BTreeMap<&str, ChannelDocument> {
    let mut documents: BTreeMap<&str, ChannelDocument> = BTreeMap::new();
    for (key, value) in directory {
        let Some(channel) = key.strip_prefix("channel/") else { continue };
        match value {
            None => drop(documents.remove(channel)),
            Some(value) => {
                if let Ok(document) = ChannelDocument::parse(value.as_bytes()) {
                    documents.insert(channel, document);
                }
            }
        }
    }
    documents
}

/// What the metric snapshots must add up to, computed from the events; `is_over`: chats that have not ended have expired.
pub fn expected_sums(lines: &[Line], directory: &[(String, Option<String>)], is_over: bool) -> Snapshots {
    let (documents, absent) = (documents(directory), ChannelDocument::absent());
    let mut sums = Snapshots::new(SMALLEST);
    for journal in journals(lines).into_values() {
        let fold = Fold::of(&journal);
        let document = fold.channel_id().and_then(|channel| documents.get(channel)).unwrap_or(&absent);
        sums.add(&Contributions::of(&journal, &fold, document, is_over));
    }
    sums
}

/// What of a metric snapshot does not depend on when it was published.
pub fn snapshot_content(snapshot: &Value) -> Value {
    let mut content = snapshot.clone();
    let object = content.as_object_mut().expect("an object");
    ["schemaVersion", "revision", "final"].iter().for_each(|key| drop(object.remove(*key)));
    content
}

/// The last revision of every metric snapshot is what the chats add up to; revisions are 1, 2, 3 … and each says something
/// else than the one before.
pub fn assert_snapshots(cluster: &dyn Cluster, topic: &str, sums: &Snapshots) {
    let published = records_of(cluster, topic);
    let mut expected = sums.records(None);
    let said = snapshot_content;
    for (name, revisions) in &published {
        let numbers: Vec<u64> = revisions.iter().map(|r| r["revision"].as_u64().expect("a number")).collect();
        assert_eq!(numbers, (1..=revisions.len() as u64).collect::<Vec<_>>(), "revisions of {name}");
        for (before, after) in revisions.iter().zip(&revisions[1..]) {
            assert!(said(before) != said(after) || before["final"] != after["final"], "{name}: nothing new");
        }
        let last = revisions.last().expect("one at least");
        let key = Key::parse(name).unwrap_or_else(|| panic!("{name} is no key"));
        let empty = || match &key {
            Key::Live(place) => live_json(place, &Default::default(), None),
            Key::Window(key) => {
                let end = Timestamp::parse(last["windowEnd"].as_str().expect("an end")).expect("a time");
                let window = Window { size: key.size, start: key.start, end };
                window_json(&key.place, window, &WindowSums::default(), None)
            }
        };
        let wanted = expected.remove(name).unwrap_or_else(empty);
        let wanted: Value = serde_json::from_str(&wanted).expect("JSON");
        assert_eq!(said(last), wanted, "{name}");
    }
    assert_eq!(expected.keys().next(), None, "of {} snapshots nothing was published", expected.len());
}

/// The content every chat's highest revision must have, computed from the events in the order given.
pub fn expected(lines: &[Line], directory: &[(String, Option<String>)]) -> BTreeMap<String, Value> {
    let (journals, documents) = (journals(lines), documents(directory));
    let absent = ChannelDocument::absent();
    let record = |(chat, journal): (String, Journal)| {
        let fold = Fold::of(&journal);
        let document = fold.channel_id().and_then(|channel| documents.get(channel)).unwrap_or(&absent);
        let content = project(&chat, &journal, &fold, document, Timestamp::MAX);
        let revision = Revision {
            revision: 1,
            supersedes: None,
            reason: Reason::SessionEnd,
            changed: Vec::new(),
            finalized_at: Timestamp::from_millis(0),
        };
        let json: Value = serde_json::from_slice(&content.to_json(&revision)).expect("JSON");
        (chat, self::content(&json))
    };
    journals.into_iter().map(record).collect()
}

/// The events and documents of the golden cases.
pub fn golden() -> (Vec<Line>, Vec<(String, Option<String>)>) {
    let mut lines = Vec::new();
    let mut directory = Vec::new();
    for entry in std::fs::read_dir("tests/golden").expect("the golden cases") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a case");
        let case: Value = serde_json::from_str(&text).expect("JSON");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        // Cases share channel names: each gets channels of its own.
        for (key, document) in case["directory"].as_object().expect("a directory") {
            directory.push((format!("{key}-{name}"), Some(document.to_string())));
        }
        for event in case["events"].as_array().expect("events") {
            let mut event = event.clone();
            if let Some(channel) = event["data"]["channelId"].as_str() {
                event["data"]["channelId"] = format!("{channel}-{name}").into();
            }
            lines.push(Line::new(&event));
        }
    }
    (lines, directory)
}

/// A small generator of random numbers, so that a test is told by its seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}
