//! What librdkafka calls back: rebalances, failures, ends of partitions, log lines. It is only noted here; the thread
//! that drives the client acts on it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::TopicPartitionList;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Message;
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::types::RDKafkaRespErr;
use tracing::{debug, info, warn};

use crate::clock::Clock;

use super::errors::{self, Kind};

/// The same complaint is logged once in so long, with how often it was left out.
const QUIET: Duration = Duration::from_secs(10);

/// What the group asks, as librdkafka said it.
pub(super) enum Change {
    /// The member's partitions, and the group metadata as of now: what a zombie will have to present.
    Assign { partitions: Vec<(String, i32)>, metadata: Option<ConsumerGroupMetadata> },
    /// All partitions are to be given up.
    Revoke,
    /// All partitions are gone. It is answered already.
    Lost,
}

/// A record that did not reach its topic.
pub(super) struct Undelivered {
    /// Why.
    pub code: Code,
    /// Which: topic, partition and size, never the content.
    pub record: String,
}

impl Undelivered {
    /// Whether it was only taken off the queue, by an abort.
    pub(super) fn purged(&self) -> bool {
        matches!(self.code, Code::PurgeQueue | Code::PurgeInflight)
    }
}

/// The context of one client.
pub(super) struct Monitor {
    role: &'static str,
    clock: Arc<dyn Clock>,
    /// From here on rebalances are answered at once: nobody else will.
    closing: AtomicBool,
    /// librdkafka is closing the consumer.
    shut: AtomicBool,
    /// Whether a revocation was answered while closing.
    gave_up: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    changes: VecDeque<Change>,
    partition_end: Option<i64>,
    reason: String,
    login: Option<(Code, String)>,
    undelivered: Option<Undelivered>,
    /// Behind the last record delivered, by topic and partition.
    written: BTreeMap<String, BTreeMap<i32, i64>>,
    said: BTreeMap<String, (Duration, u32)>,
}

impl Monitor {
    /// For a client that plays `role` (as the log shall call it).
    pub(super) fn new(role: &'static str, clock: Arc<dyn Clock>) -> Self {
        Monitor {
            role,
            clock,
            closing: AtomicBool::new(false),
            shut: AtomicBool::new(false),
            gave_up: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    /// Answers rebalances at once from now on.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }

    /// The consumer is dropped next.
    pub(super) fn shut(&self) {
        self.shut.store(true, Ordering::SeqCst);
    }

    /// Whether all partitions were given up since [`Monitor::close`].
    pub(super) fn gave_up(&self) -> bool {
        self.gave_up.load(Ordering::SeqCst)
    }

    /// The next rebalance event, once.
    pub(super) fn take_change(&self) -> Option<Change> {
        self.state().changes.pop_front()
    }

    /// Whether the worker has yet to hear that its partitions are gone.
    pub(super) fn lost(&self) -> bool {
        self.state().changes.iter().any(|change| matches!(change, Change::Lost))
    }

    /// The offset of the end-of-partition event that the last `poll` gave, once.
    pub(super) fn take_partition_end(&self) -> Option<i64> {
        self.state().partition_end.take()
    }

    /// Why the record failed that failed first, once.
    pub(super) fn take_undelivered(&self) -> Option<Undelivered> {
        self.state().undelivered.take()
    }

    /// Forgets what was written, as a transaction begins.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        state.undelivered = None;
        state.written.clear();
    }

    /// The offset behind the last record written to a partition since [`Monitor::begin`].
    pub(super) fn written(&self, topic: &str, partition: i32) -> Option<i64> {
        self.state().written.get(topic)?.get(&partition).copied()
    }

    /// What librdkafka said about the last failure: it names topics and brokers, the code does not.
    pub(super) fn reason(&self) -> String {
        self.state().reason.clone()
    }

    /// Why the broker did not accept us, if that was so since the last success.
    pub(super) fn login_failure(&self) -> Option<(Code, String)> {
        self.state().login.clone()
    }

    /// We got through.
    pub(super) fn connected(&self) {
        self.state().login = None;
    }

    /// Whether to log a complaint of this kind now, and how many were left out since the last one.
    pub(super) fn say(&self, kind: &str) -> Option<u32> {
        let now = self.clock.monotonic();
        let mut state = self.state();
        match state.said.get_mut(kind) {
            Some((last, left_out)) if now.saturating_sub(*last) < QUIET => {
                *left_out += 1;
                None
            }
            Some(entry) => {
                let left_out = entry.1;
                *entry = (now, 0);
                Some(left_out)
            }
            None => {
                state.said.insert(kind.to_owned(), (now, 0));
                Some(0)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Monitor {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let role = self.role;
        match level {
            RDKafkaLogLevel::Debug => debug!(target: "librdkafka", role, "{facility}: {message}"),
            RDKafkaLogLevel::Info | RDKafkaLogLevel::Notice => {
                info!(target: "librdkafka", role, "{facility}: {message}");
            }
            // librdkafka calls a lost connection an error; it reconnects by itself.
            _ => {
                if let Some(left_out) = self.say(facility) {
                    warn!(target: "librdkafka", role, left_out, "{facility}: {message}");
                }
            }
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let code = errors::code(&error);
        if code == Code::PartitionEOF {
            let end = partition_end(reason);
            if end.is_none() {
                warn!(role = self.role, reason, "an end of partition without its offset");
            }
            self.state().partition_end = end;
            return;
        }
        let mut state = self.state();
        reason.clone_into(&mut state.reason);
        if errors::kind(code) == Kind::Login {
            state.login = Some((code, reason.to_owned()));
        }
        drop(state);
        if let Some(left_out) = self.say(&format!("{code:?}")) {
            warn!(role = self.role, left_out, ?code, "{reason}");
        }
    }
}

impl ConsumerContext for Monitor {
    /// Takes the event down. librdkafka waits for `assign` or `unassign` as long as it takes, and goes on sending
    /// heartbeats; both are called later, by the session's thread, once it has finished its transaction. Only a loss is
    /// answered here: see `session`.
    fn rebalance(&self, consumer: &BaseConsumer<Self>, what: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        let assigned = what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.closing.load(Ordering::SeqCst) {
            // A group that is being closed waits for the answer to the revocation it asks for then. It no longer waits
            // for one to an assignment, and once closed it answers nobody: `assign` would wait for ever.
            if self.shut.load(Ordering::SeqCst) && (assigned || consumer.closed()) {
                return;
            }
            give_up(consumer, assigned);
            self.gave_up.fetch_or(!assigned, Ordering::SeqCst);
            return;
        }
        let change = if assigned {
            let elements = partitions.elements();
            let partitions = elements.iter().map(|element| (element.topic().to_owned(), element.partition())).collect();
            Change::Assign { partitions, metadata: consumer.group_metadata() }
        } else if consumer.assignment_lost() {
            give_up(consumer, false);
            Change::Lost
        } else {
            Change::Revoke
        };
        self.state().changes.push_back(change);
    }
}

impl ProducerContext for Monitor {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let mut state = self.state();
        let (error, message) = match result {
            Ok(message) => {
                let behind = message.offset() + 1;
                match state.written.get_mut(message.topic()) {
                    Some(partitions) => drop(partitions.insert(message.partition(), behind)),
                    None => {
                        state
                            .written
                            .insert(message.topic().to_owned(), BTreeMap::from([(message.partition(), behind)]));
                    }
                }
                return;
            }
            Err(failed) => failed,
        };
        // The first one is the cause; those after it failed because the transaction did.
        if state.undelivered.as_ref().is_none_or(Undelivered::purged) {
            let bytes = message.key().map_or(0, <[u8]>::len) + message.payload().map_or(0, <[u8]>::len);
            let record = format!("a record of {bytes} bytes for {} [{}]", message.topic(), message.partition());
            state.undelivered = Some(Undelivered { code: errors::code(error), record });
        }
    }
}

/// Answers a rebalance with "nothing". (`unassign` does not answer an assignment: librdkafka would go on waiting.)
pub(super) fn give_up(consumer: &BaseConsumer<Monitor>, assigned: bool) {
    let answer = if assigned { consumer.assign(&TopicPartitionList::new()) } else { consumer.unassign() };
    if let Err(error) = answer {
        debug!(%error, "giving partitions up");
    }
}

/// The offset of an end-of-partition event. The event has it, but rdkafka passes on only librdkafka's sentence.
fn partition_end(reason: &str) -> Option<i64> {
    let (_, rest) = reason.split_once("end of partition at offset ")?;
    rest.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn the_offset_is_read_from_librdkafkas_sentence() {
        let sentence = "Fetch from broker 1 reached end of partition at offset 4711 (HighwaterMark 4712)";
        assert_eq!(partition_end(sentence), Some(4711));
        assert_eq!(partition_end("Broker: Not leader for partition"), None);
    }

    #[test]
    fn a_complaint_is_not_repeated() {
        let monitor = Monitor::new("test", Arc::new(SystemClock::new()));
        assert_eq!(monitor.say("a"), Some(0));
        assert_eq!(monitor.say("a"), None);
        assert_eq!(monitor.say("b"), Some(0));
    }
}
