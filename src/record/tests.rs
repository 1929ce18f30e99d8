//! The record's shape, what counts as changed, and that content is a function of the set of events.

use proptest::prelude::*;

use super::table::metrics;
use super::*;
use crate::calendar::ChannelDocument;
use crate::chat::script::{Chat, OFFICE, any_events, at, chat};
use crate::chat::{Fold, Journal};
use crate::event::Event;
use crate::time::Timestamp;

pub(super) fn content(chat: &Chat) -> Content {
    project("31354", &chat.journal, &chat.fold, &chat.document, chat.due)
}

pub(super) fn first_revision() -> Revision {
    Revision {
        revision: 1,
        supersedes: None,
        reason: Reason::SessionEnd,
        changed: Vec::new(),
        finalized_at: at("09:35"),
    }
}

pub(super) fn json(content: &Content, revision: &Revision) -> String {
    String::from_utf8(content.to_json(revision)).expect("UTF-8")
}

/// The names of the fields that differ between two chats' records.
fn changed(before: &Chat, after: &Chat) -> Vec<String> {
    content(after).changed_since(&content(before).fingerprints())
}

/// The platform views in the record below.
const VIEWS: &str = concat!(
    r#""chat":{"id":"31354","lang":null,"chat_type":null,"status":"finished","sub_status":null,"#,
    r#""created_at":"2026-03-02T09:00:00.000Z","assigned_at":null,"ends_at":"2026-03-02T09:20:00.000Z","#,
    r#""updated_at":"2026-03-02T09:22:00.000Z","first_msg_sent_at":"2026-03-02T09:01:00.000Z","#,
    r#""last_msg_sent_at":"2026-03-02T09:02:00.500Z","wait_duration":0,"queue_duration":0,"chat_duration":0,"#,
    r#""verified":null,"rating":null,"has_feedback":false,"out_ticket_id":null,"out_ticket_url":null,"#,
    r#""finish_reason":null,"fail_reason":null,"message_count":2,"average_response_time":60,"#,
    r#""longest_response_time":60,"selected_menu":null,"menu_path":null,"agent_info":null,"end_user":null,"#,
    r#""photos":[],"videos":[],"transfers":[],"participants":[],"offer_type":null,"offer_events":[],"#,
    r#""handle_durations":[],"queue_durations":[],"consumer_handle_durations":[{"id":"e2","chat_duration":1140,"#,
    r#""message_count":1,"response_count":0,"response_time_total":0,"response_time_max":null,"#,
    r#""response_time_avg":null,"started_at":"2026-03-02T09:01:00.000Z","ended_at":"2026-03-02T09:20:00.000Z"}],"#,
    r#""consumer_event_durations":[{"id":"e5","type":"csat","event":"finished","duration":60,"#,
    r#""menu_path_id":null,"menu_path":null,"lang":null,"started_at":"2026-03-02T09:20:00.000Z","#,
    r#""ended_at":"2026-03-02T09:21:00.000Z"}],"virtual_agent":null,"virtual_agent_deflected_escalations":[],"#,
    r#""virtual_agent_handle_durations":[]},"sessionMetadata":{"lang":null,"session_id":"31354","#,
    r#""session_type":null,"session_status":"finished","session_status_code":8,"#,
    r#""created_at":"2026-03-02T09:00:00.000Z","queued_at":null,"assigned_at":null,"connected_at":null,"#,
    r#""ended_at":"2026-03-02T09:20:00.000Z","scheduled_at":null,"updated_at":"2026-03-02T09:22:00.000Z","#,
    r#""handle_duration":0,"hold_duration":0,"answer_type":null,"out_ticket_id":null,"out_ticket_url":null,"#,
    r#""recording_permission":null,"recording_url":null,"support_phone_number":null,"outbound_number":null,"#,
    r#""menu_path":null,"menu_path_id":null,"queue_priority":null,"csat":5.0,"csat_comment":null,"#,
    r#""va_assigned_at":null,"va_connected_at":null,"smart_actions":{"verification":false,"photos":false,"#,
    r#""videos":false,"text":false},"agent_info":null,"transfers":[],"deflection":null,"disposition":null,"#,
    r#""in_call_messages":[],"participants":[]},"moments":["#,
    r#"{"at":"2026-03-02T09:00:00.000Z","team":null,"manager":null,"queue":null,"adds":{"counts.created":1}},"#,
    r#"{"at":"2026-03-02T09:00:00.000Z","team":null,"manager":null,"queue":null,"adds":{"counts.opened":1}},"#,
    r#"{"at":"2026-03-02T09:02:00.500Z","team":null,"manager":null,"queue":null,"adds":{"counts.replies":1,"#,
    r#""distributions.timeToFirstAnswer":120.5,"distributions.timeToFirstAnswerInOperation":60.5,"#,
    r#""distributions.timeFromFirstActiveToFirstAnswer":120.5,"#,
    r#""distributions.timeFromFirstActiveToFirstAnswerInOperation":60.5,"#,
    r#""distributions.replyTime":60.5,"distributions.replyTimeInOperation":0.5}},"#,
    r#"{"at":"2026-03-02T09:20:00.000Z","team":null,"manager":null,"queue":null,"adds":{"counts.closed":1,"#,
    r#""distributions.memberHandlingTime":1200.0,"distributions.memberHandlingTimeInOperation":1140.0,"#,
    r#""distributions.timeToClose":1200.0,"distributions.timeToCloseInOperation":1140.0}},"#,
    r#"{"at":"2026-03-02T09:21:00.000Z","team":null,"manager":null,"queue":null,"#,
    r#""adds":{"csat.count":1,"csat.sum":5,"csat.score5":1}}]}"#,
);

#[test]
fn a_record_is_written_to_the_letter() {
    let chat = chat(
        r#"09:00 created; 09:00 opened; 09:01 ask; 09:02:00.500 answer; 09:20 closed;
           09:21 chat.csat_submitted {"scale":2,"choice":2}; 09:22 chat.profile_set {"vip":true,"a\"b":"ü\n","Z":[1]}"#,
    )
    .on(OFFICE);
    let revision = Revision {
        revision: 2,
        supersedes: Some(1),
        reason: Reason::PostSessionEvent,
        changed: vec!["/updatedAt".to_owned(), "/profile/a\"b".to_owned()],
        finalized_at: at("09:36"),
    };
    let expected = concat!(
        r#"{"id":"31354","channelId":"c1","schemaVersion":1,"revision":2,"supersedes":1,"reason":"post_session_event","#,
        r#""changed":["/updatedAt","/profile/a\"b"],"complete":true,"endedAt":"2026-03-02T09:20:00.000Z","#,
        r#""finalizedAt":"2026-03-02T09:36:00.000Z","operatingHoursVersion":"2026-01-01","#,
        r#""managedAt":"2026-03-02T09:00:00.000Z","name":null,"title":null,"description":null,"tags":[],"#,
        r#""priority":"medium","direction":"INBOUND","sync":"async","page":null,"userId":null,"assigneeId":null,"#,
        r#""firstAssigneeId":null,"assigneeIdAtFirstClose":null,"managerIds":[],"teamId":null,"mediumType":"native","#,
        r#""mediumName":null,"mediumSenderName":null,"state":"closed","missedReason":null,"goalState":null,"#,
        r#""goalCheckedAt":null,"goalEventName":null,"contactMediumType":"native","appMessenger":null,"#,
        r#""everOpened":true,"reopened":false,"reopenCount":0,"reassigned":false,"reassignmentCount":0,"#,
        r#""workflowTriggered":false,"alfTriggered":false,"replyCount":1,"replyCountInOperation":1,"#,
        r#""createdAt":"2026-03-02T09:00:00.000Z","updatedAt":"2026-03-02T09:22:00.000Z","#,
        r#""firstWorkflowStartedAt":null,"firstWorkflowEndedAt":null,"firstAskedAt":"2026-03-02T09:01:00.000Z","#,
        r#""firstAlfStartedAt":null,"firstAlfEndedAt":null,"firstQueueInAt":null,"queuedAt":null,"#,
        r#""firstQueueOutAt":null,"firstOpenedAt":"2026-03-02T09:00:00.000Z","openedAt":"2026-03-02T09:00:00.000Z","#,
        r#""firstMissedAt":null,"missedAt":null,"firstAssignedAt":null,"firstActiveAt":"2026-03-02T09:00:00.000Z","#,
        r#""firstAnsweredAt":"2026-03-02T09:02:00.500Z","repliedAt":"2026-03-02T09:02:00.500Z","snoozedAt":null,"#,
        r#""firstClosedAt":"2026-03-02T09:20:00.000Z","closedAt":"2026-03-02T09:20:00.000Z","#,
        r#""totalReplyTime":60.5,"totalReplyTimeInOperation":0.5,"avgReplyTime":60.5,"avgReplyTimeInOperation":0.5,"#,
        r#""totalSnoozedTime":0.0,"operationTotalSnoozedTime":0.0,"firstQueueTime":null,"#,
        r#""firstQueueTimeInOperation":null,"timeToFirstAssignment":null,"timeToFirstAssignmentInOperation":null,"#,
        r#""timeToFirstAnswer":120.5,"timeToFirstAnswerInOperation":60.5,"timeFromFirstAskToFirstAnswer":60.5,"#,
        r#""timeFromFirstAskToFirstAnswerInOperation":0.5,"timeFromFirstAssignmentToFirstAnswer":null,"#,
        r#""timeFromFirstAssignmentToFirstAnswerInOperation":null,"timeFromFirstActiveToFirstAnswer":120.5,"#,
        r#""timeFromFirstActiveToFirstAnswerInOperation":60.5,"timeFromFirstOpenToFirstAnswer":120.5,"#,
        r#""timeFromFirstOpenToFirstAnswerInOperation":60.5,"timeToFirstClose":1200.0,"#,
        r#""timeToFirstCloseInOperation":1140.0,"timeToClose":1200.0,"timeToCloseInOperation":1140.0,"#,
        r#""timeFromFirstAskToFirstClose":1140.0,"timeFromFirstAskToFirstCloseInOperation":1080.0,"#,
        r#""timeFromFirstAssignmentToFirstClose":null,"timeFromFirstAssignmentToFirstCloseInOperation":null,"#,
        r#""timeFromFirstActiveToFirstClose":1200.0,"timeFromFirstActiveToFirstCloseInOperation":1140.0,"#,
        r#""timeFromFirstOpenToFirstClose":1200.0,"timeFromFirstOpenToFirstCloseInOperation":1140.0,"#,
        r#""memberHandlingTime":1200.0,"memberHandlingTimeInOperation":1140.0,"firstMemberHandlingTime":1200.0,"#,
        r#""firstMemberHandlingTimeInOperation":1140.0,"workflowHandlingTime":null,"alfHandlingTime":null,"#,
        r#""alfCxScore":null,"source":{"workflow":{"id":null},"marketing":{"type":null,"id":null}},"#,
        r#""chatProfile":{"waitingTime":120.5,"avgReplyTime":60.5,"resolutionTime":1200.0,"#,
        r#""operationWaitingTime":60.5,"operationAvgReplyTime":0.5,"operationResolutionTime":1140.0},"#,
        r#""profile":{"csat":5.0,"csatComment":null,"Z":[1],"a\"b":"ü\n","vip":true},"meets":[],"#,
    );
    assert_eq!(json(&content(&chat), &revision), [expected, VIEWS].concat());
}

#[test]
fn nothing_has_changed_since_itself() {
    let chat = chat("09:00 created; 09:00 opened; 09:20 closed");
    assert_eq!(changed(&chat, &chat), Vec::<String>::new());
}

#[test]
fn names_what_has_changed_in_the_order_of_the_record() {
    let before = chat("09:00 created; 09:00 opened; 09:20 closed");
    let after = chat(
        r#"09:00 chat.created {"channelId":"c1","source":{"marketing":{"type":"t","id":"i"},"workflowId":"w"}};
           09:00 opened; 09:01 answer; 09:20 closed; 09:19 chat.tagged {"add":["t"]}; 09:10 call;
           09:18 chat.profile_set {"csat":3}"#,
    );
    let expected = [
        "/tags",
        "/sync",
        "/firstAnsweredAt",
        "/timeToFirstAnswer",
        "/timeToFirstAnswerInOperation",
        "/timeFromFirstActiveToFirstAnswer",
        "/timeFromFirstActiveToFirstAnswerInOperation",
        "/timeFromFirstOpenToFirstAnswer",
        "/timeFromFirstOpenToFirstAnswerInOperation",
        "/source/workflow",
        "/source/marketing",
        "/chatProfile/waitingTime",
        "/chatProfile/operationWaitingTime",
        "/profile/csat",
        "/meets",
        "/chat/first_msg_sent_at",
        "/chat/last_msg_sent_at",
        "/chat/message_count",
        "/sessionMetadata/csat",
        "/moments",
    ];
    assert_eq!(changed(&before, &after), expected);
    assert_eq!(changed(&after, &before), expected);
}

#[test]
fn names_custom_keys_that_appeared_changed_or_vanished() {
    let with = |profile: &str| chat(&format!("09:00 created; 09:01 chat.profile_set {profile}"));
    let before = with(r#"{"b":1,"gone":1,"same":"x","z/~1":1}"#);
    let after = with(r#"{"a":1,"b":2,"same":"x","csatComment":"c"}"#);
    let expected = [
        "/profile/csatComment",
        "/profile/a",
        "/profile/b",
        "/profile/gone",
        "/profile/z~1~01",
        "/sessionMetadata/csat_comment",
    ];
    assert_eq!(changed(&before, &after), expected);
    // A key that is there, but null, is not: null removes.
    assert_eq!(changed(&with(r#"{"a":null}"#), &with("{}")), Vec::<String>::new());
}

#[test]
fn the_document_changes_what_depends_on_it() {
    let script = r#"09:00 created; 09:00 opened; 09:20 closed; 09:20 chat.profile_set {"vip":1}"#;
    let (before, after) = (chat(script), chat(script).on(OFFICE));
    let names = changed(&before, &after);
    assert_eq!(names.first().map(String::as_str), Some("/operatingHoursVersion"));
    assert!(names.contains(&"/profile/vip".to_owned()));
    assert_eq!(names.last().map(String::as_str), Some("/moments"), "the times in operation count, too");
    assert!(names.contains(&"/timeToCloseInOperation".to_owned()) && !names.contains(&"/timeToClose".to_owned()));
    assert_eq!((content(&before).dropped_profile_values(), content(&after).dropped_profile_values()), (0, 1));
}

#[test]
fn fingerprints_leave_out_what_is_null() {
    let fingerprints = content(&chat("09:00 created")).fingerprints();
    let codes: Vec<u32> = fingerprints.fixed.iter().map(|&(code, _)| code).collect();
    let known = |key: &str| codes.contains(&metrics().find(|metric| metric.key == key).expect("a key").code);
    assert!(known("id") && known("createdAt") && known("tags") && !known("closedAt"));
}

#[test]
fn fingerprints_of_an_older_version_tell_what_is_new() {
    let chat = chat("09:00 created");
    let mut older = content(&chat).fingerprints();
    older.fixed.retain(|&(code, _)| code != 1);
    older.fixed.push((999_999, 7));
    assert_eq!(content(&chat).changed_since(&older), ["/id"]);
}

#[test]
fn reasons_keep_their_words_and_numbers() {
    let kept = [
        (1, "session_end"),
        (2, "reopened"),
        (3, "late_event"),
        (4, "post_session_event"),
        (5, "alf_end"),
        (6, "operating_hours_changed"),
        (7, "definition_changed"),
        (8, "expired"),
    ];
    assert_eq!(Reason::ALL.iter().map(|reason| (reason.code(), reason.as_str())).collect::<Vec<_>>(), kept);
    assert!(Reason::ALL.iter().all(|&reason| Reason::from_code(reason.code()) == Some(reason)));
    assert_eq!(Reason::from_code(0), None);
}

#[test]
fn the_metrics_documentation_is_that_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/METRICS.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == metrics_markdown(), "docs/METRICS.md is not what the metric table says: run `make docs`");
}

fn content_of(events: &[Event], document: &ChannelDocument, due: Timestamp) -> Content {
    let journal: Journal = events.iter().cloned().collect();
    project("chat", &journal, &Fold::of(&journal), document, due)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_same_events_give_the_same_content_in_any_order(
        (one, other, due) in any_events(40).prop_flat_map(|events| {
            let twice: Vec<Event> = events.iter().chain(&events).cloned().collect();
            let due = prop_oneof![Just(at("+1 09:00")), Just(at("+2 12:00")), Just(Timestamp::MAX)];
            (Just(events), Just(twice).prop_shuffle(), due)
        })
    ) {
        let document = ChannelDocument::parse(OFFICE.as_bytes()).expect("a document");
        let (one, other) = (content_of(&one, &document, due), content_of(&other, &document, due));
        prop_assert_eq!(one.to_json(&first_revision()), other.to_json(&first_revision()));
        prop_assert_eq!(one.changed_since(&other.fingerprints()), Vec::<String>::new());
        prop_assert_eq!(one, other);
    }

    #[test]
    fn what_changed_is_what_differs(before in any_events(20), after in any_events(20)) {
        let document = ChannelDocument::absent();
        let [before, after] = [before, after].map(|events| content_of(&events, &document, Timestamp::MAX));
        let differing = differing(&value(&before), &value(&after));
        let mut changed = after.changed_since(&before.fingerprints());
        changed.sort();
        prop_assert_eq!(changed, differing);
    }
}

fn value(content: &Content) -> serde_json::Value {
    serde_json::from_slice(&content.to_json(&first_revision())).expect("JSON")
}

/// The names of what differs between two records, found without the table.
fn differing(before: &serde_json::Value, after: &serde_json::Value) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in after.as_object().expect("a record") {
        let Some(members) = value.as_object() else {
            if *value != before[key] {
                names.push(format!("/{key}"));
            }
            continue;
        };
        let of_both = members.keys().chain(before[key].as_object().expect("an object").keys());
        let of_both: std::collections::BTreeSet<&String> = of_both.collect();
        let differ = of_both.into_iter().filter(|member| value.get(member) != before[key].get(member));
        names.extend(differ.map(|member| format!("/{key}/{member}")));
    }
    names.sort();
    names
}
