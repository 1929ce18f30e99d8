//! What no processor on this machine can go beyond: reading the input topics alone, with the envelope of every event
//! parsed, with every event decoded.

use std::borrow::Cow;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use wrapup::clock::Clock;
use wrapup::event::{self, Decoded, decode_message};
use wrapup::log::{Cluster, partition_of};
use wrapup::time::Timestamp;

use super::{Failure, Place, process};

/// After so long without a record something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Work {
    /// Nothing
    Consume,
    /// The attributes of the envelope are found, borrowed; `data` is only skipped
    Envelope,
    /// The event is decoded and checked, as the processor does it
    Decode,
}

/// Where from, and what to do.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Read this topic instead of the inputs
    #[arg(long)]
    topic: Option<String>,
    #[arg(long, value_enum, default_value = "consume")]
    work: Work,
}

/// The envelope as far as it tells what an event is and whose.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// Reads everything once.
pub fn run(args: &Args, clock: &Arc<dyn Clock>) -> Result<Value, Failure> {
    let cluster = args.place.cluster(clock)?;
    let topics = args.topic.clone().map_or_else(|| args.place.inputs().to_vec(), |topic| vec![topic]);
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &args.place.brokers)
        .set("group.id", "bench-ceiling")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        // As the processor has them.
        .set("fetch.wait.max.ms", "100")
        .set("fetch.queue.backoff.ms", "50")
        .set("queued.max.messages.kbytes", (2 << 10).to_string())
        .create()?;
    let mut assignment = TopicPartitionList::new();
    let mut partitions = 0;
    for topic in &topics {
        partitions = cluster.partitions(topic)?.ok_or_else(|| format!("there is no topic {topic}"))?;
        for partition in 0..partitions {
            assignment.add_partition_offset(topic, i32::try_from(partition)?, Offset::Beginning)?;
        }
    }
    let mut open = assignment.count();
    consumer.assign(&assignment)?;
    let (mut events, mut bytes) = (0_u64, 0_usize);
    let (mut cpu, mut start) = (process::cpu_seconds()?, clock.monotonic());
    while open > 0 {
        match consumer.poll(PATIENCE) {
            None => return Err("no record came".into()),
            Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
            Some(Err(error)) => return Err(error.into()),
            Some(Ok(message)) => {
                if events == 0 {
                    // Connecting is not reading.
                    (cpu, start) = (process::cpu_seconds()?, clock.monotonic());
                }
                events += 1;
                bytes += message.key().map_or(0, <[u8]>::len) + message.payload().map_or(0, <[u8]>::len);
                handle(args.work, &message, partitions, clock.as_ref())?;
            }
        }
    }
    let (cpu, seconds) = (process::cpu_seconds()? - cpu, (clock.monotonic() - start).as_secs_f64());
    Ok(json!({ "events": events, "bytes": bytes, "seconds": seconds, "cpu_seconds": cpu }))
}

fn handle(work: Work, message: &BorrowedMessage<'_>, partitions: u32, clock: &dyn Clock) -> Result<(), Failure> {
    match work {
        Work::Consume => drop(black_box(message.payload())),
        Work::Envelope => {
            let envelope: Envelope<'_> = serde_json::from_slice(message.payload().unwrap_or_default())?;
            let time = Timestamp::parse(&envelope.time).ok_or("a time that is none")?;
            black_box((envelope.specversion, envelope.id, envelope.source, envelope.kind, time, envelope.data.get()));
        }
        Work::Decode => {
            let headers = message.headers();
            let count = headers.map_or(0, Headers::count);
            let number = u32::try_from(message.partition())?;
            let decoded = decode_message(event::Message {
                key: message.key(),
                value: message.payload(),
                headers: (0..count).filter_map(|at| headers?.try_get(at)).map(|header| (header.key, header.value)),
                misrouted: message.key().is_some_and(|key| partition_of(key, partitions) != number),
                timestamp: message.timestamp().to_millis().map(Timestamp::from_millis),
                now: Some(clock.wall()),
            });
            if let Decoded::Rejected(rejection) = black_box(decoded) {
                return Err(format!("an event was rejected: {rejection:?}").into());
            }
        }
    }
    Ok(())
}
