//! Mutations that know no format: flips, cuts, repeats; and the parts of a compound input, one behind the other.

use super::dice::Dice;

/// No input grows beyond it: what is large has tests of its own.
pub const BYTES_MAX: usize = 16 << 10;

const ODD: &[u8] = &[0, 1, 0x7f, 0x80, 0xff, b'"', b'\\', b'{', b'}', b'[', b']', b',', b':', b'-', b'0', b'\n'];

/// A few small changes anywhere.
pub fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let len = dice.below((bytes.len() - at).min(32) + 1);
        match dice.below(8) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            2 if at < bytes.len() => bytes[at] = *dice.pick(ODD),
            3 => bytes.insert(at, *dice.pick(ODD)),
            4 => drop(bytes.drain(at..at + len)),
            5 => bytes.truncate(at),
            6 => {
                let part = bytes[at..at + len].to_vec();
                let to = dice.below(bytes.len() + 1);
                drop(bytes.splice(to..to, part));
            }
            _ => {
                let part: Vec<u8> = (0..dice.below(9)).map(|_| dice.next() as u8).collect();
                drop(bytes.splice(at..at, part));
            }
        }
    }
    bytes.truncate(BYTES_MAX);
}

/// Appends a part, behind its length.
pub fn put(part: Option<&[u8]>, out: &mut Vec<u8>) {
    let len = part.map_or(u16::MAX, |part| u16::try_from(part.len()).expect("inputs are short"));
    out.extend(len.to_le_bytes());
    out.extend(part.unwrap_or_default());
}

/// Takes a part from the front; of a length that is not there, all that is.
pub fn take<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, rest) = from.split_first_chunk::<2>()?;
    let len = u16::from_le_bytes(*len);
    *from = rest;
    if len == u16::MAX {
        return None;
    }
    let (part, rest) = rest.split_at(usize::from(len).min(rest.len()));
    *from = rest;
    Some(part)
}
