"""The small shapes and the rows of the platform views (session.md, Chat resource)."""

from definitions import answered_by, asked, questions, time_of, turns, updated_at
from envelope import show_time
from segments import duration, handle_segments, hold_of, policy_of, session_ends, va_segments, verdict_of, within, wrap_up_of


def whole(ms):
    """Durations here are whole seconds, truncated once, at the projection."""
    return None if ms is None else ms // 1000


def public(event):
    return event.type == "message.sent" and not event.get("private")


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
    """The member of the last event of that type: an event replaces all its type said before."""
    last = chat.last(kind)
    return last.get(name) if last else None


def last_given(chat, kind, name):
    """The member as it was given last; an event without it takes nothing back."""
    given = [event.get(name) for event in chat.events if event.type == kind and event.get(name) is not None]
    return given[-1] if given else None


# --- Rows -----------------------------------------------------------------------------------------------


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
            if answered_by(turn.answer) == segment.agent and within(segment, chat.events.index(turn.answer))
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
    policy = policy_of(chat, segment)
    return {
        "service_level_target_time": policy.get("targetSecs"),
        "service_level_target_percent": policy.get("targetPercent"),
        "service_level_abandon_time_threshold": policy.get("abandonThresholdSecs"),
        "service_level_event": verdict_of(chat, segment),
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
        elif session_ends(chat, place):
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
        finished = [e.time for n, e in enumerate(chat.events[:place]) if session_ends(chat, n)]
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
    """The meet that was started last and not yet ended; one that has ended is not started again (its row has both)."""
    before = [event for event in chat.events[:place] if event.type in ("meet.started", "meet.ended")]
    over = {event.get("meetId") for event in before if event.type == "meet.ended"}
    running = [event.get("meetId") for event in before if event.type == "meet.started" and event.get("meetId") not in over]
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
