//! Operating hours: a channel's directory document, read, checked and compiled.
//!
//! The document is defined in `events.md` (directory-events), what its hours mean in `metrics.md` (Operating time). Where
//! those are silent, this is what holds:
//!
//! - Shifts are united and breaks cut out of them in local time; what is left becomes instants. So a break's start is a
//!   closing and its end an opening, also in gap and fold: a break wholly inside a fold cuts nothing.
//! - `24:00` is the next date's `00:00`, so where a fold repeats midnight a closing at `24:00` takes the second one.
//! - A break belongs to its own date: that date's version and weekday; holidays and special hours leave breaks alone. It
//!   may run over midnight as a shift may.
//! - No list of versions, or an empty one, is a channel without operating hours: always open. A version without weekly
//!   hours is always closed.
//! - The first version is the one with the earliest `effectiveFrom`. A version without `effectiveFrom` is an error.
//! - Offsets are those of the time zone database built in, which knows each zone's rules up to 2100.

mod day;
mod document;
mod explain;
mod hash;
mod intervals;
mod local;
mod switches;
mod timeline;
mod zone;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono_tz::Tz;

pub use explain::{Closed, ClosedReason};

use crate::time::{Span, Timestamp};
use document::Document;
use intervals::Interval;
use local::Calendar;
use switches::Hours;
use timeline::Timeline;

/// A channel's document, compiled: immutable, to be shared between threads.
///
/// It covers the years 1970 to 9999; outside them a channel with hours or switches counts as closed. Time is compiled in
/// blocks when first asked for, so a document costs some kilobytes and a length some tens of nanoseconds.
#[derive(Debug)]
pub struct ChannelDocument {
    timezone: Tz,
    timeline: Timeline<Hours>,
    /// Sorted by date (days since 1970-01-01), no two alike.
    service_levels: Vec<(i64, ServiceLevel)>,
    profile_schema: BTreeMap<String, ProfileType>,
    hash: u128,
}

/// Why a document cannot be used: the detail of dead letter `invalid_directory` (`events.md`, directory-events).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}{colon}{problem}", colon = if path.is_empty() { "" } else { ": " })]
pub struct DocumentError {
    /// The member, as `operatingHours[0].weekly.mon[1]`; empty for the whole document.
    path: String,
    problem: String,
}

/// One version of the channel's service-level policy (`session.md`, Service level). Each member may be missing.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceLevel {
    /// Longest wait of an answer in time, in seconds.
    pub target_secs: Option<f64>,
    /// Share of answers in time that is aimed at, in percent.
    pub target_percent: Option<f64>,
    /// Below it an abandoned wait does not count, in seconds.
    pub abandon_threshold_secs: Option<f64>,
}

/// The type of a custom profile key (`metrics.md`, `profile.*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileType {
    /// `Boolean`: true or false.
    Boolean,
    /// `String`: a text.
    String,
    /// `Number`: any number.
    Number,
    /// `Date`: `MM-DD` or `YYYY-MM-DD`.
    Date,
    /// `Datetime`: an integer, milliseconds since the epoch.
    Datetime,
    /// `List`: a list of texts.
    List,
}

impl ChannelDocument {
    /// Reads the JSON value of `channel/<id>` (`events.md`, directory-events). Unknown members are ignored, null means
    /// absent; `null` itself, which deletes, is for the caller.
    ///
    /// # Errors
    /// `invalid_directory`: not JSON, a known member of the wrong type, an unknown time zone, weekday or profile type, a
    /// malformed date, time or interval.
    pub fn parse(json: &[u8]) -> Result<ChannelDocument, DocumentError> {
        Document::read(json).map(Self::compiled)
    }

    /// A channel without a document: always open, UTC, no policies, no schema.
    pub fn absent() -> ChannelDocument {
        Self::compiled(Document::absent())
    }

    fn compiled(document: Document) -> ChannelDocument {
        let hash = hash::of(&document);
        let Document { timezone, versions, switches, service_levels, profile_schema } = document;
        let calendar = if versions.is_empty() { None } else { Some(Calendar::new(timezone, versions)) };
        let timeline = Timeline::new(Hours::new(calendar, switches));
        ChannelDocument { timezone, timeline, service_levels, profile_schema, hash }
    }

    /// Tells documents apart by what records depend on: timezone, operatingHours, switches, serviceLevel, profileSchema
    /// (`finalization.md`, `operating_hours_changed`). Stable between releases.
    pub fn hash(&self) -> u128 {
        self.hash
    }

    /// `op(from, to)`: the operating time in `[from, to)`, zero if `to` is not after `from` (`metrics.md`, Words).
    pub fn operating_time(&self, from: Timestamp, to: Timestamp) -> Span {
        if self.hours().always_open() {
            return to.since(from).max(Span::ZERO);
        }
        Span::from_millis(self.timeline.open_millis(from.millis(), to.millis()))
    }

    /// Whether the instant is inside operating time (`metrics.md`, `replyCountInOperation`).
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.hours().always_open() || self.timeline.is_open(at.millis())
    }

    /// The operating time in `[from, to)` that lies in none of `removed`, sorted and disjoint: the span minus (removed ∪
    /// closed hours), one union (`metrics.md`, `memberHandlingTime`).
    pub fn operating_time_without(&self, from: Timestamp, to: Timestamp, removed: &[(Timestamp, Timestamp)]) -> Span {
        let (mut open, mut at) = (Span::ZERO, from);
        for &(start, end) in removed {
            open += self.operating_time(at, start.min(to));
            at = at.max(end);
        }
        open + self.operating_time(at, to)
    }

    /// The open intervals in `[from, to)`: clipped, sorted, merged. For explanations; it reads the calendar anew.
    pub fn open_intervals(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        if self.hours().always_open() {
            return if from < to { vec![(from, to)] } else { Vec::new() };
        }
        let instants = |open: Interval| (Timestamp::from_millis(open.start), Timestamp::from_millis(open.end));
        self.timeline.open(from.millis(), to.millis()).into_iter().map(instants).collect()
    }

    /// `operatingHoursVersion`: the `effectiveFrom` in force on the date of `at` in the channel's zone; None without
    /// operating hours (`finalization.md`, The record).
    pub fn operating_hours_version(&self, at: Timestamp) -> Option<&str> {
        let calendar = self.hours().calendar.as_ref()?;
        Some(&calendar.version(self.date(at)).name)
    }

    /// The service-level policy in force on the date of `at` in the channel's zone (`session.md`, Service level).
    pub fn service_level(&self, at: Timestamp) -> Option<&ServiceLevel> {
        if self.service_levels.is_empty() {
            return None;
        }
        local::in_force(&self.service_levels, self.date(at), |level| level.0).map(|level| &level.1)
    }

    /// The types of custom profile keys (`metrics.md`, `profile.*`).
    pub fn profile_schema(&self) -> &BTreeMap<String, ProfileType> {
        &self.profile_schema
    }

    /// The channel's time zone; UTC without one.
    pub fn timezone(&self) -> Tz {
        self.timezone
    }

    fn hours(&self) -> &Hours {
        self.timeline.source()
    }

    /// The calendar date in the channel's zone, as days since 1970-01-01.
    fn date(&self, at: Timestamp) -> i64 {
        zone::date_at(self.timezone, at.millis().clamp(timeline::FIRST, timeline::LAST))
    }
}

impl DocumentError {
    fn new(problem: impl Into<String>) -> DocumentError {
        DocumentError { path: String::new(), problem: problem.into() }
    }

    /// The same, seen from the object or list that holds it as `member`.
    fn within(mut self, member: &str) -> DocumentError {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{member}{dot}{}", self.path);
        self
    }
}

impl ProfileType {
    const ALL: [ProfileType; 6] = [
        ProfileType::Boolean,
        ProfileType::String,
        ProfileType::Number,
        ProfileType::Date,
        ProfileType::Datetime,
        ProfileType::List,
    ];

    /// As `profileSchema` writes it.
    pub fn name(self) -> &'static str {
        match self {
            ProfileType::Boolean => "Boolean",
            ProfileType::String => "String",
            ProfileType::Number => "Number",
            ProfileType::Date => "Date",
            ProfileType::Datetime => "Datetime",
            ProfileType::List => "List",
        }
    }

    fn from_name(name: &str) -> Option<ProfileType> {
        ProfileType::ALL.into_iter().find(|profile_type| profile_type.name() == name)
    }
}
