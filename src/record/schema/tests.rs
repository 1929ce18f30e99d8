//! The files made from the metric table are those in the repository, and describe the records there are.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::calendar::ChannelDocument;
use crate::chat::script::{any_events, chat};
use crate::chat::{Fold, Journal};
use crate::event::schema::assert_current;
use crate::record::output::columns::{Field, Kind, flat, nested};
use crate::record::project;
use crate::record::table::shapes;
use crate::record::tests::{content, first_revision, json};
use crate::time::Timestamp;

#[test]
fn the_generated_schemas_of_the_record_are_current() {
    assert_current("proto/wrapup/v1/record.proto", &record_proto());
    assert_current("docs/schema/record.schema.json", &record_json_schema());
    assert_current("docs/schema/snapshot.schema.json", &snapshot_json_schema());
    assert_current("docs/schema/asyncapi.json", &asyncapi());
}

#[test]
fn snapshots_are_as_their_schema_says() {
    use crate::snapshot::{Contributions, Publication, Snapshots, WindowSize};
    let schema: Value = serde_json::from_str(&snapshot_json_schema()).expect("JSON");
    let chat = chat("09:00 created; 09:00 opened; 09:01 ask");
    let mut snapshots = Snapshots::new(WindowSize::Minutes5);
    snapshots.add(&Contributions::of(&chat.journal, &chat.fold, &chat.document, false));
    let publication = Publication { schema_version: 1, revision: 3, is_final: true };
    let records = snapshots.records(Some(publication));
    assert!(records.keys().any(|key| key.ends_with("/live")) && records.len() > 10, "{} records", records.len());
    for (key, record) in records {
        let record: Value = serde_json::from_str(&record).expect("JSON");
        let shape = usize::from(key.ends_with("/live"));
        fits("", &record, &schema["oneOf"][shape], &schema);
        let keys = schema["oneOf"][shape]["properties"].as_object().expect("properties").keys();
        assert_eq!(record.as_object().expect("an object").keys().collect::<Vec<_>>(), keys.collect::<Vec<_>>());
    }
}

/// Every list of fields of a layout, with the message's name.
fn messages<'a>(name: &'a str, fields: &'a [Field], found: &mut Vec<(&'a str, &'a [Field])>) {
    found.push((name, fields));
    for field in fields {
        if let Kind::Group { message, fields } = &field.kind {
            messages(message, fields, found);
        }
    }
}

#[test]
fn no_name_or_number_is_given_twice() {
    let mut found = Vec::new();
    messages("Record", &nested().fields, &mut found);
    let names: Vec<&str> = found.iter().map(|(name, _)| *name).chain(shapes().iter().map(|shape| shape.name)).collect();
    assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "{names:?}");
    messages("FlatRecord", &flat().fields, &mut found);
    for (message, fields) in found {
        let names: BTreeSet<String> = fields.iter().map(|field| field.name.to_lowercase()).collect();
        assert_eq!(names.len(), fields.len(), "{message}: warehouses do not tell capital letters apart");
        check_numbers(message, fields.iter().map(|field| field.number));
    }
    for shape in shapes() {
        check_numbers(shape.name, shape.members.iter().map(|member| member.code));
    }
}

fn check_numbers(message: &str, numbers: impl Iterator<Item = u32>) {
    let all: Vec<u32> = numbers.collect();
    let different: BTreeSet<u32> = all.iter().copied().collect();
    assert_eq!(all.len(), different.len(), "{message} gives a number twice");
    // Protobuf keeps some for itself.
    assert!(different.iter().all(|number| *number > 0 && !(19_000..20_000).contains(number)), "{message}");
}

#[test]
fn objects_keep_the_numbers_that_were_given() {
    let given = [("source", 200), ("chatProfile", 210), ("profile", 220), ("chat", 300), ("sessionMetadata", 400)];
    for (name, number) in given {
        let field = nested().fields.iter().find(|field| field.name == name).expect("a field");
        assert_eq!(field.number, number, "{name}: a new member's code must be above those of its object");
    }
}

#[test]
fn the_json_schema_is_that_of_a_record() {
    let schema: Value = serde_json::from_str(&record_json_schema()).expect("JSON");
    let record = json(&content(&chat("09:00 created; 09:01 call; 09:00 opened; 09:20 closed")), &first_revision());
    let record: Value = serde_json::from_str(&record).expect("JSON");
    fits("", &record, &schema, &schema);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_json_schema_is_that_of_any_record(events in any_events(40)) {
        let schema: Value = serde_json::from_str(&record_json_schema()).expect("JSON");
        let journal: Journal = events.into_iter().collect();
        let content = project("chat", &journal, &Fold::of(&journal), &ChannelDocument::absent(), Timestamp::MAX);
        let record = serde_json::from_slice(&content.to_json(&first_revision())).expect("JSON");
        fits("", &record, &schema, &schema);
    }
}

/// As much of JSON Schema as the record's has.
fn fits(path: &str, value: &Value, schema: &Value, root: &Value) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').expect("inside the document");
        return fits(path, value, root.pointer(pointer).expect("a definition"), root);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let choice = if value.is_null() { &choices[1] } else { &choices[0] };
        return fits(path, value, choice, root);
    }
    // Any JSON.
    if schema["type"].is_null() {
        return;
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        names => names.as_array().expect("types").iter().filter_map(Value::as_str).collect(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(types.contains(&kind), "{path} is {kind}, not {types:?}");
    if let Value::Array(elements) = value {
        elements.iter().for_each(|element| fits(&format!("{path}/0"), element, &schema["items"], root));
    }
    let Value::Object(members) = value else { return };
    let is_named = |key: &String| schema["additionalProperties"].is_null() || schema["properties"].get(key).is_some();
    let keys: BTreeSet<&str> = members.keys().filter(|key| is_named(key)).map(String::as_str).collect();
    let required: BTreeSet<&str> =
        schema["required"].as_array().expect("required").iter().filter_map(Value::as_str).collect();
    assert_eq!(keys, required, "{path}");
    for (key, value) in members {
        fits(&format!("{path}/{key}"), value, &schema["properties"][key], root);
    }
}

#[test]
fn asyncapi_refers_to_what_is_there() {
    let document: Value = serde_json::from_str(&asyncapi()).expect("JSON");
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(elements) => elements.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    references(&document, &mut found);
    for reference in found {
        match reference.strip_prefix('#') {
            Some(pointer) => assert!(document.pointer(pointer).is_some(), "{reference}"),
            None => assert!(
                ["./record.schema.json", "./events.schema.json", "./snapshot.schema.json"].contains(&reference),
                "{reference}"
            ),
        }
    }
}
