//! Every way to write a record says the same as its JSON, and nothing personal that it should not.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use prost::Message;
use serde_json::{Value, json};

use super::columns::{Field, Kind, flat, nested};
use super::*;
use crate::calendar::ChannelDocument;
use crate::chat::metric::{Unit, metrics, write_text};
use crate::chat::script::{OFFICE, any_events, chat};
use crate::chat::{Fold, Journal};
use crate::event::schema::public::messages::wrapup::v1::{FlatRecord, Record};
use crate::record::project;
use crate::record::tests::{content, first_revision, json as default_json};
use crate::time::Timestamp;

const KEY: &[u8] = b"a key of the tests, long enough";

fn options(encoding: Encoding, shape: RecordShape) -> OutputOptions {
    OutputOptions { encoding, shape, ..OutputOptions::default() }
}

fn with_pii(pii: Pii, fields: &[(&str, Pii)]) -> OutputOptions {
    let fields = fields.iter().map(|(name, pii)| ((*name).to_owned(), *pii)).collect();
    OutputOptions { pii, fields, key: Some(KEY.to_vec()), ..OutputOptions::default() }
}

fn output(options: &OutputOptions) -> Output {
    Output::new(options).expect("what is chosen goes together")
}

fn written(options: &OutputOptions, content: &Content) -> Vec<u8> {
    output(options).write(content, &first_revision())
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

/// A chat that says something of nearly everything, on a channel with operating hours.
fn full() -> Content {
    content(
        &chat(
            r#"09:00 chat.created {"channelId":"c1","userId":"u1","userName":"Ann","title":"t","medium":{"type":"app","name":
               "app~appKakao","senderName":"s"},"source":{"workflowId":"w","marketing":{"type":"campaign","id":"m"}}};
               09:00 meet.started {"meetId":"m","type":"phone","from":"+82 1","to":"+82 2","primaryNumber":"3"};
               09:00 opened; 09:01 ask; 09:02:00.500 answer; 09:03 engaged; 09:04 meet.ended {"meetId":"m"};
               09:05 chat.tagged {"add":["a","b\"c"]}; 09:06 meet.started {"meetId":"m2","type":"video"}; 09:20 closed;
               09:21 chat.csat_submitted {"scale":5,"choice":4,"comment":"good"};
               09:22 chat.profile_set {"vip":true,"tier":"gold","points":12.5,"a":{"b":[1,"x",null]},"list":["l"]}"#,
        )
        .on(OFFICE),
    )
}

/// Any chat with any profile.
fn any_content() -> impl Strategy<Value = Content> {
    any_events(30).prop_map(|events| {
        let journal: Journal = events.into_iter().collect();
        let document = ChannelDocument::parse(OFFICE.as_bytes()).expect("a document");
        project("chat", &journal, &Fold::of(&journal), &document, Timestamp::MAX)
    })
}

// ------------------------------------------------------------------------------------------------- every way to write

/// The record that fields make of the default JSON: what every other way to write it must say.
fn expected(fields: &[Field], record: &Value) -> Value {
    let mut expected = serde_json::Map::new();
    for field in fields {
        expected.insert(field.name.clone(), expected_of(field, record));
    }
    Value::Object(expected)
}

/// Finds a flat column by walking down the record with its name.
fn find<'v>(record: &'v Value, name: &str) -> &'v Value {
    if let Some(value) = record.get(name) {
        return value;
    }
    let objects = record.as_object().expect("an object").iter().filter(|(_, value)| value.is_object());
    let inside = |(key, value): (&String, &'v Value)| {
        let rest = name.strip_prefix(key.as_str())?.strip_prefix('_')?;
        Some(find(value, rest))
    };
    objects.filter_map(|(key, value)| inside((key, value))).next().unwrap_or_else(|| panic!("no {name}"))
}

fn expected_of(field: &Field, record: &Value) -> Value {
    match &field.kind {
        Kind::Value { .. } => find(record, &field.name).clone(),
        Kind::JsonText { .. } => match find(record, &field.name) {
            Value::Null => Value::Null,
            value => json!(value),
        },
        Kind::Custom | Kind::CustomText => {
            let profile = record["profile"].as_object().expect("a profile").clone();
            Value::Object(profile.into_iter().filter(|(key, _)| !matches!(&**key, "csat" | "csatComment")).collect())
        }
        Kind::Group { fields, .. } => expected(fields, &record[&field.name]),
    }
}

fn expected_record(layout: &Layout, content: &Content) -> Value {
    let record = value(default_json(content, &first_revision()).as_bytes());
    let mut all = serde_json::Map::new();
    for field in &layout.fields {
        let value = match (&field.kind, field.name.as_str()) {
            (Kind::Group { fields, .. }, "profile") => {
                let fixed = fields.iter().filter(|field| !matches!(field.kind, Kind::Custom));
                let mut profile: serde_json::Map<String, Value> =
                    fixed.map(|field| (field.name.clone(), record["profile"][&field.name].clone())).collect();
                let custom = Field { name: String::new(), number: 0, doc: "", kind: Kind::Custom };
                profile.insert(columns::CUSTOM.to_owned(), expected_of(&custom, &record));
                Value::Object(profile)
            }
            _ => expected_of(field, &record),
        };
        all.insert(field.name.clone(), value);
    }
    Value::Object(all)
}

/// JSON texts in the place of values, as flat records and Connect's have them, read back.
fn read_texts(fields: &[Field], record: &mut Value) {
    for field in fields {
        let value = &mut record[&field.name];
        match (&field.kind, &value) {
            (Kind::Group { fields, .. }, _) => read_texts(fields, value),
            (Kind::JsonText { .. } | Kind::CustomText | Kind::Custom, Value::String(text)) => {
                *value = serde_json::from_str(text).expect("JSON text");
            }
            (Kind::Value { unit, .. }, _) => read_free(*unit, value),
            _ => {}
        }
    }
}

/// Free JSON, which a schema cannot describe, read back.
fn read_free(unit: Unit, value: &mut Value) {
    match (unit, value) {
        (Unit::Json, value) => {
            if let Value::String(text) = value {
                *value = serde_json::from_str(text).expect("JSON text");
            }
        }
        (Unit::Object(shape), Value::Object(members)) => {
            for member in shape.members {
                read_free(member.unit, &mut members[member.key]);
            }
        }
        (Unit::Rows(shape), Value::Array(rows)) => {
            rows.iter_mut().for_each(|row| read_free(Unit::Object(shape), row));
        }
        _ => {}
    }
}

/// Keys without capital letters and underscores, by which JSON and protobuf differ, and numbers as doubles.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key.replace('_', "").to_lowercase(), plain(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(elements) => elements.into_iter().map(plain).collect(),
        Value::Number(number) => json!(number.as_f64()),
        other => other,
    }
}

/// Two values are equal; else says where they differ, and not all that is equal.
fn assert_same(path: &str, found: &Value, expected: &Value) {
    let (Value::Object(found), Value::Object(expected)) = (found, expected) else {
        assert_eq!(found, expected, "{path}");
        return;
    };
    let keys = |members: &serde_json::Map<String, Value>| members.keys().cloned().collect::<BTreeSet<_>>();
    let (in_one, in_other) = (keys(found), keys(expected));
    let apart: Vec<&String> = in_one.symmetric_difference(&in_other).collect();
    assert!(apart.is_empty(), "{path} has, or lacks, {apart:?}: is record.proto that of the table? run `make docs`");
    found.iter().for_each(|(key, value)| assert_same(&format!("{path}/{key}"), value, &expected[key]));
}

fn check_all_encodings(content: &Content) {
    let (nested_record, flat_record) = (expected_record(nested(), content), expected_record(flat(), content));

    let mut json = value(&written(&options(Encoding::Json, RecordShape::Flat), content));
    read_texts(&flat().fields, &mut json);
    assert_same("", &json, &flat_record);

    let bytes = written(&options(Encoding::Protobuf, RecordShape::Nested), content);
    let message = Record::decode(&*bytes).expect("a message");
    assert_same("", &plain(serde_json::to_value(&message).expect("JSON")), &plain(nested_record.clone()));

    let bytes = written(&options(Encoding::Protobuf, RecordShape::Flat), content);
    let message = FlatRecord::decode(&*bytes).expect("a message");
    let mut json = serde_json::to_value(&message).expect("JSON");
    let names: Vec<Field> = flat()
        .fields
        .iter()
        .filter(|field| !matches!(field.kind, Kind::Value { .. }))
        .map(|field| Field {
            // As serde's own camel case has it.
            name: camel_case(&field.name),
            number: field.number,
            doc: field.doc,
            kind: Kind::CustomText,
        })
        .collect();
    read_texts(&names, &mut json);
    assert_same("", &plain(json), &plain(flat_record.clone()));

    for (shape, layout, expected) in
        [(RecordShape::Nested, nested(), nested_record), (RecordShape::Flat, flat(), flat_record)]
    {
        let mut record = value(&written(&options(Encoding::ConnectJson, shape), content));
        let read = read_connect(&record["schema"], &mut record["payload"].clone());
        record["payload"] = read;
        read_texts(&layout.fields, &mut record["payload"]);
        assert_same("", &plain(record["payload"].clone()), &plain(expected));
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

/// A payload checked against its schema, instants as texts again.
fn read_connect(schema: &Value, payload: &mut Value) -> Value {
    if payload.is_null() {
        assert_eq!(schema["optional"], json!(true));
        return Value::Null;
    }
    match schema["type"].as_str().expect("a type") {
        "struct" => {
            let fields = schema["fields"].as_array().expect("fields");
            assert_eq!(payload.as_object().expect("an object").len(), fields.len());
            let read = fields.iter().map(|field| {
                let name = field["field"].as_str().expect("a name");
                (name.to_owned(), read_connect(field, &mut payload[name].clone()))
            });
            Value::Object(read.collect())
        }
        "array" => {
            let elements = payload.as_array().expect("an array").iter();
            elements.map(|element| read_connect(&schema["items"], &mut element.clone())).collect()
        }
        "int64" if schema["name"] == json!("org.apache.kafka.connect.data.Timestamp") => {
            json!(Timestamp::from_millis(payload.as_i64().expect("milliseconds")).to_string())
        }
        "int64" => json!(payload.as_i64().expect("a whole number")),
        "double" => json!(payload.as_f64().expect("a number")),
        "boolean" => json!(payload.as_bool().expect("a flag")),
        "string" => json!(payload.as_str().expect("a text")),
        other => panic!("{other} is no type"),
    }
}

#[test]
fn every_encoding_says_the_same() {
    check_all_encodings(&full());
    check_all_encodings(&content(&chat("09:00 ask")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_encoding_says_the_same_of_any_chat(content in any_content()) {
        check_all_encodings(&content);
    }
}

#[test]
fn the_default_is_the_record_itself() {
    let content = full();
    assert_eq!(Output::default().write(&content, &first_revision()), content.to_json(&first_revision()));
    assert_eq!(written(&OutputOptions::default(), &content), content.to_json(&first_revision()));
}

#[test]
fn flat_columns_are_the_same_whatever_the_chat() {
    let flat = options(Encoding::Json, RecordShape::Flat);
    let keys = |content: &Content| value(&written(&flat, content)).as_object().expect("an object").clone();
    let (full, empty) = (keys(&full()), keys(&content(&chat("09:00 ask"))));
    assert!(full.keys().eq(empty.keys()));
    assert!(full.values().all(|value| !value.is_object() && !value.is_array()));
    assert_eq!(full["profile_csat"], json!(4.0));
    assert_eq!(full["source_marketing_id"], json!("m"));
    assert_eq!(full["tags"], json!(r#"["a","b\"c"]"#));
    assert_eq!(empty["meets"], json!("[]"));
}

#[test]
fn protobuf_is_framed_for_a_registry() {
    let framed = |shape| OutputOptions { schema_id: Some(0x0102_0304), ..options(Encoding::Protobuf, shape) };
    let frames: [(RecordShape, &[u8]); 2] =
        [(RecordShape::Nested, &[0, 1, 2, 3, 4, 0]), (RecordShape::Flat, &[0, 1, 2, 3, 4, 2, 2])];
    for (shape, frame) in frames {
        let bytes = written(&framed(shape), &full());
        let (head, body) = bytes.split_at(frame.len());
        assert_eq!((head, body), (frame, &*written(&options(Encoding::Protobuf, shape), &full())));
    }
    let json = OutputOptions { schema_id: Some(1), ..OutputOptions::default() };
    assert_eq!(Output::new(&json).err(), Some(OutputError::SchemaId));
}

#[test]
fn connects_schema_is_the_same_for_every_record() {
    let options = options(Encoding::ConnectJson, RecordShape::Nested);
    let schema = |content: &Content| value(&written(&options, content))["schema"].clone();
    assert_eq!(schema(&full()), schema(&content(&chat("09:00 ask"))));
    assert_eq!(schema(&full())["name"], json!("wrapup.v1.Record"));
}

// -------------------------------------------------------------------------------------------------------- personal data

/// A content with a marker in every text, and in every custom value.
fn marked(marker: &str) -> Content {
    let units: Vec<Unit> = metrics().map(|metric| metric.unit).collect();
    let content = content(&chat(
        r#"09:00 created; 09:01 call; 09:02 chat.profile_set {"tier":"x","list":["x"],"object":{"member":"x"}}"#,
    ));
    content.rewritten(
        |at, _, out| mark(units[at], metrics().nth(at).expect("a metric").key, marker, out),
        |key, value, out| out.push_str(&value.replace("\"x\"", &format!("\"{marker}-{key};\""))),
    )
}

/// Writes a value in which every text has the marker and the name of where it stands.
fn mark(unit: Unit, name: &str, marker: &str, out: &mut String) {
    let object = |out: &mut String| {
        out.push('{');
        for (at, member) in unit.shape().expect("an object").members.iter().enumerate() {
            out.push_str(if at > 0 { "," } else { "" });
            write_text(member.key, out);
            out.push(':');
            mark(member.unit, &format!("{name}.{}", member.key), marker, out);
        }
        out.push('}');
    };
    match unit {
        Unit::Text => write_text(&format!("{marker}-{name};"), out),
        Unit::Json => out.push_str(&format!("{{\"x\":[\"{marker}-{name};\"]}}")),
        Unit::Texts => out.push_str(&format!("[\"{marker}-{name};\"]")),
        Unit::Object(_) => object(out),
        Unit::Rows(_) => {
            out.push('[');
            object(out);
            out.push(']');
        }
        _ => out.push_str("null"),
    }
}

/// The names of all fields that are personal data, and of all that are texts and are not.
fn catalogue() -> (Vec<String>, Vec<String>) {
    fn walk(path: &str, unit: Unit, is_pii: bool, pii: &mut Vec<String>, others: &mut Vec<String>) {
        match unit.shape() {
            Some(shape) => shape.members.iter().for_each(|member| {
                let path = format!("{path}.{}", member.key);
                walk(&path, member.unit, is_pii || member.is_pii, pii, others);
            }),
            None if !matches!(unit, Unit::Text | Unit::Texts | Unit::Json) => {}
            None if is_pii => pii.push(path.to_owned()),
            None => others.push(path.to_owned()),
        }
    }
    let (mut pii, mut others) = (Vec::new(), Vec::new());
    for metric in metrics() {
        walk(metric.key, metric.unit, metric.is_pii, &mut pii, &mut others);
    }
    (pii, others)
}

const ALL_WAYS: [(Encoding, RecordShape); 6] = [
    (Encoding::Json, RecordShape::Nested),
    (Encoding::Json, RecordShape::Flat),
    (Encoding::Protobuf, RecordShape::Nested),
    (Encoding::Protobuf, RecordShape::Flat),
    (Encoding::ConnectJson, RecordShape::Nested),
    (Encoding::ConnectJson, RecordShape::Flat),
];

#[test]
fn nothing_of_the_pii_catalogue_goes_out_hashed_or_dropped() {
    let content = marked("MARKER");
    let (pii, others) = catalogue();
    assert!(pii.contains(&"meets.from".to_owned()) && pii.contains(&"profile.csatComment".to_owned()));
    for (encoding, shape) in ALL_WAYS {
        let text = |pii| {
            let options = OutputOptions { encoding, shape, ..with_pii(pii, &[]) };
            String::from_utf8_lossy(&written(&options, &content)).into_owned()
        };
        // With its end: a name may be the beginning of another one.
        let has = |text: &str, name: &str| text.contains(&format!("MARKER-{name};"));
        let [kept, hashed, dropped] = [Pii::Keep, Pii::Hash, Pii::Drop].map(text);
        for name in pii.iter().map(String::as_str).chain(["tier", "list", "object"]) {
            assert!(has(&kept, name), "{name} is in the record");
            assert!(!has(&hashed, name) && !has(&dropped, name), "{name} goes out in {encoding:?}, {shape:?}");
        }
        for name in &others {
            assert!(has(&hashed, name) && has(&dropped, name), "{name} is not personal");
        }
    }
}

#[test]
fn a_hash_is_the_hmac_of_the_text() {
    // RFC 4231, test case 2, with the key made long enough by zeros, which HMAC adds itself.
    let mut options = with_pii(Pii::Hash, &[]);
    options.key = Some([&b"Jefe"[..], &[0; 12]].concat());
    let chat = chat(
        r#"09:00 chat.created {"channelId":"c1","userName":"what do ya want for nothing?","title":"t","userId":"t"}"#,
    );
    let record = value(&written(&options, &content(&chat)));
    assert_eq!(record["name"], json!("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    assert_eq!(record["title"], record["userId"], "one text has one hash, wherever it stands");
    assert_eq!(record["description"], Value::Null);
}

#[test]
fn what_is_dropped_keeps_its_key() {
    let kept = value(&written(&OutputOptions::default(), &full()));
    let dropped = value(&written(&with_pii(Pii::Drop, &[]), &full()));
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&kept), keys(&dropped));
    assert_eq!(keys(&kept["profile"]), keys(&dropped["profile"]));
    assert_eq!(keys(&kept["meets"][0]), keys(&dropped["meets"][0]));
    assert_eq!((&dropped["meets"][0]["from"], &dropped["meets"][0]["id"]), (&Value::Null, &json!("m")));
    assert_eq!((&dropped["profile"]["tier"], &dropped["profile"]["csat"]), (&Value::Null, &json!(4.0)));
}

#[test]
fn single_fields_go_their_own_way() {
    let chosen = [
        ("name", Pii::Keep),
        ("tags", Pii::Hash),
        ("page", Pii::Drop),
        ("createdAt", Pii::Drop),
        ("meets.to", Pii::Drop),
        ("profile.custom.tier", Pii::Keep),
        ("profile.custom.a", Pii::Drop),
    ];
    let record = value(&written(&with_pii(Pii::Hash, &chosen), &full()));
    let is_hash = |value: &Value| value.as_str().is_some_and(|text| text.len() == 64);
    assert_eq!(record["name"], json!("Ann"));
    assert!(record["tags"].as_array().is_some_and(|tags| tags.len() == 2 && tags.iter().all(is_hash)));
    assert_eq!((&record["page"], &record["createdAt"]), (&Value::Null, &Value::Null));
    assert!(is_hash(&record["meets"][0]["from"]) && record["meets"][0]["to"].is_null());
    assert!(record["meets"][1]["from"].is_null(), "null stays null");
    let profile = &record["profile"];
    assert_eq!((&profile["tier"], &profile["a"]), (&json!("gold"), &Value::Null));
    assert!(is_hash(&profile["vip"]) && is_hash(&profile["points"]) && is_hash(&profile["list"][0]));
    let by_default = value(&written(&with_pii(Pii::Keep, &[("profile.custom", Pii::Drop)]), &full()));
    assert_eq!((&by_default["profile"]["tier"], &by_default["name"]), (&Value::Null, &json!("Ann")));
    let inside = value(&written(&with_pii(Pii::Keep, &[("profile.custom.a", Pii::Hash)]), &full()));
    let a = &inside["profile"]["a"]["b"];
    assert!(is_hash(&a[0]) && is_hash(&a[1]) && a[2].is_null());
}

#[test]
fn what_does_not_go_together_is_refused() {
    let refused = |options: &OutputOptions| Output::new(options).err();
    for name in ["nmae", "id", "revision", "meets", "profile", "profile.tier", "profile.custom.", "meets.nothing"] {
        let expected = Some(OutputError::UnknownField(name.to_owned()));
        assert_eq!(refused(&with_pii(Pii::Keep, &[(name, Pii::Drop)])), expected);
    }
    let keyless = |options: OutputOptions| OutputOptions { key: None, ..options };
    assert_eq!(refused(&keyless(with_pii(Pii::Hash, &[]))), Some(OutputError::NoKey));
    assert_eq!(refused(&keyless(with_pii(Pii::Drop, &[("tags", Pii::Hash)]))), Some(OutputError::NoKey));
    assert_eq!(refused(&keyless(with_pii(Pii::Drop, &[]))), None);
    let short = OutputOptions { key: Some(vec![7; KEY_BYTES_MIN - 1]), ..OutputOptions::default() };
    assert_eq!(refused(&short), Some(OutputError::ShortKey));
    let options = OutputOptions { fields: BTreeMap::new(), ..with_pii(Pii::Hash, &[]) };
    assert!(!format!("{:?}", output(&options)).contains("long enough"), "a key is not printed");
}

#[test]
fn a_policy_makes_no_revision() {
    let (before, after) = (full(), full());
    let _ = written(&with_pii(Pii::Drop, &[]), &before);
    assert!(after.changed_since(&before.fingerprints()).is_empty());
}
