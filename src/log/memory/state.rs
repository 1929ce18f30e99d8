//! Everything the in-process cluster holds: topics, the transaction coordinator, the groups, the faults.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::log::{Committed, LogError, LogResult, Outgoing, TopicCreated, TopicSpec, partition_of};

use super::Options;
use super::fault::Faults;
use super::group::Group;
use super::partition::Partition;

/// What a broker says of a topic where nothing was configured; the part of it that this product looks at.
const TOPIC_DEFAULTS: [(&str, &str); 10] = [
    ("cleanup.policy", "delete"),
    ("compression.type", "producer"),
    ("delete.retention.ms", "86400000"),
    ("max.message.bytes", "1048588"),
    ("message.timestamp.type", "CreateTime"),
    ("min.cleanable.dirty.ratio", "0.5"),
    ("min.insync.replicas", "1"),
    ("retention.bytes", "-1"),
    ("retention.ms", "604800000"),
    ("segment.bytes", "1073741824"),
];
/// The head of a batch and of the one record in it: `max.message.bytes` counts the whole batch.
const BATCH_OVERHEAD: usize = 61 + 12;

/// The cluster behind its lock. Ordered maps only: nothing here may depend on a hash's order.
pub(super) struct State {
    pub(super) options: Options,
    pub(super) available: bool,
    pub(super) topics: Vec<Topic>,
    names: BTreeMap<String, usize>,
    /// By transactional id.
    producers: BTreeMap<String, Producer>,
    pub(super) groups: BTreeMap<String, Group>,
    /// By instance name: the newest session of it. Every other is a zombie.
    pub(super) handles: BTreeMap<String, u64>,
    sessions: u64,
    /// By instance name.
    pub(super) faults: BTreeMap<String, Faults>,
    /// See [`MemoryCluster::take_metadata_at_commit`](super::MemoryCluster::take_metadata_at_commit).
    #[cfg(feature = "sabotage")]
    pub(super) metadata_at_commit: bool,
}

/// A topic and its configuration.
pub(super) struct Topic {
    pub(super) partitions: Vec<Partition>,
    pub(super) config: BTreeMap<String, String>,
    max_message_bytes: usize,
}

/// A transactional id at the coordinator.
struct Producer {
    id: u32,
    epoch: u32,
    transaction: Option<Transaction>,
}

/// What the coordinator knows of a producer's transaction: it begins there with the first record or offset.
struct Transaction {
    started: Duration,
    partitions: BTreeSet<(usize, u32)>,
    offsets: Vec<PendingOffset>,
    fate: Fate,
}

#[derive(Clone, Copy)]
enum Fate {
    Open,
    /// The request to commit is on its way and gets there at this time.
    Arriving(Duration),
    /// Decided for good, but the markers are written only at this time.
    Decided {
        commit: bool,
        visible: Duration,
    },
}

/// An offset sent with a transaction that is not resolved.
pub(super) struct PendingOffset {
    pub(super) group: String,
    pub(super) topic: usize,
    pub(super) partition: u32,
    pub(super) committed: Committed,
}

enum Due {
    Complete { commit: bool },
    TimedOut,
}

impl State {
    pub(super) fn new(options: Options) -> Self {
        State {
            options,
            available: true,
            topics: Vec::new(),
            names: BTreeMap::new(),
            producers: BTreeMap::new(),
            groups: BTreeMap::new(),
            handles: BTreeMap::new(),
            sessions: 0,
            faults: BTreeMap::new(),
            #[cfg(feature = "sabotage")]
            metadata_at_commit: false,
        }
    }

    /// Does what has become due by the clock: late commits, late markers, time-outs.
    pub(super) fn tick(&mut self, now: Duration) {
        let timeout = self.options.transaction_timeout;
        let due = |producer: &Producer| producer.transaction.as_ref()?.due(now, timeout);
        let due: Vec<(String, Due)> =
            self.producers.iter().filter_map(|(name, producer)| Some((name.clone(), due(producer)?))).collect();
        for (name, due) in due {
            match due {
                Due::Complete { commit } => self.complete(&name, commit),
                Due::TimedOut => self.expire_transaction(&name),
            }
        }
        let timeout = self.options.session_timeout;
        self.groups.values_mut().for_each(|group| group.expel(now, timeout));
    }

    pub(super) fn topic(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    pub(super) fn existing_topic(&self, name: &str) -> LogResult<usize> {
        self.topic(name).ok_or_else(|| LogError::Fatal(format!("there is no topic {name}")))
    }

    pub(super) fn partition(&self, topic: usize, partition: u32) -> LogResult<&Partition> {
        let found = self.topics[topic].partitions.get(partition as usize);
        found.ok_or_else(|| LogError::Fatal(format!("there is no partition {partition} of this topic")))
    }

    pub(super) fn create_topic(&mut self, spec: &TopicSpec) -> LogResult<TopicCreated> {
        if self.names.contains_key(&spec.name) {
            return Ok(TopicCreated::Existed);
        }
        if spec.partitions == 0 {
            return Err(LogError::Fatal(format!("topic {} needs a partition", spec.name)));
        }
        let mut config: BTreeMap<String, String> =
            TOPIC_DEFAULTS.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        config.extend(spec.config.clone());
        let max_message_bytes = config["max.message.bytes"]
            .parse()
            .map_err(|error| LogError::Fatal(format!("max.message.bytes of topic {}: {error}", spec.name)))?;
        let partitions = (0..spec.partitions).map(|_| Partition::default()).collect();
        self.names.insert(spec.name.clone(), self.topics.len());
        self.topics.push(Topic { partitions, config, max_message_bytes });
        Ok(TopicCreated::Created)
    }

    /// Empties a topic as deleting and creating it again does: offsets start at 0, groups forget theirs.
    pub(super) fn recreate_topic(&mut self, topic: usize) {
        self.topics[topic].partitions.iter_mut().for_each(|partition| *partition = Partition::default());
        for group in self.groups.values_mut() {
            group.offsets.retain(|(of, _), _| *of != topic);
            group.overtaken.retain(|(of, _), _| *of != topic);
        }
    }

    /// Which partition a record goes to, and whether the broker takes it. `turn` places records without a key.
    pub(super) fn place(&self, record: &Outgoing<'_>, turn: &mut u32) -> LogResult<(usize, u32)> {
        let topic = self.existing_topic(record.topic)?;
        let count = self.topics[topic].partitions.len() as u32;
        let partition = match (record.partition, record.key) {
            (Some(partition), _) => partition,
            (None, Some(key)) => partition_of(key, count),
            (None, None) => {
                *turn = turn.wrapping_add(1);
                *turn % count
            }
        };
        self.partition(topic, partition)?;
        let bytes = size_of(record) + BATCH_OVERHEAD;
        let limit = self.topics[topic].max_message_bytes;
        if bytes > limit {
            let what = format!("{bytes} bytes for {} are over its max.message.bytes of {limit}", record.topic);
            return Err(LogError::Refused(what));
        }
        Ok((topic, partition))
    }

    /// A number for a new session of this instance, which makes all older ones zombies.
    pub(super) fn new_handle(&mut self, instance: &str) -> u64 {
        self.sessions += 1;
        self.handles.insert(instance.to_string(), self.sessions);
        self.sessions
    }

    /// Makes a producer: resolves what an older one of this id left (by the decision taken, else by aborting it) and
    /// gives the new epoch.
    pub(super) fn new_producer(&mut self, instance: &str) -> u32 {
        self.settle(instance);
        let id = self.producers.len() as u32;
        let fresh = || Producer { id, epoch: 0, transaction: None };
        let producer = self.producers.entry(instance.to_string()).or_insert_with(fresh);
        producer.epoch += 1;
        producer.epoch
    }

    pub(super) fn epoch(&self, instance: &str) -> u32 {
        self.producers[instance].epoch
    }

    /// Appends a record of the open transaction.
    pub(super) fn append(&mut self, instance: &str, at: (usize, u32), record: &Outgoing<'_>, now: Now) -> i64 {
        let (id, transaction) = self.transaction(instance, now.monotonic);
        transaction.partitions.insert(at);
        self.topics[at.0].partitions[at.1 as usize].append(record, now.wall, Some(id))
    }

    /// Adds offsets to the open transaction; nobody sees them until it is resolved.
    pub(super) fn add_offsets(&mut self, instance: &str, offsets: Vec<PendingOffset>, now: Duration) {
        self.transaction(instance, now).1.offsets.extend(offsets);
    }

    /// Whether offsets of this partition are part of an unresolved transaction.
    pub(super) fn is_pending(&self, group: &str, topic: usize, partition: u32) -> bool {
        let mut offsets = self.producers.values().filter_map(|producer| producer.transaction.as_ref());
        offsets.any(|transaction| {
            let of = |offset: &PendingOffset| (offset.topic, offset.partition) == (topic, partition);
            transaction.offsets.iter().any(|offset| offset.group == group && of(offset))
        })
    }

    /// Commits the transaction; its markers are written at `visible`.
    pub(super) fn decide_commit(&mut self, instance: &str, visible: Duration, now: Duration) {
        self.set_fate(instance, Fate::Decided { commit: true, visible });
        self.tick(now);
    }

    /// Commits the transaction at `at`, unless the coordinator hears of something else before.
    pub(super) fn commit_later(&mut self, instance: &str, at: Duration) {
        self.set_fate(instance, Fate::Arriving(at));
    }

    /// Resolves whatever is open: by the decision taken, else by aborting it.
    pub(super) fn settle(&mut self, instance: &str) {
        let fate = self.producers.get(instance).and_then(|producer| Some(producer.transaction.as_ref()?.fate));
        self.complete(instance, matches!(fate, Some(Fate::Decided { commit: true, .. })));
    }

    /// What the coordinator does to a transaction past its time-out: aborts it, and fences its producer.
    pub(super) fn expire_transaction(&mut self, instance: &str) {
        let Some(producer) = self.producers.get_mut(instance) else { return };
        if producer.transaction.as_ref().is_some_and(|open| !matches!(open.fate, Fate::Decided { .. })) {
            producer.epoch += 1;
            self.complete(instance, false);
        }
    }

    /// The transaction at the coordinator, begun if there is none. One that is decided is completed first: a broker
    /// makes the producer wait for that.
    fn transaction(&mut self, instance: &str, now: Duration) -> (u32, &mut Transaction) {
        let open = self.producers[instance].transaction.as_ref();
        if open.is_some_and(|open| matches!(open.fate, Fate::Decided { .. })) {
            self.settle(instance);
        }
        let producer = self.producers.get_mut(instance).expect("a session has a producer");
        let fresh = || Transaction { started: now, partitions: BTreeSet::new(), offsets: Vec::new(), fate: Fate::Open };
        (producer.id, producer.transaction.get_or_insert_with(fresh))
    }

    fn set_fate(&mut self, instance: &str, fate: Fate) {
        if let Some(open) = self.producers.get_mut(instance).and_then(|producer| producer.transaction.as_mut()) {
            open.fate = fate;
        }
    }

    fn complete(&mut self, instance: &str, commit: bool) {
        let Some(producer) = self.producers.get_mut(instance) else { return };
        let Some(transaction) = producer.transaction.take() else { return };
        for (topic, partition) in transaction.partitions {
            self.topics[topic].partitions[partition as usize].resolve(producer.id, commit);
        }
        for offset in transaction.offsets.into_iter().filter(|_| commit) {
            let group = self.groups.entry(offset.group).or_default();
            let at = (offset.topic, offset.partition);
            match group.offsets.insert(at, offset.committed) {
                Some(before) => group.overtaken.insert(at, before),
                None => group.overtaken.remove(&at),
            };
        }
    }
}

/// The time of one call.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) monotonic: Duration,
    pub(super) wall: crate::time::Timestamp,
}

impl Transaction {
    fn due(&self, now: Duration, timeout: Duration) -> Option<Due> {
        let end = self.started.saturating_add(timeout);
        match self.fate {
            Fate::Decided { commit, visible } => (visible <= now).then_some(Due::Complete { commit }),
            Fate::Arriving(at) if at <= now && at < end => Some(Due::Complete { commit: true }),
            Fate::Arriving(_) | Fate::Open => (end <= now).then_some(Due::TimedOut),
        }
    }
}

/// Bytes of a record's key, value and headers.
pub(super) fn size_of(record: &Outgoing<'_>) -> usize {
    let len = |piece: Option<&[u8]>| piece.map_or(0, <[u8]>::len);
    let headers: usize = record.headers.iter().map(|(name, value)| name.len() + len(*value) + 2).sum();
    len(record.key) + len(record.value) + headers
}
