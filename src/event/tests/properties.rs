//! Properties over generated input: what is stored comes back, and nothing panics.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::samples::SAMPLES;
use super::*;

/// JSON of any shape, not deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..12).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-d]|id|type", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// What happens to a member of a sample.
#[derive(Clone, Debug)]
enum Change {
    Keep,
    Remove,
    Null,
    Text(String),
    Number(i64),
    Any(Value),
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => Just(Change::Keep),
        2 => Just(Change::Remove),
        1 => Just(Change::Null),
        2 => any::<String>().prop_map(Change::Text),
        1 => any::<i64>().prop_map(Change::Number),
        1 => any_json().prop_map(Change::Any),
    ]
}

/// Applies one change per member, also inside objects. Texts change only into texts, numbers into numbers, so that much
/// of it stays valid.
fn mutate(data: &mut Value, changes: &mut impl Iterator<Item = Change>) {
    let Some(members) = data.as_object_mut() else { return };
    members.retain(|_, value| {
        mutate(value, changes);
        match changes.next() {
            Some(Change::Remove) => return false,
            Some(Change::Null) => *value = Value::Null,
            Some(Change::Text(text)) if value.is_string() => *value = text.into(),
            Some(Change::Number(number)) if value.is_number() => *value = number.into(),
            Some(Change::Any(any)) => *value = any,
            _ => {}
        }
        true
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_accepted_comes_back_from_storage(
        at in 0..SAMPLES.len(),
        changes in prop::collection::vec(any_change(), 40),
    ) {
        let mut data: Value = serde_json::from_str(SAMPLES[at].data).expect("samples are JSON");
        mutate(&mut data, &mut changes.into_iter());
        if let Ok((data, _)) = EventData::from_json(SAMPLES[at].kind, &data.to_string()) {
            prop_assert_eq!(EventData::decode(data.kind(), &data.encode()), Ok(data));
        }
    }

    #[test]
    fn any_profile_comes_back_with_the_same_values(
        members in prop::collection::btree_map("[a-z]{1,3}|\\PC{1,4}", any_json(), 0..6),
    ) {
        prop_assume!(!members.contains_key("channelId"));
        let text = serde_json::to_string_pretty(&members).expect("it is JSON");
        let (data, _) = EventData::from_json(Kind::ChatProfileSet, &text).expect("any keys, any values");
        let EventData::ChatProfileSet(stored) =
            EventData::decode(Kind::ChatProfileSet, &data.encode()).expect("it was stored")
        else {
            panic!("another type")
        };
        let read = |raw: &str| serde_json::from_str::<Value>(raw).expect("canonical text is JSON");
        let back = stored
            .entries
            .iter()
            .map(|(key, value)| (key.to_string(), value.as_deref().map_or(Value::Null, read)))
            .collect::<BTreeMap<_, _>>();
        // From the text, because serde_json may read a number back as its neighbour.
        let expected: BTreeMap<String, Value> = serde_json::from_str(&text).expect("it is JSON");
        prop_assert_eq!(back, expected);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), code in 1_u32..48) {
        let _ = decode_line(&bytes, None);
        let headers = [("ce_specversion", Some(&b"1.0"[..])), ("ce_id", Some(&bytes)), ("ce_time", Some(&bytes))];
        let key = Some(&b"k"[..]);
        let message = Message { key, value: Some(&bytes), headers, misrouted: false, timestamp: None, now: None };
        let _ = decode_message(message);
        let _ = EventData::decode(Kind::from_code(code).expect("codes have no gaps"), &bytes);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = EventData::from_json(Kind::ChatProfileSet, text);
        }
    }

    #[test]
    fn damaged_events_and_journals_never_panic(
        at in 0..SAMPLES.len(),
        cut in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let data: Value = serde_json::from_str(SAMPLES[at].data).expect("samples are JSON");
        let mut line = cloudevent(SAMPLES[at].kind.as_str(), data.clone(), json!({})).into_bytes();
        let mut stored = EventData::from_json(SAMPLES[at].kind, &data.to_string()).expect("it is valid").0.encode();
        for (place, byte) in flips {
            let place_in_line = place.index(line.len());
            line[place_in_line] = byte;
            if !stored.is_empty() {
                let place_in_store = place.index(stored.len());
                stored[place_in_store] = byte;
            }
        }
        let _ = decode_line(&line, None);
        let _ = decode_line(&line[..cut.index(line.len())], None);
        let _ = EventData::decode(SAMPLES[at].kind, &stored);
        let _ = EventData::decode(SAMPLES[at].kind, &stored[..cut.index(stored.len() + 1)]);
    }
}
