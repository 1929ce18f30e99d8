//! What can be wrong with a configuration: each error names the setting, the place and what is allowed.

use std::fmt;
use std::path::PathBuf;

/// Where a value comes from, lowest precedence first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The table's default.
    Default,
    /// A TOML file.
    File(PathBuf),
    /// An environment variable, by name.
    Variable(String),
    /// A flag.
    Flag,
}

/// One thing that is wrong. Never carries the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The setting's dotted key; empty when the place as a whole cannot be read.
    pub key: String,
    /// Where it stands.
    pub place: Place,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a setting or a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such setting; perhaps this one was meant, spelled as at that place.
    Unknown { meant: Option<String> },
    /// The value is not allowed; `given` is absent when it could be a secret.
    Invalid { given: Option<String>, allowed: String },
    /// The setting is allowed alone, but not together with another.
    Conflict { why: String },
    /// A librdkafka property that is not passed through.
    Refused { why: &'static str },
    /// The same place gives the setting twice.
    Twice,
    /// The place cannot be read.
    Unreadable { detail: String },
}

/// All that is wrong with a configuration, one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Default => f.write_str("by default"),
            Place::File(path) => write!(f, "in {}", path.display()),
            Place::Variable(name) => write!(f, "in environment variable {name}"),
            Place::Flag => f.write_str("on the command line"),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConfigError { key, place, problem } = self;
        match problem {
            Problem::Unknown { meant: None } => write!(f, "unknown setting `{key}` {place}"),
            Problem::Unknown { meant: Some(meant) } => {
                write!(f, "unknown setting `{key}` {place} (did you mean `{meant}`?)")
            }
            Problem::Invalid { given: Some(given), allowed } => {
                write!(f, "setting `{key}` {place} is {given}; allowed: {allowed}")
            }
            Problem::Invalid { given: None, allowed } => {
                write!(f, "setting `{key}` {place} has a value that is not allowed; allowed: {allowed}")
            }
            Problem::Conflict { why } => write!(f, "setting `{key}` {place}: {why}"),
            Problem::Refused { why } => write!(f, "setting `{key}` {place} is refused: {why}"),
            Problem::Twice => write!(f, "setting `{key}` is given twice {place}"),
            Problem::Unreadable { detail } => write!(f, "settings {place} cannot be read: {detail}"),
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if position == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
impl std::error::Error for ConfigErrors {}
