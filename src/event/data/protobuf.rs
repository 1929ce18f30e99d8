//! `data` as the protobuf messages of `proto/wrapup/v1/events.proto`, turned into the JSON text it stands for: so that
//! both are checked by the same rules, and what one accepts the other does.

use prost::DecodeError;
use prost::encoding::WireType;

use super::describe::{DescribedMember, Description, Presence, Type};
use super::json::Fault;
use super::wire;

/// The field number of `channel_id`, which every message has.
pub const CHANNEL_ID_NUMBER: u32 = 100;
/// The field number of `clear`, the names of the members that are cleared, in messages whose members can be.
pub const CLEAR_NUMBER: u32 = 101;

/// How deep a `google.protobuf.Value` may be nested.
const DEPTH_MAX: usize = 100;

const BROKEN: Fault = Fault::new("is not a message that can be read");
const WRONG_TYPE: Fault = Fault::new("is of the wrong type");

/// A field as it was found.
#[derive(Clone, Copy)]
enum Found<'a> {
    Varint(u64),
    Double(f64),
    Bytes(&'a [u8]),
}

/// Whether the bytes are fields one behind the other, as any message is; what they hold is not looked at.
pub(in crate::event) fn is_message(bytes: &[u8]) -> bool {
    wire::fields(bytes, |_, _, _| Ok(false)).is_ok()
}

/// The JSON text of a message.
pub(super) fn to_json(description: &Description, bytes: &[u8]) -> Result<String, Fault> {
    let mut out = String::with_capacity(2 * bytes.len() + 16);
    let fields =
        read(bytes, |number| number == CHANNEL_ID_NUMBER || number == CLEAR_NUMBER || knows(description, number))?;
    let mut object = ObjectWriter::open(&mut out);
    write_members(description, &fields, &mut object)?;
    if let Some(found) = last(&fields, CHANNEL_ID_NUMBER) {
        let channel_id = text(found).map_err(|fault| fault.inside(super::CHANNEL_ID))?;
        write_text(channel_id, object.member(super::CHANNEL_ID));
    }
    object.close();
    Ok(out)
}

type Fields<'a> = Vec<(u32, Found<'a>)>;

fn knows(description: &Description, number: u32) -> bool {
    description.members.iter().any(|member| member.number == number)
}

fn last<'a>(fields: &Fields<'a>, number: u32) -> Option<Found<'a>> {
    fields.iter().rev().find(|field| field.0 == number).map(|field| field.1)
}

fn read(bytes: &[u8], is_known: impl Fn(u32) -> bool) -> Result<Fields<'_>, Fault> {
    let mut fields = Vec::new();
    let read = wire::fields(bytes, |number, wire, buf| {
        if !is_known(number) {
            return Ok(false);
        }
        fields.push((number, take(wire, buf)?));
        Ok(true)
    });
    read.map_err(|_| BROKEN).map(|()| fields)
}

fn take<'a>(wire: WireType, buf: &mut &'a [u8]) -> Result<Found<'a>, DecodeError> {
    match wire {
        WireType::Varint => wire::take_varint(wire, buf).map(Found::Varint),
        WireType::SixtyFourBit => wire::take_double(wire, buf).map(Found::Double),
        WireType::LengthDelimited => wire::take_bytes(wire, buf).map(Found::Bytes),
        _ => Err(wire::broken("no member is of this wire type")),
    }
}

fn write_members(description: &Description, fields: &Fields<'_>, out: &mut ObjectWriter<'_>) -> Result<(), Fault> {
    for member in description.members {
        if member.value == Type::Keys {
            for field in fields.iter().filter(|field| field.0 == member.number) {
                write_entry(field.1, DEPTH_MAX, out)?;
            }
        } else {
            write_member(member, fields, out).map_err(|fault| fault.inside(member.key))?;
        }
    }
    write_cleared(description, fields, out).map_err(|fault| fault.inside("clear"))
}

fn write_member(member: &DescribedMember, fields: &Fields<'_>, out: &mut ObjectWriter<'_>) -> Result<(), Fault> {
    let found = || fields.iter().filter(|field| field.0 == member.number).map(|field| field.1);
    if matches!(member.presence, Presence::List | Presence::OptionalList) {
        let text = out.member(member.key);
        text.push('[');
        for (at, element) in found().enumerate() {
            if at > 0 {
                text.push(',');
            }
            write_value(member.value, element, text)?;
        }
        text.push(']');
        return Ok(());
    }
    let Some(last) = found().next_back() else {
        if member.presence == Presence::Nullable {
            out.member(member.key).push_str("null");
        }
        return Ok(());
    };
    let text = out.member(member.key);
    let Type::Object(description) = member.value else { return write_value(member.value, last, text) };
    // The occurrences of one message are parts of it: their bytes one behind the other are the whole.
    let parts: Result<Vec<&[u8]>, Fault> = found().map(bytes).collect();
    write_object(description, &parts?.concat(), text)
}

/// Members named by `clear` are null.
fn write_cleared(description: &Description, fields: &Fields<'_>, out: &mut ObjectWriter<'_>) -> Result<(), Fault> {
    let is_patch = |member: &&DescribedMember| member.presence == Presence::Patch;
    if !description.members.iter().any(|member| is_patch(&member)) {
        return Ok(());
    }
    let mut cleared: Vec<&str> = Vec::new();
    for (_, found) in fields.iter().filter(|field| field.0 == CLEAR_NUMBER) {
        let name = text(*found)?;
        // A name that comes again says nothing more: looking each up among all fields would be quadratic.
        if cleared.contains(&name) {
            continue;
        }
        let member = description.members.iter().filter(is_patch).find(|member| member.key == name);
        let member = member.ok_or(Fault::new("names a member that cannot be cleared"))?;
        if last(fields, member.number).is_some() {
            return Err(Fault::new("names a member that is set"));
        }
        out.member(member.key).push_str("null");
        cleared.push(name);
    }
    Ok(())
}

fn write_object(description: &Description, bytes: &[u8], out: &mut String) -> Result<(), Fault> {
    let fields = read(bytes, |number| knows(description, number))?;
    let mut object = ObjectWriter::open(out);
    write_members(description, &fields, &mut object)?;
    object.close();
    Ok(())
}

fn write_value(value: Type, found: Found<'_>, out: &mut String) -> Result<(), Fault> {
    match (value, found) {
        (Type::Text | Type::Id | Type::NonEmpty | Type::Word(_), found) => write_text(text(found)?, out),
        (Type::Flag, Found::Varint(flag)) => out.push_str(if flag == 0 { "false" } else { "true" }),
        (Type::Whole { .. }, Found::Varint(number)) => out.push_str(&number.cast_signed().to_string()),
        (Type::Number | Type::Fraction { .. }, Found::Double(number)) => write_number(number, out)?,
        (Type::Json | Type::Scalar, found) => write_any(bytes(found)?, DEPTH_MAX, out)?,
        (Type::Object(description), found) => write_object(description, bytes(found)?, out)?,
        _ => return Err(WRONG_TYPE),
    }
    Ok(())
}

/// A `google.protobuf.Value`. Of several kinds in one the last counts; none is null.
fn write_any(bytes: &[u8], depth: usize, out: &mut String) -> Result<(), Fault> {
    let depth = depth.checked_sub(1).ok_or(Fault::new("is nested too deep"))?;
    match read(bytes, |number| number <= 6)?.last() {
        None | Some((1, _)) => out.push_str("null"),
        Some((2, Found::Double(number))) => write_number(*number, out)?,
        Some((3, found)) => write_text(text(*found)?, out),
        Some((4, Found::Varint(flag))) => out.push_str(if *flag == 0 { "false" } else { "true" }),
        Some((5, Found::Bytes(entries))) => {
            let mut object = ObjectWriter::open(out);
            for (_, entry) in read(entries, |number| number == 1)? {
                write_entry(entry, depth, &mut object)?;
            }
            object.close();
        }
        Some((6, Found::Bytes(elements))) => {
            out.push('[');
            for (at, (_, element)) in read(elements, |number| number == 1)?.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_any(self::bytes(element)?, depth, out)?;
            }
            out.push(']');
        }
        Some(_) => return Err(WRONG_TYPE),
    }
    Ok(())
}

/// An entry of a `map<string, google.protobuf.Value>`.
fn write_entry(entry: Found<'_>, depth: usize, out: &mut ObjectWriter<'_>) -> Result<(), Fault> {
    let fields = read(bytes(entry)?, |number| number <= 2)?;
    let key = last(&fields, 1).map_or(Ok(""), text)?;
    let value = last(&fields, 2).map_or(Ok(&[][..]), bytes)?;
    write_any(value, depth, out.member(key))
}

fn bytes(found: Found<'_>) -> Result<&[u8], Fault> {
    if let Found::Bytes(bytes) = found { Ok(bytes) } else { Err(WRONG_TYPE) }
}

fn text(found: Found<'_>) -> Result<&str, Fault> {
    std::str::from_utf8(bytes(found)?).map_err(|_| Fault::new("is not UTF-8"))
}

fn write_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("any text is a JSON string"));
}

/// Whole numbers without fraction, as JSON has them, as far as a double is exact.
fn write_number(number: f64, out: &mut String) -> Result<(), Fault> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !number.is_finite() {
        return Err(Fault::new("is not a number"));
    }
    if number.fract() == 0.0 && number.abs() < EXACT {
        out.push_str(&(number as i64).to_string());
    } else {
        out.push_str(&format!("{number:?}"));
    }
    Ok(())
}

/// Writes a JSON object member by member.
struct ObjectWriter<'o> {
    out: &'o mut String,
    is_filled: bool,
}

impl<'o> ObjectWriter<'o> {
    fn open(out: &'o mut String) -> Self {
        out.push('{');
        ObjectWriter { out, is_filled: false }
    }

    /// Writes a member's name; the value is for the caller.
    fn member(&mut self, name: &str) -> &mut String {
        if self.is_filled {
            self.out.push(',');
        }
        self.is_filled = true;
        write_text(name, self.out);
        self.out.push(':');
        self.out
    }

    fn close(self) {
        self.out.push('}');
    }
}
