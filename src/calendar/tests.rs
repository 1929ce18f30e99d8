//! The rules of the calendar one by one, the golden examples' hours, and what makes a document unusable.

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn document(json: &str) -> ChannelDocument {
    ChannelDocument::parse(json.as_bytes()).expect("a usable document")
}

/// One version from 2026-01-01 on, with the given members.
fn channel(zone: &str, members: &str) -> ChannelDocument {
    document(&format!(r#"{{"timezone":"{zone}","operatingHours":[{{"effectiveFrom":"2026-01-01",{members}}}]}}"#))
}

/// The open intervals as `start/end` in UTC to the minute, after checking that every way to ask says the same.
fn open(document: &ChannelDocument, from: &str, to: &str) -> Vec<String> {
    let intervals = document.open_intervals(at(from), at(to));
    let mut sum = Span::ZERO;
    for &(start, end) in &intervals {
        assert!(document.is_open(start) && document.is_open(end.saturating_sub(Span::from_millis(1))));
        sum += end.since(start);
    }
    assert_eq!(document.operating_time(at(from), at(to)), sum);
    let closed: Vec<_> = document.closed_intervals(at(from), at(to));
    let mut all: Vec<_> = closed.iter().map(|closed| (closed.from, closed.to)).chain(intervals.clone()).collect();
    all.sort_unstable();
    assert!(all.windows(2).all(|pair| pair[0].1 == pair[1].0), "open and closed divide the time without rest");
    let short = |time: Timestamp| time.to_string()[5..16].to_owned();
    intervals.iter().map(|&(start, end)| format!("{}/{}", short(start), short(end))).collect()
}

fn hours(document: &ChannelDocument, from: &str, to: &str) -> f64 {
    document.operating_time(at(from), at(to)).millis() as f64 / 3_600_000.0
}

#[test]
fn golden_06_seoul_weekdays_and_one_union() {
    let weekdays = ["mon", "tue", "wed", "thu", "fri"].map(|day| format!(r#""{day}":[["09:00","18:00"]]"#)).join(",");
    let seoul = channel("Asia/Seoul", &format!(r#""weekly":{{{weekdays}}}"#));
    let (opened, closed) = (at("2026-03-02T17:00:00+09:00"), at("2026-03-03T10:00:00+09:00"));
    let snoozed = [(at("2026-03-02T17:30:00+09:00"), at("2026-03-03T08:00:00+09:00"))];
    assert_eq!(seoul.operating_time(opened, closed), Span::from_secs(7_200));
    assert_eq!(seoul.operating_time(snoozed[0].0, snoozed[0].1), Span::from_secs(1_800));
    assert_eq!(seoul.operating_time_without(opened, closed, &snoozed), Span::from_secs(5_400));
    assert_eq!(hours(&seoul, "2026-03-02T00:00:00+09:00", "2026-03-09T00:00:00+09:00"), 45.0);
}

#[test]
fn golden_09_paris_in_spring_and_autumn() {
    let c1 =
        channel("Europe/Paris", r#""weekly":{"sat":[["08:00","20:00"]],"sun":[["01:00","04:00"],["08:00","20:00"]]}"#);
    assert_eq!(hours(&c1, "2026-03-28T19:00:00+01:00", "2026-03-29T09:00:00+02:00"), 4.0);
    assert_eq!(hours(&c1, "2026-10-24T19:00:00+02:00", "2026-10-25T09:00:00+01:00"), 6.0);
    let c2 = channel("Europe/Paris", r#""weekly":{"sat":[["08:00","20:00"]],"sun":[["02:30","04:00"]]}"#);
    assert_eq!(hours(&c2, "2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z"), 1.0);
    assert_eq!(hours(&c2, "2026-10-25T00:00:00Z", "2026-10-25T04:00:00Z"), 2.5);
}

#[test]
fn golden_10_overnight_into_a_holiday_with_its_break() {
    let night = ["mon", "tue", "wed", "thu", "fri"].map(|day| format!(r#""{day}":[["18:00","02:00"]]"#)).join(",");
    let members = format!(
        r#""weekly":{{{night}}},"breaks":{{"mon":[["21:00","21:30"]],"tue":[["00:30","00:45"]]}},"holidays":["2026-03-03"]"#
    );
    let seoul = channel("Asia/Seoul", &members);
    assert_eq!(hours(&seoul, "2026-03-02T17:00:00+09:00", "2026-03-03T03:00:00+09:00"), 7.25);
    assert_eq!(hours(&seoul, "2026-03-03T17:00:00+09:00", "2026-03-04T03:00:00+09:00"), 0.0);
    assert!(!seoul.is_open(at("2026-03-02T21:20:00+09:00")));
    let reasons: Vec<_> = seoul
        .closed_intervals(at("2026-03-02T20:00:00+09:00"), at("2026-03-04T01:00:00+09:00"))
        .into_iter()
        .map(|closed| (closed.to.since(closed.from).whole_secs() / 60, closed.reason))
        .collect();
    let expected = [
        (30, ClosedReason::Break),
        (15, ClosedReason::Break),
        (22 * 60, ClosedReason::Holiday),
        (60, ClosedReason::OutsideHours),
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn a_day_has_several_intervals_and_they_are_half_open() {
    let utc =
        channel("UTC", r#""weekly":{"mon":[["13:00","18:00"],["09:00","12:00"],["17:00","19:00"],["20:00","20:00"]]}"#);
    assert_eq!(
        open(&utc, "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"),
        ["03-02T09:00/03-02T12:00", "03-02T13:00/03-02T19:00"]
    );
    assert!(utc.is_open(at("2026-03-02T09:00:00Z")) && !utc.is_open(at("2026-03-02T12:00:00Z")));
    assert_eq!(utc.operating_time(at("2026-03-02T11:59:59.995Z"), at("2026-03-02T13:00:00.002Z")).millis(), 7);
    assert_eq!(utc.operating_time(at("2026-03-02T11:00:00Z"), at("2026-03-02T10:00:00Z")), Span::ZERO);
}

#[test]
fn midnight_has_two_names_and_touching_shifts_are_one() {
    let weekend = channel(
        "UTC",
        r#""weekly":{"sat":[["22:00","24:00"]],"sun":[["00:00","02:00"],["23:00","00:00"]],"mon":[["24:00","01:00"]]}"#,
    );
    assert_eq!(
        open(&weekend, "2026-03-07T00:00:00Z", "2026-03-11T00:00:00Z"),
        ["03-07T22:00/03-08T02:00", "03-08T23:00/03-09T00:00", "03-10T00:00/03-10T01:00"]
    );
}

#[test]
fn every_day_from_midnight_to_midnight_is_always() {
    let days = document::WEEKDAYS.map(|day| format!(r#""{day}":[["00:00","24:00"]]"#)).join(",");
    for zone in ["Europe/Paris", "America/Santiago", "Atlantic/Azores", "Pacific/Apia", "Australia/Lord_Howe"] {
        let always = channel(zone, &format!(r#""weekly":{{{days}}}"#));
        let (from, to) = (at("2001-02-03T04:05:06.789Z"), at("2099-12-31T23:59:59.999Z"));
        assert_eq!(always.operating_time(from, to), to.since(from), "{zone}");
        assert_eq!(always.open_intervals(from, at("2012-01-01T00:00:00Z")).len(), 1, "{zone}");
    }
}

#[test]
fn special_hours_replace_the_dates_hours_and_win_over_holidays() {
    let utc = channel(
        "UTC",
        r#""weekly":{"mon":[["09:00","18:00"]],"tue":[["09:00","18:00"]]},"breaks":{"mon":[["12:00","13:00"]]},
           "holidays":["2026-03-02","2026-03-09","2026-03-17"],"special":{"2026-03-02":[["10:00","14:00"]],"2026-03-03":[],"2026-03-07":[["23:00","01:00"]]}"#,
    );
    assert_eq!(
        open(&utc, "2026-03-02T00:00:00Z", "2026-03-18T00:00:00Z"),
        [
            "03-02T10:00/03-02T12:00",
            "03-02T13:00/03-02T14:00",
            "03-07T23:00/03-08T01:00",
            "03-10T09:00/03-10T18:00",
            "03-16T09:00/03-16T12:00",
            "03-16T13:00/03-16T18:00"
        ]
    );
}

#[test]
fn a_break_may_run_over_midnight_and_belongs_to_its_own_date() {
    let utc = channel(
        "UTC",
        r#""weekly":{"mon":[["20:00","06:00"]]},"breaks":{"mon":[["23:30","00:30"]],"tue":[["01:00","02:00"]],"sun":[["23:00","22:00"]]}"#,
    );
    assert_eq!(
        open(&utc, "2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z"),
        ["03-02T22:00/03-02T23:30", "03-03T00:30/03-03T01:00", "03-03T02:00/03-03T06:00"]
    );
}

#[test]
fn each_date_has_the_version_in_force_on_it() {
    let versions = document(
        r#"{"timezone":"UTC","operatingHours":[
            {"effectiveFrom":"2026-03-10","weekly":{"tue":[["12:00","13:00"]],"wed":[["22:00","02:00"]]},"breaks":{"wed":[["00:00","01:00"]]}},
            {"effectiveFrom":"2026-03-03","weekly":{"tue":[["01:00","02:00"]]}},
            {"effectiveFrom":"2026-03-03","weekly":{"mon":[["09:00","10:00"]],"tue":[["23:00","03:00"]]}},
            {"effectiveFrom":"2026-03-11","weekly":{},"breaks":{"wed":[["00:30","00:45"]],"thu":[["00:15","00:30"]]}}]}"#,
    );
    assert_eq!(
        open(&versions, "2026-03-02T00:00:00Z", "2026-03-31T00:00:00Z"),
        ["03-02T09:00/03-02T10:00", "03-03T23:00/03-04T03:00", "03-09T09:00/03-09T10:00", "03-10T12:00/03-10T13:00"]
    );
    let version = |time| versions.operating_hours_version(at(time));
    assert_eq!(version("2020-01-01T00:00:00Z"), Some("2026-03-03"));
    assert_eq!(version("2026-03-09T23:59:59.999Z"), Some("2026-03-03"));
    assert_eq!(version("2026-03-10T00:00:00Z"), Some("2026-03-10"));
    assert_eq!(version("9999-12-31T23:59:59Z"), Some("2026-03-11"));
    let seoul = channel("Asia/Seoul", r#""weekly":{}"#);
    assert_eq!(seoul.operating_hours_version(Timestamp::MIN), Some("2026-01-01"));
}

#[test]
fn a_shift_keeps_its_hours_into_the_next_versions_date_whose_breaks_cut_it() {
    let versions = document(
        r#"{"timezone":"UTC","operatingHours":[
            {"effectiveFrom":"2026-01-01","weekly":{"mon":[["22:00","04:00"]]},"breaks":{"tue":[["01:00","02:00"]]}},
            {"effectiveFrom":"2026-03-03","weekly":{},"breaks":{"tue":[["02:00","02:30"]]}}]}"#,
    );
    assert_eq!(
        open(&versions, "2026-03-02T00:00:00Z", "2026-03-20T00:00:00Z"),
        ["03-02T22:00/03-03T02:00", "03-03T02:30/03-03T04:00"]
    );
}

#[test]
fn a_switch_wins_until_the_next_regular_boundary() {
    let with = |switches: &str| {
        document(&format!(
            r#"{{"timezone":"UTC","switches":[{switches}],"operatingHours":[{{"effectiveFrom":"2026-01-01",
               "weekly":{{"mon":[["09:00","12:00"],["12:00","18:00"]],"tue":[["09:00","18:00"]]}},"breaks":{{"tue":[["12:00","13:00"]]}}}}]}}"#
        ))
    };
    let day = |document: &ChannelDocument| open(document, "2026-03-02T00:00:00Z", "2026-03-03T15:00:00Z");
    let closed_at_ten = with(r#"{"at":"2026-03-02T10:00:00Z","open":false}"#);
    assert_eq!(
        day(&closed_at_ten),
        ["03-02T09:00/03-02T10:00", "03-03T09:00/03-03T12:00", "03-03T13:00/03-03T15:00"],
        "12:00, where intervals touch, is no boundary"
    );
    let opened_at_seven = with(r#"{"at":"2026-03-03T16:00:00+09:00","open":true}"#);
    assert_eq!(
        day(&opened_at_seven),
        ["03-02T09:00/03-02T18:00", "03-03T07:00/03-03T12:00", "03-03T13:00/03-03T15:00"]
    );
    let in_break = with(r#"{"at":"2026-03-03T12:00:00Z","open":true}"#);
    assert_eq!(day(&in_break)[1..], ["03-03T09:00/03-03T15:00"], "a boundary exactly at the switch does not count");
    let millis = with(r#"{"at":"2026-03-02T08:59:59.999Z","open":true}"#);
    assert_eq!(millis.operating_time(at("2026-03-02T00:00:00Z"), at("2026-03-03T00:00:00Z")).millis(), 32_400_001);
}

#[test]
fn a_later_switch_supersedes_and_of_two_the_later_in_the_list_wins() {
    let utc = document(
        r#"{"switches":[{"at":"2026-03-02T11:00:00Z","open":false},{"at":"2026-03-02T10:00:00Z","open":true},
            {"at":"2026-03-02T11:00:00Z","open":true},{"at":"2026-03-02T10:00:00Z","open":false},{"at":"2026-03-02T11:30:00Z","open":false}],
            "operatingHours":[{"effectiveFrom":"2026-01-01","weekly":{"mon":[["09:00","18:00"]]}}]}"#,
    );
    assert_eq!(
        open(&utc, "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z"),
        ["03-02T09:00/03-02T10:00", "03-02T11:00/03-02T11:30"]
    );
    let reasons = utc.closed_intervals(at("2026-03-02T10:30:00Z"), at("2026-03-02T10:31:00Z"));
    assert_eq!(reasons.iter().map(|closed| closed.reason).collect::<Vec<_>>(), [ClosedReason::Switch]);
}

#[test]
fn where_no_boundary_comes_a_switch_lasts_to_the_next_switch() {
    let days = document::WEEKDAYS.map(|day| format!(r#""{day}":[["00:00","24:00"]]"#)).join(",");
    let switches = r#""switches":[{"at":"2026-03-02T10:00:00Z","open":false},{"at":"2027-05-01T00:00:00Z","open":true},{"at":"2027-05-02T00:00:00Z","open":false}]"#;
    let without_hours = document(&format!("{{{switches}}}"));
    let round_the_clock = document(&format!(
        r#"{{{switches},"timezone":"Europe/Paris","operatingHours":[{{"effectiveFrom":"2026-01-01","weekly":{{{days}}}}}]}}"#
    ));
    for always in [without_hours, round_the_clock] {
        let seen = open(&always, "2026-03-02T00:00:00Z", "2031-01-01T00:00:00Z");
        assert_eq!(seen, ["03-02T00:00/03-02T10:00", "05-01T00:00/05-02T00:00"]);
        assert_eq!(hours(&always, "9999-12-30T00:00:00Z", "9999-12-31T00:00:00Z"), 0.0);
    }
}

#[test]
fn a_switch_waits_for_a_boundary_years_away() {
    let far = document(
        r#"{"timezone":"UTC","switches":[{"at":"2026-03-02T10:00:00Z","open":true}],"operatingHours":[
            {"effectiveFrom":"2026-01-01","holidays":["2026-03-20","2033-01-01"]},
            {"effectiveFrom":"2040-02-01","special":{"2050-06-01":[["08:00","09:00"]]}}]}"#,
    );
    assert_eq!(
        open(&far, "2026-01-01T00:00:00Z", "2060-01-01T00:00:00Z"),
        ["03-02T10:00/06-01T09:00"],
        "open from 2026; the special day's opening in 2050 ends the switch, its hours go on"
    );
    assert_eq!(hours(&far, "2050-06-01T00:00:00Z", "2050-06-02T00:00:00Z"), 9.0);
}

#[test]
fn a_switch_waits_for_a_boundary_at_the_edge_of_what_is_looked_at_at_once() {
    let lasts = |opens: bool, rest: &str| {
        let json =
            format!(r#"{{"switches":[{{"at":"2026-03-02T10:00:00Z","open":{opens}}}],"operatingHours":[{rest}]}}"#);
        open(&document(&json), "2026-01-01T00:00:00Z", "2026-03-22T00:00:00Z")
    };
    let fortnight = r#"{"effectiveFrom":"2026-01-01","special":{"2026-03-16":[["10:00","12:00"]]}}"#;
    assert_eq!(lasts(false, fortnight), ["03-16T10:00/03-16T12:00"]);
    // On the thirteenth day a version begins whose only weekly shift comes after the fortnight.
    let next_version =
        r#"{"effectiveFrom":"2026-01-01"},{"effectiveFrom":"2026-03-14","weekly":{"fri":[["08:00","09:00"]]}}"#;
    assert_eq!(lasts(true, next_version), ["03-02T10:00/03-20T09:00"]);
}

#[test]
fn a_shift_of_almost_two_dates_is_found_from_everywhere_in_it() {
    for zone in ["Pacific/Pago_Pago", "Pacific/Kiritimati", "Pacific/Honolulu", "Asia/Seoul"] {
        let long = channel(
            zone,
            r#""weekly":{"mon":[["00:00","24:00"]],"tue":[["23:30","23:29"]],"fri":[["24:00","23:58"]]}"#,
        );
        let (start, end) = (at("2026-04-20T00:00:00Z"), at("2026-05-20T00:00:00Z"));
        let all = long.open_intervals(start, end);
        let mut from = start;
        while from < end {
            let later =
                all.iter().filter(|open| open.1 > from).map(|open| (open.0.max(from), open.1)).collect::<Vec<_>>();
            assert_eq!(long.open_intervals(from, end), later, "{zone} from {from}");
            from = from.saturating_add(Span::from_hours(1));
        }
    }
}

#[test]
fn a_fold_repeats_midnight_in_the_azores_and_eleven_in_santiago() {
    let azores = channel("Atlantic/Azores", r#""weekly":{"sat":[["22:00","24:00"]],"sun":[["00:30","03:00"]]}"#);
    assert_eq!(
        open(&azores, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"),
        ["10-24T22:00/10-25T04:00"],
        "24:00 is the second midnight, 00:30 the first half past"
    );
    assert_eq!(open(&azores, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"), ["03-28T23:00/03-29T03:00"]);
    let santiago = channel("America/Santiago", r#""weekly":{"sat":[["22:00","24:00"]],"sun":[["00:15","03:00"]]}"#);
    assert_eq!(
        open(&santiago, "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z"),
        ["04-05T01:00/04-05T04:00", "04-05T04:15/04-05T07:00"]
    );
    assert_eq!(open(&santiago, "2026-09-05T12:00:00Z", "2026-09-06T12:00:00Z"), ["09-06T02:00/09-06T06:00"]);
}

#[test]
fn half_an_hour_on_lord_howe_and_quarters_in_kathmandu() {
    let members = r#""weekly":{"sun":[["01:00","03:00"]]}"#;
    let lord_howe = channel("Australia/Lord_Howe", members);
    assert_eq!(hours(&lord_howe, "2026-04-04T00:00:00Z", "2026-04-06T00:00:00Z"), 2.5);
    assert_eq!(hours(&lord_howe, "2026-10-03T00:00:00Z", "2026-10-05T00:00:00Z"), 1.5);
    let kathmandu = channel("Asia/Kathmandu", members);
    assert_eq!(open(&kathmandu, "2026-04-04T00:00:00Z", "2026-04-06T00:00:00Z"), ["04-04T19:15/04-04T21:15"]);
}

#[test]
fn a_date_that_was_skipped_has_no_hours_of_its_own() {
    let apia = channel(
        "Pacific/Apia",
        r#""weekly":{"thu":[["20:00","02:00"]],"fri":[["09:00","17:00"],["22:00","01:00"]],"sat":[["08:00","09:00"]]}"#,
    );
    assert_eq!(
        open(&apia, "2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z"),
        ["12-30T06:00/12-30T11:00", "12-30T18:00/12-30T19:00"],
        "Thursday's shift ends where Saturday begins, Friday's runs one hour into it"
    );
}

#[test]
fn breaks_in_gap_and_fold_begin_with_a_closing_and_end_with_an_opening() {
    let paris = |pause: &str| {
        channel("Europe/Paris", &format!(r#""weekly":{{"sun":[["01:00","05:00"]]}},"breaks":{{"sun":[{pause}]}}"#))
    };
    let autumn = |pause| open(&paris(pause), "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
    assert_eq!(autumn(r#"["01:30","02:30"]"#), ["10-24T23:00/10-24T23:30", "10-25T00:30/10-25T04:00"]);
    assert_eq!(autumn(r#"["02:30","03:30"]"#), ["10-24T23:00/10-25T01:30", "10-25T02:30/10-25T04:00"]);
    assert_eq!(autumn(r#"["02:15","02:45"]"#), ["10-24T23:00/10-25T04:00"]);
    let spring = |pause| open(&paris(pause), "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z");
    assert_eq!(spring(r#"["01:30","02:30"]"#), ["03-29T00:00/03-29T00:30", "03-29T01:00/03-29T03:00"]);
    assert_eq!(spring(r#"["02:15","02:45"]"#), ["03-29T00:00/03-29T03:00"]);
}

#[test]
fn without_hours_a_channel_is_always_open() {
    for json in ["{}", r#"{"operatingHours":[]}"#, r#"{"operatingHours":null,"timezone":null,"switches":null}"#] {
        let always = document(json);
        assert_eq!(always.operating_time(Timestamp::from_millis(-9), Timestamp::from_millis(5)).millis(), 14);
        assert!(always.is_open(Timestamp::MAX));
        assert_eq!(always.operating_hours_version(at("2026-01-01T00:00:00Z")), None);
        assert_eq!(always.service_level(at("2026-01-01T00:00:00Z")), None);
        assert_eq!(always.timezone(), Tz::UTC);
        assert_eq!(always.hash(), ChannelDocument::absent().hash());
    }
    let closed = document(r#"{"operatingHours":[{"effectiveFrom":"2026-01-01"}]}"#);
    assert_eq!(closed.operating_time(Timestamp::MIN, at("2100-01-01T00:00:00Z")), Span::ZERO);
}

#[test]
fn the_policy_is_that_of_the_date_in_the_channels_zone() {
    let seoul = document(
        r#"{"timezone":"Asia/Seoul","profileSchema":{"tier":"String","since":"Datetime"},"serviceLevel":[
            {"effectiveFrom":"2026-03-03","targetSecs":60,"targetPercent":90.5},{"effectiveFrom":"2026-01-01","targetSecs":20,"abandonThresholdSecs":5},
            {"effectiveFrom":"2026-03-03","targetSecs":1e2,"targetPercent":null}]}"#,
    );
    let target = |time| seoul.service_level(at(time)).and_then(|level| level.target_secs);
    assert_eq!(target("2025-01-01T00:00:00Z"), Some(20.0));
    assert_eq!(target("2026-03-02T14:59:59.999Z"), Some(20.0));
    assert_eq!(target("2026-03-02T15:00:00Z"), Some(100.0));
    assert_eq!(seoul.service_level(at("2026-04-01T00:00:00Z")).map(|level| level.target_percent), Some(None));
    assert_eq!(seoul.profile_schema()["since"], ProfileType::Datetime);
}

/// Hashes are kept in stored state: a change here is a change of the state's format.
const ABSENT_HASH: u128 = 65_076_190_750_266_762_391_370_567_073_897_358_800;

#[test]
fn the_hash_is_of_the_meaning() {
    let hash = |json: &str| document(json).hash();
    let plain = r#"{"timezone":"Asia/Seoul","operatingHours":[{"effectiveFrom":"2026-01-01","weekly":{"mon":[["09:00","12:00"],["12:00","18:00"]],"tue":[]},"holidays":["2026-05-05","2026-01-01"]}],"switches":[]}"#;
    let alike = r#"{ "name":"x", "later":[1], "operatingHours":[{"note":1, "holidays":["2026-01-01","2026-05-05","2026-05-05"],"weekly":{"mon":[["09:00","18:00"]]},"effectiveFrom":"2026-01-01","breaks":null}],
        "timezone":"Asia/Seoul" }"#;
    assert_eq!(hash(plain), hash(alike));
    let mut hashes = vec![hash(plain), ChannelDocument::absent().hash()];
    for (what, with) in [
        ("Asia/Seoul", "Asia/Tokyo"),
        ("2026-05-05", "2026-05-06"),
        ("18:00", "18:01"),
        ("\"weekly\"", "\"breaks\""),
        ("\"switches\":[]", r#""switches":[{"at":"2026-01-01T00:00:00Z","open":true}]"#),
        ("\"switches\":[]", r#""switches":[{"at":"2026-01-01T00:00:00Z","open":false}]"#),
        ("\"switches\":[]", r#""serviceLevel":[{"effectiveFrom":"2026-01-01","targetSecs":1}]"#),
        ("\"switches\":[]", r#""serviceLevel":[{"effectiveFrom":"2026-01-01","targetPercent":1}]"#),
        ("\"switches\":[]", r#""profileSchema":{"a":"List"}"#),
        ("\"switches\":[]", r#""profileSchema":{"a":"Date"}"#),
    ] {
        hashes.push(hash(&plain.replace(what, with)));
    }
    assert_eq!(ChannelDocument::absent().hash(), ABSENT_HASH);
    let all = hashes.len();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), all);
}

/// The one error of a document, as a dead letter shows it.
fn error(json: &str) -> String {
    ChannelDocument::parse(json.as_bytes()).expect_err(json).to_string()
}

#[test]
fn an_unusable_document_names_member_and_problem() {
    let version =
        |members: &str| error(&format!(r#"{{"operatingHours":[{{"effectiveFrom":"2026-01-01",{members}}}]}}"#));
    let cases = [
        (error("[]"), "is a list, not an object"),
        (error("null"), "is null, not an object"),
        (error(r#"{"name":1}"#), "name: is a number, not a string"),
        (error(r#"{"timezone":"Asia/Soul"}"#), "timezone: \"Asia/Soul\" is no IANA time zone"),
        (error(r#"{"operatingHours":{}}"#), "operatingHours: is an object, not a list"),
        (error(r#"{"operatingHours":[{}]}"#), "operatingHours[0].effectiveFrom: is missing"),
        (
            error(r#"{"operatingHours":[{"effectiveFrom":"2026-1-1"}]}"#),
            "operatingHours[0].effectiveFrom: \"2026-1-1\" is no date YYYY-MM-DD",
        ),
        (version(r#""weekly":{"monday":[]}"#), "operatingHours[0].weekly.monday: is no weekday (mon … sun)"),
        (
            version(r#""weekly":{"mon":[["09:00","12:00"],["9:00","12:00"]]}"#),
            "operatingHours[0].weekly.mon[1][0]: \"9:00\" is no time HH:MM",
        ),
        (version(r#""weekly":{"mon":[["09:00"]]}"#), "operatingHours[0].weekly.mon[0]: is no pair of times"),
        (
            version(r#""breaks":{"sun":[["09:00","24:01"]]}"#),
            "operatingHours[0].breaks.sun[0][1]: \"24:01\" is no time HH:MM",
        ),
        (version(r#""breaks":{"sun":[[9,"24:01"]]}"#), "operatingHours[0].breaks.sun[0][0]: is a number, not a string"),
        (
            version(r#""holidays":["2026-02-29"]"#),
            "operatingHours[0].holidays[0]: \"2026-02-29\" is no date YYYY-MM-DD",
        ),
        (
            version(r#""special":{"2026-13-01":[]}"#),
            "operatingHours[0].special.2026-13-01: \"2026-13-01\" is no date YYYY-MM-DD",
        ),
        (
            version(r#""special":{"2026-12-01":["09:00","10:00"]}"#),
            "operatingHours[0].special.2026-12-01[0]: is no pair of times",
        ),
        (
            error(r#"{"switches":[{"at":"2026-01-01T00:00:00","open":true}]}"#),
            "switches[0].at: \"2026-01-01T00:00:00\" is no time of RFC 3339 with an offset",
        ),
        (error(r#"{"switches":[{"at":"2026-01-01T00:00:00Z"}]}"#), "switches[0].open: is missing"),
        (
            error(r#"{"switches":[{"at":"2026-01-01T00:00:00Z","open":1}]}"#),
            "switches[0].open: is a number, not true or false",
        ),
        (error(r#"{"serviceLevel":[{"targetSecs":20}]}"#), "serviceLevel[0].effectiveFrom: is missing"),
        (
            error(r#"{"serviceLevel":[{"effectiveFrom":"2026-01-01","targetSecs":"20"}]}"#),
            "serviceLevel[0].targetSecs: is a string, not a number",
        ),
        (error(r#"{"profileSchema":{"a":"Text"}}"#), "profileSchema.a: \"Text\" is no type"),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
    assert!(error("{").starts_with("EOF while parsing"));
    assert!(ChannelDocument::parse(b"{\"name\":\"\xff\"}").is_err());
    for text in ["", "+1:00", "12:60", "25:00", "12:000", "1２:00", "24:30", "12-00"] {
        assert!(
            version(&format!(r#""weekly":{{"mon":[["{text}","12:00"]]}}"#)).ends_with("is no time HH:MM"),
            "{text}"
        );
    }
    for text in ["26-01-01", "2026/01/01", "2026-00-10", "2026-01-01T00:00:00Z", "+026-01-01", "2026-04-31"] {
        assert!(version(&format!(r#""holidays":["{text}"]"#)).ends_with("is no date YYYY-MM-DD"), "{text}");
    }
}
