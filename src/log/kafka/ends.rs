//! The ends of the assigned partitions, asked for about once a second by a thread of its own, so that no worker waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::Offset;
use tracing::warn;

use crate::clock::Clock;
use crate::log::{End, InputPartition, LogError, LogResult};

use super::monitor::Monitor;
use super::retire::Pending;
use super::signal::Signal;

/// How often the ends are asked for.
const REFRESH: Duration = Duration::from_secs(1);
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many events of an idle client are served in one go.
const EVENTS: usize = 16;

/// The partitions one session watches, and their ends as far as known.
#[derive(Default)]
pub(super) struct Watch {
    partitions: Mutex<BTreeMap<(String, i32), InputPartition>>,
    ends: Mutex<BTreeMap<InputPartition, End>>,
}

impl Watch {
    /// The newest known end.
    pub(super) fn end(&self, partition: InputPartition) -> Option<End> {
        lock(&self.ends).get(&partition).copied()
    }

    fn learn(&self, ends: &BTreeMap<(String, i32), End>) {
        // The lock is held throughout: what is no longer watched must not come back.
        let partitions = lock(&self.partitions);
        let mut known = lock(&self.ends);
        for (name, partition) in partitions.iter() {
            if let Some(end) = ends.get(name) {
                known.insert(*partition, *end);
            }
        }
    }
}

/// The thread that asks, for all sessions of a cluster.
pub(super) struct Ends {
    shared: Arc<Shared>,
}

struct Shared {
    /// Read-committed: its ends are the last stable offsets.
    client: BaseConsumer<Monitor>,
    /// The cluster's client for queries. Somebody has to serve its events, or its log lines pile up.
    idle: Arc<BaseConsumer<Monitor>>,
    clock: Arc<dyn Clock>,
    watches: Mutex<Vec<Weak<Watch>>>,
    wake: Signal,
    stopped: AtomicBool,
}

impl Ends {
    /// Starts the thread.
    pub(super) fn start(
        client: BaseConsumer<Monitor>,
        idle: Arc<BaseConsumer<Monitor>>,
        clock: Arc<dyn Clock>,
        pending: Pending,
    ) -> LogResult<Self> {
        let shared = Arc::new(Shared {
            client,
            idle,
            clock,
            watches: Mutex::default(),
            wake: Signal::default(),
            stopped: AtomicBool::new(false),
        });
        let thread = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("kafka-ends".to_owned())
            .spawn(move || {
                thread.run();
                drop(thread);
                drop(pending);
            })
            .map_err(|error| LogError::Fatal(format!("starting a thread: {error}")))?;
        Ok(Ends { shared })
    }

    /// A new session's watch; it is forgotten when the session drops it.
    pub(super) fn watch(&self) -> Arc<Watch> {
        let watch = Arc::new(Watch::default());
        lock(&self.shared.watches).push(Arc::downgrade(&watch));
        watch
    }

    /// Watches these partitions from now on, and no others.
    pub(super) fn set(&self, watch: &Watch, partitions: BTreeMap<(String, i32), InputPartition>) {
        let mut watched = lock(&watch.partitions);
        lock(&watch.ends).clear();
        *watched = partitions;
        drop(watched);
        self.shared.wake.raise();
    }

    /// Lets the thread end. It may be in the middle of a query: it ends right after.
    pub(super) fn stop(&self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.shared.wake.raise();
    }
}

impl Shared {
    fn run(&self) {
        while !self.stopped.load(Ordering::SeqCst) {
            let seen = self.wake.seen();
            if let Err(error) = self.refresh()
                && let Some(left_out) = self.client.context().say("ends")
            {
                warn!(%error, left_out, "the ends of the input could not be learned");
            }
            serve(&self.client);
            serve(&self.idle);
            self.wake.wait(seen, REFRESH);
        }
    }

    fn refresh(&self) -> KafkaResult<()> {
        let mut watches = lock(&self.watches);
        watches.retain(|watch| watch.strong_count() > 0);
        let watches: Vec<Arc<Watch>> = watches.iter().filter_map(Weak::upgrade).collect();
        let mut wanted = BTreeSet::new();
        for watch in &watches {
            wanted.extend(lock(&watch.partitions).keys().cloned());
        }
        if wanted.is_empty() {
            return Ok(());
        }
        // Before the question: what the answer says was true no earlier than this.
        let learned = self.clock.monotonic();
        let mut query = TopicPartitionList::new();
        for (topic, partition) in &wanted {
            // The "time" -1 asks for the end, and under read_committed for the last stable offset.
            query.add_partition_offset(topic, *partition, Offset::End)?;
        }
        let answer = self.client.offsets_for_times(query, PATIENCE)?;
        let mut ends = BTreeMap::new();
        for element in answer.elements() {
            if let (Ok(()), Offset::Offset(offset)) = (element.error(), element.offset()) {
                ends.insert((element.topic().to_owned(), element.partition()), End { offset, learned });
            }
        }
        for watch in &watches {
            watch.learn(&ends);
        }
        Ok(())
    }
}

/// Serves what waits in the queue of a client that reads nothing: log lines and errors, which its monitor notes.
pub(super) fn serve(client: &BaseConsumer<Monitor>) {
    for _ in 0..EVENTS {
        drop(client.poll(Duration::ZERO));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
