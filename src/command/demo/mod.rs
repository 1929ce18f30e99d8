//! `wrapup demo`: producer, processor and consumer in one process, with invented traffic and a clock that runs fast.

mod clock;
mod show;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;

use super::process::{self, Workers};
use super::run::{lock, rocks};
use super::topics::{TopicNames, specs};
use super::{Done, ExitCode, Failure, connect, thousands};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::engine::{Directory, Environment, Stage};
use crate::generate::{Generated, Options, Traffic};
use crate::log::memory::{MemoryCluster, Options as LogOptions};
use crate::log::{Batch, Cluster, Feed, Outgoing, PollLimits, Reader, TopicCreated};
use crate::telemetry::{Board, Health, logging};
use crate::time::{Span, Timestamp};
use clock::FastClock;

/// Chats, and over how long they start.
const CHATS: u64 = 240;
const SPREAD: Span = Span::from_secs(90 * 60);
/// The length of the day that is played, and how much faster than real it passes: about 25 seconds.
const PLAYED: Span = Span::from_secs(4 * 3_600);
const SPEED: u32 = 576;
const PARTITIONS: u32 = 4;
/// How often the producer and the consumer look.
const BEAT: Duration = Duration::from_millis(20);
const LIMITS: PollLimits = PollLimits { max_records: 1_000, max_bytes: 4 << 20, wait: Duration::ZERO };

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Play it through this broker instead of the in-process log
    #[arg(long, value_name = "ADDRESS")]
    kafka: Option<String>,
    /// Where the state and the records go; what is there from an earlier demo is replaced
    #[arg(long, value_name = "DIR", default_value = ".demo")]
    dir: PathBuf,
    /// Another seed makes other chats
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
}

/// Plays the demo.
pub(super) fn run(args: &Args) -> Done {
    let config = config(args)?;
    logging::install(config.log.format, crate::config::LogLevel::Error, std::env::var("RUST_LOG").ok().as_deref())
        .map_err(|error| Failure::usage(error.to_string()))?;
    let state = args.dir.join("state");
    if state.exists() {
        let kept = lock(&state, &SystemClock::new())?;
        std::fs::remove_dir_all(&state).map_err(|error| Failure::writing(&state.display().to_string(), &error))?;
        drop(kept);
    }
    let _lock = lock(&state, &SystemClock::new())?;
    let real: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let start = last_working_morning(real.wall().saturating_sub(PLAYED));
    let clock = Arc::new(FastClock::new(Arc::clone(&real), start, SPEED));
    let cluster = cluster(args, &config, &clock, &real)?;
    let names = TopicNames::of(&config);
    create(cluster.as_ref(), &names)?;
    let options =
        Options { start, spread: SPREAD, channels: 6, hot: 0.0, out_of_order: 0.02, duplicates: 0.02, shuffle: false };
    let mut play = Play {
        traffic: Traffic::new(args.seed, CHATS, options).peekable(),
        feed: cluster.feed()?,
        readers: readers(cluster.as_ref(), &names.session_metadata)?,
        snapshots: readers(cluster.as_ref(), &names.metric_snapshots)?,
        wallboard: BTreeMap::new(),
        names,
        clock: Arc::clone(&clock),
        batch: Batch::default(),
        sent: 0,
        revisions: BTreeMap::new(),
        records: records_file(&args.dir)?,
    };
    play.tell_directory(args.seed)?;
    let stages = stages(&config, cluster, &clock)?;
    show::introduction(args.kafka.as_deref(), SPEED);
    play.perform(&stages, &real)?;
    show::end(&play.revisions, &play.wallboard, &args.dir, args.kafka.as_deref())?;
    Ok(ExitCode::Ok)
}

fn config(args: &Args) -> Result<Config, Failure> {
    let mut flags = vec![
        ("application_id".to_owned(), "wrapup-demo".to_owned()),
        ("instance_id".to_owned(), "demo".to_owned()),
        ("state_dir".to_owned(), args.dir.join("state").display().to_string()),
        ("memory.budget".to_owned(), "256MiB".to_owned()),
    ];
    if let Some(address) = &args.kafka {
        flags.push(("kafka.bootstrap_servers".to_owned(), address.clone()));
    }
    Ok(Config::load(None, std::iter::empty(), &flags)?)
}

fn cluster(
    args: &Args,
    config: &Config,
    clock: &Arc<FastClock>,
    real: &Arc<dyn Clock>,
) -> Result<Arc<dyn Cluster>, Failure> {
    if args.kafka.is_some() {
        return connect(config, real);
    }
    let clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
    Ok(Arc::new(MemoryCluster::with(clock, LogOptions::default())))
}

fn create(cluster: &dyn Cluster, names: &TopicNames) -> Result<(), Failure> {
    let created = cluster.create_topics(&specs(names, PARTITIONS, None, None))?;
    if created.contains(&TopicCreated::Existed) {
        return Err(Failure::usage(
            "the broker has topics of these names already: the demo wants a broker of its own, such as \
             `deploy/local/kafka start --dir .kafka-local/demo` after `… wipe`",
        ));
    }
    Ok(())
}

fn readers(cluster: &dyn Cluster, topic: &str) -> Result<Vec<Box<dyn Reader>>, Failure> {
    (0..PARTITIONS).map(|partition| Ok(cluster.reader(topic, partition, 0)?)).collect()
}

fn records_file(folder: &Path) -> Result<std::fs::File, Failure> {
    let path = folder.join("records.jsonl");
    std::fs::File::create(&path).map_err(|error| Failure::writing(&path.display().to_string(), &error))
}

fn stages(
    config: &Config,
    cluster: Arc<dyn Cluster>,
    clock: &Arc<FastClock>,
) -> Result<[(Environment, usize); 2], Failure> {
    let settings = Arc::new(process::settings(config, "demo", false)?);
    let directory = Arc::new(Directory::load(cluster.as_ref(), &settings.topics.directory)?);
    let [stores, second] = rocks(config)?;
    let workers = process::workers(config);
    let first = Environment {
        stage: Stage::Chats,
        cluster,
        stores,
        directory,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        settings,
        telemetry: process::telemetry(config),
        health: Arc::new(Health::new(workers, config.http.ready_max_lag, Box::new(SystemClock::new()))),
        first_worker: 0,
        consumed: Arc::default(),
        board: Arc::new(Board::new(config.snapshots.gauges_max)),
    };
    Ok(process::stages(config, first, second))
}

/// The producer and the consumer of the demo.
struct Play {
    traffic: std::iter::Peekable<Traffic>,
    feed: Box<dyn Feed>,
    readers: Vec<Box<dyn Reader>>,
    snapshots: Vec<Box<dyn Reader>>,
    /// The days and the live records of the channels, by key.
    wallboard: BTreeMap<String, Value>,
    names: TopicNames,
    clock: Arc<FastClock>,
    batch: Batch,
    sent: u64,
    /// The records that came, by chat.
    revisions: BTreeMap<String, Vec<Value>>,
    records: std::fs::File,
}

impl Play {
    fn tell_directory(&mut self, seed: u64) -> Result<(), Failure> {
        let options = Options { channels: 6, ..Options::default() };
        for entry in Traffic::new(seed, 1, options).directory() {
            self.feed.send(
                Outgoing {
                    topic: &self.names.directory_events,
                    partition: None,
                    key: Some(entry.key.as_bytes()),
                    value: Some(entry.json.as_bytes()),
                    headers: &[],
                },
                None,
            )?;
        }
        Ok(self.feed.flush()?)
    }

    /// Runs the processor while the clock passes over the day.
    fn perform(&mut self, stages: &[(Environment, usize)], real: &Arc<dyn Clock>) -> Result<(), Failure> {
        let mut workers = Workers::start(stages, false);
        let end = self.clock.start().saturating_add(PLAYED);
        let mut told = Duration::ZERO;
        while self.clock.wall() < end {
            workers.watch(BEAT)?;
            self.send_what_is_due()?;
            self.take_records()?;
            if real.monotonic().saturating_sub(told) >= show::progress_every() {
                told = real.monotonic();
                self.tell_progress(&workers);
            }
        }
        self.tell_progress(&workers);
        show::progress_done();
        let done = Arc::clone(&workers.done);
        workers.finish(&mut || None)?;
        // What the last commits emitted.
        let emitted = done.emitted.load(Ordering::Relaxed);
        let deadline = real.monotonic() + Duration::from_secs(10);
        while (self.taken() as u64) < emitted && real.monotonic() < deadline {
            self.take_records()?;
            real.sleep(BEAT);
        }
        self.take_snapshots()
    }

    /// The newest metric snapshots of whole channels.
    fn take_snapshots(&mut self) -> Result<(), Failure> {
        for reader in &mut self.snapshots {
            loop {
                reader.poll(&mut self.batch, LIMITS)?;
                for record in self.batch.iter() {
                    let key = String::from_utf8_lossy(record.key().unwrap_or_default()).into_owned();
                    if key.contains("/channel/") && (key.contains("/1d/") || key.ends_with("/live")) {
                        let value = serde_json::from_slice(record.value().unwrap_or_default());
                        let value =
                            value.map_err(|error| Failure::failed(format!("a snapshot is not JSON: {error}")))?;
                        self.wallboard.insert(key, value);
                    }
                }
                if self.batch.is_empty() {
                    break;
                }
            }
        }
        Ok(())
    }

    fn send_what_is_due(&mut self) -> Result<(), Failure> {
        let now = self.clock.wall();
        while let Some(event) = self.traffic.next_if(|event| event.arrival <= now) {
            let Generated { topic, key, json, .. } = &event;
            self.feed.send(
                Outgoing {
                    topic: self.names.of_topic(*topic),
                    partition: None,
                    key: Some(key.as_bytes()),
                    value: Some(json.as_bytes()),
                    headers: &[],
                },
                Some(now),
            )?;
            self.sent += 1;
        }
        Ok(self.feed.flush()?)
    }

    fn take_records(&mut self) -> Result<(), Failure> {
        for reader in &mut self.readers {
            reader.poll(&mut self.batch, LIMITS)?;
            for record in self.batch.iter() {
                let value = record.value().unwrap_or_default();
                let json: Value = serde_json::from_slice(value)
                    .map_err(|error| Failure::failed(format!("a record is not JSON: {error}")))?;
                let chat = String::from_utf8_lossy(record.key().unwrap_or_default()).into_owned();
                self.revisions.entry(chat).or_default().push(json);
                self.records
                    .write_all(&[value, b"\n"].concat())
                    .map_err(|error| Failure::writing("the records", &error))?;
            }
        }
        Ok(())
    }

    fn taken(&self) -> usize {
        self.revisions.values().map(Vec::len).sum()
    }

    fn tell_progress(&self, workers: &Workers) {
        let corrections = self.taken() - self.revisions.len();
        show::progress(&format!(
            "{}  {} events in, {} read, {} chats finalized, {} corrections",
            clock_face(self.clock.wall()),
            thousands(self.sent),
            thousands(workers.done.records.load(Ordering::Relaxed)),
            thousands(self.revisions.len() as u64),
            corrections,
        ));
    }
}

/// 05:00 UTC of the last Monday to Friday that lies before `latest`: a broker refuses records from the future, and most
/// of the channels are open then.
fn last_working_morning(latest: Timestamp) -> Timestamp {
    const DAY: i64 = 86_400_000;
    let morning = Span::from_hours(5);
    let mut day = latest.saturating_sub(morning).millis().div_euclid(DAY);
    // 1970-01-01 was a Thursday: 0 is Sunday here, 6 Saturday.
    while matches!((day + 4).rem_euclid(7), 0 | 6) {
        day -= 1;
    }
    Timestamp::from_millis(day * DAY).saturating_add(morning)
}

/// `2026-03-02 09:15`
fn clock_face(time: Timestamp) -> String {
    time.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_plays_on_a_working_day_that_is_over() {
        let morning = |latest: &str| last_working_morning(Timestamp::parse(latest).expect("a time")).to_string();
        assert_eq!(morning("2026-03-04T05:00:00Z"), "2026-03-04T05:00:00.000Z");
        assert_eq!(morning("2026-03-04T04:59:59Z"), "2026-03-03T05:00:00.000Z");
        assert_eq!(morning("2026-03-02T04:00:00Z"), "2026-02-27T05:00:00.000Z");
    }
}
