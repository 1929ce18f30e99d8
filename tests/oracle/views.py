"""The two platform views of session.md: `chat` and `sessionMetadata`. Durations are whole seconds, truncated once."""

from definitions import (
    asked,
    assignee_after,
    last_written,
    meet_direction,
    profile,
    questions,
    time_of,
    turns,
    updated_at,
)
from envelope import show_time
from hours import clipped, length, merged

CODES = {
    "scheduled": 0, "queued": 1, "assigned": 2, "connecting": 3, "switching": 4, "connected": 5, "finished": 8,
    "failed": 9, "recovered": 10, "deflected": 11, "selecting": 12, "va_assigned": 13, "va_connected": 14,
    "preview_pending": 15, "preview_ready": 16, "campaign_connecting": 17, "campaign_connected": 18, "requeued": 19,
    "predictive_waiting": 20, "progressive_waiting": 21, "preview_waiting": 22, "campaign_dialing": 23,
    "voicemail": 80, "voicemail_received": 81,
}  # fmt: skip
BY_EVENTS = {"queued", "assigned", "connected", "finished", "failed", "selecting", "va_assigned", "va_connected"}


def whole(ms):
    return None if ms is None else ms // 1000


def public(event):
    return event.type == "message.sent" and not event.get("private")


# --- Segments ------------------------------------------------------------------------------------


class Segment:
    """A handle or virtual-agent segment: places in the event list; `end` None while open."""

    def __init__(self, start, agent):
        self.start, self.agent, self.end, self.event = start, agent, None, None


def ends(chat, place):
    """Whether the event at this place is an effective close or miss."""
    return place in chat.effective


def close_status(event):
    return event.get("status") or "finished"


def handle_segments(chat):
    connects = chat.first("agent.connected") is not None
    result, opened = [], []

    def finish(segment, place, event):
        segment.end, segment.event = place, event
        opened.remove(segment)

    for place, event in enumerate(chat.events):
        kind, manager = event.type, event.get("managerId")
        if kind == "agent.disconnected":
            for segment in [s for s in opened if s.agent == manager]:
                finish(segment, place, event.get("event") or "disconnected")
        elif kind == "chat.transferred" and event.get("status") == "transferred":
            agent = (event.get("fromAgent") or {}).get("id")
            for segment in [s for s in opened if s.agent == agent]:
                finish(segment, place, "transferred")
        elif ends(chat, place):
            for segment in list(opened):
                finish(segment, place, "missed" if kind == "chat.missed" else close_status(event))
        elif kind == "chat.unassigned" and not connects:
            for segment in list(opened):
                finish(segment, place, "unassigned")
        elif kind == "chat.assigned" and not connects:
            for segment in [s for s in opened if s.agent != manager]:
                finish(segment, place, "reassigned")
        starts = kind == "agent.connected" or (
            kind == "chat.assigned" and not connects and chat.states[place] not in ("closed", "missed")
        )
        if starts and not any(s.agent == manager for s in opened):
            opened.append(Segment(place, manager))
            result.append(opened[-1])
    return result


def va_segments(chat):
    result, current = [], None
    first_agent = chat.first("agent.connected")
    for place, event in enumerate(chat.events):
        stops = event.type in ("va.escalated", "va.ended", "va.connected") or event is first_agent or ends(chat, place)
        if current and stops:
            current.end, current.event, current = place, event, None
        if event.type == "va.connected":
            current = Segment(place, event.get("virtualAgent"))
            result.append(current)
    return result


def span_of(chat, segment):
    """(start, end) in ms; a segment still open is measured to updatedAt."""
    end = updated_at(chat) if segment.end is None else chat.events[segment.end].time
    return chat.events[segment.start].time, end


def within(segment, place):
    return segment.start <= place and (segment.end is None or place <= segment.end)


def duration(chat, segment):
    start, end = span_of(chat, segment)
    return end - start


def hold_of(chat, segment):
    """The union of the agent's hold intervals inside its own segment."""
    low, high = span_of(chat, segment)
    holds = []
    for place, event in enumerate(chat.events):
        if event.type == "agent.held" and event.get("managerId") == segment.agent and within(segment, place):
            resumed = [
                e.time
                for e in chat.events[place:]
                if e.type == "agent.resumed" and e.get("managerId") == segment.agent
            ]
            holds.append((event.time, min(resumed[:1] + [high])))
    return length(clipped(merged(holds), low, high))


def wrap_up_of(chat, segment, segments):
    """The wrap-ups of this agent that start between this segment's start and its next segment's."""
    mine = [s for s in segments if s.agent == segment.agent]
    intervals = []
    for place, event in enumerate(chat.events):
        if event.type != "agent.wrap_up_started" or event.get("managerId") != segment.agent:
            continue
        earlier = [s for s in mine if s.start < place]
        if not earlier or earlier[-1] is not segment:
            continue
        stops = [
            e.time
            for e in chat.all("agent.wrap_up_ended")
            if e.get("managerId") == segment.agent and chat.before(event, e)
        ]
        stops += [chat.events[s.start].time for s in mine if s is not segment and chat.events[s.start].time >= event.time]
        intervals.append((event.time, min(stops, default=updated_at(chat))))
    return length(merged(intervals))


# --- Small shapes ------------------------------------------------------------------------------------


def menu_shape(menu):
    if not menu:
        return None
    path = menu.get("materializedPath")
    return {
        "items_count": None if path is None else len([step for step in path.split("/") if step.strip()]),
        "name": menu.get("name"),
        "materialized_path": path,
    }


def agent_shape(ident, agent):
    agent = agent or {}
    return {
        "id": ident,
        "name": agent.get("name"),
        "last_name": agent.get("lastName"),
        "first_name": agent.get("firstName"),
        "agent_number": agent.get("agentNumber"),
        "avatar_url": agent.get("avatarUrl"),
    }


def menu_at(chat, place):
    """The menu in force right after the event at this place: of chat.updated, queue.entered, agent.connected."""
    menu = None
    for event in chat.events[: place + 1]:
        if event.type == "chat.updated" and "menuPath" in event.data:
            menu = event.get("menuPath")
        elif event.type in ("queue.entered", "agent.connected") and event.get("menuPath"):
            menu = event.get("menuPath")
    return menu


def lang_at(chat, place):
    value = None
    for event in chat.events[: place + 1]:
        if event is chat.created and event.get("lang") is not None:
            value = event.get("lang")
        elif event.type == "chat.updated" and "lang" in event.data:
            value = event.get("lang")
    return value


def menu_columns(chat, place, own=None, lang=None):
    menu = own or menu_at(chat, place)
    return {
        "menu_path_id": menu["id"] if menu else None,
        "menu_path": menu_shape(menu),
        "lang": lang or lang_at(chat, place),
    }


def response_columns(lengths):
    total = sum(lengths)
    return {
        "response_count": len(lengths),
        "response_time_total": whole(total),
        "response_time_max": whole(max(lengths)) if lengths else None,
        "response_time_avg": total // len(lengths) // 1000 if lengths else None,
    }


def last_value(chat, kind, name):
    values = [event.get(name) for event in chat.all(kind) if event.get(name) is not None]
    return values[-1] if values else None


# --- Rows -----------------------------------------------------------------------------------------------


def answered_by(turn):
    event = turn.answer
    return event.get("managerId") if event.type == "meet.engaged" else event.get("person").get("id")


def transfer_to(chat, segment, segments):
    """The completed transfer to this agent that this segment began with."""
    start = chat.events[segment.start].time
    earlier = [chat.events[s.start].time for s in segments if s.agent == segment.agent and s.start < segment.start]
    found = [
        e
        for e in chat.all("chat.transferred")
        if e.get("status") == "transferred"
        and (e.get("toAgent") or {}).get("id") == segment.agent
        and e.time <= start
        and (not earlier or e.time > earlier[-1])
    ]
    return found[-1] if found else None


def handle_rows(chat):
    segments, rows = handle_segments(chat), []
    for segment in segments:
        begin = chat.events[segment.start]
        transfer = transfer_to(chat, segment, segments)
        mine = [
            turn.answered_at - turn.asked_at
            for turn in turns(chat)
            if answered_by(turn) == segment.agent and within(segment, chat.events.index(turn.answer))
        ]
        assigned = [
            e.time
            for e in chat.all("chat.assigned")
            if e.get("managerId") == segment.agent and chat.before(e, begin) and begin.type == "agent.connected"
        ]
        rows.append(
            {
                "id": begin.id,
                "agent_id": segment.agent,
                "acw_duration": whole(wrap_up_of(chat, segment, segments)),
                "chat_duration": whole(duration(chat, segment)),
                "wait_duration": whole(hold_of(chat, segment)),
                **menu_columns(chat, segment.start),
                "transfer": transfer is not None,
                "transfer_id": transfer.get("transferId") if transfer else None,
                "started_at": show_time(begin.time),
                "ended_at": show_time(None if segment.end is None else chat.events[segment.end].time),
                "event": segment.event,
                **response_columns(mine),
                "assigned_connection_duration": whole(begin.time - assigned[-1]) if assigned else None,
            }
        )
    return rows


def service_level(chat, segment):
    """session.md, Service level: the policy and the verdict."""
    start = chat.events[segment.start]
    policy = start.get("serviceLevel")
    if policy is None:
        policy = chat.channel.version(chat.channel.local_date(start.time), chat.channel.doc.get("serviceLevel") or [])
    policy = policy or {}
    target, threshold = policy.get("targetSecs"), policy.get("abandonThresholdSecs")
    verdict = None
    if segment.end is not None and target is not None:
        wait = duration(chat, segment)
        if segment.outcome == "answered":
            verdict = "in_sla" if wait <= target * 1000 else "not_in_sla"
        elif segment.outcome == "abandoned":
            short = threshold is not None and wait < threshold * 1000
            verdict = "excluded" if short else "not_in_sla"
        else:
            verdict = "excluded"
    return {
        "service_level_event": verdict,
        "service_level_target_time": target,
        "service_level_target_percent": policy.get("targetPercent"),
        "service_level_abandon_time_threshold": threshold,
    }


def queue_rows(chat):
    rows = []
    for segment in chat.segments:
        begin = chat.events[segment.start]
        transfer = begin.get("transferId")
        colds = [
            e.get("cold")
            for e in chat.all("chat.transferred")
            if transfer is not None and e.get("transferId") == transfer and e.get("cold") is not None
        ]
        rows.append(
            {
                "id": begin.id,
                "agent_id": segment.manager,
                "queue_duration": whole(duration(chat, segment)),
                **menu_columns(chat, segment.start, begin.get("menuPath"), begin.get("lang")),
                "transfer": transfer is not None,
                "transfer_id": transfer,
                "transfer_cold": colds[-1] if colds else None,
                "started_at": show_time(begin.time),
                "ended_at": show_time(None if segment.end is None else chat.events[segment.end].time),
                **service_level(chat, segment),
                "event": segment.outcome,
            }
        )
    return rows


def consumer_row(chat):
    asks = questions(chat)
    start = asks[0].time if asks else None
    end = updated_at(chat) if chat.ended_at is None else chat.ended_at
    pending, lengths = None, []
    for place, event in enumerate(chat.events):
        if asked(event):
            if pending is not None:
                lengths.append(event.time - pending)
            pending = None
        elif public(event) and event.get("person")["type"] == "manager":
            pending = event.time if pending is None else pending
        elif ends(chat, place):
            pending = None
    return {
        "id": asks[0].id if asks else None,
        "chat_duration": None if start is None or end < start else whole(end - start),
        "message_count": len(asks),
        **response_columns(lengths),
        "started_at": show_time(start),
        "ended_at": show_time(chat.ended_at),
    }


def csat_rows(chat):
    rows = []
    for place, event in enumerate(chat.events):
        if event.type != "chat.csat_submitted":
            continue
        requests = [e.time for e in chat.events[:place] if e.type == "chat.csat_requested"]
        finished = [e.time for n, e in enumerate(chat.events[:place]) if ends(chat, n)]
        start = (requests or finished or [None])[-1]
        rows.append(
            {
                "id": event.id,
                "type": "csat",
                "event": "finished",
                "duration": None if start is None else whole(event.time - start),
                **menu_columns(chat, place),
                "started_at": show_time(start),
                "ended_at": show_time(event.time),
            }
        )
    return rows


def va_rows(chat):
    rows = []
    for segment in va_segments(chat):
        begin, last = chat.events[segment.start], segment.event
        rows.append(
            {
                "id": begin.id,
                "chat_duration": whole(duration(chat, segment)),
                "escalation_reason": last.get("reason") if last and last.type == "va.escalated" else None,
                "response_count": last.get("responseCount") if last and last.type == "va.ended" else None,
                "response_time_total": None,
                "response_time_max": None,
                "response_time_avg": None,
                "fallback_response_count": last.get("fallbackCount") if last and last.type == "va.ended" else None,
                "initiated_by": begin.get("initiatedBy"),
                **menu_columns(chat, segment.start),
                "transfer": False,
                "transfer_id": None,
                "started_at": show_time(begin.time),
                "ended_at": show_time(None if segment.end is None else chat.events[segment.end].time),
            }
        )
    return rows


def virtual_agent_at(chat, place):
    named = [e.get("virtualAgent") for e in chat.events[: place + 1] if e.type in ("va.assigned", "va.connected")]
    return {"id": named[-1]["id"], "name": named[-1].get("name")} if named else None


def escalation_rows(chat):
    return [
        {
            "id": event.id,
            "deflection": event.get("deflection"),
            "escalation_reason": event.get("reason"),
            "escalated_at": show_time(event.time),
            **menu_columns(chat, place, event.get("menuPath")),
            "virtual_agent": virtual_agent_at(chat, place),
        }
        for place, event in enumerate(chat.events)
        if event.type == "va.escalated" and event.get("deflection") is not None
    ]


def transfer_rows(chat):
    rows = []
    steps = chat.all("chat.transferred")
    for ident in dict.fromkeys(step.get("transferId") for step in steps):
        mine = [step for step in steps if step.get("transferId") == ident]

        def given(name):
            values = [step.get(name) for step in mine if step.get(name) is not None]
            return values[-1] if values else None

        def agent(name):
            return agent_shape(given(name)["id"], given(name)) if given(name) else None

        rows.append(
            {
                "id": ident,
                "status": mine[-1].get("status"),
                "fail_reason": mine[-1].get("failReason"),
                "created_at": show_time(mine[0].time),
                "from_menu": menu_shape(given("fromMenu")),
                "to_menu": menu_shape(given("toMenu")),
                "from_agent": agent("fromAgent"),
                "to_agent": agent("toAgent"),
            }
        )
    return rows


def call_at(chat, place):
    """The meet that was started last and not yet ended."""
    running = []
    for event in chat.events[:place]:
        if event.type in ("meet.started", "meet.ended"):
            running = [meet for meet in running if meet != event.get("meetId")]
            if event.type == "meet.started":
                running.append(event.get("meetId"))
    return running[-1] if running else None


def participant_rows(chat):
    rows = []
    segments = handle_segments(chat)
    for place, joined in enumerate(chat.events):
        if joined.type != "participant.joined":
            continue
        ident = joined.get("participantId")
        later = [
            e
            for e in chat.events[place + 1:]
            if e.type.startswith("participant.") and e.get("participantId") == ident
        ]
        left = later[0] if later and later[0].type == "participant.left" else None
        named = [s for s in segments if chat.events[s.start].get("participantId") == ident]
        rows.append(
            {
                "id": ident,
                "type": joined.get("type"),
                "status": (left and left.get("status")) or joined.get("status"),
                "call_id": call_at(chat, place),
                "user_id": joined.get("userId"),
                "end_user_id": joined.get("endUserId"),
                "connected_at": show_time(joined.time),
                "ended_at": show_time(time_of(left)),
                "call_duration": whole(left.time - joined.time) if left else None,
                "hold_duration": whole(sum(hold_of(chat, s) for s in named)) if named else None,
                "fail_reason": (left and left.get("failReason")) or joined.get("failReason"),
            }
        )
    return rows


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
    deflections = [e.get("deflection") for e in chat.all("queue.left", "va.escalated") if e.get("deflection")]
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
        "recording_url": last_value(chat, "chat.recording_set", "url"),
        "support_phone_number": chat.of_created("supportNumber"),
        "outbound_number": chat.of_created("outboundNumber"),
        "menu_path": menu_shape(menu),
        "menu_path_id": menu["id"] if menu else None,
        "queue_priority": last_written(chat, "queuePriority"),
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
