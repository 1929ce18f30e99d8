//! Topics: what there is, how it is configured, and making what is missing.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{Offset, TopicPartitionList};

use crate::log::{LogError, LogResult, TopicCreated, TopicSpec};

use super::convert;
use super::errors::{self, Kind};
use super::monitor::Monitor;
use super::{Inner, PATIENCE, settings};

/// How long to wait before asking for a new topic again.
const AGAIN: Duration = Duration::from_millis(100);

impl Inner {
    /// See [`Cluster::partitions`](crate::log::Cluster::partitions).
    pub(super) fn partitions(&self, topic: &str) -> LogResult<Option<u32>> {
        let deadline = self.clock.monotonic() + PATIENCE;
        loop {
            let about = format!("asking for topic {topic}");
            let metadata =
                self.query.fetch_metadata(Some(topic), PATIENCE).map_err(|error| self.unreachable(&error, &about))?;
            self.query.context().connected();
            let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else { return Ok(None) };
            let code = match found.error() {
                None => return Ok(u32::try_from(found.partitions().len()).ok()),
                Some(error) => Code::from(error),
            };
            let error = KafkaError::MetadataFetch(code);
            match errors::kind(code) {
                Kind::NoTopic => return Ok(None),
                // Made a moment ago.
                Kind::Unavailable if self.clock.monotonic() < deadline => self.clock.sleep(AGAIN),
                _ => return Err(errors::query(&error, &about)),
            }
        }
    }

    /// See [`Cluster::topic_config`](crate::log::Cluster::topic_config).
    pub(super) fn topic_config(&self, topic: &str) -> LogResult<Option<BTreeMap<String, String>>> {
        if self.partitions(topic)?.is_none() {
            return Ok(None);
        }
        let about = format!("asking for the configuration of topic {topic}");
        let admin = self.admin()?;
        let answer = wait(admin.describe_configs([&ResourceSpecifier::Topic(topic)], &options()));
        let answer = answer.map_err(|error| self.unreachable(&error, &about))?;
        match answer.into_iter().next() {
            Some(Ok(found)) => {
                let entries = found.entries.into_iter();
                Ok(Some(entries.filter_map(|entry| Some((entry.name, entry.value?))).collect()))
            }
            Some(Err(code)) if errors::kind(code) == Kind::NoTopic => Ok(None),
            Some(Err(code)) => Err(errors::query(&KafkaError::AdminOp(code), &about)),
            None => Ok(None),
        }
    }

    /// See [`Cluster::create_topics`](crate::log::Cluster::create_topics). Returns when every topic can be used.
    pub(super) fn create_topics(&self, topics: &[TopicSpec]) -> LogResult<Vec<TopicCreated>> {
        let mut outcome = Vec::with_capacity(topics.len());
        let mut admin = None;
        for spec in topics {
            if self.partitions(&spec.name)?.is_some() {
                outcome.push(TopicCreated::Existed);
                continue;
            }
            if admin.is_none() {
                admin = Some(self.admin()?);
            }
            let admin = admin.as_ref().expect("made just above");
            outcome.push(self.create_topic(admin, spec)?);
        }
        Ok(outcome)
    }

    /// See [`Cluster::delete_before`](crate::log::Cluster::delete_before).
    pub(super) fn delete_before(&self, topic: &str, offsets: &[(u32, i64)]) -> LogResult<()> {
        let about = format!("deleting read records of topic {topic}");
        let mut list = TopicPartitionList::with_capacity(offsets.len());
        for &(partition, offset) in offsets {
            let partition = convert::partition_number(partition)?;
            let added = list.add_partition_offset(topic, partition, Offset::Offset(offset));
            added.map_err(|error| errors::query(&error, &about))?;
        }
        let admin = self.admin()?;
        let answer = wait(admin.delete_records(&list, &options()));
        let answer = answer.map_err(|error| self.unreachable(&error, &about))?;
        answer.elements().iter().try_for_each(|element| element.error()).map_err(|error| errors::query(&error, &about))
    }

    fn create_topic(&self, admin: &AdminClient<Monitor>, spec: &TopicSpec) -> LogResult<TopicCreated> {
        let about = format!("creating topic {}", spec.name);
        let partitions = i32::try_from(spec.partitions)
            .map_err(|_| LogError::Fatal(format!("{about}: {} partitions are too many", spec.partitions)))?;
        // -1 leaves it to the broker.
        let replication = spec.replication.map_or(-1, i32::from);
        let mut topic = NewTopic::new(&spec.name, partitions, TopicReplication::Fixed(replication));
        for (name, value) in &spec.config {
            topic = topic.set(name, value);
        }
        let answer = wait(admin.create_topics([&topic], &options()));
        let answer = answer.map_err(|error| self.unreachable(&error, &about))?;
        match answer.into_iter().next() {
            Some(Err((_, Code::TopicAlreadyExists))) => return Ok(TopicCreated::Existed),
            Some(Err((_, code))) => return Err(uncreated(&about, code)),
            _ => {}
        }
        let deadline = self.clock.monotonic() + PATIENCE;
        while self.partitions(&spec.name)? != Some(spec.partitions) {
            if self.clock.monotonic() >= deadline {
                return Err(LogError::Unavailable(format!("{about}: it was made, but is not to be seen yet")));
            }
            self.clock.sleep(AGAIN);
        }
        Ok(TopicCreated::Created)
    }

    fn admin(&self) -> LogResult<AdminClient<Monitor>> {
        let monitor = Monitor::new("admin", Arc::clone(&self.clock));
        self.settings.admin().create_with_context(monitor).map_err(|error| settings::invalid(&error))
    }
}

fn uncreated(about: &str, code: Code) -> LogError {
    match errors::classify(code, about, &code.to_string()) {
        // A policy or a configuration that the broker does not take will not change by waiting.
        LogError::Refused(text) | LogError::Abort(text) => LogError::Fatal(text),
        other => other,
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(PATIENCE)).operation_timeout(Some(PATIENCE))
}

/// Waits for a future on this thread: rdkafka completes it from a thread of its own.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}
