"""The two platform views of session.md: `chat` and `sessionMetadata`."""

from columns import profile
from definitions import assignee_after, last_written, meet_direction, time_of, turns, updated_at
from envelope import show_time
from rows import (
    agent_shape,
    consumer_row,
    csat_rows,
    escalation_rows,
    handle_rows,
    last_given,
    last_value,
    menu_at,
    menu_shape,
    participant_rows,
    public,
    queue_rows,
    transfer_rows,
    va_rows,
    virtual_agent_at,
    whole,
)
from segments import close_status, duration, handle_segments, hold_of, va_segments, wrap_up_of

CODES = {
    "scheduled": 0, "queued": 1, "assigned": 2, "connecting": 3, "switching": 4, "connected": 5, "finished": 8,
    "failed": 9, "recovered": 10, "deflected": 11, "selecting": 12, "va_assigned": 13, "va_connected": 14,
    "preview_pending": 15, "preview_ready": 16, "campaign_connecting": 17, "campaign_connected": 18, "requeued": 19,
    "predictive_waiting": 20, "progressive_waiting": 21, "preview_waiting": 22, "campaign_dialing": 23,
    "voicemail": 80, "voicemail_received": 81,
}  # fmt: skip
BY_EVENTS = {"queued", "assigned", "connected", "finished", "failed", "selecting", "va_assigned", "va_connected"}


# --- The chat resource --------------------------------------------------------------------------------------


def closing(chat):
    """The close the chat is closed by; None unless the state is closed."""
    closes = chat.effective_events("chat.closed")
    return closes[-1] if chat.state == "closed" and closes else None


def status(chat):
    if chat.state == "closed":
        return close_status(closing(chat))
    if chat.state == "missed":
        reason = chat.effective_events("chat.missed")[-1].get("reason")
        return {
            "userLeft": "canceled",
            "abandonedInQueue": "canceled",
            "ringTimeOver": "no_response",
            "noOperator": "no_response",
        }.get(reason, "failed")
    has_assignee = assignee_after(chat, len(chat.events) - 1) is not None
    return "assigned" if chat.state in ("opened", "snoozed") and has_assignee else "queued"


def agent_info(chat):
    segments = handle_segments(chat)
    if not segments:
        return None
    agent = segments[-1].agent
    known = [e.get("agent") for e in chat.all("chat.assigned") if e.get("managerId") == agent and e.get("agent")]
    return agent_shape(agent, known[-1] if known else None)


def verified(chat):
    value = None
    for event in chat.events:
        if event is chat.created or (event.type == "chat.smart_action" and event.get("kind") == "verification"):
            value = value if event.get("verified") is None else event.get("verified")
        elif event.type == "chat.updated" and "verified" in event.data:
            value = event.get("verified")
    return value


def chat_view(chat):
    end = len(chat.events) - 1
    messages = [event.time for event in chat.events if public(event)]
    replies = [turn.answered_at - turn.asked_at for turn in turns(chat)]
    queued = whole(sum(duration(chat, segment) for segment in chat.segments))
    user, closed = chat.of_created("endUser"), closing(chat)
    media = chat.all("chat.media_added")
    return {
        "id": chat.id,
        "lang": last_written(chat, "lang"),
        "chat_type": chat.of_created("sessionType"),
        "status": status(chat),
        "sub_status": closed.get("subStatus") if closed else None,
        "created_at": show_time(time_of(chat.created)),
        "assigned_at": show_time(time_of(chat.first("chat.assigned"))),
        "ends_at": show_time(chat.ended_at),
        "updated_at": show_time(updated_at(chat)),
        "first_msg_sent_at": show_time(messages[0] if messages else None),
        "last_msg_sent_at": show_time(messages[-1] if messages else None),
        "wait_duration": queued,
        "queue_duration": queued,
        "chat_duration": whole(sum(duration(chat, segment) for segment in handle_segments(chat))),
        "verified": verified(chat),
        "rating": last_value(chat, "chat.feedback", "rating"),
        "has_feedback": any(event.get("comment") is not None for event in chat.all("chat.feedback")),
        "out_ticket_id": last_value(chat, "chat.ticket_linked", "outTicketId"),
        "out_ticket_url": last_value(chat, "chat.ticket_linked", "outTicketUrl"),
        "finish_reason": closed.get("finishReason") if closed else None,
        "fail_reason": closed.get("failReason") if closed else None,
        "message_count": len(messages),
        "average_response_time": sum(replies) // len(replies) // 1000 if replies else None,
        "longest_response_time": whole(max(replies)) if replies else None,
        "selected_menu": last_written(chat, "selectedMenu"),
        "menu_path": menu_shape(menu_at(chat, end)),
        "agent_info": agent_info(chat),
        "end_user": {"id": user["id"], "identifier": user.get("identifier"), "out_contact_id": user.get("outContactId")}
        if user
        else None,
        "photos": [
            {"id": e.get("id"), "photo_type": e.get("photoType"), "url": e.get("url")}
            for e in media
            if e.get("kind") == "photo"
        ],
        "videos": [{"id": e.get("id"), "url": e.get("url")} for e in media if e.get("kind") == "video"],
        "transfers": transfer_rows(chat),
        "participants": participant_rows(chat),
        "offer_type": last_value(chat, "chat.offered", "offerType"),
        "offer_events": [
            {"group": e.get("group"), "casting_time": e.get("castingTime")} for e in chat.all("chat.offered")
        ],
        "handle_durations": handle_rows(chat),
        "queue_durations": queue_rows(chat),
        "consumer_handle_durations": [consumer_row(chat)],
        "consumer_event_durations": csat_rows(chat),
        "virtual_agent": virtual_agent_at(chat, end),
        "virtual_agent_deflected_escalations": escalation_rows(chat),
        "virtual_agent_handle_durations": va_rows(chat),
    }


# --- Session metadata -------------------------------------------------------------------------------------------


def session_status(chat):
    closed = closing(chat)
    if closed:
        named = closed.get("subStatus")
        if named in CODES and named not in BY_EVENTS:
            return named
        return "finished" if close_status(closed) == "finished" else "failed"
    if chat.state in ("missed", "initial", "queued"):
        return {"missed": "failed", "initial": "selecting", "queued": "queued"}[chat.state]
    if any(segment.end is None for segment in handle_segments(chat)):
        return "connected"
    if any(segment.end is None for segment in va_segments(chat)):
        return "va_connected"
    if chat.first("va.assigned") and not chat.first("va.connected"):
        return "va_assigned"
    return "assigned" if assignee_after(chat, len(chat.events) - 1) is not None else "queued"


def session_metadata(chat):
    segments = handle_segments(chat)
    menu = menu_at(chat, len(chat.events) - 1)
    calls = [e for e in chat.all("meet.engaged") if meet_direction(chat, e.get("meetId")) == "INBOUND"]
    connected = chat.first("agent.connected") or next(iter(calls), None)
    actions = {event.get("kind") for event in chat.all("chat.smart_action")}
    disposition = chat.last("chat.disposition_set")
    deflections = [e.get("deflection") for e in chat.all("queue.left", "va.escalated") if e.get("deflection") is not None]
    current = profile(chat)
    return {
        "lang": last_written(chat, "lang"),
        "session_id": chat.id,
        "session_type": chat.of_created("sessionType"),
        "session_status": session_status(chat),
        "session_status_code": CODES[session_status(chat)],
        "created_at": show_time(time_of(chat.created)),
        "queued_at": show_time(time_of(chat.first("queue.entered"))),
        "assigned_at": show_time(time_of(chat.first("chat.assigned"))),
        "connected_at": show_time(time_of(connected)),
        "ended_at": show_time(chat.ended_at),
        "scheduled_at": None,
        "updated_at": show_time(updated_at(chat)),
        "handle_duration": whole(sum(duration(chat, s) + wrap_up_of(chat, s, segments) for s in segments)),
        "hold_duration": whole(sum(hold_of(chat, s) for s in segments)),
        "answer_type": "human" if segments else "virtual" if va_segments(chat) else None,
        "out_ticket_id": last_value(chat, "chat.ticket_linked", "outTicketId"),
        "out_ticket_url": last_value(chat, "chat.ticket_linked", "outTicketUrl"),
        "recording_permission": last_value(chat, "chat.recording_set", "permission"),
        "recording_url": last_given(chat, "chat.recording_set", "url"),
        "support_phone_number": chat.of_created("supportNumber"),
        "outbound_number": chat.of_created("outboundNumber"),
        "menu_path": menu_shape(menu),
        "menu_path_id": menu["id"] if menu else None,
        "queue_priority": queue_priority(chat),
        "csat": current["csat"],
        "csat_comment": current["csatComment"],
        "va_assigned_at": show_time(time_of(chat.first("va.assigned"))),
        "va_connected_at": show_time(time_of(chat.first("va.connected"))),
        "smart_actions": {
            "verification": "verification" in actions,
            "photos": "photo" in actions,
            "videos": "video" in actions,
            "text": "text" in actions,
        },
        "agent_info": agent_info(chat),
        "transfers": transfer_rows(chat),
        "deflection": deflections[-1] if deflections else None,
        "disposition": {"codes": disposition.get("codes"), "notes": disposition.get("notes")} if disposition else None,
        "in_call_messages": [
            {"channel": e.get("channel"), "direction": e.get("direction"), "sent_at": show_time(e.time)}
            for e in chat.all("chat.in_call_message")
        ],
        "participants": participant_rows(chat),
    }


def queue_priority(chat):
    """Reading 32: the last of chat.updated, which may clear it, and queue.entered."""
    value = None
    for event in chat.events:
        if event.type == "chat.updated" and "queuePriority" in event.data:
            value = event.get("queuePriority")
        elif event.type == "queue.entered" and event.get("priority") is not None:
            value = event.get("priority")
    return value
