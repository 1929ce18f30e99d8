//! `status` of the chat resource and `session_status` of the session metadata (`session.md`).

use super::Views;
use crate::chat::fold::State;
use crate::chat::metric::Facts;
use crate::event::{ChatClosed, CloseStatus, MissedReason};

/// The statuses of a session that events lead to.
const QUEUED: (&str, u32) = ("queued", 1);
const ASSIGNED: (&str, u32) = ("assigned", 2);
const CONNECTED: (&str, u32) = ("connected", 5);
const FINISHED: (&str, u32) = ("finished", 8);
const FAILED: (&str, u32) = ("failed", 9);
const SELECTING: (&str, u32) = ("selecting", 12);
const VA_ASSIGNED: (&str, u32) = ("va_assigned", 13);
const VA_CONNECTED: (&str, u32) = ("va_connected", 14);

/// The statuses that no event leads to: a close may name them.
const NAMED: &[(&str, u32)] = &[
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
];

/// The effective close that made the state closed; none unless it is.
pub(super) fn close<'a>(facts: &Facts<'a>) -> Option<&'a ChatClosed> {
    facts.views().closed.filter(|_| facts.fold.state() == State::Closed)
}

/// `chat.status`.
pub(super) fn of_chat(facts: &Facts<'_>) -> &'static str {
    match facts.fold.state() {
        State::Initial | State::Queued => "queued",
        State::Opened | State::Snoozed if facts.fold.assignee_id().is_some() => "assigned",
        State::Opened | State::Snoozed => "queued",
        State::Closed => close(facts).map_or(CloseStatus::default(), |closed| closed.status).as_str(),
        State::Missed => match facts.fold.missed_reason {
            Some(MissedReason::UserLeft | MissedReason::AbandonedInQueue) => CloseStatus::Canceled.as_str(),
            Some(MissedReason::RingTimeOver | MissedReason::NoOperator) => CloseStatus::NoResponse.as_str(),
            _ => CloseStatus::Failed.as_str(),
        },
    }
}

/// `session_status` and `session_status_code`; none before the first event.
pub(super) fn of_session(facts: &Facts<'_>) -> Option<(&'static str, u32)> {
    facts.fold.updated_at()?;
    let views = facts.views();
    Some(match facts.fold.state() {
        State::Initial => SELECTING,
        State::Queued => QUEUED,
        State::Missed => FAILED,
        State::Closed => of_close(close(facts)),
        State::Opened | State::Snoozed if views.segments.handles.iter().any(|segment| segment.ended.is_none()) => {
            CONNECTED
        }
        State::Opened | State::Snoozed => of_open(facts, views),
    })
}

fn of_close(closed: Option<&ChatClosed>) -> (&'static str, u32) {
    let sub_status = closed.and_then(|closed| closed.sub_status.as_deref());
    if let Some(&named) = NAMED.iter().find(|(name, _)| Some(*name) == sub_status) {
        return named;
    }
    let status = closed.map_or(CloseStatus::default(), |closed| closed.status);
    if status == CloseStatus::Finished { FINISHED } else { FAILED }
}

/// Of a chat that is open and handled by no agent.
fn of_open(facts: &Facts<'_>, views: &Views<'_>) -> (&'static str, u32) {
    let virtual_agents = &views.segments.virtual_agents;
    if virtual_agents.iter().any(|segment| segment.ended.is_none()) {
        VA_CONNECTED
    } else if views.said.va_assigned_at.is_some() && virtual_agents.is_empty() {
        VA_ASSIGNED
    } else if facts.fold.assignee_id().is_some() {
        ASSIGNED
    } else {
        QUEUED
    }
}
