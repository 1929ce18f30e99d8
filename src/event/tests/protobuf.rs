//! `data` as protobuf: what other programs encode is what the same `data` in JSON is.

use proptest::prelude::*;
use prost::Message as _;
use serde_json::{Value, json};

use super::samples::SAMPLES;
use super::*;
use crate::event::kind::event_table;
use crate::event::schema::public::messages::wrapup::v1;
use crate::event::schema::public::value_of;

macro_rules! encoders {
    ($($kind:ident $code:literal $text:literal $data:ty;)*) => {
        /// The message of a type that the generated code makes of JSON.
        fn encode(kind: Kind, data: Value) -> Vec<u8> {
            match kind {
                $(Kind::$kind => {
                    serde_json::from_value::<v1::$kind>(data).expect("the message has every member").encode_to_vec()
                })*
            }
        }
    };
}
event_table!(encoders);

fn in_protobuf(kind: &str, bytes: &[u8]) -> Result<(String, Event), String> {
    in_mode(kind, "application/protobuf", bytes)
}

fn in_mode(kind: &str, content_type: &str, bytes: &[u8]) -> Result<(String, Event), String> {
    let headers: Vec<(&str, Option<&[u8]>)> = vec![
        ("ce_specversion", Some(b"1.0")),
        ("ce_id", Some(b"e1")),
        ("ce_source", Some(b"/s")),
        ("ce_type", Some(kind.as_bytes())),
        ("ce_time", Some(b"2026-03-02T09:00:00Z")),
        ("content-type", Some(content_type.as_bytes())),
    ];
    let message =
        Message { key: Some(b"31354"), value: Some(bytes), headers, misrouted: false, timestamp: None, now: None };
    match decode_message(message) {
        Decoded::Event { chat_id, event } => Ok((chat_id.into_owned(), event)),
        Decoded::Ignored => Err("ignored".to_owned()),
        Decoded::Rejected(rejection) => Err(format!("{}: {}", rejection.reason, rejection.detail)),
    }
}

/// The sample's `data`, numbers as doubles have them.
fn data_of(sample: &samples::Sample) -> Value {
    serde_json::from_str(sample.data).expect("JSON")
}

/// The same as the fields of a message.
fn fields_of(kind: Kind, mut data: Value) -> Value {
    if kind != Kind::ChatProfileSet {
        return data;
    }
    let channel_id = data.as_object_mut().expect("an object").remove("channelId");
    json!({"values": data, "channelId": channel_id})
}

#[test]
fn every_type_says_the_same_in_both() {
    for sample in SAMPLES {
        let (kind, data) = (sample.kind, data_of(sample));
        let bytes = encode(kind, fields_of(kind, data.clone()));
        let expected = line(&cloudevent(kind.as_str(), data, json!({}))).expect("samples are valid");
        for content_type in ["application/protobuf", "Application/Protobuf; messageType=x"] {
            assert_eq!(in_mode(kind.as_str(), content_type, &bytes), Ok(expected.clone()), "{kind:?}");
        }
    }
}

#[test]
fn a_required_member_must_be_there() {
    for sample in SAMPLES {
        // Elements of lists cannot be told from absent lists, and no team from an absent team.
        let told_by_absence = ["/managerIds", "/codes", "/teamId"];
        for path in sample.required.iter().filter(|path| !told_by_absence.contains(path)) {
            let mut data = data_of(sample);
            let (parent, name) = path.rsplit_once('/').expect("a path");
            data.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").remove(name);
            let rejected = in_protobuf(sample.kind.as_str(), &encode(sample.kind, fields_of(sample.kind, data)));
            let expected = format!("invalid_data: data{} is missing", path.replace('/', "."));
            assert_eq!(rejected.err(), Some(expected), "{:?}", sample.kind);
        }
    }
}

#[test]
fn nothing_is_an_empty_message() {
    let expected = line(&cloudevent("chat.unassigned", json!({}), json!({})));
    assert_eq!(in_protobuf("chat.unassigned", &[]).ok(), expected.ok());
    assert_eq!(in_protobuf("chat.opened", &[]).err().as_deref(), Some("invalid_data: data.by is missing"));
    let no_team = line(&cloudevent("chat.team_assigned", json!({"teamId": null}), json!({})));
    assert_eq!(in_protobuf("chat.team_assigned", &[]).ok(), no_team.ok());
    let no_followers = line(&cloudevent("chat.followers_set", json!({"managerIds": []}), json!({})));
    assert_eq!(in_protobuf("chat.followers_set", &[]).ok(), no_followers.ok());
}

#[test]
fn members_are_cleared_by_name() {
    let updated = |message: v1::ChatUpdated| in_protobuf("chat.updated", &message.encode_to_vec());
    let clear = |names: &[&str]| v1::ChatUpdated {
        clear: names.iter().map(|name| (*name).to_owned()).collect(),
        lang: Some("ko".to_owned()),
        ..v1::ChatUpdated::default()
    };
    let expected = line(&cloudevent("chat.updated", json!({"lang": "ko", "title": null, "menuPath": null}), json!({})));
    assert_eq!(updated(clear(&["title", "menuPath"])).ok(), expected.ok());
    let cannot = "invalid_data: data.clear names a member that cannot be cleared";
    assert_eq!(updated(clear(&["channelId"])).err().as_deref(), Some(cannot));
    let is_set = "invalid_data: data.clear names a member that is set";
    assert_eq!(updated(clear(&["title", "lang"])).err().as_deref(), Some(is_set));
}

#[test]
fn values_are_checked_as_in_json() {
    let scored = |score| in_protobuf("chat.alf_scored", &encode(Kind::ChatAlfScored, json!({"cxScore": score}))).err();
    assert_eq!(scored(1.0), None);
    assert_eq!(scored(5.5).as_deref(), Some("invalid_data: data.cxScore is out of range"));
    let not_a_number = v1::ChatAlfScored { cx_score: Some(f64::NAN), channel_id: None }.encode_to_vec();
    let expected = "invalid_data: data.cxScore is not a number";
    assert_eq!(in_protobuf("chat.alf_scored", &not_a_number).err().as_deref(), Some(expected));
    let csat = |scale, choice| {
        let data = json!({"scale": scale, "choice": choice});
        in_protobuf("chat.csat_submitted", &encode(Kind::ChatCsatSubmitted, data)).err()
    };
    assert_eq!(csat(3, 3), None);
    assert_eq!(csat(3, 4).as_deref(), Some("invalid_data: data.choice is out of range"));
    let opened = in_protobuf("chat.opened", &encode(Kind::ChatOpened, json!({"by": "nobody"})));
    assert_eq!(opened.err().as_deref(), Some("invalid_data: data.by is none of the known values"));
    assert_eq!(in_protobuf("chat.unheard_of", b"").err().as_deref(), Some("ignored"));
}

#[test]
fn what_is_no_message_is_told_apart_from_a_wrong_one() {
    let broken: &[&[u8]] = &[&[0x0a], &[0x0a, 9, b'x'], &[0x07], b"{\"by\":\"user\"}"];
    for bytes in broken {
        let expected = "unparsable: the value is not a protobuf message";
        assert_eq!(in_protobuf("chat.opened", bytes).err().as_deref(), Some(expected), "{bytes:?}");
    }
    let rejected = |kind: &str, bytes: &[u8]| in_protobuf(kind, bytes).err().unwrap_or_default();
    assert_eq!(rejected("chat.opened", &[0x0a, 1, 0xff]), "invalid_data: data.by is not UTF-8");
    assert_eq!(rejected("chat.opened", &[0x08, 1]), "invalid_data: data.by is of the wrong type");
    let medium = [0xa2, 0x06, 1, b'c', 0x22, 1, 0x0a];
    assert_eq!(rejected("chat.created", &medium), "invalid_data: data.medium is not a message that can be read");
    // Of a newer version: a field 99, and a member of the wrong wire type beside it.
    let newer = [&encode(Kind::ChatOpened, json!({"by": "user"}))[..], &[0x9a, 0x06, 1, b'x']].concat();
    assert!(in_protobuf("chat.opened", &newer).is_ok());
}

#[test]
fn a_message_may_come_in_parts() {
    let part = |data: Value| encode(Kind::VaAssigned, json!({ "virtualAgent": data }));
    let parts = [part(json!({"id": "old", "name": "n"})), part(json!({"id": "v"}))].concat();
    let whole = encode(Kind::VaAssigned, json!({"virtualAgent": {"id": "v", "name": "n"}}));
    assert_eq!(in_protobuf("va.assigned", &parts), in_protobuf("va.assigned", &whole));
}

#[test]
fn free_values_are_read_as_json() {
    let set = |value: Value| {
        let values = [("key".to_owned(), value_of(value))].into();
        in_protobuf("chat.profile_set", &v1::ChatProfileSet { values, channel_id: None }.encode_to_vec())
    };
    let held = |value: Value| match set(value).expect("accepted").1.data {
        EventData::ChatProfileSet(set) => set.entries[0].1.clone(),
        other => panic!("{other:?}"),
    };
    let cases = [
        (json!(null), None),
        (json!(3.0), Some("3")),
        (json!(1_772_442_000_000_i64), Some("1772442000000")),
        (json!(1.5), Some("1.5")),
        (json!(1e300), Some("1e300")),
        (json!({"b": [true, null], "a": "ü\n"}), Some(r#"{"a":"ü\n","b":[true,null]}"#)),
    ];
    for (value, expected) in cases {
        assert_eq!(held(value.clone()).as_deref(), expected, "{value}");
    }
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(set(deep).err().as_deref(), Some("invalid_data: data is nested too deep"));
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_or_rejected(bytes in proptest::collection::vec(any::<u8>(), 0..60), at in 0..SAMPLES.len()) {
        let _ = in_protobuf(SAMPLES[at].kind.as_str(), &bytes);
    }

    #[test]
    fn damaged_messages_are_decoded_or_rejected(at in 0..SAMPLES.len(), place in any::<prop::sample::Index>(), byte: u8) {
        let kind = SAMPLES[at].kind;
        let mut bytes = encode(kind, fields_of(kind, data_of(&SAMPLES[at])));
        if !bytes.is_empty() {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = in_protobuf(kind.as_str(), &bytes);
    }
}
