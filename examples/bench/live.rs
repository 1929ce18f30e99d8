//! Live traffic: every event happens when it is sent. A read-committed consumer sees when the records come, and compares
//! that with when they were due.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};
use wrapup::clock::Clock;
use wrapup::command::Pacer;
use wrapup::log::Cluster;
use wrapup::time::Timestamp;

use super::load::Inputs;
use super::{Failure, Place, Shape};

/// A partition that is read to its end stands so far behind the wall clock (`finalization.md`, Whose clock): a timer is due
/// by the watermark, so this is no lateness.
const BEHIND_WALL_MS: i64 = 5_000;

/// Where to, how fast, for how long.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    shape: Shape,
    /// The topic of the records
    #[arg(long)]
    records: String,
    /// Events a second
    #[arg(long)]
    rate: f64,
    /// For so long
    #[arg(long)]
    seconds: u64,
    /// Records due in the first seconds are left out
    #[arg(long, default_value_t = 10)]
    warm_up: u64,
}

/// What the consumer has seen: when a record was due, and how late it was.
type Seen = Arc<Mutex<Vec<(Timestamp, i64)>>>;

/// Sends, and measures.
pub fn run(args: &Args, clock: &Arc<dyn Clock>) -> Result<Value, Failure> {
    let seen: Seen = Arc::default();
    let stop = Arc::new(AtomicBool::new(false));
    let consumer = consumer(args, clock)?;
    let watcher = {
        let (seen, stop, clock) = (Arc::clone(&seen), Arc::clone(&stop), Arc::clone(clock));
        std::thread::spawn(move || watch(&consumer, clock.as_ref(), &seen, &stop))
    };
    let mut inputs = Inputs::open(&args.place, &args.shape, clock)?;
    let mut pacer = Pacer::new(clock, Some(args.rate));
    let (start, began) = (clock.monotonic(), clock.wall());
    let (mut events, mut now) = (0_u64, clock.wall());
    for event in args.shape.traffic() {
        if pacer.wait() || events.is_multiple_of(64) {
            now = clock.wall();
        }
        let json = at_time(&event.json, now)?;
        inputs.send(event.topic, &event.key, &json)?;
        events += 1;
        if (clock.monotonic() - start).as_secs() >= args.seconds {
            break;
        }
    }
    let ended = clock.wall();
    inputs.flush()?;
    let seconds = (clock.monotonic() - start).as_secs_f64();
    // What is due by now will be there soon.
    clock.sleep(Duration::from_secs(3));
    stop.store(true, Ordering::SeqCst);
    watcher.join().map_err(|_| "the consumer's thread has failed")??;
    let from = began.millis() + i64::try_from(args.warm_up * 1_000)?;
    let seen = seen.lock().map_err(|_| "the consumer's thread has failed")?;
    let due = |at: Timestamp| at.millis() + BEHIND_WALL_MS >= from && at.millis() + BEHIND_WALL_MS < ended.millis();
    let mut late: Vec<i64> = seen.iter().filter(|(at, _)| due(*at)).map(|(_, late)| *late).collect();
    late.sort_unstable();
    let percentile = |share: f64| late.get(((late.len() as f64 * share) as usize).min(late.len().saturating_sub(1)));
    Ok(json!({
        "events": events, "seconds": seconds, "rate": events as f64 / seconds, "records": late.len(),
        "p50_ms": percentile(0.5), "p99_ms": percentile(0.99), "p999_ms": percentile(0.999), "max_ms": late.last(),
    }))
}

/// A consumer of the records from now on.
fn consumer(args: &Args, clock: &Arc<dyn Clock>) -> Result<BaseConsumer, Failure> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &args.place.brokers)
        .set("group.id", "bench-records")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("fetch.wait.max.ms", "100")
        .create()?;
    let cluster = args.place.cluster(clock)?;
    let partitions = cluster.partitions(&args.records)?.ok_or("there is no topic of records")?;
    let mut assignment = TopicPartitionList::new();
    for partition in 0..partitions {
        let (_, end) = cluster.bounds(&args.records, partition)?;
        assignment.add_partition_offset(&args.records, i32::try_from(partition)?, Offset::Offset(end))?;
    }
    consumer.assign(&assignment)?;
    Ok(consumer)
}

fn watch(consumer: &BaseConsumer, clock: &dyn Clock, seen: &Seen, stop: &AtomicBool) -> Result<(), String> {
    while !stop.load(Ordering::SeqCst) {
        let message = match consumer.poll(Duration::from_millis(50)) {
            None | Some(Err(KafkaError::PartitionEOF(_))) => continue,
            Some(Err(error)) => return Err(error.to_string()),
            Some(Ok(message)) => message,
        };
        let now = clock.wall();
        let text = std::str::from_utf8(message.payload().unwrap_or_default()).map_err(|error| error.to_string())?;
        let due =
            text_of(text, r#""finalizedAt":""#).and_then(Timestamp::parse).ok_or("a record without finalizedAt")?;
        let late = now.millis() - due.millis() - BEHIND_WALL_MS;
        seen.lock().map_err(|_| "the sender has failed")?.push((due, late));
    }
    Ok(())
}

/// The event, happening at another time.
fn at_time(json: &str, time: Timestamp) -> Result<String, Failure> {
    let old = text_of(json, r#","time":""#).ok_or("an event without a time")?;
    let at = old.as_ptr() as usize - json.as_ptr() as usize;
    Ok(format!("{}{time}{}", &json[..at], &json[at + old.len()..]))
}

/// The text that stands behind `before`, up to the next quotation mark.
fn text_of<'a>(json: &'a str, before: &str) -> Option<&'a str> {
    let from = json.find(before)? + before.len();
    let to = from + json[from..].find('"')?;
    Some(&json[from..to])
}
