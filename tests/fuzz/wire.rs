//! Mutations that know protobuf: fields are repeated, left out, moved, renumbered, at any depth.

use super::bytes;
use super::dice::Dice;

/// A field: its tag and wire type, its payload without the length.
struct Field {
    key: u64,
    payload: Vec<u8>,
}

pub fn put_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub fn put_bytes(tag: u32, payload: &[u8], out: &mut Vec<u8>) {
    put_varint(u64::from(tag) << 3 | 2, out);
    put_varint(payload.len() as u64, out);
    out.extend(payload);
}

fn take_varint(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = from.split_first()?;
        *from = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn fields(mut message: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = take_varint(&mut message)?;
        let len = match key & 7 {
            0 => {
                let mut after = message;
                take_varint(&mut after)?;
                message.len() - after.len()
            }
            1 => 8,
            2 => usize::try_from(take_varint(&mut message)?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (payload, rest) = message.split_at_checked(len)?;
        fields.push(Field { key, payload: payload.to_vec() });
        message = rest;
    }
    Some(fields)
}

fn written(fields: &[Field]) -> Vec<u8> {
    let mut out = Vec::new();
    for Field { key, payload } in fields {
        put_varint(*key, &mut out);
        if key & 7 == 2 {
            put_varint(payload.len() as u64, &mut out);
        }
        out.extend(payload);
    }
    out
}

/// A mutated message; `donor` gives fields of another.
pub fn mutated(message: &[u8], donor: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = match fields(message) {
        Some(mut of) if dice.percent(80) => {
            for _ in 0..1 + dice.below(3) {
                change(&mut of, donor, dice);
            }
            written(&of)
        }
        _ => {
            let mut raw = message.to_vec();
            bytes::mutate(&mut raw, dice);
            raw
        }
    };
    if dice.percent(10) {
        bytes::mutate(&mut out, dice);
    }
    out.truncate(bytes::BYTES_MAX);
    out
}

fn change(of: &mut Vec<Field>, donor: &[u8], dice: &mut Dice) {
    let at = dice.below(of.len());
    match dice.below(8) {
        0 if !of.is_empty() => drop(of.remove(at)),
        1 if !of.is_empty() => {
            let Field { key, payload } = &of[at];
            let again = Field { key: *key, payload: payload.clone() };
            of.insert(dice.below(of.len() + 1), again);
        }
        2 if !of.is_empty() => of.swap(0, at),
        3 => {
            let given = fields(donor).unwrap_or_default();
            let chosen = dice.below(given.len());
            of.extend(given.into_iter().nth(chosen));
        }
        4 if !of.is_empty() => of[at].key = of[at].key.wrapping_add(*dice.pick(&[8, 1, 16, 80])) & 0xfff,
        5 if !of.is_empty() && of[at].key & 7 == 0 => {
            of[at].payload.clear();
            let number = *dice.pick(&[0, 1, 2, 5, 100, u64::from(u32::MAX), i64::MAX as u64, u64::MAX]);
            put_varint(number, &mut of[at].payload);
        }
        6 if !of.is_empty() && of[at].key & 7 == 1 => {
            let number = *dice.pick(&[0.0, -0.0, 4.0, 1e300, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE]);
            of[at].payload = number.to_le_bytes().to_vec();
        }
        _ if !of.is_empty() && of[at].key & 7 == 2 => of[at].payload = mutated(&of[at].payload, donor, dice),
        _ => of.push(Field { key: dice.below(120) as u64 * 8, payload: vec![dice.below(128) as u8] }),
    }
}
