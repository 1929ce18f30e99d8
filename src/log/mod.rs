//! The log: Kafka ([`kafka`]) or the in-process one ([`memory`]), behind one pair of traits.
//!
//! [`Cluster`] is what any thread may ask of the log. [`Session`] is one worker's membership in the consumer group
//! together with its transactional producer; it is driven by that worker's thread alone. Both implementations pass
//! the suite in `conformance`, so what the simulation proves over the in-process log holds for the broker.
//!
//! The life of a session:
//!
//! ```text
//!  join ─→ poll ─Assigned→ committed, assign(starts) ─→ resume ─→ poll … begin send… commit ─→ poll …
//!            ↑                                                             │        │
//!            │                                             abort, seek ←───┘        └─Unknown→ reinitialise, seek
//!            └──── release ←─ (finish the transaction, or abort when Lost) ←─Revoked / Lost
//! ```

mod batch;
#[doc(hidden)]
pub mod conformance;
mod error;
#[cfg(feature = "runtime")]
pub mod kafka;
pub mod memory;

pub use batch::{Batch, RecordView};
pub use error::LogError;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::time::Timestamp;

/// The result of asking the log for something.
pub type LogResult<T> = Result<T, LogError>;

/// A partition of one of the topics a session has subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputPartition {
    /// Index into [`Membership::topics`].
    pub topic: usize,
    /// The partition's number within the topic.
    pub partition: u32,
}

/// Who a worker is in the consumer group, and as a transactional producer.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The consumer group: the application id.
    pub group: String,
    /// `group.instance.id` and `transactional.id`: application id, instance and worker. Stable over restarts.
    pub instance: String,
    /// The co-partitioned input topics, all subscribed.
    pub topics: Vec<String>,
}

/// What the group asks of a member. Until it is answered, `poll` gives no records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebalance {
    /// These partitions, and only these, are now the member's: answer with [`Session::assign`].
    Assigned(Vec<InputPartition>),
    /// All partitions are to be given up; the generation is still valid: finish the transaction, then [`Session::release`].
    Revoked,
    /// All partitions are gone already: abort the transaction, then [`Session::release`].
    Lost,
}

/// What the group has committed for an input partition. Stable: no transaction over it is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The offset of the next record to read.
    pub offset: i64,
    /// What the committer wrote beside it (`engine.md`: commit sequence and watermark).
    pub metadata: String,
}

/// Bounds of one [`Session::poll`].
#[derive(Clone, Copy, Debug)]
pub struct PollLimits {
    /// Stop after so many records.
    pub max_records: usize,
    /// Stop once the records' keys, values and headers reach so many bytes.
    pub max_bytes: usize,
    /// How long to wait for the first record. What is there already is drained without waiting.
    pub wait: Duration,
}

/// The end of an input partition as a read-committed consumer sees it (the last stable offset).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The offset after the last readable record; control records count.
    pub offset: i64,
    /// When it was learned, on the monotonic scale of the [`Clock`](crate::clock::Clock) of this cluster.
    pub learned: Duration,
}

/// An offset to commit with a transaction.
#[derive(Clone, Debug)]
pub struct OffsetCommit {
    /// Whose offset it is.
    pub partition: InputPartition,
    /// The next record to read.
    pub offset: i64,
    /// Kept beside the offset, given back as [`Committed::metadata`].
    pub metadata: String,
}

/// A record to produce inside the open transaction.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Topic name.
    pub topic: &'a str,
    /// An explicit partition, or by murmur2 of the key (as the Java client does).
    pub partition: Option<u32>,
    /// The key, as bytes.
    pub key: Option<&'a [u8]>,
    /// The value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers in order; names may repeat.
    pub headers: &'a [(&'a str, Option<&'a [u8]>)],
}

/// One worker's consumer and transactional producer. Not shared between threads.
pub trait Session {
    /// Fills `batch` (cleared first) with records of the resumed partitions, each partition's in offset order, and with
    /// the positions reached. Gives a rebalance event as soon as there is one; records already in the batch come first.
    /// Heartbeats go on between calls; a member that does not poll for long is expelled.
    fn poll(&mut self, batch: &mut Batch, limits: PollLimits) -> LogResult<Option<Rebalance>>;

    /// The group's committed offsets for partitions of this session, in the order asked; `None`: never committed.
    /// They are stable: while a transaction over them is open it waits, or gives [`LogError::Unavailable`].
    fn committed(&mut self, partitions: &[InputPartition]) -> LogResult<Vec<Option<Committed>>>;

    /// Answers `Assigned`: reading starts at `starts`, with every partition paused.
    fn assign(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()>;

    /// Moves the reading position of assigned partitions; what was fetched beyond is dropped. Paused ones stay paused.
    fn seek(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()>;

    /// Gives no more records of these partitions until they are resumed.
    fn pause(&mut self, partitions: &[InputPartition]) -> LogResult<()>;

    /// Goes on reading these partitions.
    fn resume(&mut self, partitions: &[InputPartition]) -> LogResult<()>;

    /// Answers `Revoked` and `Lost`: gives all partitions up. No transaction may be open.
    fn release(&mut self) -> LogResult<()>;

    /// The newest known end of an assigned partition, from a cache: never a query. Refreshed about once a second.
    fn end(&self, partition: InputPartition) -> Option<End>;

    /// Opens a transaction.
    fn begin(&mut self) -> LogResult<()>;

    /// Adds a record to the open transaction. A record that is refused is reported here or by `commit`.
    fn send(&mut self, record: Outgoing<'_>) -> LogResult<()>;

    /// Waits until every record is acknowledged, adds `offsets` under the group metadata that was in force when the
    /// partitions were assigned (never fetched now: a zombie must present its old generation), and commits.
    /// `Ok`: it is committed. [`LogError::Unknown`]: it may be. Any other error: it is not, and `abort` must follow.
    fn commit(&mut self, offsets: &[OffsetCommit]) -> LogResult<()>;

    /// After a commit: the offset behind the last record that it wrote to a partition of a topic; a store keeps it as
    /// the place from which its changelog is to be read on. `None` when it wrote nothing there.
    fn written(&self, topic: &str, partition: u32) -> Option<i64>;

    /// Aborts the open transaction. [`LogError::Unknown`] when that could not be confirmed.
    fn abort(&mut self) -> LogResult<()>;

    /// Drops the producer and makes one with the same transactional id, which resolves (commits or aborts) whatever the
    /// old one left open. After `Unknown`, nothing else may be called before it.
    fn reinitialise(&mut self) -> LogResult<()>;

    /// Leaves the group for good (scaling down): others take over at once instead of after the session time-out.
    fn leave(&mut self) -> LogResult<()>;
}

/// Reads one partition from a given offset, outside any group, only committed records.
pub trait Reader: Send {
    /// Fills `batch` (cleared first); every record's [`RecordView::topic`] is 0. Waits at most `limits.wait`.
    fn poll(&mut self, batch: &mut Batch, limits: PollLimits) -> LogResult<()>;

    /// The next offset to be read. Control records and aborted ones that were passed count.
    fn position(&self) -> i64;
}

/// A topic to create, or as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// How many partitions.
    pub partitions: u32,
    /// How many replicas of each; `None`: the broker's default.
    pub replication: Option<u16>,
    /// Topic configuration by Kafka's names (`cleanup.policy`, …).
    pub config: BTreeMap<String, String>,
}

/// What became of a topic that was to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicCreated {
    /// It is there now.
    Created,
    /// It was there already, and was left as it is.
    Existed,
}

/// A plain, idempotent producer for loading and generating input; no transactions.
pub trait Feed: Send {
    /// Queues a record; waits when the queue is full. Delivery errors come with a later call.
    fn send(&mut self, record: Outgoing<'_>, timestamp: Option<Timestamp>) -> LogResult<()>;

    /// Waits until everything sent is acknowledged.
    fn flush(&mut self) -> LogResult<()>;
}

/// A cluster: what any thread may ask. Cheap to share.
pub trait Cluster: Send + Sync {
    /// The cluster's id, by which state of another cluster is recognised.
    fn cluster_id(&self) -> LogResult<String>;

    /// The number of partitions of a topic; `None` when there is no such topic.
    fn partitions(&self, topic: &str) -> LogResult<Option<u32>>;

    /// A topic's effective configuration by Kafka's names; `None` when there is no such topic.
    fn topic_config(&self, topic: &str) -> LogResult<Option<BTreeMap<String, String>>>;

    /// Creates the topics that are missing, in the order given.
    fn create_topics(&self, topics: &[TopicSpec]) -> LogResult<Vec<TopicCreated>>;

    /// The first offset kept and the end of a partition, open transactions included (read uncommitted).
    fn bounds(&self, topic: &str, partition: u32) -> LogResult<(i64, i64)>;

    /// Deletes the records before these offsets, by partition. Offsets stay what they are; a partition then begins later.
    fn delete_before(&self, topic: &str, offsets: &[(u32, i64)]) -> LogResult<()>;

    /// A reader of one partition, starting at `from` (or at the first offset kept, where that is later).
    fn reader(&self, topic: &str, partition: u32, from: i64) -> LogResult<Box<dyn Reader>>;

    /// Joins the consumer group and makes the transactional producer, which fences an older one of the same name.
    fn join(&self, membership: &Membership) -> LogResult<Box<dyn Session>>;

    /// A producer for input.
    fn feed(&self) -> LogResult<Box<dyn Feed>>;
}

/// The partition Kafka's Java client chooses for a key: positive murmur2, modulo the count.
pub fn partition_of(key: &[u8], partitions: u32) -> u32 {
    (murmur2(key) & 0x7fff_ffff) % partitions
}

/// Austin Appleby's MurmurHash2, 32 bits, with the seed of Kafka's Java client.
pub fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c_u32 ^ (data.len() as u32);
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = words.remainder();
    for (at, byte) in rest.iter().enumerate().rev() {
        hash ^= u32::from(*byte) << (8 * at);
        if at == 0 {
            hash = hash.wrapping_mul(M);
        }
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of Kafka's own `UtilsTest.testMurmur2`.
    #[test]
    fn murmur2_agrees_with_the_java_client() {
        let cases: [(&str, i32); 6] = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ];
        for (text, hash) in cases {
            assert_eq!(murmur2(text.as_bytes()) as i32, hash, "{text}");
        }
    }
}
