"""Segments (session.md): handle, hold, wrap-up and virtual agent; queue segments come from `Chat`. Service level."""

from definitions import updated_at
from hours import clipped, length, merged


def ends(chat, place):
    """Whether the event at this place is an effective close or miss."""
    return place in chat.effective


def session_ends(chat, place):
    """Whether the event at this place changed the state to closed or missed (finalization.md): a queue.left may, too."""
    return place in chat.session_ends


class Segment:
    """A handle or virtual-agent segment: places in the event list; `end` None while open."""

    def __init__(self, start, agent):
        self.start, self.agent, self.end, self.event = start, agent, None, None


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
                own = event.get("event")
                finish(segment, place, "disconnected" if own is None else own)
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
    for place, event in enumerate(chat.events):
        stops = event.type in ("va.escalated", "va.ended", "va.connected", "agent.connected") or ends(chat, place)
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


# --- Service level, per queue segment ---------------------------------------------------------------


def policy_of(chat, segment):
    """The segment's own, else the channel's in force on the date (channel zone) of its start, else none: {}."""
    start = chat.events[segment.start]
    if start.get("serviceLevel") is not None:
        return start.get("serviceLevel")
    versions = chat.channel.doc.get("serviceLevel") or []
    return chat.channel.version(chat.channel.local_date(start.time), versions) or {}


def verdict_of(chat, segment):
    """`in_sla`, `not_in_sla`, `excluded`; None without a target or while the segment is open."""
    policy = policy_of(chat, segment)
    target, threshold = policy.get("targetSecs"), policy.get("abandonThresholdSecs")
    if segment.end is None or target is None:
        return None
    wait = duration(chat, segment)
    if segment.outcome == "answered":
        return "in_sla" if wait <= target * 1000 else "not_in_sla"
    if segment.outcome == "abandoned":
        return "excluded" if threshold is not None and wait < threshold * 1000 else "not_in_sla"
    return "excluded"
