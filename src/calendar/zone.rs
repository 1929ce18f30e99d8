//! A channel's time zone over a stretch of time: from local time to instants and back.
//!
//! The only file that asks the IANA database, and only while a stretch is compiled.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::local::DAY;

/// Less than the time between two changes of any zone's offset since 1970.
const STEP: i64 = DAY / 2;

/// The zone's offset from UTC, in milliseconds, at the instant `millis`.
fn offset_at(zone: Tz, millis: i64) -> i64 {
    // Whoever asks has clamped the instant to the years of the calendar.
    let instant = DateTime::from_timestamp_millis(millis).expect("an instant within the calendar's years");
    i64::from(zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc()) * 1_000
}

/// The calendar date of the instant `millis` in `zone`, as days since 1970-01-01.
pub(super) fn date_at(zone: Tz, millis: i64) -> i64 {
    (millis + offset_at(zone, millis)).div_euclid(DAY)
}

/// The offsets of a zone over a stretch of time, each from an instant to that of the next.
pub(super) struct Offsets {
    /// (instant from which it holds, offset), both in milliseconds; the first holds since ever, the last for ever.
    spans: Vec<(i64, i64)>,
}

impl Offsets {
    /// Reads the offsets of `zone` between two instants.
    pub fn between(zone: Tz, from: i64, to: i64) -> Offsets {
        let mut offset = offset_at(zone, from);
        let mut spans = vec![(i64::MIN, offset)];
        let mut at = from;
        while at < to {
            let next = offset_at(zone, at + STEP);
            if next == offset {
                at += STEP;
                continue;
            }
            at = change_between(zone, at, at + STEP);
            offset = offset_at(zone, at);
            spans.push((at, offset));
        }
        Offsets { spans }
    }

    /// The instant at which something opens at the local time `local` (milliseconds of local time since 1970-01-01):
    /// the first at which clocks show it or a later time. So the end of a gap, and the first of two in a fold.
    pub fn opening(&self, local: i64) -> i64 {
        let (last, earlier) = self.spans.split_last().expect("a zone has an offset");
        for (span, next) in earlier.iter().zip(&self.spans[1..]) {
            let instant = span.0.max(local - span.1);
            if instant < next.0 {
                return instant;
            }
        }
        last.0.max(local - last.1)
    }

    /// The instant at which something closes at the local time `local`: the end of the last moment at which clocks
    /// show it or an earlier time. So the end of a gap, and the second of two in a fold.
    pub fn closing(&self, local: i64) -> i64 {
        let mut end = i64::MAX;
        for &(from, offset) in self.spans.iter().rev() {
            if from <= local - offset {
                return end.min(local - offset);
            }
            end = from;
        }
        unreachable!("the first offset holds since ever");
    }

    /// The calendar date of an instant, as days since 1970-01-01.
    pub fn date(&self, millis: i64) -> i64 {
        let span = self.spans.partition_point(|span| span.0 <= millis) - 1;
        (millis + self.spans[span].1).div_euclid(DAY)
    }
}

/// The first instant after `before` and at or before `after` with another offset than `before`'s; changes fall on
/// whole seconds.
fn change_between(zone: Tz, before: i64, after: i64) -> i64 {
    let old = offset_at(zone, before);
    let (mut low, mut high) = (before.div_euclid(1_000), after.div_euclid(1_000));
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if offset_at(zone, middle * 1_000) == old { low = middle } else { high = middle }
    }
    high * 1_000
}

#[cfg(test)]
mod tests {
    use chrono::{LocalResult, NaiveDateTime, TimeDelta};

    use super::*;

    fn millis(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).expect("a time").timestamp_millis()
    }

    #[test]
    fn a_gap_ends_and_a_fold_has_two() {
        let paris = Offsets::between(Tz::Europe__Paris, millis("2026-01-01T00:00:00Z"), millis("2027-01-01T00:00:00Z"));
        let both = |local: &str| (paris.opening(millis(local)), paris.closing(millis(local)));
        let same = |utc: &str| (millis(utc), millis(utc));
        assert_eq!(both("2026-03-29T01:59:00Z"), same("2026-03-29T00:59:00Z"));
        assert_eq!(both("2026-03-29T02:00:00Z"), same("2026-03-29T01:00:00Z"));
        assert_eq!(both("2026-03-29T02:59:00Z"), same("2026-03-29T01:00:00Z"));
        assert_eq!(both("2026-03-29T03:00:00Z"), same("2026-03-29T01:00:00Z"));
        assert_eq!(both("2026-10-25T01:59:00Z"), same("2026-10-24T23:59:00Z"));
        assert_eq!(both("2026-10-25T02:00:00Z"), (millis("2026-10-25T00:00:00Z"), millis("2026-10-25T01:00:00Z")));
        assert_eq!(both("2026-10-25T02:59:00Z"), (millis("2026-10-25T00:59:00Z"), millis("2026-10-25T01:59:00Z")));
        assert_eq!(both("2026-10-25T03:00:00Z"), same("2026-10-25T02:00:00Z"));
    }

    #[test]
    fn a_date_that_does_not_exist_is_one_instant() {
        let apia = Offsets::between(Tz::Pacific__Apia, millis("2011-12-20T00:00:00Z"), millis("2012-01-10T00:00:00Z"));
        let skipped = millis("2011-12-30T10:00:00Z");
        for local in ["2011-12-30T00:00:00Z", "2011-12-30T23:59:00Z", "2011-12-31T00:00:00Z"] {
            assert_eq!(apia.opening(millis(local)), skipped, "{local}");
            assert_eq!(apia.closing(millis(local)), skipped, "{local}");
        }
    }

    /// Around every change of every zone: what an instant's local time resolves to, by an independent reader.
    #[test]
    fn every_zone_agrees_with_the_database() {
        let resolve = |zone: Tz, local: i64| -> LocalResult<i64> {
            let local: NaiveDateTime = DateTime::from_timestamp_millis(local).expect("a time").naive_utc();
            zone.from_local_datetime(&local).map(|time| time.timestamp_millis())
        };
        let (from, to) = (millis("2000-01-01T00:00:00Z"), millis("2030-01-01T00:00:00Z"));
        for zone in chrono_tz::TZ_VARIANTS.into_iter().step_by(7) {
            let offsets = Offsets::between(zone, from, to);
            for &(change, _) in &offsets.spans[1..] {
                for minutes in (-180..=180).step_by(30) {
                    let local = change + offset_at(zone, change) + TimeDelta::minutes(minutes).num_milliseconds();
                    let found = (offsets.opening(local), offsets.closing(local));
                    match resolve(zone, local) {
                        LocalResult::Single(only) => assert_eq!(found, (only, only), "{zone} {local}"),
                        LocalResult::Ambiguous(first, second) => assert_eq!(found, (first, second), "{zone} {local}"),
                        LocalResult::None => assert_eq!(found, (change, change), "{zone} {local}"),
                    }
                }
            }
        }
    }
}
