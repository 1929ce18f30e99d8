//! Windows: half-open stretches of event time that follow one another without gap (`snapshots.md`, Where something
//! counts).

use crate::calendar::ChannelDocument;
use crate::time::{Span, Timestamp};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// The size of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WindowSize {
    /// `1m`
    Minutes1,
    /// `3m`
    Minutes3,
    /// `5m`
    Minutes5,
    /// `15m`
    Minutes15,
    /// `1h`
    Hour,
    /// `1d`
    Day,
}

impl WindowSize {
    /// All sizes.
    pub const ALL: &[WindowSize] = &[
        WindowSize::Minutes1,
        WindowSize::Minutes3,
        WindowSize::Minutes5,
        WindowSize::Minutes15,
        WindowSize::Hour,
        WindowSize::Day,
    ];

    /// The size of so many minutes that may be configured as the smallest: 1, 3, 5 or 15.
    pub const fn of_minutes(minutes: u32) -> Option<WindowSize> {
        match minutes {
            1 => Some(WindowSize::Minutes1),
            3 => Some(WindowSize::Minutes3),
            5 => Some(WindowSize::Minutes5),
            15 => Some(WindowSize::Minutes15),
            _ => None,
        }
    }

    /// Its name in records and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            WindowSize::Minutes1 => "1m",
            WindowSize::Minutes3 => "3m",
            WindowSize::Minutes5 => "5m",
            WindowSize::Minutes15 => "15m",
            WindowSize::Hour => "1h",
            WindowSize::Day => "1d",
        }
    }

    /// The size of that name.
    pub fn from_text(text: &str) -> Option<WindowSize> {
        WindowSize::ALL.iter().copied().find(|size| size.as_str() == text)
    }

    /// The number it is stored under: its minutes.
    pub const fn code(self) -> u32 {
        match self {
            WindowSize::Minutes1 => 1,
            WindowSize::Minutes3 => 3,
            WindowSize::Minutes5 => 5,
            WindowSize::Minutes15 => 15,
            WindowSize::Hour => 60,
            WindowSize::Day => 1_440,
        }
    }

    /// The size stored under `code`; none if a newer version gave that number.
    pub fn from_code(code: u32) -> Option<WindowSize> {
        WindowSize::ALL.iter().copied().find(|size| size.code() == code)
    }

    /// Whether it is one of those aligned to UTC, which are configured.
    pub const fn is_minutes(self) -> bool {
        !matches!(self, WindowSize::Hour | WindowSize::Day)
    }
}

/// A window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// Its size; a day may have other than 24 hours, and its last hour be shorter.
    pub size: WindowSize,
    /// Its first millisecond.
    pub start: Timestamp,
    /// The first millisecond behind it.
    pub end: Timestamp,
}

/// A day of a channel: from midnight to midnight in its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Its first millisecond.
    pub start: Timestamp,
    /// The first millisecond behind it.
    pub end: Timestamp,
}

impl Day {
    /// The day that holds an instant on a channel.
    pub fn of(document: &ChannelDocument, at: Timestamp) -> Day {
        let (start, end) = document.day(at);
        Day { start, end }
    }

    /// Whether it is as long as a day may be: less than two.
    pub fn is_one(&self) -> bool {
        self.start < self.end && self.end.since(self.start) < Span::from_hours(48)
    }

    /// Whether it holds the instant.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// The windows that hold an instant of this day: of the size `smallest`, the hour, the day.
    pub fn windows(&self, at: Timestamp, smallest: WindowSize) -> [Window; 3] {
        assert!(smallest.is_minutes(), "the smallest window is one of minutes");
        assert!(self.holds(at), "the instant is of this day");
        let length = i64::from(smallest.code()) * MINUTE;
        let start = Timestamp::from_millis(at.millis().div_euclid(length) * length);
        let minutes = Window { size: smallest, start, end: start.saturating_add(Span::from_millis(length)) };
        let hours = at.since(self.start).millis() / HOUR;
        let start = self.start.saturating_add(Span::from_hours(hours));
        let end = start.saturating_add(Span::from_hours(1)).min(self.end);
        let hour = Window { size: WindowSize::Hour, start, end };
        [minutes, hour, Window { size: WindowSize::Day, start: self.start, end: self.end }]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn windows(zone: &str, smallest: WindowSize, instant: &str) -> [String; 3] {
        let document = format!(r#"{{"timezone":"{zone}"}}"#);
        let document = ChannelDocument::parse(document.as_bytes()).expect("a document");
        let at = Timestamp::parse(instant).expect("a time");
        let short = |time: Timestamp| time.to_string()[5..16].to_owned();
        let windows = Day::of(&document, at).windows(at, smallest);
        windows.map(|window| format!("{} {}/{}", window.size.as_str(), short(window.start), short(window.end)))
    }

    #[test]
    fn windows_are_half_open() {
        let at = |instant| windows("UTC", WindowSize::Minutes1, instant);
        let nine = ["1m 03-02T09:00/03-02T09:01", "1h 03-02T09:00/03-02T10:00", "1d 03-02T00:00/03-03T00:00"];
        assert_eq!(at("2026-03-02T09:00:00.000Z"), nine);
        assert_eq!(at("2026-03-02T09:00:59.999Z"), nine);
        assert_eq!(at("2026-03-02T08:59:59.999Z")[1], "1h 03-02T08:00/03-02T09:00");
    }

    #[test]
    fn minutes_are_aligned_to_utc_and_hours_to_the_day() {
        let kathmandu = windows("Asia/Kathmandu", WindowSize::Minutes5, "2026-03-02T09:07:00Z");
        assert_eq!(
            kathmandu,
            ["5m 03-02T09:05/03-02T09:10", "1h 03-02T08:15/03-02T09:15", "1d 03-01T18:15/03-02T18:15"]
        );
        assert_eq!(windows("UTC", WindowSize::Minutes15, "2026-03-02T09:59:00Z")[0], "15m 03-02T09:45/03-02T10:00");
        assert_eq!(windows("UTC", WindowSize::Minutes3, "2026-03-02T09:59:00Z")[0], "3m 03-02T09:57/03-02T10:00");
    }

    #[test]
    fn hours_are_counted_in_real_time() {
        let berlin = |instant| windows("Europe/Berlin", WindowSize::Minutes1, instant)[1].clone();
        // The hour from 02:00 to 03:00 is there twice.
        assert_eq!(berlin("2026-10-25T00:30:00Z"), "1h 10-25T00:00/10-25T01:00");
        assert_eq!(berlin("2026-10-25T01:30:00Z"), "1h 10-25T01:00/10-25T02:00");
        // Lord Howe's clocks go back by half an hour: the day has 24 hours and a half, or lacks one.
        let howe = |instant| windows("Australia/Lord_Howe", WindowSize::Minutes1, instant);
        assert_eq!(howe("2026-04-05T13:10:00Z")[1..], ["1h 04-05T13:00/04-05T13:30", "1d 04-04T13:00/04-05T13:30"]);
        assert_eq!(howe("2026-10-04T12:45:00Z")[1..], ["1h 10-04T12:30/10-04T13:00", "1d 10-03T13:30/10-04T13:00"]);
    }

    proptest! {
        #[test]
        fn windows_hold_the_instant_one_in_the_other(
            zone in select(&["UTC", "Asia/Kathmandu", "America/Havana", "Australia/Lord_Howe", "Europe/Berlin"][..]),
            millis in 946_684_800_000i64..1_893_456_000_000,
            smallest in select(&WindowSize::ALL[..4]),
        ) {
            let document = format!(r#"{{"timezone":"{zone}"}}"#);
            let document = ChannelDocument::parse(document.as_bytes()).expect("a document");
            let at = Timestamp::from_millis(millis);
            let [minutes, hour, day] = Day::of(&document, at).windows(at, smallest);
            prop_assert!(minutes.start <= at && at < minutes.end);
            prop_assert!(hour.start <= minutes.start && minutes.end <= hour.end);
            prop_assert!(day.start <= hour.start && hour.end <= day.end);
            for instant in [hour.start, Timestamp::from_millis(hour.end.millis() - 1)] {
                prop_assert_eq!(Day::of(&document, instant).windows(instant, smallest)[1], hour);
            }
        }
    }

    #[test]
    fn sizes_are_found_by_name_number_and_minutes() {
        for &size in WindowSize::ALL {
            assert_eq!(WindowSize::from_text(size.as_str()), Some(size));
            assert_eq!(WindowSize::from_code(size.code()), Some(size));
            assert_eq!(WindowSize::of_minutes(size.code()).is_some(), size.is_minutes());
        }
        assert_eq!(WindowSize::of_minutes(2), None);
    }
}
