//! Where a chat counts, under which ids, and what it is now.

use super::{contributions, line, shown};
use crate::chat::script::{Chat, OFFICE, chat, told};
use crate::snapshot::{Contributions, Live};

/// Asserts the moments at which something of `paths` counts; twins and all else are left out.
#[track_caller]
fn counts(chat: &Chat, paths: &str, expected: &[&str]) {
    let mut all = contributions(chat, false);
    for moment in &mut all.moments {
        moment.adds.counts.retain(|(counter, _)| paths.split(' ').any(|path| counter.path().starts_with(path)));
        moment.adds.values.retain(|(distribution, _)| paths.split(' ').any(|path| distribution.key() == path));
    }
    let kept = all.moments.iter().filter(|moment| !moment.adds.counts.is_empty() || !moment.adds.values.is_empty());
    assert_eq!(kept.map(line).collect::<Vec<_>>(), expected);
}

#[track_caller]
fn live(script: &str, expected: &str) {
    let chat = chat(script);
    let found = contributions(&chat, false).live;
    let shown = found.map_or("none".to_owned(), |live| live_line(&live));
    assert_eq!(shown, expected, "{script}");
}

fn live_line(live: &Live) -> String {
    let ids = [&live.team, &live.manager, &live.queue].map(shown).join(" ");
    let counts: Vec<&str> = live.counts.iter().map(|gauge| gauge.path()).collect();
    let times = [("asked", live.asked_at), ("queued", live.queued_at)];
    let times = times.iter().filter_map(|(what, at)| Some(format!("; {what} {}", told((*at)?))));
    let agents = live.agents.iter().map(|agent| format!("; agent {}", shown(agent)));
    format!("{ids}: {}{}", counts.join(" "), times.chain(agents).collect::<String>())
}

#[test]
fn a_chat_is_created_once() {
    counts(&chat("09:00 created; 09:01 outbound"), "counts", &["09:00 - - -: counts.created"]);
    counts(&chat("09:00 queue; 09:01 created"), "counts", &["09:01 - - q1: counts.created"]);
    counts(&chat("09:00 ask"), "counts", &[]);
}

#[test]
fn openings_after_the_first_are_reopenings_and_a_return_from_snooze_is_none() {
    counts(
        &chat("09:00 opened; 09:01 snoozed; 09:02 opened; 09:03 closed; 09:04 opened"),
        "counts.opened counts.reopened",
        &["09:00 - - -: counts.opened", "09:04 - - -: counts.opened, counts.reopened"],
    );
}

#[test]
fn only_effective_ends_count() {
    counts(
        &chat("09:00 closed; 09:01 closed; 09:02 missed userLeft; 09:03 missed; 09:04 closed"),
        "counts missedByReason",
        &[
            "09:00 - - -: counts.closed",
            "09:02 - - -: counts.missed, missedByReason.userLeft",
            "09:04 - - -: counts.closed",
        ],
    );
    // Leaving a queue leads back to closed: then a close is not effective.
    counts(&chat("09:00 closed; 09:01 queue; 09:02 left; 09:03 closed"), "counts", &["09:00 - - -: counts.closed"]);
}

#[test]
fn a_reassignment_is_to_another_manager_than_the_one_before() {
    counts(
        &chat("09:00 assigned A; 09:01 unassigned; 09:02 assigned A; 09:03 unassigned; 09:04 assigned B"),
        "counts",
        &["09:04 - B -: counts.reassigned"],
    );
}

#[test]
fn a_transfer_counts_once_for_the_agent_it_comes_from() {
    let step = |status: &str, more: &str| format!(r#"chat.transferred {{"transferId":"x","status":"{status}"{more}}}"#);
    let script = format!(
        "09:00 assigned C; 09:01 {}; 09:02 transferred A B; 09:03 transferred B A; 09:04 {}; 09:05 {}",
        step("transferring", ""),
        step("transferred", ""),
        step("transferred", r#","fromAgent":{"id":"A"}"#),
    );
    counts(&chat(&script), "counts", &["09:02 - A -: counts.transferred", "09:04 - C -: counts.transferred"]);
}

#[test]
fn a_reply_counts_for_who_answered() {
    let script = "09:00 created; 09:00 opened; 09:01 ask; 09:02 assigned A; 09:03 answer B; 09:04 ask; 09:05 answer; \
        09:06 answer B";
    counts(
        &chat(script),
        "counts.replies timeToFirstAnswer timeFromFirstActiveToFirstAnswer replyTime",
        &[
            "09:03 - B -: counts.replies, timeToFirstAnswer 180.0, timeFromFirstActiveToFirstAnswer 180.0, replyTime 120.0",
            "09:05 - A -: counts.replies, replyTime 60.0",
        ],
    );
    let engaged = r#"09:00 phone; 09:00 opened; 09:01 ask; 09:02 call-in;
        09:03 meet.engaged {"meetId":"m","managerId":"M"}"#;
    counts(&chat(engaged), "counts.replies replyTime", &["09:03 - M -: counts.replies, replyTime 120.0"]);
}

#[test]
fn the_first_answer_is_measured_also_without_a_question() {
    counts(
        &chat("09:00 opened; 09:01 answer A; 09:02 answer B"),
        "counts.replies timeToFirstAnswer replyTime",
        &["09:01 - A -: timeToFirstAnswer 60.0"],
    );
    // In an outbound chat it needs a question before it.
    counts(
        &chat("09:00 outbound; 09:00 opened; 09:01 answer A; 09:02 ask; 09:03 answer A"),
        "timeToFirstAnswer",
        &["09:03 - A -: timeToFirstAnswer 180.0"],
    );
}

#[test]
fn messages_count_by_person_and_notes_do_not() {
    counts(
        &chat("09:00 assigned A; 09:01 ask; 09:02 bot; 09:03 note; 09:04 answer B; 09:05 answer"),
        "messages",
        &[
            "09:01 - A -: messages.user",
            "09:02 - A -: messages.bot",
            "09:04 - B -: messages.manager",
            "09:05 - A -: messages.manager",
        ],
    );
}

#[test]
fn a_score_counts_for_the_manager_assigned_last() {
    let csat = r#"chat.csat_submitted {"scale":3,"choice":2}"#;
    let script = format!(
        r#"09:00 {csat}; 09:01 assigned A; 09:02 unassigned; 09:03 {csat}; 09:04 chat.profile_set {{"csat":5}}"#
    );
    counts(
        &chat(&script),
        "csat",
        &["09:00 - - -: csat.count, csat.sum 3, csat.score3", "09:03 - A -: csat.count, csat.sum 3, csat.score3"],
    );
}

const POLICY: &str = r#"{"serviceLevel":[{"effectiveFrom":"2026-01-01","targetSecs":20,"abandonThresholdSecs":5}]}"#;

#[test]
fn a_queue_segment_counts_at_both_ends() {
    let left = |outcome| format!(r#"queue.left {{"outcome":"{outcome}","managerId":"M"}}"#);
    let ended = |line: String| chat(&format!("09:00 queue; 09:00:04 {line}")).on(POLICY);
    let expected = |counted: &str| format!("09:00:04 - M q1: queue.left, {counted}");
    for (outcome, counted) in [
        ("answered", "queue.answered, serviceLevel.inSla"),
        ("abandoned", "queue.shortAbandoned, serviceLevel.excluded"),
        ("timeout", "queue.timeout, serviceLevel.excluded"),
        ("overflow", "queue.overflow, serviceLevel.excluded"),
        ("transferred", "queue.transferred, serviceLevel.excluded"),
        ("deflected", "queue.deflected, serviceLevel.excluded"),
    ] {
        let expected = ["09:00 - - q1: queue.queued", &expected(counted)];
        counts(&ended(left(outcome)), "queue serviceLevel", &expected);
    }
    counts(
        &chat("09:00 queue; 09:00:05 missed").on(POLICY),
        "queue.left queue.abandoned queue.shortAbandoned serviceLevel",
        &["09:00:05 - - q1: queue.left, queue.abandoned, serviceLevel.notInSla"],
    );
    counts(
        &chat("09:00 assigned A; 09:01 queue; 09:02 left").on("{}"),
        "serviceLevel",
        &["09:02 - A q1: serviceLevel.noPolicy"],
    );
}

#[test]
fn a_segment_that_an_entry_ends_counts_in_its_own_queue() {
    // The queue.left of the same millisecond lends its outcome; what it says of a manager it does not.
    let script = r#"09:00 queue q1; 09:01 queue q2;
        09:01 queue.left {"queueId":"q1","outcome":"overflow","managerId":"M"}; 09:02 closed"#;
    counts(
        &chat(script),
        "queue counts firstQueueTime",
        &[
            "09:00 - - q1: queue.queued",
            "09:01 - - q1: queue.left, queue.overflow, firstQueueTime 60.0",
            "09:01 - - q2: queue.queued",
            "09:02 - - q2: counts.closed, queue.left, queue.abandoned",
        ],
    );
    counts(
        &chat("09:00 queue; 09:01 queue"),
        "queue",
        &["09:00 - - q1: queue.queued", "09:01 - - q1: queue.queued, queue.left, queue.transferred"],
    );
}

#[test]
fn the_queue_is_the_one_entered_last_also_after_it_was_left() {
    counts(&chat("09:00 queue; 09:01 left; 09:02 opened"), "counts", &["09:02 - - q1: counts.opened"]);
}

#[test]
fn ids_are_those_right_after_the_event() {
    let script = r#"09:00 opened; 09:01 chat.assigned {"managerId":"A","teamId":"t"}; 09:02 ask;
        09:02 chat.team_assigned {"teamId":null}; 09:03 unassigned; 09:04 closed"#;
    counts(
        &chat(script),
        "counts messages timeToFirstAssignment",
        &[
            "09:00 - - -: counts.opened",
            "09:01 t A -: timeToFirstAssignment 60.0",
            "09:02 - A -: messages.user",
            "09:04 - - -: counts.closed",
        ],
    );
}

#[test]
fn an_empty_id_is_an_unknown_one() {
    let script = r#"09:00 chat.created {"channelId":""}; 09:01 chat.assigned {"managerId":"","teamId":""};
        09:02 queue.entered {"queueId":""}; 09:03 closed"#;
    let chat = chat(script);
    counts(&chat, "counts.closed", &["09:03 - - -: counts.closed"]);
    assert_eq!(contributions(&chat, false).channel, None);
}

#[test]
fn handling_is_measured_at_the_first_close_and_closing_at_the_last() {
    counts(
        &chat(
            "09:00 opened; 09:01 assigned A; 09:02 closed; 09:03 opened; 09:04 assigned B; 09:05 closed; 09:06 closed",
        ),
        "memberHandlingTime timeToClose",
        &["09:02 - A -: memberHandlingTime 120.0", "09:05 - B -: timeToClose 300.0"],
    );
    counts(
        &chat("09:00 opened; 09:02 closed"),
        "counts.closed memberHandlingTime timeToClose",
        &["09:00 - - -", "09:02 - - -: counts.closed, memberHandlingTime 120.0, timeToClose 120.0"][1..],
    );
}

#[test]
fn what_is_null_counts_nowhere() {
    // Queued before, and never assigned: there is no firstActiveAt; without an opening no managedAt.
    counts(
        &chat("09:00 queue; 09:01 opened; 09:02 closed"),
        "memberHandlingTime timeToClose",
        &["09:02 - - q1: timeToClose 60.0"],
    );
    counts(&chat("09:00 assigned; 09:01 closed"), "timeToFirstAssignment timeToClose", &[]);
    // The assignment came before the opening: negative.
    counts(&chat("09:00 assigned; 09:01 opened"), "timeToFirstAssignment", &[]);
}

#[test]
fn twins_have_the_same_moments() {
    // Seoul's office closes at 10:00Z.
    let chat = chat("09:00 opened; 09:59 ask; 10:02 answer; 10:30 closed").on(OFFICE);
    counts(
        &chat,
        "replyTime replyTimeInOperation timeToClose timeToCloseInOperation",
        &[
            "10:02 - - -: replyTime 180.0, replyTimeInOperation 60.0",
            "10:30 - - -: timeToClose 5400.0, timeToCloseInOperation 3540.0",
        ],
    );
}

#[test]
fn channel_and_medium_are_the_chats_whenever_they_came() {
    let found = contributions(&chat("09:00 opened; 09:01 phone"), false);
    assert_eq!((shown(&found.channel), shown(&found.medium)), ("c1", "phone"));
    let found = contributions(&chat(r#"09:00 opened; 09:01 chat.tagged {"channelId":"c2"}"#), false);
    assert_eq!((shown(&found.channel), shown(&found.medium)), ("c2", "-"));
    assert_eq!(contributions(&chat("09:00 opened"), false).channel, None);
    assert_eq!(contributions(&chat(""), false), Contributions::default());
}

#[test]
fn a_chat_is_live_until_it_ends() {
    live("09:00 created", "- - -: chats initial");
    live("09:00 queue", "- - q1: chats queued unassigned inQueue; queued 09:00");
    live("09:00 opened; 09:01 assigned", "- A -: chats opened; agent A");
    live("09:00 opened; 09:01 snoozed", "- - -: chats snoozed unassigned");
    live("09:00 opened; 09:01 closed", "none");
    live("09:00 missed", "none");
    live("09:00 missed; 09:01 opened", "- - -: chats opened unassigned");
}

#[test]
fn a_question_waits_inside_an_episode() {
    live("09:00 ask", "- - -: chats initial");
    live("09:00 ask; 09:01 opened; 09:02 ask", "- - -: chats opened unassigned waitingReply; asked 09:01");
    live("09:00 opened; 09:02 ask; 09:03 ask", "- - -: chats opened unassigned waitingReply; asked 09:02");
    live("09:00 opened; 09:02 ask; 09:03 answer", "- - -: chats opened unassigned");
    // A miss keeps the question pending, but no episode is open.
    live("09:00 opened; 09:01 ask; 09:02 missed; 09:03 queue", "- - q1: chats queued unassigned inQueue; queued 09:03");
}

#[test]
fn an_open_queue_segment_counts_whatever_the_state() {
    live("09:00 queue; 09:01 opened", "- - q1: chats opened unassigned inQueue; queued 09:00");
    live("09:00 queue; 09:01 left", "- - q1: chats initial");
    live("09:00 queue q1; 09:01 queue q2", "- - q2: chats queued unassigned inQueue; queued 09:01");
}

#[test]
fn agents_handle_in_open_segments() {
    live(
        "09:00 opened; 09:01 connected A; 09:02 connected B; 09:03 assigned C",
        "- C -: chats opened; agent A; agent B",
    );
    live("09:00 opened; 09:01 connected A; 09:02 disconnected A", "- - -: chats opened unassigned");
}

#[test]
fn an_expired_chat_is_in_no_live_record_but_its_moments_stay() {
    let chat = chat("09:00 created; 09:01 queue");
    let (living, expired) = (contributions(&chat, false), contributions(&chat, true));
    assert_eq!(living.moments, expired.moments);
    assert_eq!((expired.live, living.expired_in_queue), (None, None));
    assert_eq!(expired.expired_in_queue.as_ref().map(shown), Some("q1"));
}

#[test]
fn the_rows_of_the_record_have_the_form_specified() {
    let script = r#"09:00 created; 09:00 opened; 09:01 queue q1; 09:02 ask; 09:03 assigned A;
        09:04 queue.left {"outcome":"answered","managerId":"B"}; 09:04 chat.team_assigned {"teamId":"t"};
        09:05 answer A; 09:06 closed"#;
    let mut json = String::new();
    contributions(&chat(script), false).moments().write_json(&mut json);
    let expected = [
        r#"[{"at":"2026-03-02T09:00:00.000Z","team":null,"manager":null,"queue":null,"adds":{"counts.created":1}},"#,
        r#"{"at":"2026-03-02T09:00:00.000Z","team":null,"manager":null,"queue":null,"adds":{"counts.opened":1}},"#,
        r#"{"at":"2026-03-02T09:01:00.000Z","team":null,"manager":null,"queue":"q1","adds":{"queue.queued":1}},"#,
        r#"{"at":"2026-03-02T09:03:00.000Z","team":null,"manager":"A","queue":"q1","adds":{"#,
        r#""distributions.timeToFirstAssignment":180.0,"distributions.timeToFirstAssignmentInOperation":180.0}},"#,
        r#"{"at":"2026-03-02T09:04:00.000Z","team":null,"manager":"B","queue":"q1","adds":{"#,
        r#""queue.left":1,"queue.answered":1,"serviceLevel.noPolicy":1,"#,
        r#""distributions.firstQueueTime":180.0,"distributions.firstQueueTimeInOperation":180.0}},"#,
        r#"{"at":"2026-03-02T09:05:00.000Z","team":"t","manager":"A","queue":"q1","adds":{"counts.replies":1,"#,
        r#""distributions.timeToFirstAnswer":300.0,"distributions.timeToFirstAnswerInOperation":300.0,"#,
        r#""distributions.timeFromFirstActiveToFirstAnswer":120.0,"#,
        r#""distributions.timeFromFirstActiveToFirstAnswerInOperation":120.0,"#,
        r#""distributions.replyTime":180.0,"distributions.replyTimeInOperation":180.0}},"#,
        r#"{"at":"2026-03-02T09:06:00.000Z","team":"t","manager":"A","queue":"q1","adds":{"counts.closed":1,"#,
        r#""distributions.memberHandlingTime":180.0,"distributions.memberHandlingTimeInOperation":180.0,"#,
        r#""distributions.timeToClose":360.0,"distributions.timeToCloseInOperation":360.0}}]"#,
    ];
    assert_eq!(json, expected.concat());
}

#[test]
fn rows_of_one_event_stand_by_manager_then_queue_null_first() {
    let script = r#"09:00 queue q2; 09:01 assigned B; 09:02 queue q1"#;
    let all = contributions(&chat(script), false);
    let lines: Vec<String> = all.moments.iter().filter(|moment| moment.event == 2).map(line).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("09:02 - B q1: queue.queued") && lines[1].starts_with("09:02 - B q2: queue.left"));
}
