//! The virtual agents' part: `virtual_agent_handle_durations[]` and `virtual_agent_deflected_escalations[]`
//! (`session.md`, Chat resource).

use super::parts::{self, MENU, VIRTUAL_AGENT};
use super::said::Said;
use super::{Views, counted, whole};
use crate::chat::metric::shape;
use crate::chat::metric::value::Value;
use crate::chat::segment::{Edge, VirtualAgentSegment};
use crate::event::{EventData, Menu, VaEscalated, VirtualAgent};

shape! {
    VIRTUAL_AGENT_HANDLE_DURATION "VirtualAgentHandleDuration"
        "`session.md`, Chat resource: `virtual_agent_handle_durations[]`";
    fn row(segment: &VirtualAgentSegment<'f>, menu: Option<&'f Menu>, lang: Option<&'f str>);
    1 "id" Text: "id of the event that began it" => &*segment.began.event.id;
    2 "chat_duration" WholeSeconds: "its length; to the last event while it is open" => whole(segment.length);
    3 "escalation_reason" Text: "why it handed over" => escalation(segment).map(|escalated| &*escalated.reason);
    4 "response_count" Count: "its responses, as its end told" => counted(told(segment).0);
    5 "response_time_total" WholeSeconds: "not told by any event" => Value::Null;
    6 "response_time_max" WholeSeconds: "not told by any event" => Value::Null;
    7 "response_time_avg" WholeSeconds: "not told by any event" => Value::Null;
    8 "fallback_response_count" Count: "its responses for want of a better one, as its end told" =>
        counted(told(segment).1);
    9 "initiated_by" Text: "as its begin told" => segment.connected.initiated_by.as_deref();
    10 "menu_path_id" Text: "the menu in force when it began" => menu.map(|menu| &*menu.id);
    11 "menu_path" Object(MENU): "the same" => parts::menu(menu);
    12 "lang" Text: "the language in force when it began" => lang;
    13 "transfer" Flag: "false" => false;
    14 "transfer_id" Text: "null" => Value::Null;
    15 "started_at" Time: "its begin" => segment.began.time();
    16 "ended_at" Time: "its end; null while it is open" => segment.ended.map(|ended| ended.time());
}

shape! {
    DEFLECTED_ESCALATION "DeflectedEscalation"
        "`session.md`, Chat resource: `virtual_agent_deflected_escalations[]`";
    fn escalation_row(escalation: &Escalation<'f>);
    1 "id" Text: "id of the escalation" => &*escalation.edge.event.id;
    2 "deflection" Text: "where to" => escalation.deflection;
    3 "escalation_reason" Text: "why" => &*escalation.escalated.reason;
    4 "escalated_at" Time: "when" => escalation.edge.time();
    5 "menu_path_id" Text: "its menu, else the one in force" => escalation.menu.map(|menu| &*menu.id);
    6 "menu_path" Object(MENU): "the same" => parts::menu(escalation.menu);
    7 "lang" Text: "the language in force" => escalation.lang;
    8 "virtual_agent" Object(VIRTUAL_AGENT): "who had the chat last" =>
        parts::virtual_agent(escalation.virtual_agent);
}

/// A `va.escalated` with a deflection.
#[derive(Debug)]
pub(super) struct Escalation<'a> {
    edge: Edge<'a>,
    escalated: &'a VaEscalated,
    deflection: &'a str,
    menu: Option<&'a Menu>,
    lang: Option<&'a str>,
    virtual_agent: Option<&'a VirtualAgent>,
}

impl<'a> Escalation<'a> {
    /// What an event was, `said` being all that was said so far.
    pub fn of(edge: Edge<'a>, said: &Said<'a>) -> Option<Escalation<'a>> {
        let EventData::VaEscalated(escalated) = &edge.event.data else {
            return None;
        };
        Some(Escalation {
            edge,
            escalated,
            deflection: escalated.deflection.as_deref()?,
            menu: escalated.menu_path.as_ref().or(said.menu.last()),
            lang: said.lang.last(),
            virtual_agent: said.virtual_agent.last(),
        })
    }
}

/// The rows of `virtual_agent_handle_durations`.
pub(super) fn rows<'a>(views: &Views<'a>) -> Value<'a> {
    let of = |segment: &VirtualAgentSegment<'a>| {
        let position = segment.began.position;
        row(segment, views.said.menu.after(position), views.said.lang.after(position))
    };
    Value::Rows(views.segments.virtual_agents.iter().map(of).collect())
}

/// The rows of `virtual_agent_deflected_escalations`.
pub(super) fn escalation_rows<'a>(views: &Views<'a>) -> Value<'a> {
    Value::Rows(views.escalations.iter().map(escalation_row).collect())
}

/// The handover that ended a segment.
fn escalation<'a>(segment: &VirtualAgentSegment<'a>) -> Option<&'a VaEscalated> {
    match &segment.ended?.event.data {
        EventData::VaEscalated(escalated) => Some(escalated),
        _ => None,
    }
}

/// The counts of responses and fallbacks that the end of a segment told.
fn told(segment: &VirtualAgentSegment<'_>) -> (Option<i64>, Option<i64>) {
    match segment.ended.map(|ended| &ended.event.data) {
        Some(EventData::VaEnded(ended)) => (ended.response_count, ended.fallback_count),
        _ => (None, None),
    }
}
