//! The calendar days of a channel as stretches of time (`snapshots.md`, Where something counts).

use super::local::DAY;
use super::zone::Offsets;
use super::{ChannelDocument, timeline};
use crate::time::Timestamp;

/// A day's ends lie less than two days from any of its instants: on the date line a date may be missing.
const REACH: i64 = 4 * DAY;

impl ChannelDocument {
    /// The day in the channel's zone that holds an instant, from its start to its end: from 00:00 of its date (in a gap
    /// from the gap's end, in a fold from the first of the two) to that of the next date. Instants outside the years
    /// 1970 to 9999 are taken for the nearest in them.
    pub fn day(&self, at: Timestamp) -> (Timestamp, Timestamp) {
        let at = at.millis().clamp(timeline::FIRST, timeline::LAST - 1);
        let offsets =
            Offsets::between(self.timezone, (at - REACH).max(timeline::FIRST), (at + REACH).min(timeline::LAST));
        let start_of = |date: i64| offsets.opening(date * DAY);
        // Where a fold repeats the time around midnight, its second half shows the date before but is of this one.
        let mut date = offsets.date(at);
        while start_of(date + 1) <= at {
            date += 1;
        }
        (Timestamp::from_millis(start_of(date)), Timestamp::from_millis(start_of(date + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn zone(name: &str) -> ChannelDocument {
        ChannelDocument::parse(format!(r#"{{"timezone":"{name}"}}"#).as_bytes()).expect("a document")
    }

    fn day(zone_name: &str, instant: &str) -> (String, String) {
        let (start, end) = zone(zone_name).day(at(instant));
        (start.to_string()[..16].to_owned(), end.to_string()[..16].to_owned())
    }

    #[track_caller]
    fn is(found: (String, String), start: &str, end: &str) {
        assert_eq!((found.0.as_str(), found.1.as_str()), (start, end));
    }

    #[test]
    fn days_have_23_24_or_25_hours() {
        is(day("UTC", "2026-03-02T00:00:00Z"), "2026-03-02T00:00", "2026-03-03T00:00");
        is(day("UTC", "2026-03-01T23:59:59.999Z"), "2026-03-01T00:00", "2026-03-02T00:00");
        is(day("Asia/Seoul", "2026-03-02T15:00:00Z"), "2026-03-02T15:00", "2026-03-03T15:00");
        is(day("Europe/Berlin", "2026-03-29T12:00:00Z"), "2026-03-28T23:00", "2026-03-29T22:00");
        is(day("Europe/Berlin", "2026-10-25T12:00:00Z"), "2026-10-24T22:00", "2026-10-25T23:00");
    }

    #[test]
    fn a_day_without_midnight_begins_at_the_end_of_the_gap() {
        // Chile's clocks go from 24:00 to 01:00.
        is(day("America/Santiago", "2025-09-07T04:00:00Z"), "2025-09-07T04:00", "2025-09-08T03:00");
        is(day("America/Santiago", "2025-09-07T03:59:59.999Z"), "2025-09-06T04:00", "2025-09-07T04:00");
    }

    #[test]
    fn a_day_begins_with_the_first_of_two_midnights() {
        // Cuba's clocks go from 01:00 back to 00:00.
        is(day("America/Havana", "2025-11-02T04:30:00Z"), "2025-11-02T04:00", "2025-11-03T05:00");
        is(day("America/Havana", "2025-11-02T05:30:00Z"), "2025-11-02T04:00", "2025-11-03T05:00");
        // Newfoundland's went from 00:01 back to 23:01: what then shows the date before is of the day that had begun.
        is(day("America/St_Johns", "2010-11-07T02:30:59Z"), "2010-11-07T02:30", "2010-11-08T03:30");
        is(day("America/St_Johns", "2010-11-07T02:31:00Z"), "2010-11-07T02:30", "2010-11-08T03:30");
        is(day("America/St_Johns", "2010-11-07T02:29:59Z"), "2010-11-06T02:30", "2010-11-07T02:30");
    }

    #[test]
    fn a_date_that_does_not_exist_has_no_day() {
        is(day("Pacific/Apia", "2011-12-30T09:59:59Z"), "2011-12-29T10:00", "2011-12-30T10:00");
        is(day("Pacific/Apia", "2011-12-30T10:00:00Z"), "2011-12-30T10:00", "2011-12-31T10:00");
    }

    /// In every zone, over the years that events may have and some to come.
    #[test]
    fn days_divide_time_without_rest() {
        for name in chrono_tz::TZ_VARIANTS.into_iter().step_by(11) {
            let document = zone(name.name());
            let mut start = document.day(at("2009-01-01T00:00:00Z")).0;
            while start < at("2012-01-10T00:00:00Z") {
                let (same, end) = document.day(start);
                assert_eq!(same, start, "{name}");
                assert!(start < end, "{name}");
                // So no window of minutes lies in two days.
                assert_eq!(start.millis() % 900_000, 0, "{name} {start}");
                let last = Timestamp::from_millis(end.millis() - 1);
                assert_eq!(document.day(last), (start, end), "{name} {last}");
                start = end;
            }
        }
    }
}
