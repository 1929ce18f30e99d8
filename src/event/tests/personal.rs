//! No value of an event is ever in what is said of its rejection: it goes to headers of dead letters and to logs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::samples::SAMPLES;
use super::*;

const MARKER: &str = "MARKER";

/// A marker in the place of every text of a value.
fn mark(value: &mut Value) {
    match value {
        Value::String(text) => MARKER.clone_into(text),
        Value::Array(elements) => elements.iter_mut().for_each(mark),
        Value::Object(members) => members.values_mut().for_each(mark),
        _ => {}
    }
}

/// The paths of all values in a value.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Array(elements) => elements.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        _ => return,
    };
    for (name, value) in below {
        let path = format!("{path}/{name}");
        paths(value, &path, found);
        found.push(path);
    }
}

/// Everything that may stand wrongly in the place of a value.
fn wrong() -> Vec<Value> {
    let deep = (0..130).fold(json!(MARKER), |inner, _| json!([inner]));
    vec![json!(MARKER), json!([MARKER]), json!({ MARKER: MARKER }), json!(true), json!(-1.5), json!(null), deep]
}

fn check(decoded: Decoded<'_>, reasons: &mut BTreeSet<&'static str>) {
    if let Decoded::Rejected(rejection) = decoded {
        reasons.insert(rejection.reason.as_str());
        assert!(!rejection.detail.contains(MARKER), "{}", rejection.detail);
        assert!(!rejection.reason.to_string().contains(MARKER));
    }
}

/// Decodes an event as a line, and its `data` in binary mode, as JSON and as protobuf.
fn check_all_modes(event: &Value, reasons: &mut BTreeSet<&'static str>) {
    let text = event.to_string();
    check(decode_line(text.as_bytes(), None), reasons);
    // Cut off, and no text.
    check(decode_line(&text.as_bytes()[..text.len() - 3], None), reasons);
    check(decode_line(&[text.as_bytes(), b"\xff"].concat(), None), reasons);
    let data = event["data"].to_string();
    let attribute = |name: &str| event[name].as_str().map(str::as_bytes);
    for content_type in ["application/json", "application/protobuf"] {
        let headers = [
            ("ce_specversion", Some(&b"1.0"[..])),
            ("ce_id", attribute("id")),
            ("ce_source", attribute("source")),
            ("ce_type", attribute("type")),
            ("ce_time", attribute("time")),
            ("ce_subject", attribute("subject")),
            ("content-type", Some(content_type.as_bytes())),
        ];
        // A protobuf text whose length is right, in the place of every member there may be.
        let in_protobuf: Vec<u8> = (1..16_u8)
            .flat_map(|number| [&[number << 3 | 2, MARKER.len() as u8], MARKER.as_bytes()].concat())
            .collect();
        let value = if content_type == "application/json" { data.as_bytes() } else { &in_protobuf };
        for key in [&b"31354"[..], MARKER.as_bytes()] {
            let value = Some(value);
            let message = Message { key: Some(key), value, headers, misrouted: false, timestamp: None, now: None };
            check(decode_message(message), reasons);
        }
    }
}

#[test]
fn no_value_is_told_in_a_rejection() {
    let mut reasons = BTreeSet::new();
    for sample in SAMPLES {
        let data: Value = serde_json::from_str(sample.data).expect("JSON");
        let event: Value = serde_json::from_str(&cloudevent(sample.kind.as_str(), data, json!({}))).expect("JSON");
        let mut marked = event.clone();
        mark(&mut marked["data"]);
        check_all_modes(&marked, &mut reasons);
        let mut all = Vec::new();
        paths(&event, "", &mut all);
        for path in all {
            for value in wrong() {
                let mut event = event.clone();
                // Markers everywhere but where other checks would come first.
                if path.starts_with("/data") {
                    *event.pointer_mut(&path).expect("a path of it") = value;
                } else {
                    mark(&mut event["data"]);
                    event[&path[1..]] = value;
                }
                check_all_modes(&event, &mut reasons);
            }
        }
    }
    let expected = ["invalid_data", "invalid_envelope", "no_key", "subject_mismatch", "unparsable"];
    assert!(reasons.iter().eq(expected.iter()), "{reasons:?}");
}

#[test]
fn what_is_counted_is_counted_by_words_of_ours() {
    let event = cloudevent(MARKER, json!({"userName": MARKER}), json!({}));
    assert_eq!(line(&event).err(), Some("ignored"), "an unknown type is not repeated");
    let words = Kind::NAMES.iter().chain(Reason::NAMES);
    assert!(
        words.clone().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_')))
    );
}
