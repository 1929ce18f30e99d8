//! The tables of `session.md`, Segments and Service level, row by row.

use proptest::prelude::*;

use super::*;
use crate::chat::script::{Chat, any_events, chat, told};
use crate::event::QueueOutcome;

fn segments(chat: &Chat) -> Segments<'_> {
    Segments::of(&chat.journal, &chat.fold, &chat.document)
}

fn span(began: Edge<'_>, ended: Option<Edge<'_>>) -> String {
    format!("{}-{}", told(began.time()), ended.map_or(String::new(), |ended| told(ended.time())))
}

/// `q1 09:00-09:01 answered by A`.
#[track_caller]
fn queues(script: &str, expected: &[&str]) {
    let chat = chat(script);
    let actual = segments(&chat).queues.into_iter().map(|queue| {
        let outcome = queue.outcome.map_or("open", QueueOutcome::as_str);
        let by = queue.manager_id.map_or(String::new(), |id| format!(" by {id}"));
        format!("{} {} {outcome}{by}", queue.queue_id, span(queue.began, queue.ended))
    });
    assert_eq!(actual.collect::<Vec<_>>(), expected, "{script}");
}

/// `A 09:00-09:01 missed`.
#[track_caller]
fn handles(script: &str, expected: &[&str]) {
    let chat = chat(script);
    let actual = segments(&chat).handles.into_iter().map(|handle| {
        format!("{} {} {}", handle.agent_id, span(handle.began, handle.ended), handle.how.unwrap_or("open"))
    });
    assert_eq!(actual.collect::<Vec<_>>(), expected, "{script}");
}

/// `A 600.0 hold 60.0 wrap-up 5.0`.
#[track_caller]
fn times(script: &str, expected: &[&str]) {
    let chat = chat(script);
    let actual = segments(&chat).handles.into_iter().map(|handle| {
        format!("{} {} hold {} wrap-up {}", handle.agent_id, handle.chat_time, handle.hold, handle.wrap_up)
    });
    assert_eq!(actual.collect::<Vec<_>>(), expected, "{script}");
}

/// `V 09:00-09:01 va.ended`.
#[track_caller]
fn virtual_agents(script: &str, expected: &[&str]) {
    let chat = chat(script);
    let actual = segments(&chat).virtual_agents.into_iter().map(|segment| {
        let how = segment.ended.map_or("open", |ended| ended.event.kind.as_str());
        format!("{} {} {how}", segment.connected.virtual_agent.id, span(segment.began, segment.ended))
    });
    assert_eq!(actual.collect::<Vec<_>>(), expected, "{script}");
}

#[test]
fn a_queue_segment_ends_when_the_queue_is_left() {
    queues("09:00 queue; 09:01 left; 09:02 left", &["q1 09:00-09:01 answered"]);
    queues("09:00 queue q1; 09:01 left q2; 09:02 left q1", &["q1 09:00-09:02 answered"]);
    let left = r#"queue.left {"queueId":"q1","outcome":"timeout","managerId":"A"}"#;
    queues(&format!("09:00 queue; 09:01 {left}"), &["q1 09:00-09:01 timeout by A"]);
    queues("09:00 queue; 09:01 ask", &["q1 09:00- open"]);
}

#[test]
fn another_entry_ends_a_queue_segment_as_transferred() {
    queues("09:00 queue q1; 09:01 queue q2", &["q1 09:00-09:01 transferred", "q2 09:01- open"]);
    queues("09:00 queue q1; 09:01 queue q1", &["q1 09:00-09:01 transferred", "q1 09:01- open"]);
}

#[test]
fn an_effective_end_abandons_the_queue() {
    queues("09:00 queue; 09:01 missed", &["q1 09:00-09:01 abandoned"]);
    queues("09:00 queue; 09:01 closed; 09:02 left", &["q1 09:00-09:01 abandoned"]);
    queues("09:00 closed; 09:01 queue; 09:02 closed", &["q1 09:01-09:02 abandoned"]);
    queues("09:00 queue; 09:01 left; 09:02 missed", &["q1 09:00-09:01 answered"]);
}

#[test]
fn a_queue_left_for_another_in_its_millisecond_keeps_its_outcome() {
    let left = r#"queue.left {"queueId":"q1","outcome":"overflow","managerId":"A"}"#;
    queues(
        &format!("09:00 queue q1; 09:01 queue q2; 09:01 {left}; 09:02 left q2"),
        &["q1 09:00-09:01 overflow", "q2 09:01-09:02 answered"],
    );
    // A new segment of the same queue stays open.
    queues(&format!("09:00 queue; 09:01 queue; 09:01 {left}"), &["q1 09:00-09:01 overflow", "q1 09:01- open"]);
    // A millisecond later it is the new one that is left.
    let later = format!("09:00 queue; 09:01 queue; 09:01:00.001 {left}");
    queues(&later, &["q1 09:00-09:01 transferred", "q1 09:01-09:01:00.001 overflow by A"]);
    // Without a queue it ends the open one.
    queues("09:00 queue; 09:01 queue q2; 09:01 left", &["q1 09:00-09:01 transferred", "q2 09:01-09:01 answered"]);
    // The last of several counts.
    let again = r#"queue.left {"queueId":"q1","outcome":"timeout"}"#;
    queues(
        &format!("09:00 queue; 09:01 queue q2; 09:01 {left}; 09:01 {again}"),
        &["q1 09:00-09:01 timeout", "q2 09:01- open"],
    );
}

#[test]
fn tells_the_event_that_ended_a_queue_segment() {
    let chat = chat("09:00 queue q1; 09:01 queue q2; 09:01 left q1; 09:02 missed");
    let edges: Vec<_> = segments(&chat)
        .queues
        .iter()
        .map(|queue| (queue.began.position, queue.ended.map(|ended| (ended.position, ended.event.kind.as_str()))))
        .collect();
    assert_eq!(edges, [(0, Some((1, "queue.entered"))), (1, Some((3, "chat.missed")))]);
}

#[test]
fn agents_handle_from_connection_to_disconnection() {
    handles("09:00 connected; 09:01 disconnected; 09:02 disconnected", &["A 09:00-09:01 disconnected"]);
    let gone = r#"agent.disconnected {"managerId":"A","event":"network"}"#;
    handles(&format!("09:00 connected; 09:01 {gone}"), &["A 09:00-09:01 network"]);
    handles("09:00 connected A; 09:01 connected B; 09:02 ask", &["A 09:00- open", "B 09:01- open"]);
    handles("09:00 connected; 09:01 connected; 09:02 disconnected", &["A 09:00-09:02 disconnected"]);
}

#[test]
fn a_transfer_from_an_agent_ends_the_agents_segment() {
    handles(
        "09:00 connected A; 09:01 connected B; 09:02 transferred A B",
        &["A 09:00-09:02 transferred", "B 09:01- open"],
    );
    handles("09:00 connected A; 09:02 transferred B A", &["A 09:00- open"]);
    let step = |status: &str| {
        let data = format!(r#"{{"transferId":"t","status":"{status}","fromAgent":{{"id":"A"}}}}"#);
        handles(&format!("09:00 connected; 09:01 chat.transferred {data}"), &["A 09:00- open"]);
    };
    step("transferring");
    step("failed");
    handles(
        "09:00 connected A; 09:01 transferred A B; 09:02 connected A",
        &["A 09:00-09:01 transferred", "A 09:02- open"],
    );
}

#[test]
fn an_effective_end_ends_all_handling() {
    handles("09:00 connected A; 09:01 connected B; 09:02 missed", &["A 09:00-09:02 missed", "B 09:01-09:02 missed"]);
    handles("09:00 connected; 09:01 closed", &["A 09:00-09:01 finished"]);
    let failed = r#"chat.closed {"by":"user","status":"failed"}"#;
    handles(&format!("09:00 connected; 09:01 {failed}"), &["A 09:00-09:01 failed"]);
    // One that is not effective ends nothing, nor does leaving a queue that leads back to closed.
    handles("09:00 closed; 09:01 connected; 09:02 closed", &["A 09:01- open"]);
    handles("09:00 closed; 09:01 queue; 09:02 connected; 09:03 left", &["A 09:02- open"]);
}

#[test]
fn assignments_handle_where_nobody_ever_connects() {
    handles(
        "09:00 assigned A; 09:01 assigned A; 09:02 assigned B; 09:03 unassigned",
        &["A 09:00-09:02 reassigned", "B 09:02-09:03 unassigned"],
    );
    handles("09:00 assigned; 09:01 disconnected; 09:02 assigned", &["A 09:00-09:01 disconnected", "A 09:02- open"]);
    handles("09:00 assigned; 09:01 closed; 09:02 opened", &["A 09:00-09:01 finished"]);
    // Wherever the connection stands.
    handles(
        "09:00 assigned; 09:01 unassigned; 09:02 connected; 09:03 unassigned; 09:04 assigned B",
        &["A 09:02- open"],
    );
}

#[test]
fn an_assignment_handles_nothing_in_a_chat_that_has_ended() {
    handles("09:00 closed; 09:01 assigned", &[]);
    handles("09:00 missed; 09:01 assigned; 09:02 opened; 09:03 assigned", &["A 09:03- open"]);
    handles("09:00 closed; 09:01 queue; 09:02 assigned", &["A 09:02- open"]);
    handles("09:00 created; 09:01 assigned", &["A 09:01- open"]);
}

#[test]
fn holds_count_once_and_only_inside_the_agents_own_segment() {
    times(
        "09:00 connected; 09:01 held; 09:02 held; 09:03 resumed; 09:04 resumed; 09:10 disconnected",
        &["A 600.0 hold 120.0 wrap-up 0.0"],
    );
    times(
        "09:00 held; 09:01 connected; 09:02 held B; 09:03 resumed B; 09:04 closed; 09:05 held",
        &["A 180.0 hold 0.0 wrap-up 0.0"],
    );
    times("09:00 connected; 09:01 held; 09:04 closed; 09:05 resumed", &["A 240.0 hold 180.0 wrap-up 0.0"]);
    times("09:00 connected; 09:01 held; 09:04 ask", &["A 240.0 hold 180.0 wrap-up 0.0"]);
}

#[test]
fn a_transfer_starts_a_new_segment_with_its_own_hold() {
    times(
        "09:00 connected A; 09:01 held A; 09:02 transferred A B; 09:02 connected B; 09:05 closed; 09:06 resumed A",
        &["A 120.0 hold 60.0 wrap-up 0.0", "B 180.0 hold 0.0 wrap-up 0.0"],
    );
}

#[test]
fn wrap_up_runs_to_its_end_or_the_agents_next_segment() {
    let handled = "09:00 connected; 09:10 disconnected; 09:10 wrap-up";
    times(&format!("{handled}; 09:11 wrap-up-ended; 09:12 wrap-up-ended"), &["A 600.0 hold 0.0 wrap-up 60.0"]);
    times(
        &format!("{handled}; 09:12 connected; 09:13 closed; 09:14 wrap-up-ended"),
        &["A 600.0 hold 0.0 wrap-up 120.0", "A 60.0 hold 0.0 wrap-up 0.0"],
    );
    times(
        &format!("{handled}; 09:11 connected B; 09:12 wrap-up-ended B; 09:13 closed"),
        &["A 600.0 hold 0.0 wrap-up 180.0", "B 120.0 hold 0.0 wrap-up 0.0"],
    );
    times(
        &format!("{handled}; 09:11 wrap-up; 09:12 wrap-up-ended; 09:13 wrap-up; 09:13 wrap-up-ended"),
        &["A 600.0 hold 0.0 wrap-up 120.0"],
    );
    times("09:00 wrap-up; 09:01 connected; 09:02 wrap-up-ended", &["A 60.0 hold 0.0 wrap-up 0.0"]);
}

#[test]
fn a_virtual_agent_serves_until_it_hands_over_or_ends() {
    virtual_agents("09:00 va; 09:01 escalated; 09:02 va-ended", &["V 09:00-09:01 va.escalated"]);
    virtual_agents("09:00 va; 09:01 va-ended", &["V 09:00-09:01 va.ended"]);
    virtual_agents("09:00 va; 09:01 connected; 09:02 closed", &["V 09:00-09:01 agent.connected"]);
    virtual_agents("09:00 va; 09:01 closed", &["V 09:00-09:01 chat.closed"]);
    virtual_agents("09:00 va; 09:01 missed", &["V 09:00-09:01 chat.missed"]);
    virtual_agents("09:00 va; 09:01 va W; 09:02 ask", &["V 09:00-09:01 va.connected", "W 09:01- open"]);
    virtual_agents("09:00 missed; 09:01 va; 09:02 missed", &["V 09:01- open"]);
}

const POLICIES: &str = r#"{"timezone":"Asia/Seoul","serviceLevel":[
    {"effectiveFrom":"2026-03-02","targetSecs":20,"abandonThresholdSecs":5},
    {"effectiveFrom":"2026-03-03","targetSecs":60}]}"#;

/// The verdicts on the queue segments of a script.
#[track_caller]
fn verdicts(document: &str, script: &str, expected: &[&str]) {
    let chat = chat(script).on(document);
    let actual = segments(&chat).queues.into_iter().map(|queue| queue.verdict().map_or("null", Verdict::as_str));
    assert_eq!(actual.collect::<Vec<_>>(), expected, "{script}");
}

fn after(wait: &str, outcome: &str) -> String {
    format!(r#"09:00 queue; 09:00:{wait} queue.left {{"outcome":"{outcome}"}}"#)
}

#[test]
fn an_answer_is_in_time_up_to_the_target() {
    verdicts(POLICIES, &after("20", "answered"), &["in_sla"]);
    verdicts(POLICIES, &after("20.001", "answered"), &["not_in_sla"]);
    // Also where the double of the target lies below or above the decimal.
    for millis in ["001", "003", "009", "011", "017", "019", "029", "307", "999"] {
        let document = format!(r#"{{"serviceLevel":[{{"effectiveFrom":"2026-01-01","targetSecs":1.{millis}}}]}}"#);
        verdicts(&document, &after(&format!("01.{millis}"), "answered"), &["in_sla"]);
    }
}

#[test]
fn a_short_abandon_is_excluded() {
    verdicts(POLICIES, &after("04.999", "abandoned"), &["excluded"]);
    verdicts(POLICIES, &after("05", "abandoned"), &["not_in_sla"]);
    verdicts(POLICIES, "09:00 queue; 09:00:04 missed", &["excluded"]);
    verdicts(POLICIES, &format!("+1 {}", after("01", "abandoned").replace("; ", "; +1 ")), &["not_in_sla"]);
}

#[test]
fn other_outcomes_are_excluded() {
    for outcome in ["transferred", "overflow", "deflected", "timeout"] {
        verdicts(POLICIES, &after("01", outcome), &["excluded"]);
    }
    verdicts(POLICIES, "09:00 queue; 09:00:01 queue", &["excluded", "null"]);
}

#[test]
fn without_a_target_there_is_no_verdict() {
    verdicts("{}", &after("01", "answered"), &["null"]);
    for outcome in ["answered", "abandoned", "overflow"] {
        let no_target = r#"{"serviceLevel":[{"effectiveFrom":"2026-01-01","abandonThresholdSecs":5}]}"#;
        verdicts(no_target, &after("01", outcome), &["null"]);
    }
}

#[test]
fn the_policy_is_the_segments_own_else_that_of_its_date() {
    let own = |level: &str| format!(r#"queue.entered {{"queueId":"q","serviceLevel":{level}}}"#);
    let targets = |script: &str, expected: &[Option<f64>]| {
        let chat = chat(script).on(POLICIES);
        let actual = segments(&chat).queues.into_iter().map(|queue| queue.policy.and_then(|policy| policy.target_secs));
        assert_eq!(actual.collect::<Vec<_>>(), expected, "{script}");
    };
    targets(&format!("09:00 {}", own(r#"{"targetSecs":7}"#)), &[Some(7.0)]);
    // Its own, even if that says nothing.
    targets(&format!("09:00 {}", own("{}")), &[None]);
    // In Seoul a day ends at 15:00Z; the date is that of the start.
    targets("14:59:59.999 queue; 15:00 queue; 16:00 left", &[Some(20.0), Some(60.0)]);
    // Dates before the first version use the first.
    targets("+-9 09:00 queue", &[Some(20.0)]);
    verdicts(POLICIES, "14:59 queue; 15:00 left", &["not_in_sla"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn segments_lie_within_the_chat_and_agree_with_the_dictionary(events in any_events(40)) {
        let journal: Journal = events.into_iter().collect();
        let (fold, document) = (Fold::of(&journal), ChannelDocument::absent());
        let segments = Segments::of(&journal, &fold, &document);
        prop_assert_eq!(segments.queues.first().map(|first| first.began.time()), fold.queue.entered_at());
        prop_assert_eq!(
            segments.queues.first().and_then(|first| first.ended).map(|ended| ended.time()),
            fold.queue.left_at()
        );
        prop_assert_eq!(
            segments.queues.iter().filter(|queue| queue.ended.is_none()).map(|queue| queue.queue_id).next(),
            fold.queue.open_id()
        );
        for handle in &segments.handles {
            prop_assert!(Span::ZERO <= handle.hold && handle.hold <= handle.chat_time);
            prop_assert!(handle.wrap_up >= Span::ZERO);
            prop_assert_eq!(handle.ended.is_some(), handle.how.is_some());
            prop_assert!(handle.ended.is_none_or(|ended| ended.position > handle.began.position));
        }
        prop_assert!(segments.virtual_agents.iter().rev().skip(1).all(|segment| segment.ended.is_some()));
        prop_assert!(segments.virtual_agents.iter().all(|segment| segment.length >= Span::ZERO));
    }
}
