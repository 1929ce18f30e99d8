//! Rows of the metric table: the chat resource.

use super::consumer::{CONSUMER_EVENT_DURATION, CONSUMER_HANDLE_DURATION};
use super::handles::HANDLE_DURATION;
use super::participants::PARTICIPANT;
use super::parts::{AGENT, END_USER, MENU, OFFER_EVENT, PHOTO, VIDEO, VIRTUAL_AGENT};
use super::queues::QUEUE_DURATION;
use super::transfers::TRANSFER;
use super::virtual_agents::{DEFLECTED_ESCALATION, VIRTUAL_AGENT_HANDLE_DURATION};
use super::{consumer, counted, handles, participants, parts, queues, status, virtual_agents, whole};
use crate::chat::metric::{Clock, Metric, Value, rows};

/// `session.md`, Chat resource.
pub(in crate::chat::metric) const ROWS: &[Metric] = rows! {
    300 "chat.id" @ "chat/id" Text: "chat id" => |facts| facts.chat_id.into();
    301 "chat.lang" @ "chat/lang" Text: "language, last told" => |facts| facts.views().said.lang.last().into();
    302 "chat.chat_type" @ "chat/chat_type" Text: "`sessionType` of `chat.created`" =>
        |facts| facts.told.created.and_then(|created| created.session_type.as_deref()).into();
    303 "chat.status" @ "chat/status" Text:
        "`queued`, `assigned`, `finished`, `failed`, `canceled` or `no_response`" => |facts| status::of_chat(facts).into();
    304 "chat.sub_status" @ "chat/sub_status" Text: "of the close; null unless the state is closed" =>
        |facts| status::close(facts).and_then(|closed| closed.sub_status.as_deref()).into();
    305 "chat.created_at" @ "chat/created_at" Time: "`chat.created`" => |facts| facts.fold.created_at.into();
    306 "chat.assigned_at" @ "chat/assigned_at" Time: "first assignment" => |facts| facts.first_assigned_at().into();
    307 "chat.ends_at" @ "chat/ends_at" Time: "`endedAt`" => |facts| facts.fold.ended_at().into();
    308 "chat.updated_at" @ "chat/updated_at" Time: "the last event" => |facts| facts.fold.updated_at().into();
    309 "chat.first_msg_sent_at" @ "chat/first_msg_sent_at" Time: "first public message" =>
        |facts| facts.views().said.first_msg_sent_at.into();
    310 "chat.last_msg_sent_at" @ "chat/last_msg_sent_at" Time: "last public message" =>
        |facts| facts.views().said.last_msg_sent_at.into();
    311 "chat.wait_duration" @ "chat/wait_duration" WholeSeconds: "deprecated: `queue_duration`" =>
        |facts| whole(facts.views().segments.queue_time());
    312 "chat.queue_duration" @ "chat/queue_duration" WholeSeconds: "Σ queue segments" =>
        |facts| whole(facts.views().segments.queue_time());
    313 "chat.chat_duration" @ "chat/chat_duration" WholeSeconds: "Σ handle segments, without wrap-up" =>
        |facts| whole(facts.views().handle_time(|segment| segment.chat_time));
    314 "chat.verified" @ "chat/verified" Flag: "whether the customer is verified, last told" =>
        |facts| facts.views().said.verified.into();
    315 "chat.rating" @ "chat/rating" Count: "rating of the last feedback, 1 to 5" =>
        |facts| counted(facts.views().said.rating);
    316 "chat.has_feedback" @ "chat/has_feedback" Flag: "whether there is feedback with a comment" =>
        |facts| facts.views().said.has_feedback.into();
    317 "chat.out_ticket_id" @ "chat/out_ticket_id" Text: "CRM ticket, last linked" =>
        |facts| facts.views().said.ticket.map(|ticket| &*ticket.out_ticket_id).into();
    318 "chat.out_ticket_url" @ "chat/out_ticket_url" Text: "where it is" =>
        |facts| facts.views().said.ticket.and_then(|ticket| ticket.out_ticket_url.as_deref()).into();
    319 "chat.finish_reason" @ "chat/finish_reason" Text: "of the close; null unless the state is closed" =>
        |facts| status::close(facts).and_then(|closed| closed.finish_reason.as_deref()).into();
    320 "chat.fail_reason" @ "chat/fail_reason" Text: "of the close; null unless the state is closed" =>
        |facts| status::close(facts).and_then(|closed| closed.fail_reason.as_deref()).into();
    321 "chat.message_count" @ "chat/message_count" Count: "public messages" =>
        |facts| facts.views().said.message_count.into();
    322 "chat.average_response_time" @ "chat/average_response_time" WholeSeconds: "average over answered turns" =>
        |facts| whole(facts.average_reply_time(facts.fold.episodes.turns(), Clock::Plain));
    323 "chat.longest_response_time" @ "chat/longest_response_time" WholeSeconds: "the longest answered turn" =>
        |facts| {
        whole(facts.fold.episodes.turns().iter().map(|turn| turn.answered_at.since(turn.asked_at)).max())
    };
    324 "chat.selected_menu" @ "chat/selected_menu" Json: "as last told" =>
        |facts| facts.views().said.selected_menu.map_or(Value::Null, Value::Json);
    325 "chat.menu_path" @ "chat/menu_path" Object(MENU):
        "the menu last told by `chat.updated`, `queue.entered` or `agent.connected`" =>
        |facts| parts::menu(facts.views().said.menu.last());
    326 "chat.agent_info" @ "chat/agent_info" Object(AGENT): "the last handling agent" =>
        |facts| handles::agent_info(facts.views());
    327 "chat.end_user" @ "chat/end_user" Object(END_USER): "of `chat.created`" =>
        |facts| parts::end_user(facts.told.created.and_then(|created| created.end_user.as_ref()));
    328 "chat.photos" @ "chat/photos" Rows(PHOTO): "photos added" => |facts| parts::photos(&facts.views().said);
    329 "chat.videos" @ "chat/videos" Rows(VIDEO): "videos added" => |facts| parts::videos(&facts.views().said);
    330 "chat.transfers" @ "chat/transfers" Rows(TRANSFER): "one row per transfer" =>
        |facts| facts.views().transfers.rows();
    331 "chat.participants" @ "chat/participants" Rows(PARTICIPANT): "one row per joining" =>
        |facts| participants::rows(facts.views());
    332 "chat.offer_type" @ "chat/offer_type" Text: "`cascade` or `direct`, of the last offer" =>
        |facts| facts.views().said.offers.last().map(|offered| offered.offer_type.as_str()).into();
    333 "chat.offer_events" @ "chat/offer_events" Rows(OFFER_EVENT): "one row per offer" =>
        |facts| parts::offer_events(&facts.views().said);
    334 "chat.handle_durations" @ "chat/handle_durations" Rows(HANDLE_DURATION): "one row per handle segment" =>
        handles::rows;
    335 "chat.queue_durations" @ "chat/queue_durations" Rows(QUEUE_DURATION): "one row per queue segment" =>
        |facts| queues::rows(facts.views());
    336 "chat.consumer_handle_durations" @ "chat/consumer_handle_durations" Rows(CONSUMER_HANDLE_DURATION):
        "one row for the customer's whole chat" => consumer::handle_rows;
    337 "chat.consumer_event_durations" @ "chat/consumer_event_durations" Rows(CONSUMER_EVENT_DURATION):
        "one row per `chat.csat_submitted`" => |facts| consumer::event_rows(facts.views());
    338 "chat.virtual_agent" @ "chat/virtual_agent" Object(VIRTUAL_AGENT): "the virtual agent last assigned or connected" =>
        |facts| parts::virtual_agent(facts.views().said.virtual_agent.last());
    339 "chat.virtual_agent_deflected_escalations" @ "chat/virtual_agent_deflected_escalations"
        Rows(DEFLECTED_ESCALATION): "one row per `va.escalated` with a deflection" =>
        |facts| virtual_agents::escalation_rows(facts.views());
    340 "chat.virtual_agent_handle_durations" @ "chat/virtual_agent_handle_durations"
        Rows(VIRTUAL_AGENT_HANDLE_DURATION): "one row per virtual agent's segment" =>
        |facts| virtual_agents::rows(facts.views());
};
