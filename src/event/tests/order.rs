//! Ranks, codes and the canonical order.

use super::*;

/// The rows of the tables of `events.md`, top to bottom, with the type's storage code.
const RANKS: &[(&str, u32)] = &[
    ("chat.created", 1),
    ("meet.started", 2),
    ("chat.workflow_started", 3),
    ("chat.workflow_ended", 4),
    ("va.assigned", 5),
    ("va.connected", 6),
    ("chat.alf_started", 7),
    ("queue.entered", 8),
    ("queue.left", 9),
    ("chat.opened", 10),
    ("va.escalated", 11),
    ("va.ended", 12),
    ("chat.alf_ended", 13),
    ("chat.alf_scored", 14),
    ("chat.team_assigned", 15),
    ("chat.unassigned", 16),
    ("chat.assigned", 17),
    ("agent.connected", 18),
    ("meet.engaged", 19),
    ("message.sent", 20),
    ("agent.held", 21),
    ("agent.resumed", 22),
    ("chat.transferred", 23),
    ("chat.followers_set", 24),
    ("chat.tagged", 25),
    ("chat.updated", 26),
    ("chat.goal_set", 27),
    ("chat.profile_set", 28),
    ("chat.csat_requested", 29),
    ("chat.csat_submitted", 30),
    ("chat.feedback", 31),
    ("chat.ticket_linked", 32),
    ("chat.recording_set", 33),
    ("chat.media_added", 34),
    ("chat.smart_action", 35),
    ("chat.in_call_message", 36),
    ("chat.offered", 37),
    ("participant.joined", 38),
    ("participant.left", 39),
    ("chat.snoozed", 40),
    ("chat.missed", 41),
    ("meet.ended", 42),
    ("agent.disconnected", 43),
    ("chat.closed", 44),
    ("agent.wrap_up_started", 45),
    ("agent.wrap_up_ended", 46),
    ("chat.disposition_set", 47),
];

#[test]
fn ranks_are_the_rows_of_the_tables_and_codes_never_change() {
    let kinds: Vec<(&str, u32)> = Kind::ALL.iter().map(|kind| (kind.as_str(), kind.code())).collect();
    assert_eq!(kinds, RANKS);
    assert!(Kind::ALL.is_sorted());
    for &kind in Kind::ALL {
        assert_eq!(Kind::from_type(kind.as_str()), Some(kind));
        assert_eq!(Kind::from_code(kind.code()), Some(kind));
    }
    assert_eq!(Kind::from_type("chat.requested"), None);
    assert_eq!(Kind::from_type("Chat.Created"), None);
    assert_eq!(Kind::from_code(0), None);
    assert_eq!(Kind::from_code(48), None);
}

#[test]
fn events_are_ordered_by_time_rank_source_and_id_as_bytes() {
    let event = |time: &str, kind: &str, source: &str, id: &str| {
        let data = if kind == "chat.closed" { json!({"by": "user"}) } else { json!({}) };
        line(&cloudevent(kind, data, json!({"time": time, "source": source, "id": id}))).expect("it is accepted").1
    };
    let (early, late) = ("2026-03-02T09:00:00.001Z", "2026-03-02T09:00:00.002Z");
    let ordered = [
        event(early, "chat.closed", "b", "9"),
        event(late, "chat.unassigned", "a", "1"),
        event(late, "chat.unassigned", "a", "10"),
        event(late, "chat.unassigned", "a", "9"),
        event(late, "chat.unassigned", "aa", "1"),
        event(late, "chat.unassigned", "b", "1"),
        // U+FF5E before U+10000, as in UTF-8 but not in UTF-16.
        event(late, "chat.unassigned", "\u{ff5e}", "1"),
        event(late, "chat.unassigned", "\u{10000}", "1"),
        event(late, "chat.closed", "a", "1"),
    ];
    assert!(ordered.is_sorted_by(|a, b| a.key() < b.key()));
}

#[test]
fn reasons_have_the_names_of_the_specification_in_the_order_of_the_checks() {
    let names: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    let expected = "no_key misrouted too_large unparsable invalid_envelope subject_mismatch wrong_topic time_too_old \
                    time_in_future invalid_data chat_expired chat_too_large unprocessable invalid_directory";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn an_event_in_memory_stays_small() {
    // The overlay and every refold hold events by the thousand.
    assert!(size_of::<EventData>() <= 80, "{}", size_of::<EventData>());
}
