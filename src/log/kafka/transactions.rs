//! The transactional producer of a session.
//!
//! ```text
//!            begin           commit: Ok, abort: Ok
//!   idle ─────────→ open ──────────────────────────→ idle
//!    ↑               ├─── record failed ──→ broken ──┐ abort
//!    │               └─── Unknown ──────→ doubtful ──┤
//!    └──────────────── reinitialise ─────────────────┘   (and from anywhere to fenced)
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
use super::retire::Retirement;
use super::{STEP, convert, settings};

/// One step of waiting for acknowledgements. (`flush` alone would cost a tenth of a second; and rdkafka's `poll` waits in
/// whole milliseconds and spins through the fraction that is left, so it is only asked what is there already.)
const TICK: Duration = Duration::from_micros(500);

/// Where the producer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Open,
    /// A record was not delivered. librdkafka would leave a gap in the producer's sequence, and the broker would refuse
    /// the next transaction, too: this handle may only be replaced.
    Broken,
    /// The outcome of the last transaction is not known: this handle may do nothing more.
    Doubtful,
    /// There is a newer one. Only who asks for it by `reinitialise` fences that in turn.
    Fenced,
}

/// A transactional producer that can be made anew under the same id.
pub(super) struct Transactions {
    config: ClientConfig,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    retirement: Retirement,
    producer: Option<BaseProducer<Monitor>>,
    state: State,
}

impl Transactions {
    /// Makes the producer, which fences an older one of the same id and resolves its transaction. `timeout` is the
    /// transaction's.
    pub(super) fn start(
        config: ClientConfig,
        clock: Arc<dyn Clock>,
        timeout: Duration,
        retirement: Retirement,
    ) -> LogResult<Self> {
        let state = State::Doubtful;
        let mut transactions = Transactions { config, clock, timeout, retirement, producer: None, state };
        transactions.reinitialise(&mut || {})?;
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
            let error = final_or(&error, "beginning a transaction", LogError::Unknown);
            return Err(self.stop(error, State::Doubtful));
        }
        self.state = State::Open;
        Ok(())
    }

    /// See [`Session::written`](crate::log::Session::written).
    pub(super) fn written(&self, topic: &str, partition: u32) -> Option<i64> {
        self.producer.as_ref()?.context().written(topic, i32::try_from(partition).ok()?)
    }

    /// See [`Session::send`](crate::log::Session::send).
    pub(super) fn send(&mut self, record: &Outgoing<'_>, between: &mut dyn FnMut()) -> LogResult<()> {
        let producer = self.live()?;
        let Err(error) = convert::enqueue(producer, record, None, self.clock.as_ref(), self.timeout, between) else {
            return Ok(());
        };
        let error = explain(producer, error);
        Err(self.stop(error, State::Open))
    }

    /// See [`Session::commit`](crate::log::Session::commit). `lost` says whether the partitions are known to be gone.
    pub(super) fn commit(
        &mut self,
        offsets: &TopicPartitionList,
        generation: Option<&ConsumerGroupMetadata>,
        lost: &dyn Fn() -> bool,
        between: &mut dyn FnMut(),
    ) -> LogResult<()> {
        if let Err(error) = self.acknowledged(self.live()?, between) {
            return Err(self.stop(error, State::Broken));
        }
        let producer = self.live()?;
        if lost() {
            return Err(LogError::Abort("the partitions were lost".into()));
        }
        if offsets.count() > 0 {
            let Some(generation) = generation else {
                return Err(LogError::Abort("no partitions were ever assigned to this member".into()));
            };
            // Whatever happens here, the commit has not been asked for yet.
            if let Err(error) = producer.send_offsets_to_transaction(offsets, generation, self.timeout / 2) {
                return Err(self.stop(refused(&error, "adding offsets to the transaction"), State::Open));
            }
        }
        let outcome = self.patiently(between, || producer.commit_transaction(STEP));
        self.committed(outcome)
    }

    /// Waits until every record is acknowledged, and says why if one is not.
    fn acknowledged(&self, producer: &BaseProducer<Monitor>, between: &mut dyn FnMut()) -> LogResult<()> {
        let start = self.clock.monotonic();
        let (deadline, mut look) = (start + self.timeout, start + STEP);
        while producer.in_flight_count() > 0 {
            let now = self.clock.monotonic();
            if now >= deadline {
                return Err(LogError::Unavailable("records of the transaction are not acknowledged".into()));
            }
            if now >= look {
                look = now + STEP;
                between();
            }
            self.attend(producer);
        }
        match producer.context().take_undelivered() {
            Some(failed) => Err(explain(producer, undelivered(&failed))),
            None => Ok(()),
        }
    }

    /// Takes reports off the queue, or waits a moment when there are none.
    fn attend(&self, producer: &BaseProducer<Monitor>) {
        let before = producer.in_flight_count();
        producer.poll(Duration::ZERO);
        if producer.in_flight_count() == before {
            self.clock.sleep(TICK);
        }
    }

    /// Calls what can be resumed again and again until it is through or the transaction's time is up.
    fn patiently(&self, between: &mut dyn FnMut(), mut attempt: impl FnMut() -> KafkaResult<()>) -> KafkaResult<()> {
        let deadline = self.clock.monotonic() + self.timeout;
        loop {
            match attempt() {
                Err(KafkaError::Transaction(error)) if error.is_retriable() && self.clock.monotonic() < deadline => {}
                outcome => return outcome,
            }
            between();
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
        Err(self.stop(final_or(&error, "committing", LogError::Unknown), State::Doubtful))
    }

    /// Where an error leaves the producer.
    fn stop(&mut self, error: LogError, otherwise: State) -> LogError {
        self.state = if matches!(error, LogError::Fenced(_)) { State::Fenced } else { otherwise };
        error
    }

    /// See [`Session::abort`](crate::log::Session::abort). Without an open transaction there is nothing to do.
    pub(super) fn abort(&mut self, between: &mut dyn FnMut()) -> LogResult<()> {
        match self.state {
            State::Idle => return Ok(()),
            State::Broken => return self.replace(between),
            State::Open | State::Doubtful | State::Fenced => {}
        }
        let producer = self.live()?;
        // librdkafka waits for the failure reports of the purged records, which somebody has to take off the queue.
        let done = AtomicBool::new(false);
        let outcome = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    self.attend(producer);
                }
            });
            let outcome = self.patiently(between, || producer.abort_transaction(STEP));
            done.store(true, Ordering::SeqCst);
            outcome
        });
        if let Err(error) = outcome {
            return Err(self.stop(final_or(&error, "aborting", LogError::Unknown), State::Doubtful));
        }
        let failed = producer.context().take_undelivered();
        self.state = State::Idle;
        match failed {
            Some(failed) if !failed.purged() => self.replace(between),
            _ => Ok(()),
        }
    }

    /// Aborts by initialising a new producer: the coordinator aborts what the old one left open.
    fn replace(&mut self, between: &mut dyn FnMut()) -> LogResult<()> {
        self.reinitialise(between).map_err(|error| match error {
            LogError::Unavailable(text) => LogError::Unknown(format!("aborting: {text}")),
            other => other,
        })
    }

    /// See [`Session::reinitialise`](crate::log::Session::reinitialise).
    pub(super) fn reinitialise(&mut self, between: &mut dyn FnMut()) -> LogResult<()> {
        self.state = State::Doubtful;
        if let Some(old) = self.producer.take() {
            self.retire(old);
        }
        let monitor = Monitor::new("producer", Arc::clone(&self.clock));
        let producer: BaseProducer<Monitor> =
            self.config.create_with_context(monitor).map_err(|error| settings::invalid(&error))?;
        // The coordinator may first have to finish the old transaction, and at worst to time it out.
        let deadline = self.clock.monotonic() + self.timeout * 3;
        while let Err(error) = producer.init_transactions(STEP) {
            producer.poll(Duration::ZERO);
            let again = errors::kind(errors::code(&error)) == Kind::Unavailable && self.clock.monotonic() < deadline;
            if !again {
                let error = Self::uninitialised(&producer, &error);
                self.retire(producer);
                return Err(error);
            }
            if let Some(left_out) = producer.context().say("initialising") {
                warn!(reason = errors::detail(&error), left_out, "the transactional producer is not initialised yet");
            }
            between();
        }
        self.producer = Some(producer);
        self.state = State::Idle;
        Ok(())
    }

    fn uninitialised(producer: &BaseProducer<Monitor>, error: &KafkaError) -> LogError {
        errors::unanswered(error, "initialising the transactional producer", producer.context().login_failure())
    }

    fn retire(&self, producer: BaseProducer<Monitor>) {
        self.retirement.retire(move || drop(producer));
    }

    fn live(&self) -> LogResult<&BaseProducer<Monitor>> {
        match (&self.producer, self.state) {
            (Some(producer), State::Idle | State::Open) => Ok(producer),
            (_, State::Broken) => Err(LogError::Abort("a record of it has failed".into())),
            (_, State::Fenced) => Err(LogError::Fenced("a newer producer has this transactional id".into())),
            _ => Err(LogError::Unknown("the producer has to be initialised anew".into())),
        }
    }
}

impl Drop for Transactions {
    fn drop(&mut self) {
        if let Some(producer) = self.producer.take() {
            self.retire(producer);
        }
    }
}

/// A record that fails because the producer as a whole has failed says only that; the cause says more.
fn explain(producer: &BaseProducer<Monitor>, error: LogError) -> LogError {
    match producer.client().fatal_error() {
        Some((code, text)) => match errors::kind(code) {
            Kind::Fenced => LogError::Fenced(text),
            _ => LogError::Abort(text),
        },
        None => error,
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
