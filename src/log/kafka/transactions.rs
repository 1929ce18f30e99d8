//! The transactional producer of a session.
//!
//! ```text
//!            begin           commit: Ok, abort: Ok
//!   idle ─────────→ open ──────────────────────────→ idle
//!    ↑               └─── Unknown ──→ doubtful ──┐
//!    └──────────────── reinitialise ─────────────┘
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::producer::{BaseProducer, Producer};
use tracing::warn;

use crate::clock::Clock;
use crate::log::{LogError, LogResult, Outgoing};

use super::errors::{self, Kind};
use super::monitor::{Monitor, Undelivered};
use super::{convert, settings};

/// One step of waiting for acknowledgements (`flush` alone would cost a tenth of a second).
const STEP: Duration = Duration::from_millis(1);
/// One attempt to initialise; the next one goes on with it.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Where the producer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Open,
    /// The outcome of the last transaction is not known: this handle may do nothing more.
    Doubtful,
}

/// A transactional producer that can be made anew under the same id.
pub(super) struct Transactions {
    config: ClientConfig,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    producer: Option<BaseProducer<Monitor>>,
    state: State,
}

impl Transactions {
    /// Makes the producer, which fences an older one of the same id and resolves its transaction. `timeout` is the
    /// transaction's.
    pub(super) fn start(config: ClientConfig, clock: Arc<dyn Clock>, timeout: Duration) -> LogResult<Self> {
        let mut transactions = Transactions { config, clock, timeout, producer: None, state: State::Doubtful };
        transactions.reinitialise()?;
        Ok(transactions)
    }

    /// Serves log lines and errors.
    pub(super) fn serve(&self) {
        if let Some(producer) = &self.producer {
            producer.poll(Duration::ZERO);
        }
    }

    /// See [`Session::begin`](crate::log::Session::begin).
    pub(super) fn begin(&mut self) -> LogResult<()> {
        let producer = self.live()?;
        producer.context().begin();
        if let Err(error) = producer.begin_transaction() {
            self.state = State::Doubtful;
            return Err(final_or(&error, "beginning a transaction", LogError::Unknown));
        }
        self.state = State::Open;
        Ok(())
    }

    /// See [`Session::written`](crate::log::Session::written).
    pub(super) fn written(&self, topic: &str, partition: u32) -> Option<i64> {
        self.producer.as_ref()?.context().written(topic, i32::try_from(partition).ok()?)
    }

    /// See [`Session::send`](crate::log::Session::send).
    pub(super) fn send(&self, record: &Outgoing<'_>) -> LogResult<()> {
        let producer = self.live()?;
        convert::enqueue(producer, record, None, self.clock.as_ref(), self.timeout)
            .map_err(|error| self.explain(producer, error))
    }

    /// See [`Session::commit`](crate::log::Session::commit).
    pub(super) fn commit(
        &mut self,
        offsets: &TopicPartitionList,
        generation: Option<&ConsumerGroupMetadata>,
    ) -> LogResult<()> {
        let producer = self.live()?;
        self.acknowledged(producer)?;
        if offsets.count() > 0 {
            let Some(generation) = generation else {
                return Err(LogError::Abort("no partitions were ever assigned to this member".into()));
            };
            // Whatever happens here, the commit has not been asked for yet.
            producer
                .send_offsets_to_transaction(offsets, generation, self.timeout)
                .map_err(|error| refused(&error, "adding offsets to the transaction"))?;
        }
        let outcome = producer.commit_transaction(self.timeout);
        self.committed(outcome)
    }

    /// Waits until every record is acknowledged, and says why if one is not.
    fn acknowledged(&self, producer: &BaseProducer<Monitor>) -> LogResult<()> {
        let deadline = self.clock.monotonic() + self.timeout;
        while producer.in_flight_count() > 0 {
            if self.clock.monotonic() >= deadline {
                return Err(LogError::Unavailable("records of the transaction are not acknowledged".into()));
            }
            producer.poll(STEP);
        }
        match producer.context().take_undelivered() {
            Some(failed) => Err(self.explain(producer, undelivered(&failed))),
            None => Ok(()),
        }
    }

    /// From here on the commit may have reached the coordinator: only `Ok` is a commit, and only a failure from before
    /// is none. (librdkafka gives "abort it" even for a commit that the broker carried out.)
    fn committed(&mut self, outcome: KafkaResult<()>) -> LogResult<()> {
        let Err(error) = outcome else {
            self.state = State::Idle;
            return Ok(());
        };
        if errors::code(&error) == Code::Inconsistent {
            return Err(LogError::Abort(format!("committing: {}", errors::detail(&error))));
        }
        self.state = State::Doubtful;
        Err(final_or(&error, "committing", LogError::Unknown))
    }

    /// See [`Session::abort`](crate::log::Session::abort). Without an open transaction there is nothing to do.
    pub(super) fn abort(&mut self) -> LogResult<()> {
        let producer = self.live()?;
        if self.state == State::Idle {
            return Ok(());
        }
        // librdkafka waits for the failure reports of the purged records, which somebody has to take off the queue.
        let done = AtomicBool::new(false);
        let outcome = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    producer.poll(STEP);
                }
            });
            let outcome = producer.abort_transaction(self.timeout);
            done.store(true, Ordering::SeqCst);
            outcome
        });
        if let Err(error) = outcome {
            self.state = State::Doubtful;
            return Err(final_or(&error, "aborting", LogError::Unknown));
        }
        self.state = State::Idle;
        Ok(())
    }

    /// See [`Session::reinitialise`](crate::log::Session::reinitialise).
    pub(super) fn reinitialise(&mut self) -> LogResult<()> {
        self.state = State::Doubtful;
        if let Some(old) = self.producer.take() {
            retire(old);
        }
        let monitor = Monitor::new("producer", Arc::clone(&self.clock));
        let producer: BaseProducer<Monitor> =
            self.config.create_with_context(monitor).map_err(|error| settings::invalid(&error))?;
        // The coordinator may first have to finish the old transaction, and at worst to time it out.
        let deadline = self.clock.monotonic() + self.timeout * 3;
        while let Err(error) = producer.init_transactions(ATTEMPT) {
            producer.poll(Duration::ZERO);
            let again = errors::kind(errors::code(&error)) == Kind::Unavailable && self.clock.monotonic() < deadline;
            if !again {
                let error = self.uninitialised(&producer, &error);
                retire(producer);
                return Err(error);
            }
            warn!(reason = errors::detail(&error), "the transactional producer is not initialised yet");
        }
        self.producer = Some(producer);
        self.state = State::Idle;
        Ok(())
    }

    fn uninitialised(&self, producer: &BaseProducer<Monitor>, error: &KafkaError) -> LogError {
        if let Some(login) = producer.context().login_failure() {
            return LogError::Fatal(format!("initialising the transactional producer: {login}{}", errors::LOGIN));
        }
        errors::query(error, "initialising the transactional producer")
    }

    fn live(&self) -> LogResult<&BaseProducer<Monitor>> {
        match &self.producer {
            Some(producer) if self.state != State::Doubtful => Ok(producer),
            _ => Err(LogError::Unknown("the producer has to be initialised anew".into())),
        }
    }

    /// A record that fails because the producer as a whole has failed says only that; the cause says more.
    fn explain(&self, producer: &BaseProducer<Monitor>, error: LogError) -> LogError {
        match producer.client().fatal_error() {
            Some((code, text)) => match errors::kind(code) {
                Kind::Fenced => LogError::Fenced(text),
                _ => LogError::Abort(text),
            },
            None => error,
        }
    }
}

impl Drop for Transactions {
    fn drop(&mut self) {
        if let Some(producer) = self.producer.take() {
            retire(producer);
        }
    }
}

/// Drops a producer elsewhere: it waits for its own threads, which may be waiting for a broker that is gone.
fn retire(producer: BaseProducer<Monitor>) {
    let spawned = std::thread::Builder::new().name("kafka-retire".to_owned()).spawn(move || drop(producer));
    if let Err(error) = spawned {
        warn!(%error, "a producer was dropped in place");
    }
}

/// What a record's failure means for the transaction.
fn undelivered(failed: &Undelivered) -> LogError {
    errors::classify(failed.code, &failed.record, &failed.code.to_string())
}

/// An error before the commit was asked for: nothing is committed.
fn refused(error: &KafkaError, about: &str) -> LogError {
    errors::classify(errors::code(error), about, &errors::detail(error))
}

/// An error that waiting cannot mend or that tells a zombie, or else `otherwise`.
fn final_or(error: &KafkaError, about: &str, otherwise: fn(String) -> LogError) -> LogError {
    let text = format!("{about}: {}", errors::detail(error));
    match errors::kind(errors::code(error)) {
        Kind::Fenced => LogError::Fenced(text),
        Kind::Login | Kind::Forbidden => refused(error, about),
        _ => otherwise(text),
    }
}
