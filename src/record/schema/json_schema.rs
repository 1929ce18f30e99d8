//! `record.schema.json`: the record in its default encoding.

use crate::chat::metric::{Unit, shapes};
use crate::event::schema::{Tree, object, text, texts};
use crate::record::output::columns::{Field, Kind, nested};

const TITLE: &str = "The record of a chat";
const TOLD: &str = "One per chat and revision. Every key is always present, null where its fact is not known or does not \
                    apply. Durations are seconds. Made from the metric table by `make docs`.";
const CUSTOM_TOLD: &str = "a key of the deployment's own, typed by the channel's profileSchema";

/// The text of `docs/schema/record.schema.json`: JSON Schema, draft 7, which AsyncAPI reads too.
pub fn record_json_schema() -> String {
    let definitions = shapes().into_iter().map(|shape| {
        let members = shape.members.iter();
        let properties = members.map(|member| (member.key.to_owned(), told(schema_of(member.unit), member.doc)));
        let required = texts(shape.members.iter().map(|member| member.key));
        let schema = object([("type", text("object")), ("properties", Tree::Object(properties.collect()))]);
        (shape.name.to_owned(), schema.with("required", required))
    });
    let record = group(&nested().fields);
    let Tree::Object(record) = record else { unreachable!("a group is an object") };
    let mut members = vec![
        ("$schema".to_owned(), text("http://json-schema.org/draft-07/schema#")),
        ("title".to_owned(), text(TITLE)),
        ("description".to_owned(), text(TOLD)),
    ];
    members.extend(record);
    members.push(("definitions".to_owned(), Tree::Object(definitions.collect())));
    Tree::Object(members).pretty()
}

fn group(fields: &[Field]) -> Tree {
    let (mut properties, mut names) = (Vec::new(), Vec::new());
    let mut has_custom = false;
    for field in fields {
        let schema = match &field.kind {
            Kind::Value { unit, .. } => told(schema_of(*unit), field.doc),
            Kind::Group { fields, .. } => group(fields),
            Kind::Custom | Kind::CustomText | Kind::JsonText { .. } => {
                has_custom = true;
                continue;
            }
        };
        properties.push((field.name.clone(), schema));
        names.push(field.name.as_str());
    }
    let schema = object([
        ("type", text("object")),
        ("properties", Tree::Object(properties)),
        ("required", texts(names.iter().copied())),
    ]);
    if has_custom { schema.with("additionalProperties", object([("description", text(CUSTOM_TOLD))])) } else { schema }
}

fn told(schema: Tree, doc: &str) -> Tree {
    schema.with("description", text(doc))
}

fn schema_of(unit: Unit) -> Tree {
    let or_null = |name: &str| object([("type", texts([name, "null"]))]);
    let reference = |name: &str| object([("$ref", text(format!("#/definitions/{name}")))]);
    let not_negative = |schema: Tree| schema.with("minimum", Tree::Whole(0));
    match unit {
        Unit::Text => or_null("string"),
        Unit::Texts => object([("type", text("array")), ("items", object([("type", text("string"))]))]),
        Unit::Flag => or_null("boolean"),
        Unit::Count | Unit::WholeSeconds => not_negative(or_null("integer")),
        Unit::Time => or_null("string").with("format", text("date-time")),
        Unit::Seconds => not_negative(or_null("number")),
        Unit::Number => or_null("number"),
        Unit::Json => Tree::Object(Vec::new()),
        Unit::Object(shape) => {
            object([("anyOf", Tree::List(vec![reference(shape.name), object([("type", text("null"))])]))])
        }
        Unit::Rows(shape) => object([("type", text("array")), ("items", reference(shape.name))]),
    }
}
