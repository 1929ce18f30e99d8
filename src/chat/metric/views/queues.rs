//! `queue_durations[]`: one row per queue segment (`session.md`, Chat resource).

use super::parts::{self, MENU};
use super::{Views, whole};
use crate::chat::metric::shape;
use crate::chat::metric::value::Value;
use crate::chat::segment::{Policy, QueueSegment};
use crate::event::{Menu, QueueOutcome};
use crate::time::Span;

shape! {
    QUEUE_DURATION "QueueDuration" "`session.md`, Chat resource: `queue_durations[]`; Service level";
    fn row(row: &Row<'_, 'f>);
    1 "id" Text: "id of the event that began it" => &*row.segment.began.event.id;
    2 "agent_id" Text: "`managerId` of the `queue.left` that ended it" => row.segment.manager_id;
    3 "queue_duration" WholeSeconds: "its length; to the last event while it is open" => whole(row.segment.wait);
    4 "menu_path_id" Text: "its menu, else the one in force when it began" => row.menu.map(|menu| &*menu.id);
    5 "menu_path" Object(MENU): "the same" => parts::menu(row.menu);
    6 "lang" Text: "its language, else the one in force when it began" => row.lang;
    7 "transfer" Flag: "whether a transfer led to it" => row.transfer_id().is_some();
    8 "transfer_id" Text: "which one" => row.transfer_id();
    9 "transfer_cold" Flag: "whether that was a cold one, last told" => row.transfer_cold;
    10 "started_at" Time: "its begin" => row.segment.began.time();
    11 "ended_at" Time: "its end; null while it is open" => row.segment.ended.map(|ended| ended.time());
    12 "service_level_target_time" WholeSeconds: "longest wait of an answer in time, of its policy" =>
        seconds(row.segment.policy.and_then(|policy: Policy| policy.target_secs));
    13 "service_level_target_percent" Number: "share of answers in time that its policy aims at" =>
        row.segment.policy.and_then(|policy| policy.target_percent);
    14 "service_level_abandon_time_threshold" WholeSeconds: "below it an abandoned wait does not count, of its policy" =>
        seconds(row.segment.policy.and_then(|policy| policy.abandon_threshold_secs));
    15 "service_level_event" Text: "`in_sla`, `not_in_sla` or `excluded`; null while it is open, or without a target" =>
        row.segment.verdict().map(|verdict| verdict.as_str());
    16 "event" Text: "how it ended: `answered`, `abandoned`, `timeout`, `overflow`, `transferred` or `deflected`" =>
        row.segment.outcome.map(QueueOutcome::as_str);
}

/// A queue segment with what held when it began.
struct Row<'v, 'a> {
    segment: &'v QueueSegment<'a>,
    menu: Option<&'a Menu>,
    lang: Option<&'a str>,
    transfer_cold: Option<bool>,
}

impl<'a> Row<'_, 'a> {
    fn transfer_id(&self) -> Option<&'a str> {
        self.segment.entered.transfer_id.as_deref()
    }
}

/// The rows of `queue_durations`.
pub(super) fn rows<'a>(views: &Views<'a>) -> Value<'a> {
    let of = |segment: &QueueSegment<'a>| {
        let position = segment.began.position;
        let transfer_id = segment.entered.transfer_id.as_deref();
        row(&Row {
            segment,
            menu: segment.entered.menu_path.as_ref().or_else(|| views.said.menu.after(position)),
            lang: segment.entered.lang.as_deref().or_else(|| views.said.lang.after(position)),
            transfer_cold: transfer_id.and_then(|transfer_id| views.transfers.is_cold(transfer_id)),
        })
    };
    Value::Rows(views.segments.queues.iter().map(of).collect())
}

/// A policy's seconds, which may have a fraction; beyond what a time can be they stand at its bounds.
fn seconds<'a>(seconds: Option<f64>) -> Value<'a> {
    whole(seconds.map(|seconds| Span::from_millis((seconds.trunc() as i64).saturating_mul(1_000))))
}
