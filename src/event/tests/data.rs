//! `data`, type by type: every member missing, null, of the wrong type, out of its range.

use super::samples::{ENUMERATIONS, IDS, SAMPLES, Sample};
use super::*;

fn value(sample: &Sample) -> Value {
    serde_json::from_str(sample.data).expect("samples are JSON")
}

fn data_of(kind: Kind) -> Value {
    value(SAMPLES.iter().find(|sample| sample.kind == kind).expect("every type has a sample"))
}

fn read(kind: Kind, data: &Value) -> Result<(EventData, Option<Box<str>>), String> {
    EventData::from_json(kind, &data.to_string()).map_err(|fault| fault.to_string())
}

/// Reads JSON text that is accepted.
fn accepted(kind: Kind, raw: &str) -> EventData {
    EventData::from_json(kind, raw).unwrap_or_else(|fault| panic!("{kind:?} {raw}: {fault}")).0
}

fn fault(kind: Kind, raw: &str) -> String {
    EventData::from_json(kind, raw).expect_err(raw).to_string()
}

/// The paths of all members of an object and of the objects in it, but not inside `selectedMenu` and profile values.
fn paths(kind: Kind, data: &Value) -> Vec<String> {
    fn walk(kind: Kind, at: &str, data: &Value, found: &mut Vec<String>) {
        for (name, value) in data.as_object().into_iter().flatten() {
            let path = format!("{at}/{name}");
            if name != "selectedMenu" && kind != Kind::ChatProfileSet {
                walk(kind, &path, value, found);
            }
            found.push(path);
        }
    }
    let mut found = Vec::new();
    walk(kind, "", data, &mut found);
    found
}

fn set(data: &Value, path: &str, value: Value) -> Value {
    let mut changed = data.clone();
    *changed.pointer_mut(path).expect(path) = value;
    changed
}

fn without(data: &Value, path: &str) -> Value {
    let (parent, name) = path.rsplit_once('/').expect(path);
    let mut changed = data.clone();
    changed.pointer_mut(parent).and_then(Value::as_object_mut).expect(path).remove(name);
    changed
}

fn dotted(path: &str) -> String {
    format!("data{}", path.replace('/', "."))
}

#[test]
fn every_type_is_read_and_stored_whole() {
    assert!(SAMPLES.iter().map(|sample| sample.kind).eq(Kind::ALL.iter().copied()));
    for sample in SAMPLES {
        let (data, channel_id) = read(sample.kind, &value(sample)).expect(sample.data);
        assert_eq!(data.kind(), sample.kind);
        assert_eq!(channel_id.as_deref(), Some("c1"));
        assert_eq!(EventData::decode(sample.kind, &data.encode()).as_ref(), Ok(&data));
        let mut extended = value(sample);
        if sample.kind != Kind::ChatProfileSet {
            extended["later"] = json!({"id": 1.5});
            assert_eq!(read(sample.kind, &extended).map(|(data, _)| data), Ok(data));
        }
    }
}

#[test]
fn members_are_required_or_not_and_null_means_absent() {
    for sample in SAMPLES {
        let full = value(sample);
        for path in paths(sample.kind, &full) {
            let is_required = sample.required.contains(&path.as_str());
            let absent = read(sample.kind, &without(&full, &path));
            let null = read(sample.kind, &set(&full, &path, Value::Null));
            let missing = format!("{} is missing", dotted(&path));
            if is_required {
                assert_eq!(absent, Err(missing.clone()), "{:?}", sample.kind);
                if path != "/teamId" {
                    assert_eq!(null, Err(missing), "{:?}", sample.kind);
                }
            } else {
                assert!(absent.is_ok(), "{:?} {path}", sample.kind);
                let clears = match sample.kind {
                    Kind::ChatUpdated => path != "/channelId" && path.matches('/').count() == 1,
                    Kind::ChatProfileSet => path != "/channelId",
                    _ => false,
                };
                if clears {
                    assert!(null.is_ok(), "{:?} {path}", sample.kind);
                    if path != "/gone" {
                        assert_ne!(null, read(sample.kind, &full));
                    }
                    assert_ne!(null, absent, "{:?} {path}", sample.kind);
                } else {
                    assert_eq!(null, absent, "{:?} {path}", sample.kind);
                }
            }
        }
    }
}

#[test]
fn a_member_of_the_wrong_type_is_named_and_its_value_is_not() {
    let same_type = |a: &Value, b: &Value| std::mem::discriminant(a) == std::mem::discriminant(b);
    for sample in SAMPLES {
        let full = value(sample);
        for path in paths(sample.kind, &full) {
            let is_free =
                path.ends_with("selectedMenu") || (sample.kind == Kind::ChatProfileSet && path != "/channelId");
            for wrong in [json!(true), json!(4.5), json!("7Secret"), json!(["7Secret"]), json!({"7Secret": "7Secret"})]
            {
                let is_scalar =
                    matches!(path.as_str(), "/until" | "/castingTime") && (wrong.is_string() || wrong.is_number());
                if same_type(&wrong, &full.pointer(&path).expect("it is its own path").clone()) || is_free || is_scalar
                {
                    continue;
                }
                let fault = read(sample.kind, &set(&full, &path, wrong.clone())).expect_err(&path);
                assert!(fault.starts_with(&dotted(&path)), "{:?} {path}: {fault}", sample.kind);
                assert!(!fault.contains("Secret") && !fault.contains("4.5"), "{fault}");
            }
        }
        assert_eq!(fault(sample.kind, "[]"), "data is not an object");
        assert_eq!(fault(sample.kind, "7"), "data is not an object");
    }
}

#[test]
fn enumerations_know_their_words_only() {
    for &(kind, path, words) in ENUMERATIONS {
        let full = data_of(kind);
        for word in words {
            let (data, _) = read(kind, &set(&full, path, json!(word))).expect(word);
            assert_eq!(EventData::decode(kind, &data.encode()), Ok(data));
        }
        for wrong in ["Secret", "", &words[0].to_uppercase().replace("INBOUND", "inbound")] {
            let fault = read(kind, &set(&full, path, json!(wrong))).expect_err(path);
            assert_eq!(fault, format!("{} is none of the known values", dotted(path)));
        }
    }
    // Every other text is free.
    for sample in SAMPLES {
        let full = value(sample);
        for path in paths(sample.kind, &full) {
            let is_enumeration = ENUMERATIONS.iter().any(|(kind, known, _)| *kind == sample.kind && *known == path);
            if full.pointer(&path).is_some_and(Value::is_string) {
                assert_eq!(read(sample.kind, &set(&full, &path, json!("any"))).is_err(), is_enumeration, "{path}");
            }
        }
    }
}

#[test]
fn ids_may_be_whole_numbers_and_nothing_else_may() {
    for sample in SAMPLES {
        let full = value(sample);
        let mut texts = paths(sample.kind, &full);
        texts.retain(|path| full.pointer(path).is_some_and(Value::is_string));
        if sample.kind == Kind::ChatFollowersSet {
            texts.push("/managerIds/0".to_owned());
        }
        for path in texts {
            let is_id = path == "/channelId" || IDS.contains(&(sample.kind, path.as_str()));
            let is_free = sample.kind == Kind::ChatProfileSet || path == "/until" || path == "/castingTime";
            let as_number = read(sample.kind, &set(&full, &path, json!(12)));
            assert_eq!(as_number.is_ok(), is_id || is_free, "{:?} {path}", sample.kind);
            if is_id {
                assert_eq!(as_number, read(sample.kind, &set(&full, &path, json!("12"))));
            }
        }
    }
    let id = |raw: &str| match accepted(Kind::AgentHeld, &format!(r#"{{"managerId": {raw} }}"#)) {
        EventData::AgentHeld(agent) => agent.manager_id,
        other => panic!("{other:?}"),
    };
    assert_eq!(&*id("123456789012345678901234567890"), "123456789012345678901234567890");
    assert_eq!(&*id("-7"), "-7");
    assert_eq!(&*id(r#""\u00e9\n""#), "é\n");
    for wrong in ["4.0", "1e3", "true", "{}", r#""\ud800""#] {
        assert_eq!(
            fault(Kind::AgentHeld, &format!(r#"{{"managerId":{wrong}}}"#)),
            "data.managerId is neither a text nor a whole number"
        );
    }
}

#[test]
fn numbers_are_whole_and_in_range_where_the_tables_say_so() {
    let whole = "is not a whole number";
    let range = "is out of range";
    let cases: &[(Kind, &str, &str, Option<&str>)] = &[
        (Kind::MessageSent, "files", "4.0", Some(whole)),
        (Kind::MessageSent, "files", "1e2", Some(whole)),
        (Kind::MessageSent, "files", "-2", None),
        (Kind::MessageSent, "files", "-0", None),
        (Kind::MessageSent, "files", "9223372036854775807", None),
        (Kind::MessageSent, "files", "9223372036854775808", Some(range)),
        (Kind::VaEnded, "responseCount", "1.5", Some(whole)),
        (Kind::VaEnded, "fallbackCount", "2.0", Some(whole)),
        (Kind::ChatUpdated, "queuePriority", "99", None),
        (Kind::ChatUpdated, "queuePriority", "1.0", Some(whole)),
        (Kind::QueueEntered, "priority", "0", Some(range)),
        (Kind::QueueEntered, "priority", "1", None),
        (Kind::QueueEntered, "priority", "8", None),
        (Kind::QueueEntered, "priority", "9", Some(range)),
        (Kind::QueueEntered, "priority", "4.0", Some(whole)),
        (Kind::ChatFeedback, "rating", "0", Some(range)),
        (Kind::ChatFeedback, "rating", "1", None),
        (Kind::ChatFeedback, "rating", "5", None),
        (Kind::ChatFeedback, "rating", "6", Some(range)),
        (Kind::ChatFeedback, "rating", "5.0", Some(whole)),
        (Kind::ChatAlfScored, "cxScore", "1", None),
        (Kind::ChatAlfScored, "cxScore", "1.0", None),
        (Kind::ChatAlfScored, "cxScore", "5.0", None),
        (Kind::ChatAlfScored, "cxScore", "50e-1", None),
        (Kind::ChatAlfScored, "cxScore", "0.99", Some(range)),
        (Kind::ChatAlfScored, "cxScore", "5.01", Some(range)),
        (Kind::ChatAlfScored, "cxScore", "1e999", Some("is not a number")),
    ];
    for &(kind, name, raw, expected) in cases {
        let text = set(&data_of(kind), &format!("/{name}"), json!("@")).to_string().replace("\"@\"", raw);
        let read = EventData::from_json(kind, &text).map_err(|fault| fault.to_string());
        match expected {
            None => assert!(read.is_ok(), "{kind:?} {name} {raw}: {read:?}"),
            Some(what) => assert_eq!(read, Err(format!("data.{name} {what}")), "{kind:?} {name} {raw}"),
        }
    }
    accepted(Kind::QueueEntered, r#"{"queueId":"q","serviceLevel":{"targetSecs":-1.5,"targetPercent":1e3}}"#);
    accepted(Kind::QueueEntered, r#"{"queueId":"q","serviceLevel":{}}"#);
}

#[test]
fn a_csat_choice_lies_on_its_scale() {
    for scale in -1..8 {
        for choice in -1..8 {
            let raw = format!(r#"{{"choice":{choice},"scale":{scale}}}"#);
            let is_valid = [2, 3, 5].contains(&scale) && (1..=scale).contains(&choice);
            assert_eq!(EventData::from_json(Kind::ChatCsatSubmitted, &raw).is_ok(), is_valid, "{raw}");
        }
    }
}

#[test]
fn documented_defaults_stand_for_absent_members() {
    let EventData::ChatCreated(created) = accepted(Kind::ChatCreated, r#"{"channelId":"c1","medium":{}}"#) else {
        panic!("another type")
    };
    assert_eq!(created.direction, Direction::Inbound);
    assert_eq!(created.medium.map(|medium| medium.kind), Some(MediumType::Native));
    let EventData::ChatClosed(closed) = accepted(Kind::ChatClosed, r#"{"by":"user","status":null}"#) else {
        panic!("another type")
    };
    assert_eq!(closed.status, CloseStatus::Finished);
}

#[test]
fn of_a_messages_text_only_its_presence_is_kept() {
    let message = |rest: &str| match accepted(
        Kind::MessageSent,
        &format!(r#"{{"messageId":"m","person":{{"type":"user"}}{rest}}}"#),
    ) {
        EventData::MessageSent(message) => message,
        other => panic!("{other:?}"),
    };
    assert!(message(r#","text":"a""#).has_text);
    assert!(message(r#","text":"\u0020""#).has_text);
    assert!(!message(r#","text":"""#).has_text);
    assert!(!message(r#","text":null"#).has_text);
    let bare = message(r#","files":3"#);
    assert!(!bare.has_text && !bare.private && !bare.answers_workflow);
    assert_eq!(bare.files, Some(3));
    let stored = EventData::MessageSent(message(r#","text":"Secret words""#)).encode();
    assert!(!stored.windows(6).any(|window| window == b"Secret"));
}

#[test]
fn null_clears_in_updates_and_takes_the_team_away() {
    let EventData::ChatUpdated(updated) =
        accepted(Kind::ChatUpdated, r#"{"title":null,"lang":"en","selectedMenu": {"b" : [1.50, 1e2], "a":"\u0041"} }"#)
    else {
        panic!("another type")
    };
    assert_eq!(updated.title, Some(None));
    assert_eq!(updated.lang, Some(Some("en".into())));
    assert_eq!(updated.description, None);
    assert_eq!(updated.selected_menu, Some(Some(r#"{"a":"A","b":[1.50,1e2]}"#.into())));
    let EventData::ChatTeamAssigned(team) = accepted(Kind::ChatTeamAssigned, r#"{"teamId":null}"#) else {
        panic!("another type")
    };
    assert_eq!(team.team_id, None);
}

#[test]
fn a_profile_keeps_any_key_as_it_came() {
    let raw = r#"{"z":12345678901234567890123,"a":{"y":1,"x":" "},"gone":null,"channelId":7,"a":[ 2.0 , {} ],"é":""}"#;
    let (data, channel_id) = EventData::from_json(Kind::ChatProfileSet, raw).expect(raw);
    assert_eq!(channel_id.as_deref(), Some("7"));
    let EventData::ChatProfileSet(profile) = &data else { panic!("another type") };
    let entries: Vec<_> = profile.entries.iter().map(|(key, value)| (&**key, value.as_deref())).collect();
    let expected =
        [("a", Some("[2.0,{}]")), ("gone", None), ("z", Some("12345678901234567890123")), ("é", Some("\"\""))];
    assert_eq!(entries, expected);
    assert_eq!(EventData::decode(Kind::ChatProfileSet, &data.encode()), Ok(data));
    for raw in
        [r#"{"Secret":1e999}"#, r#"{"k":"\ud800Secret"}"#, &format!("{{\"k\":{}{}}}", "[".repeat(121), "]".repeat(121))]
    {
        assert_eq!(fault(Kind::ChatProfileSet, raw), "data is nested too deep, or has an unreadable number or text");
    }
    let deep = accepted(Kind::ChatProfileSet, &format!("{{\"k\":{}{}}}", "[".repeat(120), "]".repeat(120)));
    let EventData::ChatProfileSet(profile) = deep else { panic!("another type") };
    assert!(serde_json::from_str::<Value>(profile.entries[0].1.as_deref().expect("a value")).is_ok());
}

#[test]
fn of_repeated_members_the_last_counts_but_each_is_checked() {
    let EventData::ChatOpened(opened) = accepted(Kind::ChatOpened, r#"{"by":"alf","by":"user"}"#) else {
        panic!("another type")
    };
    assert_eq!(opened.by, OpenedBy::User);
    assert_eq!(fault(Kind::ChatOpened, r#"{"by":"user","by":null}"#), "data.by is missing");
    assert_eq!(fault(Kind::ChatOpened, r#"{"by":1,"by":"user"}"#), "data.by is not a text");
}

#[test]
fn names_are_compared_after_their_escapes() {
    let (_, channel_id) = EventData::from_json(Kind::ChatUnassigned, r#"{"ch\u0061nnelId":"c"}"#).expect("it is valid");
    assert_eq!(channel_id.as_deref(), Some("c"));
}

#[test]
fn elements_of_lists_are_texts() {
    for (raw, is_valid) in [("[]", true), (r#"["x","x"]"#, true), ("[1]", false), ("[null]", false), ("[[]]", false)] {
        let read = EventData::from_json(Kind::ChatTagged, &format!(r#"{{"add":{raw}}}"#));
        assert_eq!(read.is_ok(), is_valid, "{raw}");
    }
    assert!(EventData::from_json(Kind::ChatFollowersSet, r#"{"managerIds":[1,"2",null]}"#).is_err());
}
