//! What is accepted, what is rejected and why, what is stored.

mod data;
mod envelope;
mod order;
mod personal;
mod properties;
mod protobuf;
mod samples;
mod stored;

use serde_json::{Value, json};

use super::*;

/// The event that `line` holds, or the name of what else came of it.
fn line(line: &str) -> Result<(String, Event), &'static str> {
    outcome(decode_line(line.as_bytes(), None))
}

fn outcome(decoded: Decoded<'_>) -> Result<(String, Event), &'static str> {
    match decoded {
        Decoded::Event { chat_id, event } => Ok((chat_id.into_owned(), event)),
        Decoded::Ignored => Err("ignored"),
        Decoded::Rejected(rejection) => Err(rejection.reason.as_str()),
    }
}

/// A complete envelope around `data`, with the members of `changes` set, or removed where they are null.
fn cloudevent(kind: &str, data: Value, changes: Value) -> String {
    let mut event = json!({
        "specversion": "1.0", "id": "e1", "source": "/s", "type": kind, "subject": "31354",
        "time": "2026-03-02T09:00:00.000Z", "data": data,
    });
    for (name, value) in changes.as_object().expect("changes are an object") {
        if value.is_null() {
            event.as_object_mut().expect("it is one").remove(name);
        } else {
            event[name] = value.clone();
        }
    }
    event.to_string()
}
