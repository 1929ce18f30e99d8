//! `handle_durations[]`: one row per agent's segment (`session.md`, Chat resource).

use std::collections::BTreeMap;

use super::parts::{self, Agent, MENU};
use super::{Responses, Views, whole};
use crate::chat::metric::value::Value;
use crate::chat::metric::{Facts, shape};
use crate::chat::segment::HandleSegment;
use crate::event::Menu;
use crate::time::{Span, Timestamp};

shape! {
    HANDLE_DURATION "HandleDuration" "`session.md`, Chat resource: `handle_durations[]`";
    fn row(row: &Row<'_, 'f>);
    1 "id" Text: "id of the event that began it" => &*row.segment.began.event.id;
    2 "agent_id" Text: "the agent" => row.segment.agent_id;
    3 "acw_duration" WholeSeconds: "the agent's wrap-up behind it" => whole(row.segment.wrap_up);
    4 "chat_duration" WholeSeconds: "its length; to the last event while it is open" => whole(row.segment.chat_time);
    5 "wait_duration" WholeSeconds: "the holds inside it" => whole(row.segment.hold);
    6 "menu_path_id" Text: "its menu, else the one in force when it began" => row.menu.map(|menu| &*menu.id);
    7 "menu_path" Object(MENU): "the same" => parts::menu(row.menu);
    8 "lang" Text: "the language in force when it began" => row.lang;
    9 "transfer" Flag: "whether a transfer to the agent led to it" => row.transfer_id.is_some();
    10 "transfer_id" Text: "which one" => row.transfer_id;
    11 "started_at" Time: "its begin" => row.segment.began.time();
    12 "ended_at" Time: "its end; null while it is open" => row.segment.ended.map(|ended| ended.time());
    13 "event" Text: "how it ended: as the event told, or `disconnected`, `transferred`, `reassigned`, `unassigned`, \
        `missed`, or the status of the close" => row.segment.how;
    14 "response_count" Count: "turns the agent answered in it" => row.responses.count;
    15 "response_time_total" WholeSeconds: "Σ over these turns (answered − asked)" => whole(row.responses.total);
    16 "response_time_max" WholeSeconds: "the longest of them" => whole(row.responses.max);
    17 "response_time_avg" WholeSeconds: "their average" => whole(row.responses.average());
    18 "assigned_connection_duration" WholeSeconds: "from the agent's last assignment before it to its connection" =>
        whole(row.assigned_connection);
}

/// A handle segment with what held when it began and what happened in it.
struct Row<'v, 'a> {
    segment: &'v HandleSegment<'a>,
    menu: Option<&'a Menu>,
    lang: Option<&'a str>,
    transfer_id: Option<&'a str>,
    responses: Responses,
    assigned_connection: Option<Span>,
}

/// The rows of `handle_durations`.
pub(super) fn rows<'a>(facts: &Facts<'a>) -> Value<'a> {
    let views = facts.views();
    let mut previous: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let of = |segment: &HandleSegment<'a>| {
        let (position, at) = (segment.began.position, segment.began.time());
        let own_menu = segment.connected.and_then(|connected| connected.menu_path.as_ref());
        let assigned_at = segment.connected.and_then(|_| views.said.assigned_before(segment.agent_id, position));
        row(&Row {
            segment,
            menu: own_menu.or_else(|| views.said.menu.after(position)),
            lang: views.said.lang.after(position),
            transfer_id: views.transfers.to_agent(segment.agent_id, at, previous.insert(segment.agent_id, at)),
            responses: responses(facts, segment),
            assigned_connection: assigned_at.map(|assigned_at| at.since(assigned_at)),
        })
    };
    Value::Rows(views.segments.handles.iter().map(of).collect())
}

/// The last handling agent.
pub(super) fn agent_info<'a>(views: &Views<'a>) -> Value<'a> {
    let last = views.segments.handles.last().map(|segment| segment.agent_id);
    parts::agent(last.map(|id| Agent::named(id, views.said.agents.get(id).copied())))
}

/// The turns that the segment's agent answered in it.
fn responses(facts: &Facts<'_>, segment: &HandleSegment<'_>) -> Responses {
    let (turns, answered_by) = (facts.fold.episodes.turns(), &facts.views().answered_by);
    let began = turns.partition_point(|turn| (turn.answer as usize) < segment.began.position);
    let is_inside = |answer: u32| segment.ended.is_none_or(|ended| (answer as usize) < ended.position);
    let mut responses = Responses::default();
    let since = turns[began..].iter().zip(&answered_by[began..]);
    for (turn, agent_id) in since.take_while(|(turn, _)| is_inside(turn.answer)) {
        if *agent_id == Some(segment.agent_id) {
            responses.add(turn.answered_at.since(turn.asked_at));
        }
    }
    responses
}
