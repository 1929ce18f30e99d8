//! Bugs that other systems shipped, one test each: what went wrong there, and what must come out here.
//!
//! All go the public way: lines are decoded, taken into a journal, folded, and made into a record.

use serde_json::{Value, json};
use wrapup::calendar::ChannelDocument;
use wrapup::chat::{Fold, Folded, Inserted, Journal};
use wrapup::event::{Decoded, Event, Message, decode_line, decode_message};
use wrapup::record::{Reason, Revision, project};
use wrapup::time::Timestamp;

// ------------------------------------------------------------------------------------------------ writing chats down

/// A type and its data.
type What = (&'static str, Value);

fn created() -> What {
    ("chat.created", json!({"channelId": "c1"}))
}

fn outbound() -> What {
    ("chat.created", json!({"channelId": "c1", "direction": "OUTBOUND"}))
}

fn opened() -> What {
    ("chat.opened", json!({"by": "user"}))
}

fn closed() -> What {
    ("chat.closed", json!({"by": "manager"}))
}

fn snoozed() -> What {
    ("chat.snoozed", json!({}))
}

fn missed() -> What {
    ("chat.missed", json!({"reason": "noOperator"}))
}

fn assigned(manager: &str) -> What {
    ("chat.assigned", json!({"managerId": manager}))
}

fn unassigned() -> What {
    ("chat.unassigned", json!({}))
}

fn queued() -> What {
    ("queue.entered", json!({"queueId": "q1"}))
}

fn message(person: &str) -> What {
    ("message.sent", json!({"messageId": "m", "person": {"type": person}, "text": "…"}))
}

fn ask() -> What {
    message("user")
}

fn answer() -> What {
    message("manager")
}

fn note() -> What {
    ("message.sent", json!({"messageId": "m", "person": {"type": "manager"}, "text": "…", "private": true}))
}

/// `09:00`, `09:00:00.250` are times of Monday, 2026-03-02, in UTC; anything else is a whole time.
fn time_of(text: &str) -> String {
    match text.len() {
        5 => format!("2026-03-02T{text}:00Z"),
        8..=12 => format!("2026-03-02T{text}Z"),
        _ => text.to_owned(),
    }
}

fn line(id: &str, time: &str, (kind, data): &What) -> String {
    let time = time_of(time);
    json!({"specversion": "1.0", "id": id, "source": "/s", "type": kind, "subject": "31354", "time": time, "data": data})
        .to_string()
}

fn lines(script: &[(&str, What)]) -> Vec<String> {
    script.iter().enumerate().map(|(at, (time, what))| line(&format!("e{at:02}"), time, what)).collect()
}

fn decoded(line: &str) -> Event {
    match decode_line(line.as_bytes(), None) {
        Decoded::Event { event, .. } => event,
        other => panic!("{line}: {other:?}"),
    }
}

/// The record of lines as they arrive, on a channel with this document.
fn record_of(lines: &[String], document: &ChannelDocument) -> Value {
    let (mut journal, mut fold) = (Journal::new(), Fold::default());
    for event in lines.iter().map(|line| decoded(line)) {
        match journal.insert(event.clone()) {
            Inserted::Appended if fold.append(&event) == Folded::Applied => {}
            Inserted::Appended | Inserted::Within => fold = Fold::of(&journal),
            Inserted::Duplicate => {}
            Inserted::Full => panic!("the chat is full"),
        }
    }
    made(&journal, &fold, document)
}

fn made(journal: &Journal, fold: &Fold, document: &ChannelDocument) -> Value {
    let content = project("31354", journal, fold, document, Timestamp::MAX);
    let finalized_at = Timestamp::from_millis(0);
    let changed = Vec::new();
    let revision = Revision { revision: 1, supersedes: None, reason: Reason::SessionEnd, changed, finalized_at };
    serde_json::from_slice(&content.to_json(&revision)).expect("JSON")
}

fn record(script: &[(&str, What)]) -> Value {
    record_of(&lines(script), &ChannelDocument::absent())
}

fn record_on(document: Value, script: &[(&str, What)]) -> Value {
    record_of(&lines(script), &hours(document))
}

fn hours(document: Value) -> ChannelDocument {
    ChannelDocument::parse(document.to_string().as_bytes()).expect("a document")
}

/// One version of operating hours, the same every day.
fn daily(zone: &str, shifts: Value) -> Value {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| (day.to_owned(), shifts.clone()));
    let weekly: serde_json::Map<String, Value> = days.into_iter().collect();
    json!({"timezone": zone, "operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": weekly}]})
}

/// Asserts values of a record, nested ones by path: `{"chatProfile/waitingTime": 60.0}`.
#[track_caller]
fn has(record: &Value, expected: Value) {
    for (path, value) in expected.as_object().expect("an object") {
        assert_eq!(record.pointer(&format!("/{path}")), Some(value), "{path}");
    }
}

/// The whole length and the operating time of a chat opened and closed at these times.
fn lengths(document: Value, from: &str, to: &str) -> (Value, Value) {
    let record = record_on(document, &[(from, created()), (from, opened()), (to, closed())]);
    (record["timeToClose"].clone(), record["timeToCloseInOperation"].clone())
}

// ------------------------------------------------------------------------------------------- who asked, who answered

/// A greeting before the customer had said anything was taken for the answer, with a response time below zero.
#[test]
fn a_reply_before_the_question() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:00:10", answer()),
        ("09:01", ask()),
        ("09:03", answer()),
        ("09:10", closed()),
    ]);
    has(&record, json!({"replyCount": 1, "totalReplyTime": 120.0, "avgReplyTime": 120.0}));
    has(&record, json!({"timeToFirstAnswer": 10.0, "timeFromFirstAskToFirstAnswer": null}));
}

/// In a campaign every message sent out counted as an instant first response.
#[test]
fn an_outbound_message_as_its_own_answer() {
    let script = [("09:00", outbound()), ("09:00", opened()), ("09:00:01", answer()), ("11:00", ask())];
    has(&record(&script), json!({"firstAnsweredAt": null, "timeToFirstAnswer": null, "replyCount": 0}));
    let answered = record(&[&script[..], &[("11:05", answer())]].concat());
    has(&answered, json!({"firstAnsweredAt": "2026-03-02T11:05:00.000Z", "replyCount": 1, "totalReplyTime": 300.0}));
    // The inbox's own clock starts with the first message, also in a campaign.
    has(&answered, json!({"chatProfile/waitingTime": 1.0}));
}

/// An internal note ended the customer's wait on the dashboards, though the customer never saw it.
#[test]
fn a_private_note_as_first_reply() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:00", ask()),
        ("09:00:05", note()),
        ("09:08", answer()),
        ("09:10", note()),
        ("09:20", closed()),
    ]);
    has(&record, json!({"firstAnsweredAt": "2026-03-02T09:08:00.000Z", "timeToFirstAnswer": 480.0}));
    has(&record, json!({"replyCount": 1, "totalReplyTime": 480.0, "chatProfile/waitingTime": 480.0}));
}

/// An automatic "we have received your message" made every first response take a second.
#[test]
fn bot_time_in_human_times() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:00", ask()),
        ("09:00:01", message("bot")),
        ("09:12", answer()),
        ("09:12:30", message("bot")),
        ("09:20", closed()),
    ]);
    has(&record, json!({"timeToFirstAnswer": 720.0, "replyCount": 1, "avgReplyTime": 720.0}));
}

/// Time in which the AI assistant was talking was charged to the people who took over.
#[test]
fn the_assistants_time_in_the_agents_times() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", ask()),
        ("09:00:01", ("chat.alf_started", json!({}))),
        ("09:30", ("chat.opened", json!({"by": "alf"}))),
        ("09:32", answer()),
        ("09:40", closed()),
    ]);
    has(&record, json!({"timeFromFirstOpenToFirstAnswer": 120.0, "totalReplyTime": 120.0, "alfHandlingTime": 1799.0}));
    // What the customer has waited since the question the assistant began with is told too, under its own name.
    has(&record, json!({"managedAt": "2026-03-02T09:00:00.000Z", "timeToFirstAnswer": 1920.0}));
    has(&record, json!({"memberHandlingTime": 600.0}));
}

/// Every further message of an impatient customer started the wait anew, so the slowest answers looked quick.
#[test]
fn impatience_resets_the_wait() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:00", ask()),
        ("09:10", ask()),
        ("09:29:59", ask()),
        ("09:30", answer()),
    ]);
    has(&record, json!({"replyCount": 1, "totalReplyTime": 1800.0}));
}

/// An answer sent as three messages counted as three replies, two of them instant.
#[test]
fn one_answer_in_three_messages() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:00", ask()),
        ("09:02", answer()),
        ("09:02:05", answer()),
        ("09:02:10", answer()),
    ]);
    has(&record, json!({"replyCount": 1, "avgReplyTime": 120.0, "repliedAt": "2026-03-02T09:02:00.000Z"}));
}

/// A chat without a reply divided by zero, and one NaN made the whole day's average NaN.
#[test]
fn zero_replies_give_nan() {
    let record = record(&[("09:00", created()), ("09:00", opened()), ("09:00", ask()), ("09:30", closed())]);
    has(
        &record,
        json!({"replyCount": 0, "totalReplyTime": 0.0, "avgReplyTime": null, "avgReplyTimeInOperation": null}),
    );
    has(&record, json!({"chatProfile/avgReplyTime": null, "chatProfile/operationAvgReplyTime": null}));
}

/// Averages were summed up in binary fractions of a second, so that three tenths were more than 0.3.
#[test]
fn tenths_of_a_second_that_do_not_add_up() {
    let mut script = vec![("09:00", created()), ("09:00", opened())];
    for (asked, answered) in
        [("09:01:00.000", "09:01:00.100"), ("09:02:00.000", "09:02:00.100"), ("09:03:00.000", "09:03:00.101")]
    {
        script.extend([(asked, ask()), (answered, answer())]);
    }
    has(&record(&script), json!({"replyCount": 3, "totalReplyTime": 0.301, "avgReplyTime": 0.1}));
}

// ----------------------------------------------------------------------------------------------- episodes and states

/// A reopened chat's first response was measured anew from the reopening, and the old one was gone.
#[test]
fn a_reopening_corrupts_the_first_response() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:00", ask()),
        ("09:01", answer()),
        ("09:05", closed()),
        ("2026-03-04T10:00:00Z", opened()),
        ("2026-03-04T10:00:00Z", ask()),
        ("2026-03-04T10:20:00Z", answer()),
        ("2026-03-04T10:30:00Z", closed()),
    ]);
    has(&record, json!({"reopenCount": 1, "firstAnsweredAt": "2026-03-02T09:01:00.000Z", "timeToFirstAnswer": 60.0}));
    has(&record, json!({"timeToFirstClose": 300.0, "firstClosedAt": "2026-03-02T09:05:00.000Z"}));
    // The inbox's clocks are those of the last episode; the two days between count in neither handling time.
    has(&record, json!({"chatProfile/waitingTime": 1200.0, "chatProfile/resolutionTime": 1800.0}));
    has(&record, json!({"memberHandlingTime": 300.0, "firstMemberHandlingTime": 2100.0}));
}

/// Every return from a snooze counted as a reopening, so careful agents looked as if nothing they closed stayed closed.
#[test]
fn a_return_from_snooze_is_a_reopening() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:10", snoozed()),
        ("09:40", opened()),
        ("10:00", closed()),
    ]);
    has(
        &record,
        json!({"reopened": false, "reopenCount": 0, "totalSnoozedTime": 1800.0, "memberHandlingTime": 1800.0}),
    );
    has(&record, json!({"firstOpenedAt": "2026-03-02T09:00:00.000Z", "openedAt": "2026-03-02T09:40:00.000Z"}));
}

/// Where snooze and closed hours overlapped both were subtracted, and handling times fell below zero.
#[test]
fn a_snooze_subtracted_twice() {
    let record = record_on(
        daily("UTC", json!([["09:00", "18:00"]])),
        &[
            ("17:00", created()),
            ("17:00", opened()),
            ("17:30", snoozed()),
            ("2026-03-03T08:00:00Z", opened()),
            ("2026-03-03T10:00:00Z", closed()),
        ],
    );
    has(&record, json!({"memberHandlingTime": 9000.0, "memberHandlingTimeInOperation": 5400.0}));
    has(&record, json!({"totalSnoozedTime": 52200.0, "operationTotalSnoozedTime": 1800.0}));
}

/// A second snooze inside the first began a second interval, and the overlap was counted twice.
#[test]
fn a_snooze_within_a_snooze() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:10", snoozed()),
        ("09:20", snoozed()),
        ("09:40", closed()),
    ]);
    has(
        &record,
        json!({"totalSnoozedTime": 1800.0, "snoozedAt": "2026-03-02T09:20:00.000Z", "memberHandlingTime": 600.0}),
    );
}

/// A nightly job closed what was closed, and every resolution time grew until midnight.
#[test]
fn a_close_of_a_closed_chat() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:20", closed()),
        ("23:59", ("chat.closed", json!({"by": "system"}))),
    ]);
    has(
        &record,
        json!({"closedAt": "2026-03-02T09:20:00.000Z", "timeToClose": 1200.0, "firstMemberHandlingTime": 1200.0}),
    );
    has(&record, json!({"endedAt": "2026-03-02T09:20:00.000Z", "chatProfile/resolutionTime": 1200.0}));
}

/// A customer who had been missed came back, and the wait since the first question was gone with the missed chat.
#[test]
fn a_miss_drops_the_question() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", ask()),
        ("09:05", missed()),
        ("10:00", opened()),
        ("10:04", answer()),
        ("10:05", closed()),
    ]);
    // The turn starts with the opening; the wait before it has a column of its own.
    has(&record, json!({"replyCount": 1, "totalReplyTime": 240.0, "timeFromFirstAskToFirstAnswer": 3840.0}));
    has(&record, json!({"state": "closed", "missedAt": "2026-03-02T09:05:00.000Z", "missedReason": "noOperator"}));
}

/// A survey answered after the close reopened the chat, or came too late and was dropped.
#[test]
fn csat_after_the_close() {
    let survey = ("chat.csat_submitted", json!({"scale": 3, "choice": 2, "comment": "ok"}));
    let record = record(&[("09:00", created()), ("09:00", opened()), ("09:20", closed()), ("09:27", survey)]);
    has(&record, json!({"profile/csat": 3.0, "profile/csatComment": "ok", "state": "closed", "reopenCount": 0}));
    has(&record, json!({"closedAt": "2026-03-02T09:20:00.000Z", "endedAt": "2026-03-02T09:20:00.000Z"}));
    has(&record, json!({"timeToClose": 1200.0, "updatedAt": "2026-03-02T09:27:00.000Z"}));
}

// ------------------------------------------------------------------------------------------------------ the assignees

/// Agents who left were deleted, and with them their chats from every report of the past.
#[test]
fn a_deleted_agent() {
    let script = [
        ("09:00", created()),
        ("09:00", opened()),
        ("09:01", assigned("A")),
        ("09:02", ask()),
        ("09:03", answer()),
        ("09:10", closed()),
    ];
    let record = record(&script);
    // No document of a manager is asked: there is none that could be missing.
    has(&record, json!({"firstAssigneeId": "A", "assigneeIdAtFirstClose": "A", "assigneeId": "A"}));
    has(&record, json!({"timeFromFirstAssignmentToFirstAnswer": 120.0, "replyCount": 1}));
}

/// After a transfer the whole chat belonged to the last agent, with the first one's response time.
#[test]
fn the_last_agent_gets_it_all() {
    let step =
        |status: &str| ("chat.transferred", json!({"transferId": "t", "status": status, "toAgent": {"id": "B"}}));
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:00", ask()),
        ("09:01", assigned("A")),
        ("09:02", answer()),
        ("09:10", step("transferring")),
        ("09:11", assigned("B")),
        ("09:11", step("transferred")),
        ("09:30", closed()),
        ("2026-03-03T09:00:00Z", assigned("C")),
    ]);
    has(&record, json!({"firstAssigneeId": "A", "assigneeIdAtFirstClose": "B", "assigneeId": "C"}));
    has(&record, json!({"firstAssignedAt": "2026-03-02T09:01:00.000Z", "reassigned": true, "reassignmentCount": 2}));
    has(&record, json!({"timeFromFirstAssignmentToFirstAnswer": 60.0}));
}

/// Unassigning in between hid that a chat was handed on, and handing it back to the same agent counted as if it were.
#[test]
fn unassigning_hides_a_reassignment() {
    let count = |next: &str| {
        let script =
            [("09:00", created()), ("09:01", assigned("A")), ("09:02", unassigned()), ("09:03", assigned(next))];
        record(&script)["reassignmentCount"].clone()
    };
    assert_eq!((count("B"), count("A")), (json!(1), json!(0)));
}

/// The time in the queue was charged to the agent who took the chat out of it.
#[test]
fn the_queue_in_the_agents_handling_time() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:00", queued()),
        ("09:15", assigned("A")),
        ("09:25", closed()),
    ]);
    has(&record, json!({"firstActiveAt": "2026-03-02T09:15:00.000Z", "memberHandlingTime": 600.0}));
    has(&record, json!({"timeFromFirstOpenToFirstClose": 1500.0}));
}

// ------------------------------------------------------------------------------------------- when, and in which order

/// Metrics were computed from when an event was read, so a delayed queue made everybody slow.
#[test]
fn event_time_and_ingest_time() {
    let late = "2026-03-09T00:00:00Z";
    let events =
        [("e0", "09:00", created()), ("e1", "09:00", opened()), ("e2", "09:00", ask()), ("e3", "09:01", answer())];
    let mut journal = Journal::new();
    for (id, time, what) in events {
        let value = line(id, time, &what);
        let message = Message {
            key: Some(b"31354"),
            value: Some(value.as_bytes()),
            headers: [],
            misrouted: false,
            timestamp: Timestamp::parse(late),
            now: Timestamp::parse(late),
        };
        let Decoded::Event { event, .. } = decode_message(message) else { panic!("not accepted: {value}") };
        assert_ne!(journal.insert(event), Inserted::Duplicate);
    }
    let record = made(&journal, &Fold::of(&journal), &ChannelDocument::absent());
    has(&record, json!({"timeToFirstAnswer": 60.0, "updatedAt": "2026-03-02T09:01:00.000Z"}));
}

/// Three topics are read side by side; where the answer came before the question, or the close before the opening, the
/// numbers were other ones.
#[test]
fn the_order_of_arrival_in_the_numbers() {
    let script = [
        ("09:00", created()),
        ("09:00", opened()),
        ("09:00", ask()),
        ("09:00", assigned("A")),
        ("09:01", answer()),
        ("09:05", snoozed()),
        ("09:06", opened()),
        ("09:10", closed()),
    ];
    let absent = ChannelDocument::absent();
    let in_order = record_of(&lines(&script), &absent);
    has(&in_order, json!({"timeToFirstAnswer": 60.0, "memberHandlingTime": 540.0, "state": "closed"}));
    let mut arriving = lines(&script);
    for turn in 0..arriving.len() {
        arriving.rotate_left(1);
        arriving.swap(0, turn);
        assert_eq!(record_of(&arriving, &absent), in_order);
    }
    arriving.reverse();
    assert_eq!(record_of(&arriving, &absent), in_order);
}

/// At-least-once delivery counted replies, reopenings and reassignments twice.
#[test]
fn duplicate_delivery() {
    let script = [
        ("09:00", created()),
        ("09:00", opened()),
        ("09:00", ask()),
        ("09:01", answer()),
        ("09:05", closed()),
        ("10:00", opened()),
        ("10:01", assigned("A")),
        ("10:02", assigned("B")),
    ];
    let once = lines(&script);
    let absent = ChannelDocument::absent();
    let twice: Vec<String> = once.iter().chain(once.iter().rev()).cloned().collect();
    assert_eq!(record_of(&twice, &absent), record_of(&once, &absent));
    has(&record_of(&twice, &absent), json!({"replyCount": 1, "reopenCount": 1, "reassignmentCount": 1}));
}

/// Where one event came a second time with another time, the chat had both of them.
#[test]
fn a_retry_with_a_new_time() {
    let mut script = lines(&[("09:00", created()), ("09:00", opened()), ("09:10", closed())]);
    script.push(line("e02", "09:12", &closed()));
    let record = record_of(&script, &ChannelDocument::absent());
    has(&record, json!({"closedAt": "2026-03-02T09:10:00.000Z", "updatedAt": "2026-03-02T09:10:00.000Z"}));
}

/// Durations below zero went into averages, or were made zero, which is the best score there is.
#[test]
fn negative_durations() {
    let record = record(&[
        ("09:00", created()),
        ("09:00", opened()),
        ("09:00", ask()),
        ("09:02", answer()),
        ("09:05", assigned("A")),
        ("09:10", closed()),
    ]);
    has(&record, json!({"timeFromFirstAssignmentToFirstAnswer": null}));
    has(
        &record,
        json!({"timeFromFirstAssignmentToFirstAnswerInOperation": null, "timeFromFirstAssignmentToFirstClose": 300.0}),
    );
}

/// The message server's clock was behind the chat server's: questions were before the opening, answers before questions.
#[test]
fn clock_skew_between_producers() {
    let record = record(&[
        ("09:00:00.000", created()),
        ("08:59:59.200", ask()),
        ("09:00:00.000", opened()),
        ("09:00:59.500", answer()),
        ("09:01:00.000", ask()),
        ("09:00:59.900", answer()),
        ("09:02:00.000", closed()),
    ]);
    // The turn starts with the opening; the second answer answers nothing, and the second question is never answered.
    has(&record, json!({"replyCount": 1, "totalReplyTime": 59.5, "timeFromFirstAskToFirstAnswer": 60.3}));
    has(&record, json!({"timeToFirstAnswer": 59.5, "chatProfile/waitingTime": 59.5}));
}

/// All within one millisecond: the order in which the topics happened to be read decided.
#[test]
fn everything_in_the_same_millisecond() {
    let script =
        [("09:00", closed()), ("09:00", answer()), ("09:00", ask()), ("09:00", opened()), ("09:00", created())];
    let mut backwards = lines(&script);
    backwards.reverse();
    let record = record(&script);
    assert_eq!(record_of(&backwards, &ChannelDocument::absent()), record);
    has(&record, json!({"state": "closed", "timeToClose": 0.0, "everOpened": true}));
    // Two messages are told apart by their ids alone: here the answer's is the smaller one.
    has(&record, json!({"replyCount": 0, "timeToFirstAnswer": 0.0}));
}

/// `chat.created` was delivered last and set the chat back to its beginning.
#[test]
fn a_late_chat_created() {
    let other = ("chat.created", json!({"channelId": "c9", "title": "late"}));
    let record = record(&[
        ("09:00", opened()),
        ("09:00", ask()),
        ("09:01", answer()),
        ("09:10", closed()),
        ("09:11", created()),
        ("09:12", other),
    ]);
    has(
        &record,
        json!({"state": "closed", "complete": true, "createdAt": "2026-03-02T09:11:00.000Z", "channelId": "c1"}),
    );
    has(&record, json!({"timeToFirstAnswer": 60.0, "timeToClose": 600.0, "endedAt": "2026-03-02T09:10:00.000Z"}));
    has(&record, json!({"title": null, "updatedAt": "2026-03-02T09:12:00.000Z"}));
}

/// Times with an offset were compared as text, or their offset was cut off.
#[test]
fn offsets_that_are_ignored() {
    let record = record(&[
        ("2026-03-02T18:00:00+09:00", created()),
        ("2026-03-02T04:00:00-05:00", opened()),
        ("2026-03-02T09:00:30.9999Z", ask()),
        ("2026-03-02T10:01:00.999+01:00", answer()),
    ]);
    has(&record, json!({"firstOpenedAt": "2026-03-02T09:00:00.000Z", "firstAskedAt": "2026-03-02T09:00:30.999Z"}));
    has(&record, json!({"totalReplyTime": 30.0, "timeToFirstAnswer": 60.999}));
}

// ---------------------------------------------------------------------------------------------------- operating hours

/// Days ended at 23:59, so a channel that never closes lost a minute a day.
#[test]
fn around_the_clock_loses_a_minute_a_day() {
    let always = daily("Asia/Seoul", json!([["00:00", "24:00"]]));
    let (whole, open) = lengths(always, "2026-03-02T00:00:00Z", "2026-04-01T00:00:00Z");
    assert_eq!((whole, open), (json!(2_592_000.0), json!(2_592_000.0)));
    let (_, short) = lengths(daily("UTC", json!([["00:00", "23:59"]])), "2026-03-02T00:00:00Z", "2026-04-01T00:00:00Z");
    assert_eq!(short, json!(2_590_200.0));
}

/// On the day that has 23 hours an overnight shift had the usual length.
#[test]
fn the_hour_that_spring_takes() {
    let paris = daily("Europe/Paris", json!([["22:00", "06:00"]]));
    assert_eq!(lengths(paris.clone(), "2026-03-28T20:00:00Z", "2026-03-29T10:00:00Z").1, json!(25_200.0));
    assert_eq!(lengths(paris, "2026-03-27T20:00:00Z", "2026-03-28T10:00:00Z").1, json!(28_800.0));
    // 02:30 does not exist on that day: the shift starts where the gap ends.
    let early = daily("Europe/Paris", json!([["02:30", "04:00"]]));
    assert_eq!(lengths(early, "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z").1, json!(3_600.0));
}

/// On the day that has 25 hours the hour that comes twice was counted once, or a day was taken for 24 hours.
#[test]
fn the_hour_that_autumn_gives() {
    let paris = daily("Europe/Paris", json!([["22:00", "06:00"]]));
    assert_eq!(lengths(paris, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z").1, json!(32_400.0));
    let always = daily("Europe/Paris", json!([["00:00", "24:00"]]));
    assert_eq!(lengths(always, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z").1, json!(90_000.0));
    // An opening takes the first 02:30, a closing the second.
    let early = daily("Europe/Paris", json!([["02:30", "04:00"]]));
    assert_eq!(lengths(early, "2026-10-24T22:00:00Z", "2026-10-25T12:00:00Z").1, json!(9_000.0));
    let late = daily("Europe/Paris", json!([["01:00", "02:30"]]));
    assert_eq!(lengths(late, "2026-10-24T22:00:00Z", "2026-10-25T12:00:00Z").1, json!(9_000.0));
}

/// Every change of the clocks was taken for a whole hour; Lord Howe's are half of one.
#[test]
fn half_an_hour_of_summer() {
    let island = daily("Australia/Lord_Howe", json!([["00:00", "24:00"]]));
    // The 5th of April has 24.5 hours there.
    assert_eq!(
        lengths(island.clone(), "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"),
        (json!(88_200.0), json!(88_200.0))
    );
    let night = daily("Australia/Lord_Howe", json!([["00:00", "03:00"]]));
    assert_eq!(lengths(night, "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z").1, json!(12_600.0));
}

/// Holidays were open, or closed the hours that the evening before had begun.
#[test]
fn holidays() {
    let mut office = daily("Asia/Seoul", json!([["09:00", "18:00"]]));
    office["operatingHours"][0]["holidays"] = json!(["2026-03-03", "2026-03-04"]);
    office["operatingHours"][0]["special"] = json!({"2026-03-04": [["10:00", "12:00"]]});
    // From Monday's to Thursday's closing: a holiday, one with special hours, a whole day.
    let (_, open) = lengths(office, "2026-03-02T18:00:00+09:00", "2026-03-05T18:00:00+09:00");
    assert_eq!(open, json!(39_600.0));
}

/// Shifts over midnight were empty, for they end before they begin, or ended with the day.
#[test]
fn overnight_shifts() {
    let mut night = daily("Asia/Seoul", json!([["18:00", "02:00"]]));
    let whole = ("2026-03-02T12:00:00+09:00", "2026-03-03T12:00:00+09:00");
    assert_eq!(lengths(night.clone(), whole.0, whole.1).1, json!(28_800.0));
    // A break is cut out on its own weekday, and a holiday ends no shift that runs.
    night["operatingHours"][0]["breaks"] = json!({"tue": [["00:30", "01:00"]]});
    night["operatingHours"][0]["holidays"] = json!(["2026-03-03"]);
    assert_eq!(lengths(night, whole.0, "2026-03-04T12:00:00+09:00").1, json!(27_000.0));
}

/// Hours were read in the zone of the server, so moving it to another region changed the reports.
#[test]
fn the_servers_time_zone() {
    let span = ("2026-03-02T00:00:00Z", "2026-03-02T09:00:00Z");
    assert_eq!(lengths(daily("Asia/Seoul", json!([["09:00", "18:00"]])), span.0, span.1).1, json!(32_400.0));
    assert_eq!(lengths(daily("America/New_York", json!([["09:00", "18:00"]])), span.0, span.1).1, json!(0.0));
    assert_eq!(lengths(daily("UTC", json!([["09:00", "18:00"]])), span.0, span.1).1, json!(0.0));
    assert_eq!(lengths(daily("Asia/Kolkata", json!([["09:00", "18:00"]])), span.0, span.1).1, json!(19_800.0));
}

/// New hours were applied to chats of the past, whose numbers had been reported long before.
#[test]
fn new_hours_for_old_chats() {
    let document = json!({"timezone": "UTC", "operatingHours": [
        {"effectiveFrom": "2026-03-03", "weekly": {"mon": [["09:00", "12:00"]], "tue": [["09:00", "12:00"]]}},
        {"effectiveFrom": "2026-01-01", "weekly": {"mon": [["09:00", "18:00"]], "tue": [["09:00", "18:00"]]}},
    ]});
    assert_eq!(lengths(document.clone(), "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z").1, json!(32_400.0));
    assert_eq!(lengths(document.clone(), "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z").1, json!(10_800.0));
    assert_eq!(lengths(document, "2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z").1, json!(10_800.0));
}

/// An answer in the very instant of closing was in operation or not, by the rounding of the day.
#[test]
fn the_instant_of_closing() {
    let counts = |answered: &str| {
        let script = [("09:00", created()), ("09:00", opened()), ("17:59", ask()), (answered, answer())];
        let record = record_on(daily("UTC", json!([["09:00", "18:00"]])), &script);
        (record["replyCountInOperation"].clone(), record["totalReplyTimeInOperation"].clone())
    };
    assert_eq!(counts("17:59:59.999"), (json!(1), json!(59.999)));
    assert_eq!(counts("18:00:00.000"), (json!(0), json!(60.0)));
}

/// The average in operation was divided by the replies in operation, which the source does not do.
#[test]
fn the_average_in_operation_has_its_own_divisor() {
    let script = [
        ("17:00", created()),
        ("17:00", opened()),
        ("17:00", ask()),
        ("17:10", answer()),
        ("19:00", ask()),
        ("19:10", answer()),
    ];
    let record = record_on(daily("UTC", json!([["09:00", "18:00"]])), &script);
    has(&record, json!({"replyCount": 2, "replyCountInOperation": 1, "totalReplyTimeInOperation": 600.0}));
    has(&record, json!({"avgReplyTimeInOperation": 300.0, "avgReplyTime": 600.0}));
}

// -------------------------------------------------------------------------------------------------------- what is told

/// A new type, a new member or an id sent as a number stopped the consumer.
#[test]
fn producers_that_are_ahead() {
    let unknown = line("e1", "09:00", &("chat.hologram_started", json!({"x": 1})));
    assert_eq!(decode_line(unknown.as_bytes(), None), Decoded::Ignored);
    let record = record(&[
        ("09:00", ("chat.created", json!({"channelId": 7, "hologram": {"x": [1]}, "userId": 42}))),
        ("09:01", ("chat.assigned", json!({"managerId": 12, "mood": null}))),
    ]);
    has(&record, json!({"channelId": "7", "userId": "42", "assigneeId": "12"}));
}

/// Clearing a field wrote the word "null" into it, and an update of one field cleared the others.
#[test]
fn clearing_writes_null() {
    let update = |data: Value| ("chat.updated", data);
    let record = record(&[
        ("09:00", created()),
        ("09:01", update(json!({"title": "T", "description": "D", "priority": "high"}))),
        ("09:02", update(json!({"title": null, "priority": null}))),
    ]);
    has(&record, json!({"title": null, "description": "D", "priority": "medium"}));
}
