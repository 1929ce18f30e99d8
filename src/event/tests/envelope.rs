//! The envelope in both modes, and the order of the reasons.

use super::*;

const KEY: &[u8] = b"31354";
const STRUCTURED: &[(&str, Option<&[u8]>)] = &[("Content-Type", Some(b"Application/CloudEvents+JSON ; charset=utf-8"))];

type Headers<'a> = &'a [(&'a str, Option<&'a [u8]>)];

fn message<'a>(key: Option<&'a [u8]>, value: Option<&'a [u8]>, headers: Headers<'a>) -> Decoded<'a> {
    let headers = headers.iter().copied();
    decode_message(Message { key, value, headers, misrouted: false, timestamp: None, now: None })
}

fn reason(decoded: Decoded<'_>) -> &'static str {
    outcome(decoded).map_or_else(|reason| reason, |_| "accepted")
}

fn binary<'a>(changes: Headers<'a>) -> Vec<(&'a str, Option<&'a [u8]>)> {
    let mut headers: Vec<(&str, Option<&[u8]>)> = vec![
        ("ce_specversion", Some(b"1.0")),
        ("ce_id", Some(b"e1")),
        ("ce_source", Some(b"/s")),
        ("ce_type", Some(b"chat.opened")),
        ("ce_time", Some(b"2026-03-02T09:00:00Z")),
        ("content-type", Some(b"application/json")),
        ("traceparent", Some(b"\xff")),
    ];
    for change in changes {
        headers.retain(|header| header.0 != change.0);
        headers.push(*change);
    }
    headers
}

#[test]
fn both_modes_give_the_same_event() {
    let structured = cloudevent("chat.opened", json!({"by": "user", "channelId": 4}), json!({"_topic": 1, "x": [2]}));
    let expected = line(&structured).expect("it is accepted");
    assert_eq!(expected.0, "31354");
    assert_eq!(expected.1.channel_id.as_deref(), Some("4"));
    assert_eq!(expected.1.time.to_string(), "2026-03-02T09:00:00.000Z");
    assert_eq!((&*expected.1.source, &*expected.1.id), ("/s", "e1"));
    for headers in [STRUCTURED, &[], &[("content-type", None), ("ce_type", Some(b"chat.closed"))]] {
        let decoded = message(Some(KEY), Some(structured.as_bytes()), headers);
        assert_eq!(outcome(decoded), Ok(expected.clone()));
    }
    let data = br#" {"by":"user","channelId":"4"} "#;
    for changes in [&[][..], &[("ce_subject", Some(KEY))], &[("content-type", None)]] {
        assert_eq!(outcome(message(Some(KEY), Some(data), &binary(changes))), Ok(expected.clone()));
    }
    // A structured value under binary headers is data, and the other way round no event at all.
    assert_eq!(reason(message(Some(KEY), Some(structured.as_bytes()), &binary(&[]))), "invalid_data");
    assert_eq!(
        reason(message(Some(KEY), Some(structured.as_bytes()), &[("content-type", Some(b"text/plain"))])),
        "invalid_envelope"
    );
    assert_eq!(reason(message(Some(KEY), Some(data), STRUCTURED)), "invalid_envelope");
    let batch: Headers<'_> = &[("content-type", Some(b"application/cloudevents-batch+json"))];
    assert_eq!(reason(message(Some(KEY), Some(structured.as_bytes()), batch)), "invalid_envelope");
}

#[test]
fn a_tombstone_is_unparsable_or_has_no_data() {
    assert_eq!(reason(message(Some(KEY), None, &[])), "unparsable");
    assert_eq!(reason(message(Some(KEY), Some(b""), STRUCTURED)), "unparsable");
    let empty = binary(&[("ce_type", Some(b"chat.unassigned"))]);
    for value in [None, Some(&b""[..]), Some(b"null"), Some(b"{}")] {
        assert_eq!(reason(message(Some(KEY), value, &empty)), "accepted");
        assert_eq!(reason(message(Some(KEY), value, &binary(&[]))), "invalid_data");
    }
}

#[test]
fn every_attribute_is_checked() {
    let cases = [
        (json!({"specversion": null}), "invalid_envelope"),
        (json!({"specversion": "0.3"}), "invalid_envelope"),
        (json!({"specversion": 1.0}), "invalid_envelope"),
        (json!({"id": null}), "invalid_envelope"),
        (json!({"id": ""}), "invalid_envelope"),
        (json!({"id": 7}), "invalid_envelope"),
        (json!({"source": null}), "invalid_envelope"),
        (json!({"source": ""}), "invalid_envelope"),
        (json!({"source": {}}), "invalid_envelope"),
        (json!({"type": null}), "invalid_envelope"),
        (json!({"type": ""}), "invalid_envelope"),
        (json!({"type": 1}), "invalid_envelope"),
        (json!({"type": "chat.unheard_of"}), "ignored"),
        (json!({"type": "chat.requested"}), "ignored"),
        (json!({"type": "agent.presence"}), "ignored"),
        (json!({"time": null}), "invalid_envelope"),
        (json!({"time": 1_772_442_000}), "invalid_envelope"),
        (json!({"time": "2026-03-02T09:00:00"}), "invalid_envelope"),
        (json!({"time": "2026-02-30T09:00:00Z"}), "invalid_envelope"),
        (json!({"time": "1999-12-31T23:59:59.999Z"}), "time_too_old"),
        (json!({"time": "2000-01-01T00:00:00Z"}), "accepted"),
        (json!({"time": "2000-01-01T00:00:00+00:01"}), "time_too_old"),
        (json!({"subject": null}), "no_key"),
        (json!({"subject": ""}), "no_key"),
        (json!({"subject": true}), "invalid_envelope"),
        (json!({"subject": 4.5}), "invalid_envelope"),
        (json!({"subject": 31354}), "accepted"),
        (json!({"data": null}), "accepted"),
        (json!({"data": []}), "invalid_data"),
        (json!({"data": "{}"}), "invalid_data"),
    ];
    for (change, expected) in cases {
        let text = cloudevent("chat.unassigned", json!({}), change.clone());
        assert_eq!(reason(decode_line(text.as_bytes(), None)), expected, "{change}");
        let on_kafka = match expected {
            "no_key" if change["subject"].is_null() => "accepted",
            "no_key" => "subject_mismatch",
            other => other,
        };
        assert_eq!(reason(message(Some(KEY), Some(text.as_bytes()), &[])), on_kafka, "{change}");
    }
    for name in ["ce_id", "ce_source", "ce_type", "ce_time", "ce_specversion"] {
        for (value, expected) in
            [(None, "invalid_envelope"), (Some(&b""[..]), "invalid_envelope"), (Some(b"\xff"), "unparsable")]
        {
            assert_eq!(reason(message(Some(KEY), None, &binary(&[(name, value)]))), expected, "{name}");
        }
    }
}

#[test]
fn null_attributes_are_absent_and_of_repeated_ones_the_last_counts() {
    let text = r#"{"specversion":"1.0","id":"a","id":"b","source":"/s","type":"chat.unassigned","subject":null,
        "time":"2026-03-02T18:00:00.1239+09:00","data":null}"#;
    let (chat_id, event) = outcome(message(Some(KEY), Some(text.as_bytes()), &[])).expect("it is accepted");
    assert_eq!((chat_id.as_str(), &*event.id), ("31354", "b"));
    assert_eq!(event.time.to_string(), "2026-03-02T09:00:00.123Z");
    assert_eq!(reason(decode_line(text.as_bytes(), None)), "no_key");
}

/// One event with every fault there is, mended fault by fault.
#[test]
fn the_first_reason_counts() {
    let now = Timestamp::parse("2026-03-01T00:00:00Z");
    let decode = |key: Option<&'static [u8]>, misrouted, text: &str| {
        let value = Some(text.as_bytes());
        reason(decode_message(Message { key, value, headers: [], misrouted, timestamp: None, now }))
    };
    let envelope = |changes: Value| cloudevent("chat.opened", json!({"by": 7}), changes);
    let wrong = Some(&b"other"[..]);
    let no_id = envelope(json!({"id": null, "type": "new", "time": "1990-01-01T00:00:00Z"}));
    let broken = &no_id[1..];
    assert_eq!(decode(None, true, broken), "no_key");
    assert_eq!(decode(Some(b""), true, broken), "no_key");
    assert_eq!(decode(wrong, true, broken), "misrouted");
    assert_eq!(decode(wrong, false, broken), "unparsable");
    assert_eq!(decode(wrong, false, "[]"), "invalid_envelope");
    assert_eq!(decode(wrong, false, "7 7"), "unparsable");
    assert_eq!(decode(wrong, false, &no_id), "invalid_envelope");
    let unknown = envelope(json!({"type": "new", "time": "1990-01-01T00:00:00Z"}));
    assert_eq!(decode(wrong, false, &unknown), "subject_mismatch");
    assert_eq!(decode(Some(KEY), false, &unknown), "ignored");
    assert_eq!(decode(Some(KEY), false, &envelope(json!({"time": "1990-01-01T00:00:00Z"}))), "time_too_old");
    assert_eq!(decode(Some(KEY), false, &envelope(json!({"time": "2026-03-02T00:00:00.001Z"}))), "time_in_future");
    assert_eq!(decode(Some(KEY), false, &envelope(json!({"time": "2026-03-02T00:00:00Z"}))), "invalid_data");
    assert_eq!(decode(Some(b"\xff"), true, "{}"), "misrouted");
    assert_eq!(decode(Some(b"\xff"), false, "{}"), "unparsable");
    let data = Some(&b"{"[..]);
    assert_eq!(reason(message(Some(KEY), data, &binary(&[("ce_id", None)]))), "unparsable");
    assert_eq!(reason(message(Some(KEY), Some(b"\"\xff\""), &binary(&[]))), "unparsable");
}

#[test]
fn the_earlier_of_timestamp_and_clock_bounds_the_time() {
    let text = cloudevent("chat.unassigned", json!({}), json!({"time": "2026-03-02T09:00:00Z"}));
    let at = |text: &str| Timestamp::parse(text);
    let early = at("2026-03-01T08:59:59.999Z");
    let exact = at("2026-03-01T09:00:00Z");
    let cases = [
        (None, None, "accepted"),
        (early, None, "time_in_future"),
        (None, early, "time_in_future"),
        (exact, exact, "accepted"),
        (early, exact, "time_in_future"),
        (exact, early, "time_in_future"),
        (exact, Some(Timestamp::MAX), "accepted"),
    ];
    for (timestamp, now, expected) in cases {
        let value = Some(text.as_bytes());
        let message = Message { key: Some(KEY), value, headers: [], misrouted: false, timestamp, now };
        assert_eq!(reason(decode_message(message)), expected);
        if timestamp.is_none() {
            assert_eq!(reason(decode_line(text.as_bytes(), now)), expected);
        }
    }
}

#[test]
fn lines_of_files_have_a_subject_and_a_greatest_length() {
    let reason_of = |line: &[u8]| reason(decode_line(line, None));
    assert_eq!(reason_of(b""), "unparsable");
    assert_eq!(reason_of(b"{"), "unparsable");
    assert_eq!(reason_of(b"{} {}"), "unparsable");
    assert_eq!(reason_of(b"\xef\xbb\xbf{}"), "unparsable");
    assert_eq!(reason_of(b"{\"\xff\":1}"), "unparsable");
    assert_eq!(reason_of(br#"{"\ud800":1}"#), "unparsable");
    assert_eq!(reason_of(b"[]"), "invalid_envelope");
    assert_eq!(reason_of(b"null"), "invalid_envelope");
    assert_eq!(reason_of(b"{}"), "no_key");
    let short = cloudevent("message.sent", json!({"messageId": 1, "person": {"type": "user"}, "text": ""}), json!({}));
    let long = |len: usize| short.replace(r#""text":"""#, &format!(r#""text":"{}""#, "a".repeat(len - short.len())));
    assert_eq!(reason_of(long(LINE_BYTES_MAX).as_bytes()), "accepted");
    assert_eq!(reason_of(long(LINE_BYTES_MAX + 1).as_bytes()), "too_large");
    assert_eq!(reason_of(&vec![b'['; 1 << 20]), "unparsable");
    let deep = [vec![b'['; 1 << 20], vec![b']'; 1 << 20]].concat();
    assert_eq!(reason_of(&deep), "invalid_envelope");
    assert_eq!(reason_of(&[b"{\"subject\":1,\"x\":", &deep[..], b"}"].concat()), "invalid_envelope");
}

#[test]
fn a_detail_names_what_is_wrong() {
    let detail = |text: String| match decode_line(text.as_bytes(), None) {
        Decoded::Rejected(rejection) => rejection.detail,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        detail(cloudevent("chat.opened", json!({}), json!({"time": "Secret"}))),
        "attribute time is not RFC 3339"
    );
    assert_eq!(detail(cloudevent("chat.opened", json!({}), json!({}))), "data.by is missing");
    let person = json!({"messageId": "m", "person": {"type": "Secret"}});
    assert_eq!(detail(cloudevent("message.sent", person, json!({}))), "data.person.type is none of the known values");
}
