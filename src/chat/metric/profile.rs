//! The chat profile: csat, its comment and custom keys, typed when the record is made (`metrics.md`, `profile.*`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::calendar::ProfileType;
use crate::event::{ChatCsatSubmitted, ChatProfileSet};

use super::value::Value;

/// The profile after all that was written: of each key the last value of the right type, or nothing if removed since.
#[derive(Debug, Default)]
pub struct Profile<'a> {
    /// `profile.csat`.
    pub csat: Option<f64>,
    /// `profile.csatComment`.
    pub csat_comment: Option<Cow<'a, str>>,
    /// The other keys, each with its JSON text.
    pub custom: BTreeMap<&'a str, Cow<'a, str>>,
    /// How many values were of the wrong type.
    pub dropped: u32,
}

impl<'a> Profile<'a> {
    /// `chat.profile_set`, with the types of the channel's keys.
    pub fn set(&mut self, set: &'a ChatProfileSet, schema: &BTreeMap<String, ProfileType>) {
        for (key, raw) in &set.entries {
            let raw = raw.as_deref();
            let is_right = match &**key {
                "csat" => replace(&mut self.csat, raw, number),
                "csatComment" => replace(&mut self.csat_comment, raw, |raw| text(raw).map(Cow::Owned)),
                key => self.set_custom(key, raw, schema.get(key).copied()),
            };
            self.dropped += u32::from(!is_right);
        }
    }

    /// `chat.csat_submitted`: a submission without comment keeps the old one.
    pub fn submit(&mut self, csat: &'a ChatCsatSubmitted) {
        self.csat = Some(score(csat.scale, csat.choice));
        if let Some(comment) = &csat.comment {
            self.csat_comment = Some(Cow::Borrowed(comment));
        }
    }

    fn set_custom(&mut self, key: &'a str, raw: Option<&'a str>, profile_type: Option<ProfileType>) -> bool {
        let Some(raw) = raw else {
            self.custom.remove(key);
            return true;
        };
        // A key the schema lacks is kept as it is.
        let Some(value) = profile_type.map_or(Some(Cow::Borrowed(raw)), |profile_type| typed(raw, profile_type)) else {
            return false;
        };
        self.custom.insert(key, value);
        true
    }
}

/// Replaces what is held by the value of a JSON text, or removes it (`None`): whether the value is of the right type.
fn replace<T>(held: &mut Option<T>, raw: Option<&str>, read: impl Fn(&str) -> Option<T>) -> bool {
    let value = raw.map(read);
    let is_right = value.as_ref().is_none_or(Option::is_some);
    if is_right {
        *held = value.flatten();
    }
    is_right
}

/// The score of a choice: scale 2 gives 1 or 5, scale 3 gives 1, 3 or 5, scale 5 gives 1 to 5 (`events.md`).
pub fn score(scale: i64, choice: i64) -> f64 {
    let step = match scale {
        2 => 4,
        3 => 2,
        _ => 1,
    };
    (1 + (choice - 1) * step) as f64
}

/// The record's JSON text of a canonical JSON text, if that is of the type.
fn typed(raw: &str, profile_type: ProfileType) -> Option<Cow<'_, str>> {
    let as_it_is = |is_right: bool| is_right.then_some(Cow::Borrowed(raw));
    match profile_type {
        ProfileType::Boolean => as_it_is(matches!(raw, "true" | "false")),
        ProfileType::String => as_it_is(raw.starts_with('"')),
        ProfileType::Number => number(raw).map(|number| {
            let mut out = String::new();
            Value::Number(number).write_json(&mut out);
            Cow::Owned(out)
        }),
        ProfileType::Date => as_it_is(text(raw).is_some_and(|text| is_date(&text))),
        // A fraction or an exponent does not parse: it makes no integer.
        ProfileType::Datetime => raw.parse::<i64>().ok().map(|millis| Cow::Owned(millis.to_string())),
        ProfileType::List => as_it_is(serde_json::from_str::<Vec<String>>(raw).is_ok()),
    }
}

fn number(raw: &str) -> Option<f64> {
    serde_json::from_str(raw).ok()
}

fn text(raw: &str) -> Option<String> {
    serde_json::from_str(raw).ok()
}

/// Whether a text is `MM-DD` or `YYYY-MM-DD` and there is such a day; 02-29 is one of some years.
fn is_date(text: &str) -> bool {
    let digits =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let (year, month, day) = match *text.split('-').collect::<Vec<_>>() {
        [month, day] => ("2000", month, day),
        [year, month, day] => (year, month, day),
        _ => return false,
    };
    if [year.len(), month.len(), day.len()] != [4, 2, 2] {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (digits(year), digits(month), digits(day)) else {
        return false;
    };
    chrono::NaiveDate::from_ymd_opt(year as i32, month, day).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_choices_to_scores() {
        let all = |scale| (1..=scale).map(|choice| score(scale, choice)).collect::<Vec<_>>();
        assert_eq!(all(2), [1.0, 5.0]);
        assert_eq!(all(3), [1.0, 3.0, 5.0]);
        assert_eq!(all(5), [1.0, 2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn takes_each_type_to_the_letter() {
        use ProfileType::{Boolean, Date, Datetime, List, Number, String};
        let values = ["true", "\"x\"", "\"02-29\"", "\"2026-02-28\"", "7", "7.5", "[\"a\"]", "[1]", "{}"];
        let right = |profile_type| values.map(|raw| typed(raw, profile_type).is_some());
        assert_eq!(right(Boolean), [true, false, false, false, false, false, false, false, false]);
        assert_eq!(right(String), [false, true, true, true, false, false, false, false, false]);
        assert_eq!(right(Date), [false, false, true, true, false, false, false, false, false]);
        assert_eq!(right(Number), [false, false, false, false, true, true, false, false, false]);
        assert_eq!(right(Datetime), [false, false, false, false, true, false, false, false, false]);
        assert_eq!(right(List), [false, false, false, false, false, false, true, false, false]);
        assert_eq!(typed("7", Number).as_deref(), Some("7.0"));
        assert_eq!(typed("1772442000000", Datetime).as_deref(), Some("1772442000000"));
        assert_eq!(typed("1e3", Datetime), None);
        assert_eq!(typed("[]", List).as_deref(), Some("[]"));
    }

    #[test]
    fn knows_the_days_of_the_year() {
        let dates = ["01-01", "12-31", "02-29", "2024-02-29", "0001-01-01"];
        assert!(dates.into_iter().all(is_date));
        let no_dates = [
            "2026-02-29",
            "02-30",
            "13-01",
            "00-10",
            "1-1",
            "26-01-01",
            "2026-1-01",
            "+1-01",
            "",
            "-01-01",
            "2026-01-01T00:00",
        ];
        assert!(!no_dates.into_iter().any(is_date));
    }
}
