//! `events.schema.json`: the events in structured mode.

use super::proto::collect;
use super::tree::{Tree, object, text, texts};
use crate::event::data::{DescribedMember, Description, EventData, Presence, Type};
use crate::event::kind::Kind;

const TITLE: &str = "An event of a chat: a CloudEvent in structured mode";
const TOLD: &str = "Unknown attributes and members are ignored, an unknown type is counted and ignored. In data, null means \
                    absent, except where it clears or takes away. Made from the event table by `make docs`.";

/// The text of `docs/schema/events.schema.json`: JSON Schema, draft 7, which AsyncAPI reads too.
pub fn events_json_schema() -> String {
    let mut definitions = Vec::new();
    let mut parts: Vec<&'static Description> = Vec::new();
    let mut cases = Vec::new();
    for kind in Kind::ALL {
        let description = EventData::description(*kind);
        collect(description, &mut parts);
        definitions.push((kind.as_str().to_owned(), data_schema(*kind, description)));
        let reference = object([("$ref", text(format!("#/definitions/{}", kind.as_str())))]);
        let is_required = *kind == Kind::ChatCreated || description.members.iter().any(is_required);
        let then = object([("properties", object([("data", reference)]))]);
        let then = if is_required { then.with("required", texts(["data"])) } else { then };
        let is_kind = object([("type", object([("const", text(kind.as_str()))]))]);
        cases.push(object([("if", object([("properties", is_kind), ("required", texts(["type"]))])), ("then", then)]));
    }
    for part in parts {
        definitions.push((part.name.to_owned(), object_schema(part, Vec::new())));
    }
    object([
        ("$schema", text("http://json-schema.org/draft-07/schema#")),
        ("title", text(TITLE)),
        ("description", text(TOLD)),
        ("type", text("object")),
        ("properties", envelope()),
        ("required", texts(["specversion", "id", "source", "type", "time"])),
        ("allOf", Tree::List(cases)),
        ("definitions", Tree::Object(definitions)),
    ])
    .pretty()
}

/// The attributes (`events.md`, Envelope).
fn envelope() -> Tree {
    let filled =
        |told: &str| object([("type", text("string")), ("minLength", Tree::Whole(1)), ("description", text(told))]);
    let time = object([
        ("type", text("string")),
        ("format", text("date-time")),
        ("description", text("when the thing happened; digits finer than the millisecond are truncated")),
    ]);
    object([
        ("specversion", object([("const", text("1.0"))])),
        ("id", filled("with source it identifies the event within its chat")),
        ("source", filled("who tells of it")),
        ("type", filled("what happened")),
        (
            "subject",
            object([
                ("type", texts(["string", "integer", "null"])),
                ("description", text("the chat's id; on Kafka that of the key, in a file required")),
            ]),
        ),
        ("time", time),
        ("data", object([("type", texts(["object", "null"]))])),
    ])
}

fn data_schema(kind: Kind, description: &Description) -> Tree {
    let is_created = kind == Kind::ChatCreated;
    let presence = if is_created { Presence::Required } else { Presence::Optional };
    let channel = DescribedMember { number: 0, key: "channelId", presence, value: Type::Id };
    object_schema(description, vec![channel])
}

fn object_schema(description: &Description, first: Vec<DescribedMember>) -> Tree {
    let members = || first.iter().chain(description.members).filter(|member| member.value != Type::Keys);
    let properties = members().map(|member| (member.key.to_owned(), member_schema(member))).collect();
    let schema = object([("type", text("object")), ("properties", Tree::Object(properties))]);
    let required: Vec<&str> = members().filter(|member| is_required(member)).map(|member| member.key).collect();
    if required.is_empty() { schema } else { schema.with("required", texts(required)) }
}

fn is_required(member: &DescribedMember) -> bool {
    matches!(member.presence, Presence::Required | Presence::Nullable | Presence::List)
}

fn member_schema(member: &DescribedMember) -> Tree {
    match member.presence {
        Presence::Required => value_schema(member.value, false),
        Presence::Optional | Presence::Nullable | Presence::Patch => value_schema(member.value, true),
        Presence::List => object([("type", text("array")), ("items", value_schema(member.value, false))]),
        Presence::OptionalList => {
            object([("type", texts(["array", "null"])), ("items", value_schema(member.value, false))])
        }
    }
}

fn value_schema(value: Type, or_null: bool) -> Tree {
    let typed = |names: &[&str]| {
        let names: Vec<&str> = names.iter().copied().chain(or_null.then_some("null")).collect();
        object([("type", if let [name] = names[..] { text(name) } else { texts(names) })])
    };
    match value {
        Type::Text | Type::NonEmpty => typed(&["string"]),
        Type::Id => typed(&["string", "integer"]),
        Type::Json | Type::Keys => Tree::Object(Vec::new()),
        Type::Scalar => typed(&["string", "number"]),
        Type::Flag => typed(&["boolean"]),
        Type::Whole { min: i64::MIN, .. } => typed(&["integer"]),
        Type::Whole { min, max } => ranged(typed(&["integer"]), min, max),
        Type::Fraction { min, max } => ranged(typed(&["number"]), min, max),
        Type::Number => typed(&["number"]),
        // Null is not among the words, so that it must be allowed beside them.
        Type::Word(words) if or_null => either_null(object([("enum", texts(words.iter().copied()))])),
        Type::Word(words) => object([("enum", texts(words.iter().copied()))]),
        Type::Object(description) => {
            let reference = object([("$ref", text(format!("#/definitions/{}", description.name)))]);
            if or_null { either_null(reference) } else { reference }
        }
    }
}

fn ranged(schema: Tree, min: i64, max: i64) -> Tree {
    schema.with("minimum", Tree::Whole(min)).with("maximum", Tree::Whole(max))
}

fn either_null(schema: Tree) -> Tree {
    object([("anyOf", Tree::List(vec![schema, object([("type", text("null"))])]))])
}
