//! The invented contact centers: channels in several zones with their hours, their managers and teams.

use serde_json::{Value, json};

/// What differs between the invented channels.
struct Place {
    id: &'static str,
    name: &'static str,
    zone: Option<&'static str>,
    hours: Hours,
    lang: &'static str,
}

/// The kinds of operating hours.
#[derive(Clone, Copy)]
enum Hours {
    Always,
    Office,
    SixDays,
    Night,
    Split,
}

const PLACES: [Place; 12] = [
    Place {
        id: "seoul-support", name: "서울 고객센터", zone: Some("Asia/Seoul"), hours: Hours::Office, lang: "ko"
    },
    Place { id: "seoul-sales", name: "서울 영업", zone: Some("Asia/Seoul"), hours: Hours::SixDays, lang: "ko" },
    Place { id: "busan-night", name: "부산 야간", zone: Some("Asia/Seoul"), hours: Hours::Night, lang: "ko" },
    Place { id: "tokyo", name: "東京サポート", zone: Some("Asia/Tokyo"), hours: Hours::Split, lang: "ja" },
    Place { id: "singapore", name: "Singapore", zone: Some("Asia/Singapore"), hours: Hours::SixDays, lang: "en" },
    Place { id: "kolkata", name: "Kolkata", zone: Some("Asia/Kolkata"), hours: Hours::Split, lang: "en" },
    Place { id: "paris", name: "Paris", zone: Some("Europe/Paris"), hours: Hours::Split, lang: "fr" },
    Place { id: "london", name: "London", zone: Some("Europe/London"), hours: Hours::Office, lang: "en" },
    Place { id: "new-york", name: "New York", zone: Some("America/New_York"), hours: Hours::SixDays, lang: "en" },
    Place { id: "sao-paulo", name: "São Paulo", zone: Some("America/Sao_Paulo"), hours: Hours::Night, lang: "pt" },
    Place { id: "adelaide", name: "Adelaide", zone: Some("Australia/Adelaide"), hours: Hours::Office, lang: "en" },
    Place { id: "web", name: "Web, around the clock", zone: None, hours: Hours::Always, lang: "en" },
];

/// How many channels there are.
pub(super) const CHANNELS: usize = PLACES.len();
/// Managers of each channel.
const MANAGERS: usize = 8;
/// Teams of each channel.
const TEAMS: [&str; 3] = ["Orders", "Billing", "Returns"];
const NAMES: [(&str, &str); MANAGERS] = [
    ("Minji", "Kim"),
    ("Haruto", "Sato"),
    ("Claire", "Moreau"),
    ("Amara", "Okafor"),
    ("Lucas", "Almeida"),
    ("Priya", "Nair"),
    ("Oliver", "Hughes"),
    ("Sofia", "Rossi"),
];

/// A channel as the scenarios see it.
pub(super) struct Channel {
    pub id: &'static str,
    pub lang: &'static str,
    pub managers: Vec<Manager>,
    pub teams: Vec<String>,
    /// The value of its directory document.
    pub document: Value,
}

/// Someone who answers.
pub(super) struct Manager {
    pub id: String,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub number: String,
}

/// The first `count` channels; at least one.
pub(super) fn channels(count: usize) -> Vec<Channel> {
    PLACES.iter().enumerate().take(count.max(1)).map(|(number, place)| channel(number, place)).collect()
}

fn channel(number: usize, place: &'static Place) -> Channel {
    let manager = |(seat, name): (usize, &(&'static str, &'static str))| Manager {
        id: format!("m{number:02}{seat}"),
        first_name: name.0,
        last_name: name.1,
        number: format!("{}", 1_000 + number * 10 + seat),
    };
    Channel {
        id: place.id,
        lang: place.lang,
        managers: NAMES.iter().enumerate().map(manager).collect(),
        teams: (0..TEAMS.len()).map(|team| format!("t{number:02}{team}")).collect(),
        document: document(place),
    }
}

/// All documents as `(key, value)`: channels, then managers and teams.
pub(super) fn documents(channels: &[Channel]) -> Vec<(String, Value)> {
    let mut all: Vec<_> =
        channels.iter().map(|channel| (format!("channel/{}", channel.id), channel.document.clone())).collect();
    for channel in channels {
        for (seat, manager) in channel.managers.iter().enumerate() {
            let name = format!("{} {}", manager.first_name, manager.last_name);
            let value = json!({"name": name, "channelId": channel.id, "teamId": channel.teams[seat % TEAMS.len()]});
            all.push((format!("manager/{}", manager.id), value));
        }
        for (team, name) in channel.teams.iter().zip(TEAMS) {
            all.push((format!("team/{team}"), json!({"name": name, "channelId": channel.id})));
        }
    }
    all
}

fn document(place: &Place) -> Value {
    let level = |from: &str, secs: u32| json!({"effectiveFrom": from, "targetSecs": secs, "targetPercent": 80, "abandonThresholdSecs": 5});
    let mut document = json!({
        "name": place.name,
        "serviceLevel": [level("2025-01-01", 30), level("2026-03-01", 20)],
        "profileSchema": {"vip": "Boolean", "plan": "String", "orders": "Number", "birthday": "Date",
                          "renewal": "Datetime", "interests": "List"},
    });
    if let Some(zone) = place.zone {
        document["timezone"] = json!(zone);
    }
    let versions = versions(place.hours);
    if !versions.is_null() {
        document["operatingHours"] = versions;
    }
    document
}

const WEEKDAYS: [&str; 5] = ["mon", "tue", "wed", "thu", "fri"];
const HOLIDAYS: [&str; 4] = ["2025-12-25", "2026-01-01", "2026-05-01", "2026-12-25"];

fn versions(hours: Hours) -> Value {
    let days = |more: &[&str], shifts: Value| -> Value {
        WEEKDAYS
            .iter()
            .chain(more)
            .map(|day| ((*day).to_owned(), shifts.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    match hours {
        Hours::Always => Value::Null,
        Hours::Office => json!([{
            "effectiveFrom": "2025-01-01",
            "weekly": days(&[], json!([["09:00", "18:00"]])),
            "breaks": days(&[], json!([["12:00", "13:00"]])),
            "holidays": HOLIDAYS,
            "special": {"2026-12-24": [["09:00", "13:00"]]},
        }]),
        Hours::SixDays => json!([
            {"effectiveFrom": "2025-01-01", "weekly": days(&["sat"], json!([["08:00", "20:00"]])), "holidays": HOLIDAYS},
            {"effectiveFrom": "2026-07-01", "weekly": days(&["sat", "sun"], json!([["08:00", "22:00"]]))},
        ]),
        Hours::Night => json!([{
            "effectiveFrom": "2025-01-01",
            "weekly": days(&["sat"], json!([["18:00", "02:00"]])),
            "breaks": days(&["sat"], json!([["21:00", "21:30"]])),
            "holidays": HOLIDAYS,
        }]),
        Hours::Split => json!([{
            "effectiveFrom": "2025-01-01",
            "weekly": days(&["sat"], json!([["09:30", "13:00"], ["14:00", "19:00"]])),
            "holidays": HOLIDAYS,
            "special": {"2026-12-31": [["09:30", "12:00"]]},
        }]),
    }
}
