//! The table of settings. A row is the setting's documentation, name, Rust type, kind with limits, and default;
//! parsing, the typed [`Config`], `docs/CONFIG.md` and `deploy/config.example.toml` follow from it.

use std::path::PathBuf;
use std::time::Duration;

use super::Setting;
use super::output::FieldPolicies;
use super::properties::Properties;
use super::secret::Secret;
use super::value::{Bytes, CENTURY, Field, HOUR, Kind, MIB, SECOND, Shape, Value, Values};
use crate::record::{Encoding, Pii, RecordShape};
use crate::time::Span;

const TOPIC: Kind = Kind::Text(Shape::Topic);
/// A time that only has to be longer than none.
const TIME: Kind = Kind::Time { min: 1, max: CENTURY };
/// `finalization.md`: an event may lie 24 h ahead, so less than 25 h could drop a chat before its own events.
const OVER_A_DAY: Kind = Kind::Time { min: 25 * HOUR, max: CENTURY };

macro_rules! choices {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $choice_doc:literal])+ $choice:ident = $text:literal,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[doc = $choice_doc])+ $choice,)+ }

        impl $name {
            const KIND: Kind = Kind::Choice(&[$($text,)+]);

            /// The name in the configuration.
            pub fn name(self) -> &'static str {
                match self { $($name::$choice => $text,)+ }
            }
        }

        impl Field for $name {
            fn take(value: Value) -> Option<Self> {
                match value {
                    Value::Text(text) => match text.as_str() { $($text => Some($name::$choice),)+ _ => None },
                    _ => None,
                }
            }
            fn give(&self) -> Value {
                Value::Text(self.name().to_owned())
            }
        }
    )+};
}

choices! {
    /// Where an application id begins that has never committed anything.
    Start {
        /// At the oldest event that is still there.
        Earliest = "earliest",
        /// At the events produced from now on.
        Latest = "latest",
    }
    /// What is known about how the producers place a key.
    Partitioner {
        /// As Kafka's Java client does; every key is checked.
        Murmur2 = "murmur2",
        /// In some other way, the same for all three topics; nothing is checked.
        Any = "any",
    }
    /// The size of the smallest windows of metric snapshots.
    SmallestWindow {
        /// A minute.
        Minutes1 = "1m",
        /// Three minutes.
        Minutes3 = "3m",
        /// Five minutes.
        Minutes5 = "5m",
        /// A quarter of an hour.
        Minutes15 = "15m",
    }
    /// The smallest windows that are published.
    Finest {
        /// All.
        Minutes = "minutes",
        /// Hours and days.
        Hours = "hours",
        /// Days.
        Days = "days",
        /// None.
        None = "none",
    }
    /// How log lines are written.
    LogFormat {
        /// Text on a terminal, else JSON.
        Auto = "auto",
        /// One JSON object per line.
        Json = "json",
        /// For people.
        Text = "text",
    }
    /// The least severe level that is logged.
    LogLevel {
        /// Failures.
        Error = "error",
        /// And what deserves a look.
        Warn = "warn",
        /// And what happens now and then: assignments, restores.
        Info = "info",
        /// And commits.
        Debug = "debug",
        /// And everything else.
        Trace = "trace",
    }
}

/// Lets a setting be one of the values of an enumeration that others define.
macro_rules! names {
    ($($type:ident $names:ident $read:ident $write:ident { $($choice:ident = $text:literal,)+ })+) => {$(
        pub(super) const $names: &[&str] = &[$($text,)+];

        /// What a name in the configuration means.
        pub(super) fn $read(name: &str) -> Option<$type> {
            match name { $($text => Some($type::$choice),)+ _ => None }
        }

        /// Its name in the configuration.
        pub(super) fn $write(value: $type) -> &'static str {
            match value { $($type::$choice => $text,)+ }
        }

        impl Field for $type {
            fn take(value: Value) -> Option<Self> {
                if let Value::Text(text) = value { $read(&text) } else { None }
            }
            fn give(&self) -> Value {
                Value::Text($write(*self).to_owned())
            }
        }
    )+};
}

names! {
    Encoding ENCODING_NAMES encoding_of name_of_encoding { Json = "json", Protobuf = "protobuf", ConnectJson = "connect-json", }
    RecordShape SHAPE_NAMES shape_of name_of_shape { Nested = "nested", Flat = "flat", }
    Pii PII_NAMES pii_of name_of_pii { Keep = "keep", Hash = "hash", Drop = "drop", }
}

/// A section's name in the configuration: that of its field, unless it lies inside another section.
macro_rules! section_name {
    (snapshots_finest) => {
        "snapshots.finest"
    };
    (output_pii) => {
        "output.pii"
    };
    ($section:ident) => {
        stringify!($section)
    };
}

macro_rules! settings {
    (
        $(#[doc = $root_doc:literal])+
        Config { $($(#[doc = $doc:literal])+ $field:ident: $type:ty = $kind:expr, $default:expr;)+ }
        $(
            $(#[doc = $section_doc:literal])+
            $section:ident: $struct:ident {
                $($(#[doc = $inner_doc:literal])+ $inner:ident: $inner_type:ty = $inner_kind:expr, $inner_default:expr;)+
            }
        )+
    ) => {
        $(#[doc = $root_doc])+
        #[derive(Clone, PartialEq)]
        pub struct Config {
            $($(#[doc = $doc])+ pub $field: $type,)+
            $($(#[doc = $section_doc])+ pub $section: $struct,)+
        }

        $(
            $(#[doc = $section_doc])+
            #[derive(Clone, Debug, PartialEq)]
            pub struct $struct { $($(#[doc = $inner_doc])+ pub $inner: $inner_type,)+ }
        )+

        /// Every setting, in the order of the documentation.
        pub static SETTINGS: &[Setting] = &[
            $(Setting { key: stringify!($field), kind: $kind, default: $default, doc: concat!($($doc),+) },)+
            $($(Setting {
                key: concat!(section_name!($section), ".", stringify!($inner)),
                kind: $inner_kind,
                default: $inner_default,
                doc: concat!($($inner_doc),+),
            },)+)+
        ];

        /// Every section, with what it is about.
        pub(super) static SECTIONS: &[(&str, &str)] = &[$((section_name!($section), concat!($($section_doc),+)),)+];

        impl Config {
            pub(super) fn from_values(mut values: Values) -> Config {
                Config {
                    $($field: values.take(stringify!($field)),)+
                    $($section: $struct {
                        $($inner: values.take(concat!(section_name!($section), ".", stringify!($inner))),)+
                    },)+
                }
            }

            /// The values in the order of [`SETTINGS`].
            pub(super) fn values(&self) -> Vec<Value> {
                vec![$(self.$field.give(),)+ $($(self.$section.$inner.give(),)+)+]
            }
        }
    };
}

settings! {
    /// The effective configuration. Printing it hides secrets.
    Config {
        /// Names this application to the broker: the consumer group, transactional ids and changelog topics
        /// are made from it. Two deployments with one name share their work.
        application_id: String = Kind::Text(Shape::Id { max: 100 }), Some("wrapup");
        /// The stable name of this process among those of the same application id, the same after every
        /// restart. Without it one is made once and kept in the state folder.
        instance_id: Option<String> = Kind::Text(Shape::Id { max: 64 }), None;
        /// Worker threads. Each has a consumer and a transactional producer of its own.
        workers: usize = Kind::Integer { min: 1, max: 256 }, Some("2");
        /// How long events are gathered before they are committed together. At most a third of
        /// `kafka.transaction_timeout`.
        commit_interval: Duration = TIME, Some("100ms");
        /// The folder of the stores. Losing it costs time, not data.
        state_dir: PathBuf = Kind::Text(Shape::Path), Some("/var/lib/wrapup");
        /// How long a stop may take to commit and leave, before it is cut short.
        shutdown_timeout: Duration = TIME, Some("30s");
    }
    /// The broker.
    kafka: Kafka {
        /// The brokers to ask first.
        bootstrap_servers: Vec<String> = Kind::Texts(Shape::Broker), Some("127.0.0.1:9092");
        /// How long a start waits for the broker's first answer.
        start_timeout: Duration = TIME, Some("15s");
        /// How long the broker waits for a silent worker before its partitions go to others.
        session_timeout: Duration = Kind::Time { min: SECOND, max: 300 * SECOND }, Some("20s");
        /// How long the broker keeps a silent worker's transaction open.
        transaction_timeout: Duration = Kind::Time { min: SECOND, max: 900 * SECOND }, Some("10s");
        /// Properties of librdkafka for all of its clients, such as `"security.protocol"` and `"sasl.password"`.
        common: Properties = Kind::Properties, None;
        /// Properties of librdkafka for consumers; they replace those of `kafka.common`.
        consumer: Properties = Kind::Properties, None;
        /// Properties of librdkafka for producers; they replace those of `kafka.common`.
        producer: Properties = Kind::Properties, None;
    }
    /// The topics. `wrapup topics create` makes those that are missing; `run` never does.
    topics: Topics {
        /// The life of chats.
        chat_events: String = TOPIC, Some("chat-events");
        /// Their messages.
        message_events: String = TOPIC, Some("message-events");
        /// Their way through the queues.
        queue_events: String = TOPIC, Some("queue-events");
        /// Reference data: channels with their operating hours.
        directory_events: String = TOPIC, Some("directory-events");
        /// The records.
        session_metadata: String = TOPIC, Some("session-metadata");
        /// Metric snapshots.
        metric_snapshots: String = TOPIC, Some("metric-snapshots");
        /// Events that could not be used, as they came, with the reason.
        dead_letters: String = TOPIC, Some("dead-letters");
        /// Partitions of the topics that `wrapup topics create` makes. Fixed for the life of an application id.
        partitions: i32 = Kind::Integer { min: 1, max: 10_000 }, Some("8");
        /// Replicas of the topics that `wrapup topics create` makes. Without it, the broker's own default.
        replication_factor: Option<i32> = Kind::Integer { min: 1, max: 100 }, None;
    }
    /// How the input topics are read.
    input: Input {
        /// Where an application id begins that has never committed anything.
        start: Start = Start::KIND, Some("earliest");
        /// How the producers place a key: `murmur2` is checked, event by event; `any` warrants that all three
        /// topics place a key alike.
        partitioner: Partitioner = Partitioner::KIND, Some("murmur2");
        /// How far in event time one input topic may be read ahead of the slowest one of its partition.
        read_ahead: Span = TIME, Some("5m");
        /// A partition that stands still for so long, though there is more to read and nothing holds it back, is an error
        /// in the log once a minute, and the process is not ready until it moves.
        stall_timeout: Duration = Kind::Time { min: SECOND, max: CENTURY }, Some("60s");
    }
    /// When records go out, and how long chats are kept, in the time of the events.
    finalization: Finalization {
        /// From a session's end to its record, and from a later event to the correction.
        update_window: Span = TIME, Some("15m");
        /// Without events for so long, a chat that has not ended gets its record as `expired`.
        idle_expiry: Span = OVER_A_DAY, Some("30d");
        /// How long a chat is kept for corrections after its latest record.
        correction_window: Span = OVER_A_DAY, Some("30d");
        /// How long a dropped chat's id is kept, so that a late event cannot start it anew.
        stub_retention: Span = TIME, Some("400d");
    }
    /// How records are written. What they contain, and their revisions, do not depend on it.
    output: Output {
        /// `protobuf`: messages of `proto/wrapup/v1/record.proto`; `connect-json`: JSON with its schema, for Kafka
        /// Connect's JSON converter.
        encoding: Encoding = Kind::Choice(ENCODING_NAMES), Some("json");
        /// `flat`: one row, as tables have it.
        shape: RecordShape = Kind::Choice(SHAPE_NAMES), Some("nested");
        /// Whether records have `moments`: where and under which ids the chat counts in metric snapshots. If not, it is
        /// empty.
        moments: bool = Kind::Bool, Some("true");
        /// The id of `record.proto` in a schema registry. With it, every protobuf record begins as Confluent's
        /// deserializers expect: a zero byte, the id, and which message of the file it is.
        schema_id: Option<u32> = Kind::Integer { min: 1, max: 2_147_483_647 }, None;
        /// The key of the hashes, at least 16 bytes: only in the environment.
        pii_key: Option<Secret> = Kind::Secret, None;
        /// A file that holds the key of the hashes, at least 16 bytes; an end of line behind it does not count.
        pii_key_file: Option<PathBuf> = Kind::Text(Shape::Path), None;
    }
    /// What becomes of personal data in records.
    output_pii: OutputPii {
        /// What becomes of the fields marked PII in `docs/METRICS.md` and of the profile's custom keys: `keep` them,
        /// `hash` every text by HMAC-SHA-256 (the same text under the same key has the same hash), or `drop` them: null.
        default: Pii = Kind::Choice(PII_NAMES), Some("keep");
        /// What becomes of single fields, by their names in `docs/METRICS.md`, in rows and objects by their members'
        /// (`"meets.from"`), of a custom key by `"profile.custom.<key>"`.
        fields: FieldPolicies = Kind::Fields(PII_NAMES), None;
    }
    /// Metric snapshots: what is happening per channel, team, manager, queue and medium.
    snapshots: SnapshotsConfig {
        /// The size of the smallest windows. Fixed for the life of an application id.
        window: SmallestWindow = SmallestWindow::KIND, Some("1m");
        /// A snapshot that has changed is published at most so often.
        interval: Duration = TIME, Some("10s");
        /// How long windows are kept for corrections after their end.
        retention: Span = OVER_A_DAY, Some("400d");
        /// How many threads add them up.
        workers: usize = Kind::Integer { min: 1, max: 64 }, Some("1");
        /// How many queues have live gauges of their own in `/metrics`; the rest is summed as `other`.
        gauges_max: usize = Kind::Integer { min: 0, max: 100_000 }, Some("500");
    }
    /// Which windows are published, by dimension: those of this size and larger ones. Live records always are.
    snapshots_finest: SnapshotsFinest {
        /// Of the channels.
        channel: Finest = Finest::KIND, Some("minutes");
        /// Of the media.
        medium: Finest = Finest::KIND, Some("minutes");
        /// Of the teams.
        team: Finest = Finest::KIND, Some("minutes");
        /// Of the managers.
        manager: Finest = Finest::KIND, Some("minutes");
        /// Of the queues.
        queue: Finest = Finest::KIND, Some("minutes");
    }
    /// Records made again because a channel's document or the definitions changed.
    restating: Restating {
        /// Records that one worker makes again per second, so that the sinks keep up.
        rate: u32 = Kind::Integer { min: 1, max: 1_000_000 }, Some("200");
    }
    /// The bounds of one transaction; what is left over goes into the next.
    commit: Commit {
        /// How long events are gathered, instead of `commit_interval`, in the second stage, which publishes in rounds, and
        /// while a worker has more than `commit.max_records` still to read: what comes seconds late is not made later by
        /// it, and costs much less. At most a third of `kafka.transaction_timeout`.
        backlog_interval: Duration = TIME, Some("1s");
        /// Records read.
        max_records: usize = Kind::Integer { min: 1, max: 10_000_000 }, Some("50000");
        /// Bytes read.
        max_bytes: Bytes = Kind::Size { min: 1, max: 1_024 * MIB }, Some("32MiB");
        /// Timers fired.
        max_timers: usize = Kind::Integer { min: 1, max: 1_000_000 }, Some("4000");
        /// Records restated.
        max_restated: usize = Kind::Integer { min: 1, max: 1_000_000 }, Some("200");
        /// Bytes of changed state.
        max_dirty: Bytes = Kind::Size { min: 1, max: 1_024 * MIB }, Some("32MiB");
    }
    /// What is kept on disk.
    state: State {
        /// The format in which state is written. Raised only when every instance reads the newer one.
        write_version: u8 = Kind::Integer { min: 1, max: 1 }, Some("1");
        /// The state of a partition that has gone to another process is deleted after so long.
        keep_unowned: Duration = TIME, Some("24h");
    }
    /// How state is brought up to date from the changelog.
    restore: Restore {
        /// A restore that makes no progress for so long is an error in the log, again and again; it goes on trying.
        stall_timeout: Duration = TIME, Some("60s");
    }
    /// The memory of the process.
    memory: Memory {
        /// What caches, write buffers, changed state and the client's queues share.
        budget: Bytes = Kind::Size { min: 64 * MIB, max: 1_048_576 * MIB }, Some("1GiB");
    }
    /// `/livez`, `/readyz` and `/metrics`.
    http: Http {
        /// Where they are served; port 0 is any free one.
        listen: String = Kind::Text(Shape::Listen), Some("127.0.0.1:9464");
        /// Further behind than this, the process is not ready. An idle partition's watermark stands 5 s behind.
        ready_max_lag: Duration = Kind::Time { min: 6 * SECOND, max: CENTURY }, Some("60s");
    }
    /// Log lines, on stderr.
    log: Log {
        /// `auto` is text on a terminal, else JSON.
        format: LogFormat = LogFormat::KIND, Some("auto");
        /// The least severe level that is logged. The environment variable `RUST_LOG` goes before it.
        level: LogLevel = LogLevel::KIND, Some("info");
    }
}
