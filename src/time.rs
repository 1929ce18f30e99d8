//! Instants and spans, in whole milliseconds: the only units the fold computes in.
//!
//! Nothing here reads a clock; "now" is always an argument.

use std::fmt;

use chrono::{DateTime, SecondsFormat};

/// An instant: milliseconds since 1970-01-01T00:00:00Z, rendered `2026-03-02T09:00:00.000Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A signed length of time in milliseconds, rendered in seconds with an exact fraction (`12.345`, `12.0`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Timestamp {
    /// Before every event; as a watermark: nothing is due.
    pub const MIN: Timestamp = Timestamp(i64::MIN);
    /// After every event; as a watermark: everything is due.
    pub const MAX: Timestamp = Timestamp(i64::MAX);
    /// The earliest event time that is accepted (`events.md`, Envelope: `time_too_old`).
    pub const OLDEST: Timestamp = Timestamp(946_684_800_000);

    /// The instant `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Timestamp(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with any offset; digits finer than the millisecond are truncated (`events.md`, Envelope).
    pub fn parse(text: &str) -> Option<Self> {
        let parsed = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Timestamp(parsed.timestamp_millis()))
    }

    /// This instant moved by `span`; `MIN` and `MAX` absorb what would not fit.
    pub const fn saturating_add(self, span: Span) -> Self {
        Timestamp(self.0.saturating_add(span.0))
    }

    /// This instant moved back by `span`; `MIN` and `MAX` absorb what would not fit.
    pub const fn saturating_sub(self, span: Span) -> Self {
        Timestamp(self.0.saturating_sub(span.0))
    }

    /// The signed length from `earlier` to this instant.
    pub const fn since(self, earlier: Timestamp) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_millis(self.0) {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true)),
            // Only MIN, MAX and their neighbours: years that RFC 3339 cannot write.
            None => write!(f, "{}ms", self.0),
        }
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// A span of `millis` milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Span(millis)
    }

    /// A span of whole seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Span(secs * 1_000)
    }

    /// A span of whole hours.
    pub const fn from_hours(hours: i64) -> Self {
        Span(hours * 3_600_000)
    }

    /// Its length in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds, truncated (`session.md`: durations there are truncated once, at the projection).
    pub const fn whole_secs(self) -> i64 {
        self.0 / 1_000
    }
}

impl std::ops::Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0 + other.0)
    }
}

impl std::ops::AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        self.0 += other.0;
    }
}

impl std::ops::Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0 - other.0)
    }
}

impl fmt::Display for Span {
    /// Seconds with one to three digits after the point, exact to the millisecond (`metrics.md`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let millis = self.0.unsigned_abs();
        let (secs, rest) = (millis / 1_000, millis % 1_000);
        if rest % 100 == 0 {
            write!(f, "{sign}{secs}.{}", rest / 100)
        } else if rest % 10 == 0 {
            write!(f, "{sign}{secs}.{:02}", rest / 10)
        } else {
            write!(f, "{sign}{secs}.{rest:03}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_any_offset_and_truncates_finer_digits() {
        let at = |text| Timestamp::parse(text).map(|t| t.to_string());
        assert_eq!(at("2026-03-02T18:00:00+09:00").as_deref(), Some("2026-03-02T09:00:00.000Z"));
        assert_eq!(at("2026-03-02T09:00:00.1239Z").as_deref(), Some("2026-03-02T09:00:00.123Z"));
        assert_eq!(at("1999-12-31T23:59:59.9999Z").as_deref(), Some("1999-12-31T23:59:59.999Z"));
        assert_eq!(at("2026-03-02T09:00:00"), None);
        assert_eq!(at("2026-03-02"), None);
    }

    #[test]
    fn writes_seconds_exactly_with_a_fraction() {
        let text = |millis| Span::from_millis(millis).to_string();
        assert_eq!(text(12_345), "12.345");
        assert_eq!(text(12_000), "12.0");
        assert_eq!(text(120_500), "120.5");
        assert_eq!(text(180_010), "180.01");
        assert_eq!(text(0), "0.0");
        assert_eq!(text(-1), "-0.001");
    }
}
