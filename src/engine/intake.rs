//! From a record of an input topic to an event folded, or to a dead letter.

use crate::event::{Decoded, Message, Reason, Rejection, decode_message};
use crate::log::{InputPartition, RecordView, partition_of};
use crate::telemetry::Telemetry;
use crate::time::Timestamp;

use super::TaskError;
use super::chats::ChatTask;
use super::directory::Unusable;
use super::slot::Accepted;
use super::task::Task;

/// Something that could not be used, byte for byte, on its way to the dead-letter topic in the same transaction.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// Why.
    pub rejection: Rejection,
    /// The topic it came from; `None`: the directory.
    pub topic: Option<usize>,
    /// The partition it came from.
    pub partition: u32,
    /// Its offset there.
    pub offset: i64,
    /// Kafka's timestamp of it.
    pub timestamp: Option<Timestamp>,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl DeadLetter {
    /// Of an input record.
    pub fn of(record: RecordView<'_>, rejection: Rejection) -> Self {
        DeadLetter {
            rejection,
            topic: Some(record.topic()),
            partition: record.partition().partition,
            offset: record.offset(),
            timestamp: record.timestamp(),
            key: record.key().map(<[u8]>::to_vec),
            value: record.value().map(<[u8]>::to_vec),
            headers: record.headers().map(|(name, value)| (name.to_owned(), value.map(<[u8]>::to_vec))).collect(),
        }
    }

    /// Of a directory record.
    pub fn of_directory(unusable: &Unusable) -> Self {
        DeadLetter {
            rejection: Rejection::new(Reason::InvalidDirectory, unusable.detail.clone()),
            topic: None,
            partition: unusable.partition,
            offset: unusable.offset,
            timestamp: unusable.timestamp,
            key: unusable.key.clone(),
            value: unusable.value.clone(),
            headers: Vec::new(),
        }
    }
}

/// How records are taken in.
pub struct Intake<'a> {
    /// Partitions of each input topic, when keys are checked against them.
    pub check_partition: Option<u32>,
    /// The wall clock.
    pub now: Timestamp,
    /// Records known to make a transaction fail.
    pub poisoned: &'a [(InputPartition, i64)],
    /// What is counted.
    pub telemetry: &'a Telemetry,
}

impl Intake<'_> {
    /// Folds a record into the task, or gives the dead letter that takes its place.
    ///
    /// # Errors
    /// [`TaskError`] when the chat cannot be read from the store.
    pub fn take(&self, task: &mut ChatTask, record: RecordView<'_>) -> Result<Option<DeadLetter>, TaskError> {
        let topic = record.topic();
        let misrouted = |key: &[u8]| {
            self.check_partition.is_some_and(|partitions| partition_of(key, partitions) != record.partition().partition)
        };
        let decoded = decode_message(Message {
            key: record.key(),
            value: record.value(),
            headers: record.headers(),
            misrouted: record.key().is_some_and(misrouted),
            timestamp: record.timestamp(),
            now: Some(self.now),
        });
        let rejection = match decoded {
            Decoded::Rejected(rejection) => rejection,
            Decoded::Ignored => {
                self.telemetry.ignored.add(topic, 1);
                return Ok(None);
            }
            Decoded::Event { .. } if self.poisoned.contains(&(record.partition(), record.offset())) => {
                Rejection::new(Reason::Unprocessable, "the log refuses what follows from this event")
            }
            Decoded::Event { chat_id, event } => {
                self.telemetry.events.add(topic, event.kind as usize, 1);
                let input = &mut task.common_mut().inputs[topic];
                input.highest = input.highest.max(Some(event.time));
                match task.accept(&chat_id, event)? {
                    Accepted::New => return Ok(None),
                    Accepted::Duplicate => {
                        self.telemetry.duplicates.add(topic, 1);
                        return Ok(None);
                    }
                    Accepted::Expired => {
                        Rejection::new(Reason::ChatExpired, "the chat was dropped after its correction window")
                    }
                    Accepted::TooLarge => Rejection::new(Reason::ChatTooLarge, "the chat has 20,000 events already"),
                }
            }
        };
        Ok(Some(DeadLetter::of(record, rejection)))
    }
}
