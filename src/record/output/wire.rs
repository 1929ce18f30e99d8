//! The record as a protobuf message of `proto/wrapup/v1/record.proto`.

use super::columns::{Field, Kind, Texts};
use crate::chat::metric::{Shape, Unit};
use crate::event::{json, wire};
use crate::time::Timestamp;

/// Appends the fields of a message.
pub(super) fn put_fields(fields: &[Field], texts: &Texts<'_>, out: &mut Vec<u8>) {
    for field in fields {
        match &field.kind {
            Kind::Value { at, unit } => put_value(field.number, *unit, &texts.columns[*at], out),
            Kind::JsonText { at } if texts.columns[*at] == "null" => {}
            Kind::JsonText { at } => wire::put_bytes(field.number, texts.columns[*at].as_bytes(), out),
            Kind::CustomText => wire::put_bytes(field.number, texts.custom_object().as_bytes(), out),
            Kind::Custom => {
                for (key, value) in &texts.custom {
                    wire::put_bytes(field.number, &entry(key, value), out);
                }
            }
            Kind::Group { fields, .. } => {
                let mut inner = Vec::new();
                put_fields(fields, texts, &mut inner);
                wire::put_bytes(field.number, &inner, out);
            }
        }
    }
}

/// Appends a value as the field `number`; null is absence.
fn put_value(number: u32, unit: Unit, text: &str, out: &mut Vec<u8>) {
    if json::is_null(text) {
        return;
    }
    match unit {
        Unit::Text => put_text(number, text, out),
        Unit::Texts => elements(text).for_each(|text| put_text(number, text, out)),
        Unit::Flag => wire::put_varint(number, u64::from(text == "true"), out),
        Unit::Count => wire::put_varint(number, ours(text.parse().ok()), out),
        Unit::WholeSeconds => wire::put_varint(number, ours(text.parse().ok().map(i64::cast_unsigned)), out),
        Unit::Seconds | Unit::Number => wire::put_double(number, ours(text.parse().ok()), out),
        Unit::Time => wire::put_bytes(number, &timestamp(ours(read_time(text))), out),
        Unit::Json => wire::put_bytes(number, &any(text), out),
        Unit::Object(shape) => wire::put_bytes(number, &object(shape, text), out),
        Unit::Rows(shape) => elements(text).for_each(|row| wire::put_bytes(number, &object(shape, row), out)),
    }
}

/// What could be read of a text that the metric table wrote.
fn ours<T>(read: Option<T>) -> T {
    read.expect("the table's JSON texts are of its types")
}

/// The instant of a JSON text.
pub(super) fn read_time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(&json::text(text)?)
}

/// The elements of an array that the metric table wrote.
pub(super) fn elements(text: &str) -> impl Iterator<Item = &str> {
    ours(json::elements(text)).into_iter().map(|element| element.get())
}

/// The members of an object that the metric table wrote, in the order of its shape.
pub(super) fn members<'a>(shape: &Shape, text: &'a str) -> Vec<&'a str> {
    let mut values = Vec::with_capacity(shape.members.len());
    let read = json::members(text, |_, value| {
        values.push(value);
        Ok::<(), std::convert::Infallible>(())
    });
    assert!(read.is_ok() && values.len() == shape.members.len(), "the table's objects are of their shapes");
    values
}

fn put_text(number: u32, text: &str, out: &mut Vec<u8>) {
    wire::put_bytes(number, ours(json::text(text)).as_bytes(), out);
}

fn object(shape: &Shape, text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (member, value) in shape.members.iter().zip(members(shape, text)) {
        put_value(member.code, member.unit, value, &mut out);
    }
    out
}

/// A `google.protobuf.Timestamp`.
fn timestamp(time: Timestamp) -> Vec<u8> {
    let (seconds, millis) = (time.millis().div_euclid(1_000), time.millis().rem_euclid(1_000));
    let mut out = Vec::new();
    for (number, part) in [(1, seconds), (2, millis * 1_000_000)] {
        if part != 0 {
            wire::put_varint(number, part.cast_unsigned(), &mut out);
        }
    }
    out
}

/// An entry of a `map<string, google.protobuf.Value>`.
fn entry(key: &str, value: &str) -> Vec<u8> {
    let mut out = Vec::new();
    wire::put_bytes(1, key.as_bytes(), &mut out);
    wire::put_bytes(2, &any(value), &mut out);
    out
}

/// A `google.protobuf.Value` of JSON text.
fn any(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    match text.as_bytes().first() {
        Some(b'n') | None => wire::put_varint(1, 0, &mut out),
        Some(b't' | b'f') => wire::put_varint(4, u64::from(text == "true"), &mut out),
        Some(b'"') => put_text(3, text, &mut out),
        Some(b'{') => {
            let mut fields = Vec::new();
            let read = json::members(text, |key, value| {
                wire::put_bytes(1, &entry(key, value), &mut fields);
                Ok::<(), std::convert::Infallible>(())
            });
            assert!(read.is_ok(), "custom values are JSON");
            wire::put_bytes(5, &fields, &mut out);
        }
        Some(b'[') => {
            let mut values = Vec::new();
            elements(text).for_each(|element| wire::put_bytes(1, &any(element), &mut values));
            wire::put_bytes(6, &values, &mut out);
        }
        Some(_) => wire::put_double(2, ours(json::number(text)), &mut out),
    }
    out
}
