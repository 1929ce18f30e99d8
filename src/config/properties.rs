//! librdkafka properties that are passed through, and those that are not, with the reason.

use std::collections::BTreeMap;
use std::fmt;

use super::value::quoted;

/// What is printed in the place of a secret.
pub const HIDDEN: &str = "***";

const SECRET_WORDS: [&str; 7] = ["password", "secret", "token", "key", "jaas", "credential", "oauthbearer.config"];

/// Properties of librdkafka, by name. Printing them hides the secret ones.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Properties(BTreeMap<String, String>);

/// Whether a name says that its value must never be printed. The name of a file that holds a secret is none.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !name.ends_with("_file") && SECRET_WORDS.iter().any(|word| name.contains(word))
}

impl Properties {
    /// The properties with their true values, by name: for the client only, never for an output.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The true value of one property.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    /// One TOML line per property, secrets hidden.
    pub(super) fn toml_lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(name, value)| {
            let shown = if is_secret(name) { HIDDEN } else { value };
            format!("{} = {}", quoted(name), quoted(shown))
        })
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (position, line) in self.toml_lines().enumerate() {
            write!(f, "{}{line}", if position == 0 { "" } else { ", " })?;
        }
        f.write_str("}")
    }
}

/// Properties that are refused, each with the reason. A name ending in `*` stands for all that begin so.
pub(super) static REFUSED: &[(&str, &str)] = &[
    ("bootstrap.servers", "it is the setting `kafka.bootstrap_servers`"),
    ("metadata.broker.list", "it is the setting `kafka.bootstrap_servers`"),
    ("test.mock.*", "it would replace the broker of `kafka.bootstrap_servers` by an imitation"),
    ("session.timeout.ms", "it is the setting `kafka.session_timeout`"),
    ("transaction.timeout.ms", "it is the setting `kafka.transaction_timeout`"),
    ("group.id", "it is made from `application_id`"),
    ("group.instance.id", "it is made from `application_id`, `instance_id` and the worker's number"),
    ("transactional.id", "it is made from `application_id`, `instance_id` and the worker's number"),
    ("group.protocol*", "the assignment is made by the classic protocol, the same in every instance"),
    ("group.remote.assignor", "the assignment is made by the classic protocol, the same in every instance"),
    ("partition.assignment.strategy", "`range` keeps one partition number of all input topics together"),
    ("isolation.level", "only committed records are read"),
    ("enable.auto.commit", "offsets are committed in the transaction, never beside it"),
    ("auto.commit.enable", "offsets are committed in the transaction, never beside it"),
    ("auto.commit.interval.ms", "offsets are committed in the transaction, never beside it"),
    ("enable.auto.offset.store", "offsets are committed in the transaction, never beside it"),
    ("offset.store.*", "offsets are committed in the transaction, never beside it"),
    ("auto.offset.reset", "a first start is the setting `input.start`; later, a lost position must be an error"),
    ("enable.partition.eof", "the ends of the input partitions drive the watermark"),
    ("acks", "a transaction needs every replica's acknowledgement"),
    ("request.required.acks", "a transaction needs every replica's acknowledgement"),
    ("enable.idempotence", "a transaction needs the idempotent producer"),
    ("enable.gapless.guarantee", "a transaction needs the idempotent producer as it is"),
    ("max.in.flight*", "the idempotent producer's order depends on it"),
    ("queuing.strategy", "changelog records must be sent in the order they were made"),
    ("partitioner*", "changelog and records go to their partition explicitly, loaded events by murmur2"),
    ("sticky.partitioning.linger.ms", "changelog and records go to their partition explicitly"),
    ("allow.auto.create.topics", "topics are made by `wrapup topics create`, never silently"),
    ("delivery.report.only.error", "a commit waits for the report of every delivery"),
    ("message.max.bytes", "the producer's limit follows the topics' (16 MiB, and more for dead letters)"),
    ("queued.max.messages.kbytes", "the queues have their share of `memory.budget`"),
    ("queue.buffering.max.kbytes", "the queues have their share of `memory.budget`"),
];

/// Why a property may not be passed through, or `None` when it may (whatever its value).
pub(super) fn refusal(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let matches = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    };
    REFUSED.iter().find(|(pattern, _)| matches(pattern)).map(|(_, why)| *why)
}

/// Whether librdkafka could know a property of this name.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_'))
}
