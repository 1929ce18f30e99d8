//! The record with its schema, as Kafka Connect's JSON converter reads it.

use super::columns::{Field, Kind, Layout, Texts};
use super::json::write_fields;
use super::wire::{elements, members, read_time};
use crate::chat::metric::{Shape, Unit, write_text};
use crate::event::schema::{Tree, object, text};
use crate::record::SCHEMA_VERSION;

/// What stands before the payload, the same for every record.
pub(super) fn prefix(layout: &Layout) -> String {
    let schema = structure(&format!("wrapup.v1.{}", layout.message), &layout.fields, layout.message)
        .with("optional", Tree::Flag(false))
        .with("version", Tree::Whole(i64::from(SCHEMA_VERSION)));
    format!("{{\"schema\":{},\"payload\":", schema.compact())
}

/// Appends the payload and what stands behind it.
pub(super) fn write_payload(layout: &Layout, texts: &Texts<'_>, out: &mut String) {
    write_fields(&layout.fields, texts, write_value, out);
    out.push('}');
}

/// `record`: the message that the messages of its objects are in.
fn structure(name: &str, fields: &[Field], record: &str) -> Tree {
    let fields = fields.iter().map(|field| {
        let schema = match &field.kind {
            Kind::Value { unit, .. } => optional(schema_of(*unit, record)),
            Kind::JsonText { .. } | Kind::Custom | Kind::CustomText => optional(of_type("string")),
            Kind::Group { message, fields } => {
                optional(structure(&format!("wrapup.v1.{record}.{message}"), fields, record))
            }
        };
        schema.with("field", text(&field.name))
    });
    named_struct(name, fields.collect())
}

fn named_struct(name: &str, fields: Vec<Tree>) -> Tree {
    object([("type", text("struct")), ("fields", Tree::List(fields)), ("name", text(name))])
}

fn of_type(name: &str) -> Tree {
    object([("type", text(name))])
}

fn optional(schema: Tree) -> Tree {
    schema.with("optional", Tree::Flag(true))
}

fn schema_of(unit: Unit, record: &str) -> Tree {
    match unit {
        Unit::Text | Unit::Json => of_type("string"),
        Unit::Texts => of_type("array").with("items", of_type("string").with("optional", Tree::Flag(false))),
        Unit::Flag => of_type("boolean"),
        Unit::Count | Unit::WholeSeconds => of_type("int64"),
        Unit::Time => of_type("int64")
            .with("name", text("org.apache.kafka.connect.data.Timestamp"))
            .with("version", Tree::Whole(1)),
        Unit::Seconds | Unit::Number => of_type("double"),
        Unit::Object(shape) => shape_schema(shape, record),
        Unit::Rows(shape) => {
            of_type("array").with("items", shape_schema(shape, record).with("optional", Tree::Flag(false)))
        }
    }
}

fn shape_schema(shape: &Shape, record: &str) -> Tree {
    let fields =
        shape.members.iter().map(|member| optional(schema_of(member.unit, record)).with("field", text(member.key)));
    named_struct(&format!("wrapup.v1.{record}.{}", shape.name), fields.collect())
}

/// Instants are milliseconds since the epoch, free JSON is its text, everything else stands as in the record.
fn write_value(unit: Unit, value: &str, out: &mut String) {
    match unit {
        Unit::Time => match read_time(value) {
            Some(time) => out.push_str(&time.millis().to_string()),
            None => out.push_str("null"),
        },
        // A schema cannot say "any JSON": its text.
        Unit::Json if value != "null" => write_text(value, out),
        Unit::Object(shape) if value != "null" => write_object(shape, value, out),
        Unit::Rows(shape) => {
            out.push('[');
            for (at, row) in elements(value).enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_object(shape, row, out);
            }
            out.push(']');
        }
        _ => out.push_str(value),
    }
}

fn write_object(shape: &Shape, value: &str, out: &mut String) {
    out.push('{');
    for (at, (member, value)) in shape.members.iter().zip(members(shape, value)).enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(member.key, out);
        out.push(':');
        write_value(member.unit, value, out);
    }
    out.push('}');
}
