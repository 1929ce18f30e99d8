//! The files made from the event table are those in the repository.

use std::collections::BTreeSet;

use super::*;
use crate::event::data::{CHANNEL_ID_NUMBER, Description, EventData, Presence, Type};
use crate::event::kind::Kind;

#[test]
fn the_generated_schemas_of_the_events_are_current() {
    assert_current("proto/wrapup/v1/events.proto", &events_proto());
    assert_current("docs/schema/events.schema.json", &events_json_schema());
}

#[test]
fn every_type_has_a_message_and_no_name_or_number_is_given_twice() {
    let file = events_proto();
    let names: Vec<&str> = file.lines().filter_map(|line| line.strip_prefix("message ")?.split(' ').next()).collect();
    assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
    for kind in Kind::ALL {
        let camel: String = kind.as_str().split(['.', '_']).map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert!(names.contains(&&*camel), "{camel}");
        let members = EventData::description(*kind).members;
        let numbers: BTreeSet<u32> = members.iter().map(|member| member.number).collect();
        assert_eq!(numbers.len(), members.len(), "{camel}");
        assert!(numbers.iter().all(|number| *number < CHANNEL_ID_NUMBER), "{camel}");
    }
}

#[test]
fn the_json_schema_has_every_member_of_every_type() {
    let schema: serde_json::Value = serde_json::from_str(&events_json_schema()).expect("JSON");
    let check = |name: &str, description: &Description| {
        let definition = &schema["definitions"][name];
        let required = definition["required"].as_array().cloned().unwrap_or_default();
        for member in description.members.iter().filter(|member| member.value != Type::Keys) {
            assert!(definition["properties"][member.key].is_object(), "{name}: {}", member.key);
            let must = matches!(member.presence, Presence::Required | Presence::Nullable | Presence::List);
            assert_eq!(required.contains(&member.key.into()), must, "{name}: {}", member.key);
        }
    };
    for kind in Kind::ALL {
        let description = EventData::description(*kind);
        check(kind.as_str(), description);
        let mut parts = Vec::new();
        proto::collect(description, &mut parts);
        parts.into_iter().for_each(|part| check(part.name, part));
    }
}

#[test]
fn names_become_those_of_protobuf_and_back() {
    let names =
        [("id", "id"), ("userChatId", "user_chat_id"), ("agent_info", "agent_info"), ("alfCxScore", "alf_cx_score")];
    for (key, name) in names {
        assert_eq!(proto::snake_case(key), name);
    }
    let mut message = Message::new("M", &[]);
    message.field(&[], "optional string", "userId", 1);
    message.field(&["Why."], "optional string", "user_id", 2);
    let mut text = String::new();
    message.write(0, &mut text);
    let expected = "message M {\n  optional string user_id = 1;\n  // Why.\n  \
                    optional string user_id = 2 [json_name = \"user_id\"];\n}\n";
    assert_eq!(text, expected);
}
