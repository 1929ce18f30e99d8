//! The plain producer for input.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::producer::{BaseProducer, Producer};

use crate::clock::Clock;
use crate::log::{Feed, LogError, LogResult, Outgoing};
use crate::time::Timestamp;

use super::convert;
use super::errors;
use super::monitor::Monitor;

/// How long a record may wait for its acknowledgement; librdkafka gives it up before.
const PATIENCE: Duration = Duration::from_secs(70);
/// One step of waiting.
const STEP: Duration = Duration::from_millis(1);
/// So often the queue of events is served in between.
const SERVE_EVERY: u32 = 1_000;

/// An idempotent producer.
pub(super) struct KafkaFeed {
    producer: BaseProducer<Monitor>,
    clock: Arc<dyn Clock>,
    sent: u32,
}

impl KafkaFeed {
    /// Wraps the client.
    pub(super) fn new(producer: BaseProducer<Monitor>, clock: Arc<dyn Clock>) -> Self {
        KafkaFeed { producer, clock, sent: 0 }
    }

    fn delivered(&self) -> LogResult<()> {
        match self.producer.context().take_undelivered() {
            Some(failed) => Err(errors::classify(failed.code, &failed.record, &failed.code.to_string())),
            None => Ok(()),
        }
    }
}

impl Feed for KafkaFeed {
    fn send(&mut self, record: Outgoing<'_>, timestamp: Option<Timestamp>) -> LogResult<()> {
        self.sent = self.sent.wrapping_add(1);
        if self.sent.is_multiple_of(SERVE_EVERY) {
            self.producer.poll(Duration::ZERO);
        }
        self.delivered()?;
        convert::enqueue(&self.producer, &record, timestamp, self.clock.as_ref(), PATIENCE, &mut || {})
    }

    fn flush(&mut self) -> LogResult<()> {
        let deadline = self.clock.monotonic() + PATIENCE;
        while self.producer.in_flight_count() > 0 {
            if self.clock.monotonic() >= deadline {
                return Err(LogError::Unavailable("records are not acknowledged".into()));
            }
            self.producer.poll(STEP);
        }
        self.delivered()
    }
}
