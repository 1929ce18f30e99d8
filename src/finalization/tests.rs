//! Deadlines, revisions and reasons, without an engine.

use crate::calendar::ChannelDocument;
use crate::chat::{Fold, Journal};
use crate::event::{Decoded, decode_line};
use crate::record::{Fingerprints, Reason};
use crate::time::{Span, Timestamp};

use super::*;

/// One chat on a day of its own; times are `HH:MM` of 2026-03-02, or RFC 3339.
struct Chat {
    journal: Journal,
    life: Life,
    prints: Option<Fingerprints>,
    document: ChannelDocument,
    /// (revision, reason, finalizedAt, changed)
    emitted: Vec<(u32, Reason, String, Vec<String>)>,
    ids: u32,
}

fn at(time: &str) -> Timestamp {
    let full = if time.len() == 5 { format!("2026-03-02T{time}:00Z") } else { time.to_owned() };
    Timestamp::parse(&full).expect("a time")
}

impl Chat {
    fn new() -> Self {
        Chat {
            journal: Journal::new(),
            life: Life::default(),
            prints: None,
            document: ChannelDocument::absent(),
            emitted: Vec::new(),
            ids: 0,
        }
    }

    /// Events come, all folded at `watermark`: `(time, type, data)`.
    fn events(&mut self, watermark: Timestamp, events: &[(&str, &str, &str)]) {
        let mut arrivals: Option<Arrivals> = None;
        for (time, kind, data) in events {
            self.ids += 1;
            let line = format!(
                r#"{{"specversion":"1.0","id":"{}","source":"/s","type":"{kind}","subject":"x","time":"{}","data":{data}}}"#,
                self.ids,
                at(time)
            );
            let Decoded::Event { event, .. } = decode_line(line.as_bytes(), None) else {
                panic!("not accepted: {line}")
            };
            arrivals.get_or_insert(Arrivals::of(event.time)).add(event.time);
            let _ = self.journal.insert(event);
        }
        let arrivals = arrivals.expect("one event at least");
        self.life.settle(&Fold::of(&self.journal), arrivals, watermark, &Windows::default());
    }

    fn fire(&mut self, watermark: Timestamp) -> Option<Stub> {
        let fold = Fold::of(&self.journal);
        let firing = Firing {
            chat_id: "x",
            journal: &self.journal,
            fold: &fold,
            document: &self.document,
            watermark,
            windows: &Windows::default(),
        };
        let emitted = &mut self.emitted;
        fire(&firing, &mut self.life, &mut self.prints, &mut |out: Emitted| {
            let Emitted { revision, .. } = out;
            emitted.push((revision.revision, revision.reason, revision.finalized_at.to_string(), revision.changed));
        })
    }

    fn deadline(&self) -> String {
        self.life.deadline(&Fold::of(&self.journal)).to_string()
    }

    fn reasons(&self) -> Vec<Reason> {
        self.emitted.iter().map(|(_, reason, ..)| *reason).collect()
    }
}

const CREATED: (&str, &str, &str) = ("09:00", "chat.created", r#"{"channelId":"c"}"#);
const OPENED: (&str, &str, &str) = ("09:00", "chat.opened", r#"{"by":"user"}"#);
const CLOSED: (&str, &str, &str) = ("09:10", "chat.closed", r#"{"by":"user"}"#);

fn closed() -> Chat {
    let mut chat = Chat::new();
    chat.events(at("09:10"), &[CREATED, OPENED, CLOSED]);
    chat
}

fn recorded() -> Chat {
    let mut chat = closed();
    chat.fire(at("09:30"));
    chat
}

fn tagged(tag: &str, time: &'static str) -> (&'static str, &'static str, String) {
    (time, "chat.tagged", format!(r#"{{"add":["{tag}"]}}"#))
}

#[test]
fn a_record_is_due_a_window_after_the_end_or_after_it_became_known() {
    assert_eq!(closed().deadline(), "2026-03-02T09:25:00.000Z");
    let mut late = Chat::new();
    late.events(at("12:00"), &[CREATED, OPENED, CLOSED]);
    assert_eq!(late.deadline(), "2026-03-02T12:15:00.000Z");
}

#[test]
fn the_first_of_several_corrections_sets_the_due_time() {
    let mut chat = recorded();
    let (time, kind, data) = tagged("a", "09:31");
    chat.events(at("09:31"), &[(time, kind, &data)]);
    let (time, kind, data) = tagged("b", "09:40");
    chat.events(at("09:40"), &[(time, kind, &data)]);
    assert_eq!(chat.deadline(), "2026-03-02T09:46:00.000Z");
    chat.fire(at("10:30"));
    let (revision, reason, finalized_at, changed) = &chat.emitted[1];
    assert_eq!((*revision, *reason, finalized_at.as_str()), (2, Reason::PostSessionEvent, "2026-03-02T09:46:00.000Z"));
    assert_eq!(changed, &["/tags", "/updatedAt", "/chat/updated_at", "/sessionMetadata/updated_at"]);
    assert_eq!(chat.emitted.len(), 2);
}

#[test]
fn an_event_before_the_end_is_late_and_one_after_it_is_post_session() {
    let mut chat = recorded();
    let (time, kind, data) = tagged("a", "09:05");
    chat.events(at("09:31"), &[(time, kind, &data)]);
    chat.fire(at("10:00"));
    assert_eq!(chat.reasons(), [Reason::SessionEnd, Reason::LateEvent]);
    let (time, kind, data) = tagged("b", "09:11");
    chat.events(at("10:00"), &[(time, kind, &data)]);
    chat.fire(at("11:00"));
    assert_eq!(chat.reasons()[2], Reason::PostSessionEvent);
}

#[test]
fn an_open_chat_makes_no_corrections_and_its_next_end_is_reason_reopened() {
    let mut chat = recorded();
    chat.events(at("09:31"), &[("09:31", "chat.opened", r#"{"by":"user"}"#)]);
    assert_eq!(chat.deadline(), "2026-04-01T09:31:00.000Z", "only its expiry is left");
    chat.events(at("09:50"), &[("09:50", "chat.closed", r#"{"by":"user"}"#)]);
    assert_eq!(chat.deadline(), "2026-03-02T10:05:00.000Z");
    chat.fire(at("11:00"));
    assert_eq!(chat.reasons(), [Reason::SessionEnd, Reason::Reopened]);
}

#[test]
fn a_late_close_that_moves_the_end_back_is_a_correction() {
    let mut chat = recorded();
    chat.events(at("09:40"), &[("09:05", "chat.closed", r#"{"by":"user"}"#)]);
    assert_eq!(chat.deadline(), "2026-03-02T09:55:00.000Z");
    chat.fire(at("11:00"));
    assert_eq!(chat.reasons(), [Reason::SessionEnd, Reason::LateEvent]);
}

#[test]
fn other_hours_go_before_later_events_as_a_reason() {
    let mut chat = recorded();
    chat.document = ChannelDocument::parse(br#"{"timezone":"Asia/Seoul"}"#).expect("a document");
    let (time, kind, data) = tagged("a", "09:31");
    chat.events(at("09:31"), &[(time, kind, &data)]);
    chat.fire(at("10:00"));
    assert_eq!(chat.reasons(), [Reason::SessionEnd, Reason::OperatingHoursChanged]);
}

#[test]
fn an_expired_chat_counts_as_ended_until_a_later_event_comes() {
    let mut chat = Chat::new();
    chat.events(at("09:00"), &[CREATED, OPENED]);
    assert_eq!(chat.deadline(), "2026-04-01T09:00:00.000Z");
    chat.fire(at("2026-04-01T10:00:00Z"));
    assert_eq!(chat.reasons(), [Reason::Expired]);
    let (time, kind, data) = tagged("a", "08:59");
    chat.events(at("2026-04-02T10:00:00Z"), &[(time, kind, &data)]);
    chat.fire(at("2026-04-02T11:00:00Z"));
    assert_eq!(chat.reasons(), [Reason::Expired, Reason::LateEvent]);
    chat.events(at("2026-04-03T10:00:00Z"), &[("2026-04-03T10:00:00Z", "chat.updated", r#"{"title":"t"}"#)]);
    assert_eq!(chat.deadline(), "2026-05-03T10:00:00.000Z", "it lives on");
    chat.events(at("2026-04-03T11:00:00Z"), &[("2026-04-03T11:00:00Z", "chat.closed", r#"{"by":"user"}"#)]);
    chat.fire(at("2026-04-03T12:00:00Z"));
    assert_eq!(chat.reasons(), [Reason::Expired, Reason::LateEvent, Reason::Reopened]);
}

#[test]
fn expiry_never_moves_back_whatever_the_order_of_arrival() {
    let mut chat = Chat::new();
    chat.events(Timestamp::MIN, &[("2026-03-05T00:00:00Z", "chat.tagged", "{}")]);
    chat.events(Timestamp::MIN, &[CREATED, OPENED]);
    assert_eq!(chat.deadline(), "2026-04-04T00:00:00.000Z");
}

#[test]
fn a_chat_is_dropped_a_correction_window_after_its_latest_revision_and_leaves_a_stub() {
    let mut chat = recorded();
    assert_eq!(chat.deadline(), "2026-04-01T09:30:00.000Z", "counted from the watermark of the emission");
    let (time, kind, data) = tagged("a", "09:05");
    chat.events(at("2026-04-01T09:29:00Z"), &[(time, kind, &data)]);
    assert_eq!(chat.fire(at("2026-04-01T09:35:00Z")), None, "not while a correction is pending");
    chat.fire(at("2026-04-01T09:45:00Z"));
    assert_eq!(chat.emitted.len(), 2);
    assert_eq!(chat.deadline(), "2026-05-01T09:45:00.000Z");
    let stub = chat.fire(at("2026-05-01T09:45:00Z")).expect("dropped");
    assert_eq!((stub.revision, stub.finalized_at), (2, at("2026-04-01T09:44:00Z")));
    assert_eq!(stub.kept_until, at("2026-05-01T09:45:00Z").saturating_add(Span::from_hours(400 * 24)));
}

const ASKED: (&str, &str, &str) = ("08:00", "message.sent", r#"{"messageId":"m","person":{"type":"user"},"text":"?"}"#);
const ALF: (&str, &str, &str) = ("08:01", "chat.alf_started", "{}");

#[test]
fn silence_has_a_timer_of_its_own_after_the_record() {
    let mut chat = Chat::new();
    chat.events(at("09:10"), &[ASKED, ALF, CLOSED]);
    chat.fire(at("09:30"));
    assert_eq!(chat.deadline(), "2026-03-03T08:00:00.000Z");
    chat.fire(at("2026-03-03T08:00:00Z"));
    assert_eq!(chat.reasons(), [Reason::SessionEnd, Reason::AlfEnd]);
    assert_eq!(chat.emitted[1].3, ["/firstAlfEndedAt", "/alfHandlingTime"]);
}

#[test]
fn after_days_without_a_watermark_record_and_silence_come_in_due_order() {
    let mut chat = Chat::new();
    chat.events(Timestamp::MIN, &[ASKED, ALF, CLOSED]);
    chat.fire(Timestamp::MAX);
    assert_eq!(chat.reasons(), [Reason::SessionEnd, Reason::AlfEnd]);
    assert_eq!(chat.emitted[0].2, "2026-03-02T09:25:00.000Z");
    assert_eq!(chat.emitted[1].2, "2026-03-03T08:00:00.000Z");
}

#[test]
fn silence_before_the_record_is_due_is_in_it() {
    let mut chat = Chat::new();
    chat.events(Timestamp::MIN, &[ASKED, ALF, ("2026-03-03T07:50:00Z", "chat.closed", r#"{"by":"user"}"#)]);
    chat.fire(Timestamp::MAX);
    assert_eq!(chat.reasons(), [Reason::SessionEnd]);
}

#[test]
fn silence_that_lies_behind_when_it_becomes_known_enters_with_the_correction() {
    let mut chat = recorded();
    chat.events(at("2026-03-05T00:00:00Z"), &[ASKED, ALF]);
    assert_eq!(chat.deadline(), "2026-03-05T00:15:00.000Z");
    chat.fire(at("2026-03-05T01:00:00Z"));
    assert_eq!(chat.reasons(), [Reason::SessionEnd, Reason::LateEvent]);
    assert_ne!(chat.deadline(), "2026-03-03T08:00:00.000Z");
}

#[test]
fn silence_while_a_correction_is_pending_does_not_wait_for_it() {
    let mut chat = Chat::new();
    chat.events(at("09:10"), &[ASKED, ALF, CLOSED]);
    chat.fire(at("09:30"));
    let (time, kind, data) = tagged("a", "09:11");
    chat.events(at("2026-03-03T07:55:00Z"), &[(time, kind, &data)]);
    chat.fire(at("2026-03-03T09:00:00Z"));
    assert_eq!(chat.reasons(), [Reason::SessionEnd, Reason::AlfEnd], "the correction has nothing left to change");
    assert_eq!(chat.emitted[1].2, "2026-03-03T08:00:00.000Z");
}
