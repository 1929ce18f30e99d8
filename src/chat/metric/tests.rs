//! The definitions of `metrics.md`, one by one, and what holds for the whole table.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::calendar::ChannelDocument;
use crate::chat::Fold;
use crate::chat::script::{Chat, OFFICE, any_events, chat};
use crate::time::Timestamp;

#[test]
fn a_turn_lasts_from_the_first_question_to_the_first_answer() {
    let chat = chat("09:00 opened; 09:01 ask; 09:02 ask; 09:03 bot; 09:04 note; 09:05 answer; 09:06 answer");
    chat.has("firstAskedAt 09:01; firstAnsweredAt 09:05; repliedAt 09:05; replyCount 1; totalReplyTime 240.0");
}

#[test]
fn a_turn_starts_at_the_opening_at_the_earliest() {
    chat("09:00 ask; 09:10 opened; 09:15 answer").has("totalReplyTime 300.0; firstAskedAt 09:00");
    chat("09:00 opened; 09:01 ask; 09:02 snoozed; 09:03 opened; 09:05 answer").has("totalReplyTime 240.0");
}

#[test]
fn a_close_drops_the_question_and_a_miss_keeps_it() {
    let after = |end| format!("09:00 opened; 09:01 ask; 09:02 {end}; 09:10 opened; 09:12 answer");
    chat(&after("closed")).has("replyCount 0; avgReplyTime null; firstAnsweredAt 09:12; repliedAt null");
    chat(&after("missed")).has("replyCount 1; totalReplyTime 120.0; repliedAt 09:12");
    chat("09:00 ask; 09:01 closed; 09:10 opened; 09:12 answer").has("replyCount 0");
    chat("09:00 ask; 09:01 missed; 09:10 opened; 09:12 answer").has("replyCount 1");
}

#[test]
fn an_answer_outside_an_episode_removes_the_question() {
    let chat = chat("09:00 ask; 09:01 answer; 09:02 opened; 09:03 answer");
    chat.has("replyCount 0; firstAnsweredAt 09:03; chatProfile/waitingTime 60.0");
}

#[test]
fn a_question_in_the_millisecond_of_the_close_comes_before_it() {
    chat("09:00 opened; 09:01 ask; 09:01 closed; 09:02 opened; 09:03 answer").has("replyCount 0");
    // And an answer in the millisecond of the opening comes after it.
    chat("09:00 ask; 09:01 answer; 09:01 opened").has("replyCount 1; totalReplyTime 0.0; timeToFirstAnswer 0.0");
}

#[test]
fn an_outbound_chat_is_answered_only_after_a_question() {
    let chat = chat("09:00 outbound; 09:00 opened; 09:01 answer; 09:02 ask; 09:04 answer");
    chat.has("firstAnsweredAt 09:04; chatProfile/waitingTime 60.0; replyCount 1");
}

#[test]
fn an_inbound_call_is_answered_when_it_is_engaged() {
    chat("09:00 opened; 09:01 call-in; 09:02 engaged").has("firstAnsweredAt 09:02; replyCount 0");
    chat("09:00 opened; 09:01 call-out; 09:02 engaged").has("firstAnsweredAt null");
    // A call without direction has the chat's; without a creation there is none.
    chat("09:00 created; 09:00 opened; 09:01 call; 09:02 engaged").has("firstAnsweredAt 09:02");
    chat("09:00 outbound; 09:00 opened; 09:01 call; 09:02 engaged").has("firstAnsweredAt null");
    chat("09:00 opened; 09:01 call; 09:02 engaged").has("firstAnsweredAt null; direction null; sync sync");
    // Wherever creation and start stand.
    chat("09:00 opened; 09:02 engaged; 09:03 call; 09:04 created").has("firstAnsweredAt 09:02");
    chat("09:00 opened; 09:02 engaged; 09:03 call-in").has("firstAnsweredAt 09:02");
    chat("09:00 opened; 09:01 ask; 09:02 engaged; 09:03 call-in").has("replyCount 1; totalReplyTime 60.0");
}

#[test]
fn asks_by_phone_with_the_call() {
    chat("09:00 phone; 09:01 call-in; 09:02 ask").has("firstAskedAt 09:01; sync sync");
    chat("09:00 phone; 09:02 call-in; 09:01 ask").has("firstAskedAt 09:01");
    chat("09:00 phone; 09:01 call-out; 09:02 ask").has("firstAskedAt 09:02");
    chat("09:00 created; 09:01 call-in; 09:02 ask").has("firstAskedAt 09:02; sync sync; mediumType native");
    // It asks, but opens no turn and does not let an outbound chat be answered.
    chat("09:00 phone; 09:01 call-in; 09:02 opened; 09:03 answer").has("replyCount 0; firstAnsweredAt 09:03");
}

#[test]
fn asks_in_a_workflow_with_the_first_answer_to_it() {
    let asked = "09:01 ask; 09:03 ask-workflow; 09:04 ask-workflow";
    chat(asked).has("firstAskedAt 09:01; workflowTriggered false");
    chat(&format!("09:02 workflow; {asked}; 09:05 workflow-ended"))
        .has("firstAskedAt 09:03; workflowTriggered true; workflowHandlingTime 180.0");
    chat("09:01 ask; 09:02 workflow").has("firstAskedAt 09:01; workflowHandlingTime null");
    chat("09:02 workflow; 09:01 workflow-ended").has("workflowHandlingTime null");
}

#[test]
fn counts_openings_after_the_first_as_reopenings() {
    let chat =
        chat("09:00 opened; 09:01 snoozed; 09:02 opened; 09:03 closed; 09:04 opened; 09:05 missed; 09:06 opened");
    chat.has("everOpened true; reopened true; reopenCount 2; firstOpenedAt 09:00; openedAt 09:06");
}

#[test]
fn counts_changes_of_the_manager() {
    let count = |script: &str, expected: u32| {
        chat(script).has(&format!("reassignmentCount {expected}; reassigned {}", expected > 0));
    };
    count("09:00 assigned A; 09:01 assigned A", 0);
    count("09:00 assigned A; 09:01 assigned B; 09:02 assigned A", 2);
    count("09:00 assigned A; 09:01 unassigned; 09:02 assigned A", 0);
    count("09:00 assigned A; 09:01 unassigned; 09:02 assigned B", 1);
    count("09:00 opened; 09:00 assigned A; 09:01 closed; 09:02 assigned B", 1);
}

#[test]
fn knows_the_assignees() {
    let chat = chat("09:00 assigned A; 09:01 unassigned; 09:02 closed; 09:03 assigned B; 09:04 opened; 09:05 closed");
    chat.has("firstAssigneeId A; assigneeIdAtFirstClose null; assigneeId B; firstAssignedAt 09:00");
    super::tests::chat("09:00 assigned A; 09:01 closed; 09:02 unassigned")
        .has("assigneeIdAtFirstClose A; assigneeId null");
}

#[test]
fn is_active_from_the_assignment_if_it_was_queued_before() {
    chat("09:00 opened; 09:01 queue; 09:05 assigned; 09:10 closed")
        .has("firstActiveAt 09:05; memberHandlingTime 300.0");
    chat("09:00 opened; 09:01 assigned; 09:05 queue; 09:10 closed")
        .has("firstActiveAt 09:00; memberHandlingTime 600.0");
    // At the assignment is not after it.
    chat("09:00 opened; 09:01 assigned; 09:01 queue; 09:10 closed").has("firstActiveAt 09:01");
    chat("09:00 opened; 09:01 queue; 09:10 closed").has("firstActiveAt null; memberHandlingTime null");
    chat("09:00 queue; 09:01 assigned; 09:05 opened").has("firstActiveAt 09:01");
    // Assigned only after the close: negative, so null.
    chat("09:00 opened; 09:01 queue; 09:10 closed; 09:20 assigned").has("firstActiveAt 09:20; memberHandlingTime null");
}

#[test]
fn sums_the_handling_of_closed_episodes() {
    let first = "09:00 opened; 09:00 assigned; 09:10 closed";
    let sum = |second: &str, expected: &str| {
        chat(&format!("{first}; {second}")).has(&format!("firstMemberHandlingTime {expected}"));
    };
    sum("10:00 opened; 10:01 assigned; 10:05 closed", "900.0");
    sum("10:00 opened; 10:05 missed", "600.0");
    sum("10:00 opened; 10:05 ask", "600.0");
    // Queued between opening and assignment, both included.
    sum("10:00 opened; 10:00 queue; 10:02 assigned; 10:05 closed", "780.0");
    sum("10:00 opened; 10:02 queue; 10:02 assigned; 10:05 closed", "780.0");
    sum("10:00 opened; 10:02 assigned; 10:03 queue; 10:05 closed", "900.0");
    sum("09:59:59.999 queue; 10:00 opened; 10:02 assigned; 10:05 closed", "900.0");
    // Queued and never assigned in it: left out.
    sum("10:00 opened; 10:02 queue; 10:05 closed", "600.0");
    sum("09:59 assigned; 10:00 opened; 10:02 queue; 10:05 closed; 10:06 assigned", "600.0");
    chat("09:00 opened; 09:10 missed; 10:00 closed").has("firstMemberHandlingTime null; memberHandlingTime 3600.0");
    // The first episode's part is negative: only the second counts.
    chat("09:00 opened; 09:01 queue; 09:10 closed; 10:00 opened; 10:01 assigned; 10:05 closed")
        .has("firstActiveAt 10:01; memberHandlingTime null; firstMemberHandlingTime 300.0");
}

#[test]
fn snoozes_from_the_first_snooze_to_the_next_opening_close_or_miss() {
    let chat = chat("09:00 opened; 09:01 snoozed; 09:02 snoozed; 09:03 queue; 09:04 left; 09:05 snoozed; 09:06 opened");
    chat.has("totalSnoozedTime 300.0; snoozedAt 09:05");
    super::tests::chat("09:00 opened; 09:01 snoozed; 09:04 missed; 09:05 ask").has("totalSnoozedTime 180.0");
    super::tests::chat("09:00 opened; 09:01 snoozed; 09:04 ask").has("totalSnoozedTime 180.0");
    super::tests::chat("09:00 opened; 09:01 snoozed; 09:04 closed; 09:05 opened; 09:06 snoozed; 09:06 closed")
        .has("totalSnoozedTime 180.0; memberHandlingTime 60.0; firstMemberHandlingTime 120.0");
}

#[test]
fn subtracts_only_the_snoozed_time_inside_the_handling() {
    let chat =
        chat("09:00 opened; 09:01 queue; 09:02 snoozed; 09:05 assigned; 09:06 opened; 09:07 snoozed; 09:10 closed");
    chat.has("firstActiveAt 09:05; memberHandlingTime 60.0; totalSnoozedTime 420.0");
}

#[test]
fn the_queue_ends_by_leaving_by_another_entry_or_with_the_session() {
    chat("09:00 queue; 09:01 left; 09:02 queue; 09:03 left")
        .has("firstQueueInAt 09:00; firstQueueOutAt 09:01; queuedAt 09:02; firstQueueTime 60.0");
    chat("09:00 queue q1; 09:01 queue q2").has("firstQueueOutAt 09:01; queuedAt 09:01");
    chat("09:00 queue; 09:01 missed").has("firstQueueOutAt 09:01");
    chat("09:00 queue; 09:01 closed; 09:02 left").has("firstQueueOutAt 09:01");
    chat("09:00 queue q1; 09:01 left q2").has("firstQueueOutAt null; firstQueueTime null");
    chat("09:00 missed; 09:01 queue; 09:02 opened; 09:03 assigned").has("firstQueueOutAt null");
}

#[test]
fn is_managed_since_the_question_the_assistant_started_on() {
    chat("09:00 ask; 09:01 ask; 09:02 alf; 09:03 opened").has("managedAt 09:01");
    chat("09:00 ask; 09:01 ask-workflow; 09:02 alf; 09:03 opened").has("managedAt 09:00");
    chat("09:01 ask-workflow; 09:02 alf; 09:03 ask; 09:04 ask; 09:05 opened").has("managedAt 09:03");
    chat("09:02 alf; 09:05 opened; 09:06 ask").has("managedAt 09:02");
    chat("09:02 alf; 09:02 ask; 09:05 ask").has("managedAt 09:02");
    chat("09:00 ask; 09:02 opened; 09:03 alf").has("managedAt 09:02");
    chat("09:00 ask; 09:02 opened; 09:02 alf").has("managedAt 09:00");
    chat("09:00 ask").has("managedAt null; timeToClose null");
}

#[test]
fn the_assistant_ends_by_event() {
    chat("09:00 ask; 09:01 alf; 09:03 opened manager; 09:04 opened alf; 09:05 alf-ended")
        .has("firstAlfEndedAt 09:04; alfHandlingTime 180.0");
    chat("09:00 alf-ended; 09:00 opened alf; 09:01 alf; 09:05 alf-ended").has("firstAlfEndedAt 09:05");
    chat("09:01 alf; 09:01 alf-ended").has("alfHandlingTime 0.0");
    chat("09:01 alf-ended").has("firstAlfEndedAt null; alfTriggered false");
}

#[test]
fn the_assistant_ends_by_silence() {
    let ends = |script: &str, expected: &str| {
        chat(script).has(&format!("firstAlfEndedAt {expected}"));
    };
    ends("09:00 ask; 09:01 alf", "+1 09:00");
    // A question within 24 h, its last millisecond included, keeps the assistant waiting.
    ends("09:00 ask; 09:01 alf; +1 09:00 ask", "+2 09:00");
    ends("09:00 ask; 09:01 alf; +1 09:00:00.001 ask", "+1 09:00");
    ends("09:00 ask; 09:01 alf; +1 08:00 ask-workflow; +3 08:00 ask", "+2 08:00");
    // The first silence counts; a later event ends nothing, an earlier one did.
    ends("09:00 ask; 09:01 alf; +2 09:00 ask; +2 10:00 alf-ended", "+1 09:00");
    ends("09:00 ask; 09:01 alf; +1 08:59:59.999 alf-ended", "+1 08:59:59.999");
    // Without a question it is silent since its start, until a question comes that it can have started on.
    ends("09:00 alf", "+1 09:00");
    ends("09:00 alf; +2 09:00 ask", "+3 09:00");
    ends("09:00 alf; 10:00 opened; 11:00 ask", "+1 11:00");
    ends("09:00 alf; 10:00 opened; +2 11:00 ask", "+1 09:00");
    // The 24 h must end after the start: neither those of an old question nor of one answered to a workflow.
    ends("09:00 ask; +2 09:00 alf", "null");
    ends("09:00 ask; +1 09:00 alf; +1 10:00 alf-ended", "+1 10:00");
    ends("09:00 ask; +2 09:00 ask-workflow; +2 10:00 alf", "+3 09:00");
    ends("09:00 ask; +2 09:00 alf; +2 10:00 ask", "+3 10:00");
}

#[test]
fn silence_enters_at_its_end_and_not_before() {
    let silent = || chat("09:00 ask; 09:01 alf; +3 09:00 alf-ended");
    silent().due("+1 08:59:59.999").has("firstAlfEndedAt +3 09:00");
    silent().due("+1 09:00").has("firstAlfEndedAt +1 09:00");
    chat("09:00 ask; 09:01 alf").due("10:00").has("firstAlfEndedAt null; alfHandlingTime null");
}

#[test]
fn inbox_clocks_describe_the_last_episode() {
    let clocks = |waiting, average, resolution| {
        format!(
            "chatProfile/waitingTime {waiting}; chatProfile/avgReplyTime {average}; chatProfile/resolutionTime {resolution}"
        )
    };
    let first = "09:00 opened; 09:01 ask; 09:03 answer; 09:10 closed";
    chat("09:00 ask").has(&clocks("null", "null", "null"));
    chat(first).has(&clocks("180.0", "120.0", "600.0"));
    chat(&format!("{first}; 10:00 opened")).has(&clocks("null", "null", "null"));
    chat(&format!("{first}; 10:00 opened; 10:01 answer; 10:02 missed")).has(&clocks("60.0", "null", "null"));
}

#[test]
fn averages_are_truncated_to_the_millisecond() {
    let chat = chat("09:00 opened; 09:01 ask; 09:01:00.001 answer; 09:02 ask; 09:02:00.002 answer");
    chat.has("totalReplyTime 0.003; avgReplyTime 0.001; chatProfile/avgReplyTime 0.001");
}

#[test]
fn twins_count_operating_time_only() {
    // In Seoul the day ends at 19:00, 10:00Z; 18:01 to 18:02, 09:01Z to 09:02Z, is a break.
    let chat = chat(
        "09:00 created; 09:00 opened; 09:00:30 ask; 09:01:30 answer; 09:59 ask; 09:59:30 answer; \
         09:30 snoozed; 09:40 opened; 09:50 snoozed; 11:00 closed",
    )
    .on(OFFICE);
    chat.has("totalReplyTime 90.0; totalReplyTimeInOperation 60.0; avgReplyTime 45.0; avgReplyTimeInOperation 30.0");
    chat.has("replyCount 2; replyCountInOperation 1; timeToClose 7200.0; timeToCloseInOperation 3540.0");
    chat.has("totalSnoozedTime 4800.0; operationTotalSnoozedTime 1200.0");
    chat.has("memberHandlingTime 2400.0; memberHandlingTimeInOperation 2340.0");
    chat.has("firstMemberHandlingTime 2400.0; firstMemberHandlingTimeInOperation 2340.0");
    chat.has("chatProfile/resolutionTime 7200.0; chatProfile/operationResolutionTime 3540.0");
    chat.has("chatProfile/waitingTime 90.0; chatProfile/operationWaitingTime 60.0");
    chat.has("chatProfile/operationAvgReplyTime 30.0; operatingHoursVersion 2026-01-01");
}

#[test]
fn the_first_creation_tells_who_and_how() {
    let chat = chat(
        r#"09:00 chat.created {"channelId":"c","userId":7,"userName":"N","title":"T","priority":"low","page":"/p",
            "medium":{"type":"app","name":"app~appKakao","senderName":"S"},"sync":"sync",
            "source":{"workflowId":"w","marketing":{"type":"campaign","id":"k"}}};
           09:01 chat.created {"channelId":"d","direction":"OUTBOUND","userId":"other","title":"Z"}"#,
    );
    chat.has("id chat; channelId c; userId 7; name N; title T; priority low; page /p; direction INBOUND; sync sync");
    chat.has(
        "mediumType app; contactMediumType app; mediumName app~appKakao; mediumSenderName S; appMessenger appKakao",
    );
    chat.has("source/workflow/id w; source/marketing/type campaign; source/marketing/id k; complete true");
    chat.has("createdAt 09:00; updatedAt 09:01; state initial");
}

#[test]
fn names_the_app_only_of_apps() {
    let medium = |medium: &str, expected: &str| {
        chat(&format!(r#"09:00 chat.created {{"channelId":"c","medium":{medium}}}"#)).has(expected);
    };
    medium(r#"{"type":"app","name":"line"}"#, "appMessenger line");
    medium(r#"{"type":"app"}"#, "appMessenger null; mediumType app");
    medium(r#"{"type":"email","name":"app~x"}"#, "appMessenger null; mediumName app~x; sync async");
    medium(r#"{"name":"n"}"#, "mediumType native; mediumName n");
    chat("09:00 opened").has("mediumType null; contactMediumType null; complete false; sync async; createdAt null");
}

#[test]
fn the_last_writer_wins_and_null_clears() {
    let chat = chat(
        r#"09:00 chat.updated {"title":"a","description":"d","userName":"n","priority":"high"};
           09:01 chat.created {"channelId":"c","title":"b"}; 09:02 chat.updated {"description":null,"priority":null}"#,
    );
    chat.has("title b; description null; name n; priority medium");
}

#[test]
fn keeps_tags_in_order_of_addition() {
    let chat = chat(
        r#"09:00 chat.tagged {"add":["b","a","b"]}; 09:01 chat.tagged {"add":["a","c"],"remove":["b","x"]};
           09:02 chat.tagged {"add":["b"]}; 09:03 chat.tagged {"add":["d"],"remove":["d"]}"#,
    );
    chat.has(r#"tags ["a","c","b"]; managerIds []"#);
    super::tests::chat("09:00 created").has("tags []");
}

#[test]
fn knows_team_followers_goal_and_score() {
    let chat = chat(
        r#"09:00 chat.team_assigned {"teamId":"t1"}; 09:01 chat.assigned {"managerId":"A","teamId":"t2"}; 09:02 assigned B;
           09:00 chat.followers_set {"managerIds":["A","B"]}; 09:01 chat.followers_set {"managerIds":["C"]};
           09:00 chat.alf_scored {"cxScore":5}; 09:01 chat.alf_scored {"cxScore":1}"#,
    );
    chat.has(r#"teamId t2; managerIds ["C"]; alfCxScore 1.0"#);
    super::tests::chat(r#"09:00 chat.team_assigned {"teamId":"t"}; 09:01 chat.team_assigned {"teamId":null}"#)
        .has("teamId null");
}

#[test]
fn checks_a_goal_at_the_first_of_the_latest_run() {
    let goal = |time: &str, state: &str, name: &str| format!(r#"{time} chat.goal_set {{"state":"{state}"{name}}};"#);
    let named = r#","eventName":"e""#;
    let run = [goal("09:00", "achieved", ""), goal("09:01", "waiting", ""), goal("09:02", "achieved", named)].concat();
    chat(&run).has("goalState achieved; goalCheckedAt 09:02; goalEventName e");
    chat(&[&*run, &goal("09:03", "achieved", "")].concat()).has("goalCheckedAt 09:02; goalEventName null");
    chat(&[&*run, &goal("09:03", "notAchieved", "")].concat()).has("goalState notAchieved; goalCheckedAt null");
    chat("09:00 created").has("goalState null; goalCheckedAt null");
}

#[test]
fn the_last_right_value_of_the_profile_counts() {
    let submitted = r#"09:00 chat.csat_submitted {"scale":5,"choice":2,"comment":"c"}"#;
    let then = |set: &str| chat(&format!("{submitted}; 09:01 chat.profile_set {set}"));
    chat(submitted).has("profile/csat 2.0; profile/csatComment c");
    then(r#"{"csat":4}"#).has("profile/csat 4.0; profile/csatComment c");
    then(r#"{"csat":"4","csatComment":7}"#).has("profile/csat 2.0; profile/csatComment c");
    then(r#"{"csat":null,"csatComment":null}"#).has("profile/csat null; profile/csatComment null");
    assert_eq!(then(r#"{"csat":"4","csatComment":7,"x":[]}"#).facts().told.profile.dropped, 2);
}

#[test]
fn types_custom_keys_by_the_document_at_hand() {
    let chat =
        chat(r#"09:00 chat.profile_set {"vip":true,"x":7}; 09:01 chat.profile_set {"vip":"yes","x":{"b":1,"a":2}}"#);
    let custom = |chat: &Chat| {
        let facts = chat.facts();
        let custom = facts.told.profile.custom.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
        (custom.join(" "), facts.told.profile.dropped)
    };
    assert_eq!(custom(&chat), (r#"vip="yes" x={"a":2,"b":1}"#.to_owned(), 0));
    let chat = chat.on(r#"{"profileSchema":{"vip":"Boolean","x":"Number"}}"#);
    assert_eq!(custom(&chat), ("vip=true x=7.0".to_owned(), 2));
}

#[test]
fn meets_have_a_row_each() {
    let chat = chat(
        r#"09:00 outbound; 09:00 meet.started {"meetId":"m1","type":"phone","from":"1","to":"2","direction":"INBOUND"};
           09:01 meet.engaged {"meetId":"m1"}; 09:02 meet.engaged {"meetId":"m1"}; 09:03:00.500 meet.ended {"meetId":"m1"};
           09:04 meet.ended {"meetId":"m2","missedReason":"busy"}"#,
    );
    let rows = concat!(
        r#"meets [{"id":"m1","userChatId":"chat","startedAt":"2026-03-02T09:00:00.000Z","#,
        r#""engagedAt":"2026-03-02T09:01:00.000Z","endedAt":"2026-03-02T09:03:00.500Z","from":"1","to":"2","#,
        r#""direction":"INBOUND","missedReason":null,"duration":120.5,"type":"phone","primaryNumber":null,"#,
        r#""representativeNumber":null},{"id":"m2","userChatId":"chat","startedAt":null,"engagedAt":null,"#,
        r#""endedAt":"2026-03-02T09:04:00.000Z","from":null,"to":null,"direction":"OUTBOUND","missedReason":"busy","#,
        r#""duration":null,"type":null,"primaryNumber":null,"representativeNumber":null}]"#,
    );
    chat.has(rows);
}

#[test]
fn a_chat_without_events_has_every_column() {
    let chat = chat("");
    let facts = chat.facts();
    for metric in metrics() {
        assert!(metric.unit.accepts(&metric.value(&facts)), "{}", metric.path);
    }
    chat.has("state initial; updatedAt null; priority medium; replyCount 0; totalReplyTime 0.0; totalSnoozedTime 0.0");
}

#[test]
fn codes_keys_and_places_are_given_once() {
    let all: Vec<&Metric> = metrics().collect();
    assert_eq!(all.iter().map(|metric| metric.code).collect::<BTreeSet<_>>().len(), all.len());
    assert_eq!(all.iter().map(|metric| metric.key).collect::<BTreeSet<_>>().len(), all.len());
    assert_eq!(all.iter().map(|metric| metric.path).collect::<BTreeSet<_>>().len(), all.len());
    let fields: Vec<&str> = all.iter().map(|metric| metric.field()).collect();
    let mut sides = fields.clone();
    sides.dedup();
    assert_eq!(sides.len(), fields.iter().collect::<BTreeSet<_>>().len(), "metrics of one field stand side by side");
}

/// The headings of the sheet UserChat data (`exports.md`).
const HEADINGS: &str = "id, managedAt, name, title, description, tags, priority, direction, sync, page, userId, \
    assigneeId, firstAssigneeId, assigneeIdAtFirstClose, managerIds, teamId, mediumType, mediumName, mediumSenderName, state, \
    missedReason, goalState, goalCheckedAt, everOpened, reopened, reassigned, workflowTriggered, alfTriggered, replyCount, \
    replyCountInOperation, reopenCount, reassignmentCount, createdAt, updatedAt, firstWorkflowStartedAt, firstAskedAt, \
    firstAlfStartedAt, firstAlfEndedAt, firstWorkflowEndedAt, firstQueueInAt, queuedAt, firstQueueOutAt, firstOpenedAt, \
    openedAt, firstMissedAt, missedAt, firstAssignedAt, firstActiveAt, firstAnsweredAt, repliedAt, snoozedAt, firstClosedAt, \
    closedAt, totalReplyTime, totalReplyTimeInOperation, avgReplyTime, avgReplyTimeInOperation, totalSnoozedTime, \
    operationTotalSnoozedTime, firstQueueTime, firstQueueTimeInOperation, timeToFirstAssignment, \
    timeToFirstAssignmentInOperation, timeToFirstAnswer, timeToFirstAnswerInOperation, timeFromFirstAskToFirstAnswer, \
    timeFromFirstAskToFirstAnswerInOperation, timeFromFirstAssignmentToFirstAnswer, \
    timeFromFirstAssignmentToFirstAnswerInOperation, timeFromFirstActiveToFirstAnswer, \
    timeFromFirstActiveToFirstAnswerInOperation, timeFromFirstOpenToFirstAnswer, timeFromFirstOpenToFirstAnswerInOperation, \
    timeToFirstClose, timeToFirstCloseInOperation, timeToClose, timeToCloseInOperation, timeFromFirstAskToFirstClose, \
    timeFromFirstAskToFirstCloseInOperation, timeFromFirstAssignmentToFirstClose, \
    timeFromFirstAssignmentToFirstCloseInOperation, timeFromFirstActiveToFirstClose, \
    timeFromFirstActiveToFirstCloseInOperation, timeFromFirstOpenToFirstClose, timeFromFirstOpenToFirstCloseInOperation, \
    memberHandlingTime, memberHandlingTimeInOperation, firstMemberHandlingTime, firstMemberHandlingTimeInOperation, \
    workflowHandlingTime, alfHandlingTime, ALF CX Score, profile.csat, profile.csatComment, goalEventName, \
    source.workflow.id, source.marketing.type, source.marketing.id, contactMediumType, appMessenger, chatProfile.waitingTime, \
    chatProfile.avgReplyTime, chatProfile.resolutionTime, chatProfile.operationWaitingTime, \
    chatProfile.operationAvgReplyTime, chatProfile.operationResolutionTime";

#[test]
fn the_dictionary_is_complete() {
    let headings: BTreeSet<&str> = HEADINGS.split(", ").collect();
    assert_eq!(headings.len(), 94 + 12);
    let beside: BTreeSet<&str> = ["channelId", "complete", "endedAt", "operatingHoursVersion", "meets"].into();
    let is_view = |metric: &&Metric| ["chat/", "sessionMetadata/"].iter().any(|view| metric.path.starts_with(view));
    let keys: BTreeSet<&str> = metrics().filter(|metric| !is_view(metric)).map(|metric| metric.key).collect();
    assert_eq!(keys, headings.union(&beside).copied().collect());
}

#[test]
fn the_pii_catalogue_is_complete() {
    let pii: Vec<&str> = metrics().filter(|metric| metric.is_pii).map(|metric| metric.path).collect();
    let columns = "name title description userId mediumSenderName profile/csatComment sessionMetadata/recording_url \
        sessionMetadata/support_phone_number sessionMetadata/outbound_number sessionMetadata/csat_comment";
    assert_eq!(pii, columns.split_whitespace().collect::<Vec<_>>());
    let mut pii: Vec<(&str, Vec<&str>)> = Vec::new();
    for shape in shapes() {
        let members: Vec<&str> = shape.members.iter().filter(|member| member.is_pii).map(|member| member.key).collect();
        if !members.is_empty() {
            pii.push((shape.name, members));
        }
    }
    let members: [(&str, Vec<&str>); 7] = [
        ("Meet", vec!["from", "to", "primaryNumber", "representativeNumber"]),
        ("AgentInfo", vec!["name", "last_name", "first_name", "avatar_url"]),
        ("EndUser", vec!["id", "identifier", "out_contact_id"]),
        ("Photo", vec!["url"]),
        ("Video", vec!["url"]),
        ("Participant", vec!["user_id", "end_user_id"]),
        ("Disposition", vec!["notes"]),
    ];
    assert_eq!(pii, members);
}

#[test]
fn members_of_a_shape_have_names_and_codes_of_their_own() {
    let shapes = shapes();
    assert_eq!(shapes.iter().map(|shape| shape.name).collect::<BTreeSet<_>>().len(), shapes.len());
    for shape in shapes {
        let codes: BTreeSet<u32> = shape.members.iter().map(|member| member.code).collect();
        let keys: BTreeSet<&str> = shape.members.iter().map(|member| member.key).collect();
        assert_eq!((codes.len(), keys.len()), (shape.members.len(), shape.members.len()), "{}", shape.name);
    }
}

/// The key of a duration's twin.
fn twin_of(key: &str) -> Option<&'static Metric> {
    let twin = match key {
        "totalSnoozedTime" => "operationTotalSnoozedTime".to_owned(),
        "chatProfile.waitingTime" => "chatProfile.operationWaitingTime".to_owned(),
        "chatProfile.avgReplyTime" => "chatProfile.operationAvgReplyTime".to_owned(),
        "chatProfile.resolutionTime" => "chatProfile.operationResolutionTime".to_owned(),
        key => format!("{key}InOperation"),
    };
    metrics().find(|metric| metric.key == twin)
}

#[test]
fn every_duration_but_two_has_a_twin() {
    let alone = metrics().filter(|metric| metric.unit == Unit::Seconds && twin_of(metric.key).is_none());
    let alone: Vec<&str> =
        alone.map(|metric| metric.key).filter(|key| !key.to_lowercase().contains("operation")).collect();
    assert_eq!(alone, ["workflowHandlingTime", "alfHandlingTime"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn values_are_of_their_types_and_twins_within_their_durations(events in any_events(40)) {
        let journal = events.into_iter().collect();
        let fold = Fold::of(&journal);
        let [always, office] = ["{}", OFFICE].map(|json| ChannelDocument::parse(json.as_bytes()).expect("a document"));
        let facts = Facts::new("chat", &journal, &fold, &office, Timestamp::MAX);
        let always = Facts::new("chat", &journal, &fold, &always, Timestamp::MAX);
        for metric in metrics() {
            let value = metric.value(&facts);
            prop_assert!(metric.unit.accepts(&value), "{}", metric.key);
            if let Value::Seconds(span) = value {
                prop_assert!(span.millis() >= 0, "{} is {span}", metric.key);
            }
            if let Some(twin) = twin_of(metric.key) {
                let within = match (&value, twin.value(&facts)) {
                    (Value::Seconds(plain), Value::Seconds(twin)) => twin <= *plain,
                    (Value::Count(plain), Value::Count(twin)) => twin <= *plain,
                    (plain, twin) => *plain == Value::Null && twin == Value::Null,
                };
                prop_assert!(within, "{}: {:?} and {:?}", metric.key, value, twin.value(&facts));
                prop_assert_eq!(metric.value(&always), twin.value(&always), "{}: always open", metric.key);
            }
        }
    }
}
