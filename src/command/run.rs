//! `wrapup run`: the processor on Kafka, until it is told to stop.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::process::{self, Workers};
use super::{ConfigOptions, Done, ExitCode, Failure, connect, topics};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::engine::{Directory, Environment, Housekeeping, Stage};
use crate::log::{LogError, LogResult};
use crate::store::rocks::{RocksBudget, RocksStores};
use crate::store::{StoreError, Stores};
use crate::telemetry::{Board, Health, http, logging, prometheus};

/// How often the main thread looks whether it is to stop.
const WATCH: Duration = Duration::from_millis(100);
/// How often stores nobody holds are looked for.
const HOUSEKEEPING: Duration = Duration::from_secs(600);
/// How often what the second stage has read is deleted.
const DELETE: Duration = Duration::from_secs(30);

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    options: ConfigOptions,
    /// Leave the group for good when stopped, as for scaling down, instead of keeping the place for a restart
    #[arg(long)]
    leave: bool,
}

/// Does what was asked.
pub(super) fn run(args: &Args) -> Done {
    let config = args.options.load()?;
    let rust_log = std::env::var("RUST_LOG").ok();
    logging::install(config.log.format, config.log.level, rust_log.as_deref())
        .map_err(|error| Failure::usage(error.to_string()))?;
    let runtime = runtime()?;
    let signals = Signals::listen(&runtime)?;
    let lock = lock(&config.state_dir, &SystemClock::new())?;
    let exposition = prometheus::install().map_err(|error| Failure::failed(error.to_string()))?;
    let workers = process::workers(&config);
    let health = Arc::new(Health::new(workers, config.http.ready_max_lag, Box::new(SystemClock::new())));
    let board = Arc::new(Board::new(config.snapshots.gauges_max));
    let (stop_http, http_stopped) = oneshot::channel::<()>();
    let server = runtime
        .block_on(http::serve(&config.http.listen, Arc::clone(&health), exposition, Arc::clone(&board), async {
            // Also when the sender is dropped: then the process ends.
            let _ = http_stopped.await;
        }))
        .map_err(|error| Failure::usage(error.to_string()))?;
    tracing::info!(address = %server.address, "serving /livez, /readyz and /metrics");
    let result = process(&config, &health, &board, &signals, args.leave);
    drop(stop_http);
    runtime.shutdown_timeout(Duration::from_secs(1));
    drop(lock);
    result
}

pub(super) fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start the runtime of the http server: {error}")))
}

/// Everything between the first contact with the broker and the end of the last worker.
fn process(config: &Config, health: &Arc<Health>, board: &Arc<Board>, signals: &Signals, leave: bool) -> Done {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let instance = instance_name(config, clock.as_ref())?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), application = config.application_id, instance, "starting");
    let Some(stages) = start(config, &instance, &clock, (health, board), signals)? else {
        tracing::info!("stopped before anything was read");
        return Ok(ExitCode::Ok);
    };
    let mut workers = Workers::start(&stages, leave);
    let mut housekeeping = stages.each_ref().map(|_| Housekeeping::new(config.state.keep_unowned));
    let (mut looked, mut deleted) = (clock.monotonic(), clock.monotonic());
    while signals.count() == 0 {
        if let Err(failure) = workers.watch(WATCH) {
            tracing::error!(reason = failure.message, "stopping");
            // The others commit what they have; their own troubles would only hide the cause.
            let _ = finish(workers, config, clock.as_ref(), signals, health);
            return Err(failure);
        }
        if clock.monotonic().saturating_sub(looked) >= HOUSEKEEPING {
            looked = clock.monotonic();
            for ((environment, _), housekeeping) in stages.iter().zip(&mut housekeeping) {
                let tasks = housekeeping.look(environment.stores.as_ref(), looked);
                if !tasks.is_empty() {
                    tracing::info!(?tasks, "deleted the state of partitions that have gone to other processes");
                }
            }
        }
        if clock.monotonic().saturating_sub(deleted) >= DELETE {
            deleted = clock.monotonic();
            delete_consumed(&stages[1].0);
        }
    }
    finish(workers, config, clock.as_ref(), signals, health)?;
    tracing::info!("stopped");
    Ok(ExitCode::Ok)
}

/// Deletes what the second stage has read.
fn delete_consumed(second: &Environment) {
    let topic = &second.settings.topics.differences;
    if let Err(error) = second.consumed.delete(second.cluster.as_ref(), topic) {
        tracing::debug!(%error, topic, "cannot delete what is read: it is tried again");
    }
}

/// What the workers need, or nothing when a signal comes first: a broker that does not answer must not hold up a stop.
fn start(
    config: &Config,
    instance: &str,
    clock: &Arc<dyn Clock>,
    (health, board): (&Arc<Health>, &Arc<Board>),
    signals: &Signals,
) -> Result<Option<[(Environment, usize); 2]>, Failure> {
    let (started, environment) = channel();
    let (config, instance) = (config.clone(), instance.to_owned());
    let (clock, health, board) = (Arc::clone(clock), Arc::clone(health), Arc::clone(board));
    std::thread::Builder::new()
        .name("start".to_owned())
        .spawn(move || {
            // Nobody waits for it any more when a signal has come.
            let _ = started.send(prepare(&config, &instance, clock, health, board));
        })
        .map_err(|error| Failure::failed(format!("cannot start a thread: {error}")))?;
    loop {
        match environment.recv_timeout(WATCH) {
            Ok(environment) => return environment.map(Some),
            Err(RecvTimeoutError::Timeout) if signals.count() > 0 => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::failed("the start has failed by a defect of this program: see the lines before"));
            }
        }
    }
}

fn prepare(
    config: &Config,
    instance: &str,
    clock: Arc<dyn Clock>,
    health: Arc<Health>,
    board: Arc<Board>,
) -> Result<[(Environment, usize); 2], Failure> {
    let deadline = clock.monotonic() + config.kafka.start_timeout;
    let cluster = connect(config, &clock)?;
    let settings = Arc::new(process::settings(config, instance, true)?);
    let topic = &settings.topics.directory;
    // A broker that has just started answers before its partitions have leaders.
    patiently(clock.as_ref(), deadline, || cluster.partitions(topic)?.map(|_| cluster.bounds(topic, 0)).transpose())?;
    if let Some(missing) = patiently(clock.as_ref(), deadline, || topics::check(cluster.as_ref(), config))? {
        return Err(missing);
    }
    let [stores, second] = rocks(config)?;
    let directory = patiently(clock.as_ref(), deadline, || Directory::load(cluster.as_ref(), topic))?;
    let directory = Arc::new(directory);
    tracing::info!(channels = directory.snapshot().channels(), "the directory is read");
    let telemetry = process::telemetry(config);
    let (stage, first_worker, consumed) = (Stage::Chats, 0, Arc::default());
    let first = Environment {
        stage,
        cluster,
        stores,
        directory,
        clock,
        settings,
        telemetry,
        health,
        first_worker,
        consumed,
        board,
    };
    Ok(process::stages(config, first, second))
}

/// Tries again until the deadline while the log cannot serve.
fn patiently<T>(clock: &dyn Clock, deadline: Duration, mut attempt: impl FnMut() -> LogResult<T>) -> LogResult<T> {
    loop {
        match attempt() {
            Err(LogError::Unavailable(reason)) if clock.monotonic() < deadline => {
                tracing::warn!(reason, "the broker cannot serve yet: trying again");
                clock.sleep(WATCH);
            }
            outcome => return outcome,
        }
    }
}

/// Drains and commits within `shutdown_timeout`; a second signal cuts it short.
fn finish(
    workers: Workers,
    config: &Config,
    clock: &dyn Clock,
    signals: &Signals,
    health: &Health,
) -> Result<(), Failure> {
    health.stopping();
    tracing::info!("stopping: committing what is read");
    let deadline = clock.monotonic() + config.shutdown_timeout;
    workers.finish(&mut || {
        if signals.count() > 1 {
            return Some(Failure::failed("aborted by a second signal: what was not committed is read again"));
        }
        (clock.monotonic() > deadline).then(|| {
            Failure::failed(
                "did not end within shutdown_timeout: what was not committed is read again at the next start",
            )
        })
    })
}

/// The stores under `state_dir`, by stage.
pub(super) fn rocks(config: &Config) -> Result<[Arc<dyn Stores>; 2], Failure> {
    let shares = config.memory.shares();
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let budget = RocksBudget { cache_bytes: size(shares.block_cache), memtable_bytes: size(shares.memtables) };
    let stores = RocksStores::new(&config.state_dir, budget).and_then(|first| {
        let second = first.below(Stage::Channels.name())?;
        Ok([Arc::new(first) as Arc<dyn Stores>, Arc::new(second)])
    });
    stores.map_err(|error| match error {
        StoreError::Busy | StoreError::Unusable(_) => Failure::usage(format!("{error}: correct state_dir")),
    })
}

/// How long a process that was killed may take to be gone.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// One process per state folder; the lock goes with the process.
pub(super) fn lock(folder: &Path, clock: &dyn Clock) -> Result<File, Failure> {
    let problem = |what: String| Failure::usage(format!("{what}: correct state_dir"));
    std::fs::create_dir_all(folder)
        .map_err(|error| problem(format!("cannot create the state folder {}: {error}", folder.display())))?;
    let path = folder.join("lock");
    let file =
        File::create(&path).map_err(|error| problem(format!("cannot write in {}: {error}", folder.display())))?;
    let deadline = clock.monotonic() + LOCK_PATIENCE;
    while file.try_lock().is_err() {
        if clock.monotonic() >= deadline {
            return Err(problem(format!("another process uses the state folder {}", folder.display())));
        }
        clock.sleep(Duration::from_millis(100));
    }
    Ok(file)
}

/// The configured name of this process, or one made once and kept in the state folder.
fn instance_name(config: &Config, clock: &dyn Clock) -> Result<String, Failure> {
    if let Some(name) = &config.instance_id {
        return Ok(name.clone());
    }
    let path = config.state_dir.join("instance_id");
    if let Ok(name) = std::fs::read_to_string(&path) {
        return Ok(name.trim().to_owned());
    }
    let seed = format!("{} {}", clock.wall().millis(), std::process::id());
    let name = format!("{:012x}", xxhash_rust::xxh3::xxh3_64(seed.as_bytes()) & 0xffff_ffff_ffff);
    std::fs::write(&path, &name)
        .map_err(|error| Failure::usage(format!("cannot write {}: {error}: correct state_dir", path.display())))?;
    Ok(name)
}

/// Counts SIGTERM and SIGINT.
pub(super) struct Signals(Arc<AtomicUsize>);

impl Signals {
    pub(super) fn listen(runtime: &Runtime) -> Result<Signals, Failure> {
        let count = Arc::new(AtomicUsize::new(0));
        let failed = |error: std::io::Error| Failure::failed(format!("cannot listen for signals: {error}"));
        let _in_runtime = runtime.enter();
        for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
            let mut signals = signal(kind).map_err(failed)?;
            let count = Arc::clone(&count);
            runtime.spawn(async move {
                while signals.recv().await.is_some() {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        Ok(Signals(count))
    }

    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}
