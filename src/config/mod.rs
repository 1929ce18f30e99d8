//! Every setting: type, default, documentation, validation, and where values come from.
//!
//! Default < TOML file < environment (`WRAPUP_…`) < flags. The one table is in `table.rs`.

mod docs;
mod error;
#[cfg(test)]
pub(crate) mod generated;
mod layers;
mod output;
mod properties;
mod secret;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

pub use docs::{example_toml, markdown, shown};
pub use error::{ConfigError, ConfigErrors, Place, Problem};
pub use layers::{PREFIX, variable};
pub use output::FieldPolicies;
pub use properties::{HIDDEN, Properties, is_secret};
pub use secret::Secret;
pub use table::{
    Commit, Config, Finalization, Finest, Http, Input, Kafka, Log, LogFormat, LogLevel, Memory, Output, OutputPii,
    Partitioner, Restating, Restore, SETTINGS, SmallestWindow, Start, State, Topics,
};
pub use value::{Bytes, Kind, Shape};

use crate::record::Pii;
use layers::{Entry, Target};
use value::{Raw, Value, Values};

/// One row of the table.
#[derive(Debug)]
pub struct Setting {
    /// The dotted name.
    pub key: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Its default as a configuration would write it; without one the setting is optional.
    pub default: Option<&'static str>,
    /// What it does.
    pub doc: &'static str,
}

/// How `memory.budget` is divided, in bytes for the whole process. What is left is for everything that has no share
/// of its own: transactions on their way, clients, compiled directory, timers, and what the allocator keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// The stores' shared block cache.
    pub block_cache: u64,
    /// The stores' write buffers.
    pub memtables: u64,
    /// Chats held by the overlays of all tasks.
    pub overlay: u64,
    /// librdkafka's queues, of all consumers and producers.
    pub queues: u64,
}

impl Shares {
    /// The division in percent.
    pub(super) const PERCENT: Shares = Shares { block_cache: 18, memtables: 8, overlay: 22, queues: 15 };
}

impl Memory {
    /// The budget's division.
    pub fn shares(&self) -> Shares {
        let Shares { block_cache, memtables, overlay, queues } = Shares::PERCENT;
        let percent = |share: u64| self.budget.0 / 100 * share;
        Shares {
            block_cache: percent(block_cache),
            memtables: percent(memtables),
            overlay: percent(overlay),
            queues: percent(queues),
        }
    }
}

impl Kafka {
    /// The properties for a consumer, in the order to set them: a later one replaces an earlier.
    pub fn consumer_properties(&self) -> impl Iterator<Item = (&str, &str)> {
        self.common.iter().chain(self.consumer.iter())
    }

    /// The properties for a producer, in the order to set them: a later one replaces an earlier.
    pub fn producer_properties(&self) -> impl Iterator<Item = (&str, &str)> {
        self.common.iter().chain(self.producer.iter())
    }
}

/// Splits the `KEY=VALUE` of `--set`; the error says what is missing and repeats no value.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE, such as `workers=4`".to_owned()),
    }
}

/// The process's environment, for [`Config::load`].
///
/// # Errors
/// A variable of ours whose value is not UTF-8.
pub fn process_environment() -> Result<Vec<(String, String)>, ConfigErrors> {
    layers::decode(std::env::vars_os()).map_err(ConfigErrors)
}

impl Config {
    /// Reads the configuration: default < `file` < `environment` < `flags` (pairs of dotted key and value).
    ///
    /// # Errors
    /// Everything that is wrong, all at once: unknown settings, values that are not allowed, refused properties.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        flags: &[(String, String)],
    ) -> Result<Config, ConfigErrors> {
        let mut errors = Vec::new();
        let mut entries = file.map(|path| layers::file(path, &mut errors)).unwrap_or_default();
        entries.extend(layers::environment(environment, &mut errors));
        entries.extend(layers::flags(flags));

        let mut values = defaults();
        let mut places = Places::default();
        for entry in entries {
            if let Err(error) = place_value(entry, &mut values, &mut places) {
                errors.push(error);
            }
        }
        let config = Config::from_values(values);
        // Against defaults in the place of wrong values, conflicts would mislead.
        if errors.is_empty() {
            errors = conflicts(&config, &places);
        }
        if errors.is_empty() { Ok(config) } else { Err(ConfigErrors(errors)) }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config::from_values(defaults())
    }
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(self))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(self))
    }
}

/// The place that gave each key its present value.
#[derive(Default)]
struct Places(BTreeMap<String, Place>);

impl Places {
    fn of(&self, key: &str) -> Place {
        self.0.get(key).cloned().unwrap_or(Place::Default)
    }
}

fn defaults() -> Values {
    let value = |setting: &Setting| match (setting.kind, setting.default) {
        (Kind::Properties, _) => Value::Properties(Properties::default()),
        (Kind::Fields(_), _) => Value::Fields(FieldPolicies::default()),
        (_, None) => Value::Unset,
        (kind, Some(text)) => kind.read(&Raw::Text(text.to_owned())).expect("the table's defaults are allowed"),
    };
    Values(SETTINGS.iter().map(|setting| (setting.key, value(setting))).collect())
}

/// Checks one entry and puts its value in the place of a lower layer's.
fn place_value(entry: Entry, values: &mut Values, places: &mut Places) -> Result<(), ConfigError> {
    let Entry { key, place, raw } = entry;
    match layers::target(&key, &place)? {
        Target::Setting(setting) => {
            let value = setting.kind.read(&raw).ok_or_else(|| invalid(&key, &place, &raw, setting.kind.allowed()))?;
            values.0.insert(setting.key, value);
        }
        Target::Property(map, name) => match values.0.get_mut(map.key) {
            Some(Value::Properties(properties)) => properties.set(&name, property(&key, &name, &place, &raw)?),
            Some(Value::Fields(fields)) => {
                let (field, pii) = field(map, &key, &name, &place, &raw)?;
                fields.set(field, pii);
            }
            _ => {}
        },
    }
    places.0.insert(key, place);
    Ok(())
}

fn invalid(key: &str, place: &Place, raw: &Raw, allowed: String) -> ConfigError {
    let given = (!is_secret(key)).then(|| raw.shown());
    ConfigError { key: key.to_owned(), place: place.clone(), problem: Problem::Invalid { given, allowed } }
}

fn property(key: &str, name: &str, place: &Place, raw: &Raw) -> Result<String, ConfigError> {
    if let Some(why) = properties::refusal(name) {
        return Err(ConfigError { key: key.to_owned(), place: place.clone(), problem: Problem::Refused { why } });
    }
    if !properties::is_name(name) {
        return Err(ConfigError {
            key: key.to_owned(),
            place: place.clone(),
            problem: Problem::Unknown { meant: None },
        });
    }
    raw.property().ok_or_else(|| invalid(key, place, raw, Kind::Properties.allowed()))
}

/// A field of the record with what becomes of it.
fn field(map: &Setting, key: &str, name: &str, place: &Place, raw: &Raw) -> Result<(String, Pii), ConfigError> {
    let unknown =
        |meant| ConfigError { key: key.to_owned(), place: place.clone(), problem: Problem::Unknown { meant } };
    let field = output::field_name(name, place).map_err(unknown)?;
    let pii = if let Raw::Text(text) = raw { table::pii_of(text) } else { None };
    pii.map(|pii| (field, pii)).ok_or_else(|| invalid(key, place, raw, map.kind.allowed()))
}

/// What is allowed setting by setting, but not together.
fn conflicts(config: &Config, places: &Places) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let mut conflict = |key: &str, why: String| {
        errors.push(ConfigError { key: key.to_owned(), place: places.of(key), problem: Problem::Conflict { why } });
    };

    if config.commit.backlog_interval > config.kafka.transaction_timeout / 3 {
        conflict("commit.backlog_interval", "must be at most a third of `kafka.transaction_timeout`".to_owned());
    }
    if config.commit_interval > config.kafka.transaction_timeout / 3 {
        conflict("commit_interval", "must be at most a third of `kafka.transaction_timeout`".to_owned());
    }
    let topics = config.topics.by_key();
    for (position, (key, name)) in topics.iter().enumerate() {
        if let Some((other, _)) = topics[..position].iter().find(|(_, earlier)| earlier == name) {
            conflict(key, format!("names the same topic as `{other}`, `{name}`"));
        }
    }
    let maps = [
        ("kafka.common", &config.kafka.common),
        ("kafka.consumer", &config.kafka.consumer),
        ("kafka.producer", &config.kafka.producer),
    ];
    for (map, properties) in maps {
        for (name, slack) in TIMED_BY_TRANSACTION {
            let most = (config.kafka.transaction_timeout + slack).as_millis();
            let fits = |text: &str| text.parse::<u128>().is_ok_and(|millis| millis <= most);
            if properties.get(name).is_some_and(|text| !fits(text)) {
                let why = format!("must be a number of at most {most}, or the transactional producer breaks");
                conflict(&format!("{map}.{name}"), why);
            }
        }
    }
    errors.extend(output::conflicts(config, places));
    errors
}

/// Properties in milliseconds that may be at most the transaction's time-out and a slack: librdkafka refuses to make
/// a transactional producer otherwise.
const TIMED_BY_TRANSACTION: [(&str, Duration); 3] = [
    ("socket.timeout.ms", Duration::from_millis(100)),
    ("message.timeout.ms", Duration::ZERO),
    ("delivery.timeout.ms", Duration::ZERO),
];

impl Topics {
    fn by_key(&self) -> [(&'static str, &str); 7] {
        [
            ("topics.chat_events", &self.chat_events),
            ("topics.message_events", &self.message_events),
            ("topics.queue_events", &self.queue_events),
            ("topics.directory_events", &self.directory_events),
            ("topics.session_metadata", &self.session_metadata),
            ("topics.metric_snapshots", &self.metric_snapshots),
            ("topics.dead_letters", &self.dead_letters),
        ]
    }
}
