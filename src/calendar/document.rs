//! Reading the JSON of `channel/<id>` (`events.md`, directory-events), member by member, so that what is wrong can be
//! named.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::intervals::{self, Interval};
use super::local::{DAY_MINUTES, DayHours, Version};
use super::switches::Switch;
use super::{DocumentError, ProfileType, ServiceLevel};
use crate::time::Timestamp;

type Object = Map<String, Value>;
type Read<T> = Result<T, DocumentError>;

/// The members' names, Monday first.
pub(super) const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A document's meaning: sorted, intervals merged, what can have no effect left out.
#[derive(Debug)]
pub(super) struct Document {
    pub timezone: Tz,
    /// Empty: without operating hours.
    pub versions: Vec<Version>,
    pub switches: Vec<Switch>,
    /// Each with its date, as days since 1970-01-01.
    pub service_levels: Vec<(i64, ServiceLevel)>,
    pub profile_schema: BTreeMap<String, ProfileType>,
}

impl Document {
    /// No document at all: UTC, always open, no policies.
    pub fn absent() -> Document {
        Document {
            timezone: Tz::UTC,
            versions: Vec::new(),
            switches: Vec::new(),
            service_levels: Vec::new(),
            profile_schema: BTreeMap::new(),
        }
    }

    pub fn read(json: &[u8]) -> Read<Document> {
        let value: Value = serde_json::from_slice(json).map_err(|error| DocumentError::new(error.to_string()))?;
        let root = object(&value)?;
        // The name is for people; still, one that is no string is not a channel document as agreed.
        member(root, "name", string)?;
        let mut versions = member(root, "operatingHours", |value| list(value, version))?.unwrap_or_default();
        let mut service_levels = member(root, "serviceLevel", |value| list(value, service_level))?.unwrap_or_default();
        let mut switches = member(root, "switches", |value| list(value, switch))?.unwrap_or_default();
        keep_latest(&mut versions, |version| version.effective_from);
        keep_latest(&mut service_levels, |level| level.0);
        keep_latest(&mut switches, |switch| switch.at);
        Ok(Document {
            timezone: member(root, "timezone", timezone)?.unwrap_or(Tz::UTC),
            versions,
            switches,
            service_levels,
            profile_schema: member(root, "profileSchema", profile_schema)?.unwrap_or_default(),
        })
    }
}

/// Sorts by time; of several with the same the later in the list stays.
fn keep_latest<T>(list: &mut Vec<T>, time: impl Fn(&T) -> i64) {
    list.reverse();
    list.sort_by_key(&time);
    list.dedup_by_key(|item| time(item));
}

fn version(value: &Value) -> Read<Version> {
    let version = object(value)?;
    let (effective_from, name) = required(version, "effectiveFrom", dated)?;
    let mut holidays = member(version, "holidays", |value| list(value, date))?.unwrap_or_default();
    holidays.sort_unstable();
    holidays.dedup();
    Ok(Version {
        effective_from,
        name,
        weekly: member(version, "weekly", week)?.unwrap_or_default(),
        breaks: member(version, "breaks", week)?.unwrap_or_default(),
        holidays,
        special: member(version, "special", special)?.unwrap_or_default(),
    })
}

/// Hours by weekday; a day that is missing has none.
fn week(value: &Value) -> Read<[DayHours; 7]> {
    let mut week: [DayHours; 7] = Default::default();
    for (day, hours) in object(value)? {
        let Some(index) = WEEKDAYS.iter().position(|name| name == day) else {
            return Err(DocumentError::new("is no weekday (mon … sun)").within(shown(day)));
        };
        if !hours.is_null() {
            week[index] = day_hours(hours).map_err(|error| error.within(day))?;
        }
    }
    Ok(week)
}

/// Hours by date; a date without value names none.
fn special(value: &Value) -> Read<Vec<(i64, DayHours)>> {
    let mut special = Vec::new();
    for (day, hours) in object(value)? {
        let within = |error: DocumentError| error.within(shown(day));
        let date = parse_date(day).map_err(within)?;
        if !hours.is_null() {
            special.push((date, day_hours(hours).map_err(within)?));
        }
    }
    special.sort_unstable_by_key(|special| special.0);
    Ok(special)
}

/// The intervals of one date, sorted and merged.
fn day_hours(value: &Value) -> Read<DayHours> {
    let mut hours = list(value, interval)?;
    hours.sort_unstable_by_key(|interval| interval.start);
    let mut merged = Vec::with_capacity(hours.len());
    for interval in hours {
        intervals::push_merged(&mut merged, interval);
    }
    Ok(merged)
}

/// `["09:00","18:00"]` in minutes from the date's 00:00; an end before its start is the next day's.
fn interval(value: &Value) -> Read<Interval> {
    let Some([start, end]) = value.as_array().map(Vec::as_slice) else {
        return Err(DocumentError::new("is no pair of times"));
    };
    let start = time_of_day(start).map_err(|error| error.within("[0]"))?;
    let end = time_of_day(end).map_err(|error| error.within("[1]"))?;
    Ok(Interval::new(start, if end < start { end + DAY_MINUTES } else { end }))
}

/// `HH:MM`, or `24:00` for the end of the day, in minutes.
fn time_of_day(value: &Value) -> Read<i64> {
    let text = string(value)?;
    let minutes = match text.as_bytes() {
        [h1, h2, b':', m1, m2] => number(&[*h1, *h2]).zip(number(&[*m1, *m2])),
        _ => None,
    };
    match minutes {
        Some((hours @ 0..24, minutes @ 0..60)) => Ok(hours * 60 + minutes),
        Some((24, 0)) => Ok(DAY_MINUTES),
        _ => Err(DocumentError::new(format!("{:?} is no time HH:MM", shown(text)))),
    }
}

fn date(value: &Value) -> Read<i64> {
    parse_date(string(value)?)
}

/// A date with the text it was written in.
fn dated(value: &Value) -> Read<(i64, String)> {
    let text = string(value)?;
    Ok((parse_date(text)?, text.to_owned()))
}

/// `YYYY-MM-DD` as days since 1970-01-01.
fn parse_date(text: &str) -> Read<i64> {
    let parts = match text.as_bytes() {
        [year @ .., b'-', m1, m2, b'-', d1, d2] if year.len() == 4 => {
            number(year).zip(number(&[*m1, *m2])).zip(number(&[*d1, *d2]))
        }
        _ => None,
    };
    parts
        .and_then(|((year, month), day)| NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32))
        .map(|date| date.signed_duration_since(NaiveDate::default()).num_days())
        .ok_or_else(|| DocumentError::new(format!("{:?} is no date YYYY-MM-DD", shown(text))))
}

/// Digits only: no sign, no space.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

fn switch(value: &Value) -> Read<Switch> {
    let switch = object(value)?;
    let at = required(switch, "at", |value| {
        let text = string(value)?;
        Timestamp::parse(text)
            .ok_or_else(|| DocumentError::new(format!("{:?} is no time of RFC 3339 with an offset", shown(text))))
    })?;
    let open = required(switch, "open", |value| value.as_bool().ok_or_else(|| wrong_type(value, "true or false")))?;
    Ok(Switch::new(at.millis(), open))
}

fn service_level(value: &Value) -> Read<(i64, ServiceLevel)> {
    let level = object(value)?;
    let (effective_from, _) = required(level, "effectiveFrom", dated)?;
    let any_number = |value: &Value| value.as_f64().ok_or_else(|| wrong_type(value, "a number"));
    let level = ServiceLevel {
        target_secs: member(level, "targetSecs", any_number)?,
        target_percent: member(level, "targetPercent", any_number)?,
        abandon_threshold_secs: member(level, "abandonThresholdSecs", any_number)?,
    };
    Ok((effective_from, level))
}

fn profile_schema(value: &Value) -> Read<BTreeMap<String, ProfileType>> {
    let mut schema = BTreeMap::new();
    for (key, value) in object(value)? {
        if value.is_null() {
            continue;
        }
        let profile_type = string(value).and_then(|name| {
            ProfileType::from_name(name).ok_or_else(|| DocumentError::new(format!("{:?} is no type", shown(name))))
        });
        schema.insert(key.clone(), profile_type.map_err(|error| error.within(shown(key)))?);
    }
    Ok(schema)
}

fn timezone(value: &Value) -> Read<Tz> {
    let name = string(value)?;
    Tz::from_str(name).map_err(|_| DocumentError::new(format!("{:?} is no IANA time zone", shown(name))))
}

/// An optional member; null means absent.
fn member<'v, T>(object: &'v Object, name: &str, read: impl FnOnce(&'v Value) -> Read<T>) -> Read<Option<T>> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value).map(Some).map_err(|error| error.within(name)),
    }
}

fn required<'v, T>(object: &'v Object, name: &str, read: impl FnOnce(&'v Value) -> Read<T>) -> Read<T> {
    member(object, name, read)?.ok_or_else(|| DocumentError::new("is missing").within(name))
}

fn list<T>(value: &Value, read: impl Fn(&Value) -> Read<T>) -> Read<Vec<T>> {
    let list = value.as_array().ok_or_else(|| wrong_type(value, "a list"))?;
    list.iter()
        .enumerate()
        .map(|(index, item)| read(item).map_err(|error| error.within(&format!("[{index}]"))))
        .collect()
}

fn object(value: &Value) -> Read<&Object> {
    value.as_object().ok_or_else(|| wrong_type(value, "an object"))
}

fn string(value: &Value) -> Read<&str> {
    value.as_str().ok_or_else(|| wrong_type(value, "a string"))
}

fn wrong_type(value: &Value, wanted: &str) -> DocumentError {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    DocumentError::new(format!("is {found}, not {wanted}"))
}

/// A text of the document as far as an error should quote it.
fn shown(text: &str) -> &str {
    let end = text.char_indices().nth(40).map_or(text.len(), |(end, _)| end);
    &text[..end]
}
