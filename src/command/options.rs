//! Options that several subcommands have, and the readers of their values.

use std::path::PathBuf;

use super::Failure;
use crate::config::{Config, assignment, process_environment};
use crate::time::{Span, Timestamp};

/// Where the settings come from.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConfigOptions {
    /// The configuration, TOML
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A setting that goes before file and environment, such as `workers=4`; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
}

impl ConfigOptions {
    /// The effective configuration: default, file, environment, flags.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load(&self) -> Result<Config, Failure> {
        let environment = process_environment()?;
        Ok(Config::load(self.config.as_deref(), environment.into_iter(), &self.set)?)
    }
}

/// The units of a length of time, the longer name of two first.
const UNITS: [(&str, i64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads a length of time such as `15m`.
///
/// # Errors
/// What is expected instead.
pub fn span(text: &str) -> Result<Span, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let millis = UNITS.iter().find(|(name, _)| *name == unit).and_then(|(_, millis)| {
        let number: i64 = number.parse().ok()?;
        number.checked_mul(*millis)
    });
    // A century is longer than any of them can make sense.
    let millis = millis.filter(|millis| (1..=100 * 365 * 86_400_000).contains(millis));
    millis.map(Span::from_millis).ok_or_else(|| "expected a time with its unit, such as 500ms, 15m or 30d".to_owned())
}

/// Reads an instant.
///
/// # Errors
/// What is expected instead.
pub fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "expected a time such as 2026-03-02T09:00:00Z".to_owned())
}

/// Reads a share of a whole.
///
/// # Errors
/// What is expected instead.
pub fn share(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok();
    share.filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_with_their_units() {
        assert_eq!(span("15m"), Ok(Span::from_secs(900)));
        assert_eq!(span("250ms"), Ok(Span::from_millis(250)));
        assert_eq!(span("30d"), Ok(Span::from_hours(720)));
        for wrong in ["", "15", "m", "1.5h", "-1s", "0s", "15 m", "99999999999999999999d", "9999999d", "１m"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn reads_shares() {
        assert_eq!(share("0.02"), Ok(0.02));
        assert!(share("1.1").is_err() && share("NaN").is_err() && share("x").is_err());
    }
}
