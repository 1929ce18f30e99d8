//! `session.md` sentence by sentence: the chat resource and the session metadata.

use proptest::prelude::*;

use crate::calendar::ChannelDocument;
use crate::chat::Fold;
use crate::chat::metric::{Facts, Unit, Value, metrics};
use crate::chat::script::{OFFICE, any_events, chat};
use crate::time::Timestamp;

#[track_caller]
fn has(script: &str, values: &str) {
    chat(script).has(values);
}

fn closed(more: &str) -> String {
    format!(r#"chat.closed {{"by":"user"{more}}}"#)
}

#[test]
fn durations_are_truncated_once() {
    // Two times 0.6 s are 1.2 s: summed first.
    has(
        "09:00 queue; 09:00:00.600 left; 09:01 queue; 09:01:00.600 left",
        "chat/queue_duration 1; chat/wait_duration 1; chat/queue_durations/0/queue_duration 0",
    );
    has(
        "09:00 opened; 09:00 ask; 09:00:01.700 answer; 09:01 ask; 09:01:02.200 answer",
        "chat/average_response_time 1; chat/longest_response_time 2",
    );
    has(
        "09:00 assigned; 09:00:00.600 unassigned; 09:01 assigned; 09:01:00.600 unassigned",
        "chat/chat_duration 1; sessionMetadata/handle_duration 1; chat/handle_durations/1/chat_duration 0",
    );
}

#[test]
fn what_is_unknown_is_null_and_arrays_are_empty() {
    has("09:00 created", "chat/menu_path null; chat/agent_info null; chat/end_user null; chat/virtual_agent null");
    has("09:00 created", "chat/average_response_time null; chat/longest_response_time null; chat/verified null");
    has("09:00 created", "chat/photos []; chat/transfers []; chat/participants []; chat/handle_durations []");
    has("09:00 created", "sessionMetadata/disposition null; sessionMetadata/in_call_messages []");
    // What has nothing to count is 0.
    has("09:00 created", "chat/queue_duration 0; chat/chat_duration 0; chat/message_count 0; chat/has_feedback false");
    has("09:00 created", "sessionMetadata/handle_duration 0; sessionMetadata/hold_duration 0");
}

#[test]
fn a_segment_that_is_open_is_measured_to_the_last_event() {
    has("09:00 queue; 09:01 ask", "chat/queue_duration 60; chat/queue_durations/0/ended_at null");
    has("09:00 queue; 09:01 ask", "chat/queue_durations/0/event null; chat/queue_durations/0/service_level_event null");
    has("09:00 assigned; 09:01 ask", "chat/chat_duration 60; chat/handle_durations/0/event null");
    has("09:00 va; 09:01 ask", "chat/virtual_agent_handle_durations/0/chat_duration 60");
}

#[test]
fn the_status_is_that_of_the_state() {
    has("09:00 created", "chat/status queued");
    has("09:00 opened; 09:01 queue", "chat/status queued");
    has("09:00 opened", "chat/status queued");
    has("09:00 opened; 09:01 assigned", "chat/status assigned");
    has("09:00 opened; 09:01 assigned; 09:02 snoozed", "chat/status assigned");
    has("09:00 opened; 09:01 assigned; 09:02 unassigned; 09:03 snoozed", "chat/status queued");
}

#[test]
fn the_status_of_a_close_is_its_own() {
    has("09:00 closed", "chat/status finished");
    for status in ["failed", "canceled", "no_response"] {
        let script = format!("09:00 {}", closed(&format!(r#","status":"{status}""#)));
        has(&script, &format!("chat/status {status}"));
    }
    // Of the effective one.
    has(&format!("09:00 closed; 09:01 {}", closed(r#","status":"failed""#)), "chat/status finished");
}

#[test]
fn the_status_of_a_miss_goes_by_its_reason() {
    let status = |reason: &str, expected: &str| {
        has(&format!("09:00 missed {reason}"), &format!("chat/status {expected}"));
    };
    status("userLeft", "canceled");
    status("abandonedInQueue", "canceled");
    status("ringTimeOver", "no_response");
    status("noOperator", "no_response");
    status("notInOperation", "failed");
    status("exceededQueue", "failed");
    status("workflow", "failed");
}

#[test]
fn sub_status_and_reasons_are_of_the_close() {
    let closed = closed(r#","subStatus":"s","finishReason":"f","failReason":"x""#);
    let told = "chat/sub_status s; chat/finish_reason f; chat/fail_reason x";
    let none = "chat/sub_status null; chat/finish_reason null; chat/fail_reason null";
    has(&format!("09:00 {closed}"), told);
    has(&format!("09:00 {closed}; 09:01 closed"), told);
    has(&format!("09:00 {closed}; 09:01 opened"), none);
    has(&format!("09:00 {closed}; 09:01 missed"), none);
    has(&format!("09:00 {closed}; 09:01 opened; 09:02 closed"), none);
    // Back to closed without another close.
    has(&format!("09:00 {closed}; 09:01 queue; 09:02 left"), &format!("{told}; chat/ends_at 09:02"));
}

#[test]
fn times_are_those_of_the_dictionary() {
    let script = "09:00 created; 09:01 opened; 09:02 assigned; 09:03 assigned B; 09:04 closed; 09:05 bot";
    has(script, "chat/created_at 09:00; chat/assigned_at 09:02; chat/ends_at 09:04; chat/updated_at 09:05");
    has(script, "sessionMetadata/created_at 09:00; sessionMetadata/assigned_at 09:02; sessionMetadata/ended_at 09:04");
    has(script, "sessionMetadata/updated_at 09:05; sessionMetadata/scheduled_at null; sessionMetadata/queued_at null");
    has("09:00 queue; 09:01 queue", "sessionMetadata/queued_at 09:00");
    has("09:00 closed; 09:01 opened", "chat/ends_at null; sessionMetadata/ended_at null");
}

#[test]
fn only_public_messages_are_counted() {
    let script = "09:00 note; 09:01 ask; 09:02 bot; 09:03 answer; 09:04 note";
    has(script, "chat/message_count 3; chat/first_msg_sent_at 09:01; chat/last_msg_sent_at 09:03");
}

#[test]
fn the_last_word_counts() {
    has(
        r#"09:00 chat.created {"channelId":"c","lang":"ko","sessionType":"chat","verified":true};
           09:01 chat.created {"channelId":"c","lang":"xx","sessionType":"call","verified":false}"#,
        "chat/lang ko; chat/chat_type chat; sessionMetadata/session_type chat; chat/verified true",
    );
    has(r#"09:00 queue; 09:01 chat.updated {"lang":"en"}; 09:02 created"#, "chat/lang en; sessionMetadata/lang en");
    has(r#"09:00 queue.entered {"queueId":"q","lang":"ja"}"#, "chat/lang null; chat/queue_durations/0/lang ja");
    has(r#"09:00 chat.updated {"lang":"en"}; 09:01 chat.updated {"lang":null}"#, "chat/lang null");
    has(
        r#"09:00 chat.feedback {"rating":5,"comment":"c"}; 09:01 chat.feedback {"rating":2}"#,
        "chat/rating 2; chat/has_feedback true",
    );
    has(r#"09:00 chat.feedback {"rating":5}"#, "chat/rating 5; chat/has_feedback false");
    has(
        r#"09:00 chat.ticket_linked {"outTicketId":1,"outTicketUrl":"u"}; 09:01 chat.ticket_linked {"outTicketId":2}"#,
        "chat/out_ticket_id 2; chat/out_ticket_url null; sessionMetadata/out_ticket_id 2",
    );
}

#[test]
fn verified_is_the_last_of_creation_update_and_verification() {
    let created = r#"09:00 chat.created {"channelId":"c","verified":true}"#;
    has(&format!(r#"{created}; 09:01 chat.updated {{"verified":false}}"#), "chat/verified false");
    has(&format!(r#"{created}; 09:01 chat.updated {{"verified":null}}"#), "chat/verified null");
    let action = |kind: &str| format!(r#"09:02 chat.smart_action {{"kind":"{kind}","verified":false}}"#);
    has(&format!("{created}; {}", action("verification")), "chat/verified false");
    has(&format!("{created}; {}", action("photo")), "chat/verified true");
}

#[test]
fn a_selected_menu_is_shown_as_it_was_told() {
    let selected = |menu: &str, expected: &str| {
        has(&format!(r#"09:00 chat.updated {{"selectedMenu":{menu}}}"#), &format!("chat/selected_menu {expected}"));
    };
    selected(r#"{"id":7,"a":[true]}"#, r#"{"a":[true],"id":7}"#);
    selected("7", "7");
    selected("null", "null");
}

fn menu(id: &str, path: &str) -> String {
    format!(r#""menuPath":{{"id":"{id}","name":"N{id}","materializedPath":"{path}"}}"#)
}

#[test]
fn the_menu_is_the_last_of_update_queue_and_connection() {
    let updated = format!("09:00 chat.updated {{{}}}", menu("1", "a"));
    let queued = format!(r#"09:01 queue.entered {{"queueId":"q",{}}}"#, menu("2", "/a/b/"));
    let connected = format!(r#"09:02 agent.connected {{"managerId":"A",{}}}"#, menu("3", "a/b/c"));
    has(&updated, r#"chat/menu_path {"items_count":1,"name":"N1","materialized_path":"a"}"#);
    has(&format!("{updated}; {queued}"), "chat/menu_path/items_count 2; sessionMetadata/menu_path_id 2");
    let all = format!("{updated}; {queued}; {connected}");
    has(&all, "sessionMetadata/menu_path_id 3; sessionMetadata/menu_path/name N3");
    has(&format!("{all}; 09:03 queue; 09:04 connected"), "sessionMetadata/menu_path_id 3");
    has(&format!(r#"{all}; 09:03 chat.updated {{"menuPath":null}}"#), "chat/menu_path null");
    has(
        r#"09:00 chat.updated {"menuPath":{"id":1}}"#,
        r#"chat/menu_path {"items_count":null,"name":null,"materialized_path":null}"#,
    );
    // Each row has its own, else what was in force when it began.
    let rows = format!("{all}; 09:03 queue; 09:04 assigned; 09:05 va");
    has(&rows, "chat/queue_durations/0/menu_path_id 2; chat/queue_durations/1/menu_path_id 3");
    has(&rows, "chat/handle_durations/0/menu_path_id 3; chat/virtual_agent_handle_durations/0/menu_path_id 3");
    has("09:00 queue", "chat/queue_durations/0/menu_path null; chat/queue_durations/0/menu_path_id null");
}

#[test]
fn the_language_of_a_row_is_its_own_else_the_one_in_force() {
    let script = r#"09:00 chat.updated {"lang":"ko"}; 09:01 queue; 09:02 queue.entered {"queueId":"q","lang":"en"};
        09:03 assigned; 09:04 va; 09:05 chat.updated {"lang":"ja"};
        09:06 chat.csat_submitted {"scale":2,"choice":1}"#;
    has(script, "chat/queue_durations/0/lang ko; chat/queue_durations/1/lang en; chat/handle_durations/0/lang ko");
    has(script, "chat/virtual_agent_handle_durations/0/lang ko; chat/consumer_event_durations/0/lang ja");
}

#[test]
fn the_agent_is_the_last_one_that_handled() {
    let named = |id: &str| {
        format!(r#"chat.assigned {{"managerId":"{id}","agent":{{"name":"N{id}","firstName":"F","agentNumber":"7"}}}}"#)
    };
    let script = format!("09:00 {}; 09:01 {}; 09:02 closed; 09:03 {}", named("A"), named("B"), named("C"));
    let agent = r#"{"id":"B","name":"NB","last_name":null,"first_name":"F","agent_number":"7","avatar_url":null}"#;
    has(&script, &format!("chat/agent_info {agent}; sessionMetadata/agent_info {agent}"));
    has(&format!("09:00 {}; 09:01 connected B", named("A")), "chat/agent_info/id B; chat/agent_info/name null");
    has(&format!("09:00 {}; 09:01 connected", named("A")), "chat/agent_info/name NA");
    has("09:00 created", "chat/agent_info null");
}

#[test]
fn the_end_user_is_that_of_the_creation() {
    has(
        r#"09:00 chat.created {"channelId":"c","endUser":{"id":7,"identifier":"i"}}"#,
        r#"chat/end_user {"id":"7","identifier":"i","out_contact_id":null}"#,
    );
}

#[test]
fn media_are_listed_by_kind() {
    let script = r#"09:00 chat.media_added {"kind":"photo","id":1,"url":"u","photoType":"t"};
        09:01 chat.media_added {"kind":"video","id":2,"url":"v"}"#;
    has(script, r#"chat/photos [{"id":"1","photo_type":"t","url":"u"}]; chat/videos [{"id":"2","url":"v"}]"#);
}

#[test]
fn offers_are_listed_and_the_last_gives_the_type() {
    let script = r#"09:00 chat.offered {"offerType":"cascade","group":"g","castingTime":20};
        09:01 chat.offered {"offerType":"direct","group":"h"}"#;
    has(script, r#"chat/offer_events [{"group":"g","casting_time":20},{"group":"h","casting_time":null}]"#);
    has(script, "chat/offer_type direct");
    has("09:00 created", "chat/offer_type null; chat/offer_events []");
}

fn step(id: &str, status: &str, more: &str) -> String {
    format!(r#"chat.transferred {{"transferId":"{id}","status":"{status}"{more}}}"#)
}

#[test]
fn a_transfer_has_one_row() {
    let menus = r#","fromMenu":{"id":"1","name":"M"},"toAgent":{"id":"A","name":"a"},"failReason":"x""#;
    let script = format!(
        "09:00 {}; 09:01 {}; 09:02 {}; 09:03 {}",
        step("t", "transferring", menus),
        step("u", "failed", r#","failReason":"busy""#),
        step("t", "transferring", r#","toAgent":{"id":"B"}"#),
        step("t", "transferred", ""),
    );
    has(&script, "chat/transfers/0/id t; chat/transfers/0/status transferred; chat/transfers/0/fail_reason null");
    has(&script, "chat/transfers/0/created_at 09:00; chat/transfers/0/from_menu/name M");
    has(&script, "chat/transfers/0/to_menu null; chat/transfers/0/from_agent null");
    has(&script, "chat/transfers/0/to_agent/id B; chat/transfers/0/to_agent/name null");
    has(&script, "chat/transfers/1/id u; chat/transfers/1/fail_reason busy; sessionMetadata/transfers/1/status failed");
}

#[test]
fn a_transfer_leads_to_the_segments_it_names() {
    let queue = r#"09:05 queue.entered {"queueId":"q","transferId":"t"}"#;
    let cold = step("t", "transferring", r#","cold":true"#);
    let script = format!("09:00 queue; {queue}; 09:06 {cold}");
    has(&script, "chat/queue_durations/0/transfer false; chat/queue_durations/0/transfer_id null");
    has(&script, "chat/queue_durations/1/transfer true; chat/queue_durations/1/transfer_id t");
    has(&script, "chat/queue_durations/1/transfer_cold true; chat/queue_durations/0/transfer_cold null");
    has(queue, "chat/queue_durations/0/transfer true; chat/queue_durations/0/transfer_cold null");

    let script = "09:00 connected A; 09:01 connected B; 09:01 transferred A B; 09:02 disconnected B; 09:03 connected B";
    has(script, "chat/handle_durations/0/transfer false; chat/handle_durations/1/transfer true");
    has(script, "chat/handle_durations/1/transfer_id t; chat/handle_durations/2/transfer false");
    // A transfer that comes after the segment's begin did not lead to it.
    has("09:00 connected B; 09:01 transferred A B", "chat/handle_durations/0/transfer false");
    // One that has failed leads nowhere.
    let failed = step("t", "failed", r#","toAgent":{"id":"B"}"#);
    has(&format!("09:00 {failed}; 09:01 connected B"), "chat/handle_durations/0/transfer false");
}

#[test]
fn a_joining_has_a_row() {
    let joined = r#"participant.joined {"participantId":"p","type":"agent","userId":"u","status":"s"}"#;
    let left = r#"participant.left {"participantId":"p","type":"agent","failReason":"f","endUserId":"e"}"#;
    let script = format!("09:00 {joined}; 09:01:00.900 {left}; 09:02 {joined}");
    has(&script, "chat/participants/0/id p; chat/participants/0/type agent; chat/participants/0/status s");
    has(&script, "chat/participants/0/user_id u; chat/participants/0/end_user_id e; chat/participants/0/fail_reason f");
    has(&script, "chat/participants/0/connected_at 09:00; chat/participants/0/ended_at 09:01:00.900");
    has(&script, "chat/participants/0/call_duration 60; chat/participants/0/hold_duration null");
    has(&script, "chat/participants/1/ended_at null; chat/participants/1/call_duration null");
    has(&script, "sessionMetadata/participants/1/connected_at 09:02");
    has(&format!("09:00 {left}"), "chat/participants []");
    // Joined again before it left: the first joining stays without an end.
    let again = format!("09:00 {joined}; 09:01 {joined}; 09:02 {left}; 09:03 {left}");
    has(&again, "chat/participants/0/ended_at null; chat/participants/1/ended_at 09:02");
}

#[test]
fn a_participant_joins_the_meet_started_last_and_not_ended() {
    let joined = r#"participant.joined {"participantId":"p","type":"end_user"}"#;
    let start = |id: &str| format!(r#"meet.started {{"meetId":"{id}","type":"phone"}}"#);
    let end = |id: &str| format!(r#"meet.ended {{"meetId":"{id}"}}"#);
    let (m, n) = (start("m"), start("n"));
    has(&format!("09:00 {joined}; 09:01 {m}"), "chat/participants/0/call_id null");
    has(&format!("09:00 {m}; 09:01 {n}; 09:02 {joined}"), "chat/participants/0/call_id n");
    has(&format!("09:00 {m}; 09:01 {n}; 09:02 {}; 09:03 {joined}", end("n")), "chat/participants/0/call_id m");
    has(&format!("09:00 {m}; 09:01 {}; 09:02 {joined}", end("m")), "chat/participants/0/call_id null");
    has(&format!("09:00 {m}; 09:00 {joined}; 09:00 {}", end("m")), "chat/participants/0/call_id m");
}

#[test]
fn a_participant_has_the_hold_of_the_segments_that_name_it() {
    let script = r#"09:00 participant.joined {"participantId":"p","type":"agent"};
        09:00 agent.connected {"managerId":"A","participantId":"p"}; 09:01 held; 09:02 resumed; 09:03 disconnected;
        09:04 agent.connected {"managerId":"A","participantId":"p"}; 09:05 held; 09:05:30 resumed;
        09:06 agent.connected {"managerId":"B","participantId":"q"}; 09:07 held B"#;
    has(script, "chat/participants/0/hold_duration 90; sessionMetadata/hold_duration 90");
}

#[test]
fn a_handle_row_tells_its_segment() {
    let script = "09:00 assigned; 09:01 connected; 09:02 held; 09:03 resumed; 09:10 disconnected; 09:10 wrap-up; \
                  09:12 wrap-up-ended";
    has(script, "chat/handle_durations/0/id e1; chat/handle_durations/0/agent_id A");
    has(script, "chat/handle_durations/0/chat_duration 540; chat/handle_durations/0/wait_duration 60");
    has(script, "chat/handle_durations/0/acw_duration 120; chat/handle_durations/0/event disconnected");
    has(script, "chat/handle_durations/0/started_at 09:01; chat/handle_durations/0/ended_at 09:10");
    has(script, "chat/chat_duration 540; sessionMetadata/handle_duration 660; sessionMetadata/hold_duration 60");
}

#[test]
fn a_handle_row_counts_the_turns_its_agent_answered_in_it() {
    let script = "09:00 opened; 09:00 connected A; 09:00 connected B; 09:01 ask; 09:02 answer A; 09:03 ask; \
                  09:03:30 answer B; 09:04 ask; 09:05:01 answer A; 09:06 ask; 09:07 answer; 09:08 disconnected A; \
                  09:09 ask; 09:10 answer A";
    has(script, "chat/handle_durations/0/response_count 2; chat/handle_durations/0/response_time_total 121");
    has(script, "chat/handle_durations/0/response_time_max 61; chat/handle_durations/0/response_time_avg 60");
    has(script, "chat/handle_durations/1/response_count 1; chat/handle_durations/1/response_time_total 30");
    has("09:00 assigned", "chat/handle_durations/0/response_count 0; chat/handle_durations/0/response_time_total 0");
    has(
        "09:00 assigned",
        "chat/handle_durations/0/response_time_max null; chat/handle_durations/0/response_time_avg null",
    );
    // Answered by picking up the call.
    let engaged = r#"09:02 meet.engaged {"meetId":"m","managerId":"A"}"#;
    let script = format!("09:00 opened; 09:00 connected A; 09:01 call-in; 09:01 ask; {engaged}");
    has(&script, "chat/handle_durations/0/response_count 1; chat/handle_durations/0/response_time_total 60");
}

#[test]
fn a_connection_follows_the_agents_last_assignment() {
    let path = "chat/handle_durations/0/assigned_connection_duration";
    has("09:00 assigned; 09:01 assigned; 09:02 assigned B; 09:03 connected", &format!("{path} 120"));
    has("09:00 assigned B; 09:03 connected; 09:04 assigned", &format!("{path} null"));
    has("09:00 assigned", &format!("{path} null"));
    has("09:03 assigned; 09:03 connected", &format!("{path} 0"));
}

#[test]
fn a_queue_row_tells_its_segment_and_its_policy() {
    let policy = r#"{"serviceLevel":[{"effectiveFrom":"2026-01-01","targetSecs":20,"targetPercent":80,
        "abandonThresholdSecs":5.5}]}"#;
    let chat =
        chat(r#"09:00 queue; 09:00:20 queue.left {"outcome":"answered","managerId":"A"}; 09:01 queue; 09:02 missed"#);
    let chat = chat.on(policy);
    chat.has("chat/queue_durations/0/id e0; chat/queue_durations/0/agent_id A; chat/queue_durations/1/agent_id null");
    chat.has("chat/queue_durations/0/queue_duration 20; chat/queue_durations/0/service_level_event in_sla");
    chat.has("chat/queue_durations/0/started_at 09:00; chat/queue_durations/0/ended_at 09:00:20");
    chat.has("chat/queue_durations/0/service_level_target_time 20");
    chat.has("chat/queue_durations/0/service_level_target_percent 80");
    chat.has("chat/queue_durations/0/service_level_abandon_time_threshold 5.5");
    chat.has("chat/queue_durations/1/event abandoned; chat/queue_durations/1/service_level_event not_in_sla");
    has("09:00 queue; 09:01 left", "chat/queue_durations/0/service_level_event null");
    has("09:00 queue; 09:01 left", "chat/queue_durations/0/service_level_target_time null");
}

#[test]
fn the_customer_has_one_row_from_the_first_question_to_the_end() {
    let row = "chat/consumer_handle_durations/0";
    let script = "09:00 opened; 09:01 ask; 09:02 answer; 09:03 ask-workflow; 09:10 closed; 09:11 bot";
    has(script, &format!("{row}/id e1; {row}/chat_duration 540; {row}/message_count 2"));
    has(script, &format!("{row}/started_at 09:01; {row}/ended_at 09:10"));
    has("09:00 ask; 09:05 bot", &format!("{row}/chat_duration 300; {row}/ended_at null"));
    has(
        "09:00 closed",
        &format!("{row}/id null; {row}/chat_duration null; {row}/started_at null; {row}/ended_at 09:00"),
    );
    // First asked after the end: it would be negative.
    has("09:00 closed; 09:01 ask", &format!("{row}/chat_duration null; {row}/started_at 09:01"));
}

#[test]
fn the_customer_answers_the_first_message_not_yet_answered() {
    let row = "chat/consumer_handle_durations/0";
    let script = "09:00 answer; 09:01 answer; 09:02 ask; 09:03 ask; 09:04 note; 09:05 bot; 09:06 ask; 09:07 answer; \
                  09:07:30 ask";
    has(script, &format!("{row}/response_count 2; {row}/response_time_total 150; {row}/response_time_max 120"));
    has(script, &format!("{row}/response_time_avg 75"));
    has("09:00 ask", &format!("{row}/response_count 0; {row}/response_time_total 0; {row}/response_time_avg null"));
    // An end resets.
    for end in ["closed", "missed"] {
        has(&format!("09:00 answer; 09:01 {end}; 09:02 ask"), &format!("{row}/response_count 0"));
    }
}

#[test]
fn a_survey_lasts_from_its_request_else_the_end_to_the_submission() {
    let submitted = r#"chat.csat_submitted {"scale":5,"choice":4}"#;
    let row = "chat/consumer_event_durations/0";
    let script = format!("09:00 chat.csat_requested; 09:01 chat.csat_requested; 09:02 closed; 09:03 {submitted}");
    has(&script, &format!("{row}/id e3; {row}/type csat; {row}/event finished; {row}/duration 120"));
    has(&script, &format!("{row}/started_at 09:01; {row}/ended_at 09:03"));
    has(&format!("09:00 closed; 09:01 missed; 09:03 {submitted}"), &format!("{row}/started_at 09:01"));
    has(&format!("09:00 opened; 09:03 {submitted}"), &format!("{row}/started_at null; {row}/duration null"));
    has(&format!("09:00 {submitted}; 09:01 {submitted}"), "chat/consumer_event_durations/1/id e1");
    // The menu of the moment of submission.
    let menus = format!(
        "09:00 chat.updated {{{}}}; 09:01 {submitted}; 09:02 chat.updated {{{}}}",
        menu("1", "a"),
        menu("2", "b")
    );
    has(&menus, &format!("{row}/menu_path_id 1; {row}/menu_path/materialized_path a"));
    has("09:00 closed", "chat/consumer_event_durations []");
}

#[test]
fn a_virtual_agent_row_tells_its_segment() {
    let row = "chat/virtual_agent_handle_durations/0";
    let connected = r#"09:00 va.connected {"virtualAgent":{"id":"V"},"initiatedBy":"menu"}"#;
    let ended = format!(r#"{connected}; 09:01 va.ended {{"responseCount":3,"fallbackCount":0}}"#);
    has(
        &ended,
        &format!("{row}/id e0; {row}/chat_duration 60; {row}/response_count 3; {row}/fallback_response_count 0"),
    );
    has(&ended, &format!("{row}/initiated_by menu; {row}/started_at 09:00; {row}/ended_at 09:01"));
    has(&ended, &format!("{row}/escalation_reason null; {row}/transfer false; {row}/transfer_id null"));
    has(&ended, &format!("{row}/response_time_total null; {row}/response_time_max null; {row}/response_time_avg null"));
    let escalated = format!("{connected}; 09:01 escalated");
    has(
        &escalated,
        &format!("{row}/escalation_reason r; {row}/response_count null; {row}/fallback_response_count null"),
    );
    has(&format!(r#"{connected}; 09:01 va.ended {{"responseCount":-1}}"#), &format!("{row}/response_count null"));
}

#[test]
fn an_escalation_with_a_deflection_has_a_row() {
    let row = "chat/virtual_agent_deflected_escalations/0";
    let deflected = |menu: &str| format!(r#"va.escalated {{"reason":"r","deflection":"d"{menu}}}"#);
    let script =
        format!("09:00 chat.updated {{{}}}; 09:01 va; 09:02 escalated; 09:03 {}", menu("1", "a"), deflected(""));
    has(&script, &format!("{row}/id e3; {row}/deflection d; {row}/escalation_reason r; {row}/escalated_at 09:03"));
    has(&script, &format!(r#"{row}/menu_path_id 1; {row}/lang null; {row}/virtual_agent {{"id":"V","name":null}}"#));
    let own = format!("09:00 {}", deflected(&format!(",{}", menu("2", "b"))));
    has(&own, &format!("{row}/menu_path_id 2; {row}/virtual_agent null"));
    has("09:00 va; 09:01 escalated", "chat/virtual_agent_deflected_escalations []");
}

#[test]
fn the_virtual_agent_is_the_last_one_named() {
    let script = r#"09:00 va.assigned {"virtualAgent":{"id":"V","name":"v"}}; 09:01 va W; 09:02 va X"#;
    has(script, r#"chat/virtual_agent {"id":"X","name":null}"#);
    has(script, "sessionMetadata/va_assigned_at 09:00; sessionMetadata/va_connected_at 09:01");
    has("09:00 created", "sessionMetadata/va_assigned_at null; sessionMetadata/va_connected_at null");
}

/// The status of a session with its code.
#[track_caller]
fn status(script: &str, name: &str, code: u32) {
    has(script, &format!("sessionMetadata/session_status {name}; sessionMetadata/session_status_code {code}"));
}

#[test]
fn the_session_status_is_that_of_the_state() {
    status("09:00 created", "selecting", 12);
    status("09:00 opened; 09:01 queue", "queued", 1);
    status("09:00 opened", "queued", 1);
    status("09:00 closed", "finished", 8);
    status("09:00 missed", "failed", 9);
    status(&format!("09:00 {}", closed(r#","status":"no_response""#)), "failed", 9);
}

#[test]
fn the_session_status_of_an_open_chat_is_that_of_who_has_it() {
    let va = r#"va.assigned {"virtualAgent":{"id":"V"}}"#;
    status("09:00 opened; 09:01 assigned", "connected", 5);
    status("09:00 opened; 09:01 assigned; 09:02 snoozed", "connected", 5);
    status("09:00 opened; 09:01 assigned; 09:02 connected; 09:03 disconnected", "assigned", 2);
    status("09:00 opened; 09:01 connected; 09:02 va", "connected", 5);
    status("09:00 opened; 09:01 va", "va_connected", 14);
    status(&format!("09:00 opened; 09:01 {va}"), "va_assigned", 13);
    status(&format!("09:00 opened; 09:01 {va}; 09:02 va; 09:03 va-ended"), "queued", 1);
    // Assigned in a chat that was closed since and opened again: nobody handles it yet.
    status("09:00 opened; 09:01 assigned; 09:02 closed; 09:03 opened", "assigned", 2);
}

#[test]
fn a_close_may_name_a_status_that_no_event_leads_to() {
    let sub = |status: &str, name: &str| {
        format!("09:00 {}", closed(&format!(r#","status":"{status}","subStatus":"{name}""#)))
    };
    for (name, code) in [
        ("scheduled", 0),
        ("connecting", 3),
        ("switching", 4),
        ("recovered", 10),
        ("deflected", 11),
        ("preview_pending", 15),
        ("preview_ready", 16),
        ("campaign_connecting", 17),
        ("campaign_connected", 18),
        ("requeued", 19),
        ("predictive_waiting", 20),
        ("progressive_waiting", 21),
        ("preview_waiting", 22),
        ("campaign_dialing", 23),
        ("voicemail", 80),
        ("voicemail_received", 81),
    ] {
        status(&sub("finished", name), name, code);
        status(&sub("failed", name), name, code);
    }
    status(&sub("finished", "connected"), "finished", 8);
    status(&sub("failed", "other"), "failed", 9);
    // Only while the state is closed.
    status(&format!("{}; 09:01 missed", sub("finished", "deflected")), "failed", 9);
}

#[test]
fn a_session_is_connected_by_an_agent_else_by_an_inbound_call() {
    has("09:00 call-in; 09:01 engaged; 09:02 engaged", "sessionMetadata/connected_at 09:01");
    has("09:00 call-in; 09:01 engaged; 09:02 connected; 09:03 connected B", "sessionMetadata/connected_at 09:02");
    has("09:00 call-out; 09:01 engaged", "sessionMetadata/connected_at null");
    has("09:00 created; 09:01 engaged", "sessionMetadata/connected_at 09:01");
    has("09:00 assigned", "sessionMetadata/connected_at null");
}

#[test]
fn a_human_or_a_virtual_agent_answers() {
    has("09:00 va; 09:01 assigned", "sessionMetadata/answer_type human");
    has("09:00 va; 09:01 closed", "sessionMetadata/answer_type virtual");
    has(r#"09:00 va.assigned {"virtualAgent":{"id":"V"}}"#, "sessionMetadata/answer_type null");
}

#[test]
fn the_session_tells_recording_numbers_and_priority() {
    let script = r#"09:00 chat.created {"channelId":"c","supportNumber":"1","outboundNumber":"2"};
        09:01 chat.recording_set {"permission":"not_asked","url":"u"}; 09:02 chat.recording_set {"permission":"granted"}"#;
    has(script, "sessionMetadata/support_phone_number 1; sessionMetadata/outbound_number 2");
    has(script, "sessionMetadata/recording_permission granted; sessionMetadata/recording_url u");
    let queue = r#"09:00 queue.entered {"queueId":"q","priority":3}"#;
    has(&format!("{queue}; 09:01 queue"), "sessionMetadata/queue_priority 3");
    has(&format!(r#"{queue}; 09:01 chat.updated {{"queuePriority":7}}"#), "sessionMetadata/queue_priority 7");
    has(&format!(r#"{queue}; 09:01 chat.updated {{"queuePriority":null}}"#), "sessionMetadata/queue_priority null");
}

#[test]
fn the_session_tells_csat_actions_deflection_disposition_and_texts() {
    has(
        r#"09:00 chat.csat_submitted {"scale":5,"choice":4,"comment":"c"}"#,
        "sessionMetadata/csat 4.0; sessionMetadata/csat_comment c; sessionMetadata/session_id chat",
    );
    has(
        r#"09:00 chat.smart_action {"kind":"verification"}; 09:01 chat.smart_action {"kind":"text"}"#,
        r#"sessionMetadata/smart_actions {"verification":true,"photos":false,"videos":false,"text":true}"#,
    );
    let left = r#"queue.left {"outcome":"deflected","deflection":"voicemail"}"#;
    let escalated = r#"va.escalated {"reason":"r","deflection":"callback"}"#;
    has(&format!("09:00 queue; 09:01 {left}; 09:02 {escalated}; 09:03 left"), "sessionMetadata/deflection callback");
    has(
        &format!("09:00 {escalated}; 09:01 queue; 09:02 {left}; 09:03 escalated"),
        "sessionMetadata/deflection voicemail",
    );
    has(
        r#"09:00 chat.disposition_set {"codes":["a"],"notes":"n"}; 09:01 chat.disposition_set {"codes":["b","c"]}"#,
        r#"sessionMetadata/disposition {"codes":["b","c"],"notes":null}"#,
    );
    let text = r#"09:00 chat.in_call_message {"channel":"sms","direction":"INBOUND"}"#;
    has(text, "sessionMetadata/in_call_messages/0/channel sms; sessionMetadata/in_call_messages/0/direction INBOUND");
    has(text, "sessionMetadata/in_call_messages/0/sent_at 09:00");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn views_are_of_their_types_and_agree_with_one_another(events in any_events(40)) {
        let journal = events.into_iter().collect();
        let fold = Fold::of(&journal);
        let document = ChannelDocument::parse(OFFICE.as_bytes()).expect("a document");
        let facts = Facts::new("chat", &journal, &fold, &document, Timestamp::MAX);
        let value = |path: &str| metrics().find(|metric| metric.path == path).expect("a column").value(&facts);
        for metric in metrics() {
            let value = metric.value(&facts);
            prop_assert!(metric.unit.accepts(&value), "{}", metric.path);
            if let (Unit::WholeSeconds, Value::WholeSeconds(span)) = (metric.unit, value) {
                prop_assert!(span.millis() >= 0, "{} is {span}", metric.path);
            }
        }
        for (of_session, of_chat) in [
            ("lang", "lang"), ("session_id", "id"), ("created_at", "created_at"), ("assigned_at", "assigned_at"),
            ("ended_at", "ends_at"), ("updated_at", "updated_at"), ("menu_path", "menu_path"),
            ("agent_info", "agent_info"), ("transfers", "transfers"), ("participants", "participants"),
        ] {
            prop_assert_eq!(value(&format!("sessionMetadata/{of_session}")), value(&format!("chat/{of_chat}")));
        }
        prop_assert_eq!(value("sessionMetadata/queued_at"), value("firstQueueInAt"));
    }
}
