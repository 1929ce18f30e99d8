//! Events made up from the description of every type's `data`: valid but for a little, as JSON and as protobuf.

use serde_json::{Map, Value, json};
use wrapup::event::{CHANNEL_ID_NUMBER, CLEAR_NUMBER, DescribedMember, Description, EventData, Kind, Presence, Type};
use wrapup::time::Timestamp;

use super::dice::Dice;
use super::json;
use super::wire::{put_bytes, put_varint};

const IDS: &[&str] = &["A", "B", "C", "q1", "q2", "m", "t", "p", "7"];

/// Monday, 2026-03-02T09:00:00Z.
const MORNING: i64 = 1_772_442_000_000;

/// Any type.
pub fn kind(dice: &mut Dice) -> Kind {
    let codes = Kind::NAMES.len() as u64;
    Kind::from_code(1 + (dice.next() % codes) as u32).expect("codes have no gaps")
}

/// A time that collides with others, follows closely, or lies a day off; rarely far away.
pub fn time(dice: &mut Dice) -> String {
    let millis = match dice.below(40) {
        0 => dice.between(946_684_800_000, 1_772_442_000_000),
        1..=4 => MORNING + 86_400_000 * dice.between(0, 3) + dice.between(-1, 1),
        5..=9 => MORNING + dice.between(0, 12 * 3_600_000),
        10..=15 => MORNING + dice.between(0, 3),
        _ => MORNING + 60_000 * dice.between(0, 90),
    };
    Timestamp::from_millis(millis).to_string()
}

/// An envelope around `data`.
pub fn envelope(kind: Kind, data: Value, dice: &mut Dice) -> Value {
    json!({
        "specversion": "1.0", "id": format!("e{}", dice.below(500)), "source": *dice.pick(&["/s", "/t"]),
        "type": kind.as_str(), "subject": "c", "time": time(dice), "data": data,
    })
}

/// A valid event, nearly always.
pub fn event(dice: &mut Dice) -> Value {
    let kind = kind(dice);
    let mut data = object(EventData::description(kind), dice);
    if kind == Kind::ChatCreated || dice.percent(10) {
        data.insert("channelId".to_owned(), (*dice.pick(&["c1", "c2"])).into());
    }
    if kind == Kind::ChatCsatSubmitted {
        let scale = *dice.pick(&[2, 3, 5]);
        data =
            Map::from_iter([("scale".to_owned(), scale.into()), ("choice".to_owned(), dice.between(1, scale).into())]);
    }
    envelope(kind, data.into(), dice)
}

fn object(description: &Description, dice: &mut Dice) -> Map<String, Value> {
    let mut made = Map::new();
    for member in description.members {
        if member.value == Type::Keys {
            let keys = ["csat", "csatComment", "vip", "n", "d", "~/"];
            made.extend((0..dice.below(4)).map(|_| ((*dice.pick(&keys)).to_owned(), json::any(dice, 2))));
            continue;
        }
        let is_there = match member.presence {
            Presence::Required | Presence::Nullable | Presence::List => !dice.percent(1),
            Presence::Optional | Presence::Patch | Presence::OptionalList => dice.percent(50),
        };
        if is_there {
            made.insert(member.key.to_owned(), value(member, dice));
        }
    }
    made
}

fn value(member: &DescribedMember, dice: &mut Dice) -> Value {
    match member.presence {
        Presence::Nullable | Presence::Patch | Presence::Optional if dice.percent(15) => Value::Null,
        Presence::List | Presence::OptionalList => (0..dice.below(4)).map(|_| of_type(member.value, dice)).collect(),
        _ => of_type(member.value, dice),
    }
}

fn of_type(value: Type, dice: &mut Dice) -> Value {
    match value {
        Type::Id => (*dice.pick(IDS)).into(),
        Type::Word(words) => (*dice.pick(words)).into(),
        Type::Flag => dice.percent(50).into(),
        Type::Whole { min, max } if max.saturating_sub(min) < 100 => dice.between(min, max).into(),
        Type::Whole { .. } => (*dice.pick(&[0, 1, 2, 40, -1, i64::MAX, i64::MIN])).into(),
        Type::Fraction { min, max } => (dice.between(4 * min, 4 * max) as f64 / 4.0).into(),
        Type::Number => (*dice.pick(&[0.0, 20.0, 0.5, 1e12, 1e300])).into(),
        Type::Object(description) => object(description, dice).into(),
        Type::Json | Type::Keys => json::any(dice, 3),
        Type::Scalar if dice.percent(50) => dice.between(0, 99).into(),
        Type::Text | Type::NonEmpty | Type::Scalar => json::text(dice).into(),
    }
}

/// A message of a type's `data`, valid but for a little.
pub fn message(description: &Description, dice: &mut Dice) -> Vec<u8> {
    let mut out = Vec::new();
    fields(description, dice, &mut out);
    if dice.percent(30) {
        put_bytes(CHANNEL_ID_NUMBER, b"c1", &mut out);
    }
    for member in description.members.iter().filter(|member| member.presence == Presence::Patch) {
        if dice.percent(20) {
            put_bytes(CLEAR_NUMBER, member.key.as_bytes(), &mut out);
        }
    }
    out
}

fn fields(description: &Description, dice: &mut Dice, out: &mut Vec<u8>) {
    for member in description.members {
        let times = match member.presence {
            Presence::Required => usize::from(!dice.percent(1)),
            Presence::List | Presence::OptionalList => dice.below(4),
            _ => dice.below(2),
        };
        for _ in 0..times {
            field(member.number, member.value, dice, out);
        }
    }
}

fn field(number: u32, value: Type, dice: &mut Dice, out: &mut Vec<u8>) {
    let mut inner = Vec::new();
    match value {
        Type::Flag => {
            put_varint(u64::from(number) << 3, out);
            return put_varint(u64::from(dice.percent(50)), out);
        }
        Type::Whole { .. } => {
            put_varint(u64::from(number) << 3, out);
            return put_varint(of_type(value, dice).as_i64().unwrap_or(1).cast_unsigned(), out);
        }
        Type::Number | Type::Fraction { .. } => {
            put_varint(u64::from(number) << 3 | 1, out);
            return out.extend(of_type(value, dice).as_f64().unwrap_or(1.0).to_le_bytes());
        }
        Type::Object(description) => fields(description, dice, &mut inner),
        Type::Json | Type::Scalar => any_value(dice, 3, &mut inner),
        Type::Keys => {
            put_bytes(1, json::text(dice).as_bytes(), &mut inner);
            let mut held = Vec::new();
            any_value(dice, 3, &mut held);
            put_bytes(2, &held, &mut inner);
        }
        Type::Text | Type::Id | Type::NonEmpty | Type::Word(_) => {
            inner.extend(of_type(value, dice).as_str().unwrap_or_default().bytes());
        }
    }
    put_bytes(number, &inner, out);
}

/// A `google.protobuf.Value`.
fn any_value(dice: &mut Dice, depth: usize, out: &mut Vec<u8>) {
    let mut inner = Vec::new();
    match dice.below(if depth == 0 { 4 } else { 6 }) {
        0 => out.extend([8, 0]),
        1 => {
            out.push(17);
            out.extend((*dice.pick(&[1.0, 0.5, 1e300, f64::NAN])).to_le_bytes());
        }
        2 => put_bytes(3, json::text(dice).as_bytes(), out),
        3 => out.extend([32, 1]),
        4 => {
            for _ in 0..dice.below(3) {
                let (mut entry, mut held) = (Vec::new(), Vec::new());
                put_bytes(1, json::text(dice).as_bytes(), &mut entry);
                any_value(dice, depth - 1, &mut held);
                put_bytes(2, &held, &mut entry);
                put_bytes(1, &entry, &mut inner);
            }
            put_bytes(5, &inner, out);
        }
        _ => {
            for _ in 0..dice.below(3) {
                let mut held = Vec::new();
                any_value(dice, depth - 1, &mut held);
                put_bytes(1, &held, &mut inner);
            }
            put_bytes(6, &inner, out);
        }
    }
}
