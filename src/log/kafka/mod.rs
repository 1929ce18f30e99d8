//! The log on Kafka, over librdkafka. The only folder that names `rdkafka`.
//!
//! - `settings`: what is fixed and what may be passed through.
//! - `session`: the group member; `lanes`: its partitions; `transactions`: its producer; `ends`: the partitions' ends.
//! - `reader`, `feed`, `admin`: what needs no group.
//! - `monitor`: what librdkafka calls back; `errors`: its codes, by what must happen next.

mod admin;
mod convert;
mod ends;
mod errors;
mod feed;
mod lanes;
mod monitor;
mod reader;
mod retire;
mod session;
mod settings;
mod signal;
mod transactions;

pub use settings::KafkaSettings;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;

use crate::clock::Clock;

use super::{Cluster, Feed, LogError, LogResult, Membership, Reader, Session, TopicCreated, TopicSpec};
use ends::Ends;
use feed::KafkaFeed;
use monitor::Monitor;
use reader::KafkaReader;
use retire::Retirement;
use session::KafkaSession;

/// How long a question to the cluster may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait for a broker before looking after the group in between.
const STEP: Duration = Duration::from_secs(1);

/// The first offset kept, and the end.
type Bounds = (i64, i64);

/// A Kafka cluster.
#[derive(Clone)]
pub struct KafkaCluster {
    inner: Arc<Inner>,
}

/// What the cluster's handles share.
struct Inner {
    settings: KafkaSettings,
    clock: Arc<dyn Clock>,
    /// Read-uncommitted: its ends are the high watermarks.
    query: Arc<BaseConsumer<Monitor>>,
    ends: Ends,
    retirement: Retirement,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.ends.stop();
        self.retirement.wait();
    }
}

impl KafkaCluster {
    /// Checks the settings and makes the clients for queries; reaches out to no broker yet.
    ///
    /// # Errors
    /// [`LogError::Fatal`] for settings that cannot be.
    pub fn new(settings: KafkaSettings, clock: Arc<dyn Clock>) -> LogResult<Self> {
        settings.check()?;
        let query = Arc::new(client(&settings.plain(false), "query", &clock)?);
        let ends = client(&settings.plain(true), "ends", &clock)?;
        let retirement = Retirement::default();
        let ends = Ends::start(ends, Arc::clone(&query), Arc::clone(&clock), retirement.pending())?;
        Ok(KafkaCluster { inner: Arc::new(Inner { settings, clock, query, ends, retirement }) })
    }
}

impl Inner {
    fn consumer(&self, config: &ClientConfig, role: &'static str) -> LogResult<BaseConsumer<Monitor>> {
        client(config, role, &self.clock)
    }

    fn bounds(&self, topic: &str, partition: u32) -> LogResult<Bounds> {
        let about = format!("asking for the bounds of {topic} [{partition}]");
        let number = convert::partition_number(partition)?;
        let bounds = self.query.fetch_watermarks(topic, number, PATIENCE);
        let bounds = bounds.map_err(|error| self.unbounded(&error, (topic, partition), &about))?;
        self.query.context().connected();
        Ok(bounds)
    }

    /// librdkafka knows a partition without a leader as little as one that does not exist: a broker that has just started
    /// must not be taken for one whose topics are gone.
    fn unbounded(&self, error: &KafkaError, (topic, partition): (&str, u32), about: &str) -> LogError {
        let failed = self.unreachable(error, about);
        let is_there = || matches!(self.partitions(topic), Ok(Some(count)) if partition < count);
        if errors::kind(errors::code(error)) == errors::Kind::NoTopic && is_there() {
            return LogError::Unavailable(format!("{about}: it has no leader at the moment"));
        }
        failed
    }

    /// Why a query failed: if nobody answered, with the address, and with the broker's reason if it turned us away.
    fn unreachable(&self, error: &KafkaError, about: &str) -> LogError {
        ends::serve(&self.query);
        match errors::unanswered(error, about, self.query.context().login_failure()) {
            LogError::Unavailable(text) => {
                LogError::Unavailable(format!("{text} (brokers: {})", self.settings.bootstrap_servers))
            }
            other => other,
        }
    }
}

impl Cluster for KafkaCluster {
    fn cluster_id(&self) -> LogResult<String> {
        let inner = &self.inner;
        let id = inner.query.client().fetch_cluster_id(PATIENCE);
        let error = KafkaError::MetadataFetch(rdkafka::error::RDKafkaErrorCode::OperationTimedOut);
        id.ok_or_else(|| inner.unreachable(&error, "asking for the cluster's id"))
    }

    fn partitions(&self, topic: &str) -> LogResult<Option<u32>> {
        self.inner.partitions(topic)
    }

    fn topic_config(&self, topic: &str) -> LogResult<Option<BTreeMap<String, String>>> {
        self.inner.topic_config(topic)
    }

    fn create_topics(&self, topics: &[TopicSpec]) -> LogResult<Vec<TopicCreated>> {
        self.inner.create_topics(topics)
    }

    fn bounds(&self, topic: &str, partition: u32) -> LogResult<(i64, i64)> {
        self.inner.bounds(topic, partition)
    }

    fn delete_before(&self, topic: &str, offsets: &[(u32, i64)]) -> LogResult<()> {
        self.inner.delete_before(topic, offsets)
    }

    fn reader(&self, topic: &str, partition: u32, from: i64) -> LogResult<Box<dyn Reader>> {
        let inner = &self.inner;
        let bounds = inner.bounds(topic, partition)?;
        let mut config = inner.settings.plain(true);
        // librdkafka assigns nothing to a consumer without one; nothing is ever committed under it.
        config.set("group.id", "wrapup-reader");
        let consumer = inner.consumer(&config, "reader")?;
        let clock = Arc::clone(&inner.clock);
        Ok(Box::new(KafkaReader::start(consumer, clock, (topic, partition), from, bounds)?))
    }

    fn join(&self, membership: &Membership) -> LogResult<Box<dyn Session>> {
        let (mut missing, mut most) = (Vec::new(), 1);
        for topic in &membership.topics {
            match self.inner.partitions(topic)? {
                Some(partitions) => most = most.max(partitions),
                None => missing.push(topic.as_str()),
            }
        }
        if !missing.is_empty() {
            return Err(LogError::Fatal(format!(
                "the cluster has no topic {} (`wrapup topics create` makes the topics that are missing)",
                missing.join(", ")
            )));
        }
        Ok(Box::new(KafkaSession::join(Arc::clone(&self.inner), membership, most)?))
    }

    fn feed(&self) -> LogResult<Box<dyn Feed>> {
        let monitor = Monitor::new("feed", Arc::clone(&self.inner.clock));
        let producer = self.inner.settings.feed().create_with_context(monitor);
        let producer = producer.map_err(|error| settings::invalid(&error))?;
        Ok(Box::new(KafkaFeed::new(producer, Arc::clone(&self.inner.clock))))
    }
}

fn client(config: &ClientConfig, role: &'static str, clock: &Arc<dyn Clock>) -> LogResult<BaseConsumer<Monitor>> {
    let monitor = Monitor::new(role, Arc::clone(clock));
    config.create_with_context(monitor).map_err(|error| settings::invalid(&error))
}
