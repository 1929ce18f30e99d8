//! The record as a JSON object of fixed members: the flat record, and what Kafka Connect reads.

use super::columns::{Field, Kind, Texts};
use crate::chat::metric::{Unit, write_text};

/// How the value of a column is written: its type, its JSON text, where to.
pub(super) type WriteValue = fn(Unit, &str, &mut String);

/// A value as it stands in the record.
pub(super) fn as_it_is(_unit: Unit, text: &str, out: &mut String) {
    out.push_str(text);
}

/// Appends an object of these fields.
pub(super) fn write_fields(fields: &[Field], texts: &Texts<'_>, value: WriteValue, out: &mut String) {
    out.push('{');
    for (position, field) in fields.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        write_text(&field.name, out);
        out.push(':');
        match &field.kind {
            Kind::Value { at, unit } => value(*unit, &texts.columns[*at], out),
            // An object that is not there is null, not the text of a null.
            Kind::JsonText { at } if texts.columns[*at] == "null" => out.push_str("null"),
            Kind::JsonText { at } => write_text(&texts.columns[*at], out),
            Kind::Custom | Kind::CustomText => write_text(&texts.custom_object(), out),
            Kind::Group { fields, .. } => write_fields(fields, texts, value, out),
        }
    }
    out.push('}');
}
