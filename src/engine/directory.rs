//! The directory: the compacted `directory-events`, read to its end before the first event is folded, then followed.
//!
//! One per process. Only channel documents matter to a record; they are kept compiled, by channel. A document that
//! cannot be used leaves the one before it in force and is kept for the dead letters, where the task numbered
//! murmur2(key) mod partitions puts it, once (`events.md`, directory-events).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use crate::calendar::ChannelDocument;
use crate::clock::Clock;
use crate::log::{Batch, Cluster, LogError, LogResult, PollLimits, Reader, RecordView};
use crate::time::Timestamp;

/// How often the topic is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(200);
const LIMITS: PollLimits = PollLimits { max_records: 1_000, max_bytes: 8 << 20, wait: Duration::ZERO };
const LOAD_LIMITS: PollLimits = PollLimits { wait: Duration::from_millis(100), ..LIMITS };

/// A usable channel document.
#[derive(Clone)]
pub struct Document {
    /// As it was written, to be kept with the state.
    pub raw: Arc<[u8]>,
    /// Tells one text from another.
    pub fingerprint: u64,
    /// Compiled.
    pub compiled: Arc<ChannelDocument>,
}

impl Document {
    /// Compiles a channel document. The error says what is wrong with it.
    ///
    /// # Errors
    /// A sentence for people, when it cannot be used.
    pub fn parse(raw: &[u8]) -> Result<Self, String> {
        let compiled = ChannelDocument::parse(raw).map_err(|error| error.to_string())?;
        Ok(Document { raw: raw.into(), fingerprint: xxh3_64(raw), compiled: Arc::new(compiled) })
    }
}

/// The newest that is known of a channel.
#[derive(Clone)]
pub enum Known {
    /// A usable document.
    Usable(Document),
    /// It was deleted, and none that can be used has come since.
    Deleted,
    /// Only unusable ones: the last usable one, if a task kept it, stays in force.
    Unusable,
}

/// A directory record that cannot be used, for the dead letters.
#[derive(Clone, Debug)]
pub struct Unusable {
    /// Where it was read.
    pub partition: u32,
    /// Its offset.
    pub offset: i64,
    /// Kafka's timestamp of it.
    pub timestamp: Option<Timestamp>,
    /// Its key, as it came.
    pub key: Option<Vec<u8>>,
    /// Its value, as it came.
    pub value: Option<Vec<u8>>,
    /// What is wrong with it.
    pub detail: String,
}

/// The directory at one moment; a transaction uses one snapshot throughout.
#[derive(Clone, Default)]
pub struct Snapshot {
    /// Counts the changes.
    pub version: u64,
    channels: HashMap<Box<str>, Known>,
    /// Everything that could not be used, in the order read.
    pub unusable: Vec<Arc<Unusable>>,
}

impl Snapshot {
    /// What is known of a channel; `None`: no document of it was ever read.
    pub fn channel(&self, id: &str) -> Option<&Known> {
        self.channels.get(id)
    }

    /// How many channels have a usable document.
    pub fn channels(&self) -> usize {
        self.channels.values().filter(|known| matches!(known, Known::Usable(_))).count()
    }

    /// Takes in a record.
    fn apply(&mut self, record: RecordView<'_>) {
        if let Err(detail) = self.try_apply(record.key(), record.value()) {
            self.unusable.push(Arc::new(Unusable {
                partition: record.partition().partition,
                offset: record.offset(),
                timestamp: record.timestamp(),
                key: record.key().map(<[u8]>::to_vec),
                value: record.value().map(<[u8]>::to_vec),
                detail,
            }));
        }
        self.version += 1;
    }

    fn try_apply(&mut self, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<(), String> {
        let key = std::str::from_utf8(key.unwrap_or_default()).map_err(|_| "the key is not UTF-8".to_owned())?;
        let (kind, id) = key.split_once('/').ok_or("the key is not <kind>/<id>")?;
        match (kind, value) {
            ("channel", Some(value)) => match Document::parse(value) {
                Ok(document) => {
                    self.channels.insert(id.into(), Known::Usable(document));
                    Ok(())
                }
                Err(detail) => {
                    self.channels.entry(id.into()).or_insert(Known::Unusable);
                    Err(detail)
                }
            },
            ("channel", None) => {
                // Remembered: an unusable one that follows leaves in force what stood before it, which is none.
                self.channels.insert(id.into(), Known::Deleted);
                Ok(())
            }
            // For exports and read APIs; here it only has to be a document.
            (_, Some(value)) => serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(value)
                .map(drop)
                .map_err(|error| format!("not a JSON object: {error}")),
            (_, None) => Ok(()),
        }
    }
}

struct Follower {
    readers: Vec<Box<dyn Reader>>,
    batch: Batch,
    looked: Option<Duration>,
}

/// The process's directory. Shared by its workers, any of which moves it on.
pub struct Directory {
    snapshot: RwLock<Arc<Snapshot>>,
    follower: Mutex<Follower>,
}

impl Directory {
    /// Opens the topic and reads it to the end it has now.
    ///
    /// # Errors
    /// [`LogError`] when the topic is missing or cannot be read.
    pub fn load(cluster: &dyn Cluster, topic: &str) -> LogResult<Self> {
        let partitions = cluster.partitions(topic)?.ok_or_else(|| {
            LogError::Fatal(format!("there is no topic {topic}: create it with `wrapup topics create`"))
        })?;
        let mut snapshot = Snapshot::default();
        let mut batch = Batch::default();
        let mut readers = Vec::new();
        for partition in 0..partitions {
            let (start, end) = cluster.bounds(topic, partition)?;
            let mut reader = cluster.reader(topic, partition, start)?;
            let mut remaining = end - reader.position();
            while remaining > 0 {
                reader.poll(&mut batch, LOAD_LIMITS)?;
                batch.iter().for_each(|record| snapshot.apply(record));
                remaining = end - reader.position();
            }
            readers.push(reader);
        }
        let follower = Follower { readers, batch, looked: None };
        Ok(Directory { snapshot: RwLock::new(Arc::new(snapshot)), follower: Mutex::new(follower) })
    }

    /// The directory as it is now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in what has come, unless that was done a moment ago or another worker is at it.
    ///
    /// # Errors
    /// [`LogError`] when the topic cannot be read at the moment.
    pub fn follow(&self, clock: &dyn Clock) -> LogResult<()> {
        let Ok(mut follower) = self.follower.try_lock() else { return Ok(()) };
        let now = clock.monotonic();
        if follower.looked.is_some_and(|looked| now.saturating_sub(looked) < FOLLOW_EVERY) {
            return Ok(());
        }
        follower.looked = Some(now);
        self.read(&mut follower)
    }

    fn read(&self, follower: &mut Follower) -> LogResult<()> {
        let Follower { readers, batch, .. } = follower;
        let mut next: Option<Snapshot> = None;
        for reader in readers {
            reader.poll(batch, LIMITS)?;
            for record in batch.iter() {
                next.get_or_insert_with(|| self.snapshot().as_ref().clone()).apply(record);
            }
        }
        if let Some(next) = next {
            *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        }
        Ok(())
    }
}
