//! A worker's membership in the consumer group.
//!
//! Every assigned partition has a queue of its own (a *lane*): only so does an end-of-partition event say whose end it
//! is. The queues are split off before `assign`, so no record ever reaches the common queue, which carries rebalances
//! and errors. librdkafka drops what was fetched before a pause or a seek; the offset expected next is checked all the
//! same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::Offset;
use tracing::{debug, warn};

use crate::log::{
    Batch, Committed, End, InputPartition, LogError, LogResult, Membership, OffsetCommit, Outgoing, PollLimits,
    Rebalance, Session,
};

use super::ends::Watch;
use super::errors::{self, Kind};
use super::monitor::{self, Change, Monitor};
use super::signal::Signal;
use super::transactions::Transactions;
use super::{Inner, convert};

/// How many events of the common queue are served per look.
const EVENTS: usize = 8;
/// How many records one lane may give before the next one's turn.
const TURN: usize = 512;
/// A wake-up missed costs no more than this.
const NAP: Duration = Duration::from_millis(100);
/// How long a seek may take; it needs no broker.
const SEEK: Duration = Duration::from_secs(5);
/// Committed offsets are not stable before the transaction over them is resolved: its time-out and so much more.
const STABLE: Duration = Duration::from_secs(5);
/// How long leaving the group may take.
const LEAVE: Duration = Duration::from_secs(10);

/// One assigned partition.
struct Lane {
    partition: InputPartition,
    queue: PartitionQueue<Monitor>,
    /// The offset of the next record; what lies before it was fetched before a seek.
    next: i64,
    paused: bool,
}

/// What the group is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Nothing,
    Assign,
    Release,
}

/// A member of the group with its transactional producer.
pub(super) struct KafkaSession {
    // Before the consumer: a lane holds on to it.
    lanes: Vec<Lane>,
    consumer: Arc<BaseConsumer<Monitor>>,
    transactions: Transactions,
    cluster: Arc<Inner>,
    membership: Membership,
    watch: Arc<Watch>,
    signal: Arc<Signal>,
    asked: Asked,
    /// The group metadata of the last assignment, and of the one being asked for.
    generation: Option<ConsumerGroupMetadata>,
    /// Whose turn it is.
    turn: usize,
    /// Found while there were records to give first.
    failed: Option<LogError>,
}

impl KafkaSession {
    /// Makes both clients and subscribes.
    pub(super) fn join(cluster: Arc<Inner>, membership: &Membership) -> LogResult<Self> {
        let settings = &cluster.settings;
        let transactions = Transactions::start(
            settings.transactional(&membership.instance),
            Arc::clone(&cluster.clock),
            settings.transaction_timeout,
        )?;
        let mut consumer = cluster.consumer(&settings.member(membership), "member")?;
        let signal = Arc::new(Signal::default());
        let raise = Arc::clone(&signal);
        consumer.set_nonempty_callback(move || raise.raise());
        let topics: Vec<&str> = membership.topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics).map_err(|error| LogError::Fatal(format!("subscribing: {error}")))?;
        let watch = cluster.ends.watch();
        Ok(KafkaSession {
            lanes: Vec::new(),
            consumer: Arc::new(consumer),
            transactions,
            membership: membership.clone(),
            watch,
            signal,
            asked: Asked::Nothing,
            generation: None,
            turn: 0,
            failed: None,
            cluster,
        })
    }

    /// Serves the common queue, and takes down what the group asks.
    fn serve(&mut self) -> LogResult<Option<Rebalance>> {
        self.transactions.serve();
        let consumer = Arc::clone(&self.consumer);
        for _ in 0..EVENTS {
            match consumer.poll(Duration::ZERO) {
                // Nothing, or an event was served: there is no telling.
                None => {}
                Some(Ok(message)) => self.stray(message.topic(), message.partition())?,
                Some(Err(error)) => self.failure(&error)?,
            }
            if let Some(change) = consumer.context().take_change() {
                return self.asks(change).map(Some);
            }
        }
        Ok(None)
    }

    fn asks(&mut self, change: Change) -> LogResult<Rebalance> {
        match change {
            Change::Assign { partitions, metadata } => {
                self.asked = Asked::Assign;
                self.generation = metadata;
                let mut assigned = partitions
                    .iter()
                    .map(|(topic, partition)| self.input(topic, *partition))
                    .collect::<LogResult<Vec<_>>>()?;
                assigned.sort_unstable();
                Ok(Rebalance::Assigned(assigned))
            }
            Change::Revoke { lost } => {
                self.asked = Asked::Release;
                Ok(if lost { Rebalance::Lost } else { Rebalance::Revoked })
            }
        }
    }

    fn input(&self, topic: &str, partition: i32) -> LogResult<InputPartition> {
        let index = self.membership.topics.iter().position(|name| name == topic);
        match (index, u32::try_from(partition)) {
            (Some(topic), Ok(partition)) => Ok(InputPartition { topic, partition }),
            _ => Err(LogError::Fatal(format!(
                "the group assigned {topic} [{partition}], which was not asked for: all members must subscribe to {:?}",
                self.membership.topics
            ))),
        }
    }

    /// A record on the common queue: by construction there is none. Should there be one, it is read again in its lane.
    fn stray(&mut self, topic: &str, partition: i32) -> LogResult<()> {
        let of = self.input(topic, partition)?;
        warn!(topic, partition, "a record came on the common queue; reading it again");
        let Some(next) = self.lane(of).map(|lane| lane.next) else { return Ok(()) };
        self.move_to(&[(of, next)])
    }

    /// Sorts a consumer's error: what librdkafka mends itself was logged by the monitor and is passed over.
    fn failure(&self, error: &KafkaError) -> LogResult<()> {
        if let Some((code, text)) = self.consumer.client().fatal_error() {
            return Err(match errors::kind(code) {
                Kind::Fenced => LogError::Fenced(text),
                _ => LogError::Fatal(text),
            });
        }
        let code = errors::code(error);
        let about = format!("reading as {} of group {}", self.membership.instance, self.membership.group);
        match errors::classify(code, &about, &self.consumer.context().reason()) {
            LogError::Fatal(text) => Err(LogError::Fatal(text)),
            other => {
                debug!(%other, "passed over");
                Ok(())
            }
        }
    }

    /// Empties the lanes, each in its turn, until the batch is full or they are empty.
    fn drain(&mut self, batch: &mut Batch, limits: PollLimits) {
        let count = self.lanes.len();
        let mut idle = 0;
        while idle < count && !full(batch, limits) {
            self.turn = (self.turn + 1) % count;
            let before = batch.len();
            if let Err(error) = self.drain_lane(self.turn, batch, limits) {
                self.failed = Some(error);
                return;
            }
            idle = if batch.len() > before { 0 } else { idle + 1 };
        }
    }

    fn drain_lane(&mut self, at: usize, batch: &mut Batch, limits: PollLimits) -> LogResult<()> {
        let monitor = Arc::clone(self.consumer.context());
        let lane = &mut self.lanes[at];
        if lane.paused {
            return Ok(());
        }
        for _ in 0..TURN {
            if full(batch, limits) {
                break;
            }
            let error = match lane.queue.poll(Duration::ZERO) {
                None => break,
                Some(Ok(message)) => {
                    if message.offset() >= lane.next {
                        convert::push(batch, lane.partition, &message);
                        lane.next = message.offset() + 1;
                    }
                    continue;
                }
                Some(Err(KafkaError::PartitionEOF(_))) => {
                    // Control records have no message: only the end tells that they were passed.
                    if let Some(end) = monitor.take_partition_end().filter(|end| *end > lane.next) {
                        lane.next = end;
                        batch.advance(lane.partition, end);
                    }
                    continue;
                }
                Some(Err(error)) => error,
            };
            return self.failure(&error);
        }
        Ok(())
    }

    fn lane(&self, partition: InputPartition) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.partition == partition)
    }

    fn lane_mut(&mut self, partition: InputPartition) -> LogResult<&mut Lane> {
        let lane = self.lanes.iter_mut().find(|lane| lane.partition == partition);
        lane.ok_or_else(|| LogError::Fatal(format!("{partition:?} is not assigned")))
    }

    /// Splits off a partition's queue. Before `assign`: from then on its records go there and nowhere else.
    fn open_lane(&self, (partition, next): (InputPartition, i64)) -> LogResult<Lane> {
        let topic = convert::topic(&self.membership.topics, partition)?;
        let number = convert::partition_number(partition.partition)?;
        let mut queue = self
            .consumer
            .split_partition_queue(topic, number)
            .ok_or_else(|| LogError::Fatal(format!("{topic} [{number}] has no queue")))?;
        let raise = Arc::clone(&self.signal);
        queue.set_nonempty_callback(move || raise.raise());
        Ok(Lane { partition, queue, next, paused: true })
    }

    fn move_to(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()> {
        let deadline = self.cluster.clock.monotonic() + SEEK;
        let mut rest = starts.to_vec();
        while !rest.is_empty() {
            let list = convert::offsets(&self.membership.topics, &rest)?;
            let moved = self.consumer.seek_partitions(list, SEEK);
            let moved = moved.map_err(|error| self.group_failure("seeking", &error))?;
            let mut again = Vec::new();
            let mut why = None;
            for element in moved.elements() {
                if let Err(error) = element.error() {
                    let of = self.input(element.topic(), element.partition())?;
                    again.extend(rest.iter().copied().filter(|(partition, _)| *partition == of));
                    why = Some(error);
                }
            }
            rest = again;
            if let Some(error) = why {
                // Right after `assign` a partition may not be started yet.
                if self.cluster.clock.monotonic() >= deadline {
                    return Err(self.group_failure("seeking", &error));
                }
                self.signal.wait(self.signal.seen(), Duration::from_millis(5));
            }
        }
        for (partition, offset) in starts {
            self.lane_mut(*partition)?.next = *offset;
        }
        Ok(())
    }

    fn set_paused(&mut self, partitions: &[InputPartition], paused: bool) -> LogResult<()> {
        if partitions.is_empty() {
            return Ok(());
        }
        for partition in partitions {
            self.lane_mut(*partition)?.paused = paused;
        }
        let list = convert::partitions(&self.membership.topics, partitions)?;
        let done = if paused { self.consumer.pause(&list) } else { self.consumer.resume(&list) };
        done.map_err(|error| self.group_failure("pausing or resuming", &error))
    }

    /// librdkafka reports these by text alone; a fatal error of the client says more.
    fn group_failure(&self, about: &str, error: &KafkaError) -> LogError {
        match self.failure(error) {
            Err(found) => found,
            Ok(()) => LogError::Abort(format!("{about}: {}", errors::detail(error))),
        }
    }

    fn answered(&mut self, outcome: KafkaResult<()>, about: &str) -> LogResult<()> {
        self.asked = Asked::Nothing;
        outcome.map_err(|error| self.group_failure(about, &error))
    }
}

impl Session for KafkaSession {
    fn poll(&mut self, batch: &mut Batch, limits: PollLimits) -> LogResult<Option<Rebalance>> {
        batch.clear();
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let deadline = self.cluster.clock.monotonic() + limits.wait;
        loop {
            let seen = self.signal.seen();
            if let Some(change) = self.serve()? {
                return Ok(Some(change));
            }
            if self.asked == Asked::Nothing {
                self.drain(batch, limits);
            }
            if !batch.positions().is_empty() {
                return Ok(None);
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            let left = deadline.saturating_sub(self.cluster.clock.monotonic());
            if left.is_zero() {
                return Ok(None);
            }
            self.signal.wait(seen, left.min(NAP));
        }
    }

    fn committed(&mut self, partitions: &[InputPartition]) -> LogResult<Vec<Option<Committed>>> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let list = convert::partitions(&self.membership.topics, partitions)?;
        let patience = self.cluster.settings.transaction_timeout + STABLE;
        let about = format!("committed offsets of group {}", self.membership.group);
        let answer = self.consumer.committed_offsets(list, patience).map_err(|error| errors::query(&error, &about))?;
        let mut found = BTreeMap::new();
        for element in answer.elements() {
            element.error().map_err(|error| errors::query(&error, &about))?;
            if let Offset::Offset(offset) = element.offset() {
                let metadata = element.metadata().to_owned();
                found.insert(self.input(element.topic(), element.partition())?, Committed { offset, metadata });
            }
        }
        Ok(partitions.iter().map(|partition| found.get(partition).cloned()).collect())
    }

    fn assign(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()> {
        self.lanes.clear();
        self.lanes = starts.iter().map(|start| self.open_lane(*start)).collect::<LogResult<_>>()?;
        self.turn = 0;
        let list = convert::offsets(&self.membership.topics, starts)?;
        let outcome = self.consumer.assign(&list);
        self.answered(outcome, "assigning")?;
        let partitions: Vec<InputPartition> = starts.iter().map(|(partition, _)| *partition).collect();
        self.set_paused(&partitions, true)?;
        let mut watched = BTreeMap::new();
        for partition in partitions {
            let topic = convert::topic(&self.membership.topics, partition)?.to_owned();
            watched.insert((topic, convert::partition_number(partition.partition)?), partition);
        }
        self.cluster.ends.set(&self.watch, watched);
        Ok(())
    }

    fn seek(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()> {
        for (partition, _) in starts {
            self.lane_mut(*partition)?;
        }
        self.move_to(starts)
    }

    fn pause(&mut self, partitions: &[InputPartition]) -> LogResult<()> {
        self.set_paused(partitions, true)
    }

    fn resume(&mut self, partitions: &[InputPartition]) -> LogResult<()> {
        self.set_paused(partitions, false)
    }

    fn release(&mut self) -> LogResult<()> {
        self.lanes.clear();
        self.cluster.ends.set(&self.watch, BTreeMap::new());
        let outcome = self.consumer.unassign();
        self.answered(outcome, "giving partitions up")
    }

    fn end(&self, partition: InputPartition) -> Option<End> {
        self.watch.end(partition)
    }

    fn begin(&mut self) -> LogResult<()> {
        self.transactions.begin()
    }

    fn send(&mut self, record: Outgoing<'_>) -> LogResult<()> {
        self.transactions.send(&record)
    }

    fn commit(&mut self, offsets: &[OffsetCommit]) -> LogResult<()> {
        let mut list = rdkafka::TopicPartitionList::new();
        for commit in offsets {
            let topic = convert::topic(&self.membership.topics, commit.partition)?;
            let number = convert::partition_number(commit.partition.partition)?;
            let mut element = list.add_partition(topic, number);
            element
                .set_offset(Offset::Offset(commit.offset))
                .map_err(|error| LogError::Fatal(format!("committing offset {}: {error}", commit.offset)))?;
            element.set_metadata(&commit.metadata);
        }
        self.transactions.commit(&list, self.generation.as_ref())
    }

    fn written(&self, topic: &str, partition: u32) -> Option<i64> {
        self.transactions.written(topic, partition)
    }

    fn abort(&mut self) -> LogResult<()> {
        self.transactions.abort()
    }

    fn reinitialise(&mut self) -> LogResult<()> {
        self.transactions.reinitialise()
    }

    fn leave(&mut self) -> LogResult<()> {
        self.lanes.clear();
        self.cluster.ends.set(&self.watch, BTreeMap::new());
        let monitor = Arc::clone(self.consumer.context());
        monitor.close();
        if self.asked != Asked::Nothing {
            monitor::give_up(&self.consumer, self.asked == Asked::Assign);
            self.asked = Asked::Nothing;
        }
        // A static member says farewell when it unsubscribes, once its partitions are given up, but not when it closes.
        self.consumer.unsubscribe();
        let deadline = self.cluster.clock.monotonic() + LEAVE;
        while self.cluster.clock.monotonic() < deadline && !monitor.gave_up() {
            let seen = self.signal.seen();
            drop(self.consumer.poll(Duration::ZERO));
            self.signal.wait(seen, Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for KafkaSession {
    fn drop(&mut self) {
        // Closing waits until the group's questions are answered, and only the monitor is left to answer them.
        self.consumer.context().close();
        if self.asked != Asked::Nothing {
            monitor::give_up(&self.consumer, self.asked == Asked::Assign);
        }
    }
}

fn full(batch: &Batch, limits: PollLimits) -> bool {
    batch.len() >= limits.max_records || batch.bytes() >= limits.max_bytes
}
