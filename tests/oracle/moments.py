"""Where a chat counts (snapshots.md): its moments, each with the ids that hold right after its event.

Everything is one flat list of `Part`s: at this event, under these ids, this path of the snapshot gets this value.
The rows of a record's `moments` and all snapshots are made of that list and of nothing else.
"""

from columns import SCALES
from definitions import (
    answered,
    answered_by,
    asked,
    assignee_after,
    first_active_at,
    first_answered,
    first_queue_out_at,
    managed_at,
    medium,
    member_handling_time,
    span,
    team_after,
    turns,
)
from envelope import show_time
from segments import policy_of, verdict_of


class Part:
    """`value` is a count, or of a distribution the duration in ms; `policy` only where a verdict counts."""

    def __init__(self, chat, place, path, value, manager=None, queue=None, policy=None):
        self.place, self.path, self.value, self.policy = place, path, value, policy
        self.at = chat.events[place].time
        self.team = known(team_after(chat, place))
        self.manager = known(assignee_after(chat, place) if manager is None else manager)
        self.queue = known(queue_entered_last(chat, place) if queue is None else queue)

    def is_duration(self):
        return self.path.startswith("distributions.")


def known(ident):
    """An empty id is unknown, too."""
    return None if ident == "" else ident


def queue_entered_last(chat, place):
    entries = [event for event in chat.events[: place + 1] if event.type == "queue.entered"]
    return entries[-1].get("queueId") if entries else None


def assigned_last(chat, place):
    """The manager of the last chat.assigned, also if unassigned since."""
    assigned = [event for event in chat.events[: place + 1] if event.type == "chat.assigned"]
    return assigned[-1].get("managerId") if assigned else None


# --- Counts ------------------------------------------------------------------------------------------
# Each gives the parts of some rows of the table.


def life(chat):
    """created; opened, reopened; closed; missed."""
    if chat.created:
        yield Part(chat, chat.events.index(chat.created), "counts.created", 1)
    for number, episode in enumerate(chat.episodes):
        yield Part(chat, episode.start, "counts.opened", 1)
        if number > 0:
            yield Part(chat, episode.start, "counts.reopened", 1)
    for place in sorted(chat.effective):
        event = chat.events[place]
        if event.type == "chat.closed":
            yield Part(chat, place, "counts.closed", 1)
        else:
            yield Part(chat, place, "counts.missed", 1)
            yield Part(chat, place, f"missedByReason.{event.get('reason')}", 1)


def handovers(chat):
    """reassigned; transferred."""
    before, seen = None, set()
    for place, event in enumerate(chat.events):
        if event.type == "chat.assigned":
            if before is not None and event.get("managerId") != before.get("managerId"):
                yield Part(chat, place, "counts.reassigned", 1)
            before = event
        elif event.type == "chat.transferred" and event.get("status") == "transferred":
            if event.get("transferId") not in seen:
                seen.add(event.get("transferId"))
                yield Part(chat, place, "counts.transferred", 1, (event.get("fromAgent") or {}).get("id"))


def messages(chat):
    for place, event in enumerate(chat.events):
        if event.type == "message.sent" and not event.get("private"):
            person = event.get("person")
            manager = person.get("id") if person["type"] == "manager" else None
            yield Part(chat, place, f"messages.{person['type']}", 1, manager)


def surveys(chat):
    for place, event in enumerate(chat.events):
        if event.type == "chat.csat_submitted":
            score = SCALES[event.get("scale")][event.get("choice") - 1]
            for path, value in (("csat.count", 1), ("csat.sum", score), (f"csat.score{score}", 1)):
                yield Part(chat, place, path, value, assigned_last(chat, place))


VERDICTS = {"in_sla": "inSla", "not_in_sla": "notInSla", "excluded": "excluded", None: "noPolicy"}


def queues(chat):
    """queue.queued; queue.left and its outcome; the verdict on the service level."""
    for segment in chat.segments:
        yield Part(chat, segment.start, "queue.queued", 1, queue=segment.queue)
        if segment.end is None:
            continue
        verdict = verdict_of(chat, segment)
        outcome = segment.outcome
        if outcome == "abandoned" and verdict == "excluded":
            outcome = "shortAbandoned"
        for path in ("queue.left", f"queue.{outcome}"):
            yield Part(chat, segment.end, path, 1, segment.manager, segment.queue)
        judged = policy_of(chat, segment) if verdict in ("in_sla", "not_in_sla") else None
        yield Part(chat, segment.end, f"serviceLevel.{VERDICTS[verdict]}", 1, segment.manager, segment.queue, judged)


# --- Distributions -------------------------------------------------------------------------------------


def both(chat, place, name, pair, manager=None, queue=None):
    """A value and its InOperation twin, at the same moment. Null counts nowhere."""
    for suffix, value in zip(("", "InOperation"), pair):
        if value is not None:
            yield Part(chat, place, f"distributions.{name}{suffix}", value, manager, queue)


def answers(chat):
    """replies, replyTime, timeToFirstAnswer, timeFromFirstActiveToFirstAnswer."""
    for turn in turns(chat):
        place = chat.events.index(turn.answer)
        yield Part(chat, place, "counts.replies", 1, answered_by(turn.answer))
        yield from both(chat, place, "replyTime", span(chat, turn.asked_at, turn.answered_at), answered_by(turn.answer))
    first = first_answered(chat)
    if first:
        place, who = chat.events.index(first), answered_by(first)
        yield from both(chat, place, "timeToFirstAnswer", span(chat, managed_at(chat), first.time), who)
        active = span(chat, first_active_at(chat), first.time)
        yield from both(chat, place, "timeFromFirstActiveToFirstAnswer", active, who)


def once(chat):
    """firstQueueTime, timeToFirstAssignment, memberHandlingTime, timeToClose."""
    if chat.segments and chat.segments[0].end is not None:
        segment = chat.segments[0]
        pair = span(chat, chat.events[segment.start].time, first_queue_out_at(chat))
        yield from both(chat, segment.end, "firstQueueTime", pair, segment.manager, segment.queue)
    assigned = chat.first("chat.assigned")
    if assigned:
        pair = span(chat, managed_at(chat), assigned.time)
        yield from both(chat, chat.events.index(assigned), "timeToFirstAssignment", pair)
    closes = chat.effective_events("chat.closed")
    if closes:
        first, last = chat.events.index(closes[0]), chat.events.index(closes[-1])
        yield from both(chat, first, "memberHandlingTime", member_handling_time(chat))
        yield from both(chat, last, "timeToClose", span(chat, managed_at(chat), closes[-1].time))


def parts(chat):
    return [part for table in (life, handovers, answers, messages, surveys, queues, once) for part in table(chat)]


# --- Present state ---------------------------------------------------------------------------------------


def pending_asked_at(chat):
    """The askedAt of the turn not yet answered, if the chat is in an episode; else None."""
    if not chat.episodes or chat.episodes[-1].end is not None:
        return None
    pending = None
    for place, event in enumerate(chat.events):
        if asked(event):
            pending = event if pending is None else pending
        elif answered(chat, event) or (event.type == "chat.closed" and place in chat.effective):
            pending = None
    return max(pending.time, chat.start_of(chat.episodes[-1])) if pending else None


# --- In the record ------------------------------------------------------------------------------------------


def bytes_of(ident):
    """Sorts null first, then text as UTF-8 bytes."""
    return b"" if ident is None else b"\x01" + ident.encode("utf-8")


def moment_rows(chat):
    """snapshots.md, In the record: one row per event and ids, messages left out."""
    rows = {}
    for part in parts(chat):
        if part.path.startswith("messages."):
            continue
        row = rows.setdefault(
            (part.place, bytes_of(part.manager), bytes_of(part.queue)),
            {"at": show_time(part.at), "team": part.team, "manager": part.manager, "queue": part.queue, "adds": {}},
        )
        assert part.path not in row["adds"]
        row["adds"][part.path] = part.value / 1000 if part.is_duration() else part.value
    return [rows[key] for key in sorted(rows)]


def ids(chat, part=None):
    """The five dimensions' ids of a part, or without one the chat's present ids."""
    end = len(chat.events) - 1
    return {
        "channel": known(chat.channel_id),
        "medium": known(medium(chat).get("type")),
        "team": part.team if part else known(team_after(chat, end)),
        "manager": part.manager if part else known(assignee_after(chat, end)),
        "queue": part.queue if part else known(queue_entered_last(chat, end)),
    }
