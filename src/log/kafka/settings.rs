//! From the program's settings to librdkafka's: what is fixed because the protocol rests on it, and what may be passed.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;

use crate::log::{LogError, LogResult, Membership};

/// The largest record with its framing: 16 MiB for state and output, and 64 KiB more for what dead letters add.
const RECORD_BYTES_MAX: usize = (16 << 20) + (64 << 10);

/// Less fetched ahead than this would have every poll wait for the broker.
const QUEUE_BYTES_MIN: usize = 64 << 10;

/// librdkafka's rule for a transactional producer: a request may outlast the transaction by no more than this.
const SOCKET_SLACK: Duration = Duration::from_millis(100);

/// Settings that carry the protocol or are set from [`KafkaSettings`]: refused in pass-through, by any of their names.
const FIXED: [&str; 28] = [
    "acks",
    "allow.auto.create.topics",
    "auto.offset.reset",
    "bootstrap.servers",
    "delivery.report.only.error",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.remote.assignor",
    "isolation.level",
    "log.queue",
    "message.max.bytes",
    "metadata.broker.list",
    "offset.store.method",
    "partition.assignment.strategy",
    "partitioner",
    "queue.buffering.max.kbytes",
    "queued.max.messages.kbytes",
    "request.required.acks",
    "session.timeout.ms",
    "test.mock.num.brokers",
    "transaction.timeout.ms",
    "transactional.id",
];

/// How to reach a Kafka cluster, and the bounds of its clients. Holds secrets: deliberately not `Debug`.
#[derive(Clone)]
pub struct KafkaSettings {
    /// `host:port`, comma-separated.
    pub bootstrap_servers: String,
    /// Passed to every client: security, `client.id`, …
    pub common: BTreeMap<String, String>,
    /// Passed to consumers only.
    pub consumer: BTreeMap<String, String>,
    /// Passed to producers only.
    pub producer: BTreeMap<String, String>,
    /// After so long without a heartbeat a worker's partitions go to others.
    pub session_timeout: Duration,
    /// After so long the broker aborts an open transaction.
    pub transaction_timeout: Duration,
    /// How much memory may hold what is fetched ahead of one topic, should all its partitions be ours.
    pub topic_queue_bytes: usize,
    /// How much is fetched ahead per partition at most, in bytes of keys and values.
    pub partition_queue_bytes: usize,
    /// How much a producer holds before `send` waits, in bytes.
    pub producer_queue_bytes: usize,
}

impl KafkaSettings {
    /// The defaults (`engine.md`, Commit protocol) for a cluster.
    pub fn new(bootstrap_servers: impl Into<String>) -> Self {
        KafkaSettings {
            bootstrap_servers: bootstrap_servers.into(),
            common: BTreeMap::new(),
            consumer: BTreeMap::new(),
            producer: BTreeMap::new(),
            session_timeout: Duration::from_secs(20),
            transaction_timeout: Duration::from_secs(10),
            topic_queue_bytes: 64 << 20,
            partition_queue_bytes: 2 << 20,
            producer_queue_bytes: 64 << 20,
        }
    }

    /// Refuses pass-through of fixed settings, and whatever librdkafka refuses; touches no network.
    pub(super) fn check(&self) -> LogResult<()> {
        for (part, settings) in [("common", &self.common), ("consumer", &self.consumer), ("producer", &self.producer)] {
            if let Some(name) = settings.keys().find(|name| FIXED.contains(&name.as_str())) {
                return Err(LogError::Fatal(format!(
                    "Kafka client setting `{name}` (in `{part}`) is set by this program and cannot be passed through"
                )));
            }
        }
        let producer = self.transactional("check");
        let socket = producer.get("socket.timeout.ms").and_then(|value| value.parse::<u128>().ok());
        let longest = (self.transaction_timeout + SOCKET_SLACK).as_millis();
        if let Some(socket) = socket.filter(|socket| *socket > longest) {
            return Err(LogError::Fatal(format!(
                "Kafka client setting `socket.timeout.ms` = {socket} must not be above {longest} for producers \
                 (the transaction time-out and 100 ms)"
            )));
        }
        for config in [self.plain(false), self.feed(), producer] {
            config.create_native_config().map_err(|error| invalid(&error))?;
        }
        Ok(())
    }

    /// A consumer outside any group, for queries and for reading single partitions.
    pub(super) fn plain(&self, read_committed: bool) -> ClientConfig {
        let mut config =
            self.base(&self.consumer, &[("fetch.wait.max.ms", "50".into()), ("fetch.queue.backoff.ms", "50".into())]);
        config.set("isolation.level", if read_committed { "read_committed" } else { "read_uncommitted" });
        // Without effect here, but librdkafka compares it with what may have been passed for the members.
        config.set("session.timeout.ms", self.session_timeout.as_millis().to_string());
        fix_consumer(&mut config, self.partition_queue_bytes);
        config
    }

    /// For questions about topics.
    pub(super) fn admin(&self) -> ClientConfig {
        self.base(&BTreeMap::new(), &[])
    }

    /// The group member's consumer, of topics with so many partitions.
    pub(super) fn member(&self, membership: &Membership, partitions: u32) -> ClientConfig {
        let session = self.session_timeout.as_millis();
        let defaults = [
            // Long enough that an idle partition costs few requests, short enough that its end is noticed at once.
            ("fetch.wait.max.ms", "100".to_owned()),
            ("fetch.queue.backoff.ms", "50".to_owned()),
            ("heartbeat.interval.ms", (session / 3).clamp(1, 3_000).to_string()),
            // A member that hangs holds up every rebalance for so long.
            ("max.poll.interval.ms", session.max(120_000).to_string()),
            // Partitions that are added stop the program. Until it notices, keys go where they do not belong.
            ("topic.metadata.refresh.interval.ms", "10000".to_owned()),
        ];
        let mut config = self.base(&self.consumer, &defaults);
        config.set("isolation.level", "read_committed");
        config.set("group.id", &membership.group);
        config.set("group.instance.id", &membership.instance);
        config.set("group.protocol", "classic");
        config.set("partition.assignment.strategy", "range");
        config.set("session.timeout.ms", session.to_string());
        fix_consumer(&mut config, self.queue_bytes(partitions));
        config
    }

    /// How much is fetched ahead of each of so many partitions, in bytes of keys and values: what librdkafka keeps beside
    /// them takes twice as much again when records are small.
    fn queue_bytes(&self, partitions: u32) -> usize {
        let share = self.topic_queue_bytes / 3 / (partitions as usize).max(1);
        share.clamp(QUEUE_BYTES_MIN, self.partition_queue_bytes.max(QUEUE_BYTES_MIN))
    }

    /// The plain idempotent producer.
    pub(super) fn feed(&self) -> ClientConfig {
        self.producing(&[("message.timeout.ms", "300000".to_owned())])
    }

    /// The transactional producer.
    pub(super) fn transactional(&self, id: &str) -> ClientConfig {
        let timeout = self.transaction_timeout.as_millis().to_string();
        let mut config = self.producing(&[("message.timeout.ms", timeout.clone())]);
        config.set("transactional.id", id);
        config.set("transaction.timeout.ms", timeout);
        config
    }

    fn producing(&self, more: &[(&str, String)]) -> ClientConfig {
        let mut defaults = vec![
            ("linger.ms", "2".to_owned()),
            ("compression.type", "lz4".to_owned()),
            // The coordinator says "not yet" while the markers of the last transaction are being written.
            ("retry.backoff.ms", "10".to_owned()),
            // How long a topic may be unknown before a record for it fails.
            ("topic.metadata.propagation.max.ms", "5000".to_owned()),
        ];
        defaults.extend_from_slice(more);
        let mut config = self.base(&self.producer, &defaults);
        config.set("acks", "all");
        config.set("enable.idempotence", "true");
        config.set("partitioner", "murmur2_random");
        config.set("allow.auto.create.topics", "false");
        config.set("queue.buffering.max.kbytes", (self.producer_queue_bytes >> 10).max(1).to_string());
        config
    }

    fn base(&self, passed: &BTreeMap<String, String>, defaults: &[(&str, String)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        let wanted = self.common.contains_key("debug") || passed.contains_key("debug");
        config.set_log_level(if wanted { RDKafkaLogLevel::Debug } else { RDKafkaLogLevel::Info });
        config.set("client.id", "wrapup");
        config.set("socket.timeout.ms", self.transaction_timeout.as_millis().min(60_000).to_string());
        config.set("socket.keepalive.enable", "true");
        config.set("reconnect.backoff.max.ms", "2000");
        for (name, value) in defaults {
            config.set(*name, value);
        }
        for (name, value) in self.common.iter().chain(passed) {
            config.set(name, value);
        }
        config.set("bootstrap.servers", &self.bootstrap_servers);
        config.set("message.max.bytes", RECORD_BYTES_MAX.to_string());
        config
    }
}

fn fix_consumer(config: &mut ClientConfig, queue_bytes: usize) {
    config.set("enable.auto.commit", "false");
    config.set("enable.auto.offset.store", "false");
    // The default would silently start at the end.
    config.set("auto.offset.reset", "error");
    config.set("enable.partition.eof", "true");
    config.set("allow.auto.create.topics", "false");
    config.set("queued.max.messages.kbytes", (queue_bytes >> 10).max(1).to_string());
}

/// A client that could not be made, without the value of the setting: it may be a password.
pub(super) fn invalid(error: &KafkaError) -> LogError {
    match error {
        KafkaError::ClientConfig(_, problem, name, _) => {
            LogError::Fatal(format!("Kafka client setting `{name}`: {problem}"))
        }
        other => LogError::Fatal(format!("Kafka client settings: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut KafkaSettings)) -> String {
        let mut settings = KafkaSettings::new("localhost:1");
        change(&mut settings);
        settings.check().expect_err("must be refused").to_string()
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(KafkaSettings::new("localhost:1").check(), Ok(()));
    }

    #[test]
    fn what_is_fetched_ahead_is_divided_among_the_partitions() {
        let settings = KafkaSettings { topic_queue_bytes: 24 << 20, ..KafkaSettings::new("localhost:1") };
        let each = |partitions| settings.queue_bytes(partitions);
        assert_eq!((each(1), each(8), each(100_000)), (2 << 20, 1 << 20, QUEUE_BYTES_MIN));
    }

    #[test]
    fn fixed_settings_are_refused_by_name() {
        for name in FIXED {
            let text = refused(|settings| {
                settings.common.insert(name.to_owned(), "x".to_owned());
            });
            assert!(text.contains(name), "{text}");
        }
    }

    #[test]
    fn a_wrong_setting_is_named_without_its_value() {
        let text = refused(|settings| {
            settings.common.insert("security.protocol".to_owned(), "secret".to_owned());
        });
        assert!(text.contains("security.protocol") && !text.contains("`secret`"), "{text}");
    }

    #[test]
    fn a_socket_timeout_that_outlasts_the_transaction_is_refused() {
        let text = refused(|settings| {
            settings.producer.insert("socket.timeout.ms".to_owned(), "10101".to_owned());
        });
        assert!(text.contains("10100"), "{text}");
    }
}
