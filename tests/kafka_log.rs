//! The log on a real broker: what only Kafka can get wrong. Needs a Java runtime; see `Broker` for how one is started.
#![allow(clippy::disallowed_methods, reason = "these tests wait for a real broker, on the real clock")]
#![cfg(feature = "runtime")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use wrapup::clock::SystemClock;
use wrapup::log::kafka::{KafkaCluster, KafkaSettings};
use wrapup::log::{
    Batch, Cluster, InputPartition, LogError, Membership, OffsetCommit, Outgoing, PollLimits, Rebalance, Session,
    TopicCreated, TopicSpec, conformance,
};

// ---- the broker ----

/// One broker for all tests of this file, in a folder of its own, removed with this process.
struct Broker {
    script: PathBuf,
    folder: tempfile::TempDir,
    address: String,
    /// Waits for this process to end, however it ends, and then stops the broker.
    _reaper: Child,
}

/// `KAFKA_LOCAL` names a script with the commands of the repository's own.
fn script() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/local/kafka");
    std::env::var_os("KAFKA_LOCAL").map_or(own, PathBuf::from)
}

impl Broker {
    fn start() -> Broker {
        let script = script();
        let folder = tempfile::tempdir().expect("a temporary folder");
        // It reads until the other end of the pipe is closed: by the exit of this process. In a group of its own, so
        // that an interrupt does not stop it first.
        let reaper = Command::new("sh")
            .args(["-c", "cat >/dev/null; \"$0\" stop --kill --dir \"$1\"; rm -rf \"$1\""])
            .arg(&script)
            .arg(folder.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh");
        let address = run(&script, &["start"], folder.path());
        Broker { script, folder, address, _reaper: reaper }
    }

    fn kill(&self) {
        run(&self.script, &["stop", "--kill"], self.folder.path());
    }

    fn start_again(&self) {
        assert_eq!(run(&self.script, &["start"], self.folder.path()), self.address);
    }
}

fn run(script: &Path, command: &[&str], folder: &Path) -> String {
    let settings = [
        "group.min.session.timeout.ms=1000",
        "transaction.abort.timed.out.transaction.cleanup.interval.ms=500",
        "log.cleaner.backoff.ms=200",
        "log.initial.task.delay.ms=500",
    ];
    let start = command.contains(&"start");
    let output = Command::new(script)
        .args(command)
        .arg("--dir")
        .arg(folder)
        .args(settings.iter().filter(|_| start).flat_map(|setting| ["--set", setting]))
        .stderr(Stdio::inherit())
        .output()
        .expect("the broker's script runs (KAFKA_LOCAL)");
    assert!(output.status.success(), "{} {command:?} failed", script.display());
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

static BROKER: OnceLock<Broker> = OnceLock::new();
/// Held for writing by the test that takes the broker down.
static UPTIME: RwLock<()> = RwLock::new(());

fn broker() -> &'static Broker {
    BROKER.get_or_init(Broker::start)
}

fn up() -> RwLockReadGuard<'static, ()> {
    UPTIME.read().unwrap_or_else(PoisonError::into_inner)
}

fn alone() -> RwLockWriteGuard<'static, ()> {
    UPTIME.write().unwrap_or_else(PoisonError::into_inner)
}

// ---- a world per test ----

/// Topics and a group that no other test uses.
struct World {
    cluster: KafkaCluster,
    name: String,
    topics: Vec<String>,
}

fn settings() -> KafkaSettings {
    let mut settings = KafkaSettings::new(&broker().address);
    // Longer than in production: the machine that runs these may have other work, too.
    settings.session_timeout = Duration::from_secs(15);
    settings.transaction_timeout = Duration::from_secs(30);
    // For a look inside: librdkafka's `debug` setting.
    if let Ok(facilities) = std::env::var("WRAPUP_KAFKA_DEBUG") {
        settings.common.insert("debug".to_owned(), facilities);
    }
    settings
}

/// For tests in which a session or a transaction is to time out.
fn impatient() -> KafkaSettings {
    let mut settings = settings();
    settings.session_timeout = Duration::from_secs(6);
    settings.transaction_timeout = Duration::from_secs(10);
    settings
}

fn cluster(settings: KafkaSettings) -> KafkaCluster {
    // RUST_LOG shows what librdkafka says.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_test_writer()
        .try_init();
    KafkaCluster::new(settings, Arc::new(SystemClock::new())).expect("the settings are valid")
}

fn spec(name: &str, partitions: u32, config: &[(&str, &str)]) -> TopicSpec {
    let config = config.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    TopicSpec { name: name.to_owned(), partitions, replication: Some(1), config }
}

impl World {
    /// Two input topics and an output topic, of `partitions` each.
    fn new(name: &str, partitions: u32) -> World {
        World::with(name, partitions, settings())
    }

    fn with(name: &str, partitions: u32, settings: KafkaSettings) -> World {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{name}-{}", COUNT.fetch_add(1, Ordering::SeqCst));
        let cluster = cluster(settings);
        let topics: Vec<String> = ["a", "b"].iter().map(|part| format!("{name}-{part}")).collect();
        let mut specs: Vec<TopicSpec> = topics.iter().map(|topic| spec(topic, partitions, &[])).collect();
        specs.push(spec(&format!("{name}-out"), partitions, &[("max.message.bytes", "100000")]));
        let created = cluster.create_topics(&specs).expect("topics");
        assert_eq!(created, vec![TopicCreated::Created; 3]);
        World { cluster, name, topics }
    }

    fn out(&self) -> String {
        format!("{}-out", self.name)
    }

    fn member(&self, instance: &str) -> Member {
        self.member_of(&self.cluster, instance)
    }

    fn member_of(&self, cluster: &KafkaCluster, instance: &str) -> Member {
        let membership = Membership {
            group: self.name.clone(),
            instance: format!("{}-{instance}", self.name),
            topics: self.topics.clone(),
        };
        Member {
            session: cluster.join(&membership).expect("joins"),
            batch: Batch::default(),
            owned: Vec::new(),
            seen: BTreeMap::new(),
        }
    }

    /// Writes `values` to partition 0 of the first topic.
    fn feed(&self, values: impl IntoIterator<Item = u32>) {
        self.feed_to(&self.topics[0], 0, values);
    }

    fn feed_to(&self, topic: &str, partition: u32, values: impl IntoIterator<Item = u32>) {
        let mut feed = self.cluster.feed().expect("a feed");
        for value in values {
            let text = value.to_string();
            feed.send(record(topic, Some(partition), text.as_bytes()), None).expect("sent");
        }
        feed.flush().expect("acknowledged");
    }

    /// The committed values of a partition, in order, read until its end.
    fn read(&self, topic: &str, partition: u32) -> Vec<String> {
        let (_, end) = self.cluster.bounds(topic, partition).expect("bounds");
        let mut reader = self.cluster.reader(topic, partition, 0).expect("a reader");
        let mut batch = Batch::default();
        let mut found = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(30);
        while reader.position() < end {
            assert!(Instant::now() < deadline, "{topic}: at {} of {end}", reader.position());
            reader.poll(&mut batch, LIMITS).expect("read");
            found.extend(values(&batch));
        }
        found
    }
}

fn record<'a>(topic: &'a str, partition: Option<u32>, value: &'a [u8]) -> Outgoing<'a> {
    Outgoing { topic, partition, key: Some(b"k"), value: Some(value), headers: &[] }
}

fn values(batch: &Batch) -> Vec<String> {
    let text = |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
    batch.iter().map(|record| text(record.value())).collect()
}

const LIMITS: PollLimits = PollLimits { max_records: 1_000, max_bytes: 1 << 20, wait: Duration::from_millis(100) };
const P0: InputPartition = InputPartition { topic: 0, partition: 0 };

/// A session driven as a worker drives it.
struct Member {
    session: Box<dyn Session>,
    batch: Batch,
    owned: Vec<InputPartition>,
    seen: BTreeMap<InputPartition, i64>,
}

impl Member {
    /// Polls once and answers what the group asks. Gives what was asked.
    fn step(&mut self) -> Option<Rebalance> {
        let change = self.session.poll(&mut self.batch, LIMITS).expect("poll");
        for (partition, position) in self.batch.positions() {
            self.seen.insert(*partition, *position);
        }
        match &change {
            Some(Rebalance::Assigned(partitions)) => self.take(partitions.clone()),
            Some(_) => {
                self.owned.clear();
                self.session.release().expect("released");
            }
            None => {}
        }
        change
    }

    fn take(&mut self, partitions: Vec<InputPartition>) {
        let committed = self.session.committed(&partitions).expect("committed offsets");
        let starts: Vec<(InputPartition, i64)> = partitions
            .iter()
            .zip(committed)
            .map(|(partition, committed)| (*partition, committed.map_or(0, |committed| committed.offset)))
            .collect();
        self.session.assign(&starts).expect("assigned");
        self.session.resume(&partitions).expect("resumed");
        self.seen = starts.into_iter().collect();
        self.owned = partitions;
    }

    fn until(&mut self, what: &str, mut done: impl FnMut(&mut Member) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !done(self) {
            assert!(Instant::now() < deadline, "waited in vain: {what}");
            self.step();
        }
    }

    fn joined(&mut self) {
        self.until("an assignment", |member| !member.owned.is_empty());
    }

    /// Reads `count` records.
    fn read(&mut self, count: usize) -> Vec<String> {
        let mut found = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(60);
        while found.len() < count {
            assert!(Instant::now() < deadline, "{} of {count} records came", found.len());
            self.step();
            found.extend(values(&self.batch));
        }
        found
    }

    fn offsets(&self) -> Vec<OffsetCommit> {
        let commit = |(partition, offset): (&InputPartition, &i64)| OffsetCommit {
            partition: *partition,
            offset: *offset,
            metadata: format!("at {offset}"),
        };
        self.seen.iter().map(commit).collect()
    }

    /// One transaction with these values, and all positions.
    fn write(&mut self, topic: &str, values: &[String]) -> Result<(), LogError> {
        self.session.begin()?;
        for value in values {
            self.session.send(record(topic, Some(0), value.as_bytes()))?;
        }
        let offsets = self.offsets();
        self.session.commit(&offsets)
    }
}

// ---- the suite that every log passes ----

/// The broker under the suite.
struct OnBroker {
    cluster: Arc<KafkaCluster>,
}

impl conformance::Subject for OnBroker {
    fn cluster(&self) -> Arc<dyn Cluster> {
        Arc::<KafkaCluster>::clone(&self.cluster)
    }

    fn name(&self, base: &str) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        format!("suite-{base}-{}", COUNT.fetch_add(1, Ordering::SeqCst))
    }

    fn advance(&self, by: Duration) {
        std::thread::sleep(by);
    }

    fn poll_wait(&self) -> Duration {
        Duration::from_millis(50)
    }
}

#[test]
fn the_suite_that_every_log_passes() {
    let _up = up();
    let mut settings = settings();
    settings.transaction_timeout = Duration::from_secs(10);
    let subject = OnBroker { cluster: Arc::new(cluster(settings)) };
    let next = AtomicU32::new(0);
    let failed = std::sync::Mutex::new(Vec::new());
    let work = || {
        while let Some((name, case)) = conformance::CASES.get(next.fetch_add(1, Ordering::SeqCst) as usize) {
            let since = Instant::now();
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(&subject)));
            println!("{} {name} in {:?}", if outcome.is_ok() { "passed" } else { "FAILED" }, since.elapsed());
            if outcome.is_err() {
                failed.lock().expect("nobody panics here").push(*name);
            }
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().expect("nobody panics here");
    assert!(failed.is_empty(), "{failed:?}");
}

// ---- tests ----

#[test]
fn positions_reach_the_end_though_only_control_records_are_left() {
    let _up = up();
    let world = World::new("positions", 1);
    let mut writer = world.member("writer");
    writer.joined();
    // Three records, a commit marker, an aborted record, its marker.
    let input = world.topics[0].clone();
    writer.write(&input, &["1".into(), "2".into(), "3".into()]).expect("committed");
    abort_a_record(&mut writer, &input);

    let found = writer.read(3);
    assert_eq!(found, ["1", "2", "3"]);
    // The marker is written soon after the abort was acknowledged.
    let high = 3 + 1 + 1 + 1;
    writer.until("the markers", |_| world.cluster.bounds(&input, 0).expect("bounds").1 == high);
    writer.until("the end", |member| member.seen[&P0] == high);
    writer.until("the end's cache", |member| member.session.end(P0).is_some_and(|end| end.offset == high));

    // Again, from the same place: markers only.
    writer.write(&input, &[]).expect("committed");
    abort_a_record(&mut writer, &input);
    writer.until("the new end", |member| member.seen[&P0] == high + 2);
    writer.until("the end's cache", |member| member.session.end(P0).is_some_and(|end| end.offset == high + 2));
    assert_eq!(world.read(&input, 0), ["1", "2", "3"]);
}

/// An aborted transaction of which a record reached the broker.
fn abort_a_record(member: &mut Member, topic: &str) {
    member.session.begin().expect("begun");
    member.session.send(record(topic, Some(0), b"never")).expect("sent");
    // Else `abort` takes it off the producer's queue.
    std::thread::sleep(Duration::from_millis(500));
    member.session.abort().expect("aborted");
}

#[test]
fn the_end_stops_before_an_open_transaction() {
    let _up = up();
    let world = World::new("stable", 1);
    let mut member = world.member("m");
    member.joined();
    world.feed([1, 2]);
    assert_eq!(member.read(2), ["1", "2"]);
    member.session.begin().expect("begun");
    let input = world.topics[0].clone();
    member.session.send(record(&input, Some(0), b"open")).expect("sent");
    let offsets = member.offsets();
    world.feed([4]);
    member.until("the high watermark", |_| world.cluster.bounds(&input, 0).expect("bounds").1 == 4);
    let since = Instant::now();
    while since.elapsed() < Duration::from_millis(2_500) {
        member.step();
        assert!(member.batch.is_empty());
    }
    assert_eq!(member.session.end(P0).map(|end| end.offset), Some(2));
    member.session.commit(&offsets).expect("committed");
    assert_eq!(member.read(2), ["open", "4"]);
    let committed = member.session.committed(&[P0]).expect("committed")[0].clone().expect("an offset");
    assert_eq!((committed.offset, committed.metadata.as_str()), (2, "at 2"));
}

#[test]
fn every_byte_of_a_record_comes_back() {
    let _up = up();
    let world = World::new("bytes", 1);
    let topic = &world.topics[0];
    let headers: [(&str, Option<&[u8]>); 3] = [("h", Some(b"1")), ("h", None), ("ü", Some(b""))];
    let mut feed = world.cluster.feed().expect("a feed");
    let at = wrapup::time::Timestamp::from_millis(1_700_000_000_123);
    for (key, value) in [(None, None), (Some(&b""[..]), Some(&b""[..])), (Some(b"key"), Some(b"\0\xff"))] {
        feed.send(Outgoing { topic, partition: Some(0), key, value, headers: &headers }, Some(at)).expect("sent");
    }
    feed.flush().expect("acknowledged");
    let mut reader = world.cluster.reader(topic, 0, 0).expect("a reader");
    let mut batch = Batch::default();
    while batch.len() < 3 {
        reader.poll(&mut batch, LIMITS).expect("read");
    }
    let found: Vec<_> = batch.iter().map(|record| (record.key(), record.value())).collect();
    assert_eq!(found, [(None, None), (Some(&b""[..]), Some(&b""[..])), (Some(&b"key"[..]), Some(&b"\0\xff"[..]))]);
    for record in batch.iter() {
        assert_eq!(record.timestamp(), Some(at));
        assert_eq!(record.headers().collect::<Vec<_>>(), headers);
    }
}

/// A plain produce request, byte by byte: no client library sends a header name that is not UTF-8.
fn produce_raw(topic: &str, header: &[u8]) {
    // A variable-length number of one byte.
    let small = |value: i8| ((value << 1) ^ (value >> 7)) as u8;
    let mut record = vec![0, small(0), small(0), small(-1), small(1), b'v', small(1)];
    record.push(small(header.len() as i8));
    record.extend_from_slice(header);
    record.extend_from_slice(&[small(1), b'x']);
    // From the attributes on: what the checksum covers.
    let mut tail = vec![0; 2 + 4 + 8 + 8];
    tail.extend_from_slice(&[0xff; 8 + 2 + 4]);
    tail.extend_from_slice(&1_i32.to_be_bytes());
    tail.push(small(record.len() as i8));
    tail.extend_from_slice(&record);
    let crc = !tail.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
    });
    let mut batch = vec![0; 8];
    batch.extend_from_slice(&(4 + 1 + 4 + tail.len() as i32).to_be_bytes());
    batch.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 2]);
    batch.extend_from_slice(&crc.to_be_bytes());
    batch.extend_from_slice(&tail);

    let mut request = vec![0, 0, 0, 3, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0x27, 0x10, 0, 0, 0, 1];
    request.extend_from_slice(&(topic.len() as i16).to_be_bytes());
    request.extend_from_slice(topic.as_bytes());
    request.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 0]);
    request.extend_from_slice(&(batch.len() as i32).to_be_bytes());
    request.extend_from_slice(&batch);
    let mut stream = std::net::TcpStream::connect(&broker().address).expect("connects");
    stream.write_all(&(request.len() as i32).to_be_bytes()).expect("written");
    stream.write_all(&request).expect("written");
    let mut answer = vec![0; 4 + 4 + 4 + 2 + topic.len() + 4 + 4 + 2];
    stream.read_exact(&mut answer).expect("answered");
    assert!(answer.ends_with(&[0, 0]), "the broker refuses the record: {answer:?}");
}

#[test]
fn a_header_name_that_is_not_text_stops_nobody() {
    let _up = up();
    let world = World::new("header", 1);
    produce_raw(&world.topics[0], b"good");
    produce_raw(&world.topics[0], b"bad\xff");
    let mut member = world.member("m");
    member.joined();
    let mut names = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(30);
    while names.len() < 2 {
        assert!(Instant::now() < deadline, "only {names:?}");
        member.step();
        let of = |record: wrapup::log::RecordView<'_>| record.headers().map(|(name, _)| name.to_owned()).collect();
        names.extend(member.batch.iter().map(|record| -> Vec<String> { of(record) }));
    }
    assert_eq!(names, [vec!["good".to_owned()], vec![]]);
}

#[test]
fn keys_go_where_the_java_client_sends_them() {
    let _up = up();
    let world = World::new("keys", 7);
    let topic = &world.topics[0];
    let mut feed = world.cluster.feed().expect("a feed");
    let keys: Vec<String> = (0..50).map(|key| format!("chat-{key}")).collect();
    for key in &keys {
        let outgoing = Outgoing { topic, partition: None, key: Some(key.as_bytes()), value: None, headers: &[] };
        feed.send(outgoing, None).expect("sent");
    }
    feed.flush().expect("acknowledged");
    for partition in 0..7 {
        let (_, end) = world.cluster.bounds(topic, partition).expect("bounds");
        let here = keys.iter().filter(|key| wrapup::log::partition_of(key.as_bytes(), 7) == partition).count();
        assert_eq!(end, here as i64, "partition {partition}");
    }
}

#[test]
fn pausing_and_seeking_lose_nothing_and_keep_the_order() {
    let _up = up();
    let world = World::new("seek", 1);
    world.feed(0..20_000);
    let mut member = world.member("m");
    member.joined();
    let mut next = 0_u32;
    let mut round = 0_u32;
    while next < 20_000 {
        member.step();
        for value in values(&member.batch) {
            assert_eq!(value, next.to_string());
            next += 1;
        }
        round += 1;
        if round.is_multiple_of(3) {
            member.session.pause(&[P0]).expect("paused");
            member.step();
            assert!(member.batch.is_empty(), "a paused partition gives nothing");
            if round.is_multiple_of(2) {
                next = next.saturating_sub(round * 37 % 1_500);
                member.session.seek(&[(P0, i64::from(next))]).expect("moved");
                member.step();
                assert!(member.batch.is_empty(), "still paused");
            }
            member.session.resume(&[P0]).expect("resumed");
        }
    }
}

#[test]
fn three_members_share_and_nothing_is_read_twice() {
    let _up = up();
    let world = World::new("three", 6);
    for partition in 0..6 {
        world.feed_to(&world.topics[0], partition, [partition]);
        world.feed_to(&world.topics[1], partition, [100 + partition]);
    }
    let mut members = vec![world.member("0")];
    let mut found: BTreeMap<String, u32> = BTreeMap::new();
    let mut joined = 1;
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        assert!(
            Instant::now() < deadline,
            "no balance: {:?}",
            members.iter().map(|m| m.owned.len()).collect::<Vec<_>>()
        );
        for member in &mut members {
            member.step();
            let read = values(&member.batch);
            if !read.is_empty() {
                member.write(&world.out(), &[]).expect("committed");
            }
            for value in read {
                *found.entry(value).or_default() += 1;
            }
        }
        let settled = members.iter().map(|member| member.owned.len()).sum::<usize>() == 12;
        if settled && joined < 3 {
            members.push(world.member(&joined.to_string()));
            joined += 1;
        } else if settled && members.iter().all(|member| member.owned.len() == 4) {
            break;
        }
    }
    assert!(found.values().all(|count| *count == 1) && found.len() == 12, "{found:?}");
    for member in &members {
        // Range: the same partitions of both topics.
        let of = |topic| -> Vec<u32> {
            member.owned.iter().filter(|owned| owned.topic == topic).map(|owned| owned.partition).collect()
        };
        assert_eq!(of(0), of(1));
    }
}

#[test]
fn an_open_transaction_is_committed_under_the_old_generation_after_revoked() {
    let _up = up();
    let world = World::new("revoked", 2);
    world.feed([1, 2, 3]);
    let mut old = world.member("old");
    old.joined();
    assert_eq!(old.read(3), ["1", "2", "3"]);
    old.session.begin().expect("begun");
    old.session.send(record(&world.out(), Some(0), b"late")).expect("sent");
    let offsets = old.offsets();

    let second = std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            let mut second = world.member("second");
            second.joined();
            second.owned
        });
        let asked = loop {
            let asked = old.session.poll(&mut old.batch, LIMITS).expect("poll");
            assert!(old.batch.is_empty());
            if asked.is_some() {
                break asked;
            }
        };
        assert_eq!(asked, Some(Rebalance::Revoked));
        // The worker takes its time: heartbeats go on, the others wait.
        for _ in 0..20 {
            assert_eq!(old.session.poll(&mut old.batch, LIMITS), Ok(None));
        }
        old.session.commit(&offsets).expect("the old generation is still valid");
        old.session.release().expect("released");
        old.owned.clear();
        old.joined();
        second.join().expect("joined")
    });
    assert_eq!(old.owned.len() + second.len(), 4);
    assert_eq!(world.read(&world.out(), 0), ["late"]);
}

#[test]
fn a_zombie_commits_nothing_and_learns_that_it_is_one() {
    let _up = up();
    let world = World::new("zombie", 1);
    world.feed([1, 2]);
    let mut old = world.member("same");
    old.joined();
    assert_eq!(old.read(2), ["1", "2"]);
    old.session.begin().expect("begun");
    old.session.send(record(&world.out(), Some(0), b"zombie")).expect("sent");

    let mut new = world.member("same");
    new.joined();
    assert_eq!(new.read(2), ["1", "2"]);
    new.write(&world.out(), &["new".into()]).expect("committed");

    let offsets = old.offsets();
    let error = old.session.commit(&offsets).expect_err("fenced");
    assert!(matches!(error, LogError::Fenced(_)), "{error:?}");
    let deadline = Instant::now() + Duration::from_secs(20);
    let error = loop {
        assert!(Instant::now() < deadline, "the old member never learned that it is fenced");
        match old.session.poll(&mut old.batch, LIMITS) {
            Ok(_) => assert!(old.batch.is_empty()),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, LogError::Fenced(_)), "{error:?}");
    drop(old);
    new.write(&world.out(), &["still".into()]).expect("committed");
    assert_eq!(world.read(&world.out(), 0), ["new", "still"]);
}

#[test]
fn a_member_that_stalls_loses_its_partitions_and_commits_nothing() {
    let _up = up();
    let mut settings = impatient();
    settings.consumer.insert("max.poll.interval.ms".to_owned(), "6500".to_owned());
    let world = World::with("stall", 1, settings);
    world.feed([1]);
    let mut stalled = world.member("stalled");
    stalled.joined();
    assert_eq!(stalled.read(1), ["1"]);
    stalled.session.begin().expect("begun");
    stalled.session.send(record(&world.out(), Some(0), b"stalled")).expect("sent");
    let offsets = stalled.offsets();
    std::thread::sleep(Duration::from_secs(8));
    let mut other = world.member("other");
    other.joined();
    // The generation is over, or is being ended: nothing of it may be committed.
    let error = stalled.session.commit(&offsets).expect_err("stale");
    assert!(matches!(error, LogError::Abort(_) | LogError::Fenced(_) | LogError::Unknown(_)), "{error:?}");
    println!("a stalled member's commit: {error}");
    if stalled.session.abort().is_err() {
        stalled.session.reinitialise().expect("initialised anew");
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    let asked = loop {
        assert!(Instant::now() < deadline, "the stalled member was not told");
        if let Some(asked) = stalled.session.poll(&mut stalled.batch, LIMITS).expect("poll") {
            break asked;
        }
    };
    assert_eq!(asked, Rebalance::Lost);
    stalled.session.release().expect("released");
    assert_eq!(world.read(&world.out(), 0), [""; 0]);
}

#[test]
fn a_record_that_is_too_large_is_refused_and_the_next_transaction_goes_on() {
    let _up = up();
    let world = World::new("large", 1);
    let mut member = world.member("m");
    member.joined();
    // Incompressible, above the topic's limit: the broker refuses.
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(200_000)
    .collect();
    member.session.begin().expect("begun");
    member.session.send(record(&world.out(), Some(0), b"before")).expect("sent");
    member.session.send(record(&world.out(), Some(0), &noise)).expect("queued");
    let error = member.session.commit(&[]).expect_err("too large");
    assert!(matches!(&error, LogError::Refused(text) if text.contains(&world.out())), "{error:?}");
    let since = Instant::now();
    member.session.abort().expect("aborted");
    println!("aborting after a refusal: {:?}", since.elapsed());
    // Above the producer's own limit: refused at once.
    member.session.begin().expect("begun");
    let error = member.session.send(record(&world.out(), Some(0), &vec![0; 17 << 20])).expect_err("too large");
    assert!(matches!(error, LogError::Refused(_)), "{error:?}");
    member.session.abort().expect("aborted");
    member.write(&world.out(), &["after".into()]).expect("committed");
    assert_eq!(world.read(&world.out(), 0), ["after"]);
}

#[test]
fn a_topic_that_is_missing_is_named() {
    let _up = up();
    let world = World::new("missing", 1);
    let membership = Membership {
        group: world.name.clone(),
        instance: "m".to_owned(),
        topics: vec![world.topics[0].clone(), "no-such-topic".to_owned()],
    };
    let error = world.cluster.join(&membership).err().expect("must fail");
    assert!(matches!(&error, LogError::Fatal(text) if text.contains("no-such-topic")), "{error:?}");
    assert_eq!(world.cluster.partitions("no-such-topic"), Ok(None));
    assert_eq!(world.cluster.topic_config("no-such-topic"), Ok(None));
    let mut member = world.member("m");
    member.session.begin().expect("begun");
    member.session.send(record("no-such-topic", None, b"x")).expect("queued");
    let since = Instant::now();
    let error = member.session.commit(&[]).expect_err("no such topic");
    println!("an unknown output topic after {:?}: {error}", since.elapsed());
    assert!(matches!(&error, LogError::Fatal(text) if text.contains("no-such-topic")), "{error:?}");
    member.session.abort().expect("aborted");
    assert_eq!(world.cluster.partitions("no-such-topic"), Ok(None));
}

#[test]
fn a_broker_that_is_not_there_is_reported_in_time() {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = nowhere.local_addr().expect("its address").to_string();
    drop(nowhere);
    let cluster = cluster(KafkaSettings::new(&address));
    let membership = Membership { group: "g".into(), instance: "i".into(), topics: vec!["t".into()] };
    let since = Instant::now();
    let error = cluster.join(&membership).err().expect("must fail");
    assert!(matches!(&error, LogError::Unavailable(text) if text.contains(&address)), "{error:?}");
    assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
}

#[test]
fn topics_are_created_once_with_their_configuration() {
    let _up = up();
    let world = World::new("topics", 3);
    let specs = [
        spec(&world.topics[0], 3, &[]),
        spec(&format!("{}-new", world.name), 2, &[("cleanup.policy", "compact"), ("segment.bytes", "134217728")]),
    ];
    assert_eq!(world.cluster.create_topics(&specs), Ok(vec![TopicCreated::Existed, TopicCreated::Created]));
    assert_eq!(world.cluster.partitions(&specs[1].name), Ok(Some(2)));
    let config = world.cluster.topic_config(&specs[1].name).expect("asked").expect("there");
    assert_eq!(config["cleanup.policy"], "compact");
    assert_eq!(config["segment.bytes"], "134217728");
    assert!(config.contains_key("max.message.bytes"));
    let wrong = spec(&format!("{}-wrong", world.name), 1, &[("cleanup.policy", "burn")]);
    let error = world.cluster.create_topics(&[wrong]).expect_err("invalid");
    assert!(matches!(error, LogError::Fatal(_)), "{error:?}");
    assert!(!world.cluster.cluster_id().expect("an id").is_empty());
}

#[test]
fn a_member_that_leaves_is_replaced_at_once() {
    let _up = up();
    let mut settings = settings();
    settings.session_timeout = Duration::from_secs(20);
    let world = World::with("leave", 2, settings);
    let mut stays = world.member("stays");
    stays.joined();
    let mut goes = world.member("goes");
    let deadline = Instant::now() + Duration::from_secs(60);
    while stays.owned.len() != 2 || goes.owned.len() != 2 {
        assert!(Instant::now() < deadline, "no balance");
        stays.step();
        goes.step();
    }
    let since = Instant::now();
    goes.session.leave().expect("left");
    let left = since.elapsed();
    drop(goes);
    let closed = since.elapsed();
    stays.until("all partitions", |member| member.owned.len() == 4);
    println!("left after {left:?}, closed after {closed:?}, taken over after {:?}", since.elapsed());
    assert!(since.elapsed() < Duration::from_secs(10), "that was the session time-out");
}

#[test]
fn a_member_that_restarts_under_its_name_keeps_its_partitions() {
    let _up = up();
    let world = World::new("restart", 2);
    world.feed([1, 2]);
    let mut first = world.member("m");
    first.joined();
    let owned = first.owned.clone();
    assert_eq!(first.read(2), ["1", "2"]);
    first.write(&world.out(), &[]).expect("committed");
    let since = Instant::now();
    drop(first);
    println!("closing takes {:?}", since.elapsed());
    let since = Instant::now();
    let mut second = world.member("m");
    second.joined();
    println!("joining again takes {:?}", since.elapsed());
    assert_eq!(second.owned, owned);
    world.feed([3]);
    assert_eq!(second.read(1), ["3"]);
}

#[test]
fn records_that_are_gone_are_an_error_and_not_a_jump() {
    let _up = up();
    let world = World::new("gone", 1);
    world.feed([1, 2]);
    let mut member = world.member("m");
    member.joined();
    assert_eq!(member.read(2), ["1", "2"]);
    member.session.seek(&[(P0, 77)]).expect("moved");
    let deadline = Instant::now() + Duration::from_secs(20);
    let error = loop {
        assert!(Instant::now() < deadline, "no error");
        match member.session.poll(&mut member.batch, LIMITS) {
            Ok(_) => assert!(member.batch.is_empty()),
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, LogError::Gone(P0, text) if text.contains(&world.topics[0])), "{error:?}");
    let error = world.cluster.reader(&world.topics[0], 0, 77).err().expect("beyond the end");
    assert!(matches!(error, LogError::Fatal(_)), "{error:?}");
}

#[test]
fn the_end_of_a_compacted_topic_is_reached() {
    let _up = up();
    let world = World::new("compacted", 1);
    let name = format!("{}-log", world.name);
    let config = [
        ("cleanup.policy", "compact"),
        ("segment.ms", "200"),
        ("min.cleanable.dirty.ratio", "0.01"),
        ("delete.retention.ms", "100"),
        ("max.compaction.lag.ms", "200"),
    ];
    world.cluster.create_topics(&[spec(&name, 1, &config)]).expect("created");
    let mut member = world.member("m");
    member.joined();
    for round in 0..20 {
        let values: Vec<String> = (0..10).map(|value| format!("{round}.{value}")).collect();
        member.write(&name, &values).expect("committed");
        std::thread::sleep(Duration::from_millis(100));
    }
    let (_, end) = world.cluster.bounds(&name, 0).expect("bounds");
    assert_eq!(end, 20 * 11);
    let found = world.read(&name, 0);
    println!("{} of 200 records are left after compaction", found.len());
    assert_eq!(found.last().map(String::as_str), Some("19.9"));
}

#[test]
fn a_broker_killed_and_started_again_costs_nothing() {
    let _alone = alone();
    let world = World::with("killed", 1, impatient());
    world.feed(0..100);
    let mut member = world.member("m");
    member.joined();
    let mut next = 0_usize;
    let mut kills = 0;
    let deadline = Instant::now() + Duration::from_secs(180);
    let mut down: Option<(Instant, std::thread::JoinHandle<()>)> = None;
    while next < 100 || down.is_some() {
        assert!(Instant::now() < deadline, "stuck at {next}");
        // One record a transaction, with the broker going away in the middle of one.
        let limits = PollLimits { max_records: 1, ..LIMITS };
        match member.session.poll(&mut member.batch, limits) {
            Ok(None) => {}
            Ok(Some(Rebalance::Assigned(partitions))) => {
                member.take(partitions);
                next = usize::try_from(member.seen[&P0]).expect("an offset");
            }
            Ok(Some(_)) => member.session.release().expect("released"),
            Err(error) => panic!("poll: {error:?}"),
        }
        for (partition, position) in member.batch.positions() {
            member.seen.insert(*partition, *position);
        }
        if down.as_ref().is_some_and(|(_, restart)| restart.is_finished()) {
            let (since, restart) = down.take().expect("just seen");
            restart.join().expect("started again");
            println!("the broker was away for {:?}", since.elapsed());
        }
        let read = values(&member.batch);
        if read.is_empty() {
            continue;
        }
        assert_eq!(read, [next.to_string()]);
        let outcome = member.session.begin().and_then(|()| {
            member.session.send(record(&world.out(), Some(0), read[0].as_bytes()))?;
            if next == 20 + kills * 30 && kills < 2 {
                kills += 1;
                broker().kill();
                let start = || {
                    std::thread::sleep(Duration::from_secs(2));
                    broker().start_again();
                };
                down = Some((Instant::now(), std::thread::spawn(start)));
            }
            let offsets = member.offsets();
            member.session.commit(&offsets)
        });
        match outcome {
            Ok(()) => next += 1,
            Err(error) => {
                println!("at {next}: {error}");
                next = recover(&mut member, error);
            }
        }
    }
    let expected: Vec<String> = (0..100).map(|value| value.to_string()).collect();
    assert_eq!(world.read(&world.out(), 0), expected);
    assert_eq!(kills, 2);
}

/// What the engine does after an error; gives the position to go on from.
fn recover(member: &mut Member, error: LogError) -> usize {
    let unknown = matches!(error, LogError::Unknown(_)) || member.session.abort().is_err();
    if unknown {
        let since = Instant::now();
        while let Err(error) = member.session.reinitialise() {
            println!("reinitialising: {error}");
            assert!(since.elapsed() < Duration::from_secs(60), "{error:?}");
        }
        println!("initialised anew after {:?}", since.elapsed());
    }
    let partitions: Vec<InputPartition> = member.seen.keys().copied().collect();
    let since = Instant::now();
    let committed = loop {
        match member.session.committed(&partitions) {
            Ok(committed) => break committed,
            Err(error) => {
                println!("committed offsets: {error}");
                assert!(since.elapsed() < Duration::from_secs(60), "{error:?}");
            }
        }
    };
    let starts: Vec<(InputPartition, i64)> = partitions
        .into_iter()
        .zip(committed)
        .map(|(partition, committed)| (partition, committed.map_or(0, |committed| committed.offset)))
        .collect();
    member.session.seek(&starts).expect("moved");
    member.seen = starts.into_iter().collect();
    usize::try_from(member.seen[&P0]).expect("an offset")
}

#[test]
fn the_time_of_a_commit() {
    let _up = up();
    let world = World::new("speed", 1);
    world.feed(0..200_000);
    let mut member = world.member("m");
    member.joined();
    let since = Instant::now();
    let mut read = 0;
    while read < 200_000 {
        member.step();
        read += member.batch.len();
    }
    println!("200,000 records read in {:?}", since.elapsed());
    for records in [0_usize, 1, 100, 1_000] {
        let values = vec!["x".repeat(300); records];
        let since = Instant::now();
        for _ in 0..50 {
            member.write(&world.out(), &values).expect("committed");
        }
        println!("a transaction of {records} records: {:?}", since.elapsed() / 50);
    }
}
