//! The protobuf wire format, as far as the members need it.

use prost::DecodeError;
use prost::encoding::{self, DecodeContext, WireType};

/// The bytes of a field of the length-delimited wire type, cut from the front of `buf`.
pub(crate) fn take_bytes<'a>(wire: WireType, buf: &mut &'a [u8]) -> Result<&'a [u8], DecodeError> {
    encoding::check_wire_type(WireType::LengthDelimited, wire)?;
    let len = encoding::decode_varint(buf)?;
    let taken = usize::try_from(len).ok().and_then(|len| buf.split_at_checked(len));
    let (bytes, rest) = taken.ok_or_else(|| broken("a field is longer than its message"))?;
    *buf = rest;
    Ok(bytes)
}

/// The text of a string field.
pub(crate) fn take_text<'a>(wire: WireType, buf: &mut &'a [u8]) -> Result<&'a str, DecodeError> {
    std::str::from_utf8(take_bytes(wire, buf)?).map_err(|_| broken("a text is not UTF-8"))
}

/// The number of a varint field.
pub(crate) fn take_varint(wire: WireType, buf: &mut &[u8]) -> Result<u64, DecodeError> {
    encoding::check_wire_type(WireType::Varint, wire)?;
    encoding::decode_varint(buf)
}

/// The number of a double field.
pub(crate) fn take_double(wire: WireType, buf: &mut &[u8]) -> Result<f64, DecodeError> {
    encoding::check_wire_type(WireType::SixtyFourBit, wire)?;
    let (bytes, rest) = buf.split_first_chunk::<8>().ok_or_else(|| broken("a number is cut off"))?;
    *buf = rest;
    Ok(f64::from_le_bytes(*bytes))
}

/// Appends a length-delimited field.
pub(crate) fn put_bytes(tag: u32, bytes: &[u8], out: &mut Vec<u8>) {
    encoding::encode_key(tag, WireType::LengthDelimited, out);
    encoding::encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Appends a varint field.
pub(crate) fn put_varint(tag: u32, number: u64, out: &mut Vec<u8>) {
    encoding::encode_key(tag, WireType::Varint, out);
    encoding::encode_varint(number, out);
}

/// Appends a double field.
pub(crate) fn put_double(tag: u32, number: f64, out: &mut Vec<u8>) {
    encoding::encode_key(tag, WireType::SixtyFourBit, out);
    out.extend_from_slice(&number.to_le_bytes());
}

/// Calls `each` with every field of a message; what it leaves in place (`Ok(false)`) is skipped.
pub(crate) fn fields<'a>(
    mut buf: &'a [u8],
    mut each: impl FnMut(u32, WireType, &mut &'a [u8]) -> Result<bool, DecodeError>,
) -> Result<(), DecodeError> {
    while !buf.is_empty() {
        let (tag, wire) = encoding::decode_key(&mut buf)?;
        if !each(tag, wire, &mut buf)? {
            encoding::skip_field(wire, tag, &mut buf, DecodeContext::default())?;
        }
    }
    Ok(())
}

/// An error of stored bytes: they are not what this version, or an older one, wrote.
pub(crate) fn broken(what: &'static str) -> DecodeError {
    #[allow(deprecated, reason = "the only way to make prost's error outside of prost")]
    DecodeError::new(what)
}
