//! Mutations that know JSON: members go, come, change their types and values; and those that break its text.

use serde_json::{Map, Value, json};

use super::bytes;
use super::dice::Dice;

/// Never to be seen in an error: values of events are personal data.
pub const PERSONAL: &str = "Pers0nal";

const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    "B",
    "1",
    "-1",
    "4.0",
    "0",
    "null",
    "true",
    "c1",
    "m",
    "q1",
    "t",
    "é",
    "\u{0}",
    "\u{1f600}",
    "\"\\/",
    PERSONAL,
    "2026-03-02T09:00:00Z",
    "2026-03-02T18:00:00.9999+09:00",
    "1999-12-31T23:59:59.999Z",
    "2000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-02-30T00:00:00Z",
    "2026-03-02",
    "02-29",
    "24:00",
    "23:59",
    "00:00",
    "9:00",
    "channelId",
    "Asia/Seoul",
    "America/Santiago",
    "Boolean",
    "Number",
    "Date",
    "Datetime",
    "List",
    "String",
    "mon",
    "sun",
    "a/b//c",
];

/// Parts of a text that are, or are nearly, JSON.
const PARTS: &[&str] = &[
    "null",
    "true",
    "1e400",
    "-0",
    "-0.0",
    "4.0",
    "1e2",
    "0.1e-5",
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"\\ud83d\\ude00\"",
    "{}",
    "[]",
    "[[[]]]",
    "{\"a\":{}}",
    ",\"id\":7",
    ",\"data\":{}",
    ",\"type\":null",
    "\u{feff}",
    " ",
    "\t",
    "NaN",
    "01",
    "+1",
    ".5",
    "'a'",
    "\\",
    "\"",
    ",,",
    "//",
];

/// Any value, mostly small.
pub fn any(dice: &mut Dice, depth: usize) -> Value {
    match dice.below(if depth == 0 { 8 } else { 11 }) {
        0 => Value::Null,
        1 => dice.percent(50).into(),
        2 => dice.between(-3, 12).into(),
        3 => (*dice.pick(&[i64::MIN, i64::MAX, 1 << 53, -1, 0, 20_000])).into(),
        4 => (*dice.pick(&[0.5, -0.0, 1e300, 1e-300, 4.0, 4.25, 9_007_199_254_740_993.0, u64::MAX as f64])).into(),
        5 => u64::MAX.into(),
        6 | 7 => text(dice).into(),
        8 => (0..dice.below(4)).map(|_| any(dice, depth - 1)).collect(),
        _ => {
            let member = |dice: &mut Dice| (text(dice), any(dice, depth - 1));
            Value::Object((0..dice.below(4)).map(|_| member(dice)).collect())
        }
    }
}

/// A text that some reader may find odd.
pub fn text(dice: &mut Dice) -> String {
    match dice.below(20) {
        0 => "x".repeat(dice.below(400)),
        1 => (0..dice.below(8)).filter_map(|_| char::from_u32(dice.next() as u32 % 0x11_0000)).collect(),
        2 => format!("{}{}", dice.pick(TEXTS), dice.pick(TEXTS)),
        _ => (*dice.pick(TEXTS)).to_owned(),
    }
}

/// Changes some values somewhere in the tree; `donor` gives parts of another.
pub fn mutate_tree(value: &mut Value, donor: &Value, dice: &mut Dice) {
    for _ in 0..1 + dice.below(4) {
        change(place_in(value, dice), donor, dice);
    }
}

/// A random place, more often near the leaves.
fn place_in<'v>(value: &'v mut Value, dice: &mut Dice) -> &'v mut Value {
    if dice.percent(15) || value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty) {
        return value;
    }
    match value {
        Value::Object(members) => {
            let chosen = dice.below(members.len());
            place_in(members.values_mut().nth(chosen).expect("chosen among them"), dice)
        }
        Value::Array(items) => {
            let chosen = dice.below(items.len());
            place_in(&mut items[chosen], dice)
        }
        leaf => leaf,
    }
}

fn change(at: &mut Value, donor: &Value, dice: &mut Dice) {
    match (dice.below(10), &mut *at) {
        (0..4, Value::Object(members)) => change_members(members, donor, dice),
        (0..3, Value::Array(items)) if !items.is_empty() => {
            let chosen = dice.below(items.len());
            match dice.below(3) {
                0 => drop(items.remove(chosen)),
                1 => items.push(items[chosen].clone()),
                _ => items.swap(0, chosen),
            }
        }
        (3, _) => *at = part_of(donor, dice).clone(),
        (4, Value::Number(number)) => *at = json!(number.as_i64().unwrap_or(3).wrapping_add(dice.between(-2, 2))),
        (4..6, Value::String(_)) => *at = text(dice).into(),
        (5, _) if dice.percent(20) => {
            for _ in 0..dice.below(160) {
                *at = if dice.percent(50) { json!([at.take()]) } else { json!({"a": at.take()}) };
            }
        }
        (6, _) => *at = Value::Null,
        _ => *at = any(dice, 2),
    }
}

fn change_members(members: &mut Map<String, Value>, donor: &Value, dice: &mut Dice) {
    let chosen = dice.below(members.len());
    let Some(name) = members.keys().nth(chosen).cloned() else {
        members.insert(text(dice), any(dice, 2));
        return;
    };
    match dice.below(4) {
        0 => drop(members.remove(&name)),
        1 => {
            if let Some(value) = members.remove(&name) {
                members.insert(text(dice), value);
            }
        }
        2 => drop(members.insert(name, part_of(donor, dice).clone())),
        _ => {
            if let Value::Object(others) = part_of(donor, dice) {
                members.extend(others.clone());
            }
        }
    }
}

fn part_of<'v>(value: &'v Value, dice: &mut Dice) -> &'v Value {
    let mut at = value;
    while dice.percent(70) {
        let next = match at {
            Value::Object(members) => members.values().nth(dice.below(members.len())),
            Value::Array(items) => items.get(dice.below(items.len())),
            _ => None,
        };
        let Some(next) = next else { break };
        at = next;
    }
    at
}

/// Changes that mostly leave the text no JSON, or JSON that a tree cannot hold: names that repeat, odd numbers.
pub fn mutate_text(text: &mut Vec<u8>, dice: &mut Dice) {
    if dice.percent(50) {
        return bytes::mutate(text, dice);
    }
    // In the place of a token, or between two.
    let tokens: Vec<usize> = (0..text.len()).filter(|at| b"{}[],:\"".contains(&text[*at])).collect();
    let at = if tokens.is_empty() { 0 } else { *dice.pick(&tokens) + dice.below(2) };
    let end = tokens.iter().copied().find(|end| *end > at).unwrap_or(text.len()).min(text.len());
    let end = if dice.percent(50) { end.max(at) } else { at };
    drop(text.splice(at..end, dice.pick(PARTS).bytes()));
    text.truncate(bytes::BYTES_MAX);
}

/// A mutated document of JSON.
pub fn mutated(text: &[u8], donor: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = match serde_json::from_slice::<Value>(text) {
        Ok(mut value) if dice.percent(85) => {
            let donor = serde_json::from_slice(donor).unwrap_or_default();
            mutate_tree(&mut value, &donor, dice);
            value.to_string().into_bytes()
        }
        _ => text.to_vec(),
    };
    if dice.percent(20) {
        mutate_text(&mut out, dice);
    }
    out.truncate(bytes::BYTES_MAX);
    out
}
