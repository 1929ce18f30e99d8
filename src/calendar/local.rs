//! The regular calendar: versions of weekly hours, breaks, holidays and special days, turned into UTC intervals.
//!
//! Everything is decided on one line of local time, where `24:00` is the next date's `00:00`: shifts are united, breaks
//! cut out of them, and only what is left becomes instants (`metrics.md`, Operating time). So a break's start is a
//! closing and its end an opening like any other, and no rule has to be said twice for days of 23, 24 or 25 hours.

use chrono_tz::Tz;

use super::intervals::{self, Interval};
use super::zone::Offsets;

/// A day in milliseconds.
pub(super) const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;
pub(super) const DAY_MINUTES: i64 = 1_440;

/// A shift runs less than two days from the start of its date, a zone lies less than one from UTC, and a change
/// of its offset skips at most one.
const DAYS_BEFORE: i64 = 4;
const DAYS_AFTER: i64 = 2;

/// The hours of one date: sorted, disjoint, in minutes from its 00:00, ends up to 48:00.
pub(super) type DayHours = Vec<Interval>;

/// One effective-dated version of a channel's operating hours (`events.md`, directory-events). Dates are days since
/// 1970-01-01, weekdays begin with Monday.
#[derive(Debug)]
pub(super) struct Version {
    pub effective_from: i64,
    /// `effectiveFrom` as written: the version's name in records.
    pub name: String,
    pub weekly: [DayHours; 7],
    pub breaks: [DayHours; 7],
    /// Sorted.
    pub holidays: Vec<i64>,
    /// Sorted by date.
    pub special: Vec<(i64, DayHours)>,
}

impl Version {
    /// The hours of the shifts that start on `date`.
    fn shifts(&self, date: i64) -> &[Interval] {
        if let Ok(found) = self.special.binary_search_by_key(&date, |special| special.0) {
            return &self.special[found].1;
        }
        if self.holidays.binary_search(&date).is_ok() {
            return &[];
        }
        &self.weekly[weekday(date)]
    }
}

/// Monday is 0; 1970-01-01 was a Thursday.
fn weekday(date: i64) -> usize {
    (date + 3).rem_euclid(7) as usize
}

/// Of versions sorted by date, the one in force on `date`: the latest that is not later, before the first the first.
pub(super) fn in_force<T>(versions: &[T], date: i64, effective_from: impl Fn(&T) -> i64) -> Option<&T> {
    let started = versions.partition_point(|version| effective_from(version) <= date);
    versions.get(started.saturating_sub(1))
}

/// Which of the calendar's sets is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    Cut,
    Kept,
}

/// The operating hours of a channel that has some.
#[derive(Debug)]
pub(super) struct Calendar {
    zone: Tz,
    /// Sorted by `effective_from`, no two alike, never empty.
    versions: Vec<Version>,
    /// Every date a version names, sorted: between two of them each week is like the one before it.
    named_dates: Vec<i64>,
}

impl Calendar {
    pub fn new(zone: Tz, versions: Vec<Version>) -> Calendar {
        assert!(!versions.is_empty(), "a calendar has a version");
        let mut named_dates = Vec::new();
        for version in &versions {
            named_dates.push(version.effective_from);
            named_dates.extend(&version.holidays);
            named_dates.extend(version.special.iter().map(|special| special.0));
        }
        named_dates.sort_unstable();
        named_dates.dedup();
        Calendar { zone, versions, named_dates }
    }

    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The version in force on `date`.
    pub fn version(&self, date: i64) -> &Version {
        in_force(&self.versions, date, |version| version.effective_from).expect("a calendar has a version")
    }

    /// Whether no shift starts on `date` for the one reason that it is a holiday.
    pub fn is_holiday(&self, date: i64) -> bool {
        let version = self.version(date);
        version.holidays.binary_search(&date).is_ok()
            && version.special.binary_search_by_key(&date, |special| special.0).is_err()
    }

    /// The open intervals in `[from, to)`, in UTC milliseconds, merged: the regular calendar, without switches.
    pub fn open(&self, from: i64, to: i64, breaks: Breaks) -> Vec<Interval> {
        let offsets = Offsets::between(self.zone, from - DAYS_BEFORE * DAY, to + DAYS_AFTER * DAY);
        let mut open = Vec::new();
        for hours in self.local_hours(from.div_euclid(DAY) - DAYS_BEFORE, to.div_euclid(DAY) + DAYS_AFTER, breaks) {
            let instants = Interval::new(offsets.opening(hours.start * MINUTE), offsets.closing(hours.end * MINUTE));
            intervals::push_merged(&mut open, instants);
        }
        intervals::clipped(&open, from, to)
    }

    /// The hours of the dates `first..=last` on the line of local minutes since 1970-01-01.
    fn local_hours(&self, first: i64, last: i64, breaks: Breaks) -> Vec<Interval> {
        let (mut shifts, mut pauses) = (Vec::new(), Vec::new());
        let on = |date: i64, hours: &Interval| {
            Interval::new(date * DAY_MINUTES + hours.start, date * DAY_MINUTES + hours.end)
        };
        for date in first..=last {
            let version = self.version(date);
            // A date's first start is never before an earlier date's last: starts come sorted.
            for shift in version.shifts(date) {
                intervals::push_merged(&mut shifts, on(date, shift));
            }
            if breaks == Breaks::Cut {
                for pause in &version.breaks[weekday(date)] {
                    intervals::push_merged(&mut pauses, on(date, pause));
                }
            }
        }
        if pauses.is_empty() { shifts } else { intervals::without(&shifts, &pauses) }
    }

    /// The first regular boundary (an opening or a closing) after the instant `after` and before `limit`.
    pub fn next_boundary(&self, after: i64, limit: i64) -> Option<i64> {
        let mut from = after;
        while from < limit {
            // Two weeks hold every weekday twice: a change of the offset cannot hide what is there each week.
            let to = from + 14 * DAY;
            let inside = |instant: &i64| *instant > from && *instant < to;
            let open = self.open(from, to, Breaks::Cut);
            if let Some(boundary) = open.iter().flat_map(|open| [open.start, open.end]).find(inside) {
                return (boundary < limit).then_some(boundary);
            }
            // One edge is looked at twice, for a boundary exactly there.
            from = to - 1;
            let (first, last) = (after_days(from, -14 - DAYS_BEFORE), after_days(from, 1 + DAYS_AFTER));
            let next = self.named_dates.partition_point(|date| *date < first);
            match self.named_dates.get(next) {
                None => return None,
                // Nothing changes before a date is named, so the weeks until then need no looking at.
                Some(date) if *date > last => from = from.max((date - DAYS_BEFORE) * DAY),
                Some(_) => {}
            }
        }
        None
    }
}

/// The UTC date `days` after that of the instant `millis`.
fn after_days(millis: i64, days: i64) -> i64 {
    millis.div_euclid(DAY) + days
}
