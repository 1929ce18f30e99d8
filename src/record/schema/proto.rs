//! `record.proto`: the record as a message, nested and flat.

use crate::chat::metric::{Shape, Unit, shapes};
use crate::event::schema::Message;
use crate::record::output::columns::{Field, Kind, Layout, flat, nested};

const HEADER: &str = r#"// The finalized record of a chat, one per revision. A field that is not set is null: its fact is not known
// or does not apply. Durations are seconds.
//
// Made from the metric table by `make docs`; a test compares. Field numbers are append-only: a metric has
// its code, an object the smallest number in it, what is no metric one from 2000 on.
syntax = "proto3";

package wrapup.v1;

import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
"#;

const FLAT_TOLD: &str = "The record as one row (`output.shape = \"flat\"`): members of its objects are fields of its own, \
                         arrays and other objects are JSON texts.";

/// The text of `proto/wrapup/v1/record.proto`.
pub fn record_proto() -> String {
    let mut file = HEADER.to_owned();
    for (layout, told) in [(nested(), "The record of a chat."), (flat(), FLAT_TOLD)] {
        let mut record = message(layout.message, told, &layout.fields);
        inner(layout, &mut record);
        file.push('\n');
        record.write(0, &mut file);
    }
    file
}

/// The messages inside a record: its objects, and the shapes of what its columns hold.
fn inner(layout: &Layout, record: &mut Message) {
    let mut groups = Vec::new();
    collect(&layout.fields, &mut groups);
    if groups.is_empty() {
        return;
    }
    for (name, told, fields) in groups {
        record.inner(message(name, &told, fields));
    }
    for shape in shapes() {
        record.inner(shape_message(shape));
    }
}

type Group<'a> = (&'a str, String, &'a [Field]);

fn collect<'a>(fields: &'a [Field], groups: &mut Vec<Group<'a>>) {
    for field in fields {
        if let Kind::Group { message, fields } = &field.kind {
            groups.push((message, format!("The members of `{}`.", field.name), fields));
            collect(fields, groups);
        }
    }
}

fn message(name: &str, told: &str, fields: &[Field]) -> Message {
    let mut message = Message::new(name, &[told.to_owned()]);
    for field in fields {
        let (kind, told) = match &field.kind {
            Kind::Value { unit, .. } => (type_of(*unit), sentence(field.doc)),
            Kind::JsonText { .. } => ("optional string".to_owned(), format!("JSON: {}", sentence(field.doc))),
            Kind::CustomText => ("optional string".to_owned(), format!("JSON: {}", sentence(field.doc))),
            Kind::Custom => {
                ("map<string, google.protobuf.Value>".to_owned(), sentence(field.doc) + " Numbers are doubles.")
            }
            Kind::Group { message, .. } => (message.clone(), format!("See {message}. Always set.")),
        };
        message.field(&[&told], &kind, &field.name, field.number);
    }
    message
}

fn shape_message(shape: &Shape) -> Message {
    let mut message = Message::new(shape.name, &[format!("As in {}.", shape.defined_in)]);
    for member in shape.members {
        message.field(&[&sentence(member.doc)], &type_of(member.unit), member.key, member.code);
    }
    message
}

fn type_of(unit: Unit) -> String {
    let name = match unit {
        Unit::Text => "optional string",
        Unit::Texts => "repeated string",
        Unit::Flag => "optional bool",
        Unit::Count => "optional uint64",
        Unit::WholeSeconds => "optional int64",
        Unit::Seconds | Unit::Number => "optional double",
        Unit::Json => "google.protobuf.Value",
        Unit::Time => "google.protobuf.Timestamp",
        Unit::Object(shape) => shape.name,
        Unit::Rows(shape) => return format!("repeated {}", shape.name),
    };
    name.to_owned()
}

/// The table's words with a capital letter and a full stop; names stay as they are.
fn sentence(doc: &str) -> String {
    let first = doc.split(' ').next().unwrap_or_default();
    let is_word = first.chars().all(|c| c.is_ascii_lowercase() || matches!(c, ',' | ':' | '\''));
    let mut letters = doc.chars();
    let text = match letters.next() {
        Some(letter) if is_word => letter.to_uppercase().chain(letters).collect(),
        _ => doc.to_owned(),
    };
    if text.ends_with('.') { text } else { text + "." }
}
