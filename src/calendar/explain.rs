//! Why a channel was closed: the calendar read aloud, for people who doubt a number.

use super::intervals::{self, Interval};
use super::local::{Breaks, Calendar, DAY};
use super::switches::Hours;
use super::timeline::{FIRST, LAST};
use super::zone::Offsets;
use super::{ChannelDocument, Timestamp};

/// A stretch of time in which a channel is closed for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// What closes it.
    pub reason: ClosedReason,
}

/// What closes a channel (`metrics.md`, Operating time). Of several the first that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedReason {
    /// A manual switch.
    Switch,
    /// A break cut out of a shift.
    Break,
    /// No shift is running, and none starts on this date because it is a holiday.
    Holiday,
    /// No shift is running.
    OutsideHours,
}

impl ChannelDocument {
    /// Why the channel is closed in `[from, to)`, stretch by stretch, in order: together with
    /// [`ChannelDocument::open_intervals`] it divides that part of the years 1970 to 9999 without rest.
    pub fn closed_intervals(&self, from: Timestamp, to: Timestamp) -> Vec<Closed> {
        let (from, to) = (from.millis().clamp(FIRST, LAST), to.millis().clamp(FIRST, LAST));
        if from >= to {
            return Vec::new();
        }
        let mut closed = intervals::without(&[Interval::new(from, to)], &self.timeline.open(from, to));
        let mut reasons = Vec::new();
        for (reason, because) in causes(self.hours(), from, to) {
            let left = intervals::without(&closed, &because);
            for part in intervals::without(&closed, &left) {
                let instant = Timestamp::from_millis;
                reasons.push(Closed { from: instant(part.start), to: instant(part.end), reason });
            }
            closed = left;
        }
        reasons.sort_unstable_by_key(|closed| closed.from);
        reasons
    }
}

/// Everything that closes, in the order in which reasons count, and where it applies.
fn causes(hours: &Hours, from: i64, to: i64) -> Vec<(ClosedReason, Vec<Interval>)> {
    let mut closing = Vec::new();
    for (interval, open) in hours.switched(from, to) {
        if !open {
            intervals::push_merged(&mut closing, interval);
        }
    }
    let mut causes = vec![(ClosedReason::Switch, closing)];
    if let Some(calendar) = &hours.calendar {
        causes.push((ClosedReason::Break, calendar.open(from, to, Breaks::Kept)));
        causes.push((ClosedReason::Holiday, holidays(calendar, from, to)));
    }
    causes.push((ClosedReason::OutsideHours, vec![Interval::new(from, to)]));
    causes
}

/// The holidays in `[from, to)`, from each date's start to the next one's.
fn holidays(calendar: &Calendar, from: i64, to: i64) -> Vec<Interval> {
    let offsets = Offsets::between(calendar.zone(), from - 2 * DAY, to + 2 * DAY);
    let mut holidays = Vec::new();
    for date in offsets.date(from) - 1..=offsets.date(to) + 1 {
        if calendar.is_holiday(date) {
            let whole = Interval::new(offsets.opening(date * DAY), offsets.opening((date + 1) * DAY));
            intervals::push_merged(&mut holidays, whole);
        }
    }
    holidays
}
