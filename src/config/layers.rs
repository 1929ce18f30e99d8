//! The places settings come from: TOML file, environment, flags, each flattened to dotted keys.

use std::ffi::OsString;
use std::path::Path;

use super::Setting;
use super::error::{ConfigError, Place, Problem};
use super::table::{SECTIONS, SETTINGS};
use super::value::Raw;

/// The prefix of every environment variable that is a setting.
pub const PREFIX: &str = "WRAPUP_";

/// One value as one place gives it.
pub(super) struct Entry {
    pub key: String,
    pub place: Place,
    pub raw: Raw,
}

/// What an entry's key names.
pub(super) enum Target {
    Setting(&'static Setting),
    /// A name, without the prefix, in a map of the table.
    Property(&'static Setting, String),
}

/// The entries of a TOML file.
pub(super) fn file(path: &Path, errors: &mut Vec<ConfigError>) -> Vec<Entry> {
    let place = Place::File(path.to_owned());
    let table = std::fs::read_to_string(path)
        .map_err(|error| error.to_string())
        .and_then(|text| text.parse::<toml::Table>().map_err(|error| located(&text, &error)));
    let mut entries = Vec::new();
    match table {
        Ok(table) => flatten("", table, &place, &mut entries),
        Err(detail) => errors.push(ConfigError { key: String::new(), place, problem: Problem::Unreadable { detail } }),
    }
    refuse_twice(&entries, errors);
    entries
}

/// Line, column and message only: the parser's own rendering quotes the line, which may hold a secret.
fn located(text: &str, error: &toml::de::Error) -> String {
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else { return error.message().to_owned() };
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("line {line}, column {column}: {}", error.message())
}

fn flatten(prefix: &str, table: toml::Table, place: &Place, entries: &mut Vec<Entry>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            // An empty table says nothing, but its name must be known all the same.
            toml::Value::Table(inner) if inner.is_empty() && is_section(&key) => {}
            toml::Value::Table(inner) if !inner.is_empty() => flatten(&key, inner, place, entries),
            value => entries.push(Entry { key, place: place.clone(), raw: raw(value) }),
        }
    }
}

fn is_section(key: &str) -> bool {
    SECTIONS.iter().any(|(section, _)| *section == key)
        || SETTINGS.iter().any(|setting| setting.key == key && setting.kind.is_map())
}

fn raw(value: toml::Value) -> Raw {
    match value {
        toml::Value::String(text) => Raw::Text(text),
        toml::Value::Integer(number) => Raw::Integer(number),
        toml::Value::Float(number) => Raw::Float(number),
        toml::Value::Boolean(flag) => Raw::Bool(flag),
        toml::Value::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            texts.map_or(Raw::Other("an array of other things than texts"), Raw::Texts)
        }
        toml::Value::Datetime(_) => Raw::Other("a date"),
        toml::Value::Table(_) => Raw::Other("a table"),
    }
}

/// The entries of the environment: variables that begin with [`PREFIX`]; `__` nests.
pub(super) fn environment(
    variables: impl Iterator<Item = (String, String)>,
    errors: &mut Vec<ConfigError>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (name, value) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        if !is_service_link(rest, &value) {
            entries.push(Entry { key: variable_key(rest), place: Place::Variable(name), raw: Raw::Text(value) });
        }
    }
    refuse_twice(&entries, errors);
    entries
}

fn variable_key(rest: &str) -> String {
    let key = rest.to_ascii_lowercase().replace("__", ".");
    match property_map(&key) {
        // Properties have dots where an environment variable can only have underscores.
        Some((_, property)) => key[..key.len() - property.len()].to_owned() + &property.replace('_', "."),
        None => key,
    }
}

/// The environment variable of a setting.
pub fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// Kubernetes puts variables such as `WRAPUP_SERVICE_HOST`, `WRAPUP_PORT=tcp://…` or `WRAPUP_PORT_9464_TCP_ADDR` into
/// every pod beside a service called `wrapup`: they are nobody's settings.
fn is_service_link(rest: &str, value: &str) -> bool {
    let padded = format!("_{rest}");
    let port_number =
        padded.split_once("_PORT_").is_some_and(|(_, tail)| tail.starts_with(|c: char| c.is_ascii_digit()));
    !rest.contains("__")
        && (padded.ends_with("_SERVICE_HOST")
            || padded.ends_with("_SERVICE_PORT")
            || padded.contains("_SERVICE_PORT_")
            || (padded.ends_with("_PORT") && value.contains("://"))
            || port_number)
}

/// The process's own environment. A variable of ours that is not UTF-8 is an error, other ones do not matter.
pub(super) fn decode(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, Vec<ConfigError>> {
    let (mut decoded, mut errors) = (Vec::new(), Vec::new());
    for (name, value) in variables {
        let Ok(name) = name.into_string() else { continue };
        if !name.starts_with(PREFIX) {
            continue;
        }
        match value.into_string() {
            Ok(value) => decoded.push((name, value)),
            Err(_) => {
                let problem = Problem::Invalid { given: None, allowed: "UTF-8 text".to_owned() };
                let key = variable_key(&name[PREFIX.len()..]);
                errors.push(ConfigError { key, place: Place::Variable(name), problem });
            }
        }
    }
    if errors.is_empty() { Ok(decoded) } else { Err(errors) }
}

/// The entries of the flags; of two for one setting the later counts, as on any command line.
pub(super) fn flags(flags: &[(String, String)]) -> Vec<Entry> {
    let entry =
        |(key, value): &(String, String)| Entry { key: key.clone(), place: Place::Flag, raw: Raw::Text(value.clone()) };
    flags.iter().map(entry).collect()
}

fn refuse_twice(entries: &[Entry], errors: &mut Vec<ConfigError>) {
    for (position, entry) in entries.iter().enumerate() {
        if entries[..position].iter().any(|earlier| earlier.key == entry.key) {
            errors.push(ConfigError { key: entry.key.clone(), place: entry.place.clone(), problem: Problem::Twice });
        }
    }
}

/// What a key names, or the error that says there is no such setting.
pub(super) fn target(key: &str, place: &Place) -> Result<Target, ConfigError> {
    let setting = SETTINGS.iter().find(|setting| setting.key == key && !setting.kind.is_map());
    if let Some(setting) = setting {
        return Ok(Target::Setting(setting));
    }
    if let Some((map, property)) = property_map(key) {
        return Ok(Target::Property(map, property.to_owned()));
    }
    let meant = nearest(key).map(|near| match place {
        Place::Variable(_) => variable(near),
        _ => near.to_owned(),
    });
    Err(ConfigError { key: key.to_owned(), place: place.clone(), problem: Problem::Unknown { meant } })
}

fn property_map(key: &str) -> Option<(&'static Setting, &str)> {
    let maps = SETTINGS.iter().filter(|setting| setting.kind.is_map());
    maps.filter_map(|map| Some((map, key.strip_prefix(map.key)?.strip_prefix('.')?))).next()
}

/// The setting a mistyped key most likely meant: few letters apart, or the right name in the wrong section.
fn nearest(key: &str) -> Option<&'static str> {
    let last = |key: &str| key.rsplit('.').next().map(str::to_owned);
    let settings = || SETTINGS.iter().filter(|setting| !setting.kind.is_map());
    let near = settings().map(|setting| (distance(key, setting.key), setting.key)).min();
    match near {
        Some((letters, near)) if letters <= 3.min(key.len() / 3) => Some(near),
        _ => settings().map(|setting| setting.key).find(|known| last(known) == last(key)),
    }
}

/// Insertions, deletions and replacements between two texts.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[right.len()]
}
