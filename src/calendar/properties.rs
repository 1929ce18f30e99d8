//! Random calendars against a walk, minute by minute, that knows nothing of intervals: it asks of each local minute
//! whether its rules open it, of each edge when clocks show it, and of each minute of the world which state holds.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// Zones and dates at which something odd happens to clocks or blocks.
const PLACES: [(&str, &str); 24] = [
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Santiago", "2026-04-05"),
    ("America/Santiago", "2026-09-06"),
    ("Atlantic/Azores", "2026-03-29"),
    ("Atlantic/Azores", "2026-10-25"),
    ("Europe/Paris", "2026-03-29"),
    ("Europe/Paris", "2026-10-25"),
    ("America/Havana", "2026-11-01"),
    ("America/St_Johns", "2010-11-07"),
    ("America/St_Johns", "2011-03-13"),
    ("America/New_York", "2026-11-01"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Africa/Cairo", "2026-04-24"),
    ("Asia/Beirut", "2026-10-25"),
    ("Asia/Tehran", "2022-03-22"),
    ("Antarctica/Troll", "2026-10-25"),
    ("Pacific/Apia", "2011-12-30"),
    ("Pacific/Chatham", "2026-04-05"),
    ("Asia/Kathmandu", "2025-12-31"),
    ("Asia/Seoul", "2026-03-01"),
    ("UTC", "2000-02-29"),
    // 414 · 2³² ms after the epoch begins a block, here and for the last two zones.
    ("Asia/Seoul", "2026-05-06"),
    ("America/New_York", "2026-05-05"),
];

/// The walk sees this many days on either side of the place's date.
const REACH: u64 = 6;

type Times = (u32, u32);

/// A calendar as rules, in the words of the document: minutes of the day, ends before starts run over midnight.
#[derive(Clone, Debug)]
struct Rules {
    zone: Tz,
    center: NaiveDate,
    versions: Vec<RuleVersion>,
    /// Minutes from the start of what is walked; open or closed.
    switches: Vec<(i64, bool)>,
}

#[derive(Clone, Debug)]
struct RuleVersion {
    /// Dates are days from the center.
    from: i64,
    weekly: Vec<Vec<Times>>,
    breaks: Vec<Vec<Times>>,
    holidays: Vec<i64>,
    special: BTreeMap<i64, Vec<Times>>,
}

impl Rules {
    fn date(&self, days: i64) -> NaiveDate {
        self.center + TimeDelta::days(days)
    }

    fn json(&self) -> String {
        let text = |(start, end): &Times| {
            format!(r#"["{:02}:{:02}","{:02}:{:02}"]"#, start / 60, start % 60, end / 60, end % 60)
        };
        let hours = |hours: &[Times]| format!("[{}]", hours.iter().map(text).collect::<Vec<_>>().join(","));
        let week = |week: &[Vec<Times>]| {
            let days = document::WEEKDAYS.iter().zip(week).map(|(day, times)| format!("\"{day}\":{}", hours(times)));
            days.collect::<Vec<_>>().join(",")
        };
        let version = |version: &RuleVersion| {
            let holidays: Vec<_> = version.holidays.iter().map(|days| format!("\"{}\"", self.date(*days))).collect();
            let special: Vec<_> = version
                .special
                .iter()
                .map(|(days, times)| format!("\"{}\":{}", self.date(*days), hours(times)))
                .collect();
            format!(
                r#"{{"effectiveFrom":"{}","weekly":{{{}}},"breaks":{{{}}},"holidays":[{}],"special":{{{}}}}}"#,
                self.date(version.from),
                week(&version.weekly),
                week(&version.breaks),
                holidays.join(","),
                special.join(",")
            )
        };
        let versions: Vec<_> = self.versions.iter().map(version).collect();
        let switch = |(minute, open): &(i64, bool)| {
            format!(r#"{{"at":"{}","open":{open}}}"#, (self.start() + TimeDelta::minutes(*minute)).to_rfc3339())
        };
        let switches: Vec<_> = self.switches.iter().map(switch).collect();
        let (zone, versions, switches) = (self.zone, versions.join(","), switches.join(","));
        format!(r#"{{"timezone":"{zone}","operatingHours":[{versions}],"switches":[{switches}]}}"#)
    }

    /// The first minute that is walked.
    fn start(&self) -> DateTime<Utc> {
        (self.center - Days::new(REACH)).and_time(NaiveTime::MIN).and_utc()
    }

    fn version(&self, date: NaiveDate) -> Option<&RuleVersion> {
        let mut versions: Vec<_> = self.versions.iter().collect();
        versions.sort_by_key(|version| version.from);
        let started = versions.iter().rev().find(|version| self.date(version.from) <= date);
        started.copied().or_else(|| {
            let first = versions.first()?.from;
            versions.into_iter().rfind(|version| version.from == first)
        })
    }

    /// Whether the rules open this minute of local time.
    fn opens(&self, local: NaiveDateTime) -> bool {
        let minute = local.hour() * 60 + local.minute();
        let covers = |times: &[Times], minute: u32| {
            times.iter().any(|&(start, end)| {
                let end = if end < start { end + 1_440 } else { end };
                start <= minute && minute < end
            })
        };
        let (today, yesterday) = (local.date(), local.date() - Days::new(1));
        let weekday = |date: NaiveDate| chrono::Datelike::weekday(&date).num_days_from_monday() as usize;
        let shift = |date: NaiveDate, minute: u32| {
            let Some(version) = self.version(date) else { return true };
            let days = (date - self.center).num_days();
            match version.special.get(&days) {
                Some(special) => covers(special, minute),
                None => !version.holidays.contains(&days) && covers(&version.weekly[weekday(date)], minute),
            }
        };
        let pause = |date: NaiveDate, minute: u32| {
            self.version(date).is_some_and(|version| covers(&version.breaks[weekday(date)], minute))
        };
        (shift(today, minute) || shift(yesterday, minute + 1_440))
            && !(pause(today, minute) || pause(yesterday, minute + 1_440))
    }

    /// The instant at which clocks show `local`: the first or the second in a fold, the end of a gap.
    fn instant(&self, local: NaiveDateTime, second: bool) -> DateTime<Utc> {
        let mut shown = local;
        loop {
            let found = self.zone.from_local_datetime(&shown);
            if let Some(time) = if second { found.latest() } else { found.earliest() } {
                return time.to_utc();
            }
            shown += TimeDelta::minutes(1);
        }
    }

    /// Open or closed, minute by minute from `start`, without switches.
    fn regular(&self) -> Vec<bool> {
        let minutes = (2 * REACH + 1) as i64 * 1_440;
        let mut open = vec![false; minutes as usize];
        let first = self.start().naive_utc() - TimeDelta::days(3);
        let mut since = None;
        for minute in 0..=minutes + 6 * 1_440 {
            let local = first + TimeDelta::minutes(minute);
            let opens = minute < minutes + 6 * 1_440 && self.opens(local);
            match (since, opens) {
                (None, true) => since = Some(local),
                (Some(opening), false) => {
                    let from = (self.instant(opening, false) - self.start()).num_minutes();
                    let to = (self.instant(local, true) - self.start()).num_minutes();
                    for at in from.max(0)..to.min(minutes) {
                        open[at as usize] = true;
                    }
                    since = None;
                }
                _ => {}
            }
        }
        open
    }

    /// Open or closed, minute by minute from `start`.
    fn walk(&self) -> Vec<bool> {
        let regular = self.regular();
        let mut manual = None;
        let mut open = Vec::with_capacity(regular.len());
        for (minute, state) in regular.iter().enumerate() {
            if minute > 0 && regular[minute - 1] != *state {
                manual = None;
            }
            if let Some((_, switched)) = self.switches.iter().rev().find(|(at, _)| *at == minute as i64) {
                manual = Some(*switched);
            }
            open.push(manual.unwrap_or(*state));
        }
        open
    }
}

fn times() -> impl Strategy<Value = Times> {
    let start = prop_oneof![4 => (0..96_u32).prop_map(|quarter| quarter * 15), 1 => 0..1_440_u32, 1 => Just(0)];
    let end = prop_oneof![4 => (0..=96_u32).prop_map(|quarter| quarter * 15), 1 => 0..=1_440_u32, 1 => Just(1_440)];
    (start, end)
}

/// Early hours, where clocks change.
fn short_times() -> impl Strategy<Value = Times> {
    (prop_oneof![0..20_u32, 0..96_u32, 88..96_u32], 0..10_u32)
        .prop_map(|(start, length)| (start * 15, (start + length) * 15 % 1_440))
}

fn week(times: impl Strategy<Value = Times>, most: usize) -> impl Strategy<Value = Vec<Vec<Times>>> {
    vec(vec(times, 0..=most), 7)
}

fn version() -> impl Strategy<Value = RuleVersion> {
    let weekly = prop_oneof![
        4 => week(times(), 2).boxed(),
        2 => week(short_times(), 3).boxed(),
        1 => Just(vec![vec![(0, 1_440)]; 7]).boxed(),
    ];
    let breaks = prop_oneof![1 => Just(vec![vec![]; 7]).boxed(), 2 => week(short_times(), 2).boxed()];
    (-7..5_i64, weekly, breaks, vec(-6..6_i64, 0..3), btree_map(-5..5_i64, vec(times(), 0..3), 0..3))
        .prop_map(|(from, weekly, breaks, holidays, special)| RuleVersion { from, weekly, breaks, holidays, special })
}

fn rules() -> impl Strategy<Value = Rules> {
    let minutes = 1_440..(2 * REACH as i64) * 1_440;
    let switches =
        vec((prop_oneof![minutes.clone().prop_map(|minute| minute / 30 * 30), minutes], any::<bool>()), 0..4);
    (select(PLACES.to_vec()), vec(version(), 0..4), switches).prop_map(|((zone, center), versions, switches)| Rules {
        zone: zone.parse().expect("a zone"),
        center: center.parse().expect("a date"),
        versions,
        switches,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_walk_minute_by_minute_agrees(rules in rules(), spans in vec((0..18_719_i64, 0..60_000_i64, 0..18_719_i64, 0..60_000_i64), 8)) {
        let document = ChannelDocument::parse(rules.json().as_bytes()).expect("a usable document");
        let walked = rules.walk();
        let start = rules.start().timestamp_millis();
        let instant = |minute: i64, millis: i64| Timestamp::from_millis(start + minute * 60_000 + millis);
        let mut sums = vec![0_i64];
        for (minute, open) in walked.iter().enumerate() {
            prop_assert_eq!(document.is_open(instant(minute as i64, 0)), *open, "{}", instant(minute as i64, 0));
            sums.push(sums[minute] + i64::from(*open) * 60_000);
        }
        let until = |minute: i64, millis: i64| sums[minute as usize] + i64::from(walked[minute as usize]) * millis;
        for (from, from_millis, to, to_millis) in spans {
            let expected = (until(to, to_millis) - until(from, from_millis)).max(0);
            let (from, to) = (instant(from, from_millis), instant(to, to_millis));
            prop_assert_eq!(document.operating_time(from, to).millis(), expected);
            let open: i64 = document.open_intervals(from, to).iter().map(|open| open.1.since(open.0).millis()).sum();
            let closed: i64 = document.closed_intervals(from, to).iter().map(|c| c.to.since(c.from).millis()).sum();
            prop_assert_eq!((open, closed), (expected, to.since(from).millis().max(0) - expected));
        }
    }

    #[test]
    fn operating_time_adds_up_and_leaves_out_what_is_removed(rules in rules(), mut cuts in vec(-9_000_000_000..9_000_000_000_i64, 6)) {
        let document = ChannelDocument::parse(rules.json().as_bytes()).expect("a usable document");
        cuts.sort_unstable();
        let cuts: Vec<_> = cuts.iter().map(|cut| Timestamp::from_millis(rules.start().timestamp_millis() + cut)).collect();
        let op = |from: usize, to: usize| document.operating_time(cuts[from], cuts[to]);
        prop_assert_eq!(op(0, 1) + op(1, 5), op(0, 5));
        let removed = [(cuts[0], cuts[2]), (cuts[3], cuts[4])];
        prop_assert_eq!(document.operating_time_without(cuts[1], cuts[5], &removed), op(2, 3) + op(4, 5));
        prop_assert_eq!(document.operating_time_without(cuts[0], cuts[1], &removed), Span::ZERO);
        prop_assert_eq!(document.hash(), ChannelDocument::parse(rules.json().as_bytes()).expect("usable").hash());
    }
}
