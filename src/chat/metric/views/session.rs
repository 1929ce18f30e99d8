//! Rows of the metric table: the session metadata.

use super::participants::PARTICIPANT;
use super::parts::{AGENT, DISPOSITION, IN_CALL_MESSAGE, MENU, SMART_ACTIONS};
use super::transfers::TRANSFER;
use super::{counted, handles, participants, parts, status, whole};
use crate::chat::metric::{Metric, Value, rows};

/// `session.md`, Session metadata.
pub(in crate::chat::metric) const ROWS: &[Metric] = rows! {
    400 "sessionMetadata.lang" @ "sessionMetadata/lang" Text: "language, last told" =>
        |facts| facts.views().said.lang.last().into();
    401 "sessionMetadata.session_id" @ "sessionMetadata/session_id" Text: "chat id" => |facts| facts.chat_id.into();
    402 "sessionMetadata.session_type" @ "sessionMetadata/session_type" Text: "`sessionType` of `chat.created`" =>
        |facts| facts.told.created.and_then(|created| created.session_type.as_deref()).into();
    403 "sessionMetadata.session_status" @ "sessionMetadata/session_status" Text: "the platform's word for the state" =>
        |facts| status::of_session(facts).map(|(name, _)| name).into();
    404 "sessionMetadata.session_status_code" @ "sessionMetadata/session_status_code" Count: "its code" =>
        |facts| status::of_session(facts).map(|(_, code)| code).into();
    405 "sessionMetadata.created_at" @ "sessionMetadata/created_at" Time: "`chat.created`" =>
        |facts| facts.fold.created_at.into();
    406 "sessionMetadata.queued_at" @ "sessionMetadata/queued_at" Time: "first `queue.entered`" =>
        |facts| facts.fold.queue.entered_at().into();
    407 "sessionMetadata.assigned_at" @ "sessionMetadata/assigned_at" Time: "first assignment" =>
        |facts| facts.first_assigned_at().into();
    408 "sessionMetadata.connected_at" @ "sessionMetadata/connected_at" Time:
        "first `agent.connected`, else first inbound `meet.engaged`" =>
        |facts| facts.views().said.agent_connected_at.or(facts.views().said.engaged_at).into();
    409 "sessionMetadata.ended_at" @ "sessionMetadata/ended_at" Time: "`endedAt`" =>
        |facts| facts.fold.ended_at().into();
    410 "sessionMetadata.scheduled_at" @ "sessionMetadata/scheduled_at" Time: "null: no event schedules" =>
        |_| Value::Null;
    411 "sessionMetadata.updated_at" @ "sessionMetadata/updated_at" Time: "the last event" =>
        |facts| facts.fold.updated_at().into();
    412 "sessionMetadata.handle_duration" @ "sessionMetadata/handle_duration" WholeSeconds:
        "Σ handle segments with their wrap-ups" =>
        |facts| whole(facts.views().handle_time(|segment| segment.chat_time + segment.wrap_up));
    413 "sessionMetadata.hold_duration" @ "sessionMetadata/hold_duration" WholeSeconds: "Σ holds inside handle segments" =>
        |facts| whole(facts.views().handle_time(|segment| segment.hold));
    414 "sessionMetadata.answer_type" @ "sessionMetadata/answer_type" Text:
        "`human` if an agent handled it, else `virtual` if a virtual agent did" => |facts| {
        let segments = &facts.views().segments;
        match (segments.handles.is_empty(), segments.virtual_agents.is_empty()) {
            (false, _) => "human".into(),
            (true, false) => "virtual".into(),
            (true, true) => Value::Null,
        }
    };
    415 "sessionMetadata.out_ticket_id" @ "sessionMetadata/out_ticket_id" Text: "CRM ticket, last linked" =>
        |facts| facts.views().said.ticket.map(|ticket| &*ticket.out_ticket_id).into();
    416 "sessionMetadata.out_ticket_url" @ "sessionMetadata/out_ticket_url" Text: "where it is" =>
        |facts| facts.views().said.ticket.and_then(|ticket| ticket.out_ticket_url.as_deref()).into();
    417 "sessionMetadata.recording_permission" @ "sessionMetadata/recording_permission" Text:
        "`granted`, `denied` or `not_asked`, last told" =>
        |facts| facts.views().said.recording_permission.map(|permission| permission.as_str()).into();
    418 "sessionMetadata.recording_url" @ "sessionMetadata/recording_url" Text PII: "where the recording is, last told" =>
        |facts| facts.views().said.recording_url.into();
    419 "sessionMetadata.support_phone_number" @ "sessionMetadata/support_phone_number" Text PII:
        "`supportNumber` of `chat.created`" =>
        |facts| facts.told.created.and_then(|created| created.support_number.as_deref()).into();
    420 "sessionMetadata.outbound_number" @ "sessionMetadata/outbound_number" Text PII:
        "`outboundNumber` of `chat.created`" =>
        |facts| facts.told.created.and_then(|created| created.outbound_number.as_deref()).into();
    421 "sessionMetadata.menu_path" @ "sessionMetadata/menu_path" Object(MENU):
        "the menu last told by `chat.updated`, `queue.entered` or `agent.connected`" =>
        |facts| parts::menu(facts.views().said.menu.last());
    422 "sessionMetadata.menu_path_id" @ "sessionMetadata/menu_path_id" Text: "its id" =>
        |facts| facts.views().said.menu.last().map(|menu| &*menu.id).into();
    423 "sessionMetadata.queue_priority" @ "sessionMetadata/queue_priority" Count:
        "priority in the queue, last told by `queue.entered` or `chat.updated`" =>
        |facts| counted(facts.views().said.queue_priority);
    424 "sessionMetadata.csat" @ "sessionMetadata/csat" Number: "`profile.csat`" =>
        |facts| facts.told.profile.csat.into();
    425 "sessionMetadata.csat_comment" @ "sessionMetadata/csat_comment" Text PII: "`profile.csatComment`" =>
        |facts| facts.told.profile.csat_comment.clone().into();
    426 "sessionMetadata.va_assigned_at" @ "sessionMetadata/va_assigned_at" Time: "first `va.assigned`" =>
        |facts| facts.views().said.va_assigned_at.into();
    427 "sessionMetadata.va_connected_at" @ "sessionMetadata/va_connected_at" Time: "first `va.connected`" =>
        |facts| facts.views().said.va_connected_at.into();
    428 "sessionMetadata.smart_actions" @ "sessionMetadata/smart_actions" Object(SMART_ACTIONS):
        "which smart actions happened" => |facts| parts::smart_actions(&facts.views().said);
    429 "sessionMetadata.agent_info" @ "sessionMetadata/agent_info" Object(AGENT): "the last handling agent" =>
        |facts| handles::agent_info(facts.views());
    430 "sessionMetadata.transfers" @ "sessionMetadata/transfers" Rows(TRANSFER): "one row per transfer" =>
        |facts| facts.views().transfers.rows();
    431 "sessionMetadata.deflection" @ "sessionMetadata/deflection" Text:
        "last told by `queue.left` or `va.escalated`" => |facts| facts.views().said.deflection.into();
    432 "sessionMetadata.disposition" @ "sessionMetadata/disposition" Object(DISPOSITION): "last set" =>
        |facts| parts::disposition(facts.views().said.disposition);
    433 "sessionMetadata.in_call_messages" @ "sessionMetadata/in_call_messages" Rows(IN_CALL_MESSAGE):
        "one row per in-call text" => |facts| parts::in_call_messages(&facts.views().said);
    434 "sessionMetadata.participants" @ "sessionMetadata/participants" Rows(PARTICIPANT): "one row per joining" =>
        |facts| participants::rows(facts.views());
};
