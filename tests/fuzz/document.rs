//! Channel documents: what is read of operating hours adds up, and says the same however it was written.

use serde_json::Value;
use wrapup::calendar::ChannelDocument;
use wrapup::time::{Span, Timestamp};
use xxhash_rust::xxh3::xxh3_64;

use super::allocator::measured;
use super::dice::Dice;
use super::run::{Seen, Target};
use super::{bytes, json, seeds};

const DETAIL_MAX: usize = 1_024;

/// The target.
pub struct Documents;

impl Target for Documents {
    fn name(&self) -> &'static str {
        "document"
    }

    fn about(&self) -> &'static str {
        "channel documents"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        seeds::documents().into_iter().map(String::into_bytes).collect()
    }

    fn mutated(&self, corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
        let (document, donor) = (dice.pick(corpus).clone(), dice.pick(corpus));
        let mut value = match serde_json::from_slice::<Value>(&document) {
            Ok(value) if !dice.percent(30) => value,
            _ => return json::mutated(&document, donor, dice),
        };
        for _ in 0..1 + dice.below(3) {
            change_hours(&mut value, dice);
        }
        let mut text = value.to_string().into_bytes();
        text.truncate(bytes::BYTES_MAX);
        text
    }

    fn check(&self, input: &[u8]) -> Seen {
        let (read, cost) = measured(|| ChannelDocument::parse(input));
        let len = input.len() as u64;
        assert!(cost.allocations <= 300 + 2 * len, "{} allocations for {len} bytes", cost.allocations);
        assert!(cost.bytes <= 65_536 + 500 * len, "{} bytes allocated for {len} bytes", cost.bytes);
        let about = match &read {
            Err(error) => {
                let detail = error.to_string();
                assert!(detail.len() <= DETAIL_MAX, "a detail of {} bytes", detail.len());
                detail.chars().filter(|c| !c.is_ascii_digit()).take(60).collect()
            }
            Ok(document) => {
                let mut dice = Dice::new(xxh3_64(input));
                written_otherwise(document, input, &mut dice);
                let open = adds_up(document, &mut dice);
                format!("{} {:?} {open}", document.timezone(), document.profile_schema().len())
            }
        };
        let signature = format!("{about} {}", cost.allocations.max(1).ilog2());
        Seen { signature: xxh3_64(signature.as_bytes()), accepted: read.is_ok(), cost }
    }
}

/// A change that mostly leaves a document that can be used.
fn change_hours(document: &mut Value, dice: &mut Dice) {
    let version = dice.below(3);
    let day = *dice.pick(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
    let hours: Value = (0..dice.below(4)).map(|_| Value::from([clock(dice), clock(dice)])).collect();
    let Some(document) = document.as_object_mut() else { return };
    let versions = document.entry("operatingHours").or_insert_with(|| Value::Array(Vec::new()));
    let Some(versions) = versions.as_array_mut() else { return };
    if versions.len() <= version {
        versions.push(serde_json::json!({"effectiveFrom": date(dice)}));
    }
    let chosen = dice.below(versions.len());
    let Some(of) = versions[chosen].as_object_mut() else { return };
    match dice.below(8) {
        0 => drop(of.insert("holidays".to_owned(), (0..dice.below(9)).map(|_| date(dice)).collect())),
        1 => drop(of.insert("special".to_owned(), Value::Object([(date(dice), hours)].into_iter().collect()))),
        2 => drop(of.insert("effectiveFrom".to_owned(), date(dice).into())),
        3 => {
            let zone = chrono_tz::TZ_VARIANTS[dice.below(chrono_tz::TZ_VARIANTS.len())].name();
            document.insert("timezone".to_owned(), zone.into());
        }
        4 => {
            let switch = |dice: &mut Dice| {
                let at = format!("{}T{}:00{}", date(dice), clock(dice), dice.pick(&["Z", "+09:00", "-23:59"]));
                serde_json::json!({"at": at.replace("T24", "T23"), "open": dice.percent(50)})
            };
            document.insert("switches".to_owned(), (0..dice.below(5)).map(|_| switch(dice)).collect());
        }
        kind => {
            let week = of.entry(if kind == 5 { "breaks" } else { "weekly" }).or_insert_with(|| serde_json::json!({}));
            if let Some(week) = week.as_object_mut() {
                week.insert(day.to_owned(), hours);
            }
        }
    }
}

fn clock(dice: &mut Dice) -> String {
    if dice.percent(5) {
        "24:00".to_owned()
    } else {
        format!("{:02}:{:02}", dice.below(24), dice.below(4) * 15 + dice.below(2))
    }
}

fn date(dice: &mut Dice) -> String {
    let year = if dice.percent(10) { *dice.pick(&[0, 1969, 1970, 1999, 2000, 2037, 2100, 9999]) } else { 2026 };
    format!("{year:04}-{:02}-{:02}", 1 + dice.below(12), 1 + dice.below(28))
}

/// The same document with its members in another order, and spaces between them, has the same hash.
fn written_otherwise(document: &ChannelDocument, input: &[u8], dice: &mut Dice) {
    if !dice.percent(25) {
        return;
    }
    let value: Value = serde_json::from_slice(input).expect("it was read before");
    let pretty = serde_json::to_vec_pretty(&value).expect("JSON");
    let again = ChannelDocument::parse(&pretty).expect("the same document");
    assert_eq!(again.hash(), document.hash(), "the hash is of the meaning");
}

/// Lengths add up, and agree with the intervals; what is open is not closed. Gives how much of the time is open.
fn adds_up(document: &ChannelDocument, dice: &mut Dice) -> i64 {
    let instant = |dice: &mut Dice| {
        // A length over millennia compiles as many years once: a tenth of a second.
        let millis = match dice.below(3_000) {
            0 => *dice.pick(&[i64::MIN, -1, 0, 253_402_300_799_999, 253_402_300_800_000, i64::MAX]),
            1..100 => dice.between(946_684_800_000, 4_102_444_800_000),
            _ => dice.between(1_767_225_600_000, 1_798_761_600_000),
        };
        Timestamp::from_millis(millis)
    };
    let mut three = [instant(dice), instant(dice), instant(dice)];
    three.sort();
    let [a, b, c] = three;
    let is_whole = c.millis().checked_sub(a.millis()).is_some();
    let whole = document.operating_time(a, c);
    if is_whole {
        let parts = document.operating_time(a, b) + document.operating_time(b, c);
        assert_eq!(parts, whole, "{a} {b} {c}");
        assert!(Span::ZERO <= whole && whole <= c.since(a), "{a} {c}: {whole}");
    }
    assert_eq!(document.operating_time(c, a), if a == c { whole } else { Span::ZERO });
    let to = b.saturating_add(Span::from_millis(dice.between(0, 40 * 86_400_000)));
    let open = document.open_intervals(b, to);
    assert!(
        open.is_sorted_by(|x, y| x.1 < y.0) && open.iter().all(|(from, end)| b <= *from && from < end && *end <= to)
    );
    let sum = open.iter().fold(Span::ZERO, |sum, (from, end)| sum + end.since(*from));
    assert_eq!(sum, document.operating_time(b, to), "{b} {to}: intervals and length");
    let closed = document.closed_intervals(b, to);
    let sum_closed = closed.iter().fold(Span::ZERO, |sum, closed| sum + closed.to.since(closed.from));
    if Timestamp::OLDEST <= b && to.millis() < 253_402_300_800_000 {
        assert_eq!(sum + sum_closed, to.since(b), "{b} {to}: open and closed");
    }
    let next = b.saturating_add(Span::from_millis(1));
    if next > b {
        assert_eq!(document.is_open(b), document.operating_time(b, next) == next.since(b), "{b}");
    }
    let (start, end) = document.day(b);
    assert!(start < end, "{b}: a day");
    let _ = (document.operating_hours_version(b), document.service_level(c));
    sum.millis().checked_div(to.since(b).millis() / 8).unwrap_or(0)
}
