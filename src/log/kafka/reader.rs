//! Reads one partition outside any group.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Message;

use crate::clock::Clock;
use crate::log::{Batch, InputPartition, LogError, LogResult, PollLimits, Reader};

use super::errors::{self, Kind};
use super::monitor::Monitor;
use super::{Bounds, convert};

/// A consumer with one partition assigned by hand.
pub(super) struct KafkaReader {
    consumer: BaseConsumer<Monitor>,
    clock: Arc<dyn Clock>,
    at: InputPartition,
    about: String,
    next: i64,
    failed: Option<LogError>,
}

impl KafkaReader {
    /// Starts at `from`, or at the first offset kept.
    pub(super) fn start(
        consumer: BaseConsumer<Monitor>,
        clock: Arc<dyn Clock>,
        (topic, partition): (&str, u32),
        from: i64,
        bounds: Bounds,
    ) -> LogResult<Self> {
        let next = from.max(bounds.0);
        let about = format!("reading {topic} [{partition}]");
        if next > bounds.1 {
            return Err(LogError::Fatal(format!("{about} from offset {next}: the topic ends at {}", bounds.1)));
        }
        let at = InputPartition { topic: 0, partition };
        let list = convert::offsets(&[topic.to_owned()], &[(at, next)])?;
        consumer.assign(&list).map_err(|error| LogError::Fatal(format!("{about}: {error}")))?;
        Ok(KafkaReader { consumer, clock, at, about, next, failed: None })
    }

    fn failure(&self, error: &KafkaError) -> LogResult<()> {
        let code = errors::code(error);
        // A reader names a group only because librdkafka wants a name: what its coordinator says does not matter.
        if code == Code::GroupAuthorizationFailed || errors::kind(code) == Kind::Group {
            return Ok(());
        }
        match errors::classify(code, &self.about, &self.consumer.context().reason()) {
            LogError::Fatal(text) => Err(LogError::Fatal(text)),
            // The monitor has logged it; librdkafka goes on trying.
            _ => Ok(()),
        }
    }
}

impl Reader for KafkaReader {
    fn poll(&mut self, batch: &mut Batch, limits: PollLimits) -> LogResult<()> {
        batch.clear();
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let deadline = self.clock.monotonic() + limits.wait;
        while batch.len() < limits.max_records && batch.bytes() < limits.max_bytes {
            let moved = !batch.positions().is_empty();
            let left = if moved { Duration::ZERO } else { deadline.saturating_sub(self.clock.monotonic()) };
            match self.consumer.poll(left) {
                None if moved || self.clock.monotonic() >= deadline => break,
                // An event was served: a log line, say.
                None => {}
                Some(Ok(message)) if message.offset() >= self.next => {
                    convert::push(batch, self.at, &message);
                    self.next = message.offset() + 1;
                }
                Some(Ok(_)) => {}
                Some(Err(KafkaError::PartitionEOF(_))) => {
                    if let Some(end) = self.consumer.context().take_partition_end().filter(|end| *end > self.next) {
                        batch.advance(self.at, end);
                        self.next = end;
                    }
                }
                Some(Err(error)) => {
                    if let Err(error) = self.failure(&error) {
                        if batch.positions().is_empty() {
                            return Err(error);
                        }
                        self.failed = Some(error);
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn position(&self) -> i64 {
        self.next
    }
}
