//! A worker's membership in the consumer group.
//!
//! librdkafka's common queue carries rebalances and errors; the records come in [`Lanes`]. A revocation is answered by
//! the worker once it has finished its transaction. A loss is answered at once, and told afterwards: there is nothing
//! to finish, and until the answer librdkafka sends heartbeats without a member id, by which a broker that is back
//! would take us for a zombie. Therefore, too, waits for the broker are interrupted every [`STEP`] for a look at the
//! common queue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::TopicPartitionList;
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
use super::lanes::Lanes;
use super::monitor::{self, Change, Monitor};
use super::signal::Signal;
use super::transactions::Transactions;
use super::{Inner, STEP, convert};

/// How many events of the common queue are served per look.
const EVENTS: usize = 8;
/// A wake-up missed costs no more than this.
const NAP: Duration = Duration::from_millis(100);
/// How long a seek may take; it needs no broker.
const SEEK: Duration = Duration::from_secs(5);
/// Committed offsets are not stable before the transaction over them is resolved: its time-out and so much more.
const STABLE: Duration = Duration::from_secs(5);
/// How long leaving the group may take.
const LEAVE: Duration = Duration::from_secs(10);

/// What the group is waiting for, or the worker has yet to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Nothing,
    Assign,
    Release,
    /// Answered already.
    Lost,
}

/// What came on the common queue.
enum Noted {
    Error(KafkaError),
    Stray(String, i32),
}

/// A member of the group with its transactional producer.
pub(super) struct KafkaSession {
    // Before the consumer: every lane holds on to it.
    lanes: Lanes,
    consumer: Arc<BaseConsumer<Monitor>>,
    transactions: Transactions,
    cluster: Arc<Inner>,
    membership: Membership,
    watch: Arc<Watch>,
    signal: Arc<Signal>,
    asked: Asked,
    /// The group metadata of the assignment.
    generation: Option<ConsumerGroupMetadata>,
    /// It said farewell: closing must not be overtaken by the end of the process.
    left: bool,
    noted: Vec<Noted>,
    /// Found while there were records to give first.
    failed: Option<LogError>,
}

impl KafkaSession {
    /// Makes both clients and subscribes to topics with so many partitions.
    pub(super) fn join(cluster: Arc<Inner>, membership: &Membership, partitions: u32) -> LogResult<Self> {
        let settings = &cluster.settings;
        let transactions = Transactions::start(
            settings.transactional(&membership.instance),
            Arc::clone(&cluster.clock),
            settings.transaction_timeout,
            cluster.retirement.clone(),
        )?;
        let mut consumer = cluster.consumer(&settings.member(membership, partitions), "member")?;
        let signal = Arc::new(Signal::default());
        let raise = Arc::clone(&signal);
        consumer.set_nonempty_callback(move || raise.raise());
        let topics: Vec<&str> = membership.topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics).map_err(|error| LogError::Fatal(format!("subscribing: {error}")))?;
        let watch = cluster.ends.watch();
        Ok(KafkaSession {
            lanes: Lanes::default(),
            consumer: Arc::new(consumer),
            transactions,
            membership: membership.clone(),
            watch,
            signal,
            asked: Asked::Nothing,
            generation: None,
            left: false,
            noted: Vec::new(),
            failed: None,
            cluster,
        })
    }

    /// Serves the common queue. Gives what the group asks, unless the worker has yet to answer what it asked before.
    fn serve(&mut self) -> LogResult<Option<Rebalance>> {
        self.transactions.serve();
        attend(&self.consumer, &mut self.noted);
        for noted in std::mem::take(&mut self.noted) {
            match noted {
                Noted::Error(error) => self.failure(&error)?,
                Noted::Stray(topic, partition) => self.stray(&topic, partition)?,
            }
        }
        if self.asked != Asked::Nothing {
            return Ok(None);
        }
        let change = self.consumer.context().take_change();
        change.map(|change| self.ask(change)).transpose()
    }

    fn ask(&mut self, change: Change) -> LogResult<Rebalance> {
        let Change::Assign { partitions, metadata } = change else {
            let lost = matches!(change, Change::Lost);
            self.asked = if lost { Asked::Lost } else { Asked::Release };
            return Ok(if lost { Rebalance::Lost } else { Rebalance::Revoked });
        };
        self.asked = Asked::Assign;
        self.generation = metadata;
        let assigned = partitions.iter().map(|(topic, partition)| self.input(topic, *partition));
        let mut assigned = assigned.collect::<LogResult<Vec<_>>>()?;
        assigned.sort_unstable();
        Ok(Rebalance::Assigned(assigned))
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
        self.lanes.next(of).map_or(Ok(()), |next| self.move_to(&[(of, next)]))
    }

    /// Sorts a consumer's error: what librdkafka mends itself was logged by the monitor and is passed over.
    fn failure(&self, error: &KafkaError) -> LogResult<()> {
        self.failure_of(error, &format!("group {} as {}", self.membership.group, self.membership.instance))
    }

    fn failure_of(&self, error: &KafkaError, about: &str) -> LogResult<()> {
        if let Some((code, text)) = self.consumer.client().fatal_error() {
            return Err(match errors::kind(code) {
                Kind::Fenced => LogError::Fenced(text),
                _ => LogError::Fatal(text),
            });
        }
        let code = errors::code(error);
        match errors::classify(code, about, &self.consumer.context().reason()) {
            // A handshake that fails now, after the first ones did not, is a broker's trouble.
            LogError::Fatal(text) if code != Code::SSL => Err(LogError::Fatal(text)),
            other => {
                debug!(%other, "passed over");
                Ok(())
            }
        }
    }

    fn drain(&mut self, batch: &mut Batch, limits: PollLimits) {
        let Err((of, error)) = self.lanes.drain(self.consumer.context(), batch, limits) else { return };
        let topic = self.membership.topics.get(of.topic).map_or("?", String::as_str);
        let failed = self.failure_of(&error, &format!("reading {topic} [{}]", of.partition)).err();
        self.failed = failed.map(|failed| match failed {
            LogError::Fatal(text) if errors::kind(errors::code(&error)) == Kind::Gone => LogError::Gone(of, text),
            other => other,
        });
    }

    fn move_to(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()> {
        let deadline = self.cluster.clock.monotonic() + SEEK;
        // Partitions that are gone need not move, though the worker does not know yet.
        let mut rest = if self.lost() { Vec::new() } else { starts.to_vec() };
        while !rest.is_empty() {
            let list = convert::offsets(&self.membership.topics, &rest)?;
            let moved = self.consumer.seek_partitions(list, SEEK);
            let moved = moved.map_err(|error| self.group_failure("seeking", &error))?;
            let mut unmoved = Vec::new();
            let mut why = None;
            for element in moved.elements() {
                if let Err(error) = element.error() {
                    unmoved.push(self.input(element.topic(), element.partition())?);
                    why = Some(error);
                }
            }
            rest.retain(|(partition, _)| unmoved.contains(partition));
            if let Some(error) = why {
                // Right after `assign` a partition may not be started yet.
                if self.cluster.clock.monotonic() >= deadline {
                    return Err(self.group_failure("seeking", &error));
                }
                self.signal.wait(self.signal.seen(), Duration::from_millis(5));
            }
        }
        for (partition, offset) in starts {
            self.lanes.set_next(*partition, *offset)?;
        }
        Ok(())
    }

    /// Whether the partitions are gone, whether the worker has heard or not.
    fn lost(&self) -> bool {
        self.asked == Asked::Lost || self.consumer.context().lost()
    }

    fn set_paused(&mut self, partitions: &[InputPartition], paused: bool) -> LogResult<()> {
        if partitions.is_empty() {
            return Ok(());
        }
        for partition in partitions {
            self.lanes.set_paused(*partition, paused)?;
        }
        if self.lost() {
            return Ok(());
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

    fn watch(&self, partitions: &[InputPartition]) -> LogResult<()> {
        let mut watched = BTreeMap::new();
        for partition in partitions {
            let topic = convert::topic(&self.membership.topics, *partition)?.to_owned();
            watched.insert((topic, convert::partition_number(partition.partition)?), *partition);
        }
        self.cluster.ends.set(&self.watch, watched);
        Ok(())
    }

    fn committed_list(&mut self, partitions: &[InputPartition]) -> LogResult<TopicPartitionList> {
        let about = format!("committed offsets of group {}", self.membership.group);
        let patience = self.cluster.settings.transaction_timeout + STABLE;
        let deadline = self.cluster.clock.monotonic() + patience;
        loop {
            let list = convert::partitions(&self.membership.topics, partitions)?;
            match self.consumer.committed_offsets(list, STEP) {
                Ok(list) => return Ok(list),
                Err(error) => match errors::query(&error, &about) {
                    LogError::Unavailable(_) if self.cluster.clock.monotonic() < deadline => {}
                    error => return Err(error),
                },
            }
            attend(&self.consumer, &mut self.noted);
        }
    }

    /// Answers what the group is waiting for with "nothing".
    fn give_up(&mut self) {
        if matches!(self.asked, Asked::Assign | Asked::Release) {
            monitor::give_up(&self.consumer, self.asked == Asked::Assign);
        }
        self.asked = Asked::Nothing;
        self.lanes.close();
        self.cluster.ends.set(&self.watch, BTreeMap::new());
    }
}

impl Session for KafkaSession {
    fn poll(&mut self, batch: &mut Batch, limits: PollLimits) -> LogResult<Option<Rebalance>> {
        batch.clear();
        let deadline = self.cluster.clock.monotonic() + limits.wait;
        loop {
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
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
        let list = self.committed_list(partitions)?;
        let mut found = BTreeMap::new();
        for element in list.elements() {
            element.error().map_err(|error| errors::query(&error, "committed offsets"))?;
            if let Offset::Offset(offset) = element.offset() {
                let metadata = element.metadata().to_owned();
                found.insert(self.input(element.topic(), element.partition())?, Committed { offset, metadata });
            }
        }
        Ok(partitions.iter().map(|partition| found.get(partition).cloned()).collect())
    }

    fn assign(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()> {
        let partitions: Vec<InputPartition> = starts.iter().map(|(partition, _)| *partition).collect();
        let list = convert::offsets(&self.membership.topics, starts)?;
        self.lanes.open(&self.consumer, &self.signal, &self.membership.topics, starts)?;
        let outcome = self.consumer.assign(&list);
        self.answered(outcome, "assigning")?;
        self.set_paused(&partitions, true)?;
        self.watch(&partitions)
    }

    fn seek(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()> {
        if let Some((partition, _)) = starts.iter().find(|(partition, _)| self.lanes.next(*partition).is_none()) {
            return Err(LogError::Fatal(format!("{partition:?} is not assigned")));
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
        self.lanes.close();
        self.cluster.ends.set(&self.watch, BTreeMap::new());
        let outcome = if self.asked == Asked::Lost { Ok(()) } else { self.consumer.unassign() };
        self.answered(outcome, "giving partitions up")
    }

    fn end(&self, partition: InputPartition) -> Option<End> {
        self.watch.end(partition)
    }

    fn begin(&mut self) -> LogResult<()> {
        self.transactions.begin()
    }

    fn send(&mut self, record: Outgoing<'_>) -> LogResult<()> {
        self.transactions.send(&record, &mut || attend(&self.consumer, &mut self.noted))
    }

    fn commit(&mut self, offsets: &[OffsetCommit]) -> LogResult<()> {
        let mut list = TopicPartitionList::new();
        for commit in offsets {
            let topic = convert::topic(&self.membership.topics, commit.partition)?;
            let number = convert::partition_number(commit.partition.partition)?;
            let mut element = list.add_partition(topic, number);
            element
                .set_offset(Offset::Offset(commit.offset))
                .map_err(|error| LogError::Fatal(format!("committing offset {}: {error}", commit.offset)))?;
            element.set_metadata(&commit.metadata);
        }
        let told = self.asked == Asked::Lost;
        let lost = || told || self.consumer.context().lost();
        let mut between = || attend(&self.consumer, &mut self.noted);
        self.transactions.commit(&list, self.generation.as_ref(), &lost, &mut between)
    }

    fn written(&self, topic: &str, partition: u32) -> Option<i64> {
        self.transactions.written(topic, partition)
    }

    fn abort(&mut self) -> LogResult<()> {
        self.transactions.abort(&mut || attend(&self.consumer, &mut self.noted))
    }

    fn reinitialise(&mut self) -> LogResult<()> {
        self.transactions.reinitialise(&mut || attend(&self.consumer, &mut self.noted))
    }

    fn leave(&mut self) -> LogResult<()> {
        self.left = true;
        let monitor = Arc::clone(self.consumer.context());
        monitor.close();
        self.give_up();
        // A static member says farewell when it unsubscribes, once its partitions are given up, but not when it closes.
        self.consumer.unsubscribe();
        let deadline = self.cluster.clock.monotonic() + LEAVE;
        while self.cluster.clock.monotonic() < deadline && !monitor.gave_up() {
            let seen = self.signal.seen();
            attend(&self.consumer, &mut self.noted);
            self.signal.wait(seen, Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for KafkaSession {
    fn drop(&mut self) {
        // Closing waits until the group's questions are answered, and only the monitor is left to answer them.
        self.consumer.context().close();
        self.give_up();
        if !self.left {
            self.cluster.retirement.retire_member(Arc::clone(&self.consumer));
        }
    }
}

/// Serves the common queue, on which the monitor hears what the group asks; notes what is to be done about the rest.
fn attend(consumer: &BaseConsumer<Monitor>, noted: &mut Vec<Noted>) {
    for _ in 0..EVENTS {
        match consumer.poll(Duration::ZERO) {
            // Nothing, or an event was served: there is no telling.
            None => {}
            Some(Ok(message)) => noted.push(Noted::Stray(message.topic().to_owned(), message.partition())),
            Some(Err(error)) => noted.push(Noted::Error(error)),
        }
    }
}
