//! The processor as a process: worker threads around an [`Environment`], started, watched and stopped together.
//! `run` puts it on Kafka, `demo` on the in-process log as well.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::topics::TopicNames;
use super::{ExitCode, Failure};
use crate::config::{self, Config, Finest, SmallestWindow};
use crate::engine::{Bounds, Environment, Settings, SnapshotSettings, Stage, Start, Stop, Topics, Worker};
use crate::event::{Kind, Reason as Refusal};
use crate::finalization::Windows;
use crate::record::Reason;
use crate::snapshot::{Dimension, WindowSize};
use crate::store::Stores;
use crate::telemetry::{Telemetry, Vocabulary};
use crate::time::Span;

/// `delete.retention.ms` of the changelog, as `topics create` sets it.
const CHANGELOG_DELETE_RETENTION: Span = Span::from_hours(7 * 24);

/// How long a worker waits for input before it looks at everything else again.
const IDLE_WAIT: Duration = Duration::from_millis(20);

/// How soon a worker that could not reach the broker when it was to join tries again.
const JOIN_AGAIN: Duration = Duration::from_millis(500);

/// The engine's part of the configuration, for the process called `instance_id`.
///
/// # Errors
/// Records cannot be written as configured: the key of the hashes cannot be read.
pub(super) fn settings(config: &Config, instance_id: &str, watch_clock: bool) -> Result<Settings, Failure> {
    let topics = &config.topics;
    let names = TopicNames::of(config);
    Ok(Settings {
        application_id: config.application_id.clone(),
        instance_id: instance_id.to_owned(),
        topics: Topics {
            inputs: [topics.chat_events.clone(), topics.message_events.clone(), topics.queue_events.clone()],
            directory: topics.directory_events.clone(),
            session_metadata: topics.session_metadata.clone(),
            dead_letters: topics.dead_letters.clone(),
            changelog: names.changelog,
            differences: names.differences,
            channel_changelog: names.channel_changelog,
            metric_snapshots: names.metric_snapshots,
        },
        windows: Windows {
            update_window: config.finalization.update_window,
            idle_expiry: config.finalization.idle_expiry,
            correction_window: config.finalization.correction_window,
            stub_retention: config.finalization.stub_retention,
        },
        output: Arc::new(config.record_output().map_err(Failure::usage)?),
        start: match config.input.start {
            config::Start::Earliest => Start::Earliest,
            config::Start::Latest => Start::Latest,
        },
        check_partition: config.input.partitioner == config::Partitioner::Murmur2,
        commit_interval: config.commit_interval,
        backlog_interval: config.commit.backlog_interval,
        idle_wait: IDLE_WAIT,
        bounds: Bounds {
            records: config.commit.max_records,
            bytes: bytes(config.commit.max_bytes),
            timers: config.commit.max_timers,
            restated: config.commit.max_restated,
            dirty: bytes(config.commit.max_dirty),
        },
        overlay_bytes: overlay(config) / 8 * 7 / config.workers,
        restating_rate: config.restating.rate,
        restore_stall: config.restore.stall_timeout,
        input_stall: config.input.stall_timeout,
        read_ahead: config.input.read_ahead,
        snapshots: snapshots(config),
        watch_clock,
        changelog_delete_retention: CHANGELOG_DELETE_RETENTION,
    })
}

/// Memory for what both stages hold.
fn overlay(config: &Config) -> usize {
    usize::try_from(config.memory.shares().overlay).unwrap_or(usize::MAX)
}

fn snapshots(config: &Config) -> SnapshotSettings {
    let smallest = match config.snapshots.window {
        SmallestWindow::Minutes1 => WindowSize::Minutes1,
        SmallestWindow::Minutes3 => WindowSize::Minutes3,
        SmallestWindow::Minutes5 => WindowSize::Minutes5,
        SmallestWindow::Minutes15 => WindowSize::Minutes15,
    };
    let finest = &config.snapshots_finest;
    let finest = Dimension::ALL.iter().map(|dimension| match dimension {
        Dimension::Channel => finest.channel,
        Dimension::Medium => finest.medium,
        Dimension::Team => finest.team,
        Dimension::Manager => finest.manager,
        Dimension::Queue => finest.queue,
    });
    let finest: Vec<Option<WindowSize>> = finest
        .map(|finest| match finest {
            Finest::Minutes => Some(smallest),
            Finest::Hours => Some(WindowSize::Hour),
            Finest::Days => Some(WindowSize::Day),
            Finest::None => None,
        })
        .collect();
    SnapshotSettings {
        smallest,
        interval: config.snapshots.interval,
        retention: config.snapshots.retention,
        finest: finest.try_into().expect("one of each dimension"),
    }
}

/// The two stages of a process, each with its number of workers: `first`, and one like it with the stores of the second.
pub(super) fn stages(config: &Config, first: Environment, stores: Arc<dyn Stores>) -> [(Environment, usize); 2] {
    let settings =
        Settings { overlay_bytes: overlay(config) / 8 / config.snapshots.workers, ..Settings::clone(&first.settings) };
    let second = Environment {
        stage: Stage::Channels,
        stores,
        settings: Arc::new(settings),
        first_worker: config.workers,
        ..first.clone()
    };
    [(first, config.workers), (second, config.snapshots.workers)]
}

/// Workers of both stages, as health counts them.
pub(super) fn workers(config: &Config) -> usize {
    config.workers + config.snapshots.workers
}

fn bytes(bytes: config::Bytes) -> usize {
    usize::try_from(bytes.0).unwrap_or(usize::MAX)
}

/// Registers what the process reports about itself.
pub(super) fn telemetry(config: &Config) -> Telemetry {
    let topics = &config.topics;
    Telemetry::new(Vocabulary {
        topics: &[&topics.chat_events, &topics.message_events, &topics.queue_events],
        types: Kind::NAMES,
        reasons: Reason::NAMES,
        dead_letter_reasons: Refusal::NAMES,
    })
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Failure {
        let code = match stop {
            Stop::Misconfigured(_) => ExitCode::Usage,
            Stop::Contradiction(_) => ExitCode::StateContradicts,
            Stop::Fenced(_) => ExitCode::InstanceTaken,
            Stop::Unreachable(_) => ExitCode::Failure,
        };
        Failure { code, message: stop.to_string() }
    }
}

/// How much all workers have done.
#[derive(Default)]
pub(super) struct Done {
    pub records: AtomicU64,
    pub emitted: AtomicU64,
}

/// The worker threads of a process.
pub(super) struct Workers {
    stop: Arc<AtomicBool>,
    ended: Receiver<Result<(), Failure>>,
    running: usize,
    pub done: Arc<Done>,
}

impl Workers {
    /// Starts the workers of each stage. With `leave` they leave their group for good when they are stopped.
    pub(super) fn start(stages: &[(Environment, usize)], leave: bool) -> Workers {
        let stop = Arc::new(AtomicBool::new(false));
        let done = Arc::new(Done::default());
        let (ended, receiver) = channel();
        let workers: Vec<(&Environment, usize)> = stages
            .iter()
            .flat_map(|(environment, count)| (0..*count).map(move |number| (environment, number)))
            .collect();
        let count = workers.len();
        for (environment, number) in workers {
            let thread = Thread {
                number,
                leave,
                environment: environment.clone(),
                stop: Arc::clone(&stop),
                done: Arc::clone(&done),
            };
            let ended = ended.clone();
            std::thread::Builder::new()
                .name(format!("{}-{number}", environment.stage.name()))
                .spawn(move || thread.run(&ended))
                .expect("the operating system gives a thread at start");
        }
        Workers { stop, ended: receiver, running: count, done }
    }

    /// Waits up to `wait` for a worker to end by itself, which it only does when something is wrong.
    ///
    /// # Errors
    /// What was wrong.
    pub(super) fn watch(&mut self, wait: Duration) -> Result<(), Failure> {
        match self.ended.recv_timeout(wait) {
            Ok(result) => {
                self.running -= 1;
                result
            }
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Failure::failed("all workers have ended")),
        }
    }

    /// Lets the workers commit and end; `is_over` says when to wait no longer.
    ///
    /// # Errors
    /// What went wrong meanwhile, or that it took too long.
    pub(super) fn finish(mut self, is_over: &mut dyn FnMut() -> Option<Failure>) -> Result<(), Failure> {
        self.stop.store(true, Ordering::SeqCst);
        while self.running > 0 {
            match self.ended.recv_timeout(Duration::from_millis(50)) {
                Ok(result) => {
                    self.running -= 1;
                    result?;
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(failure) = is_over() {
                        return Err(failure);
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a worker's thread needs.
struct Thread {
    number: usize,
    leave: bool,
    environment: Environment,
    stop: Arc<AtomicBool>,
    done: Arc<Done>,
}

impl Thread {
    fn run(self, ended: &Sender<Result<(), Failure>>) {
        // A panic is a broken invariant of ours: the process stops, and a restart goes on from the last commit.
        let result = catch_unwind(AssertUnwindSafe(|| self.work())).unwrap_or_else(|_| {
            Err(Failure::failed("a worker has failed by a defect of this program: see the log lines before"))
        });
        // The other side is gone only when the process ends anyway.
        let _ = ended.send(result);
    }

    /// Joins the group; `None` when it is stopped before. The broker has answered at the start: from then on it is waited
    /// for, so that one that goes away in these moments does not end the process.
    fn join(&self) -> Result<Option<Worker>, Failure> {
        let Environment { health, clock, .. } = &self.environment;
        while !self.stop.load(Ordering::SeqCst) {
            match Worker::join(self.environment.clone(), self.number) {
                Err(Stop::Unreachable(reason)) => {
                    tracing::warn!(worker = self.number, reason, "cannot join at the moment: trying again");
                    health.beat(self.number);
                    clock.sleep(JOIN_AGAIN);
                }
                joined => return Ok(Some(joined?)),
            }
        }
        health.ended(self.number);
        Ok(None)
    }

    fn work(&self) -> Result<(), Failure> {
        let Some(mut worker) = self.join()? else { return Ok(()) };
        while !self.stop.load(Ordering::SeqCst) {
            let progress = worker.step()?;
            if self.environment.stage == Stage::Chats {
                self.done.records.fetch_add(progress.records as u64, Ordering::Relaxed);
            }
            self.done.emitted.fetch_add(progress.emitted as u64, Ordering::Relaxed);
        }
        let progress = worker.finish(self.leave)?;
        self.done.emitted.fetch_add(progress.emitted as u64, Ordering::Relaxed);
        Ok(())
    }
}
