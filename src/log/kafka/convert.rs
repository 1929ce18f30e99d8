//! Between Kafka's messages and ours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord};
use rdkafka::topic_partition_list::Offset;

use crate::clock::Clock;
use crate::log::{Batch, InputPartition, LogError, LogResult, Outgoing};
use crate::time::Timestamp;

use super::errors;
use super::monitor::Monitor;

/// How long `send` lets a full queue drain before it looks again.
const BREATH: Duration = Duration::from_millis(5);

/// Copies a message into the batch.
pub(super) fn push(batch: &mut Batch, partition: InputPartition, message: &BorrowedMessage<'_>) {
    let headers = message.headers();
    let count = headers.map_or(0, Headers::count);
    let timestamp = message.timestamp().to_millis().map(Timestamp::from_millis);
    batch.push(
        partition,
        message.offset(),
        timestamp,
        message.key(),
        message.payload(),
        (0..count).filter_map(|at| header(headers?, at)),
    );
}

/// One header. rdkafka panics on a name that is not UTF-8, and such a record must not stop a task: that header is left
/// out.
fn header(headers: &BorrowedHeaders, at: usize) -> Option<(&str, Option<&[u8]>)> {
    let found = catch_unwind(AssertUnwindSafe(|| headers.try_get(at))).ok().flatten()?;
    Some((found.key, found.value))
}

/// Hands a record to a producer; waits while its queue is full, but not longer than `patience`, and does `between`
/// meanwhile.
pub(super) fn enqueue(
    producer: &BaseProducer<Monitor>,
    outgoing: &Outgoing<'_>,
    timestamp: Option<Timestamp>,
    clock: &dyn Clock,
    patience: Duration,
    between: &mut dyn FnMut(),
) -> LogResult<()> {
    let mut record = base_record(outgoing, timestamp)?;
    let deadline = clock.monotonic() + patience;
    loop {
        let (error, back) = match producer.send(record) {
            Ok(()) => return Ok(()),
            Err(failed) => failed,
        };
        if error != KafkaError::MessageProduction(Code::QueueFull) {
            let bytes = outgoing.key.map_or(0, <[u8]>::len) + outgoing.value.map_or(0, <[u8]>::len);
            let about = format!("sending a record of {bytes} bytes to {}", outgoing.topic);
            return Err(errors::classify(errors::code(&error), &about, &errors::detail(&error)));
        }
        if clock.monotonic() >= deadline {
            return Err(LogError::Unavailable("the producer's queue stays full: the broker takes no records".into()));
        }
        record = back;
        producer.poll(BREATH);
        between();
    }
}

fn base_record<'a>(outgoing: &Outgoing<'a>, timestamp: Option<Timestamp>) -> LogResult<BaseRecord<'a, [u8], [u8]>> {
    let mut record = BaseRecord::to(outgoing.topic);
    record.key = outgoing.key;
    record.payload = outgoing.value;
    record.partition = outgoing.partition.map(partition_number).transpose()?;
    record.timestamp = timestamp.map(Timestamp::millis);
    if !outgoing.headers.is_empty() {
        let headers = OwnedHeaders::new_with_capacity(outgoing.headers.len());
        let insert =
            |headers: OwnedHeaders, (key, value): &(&str, Option<&[u8]>)| headers.insert(Header { key, value: *value });
        record.headers = Some(outgoing.headers.iter().fold(headers, insert));
    }
    Ok(record)
}

/// Kafka's partition numbers are signed.
pub(super) fn partition_number(partition: u32) -> LogResult<i32> {
    i32::try_from(partition).map_err(|_| LogError::Fatal(format!("there is no partition {partition}")))
}

/// A list of partitions with offsets, for librdkafka.
pub(super) fn offsets<'a>(
    topics: &[String],
    partitions: impl IntoIterator<Item = &'a (InputPartition, i64)>,
) -> LogResult<TopicPartitionList> {
    let mut list = TopicPartitionList::new();
    for (of, offset) in partitions {
        list.add_partition_offset(topic(topics, *of)?, partition_number(of.partition)?, Offset::Offset(*offset))
            .map_err(|error| LogError::Fatal(format!("offset {offset} of {of:?}: {error}")))?;
    }
    Ok(list)
}

/// A list of partitions, for librdkafka.
pub(super) fn partitions(topics: &[String], partitions: &[InputPartition]) -> LogResult<TopicPartitionList> {
    let mut list = TopicPartitionList::new();
    for of in partitions {
        list.add_partition(topic(topics, *of)?, partition_number(of.partition)?);
    }
    Ok(list)
}

/// The topic's name.
pub(super) fn topic(topics: &[String], of: InputPartition) -> LogResult<&str> {
    let name = topics.get(of.topic).map(String::as_str);
    name.ok_or_else(|| LogError::Fatal(format!("topic {} of {} is not subscribed", of.topic, topics.len())))
}
