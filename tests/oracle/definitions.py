"""The definitions of metrics.md, each by its own little function over the events of one chat in canonical order.

`Chat` walks the events once for what the words *state*, *episode*, *effective* and *queue segment* say about each other;
everything else is derived anew from the event list. Times and durations are ms; `columns.py` renders them.
"""

from hours import Channel, clipped, length, minus

DAY = 86_400_000


class Episode:
    def __init__(self, start):
        self.start, self.end = start, None  # places in the event list; None: still open


class QueueSegment:
    def __init__(self, start, queue):
        self.start, self.queue = start, queue
        self.end, self.outcome, self.by, self.manager = None, None, None, None


class Chat:
    """The events of a chat in canonical order, with its channel document and the instant for which it is folded."""

    def __init__(self, ident, events, channels, due):
        self.id = ident
        self.events = sorted(events, key=lambda event: event.key)
        self.due = due
        self.created = self.first("chat.created")
        self.channel_id = channel_id(self)
        self.channel = channels.get(self.channel_id) or Channel({})
        self.walk()

    # -- reading the list

    def all(self, *types):
        return [event for event in self.events if event.type in types]

    def first(self, *types):
        return next(iter(self.all(*types)), None)

    def last(self, *types):
        found = self.all(*types)
        return found[-1] if found else None

    def before(self, a, b):
        """Whether event a stands before event b in canonical order."""
        return a.key < b.key

    def of_created(self, name):
        return self.created.get(name) if self.created else None

    # -- metrics.md, Words: state, episode, effective; session.md, Segments: queue

    def walk(self):
        state, came_from, episode, segment = "initial", "initial", None, None
        self.state_at, self.ended_at = None, None
        self.effective, self.states = set(), []
        self.episodes, self.segments = [], []
        for place, event in enumerate(self.events):
            before, kind = state, event.type
            if kind == "queue.entered":
                if state != "queued":
                    came_from = state
                state = "queued"
                if segment:
                    self.finish(segment, place, "transferred", "entry")
                segment = QueueSegment(place, event.get("queueId"))
                self.segments.append(segment)
            elif kind == "queue.left":
                lent = self.ended_by_entry_at(event)
                if lent:
                    lent.outcome = event.get("outcome")
                elif segment and event.get("queueId") in (None, segment.queue):
                    self.finish(segment, place, event.get("outcome"), "left")
                    segment.manager = event.get("managerId")
                    segment = None
                    if state == "queued":
                        state = "opened" if episode else came_from
            elif kind == "chat.opened":
                state = "opened"
                if not episode:
                    episode = Episode(place)
                    self.episodes.append(episode)
            elif kind == "chat.snoozed" and episode:
                state = "snoozed"
            elif kind == "chat.assigned" and episode and state == "queued":
                state = "opened"
            elif kind in ("chat.missed", "chat.closed"):
                wanted = kind[len("chat."):]
                if state != wanted:
                    self.effective.add(place)
                    state = wanted
                    if episode:
                        episode.end, episode = place, None
                    if segment:
                        self.finish(segment, place, "abandoned", "end")
                        segment = None
            self.states.append(state)
            # finalization.md: e is the time of the event that last changed the state to closed or missed.
            if state != before:
                self.ended_at = event.time if state in ("closed", "missed") else None
        self.state = state

    def finish(self, segment, place, outcome, by):
        segment.end, segment.outcome, segment.by = place, outcome, by

    def ended_by_entry_at(self, left):
        """events.md, queue.left: that queue's segment, if an entry of the same millisecond has already ended it."""
        for segment in reversed(self.segments):
            if segment.by == "entry" and segment.queue == left.get("queueId"):
                if self.events[segment.end].time == left.time:
                    return segment
        return None

    def effective_events(self, kind):
        return [event for place, event in enumerate(self.events) if event.type == kind and place in self.effective]

    def inside(self, episode, place):
        return episode.start <= place and (episode.end is None or place <= episode.end)

    def episode_at(self, place):
        return next((e for e in self.episodes if self.inside(e, place)), None)

    def start_of(self, episode):
        return self.events[episode.start].time

    def end_of(self, episode):
        return None if episode.end is None else self.events[episode.end].time

    def is_closed(self, episode):
        return episode.end is not None and self.events[episode.end].type == "chat.closed"


def time_of(event):
    return event.time if event else None


# --- Words ------------------------------------------------------------------------------------


def asked(event):
    """metrics.md, Words: a public message.sent by a user."""
    return event.type == "message.sent" and not event.get("private") and event.get("person")["type"] == "user"


def answered(chat, event):
    """metrics.md, Words: a public message.sent by a manager, or meet.engaged of an inbound meet."""
    if event.type == "meet.engaged":
        return meet_direction(chat, event.get("meetId")) == "INBOUND"
    return event.type == "message.sent" and not event.get("private") and event.get("person")["type"] == "manager"


def meet_direction(chat, meet):
    """A meet without direction has the chat's."""
    own = [e.get("direction") for e in chat.all("meet.started") if e.get("meetId") == meet]
    return (own[0] if own else None) or direction(chat)


def questions(chat):
    return [event for event in chat.events if asked(event)]


class Turn:
    def __init__(self, question, asked_at, answer, episode):
        self.question, self.asked_at, self.answer, self.episode = question, asked_at, answer, episode
        self.answered_at = answer.time


def turns(chat):
    """metrics.md, Words: the answered turns."""
    result, pending = [], None
    for place, event in enumerate(chat.events):
        if asked(event):
            pending = pending or event
        elif answered(chat, event):
            episode = chat.episode_at(place)
            if pending and episode:
                result.append(Turn(pending, max(pending.time, chat.start_of(episode)), event, episode))
            pending = None
        elif event.type == "chat.closed" and place in chat.effective:
            pending = None
    return result


def answered_by(answer):
    """Who answered: of a message its person, of a call its managerId; None if the event names none."""
    return answer.get("managerId") if answer.type == "meet.engaged" else answer.get("person").get("id")


def snoozed_intervals(chat):
    """metrics.md, Words: within episodes, to the next opened, closed or missed; an unfinished one to updatedAt."""
    result, since = [], None
    for place, event in enumerate(chat.events):
        if event.type == "chat.snoozed" and chat.episode_at(place) and since is None:
            since = event.time
        elif event.type in ("chat.opened", "chat.closed", "chat.missed") and since is not None:
            result.append((since, event.time))
            since = None
    if since is not None:
        result.append((since, updated_at(chat)))
    return result


# --- Identity and description -------------------------------------------------------------------


def channel_id(chat):
    """events.md, Envelope: of chat.created; without it the first one named in canonical order."""
    if chat.created:
        return chat.created.get("channelId")
    return next((e.get("channelId") for e in chat.events if e.get("channelId") is not None), None)


def started_on(chat):
    """metrics.md, managedAt: the question the assistant started on, or None when it is firstAlfStartedAt itself."""
    alf, opening = chat.first("chat.alf_started"), chat.first("chat.opened")
    earlier = [q for q in questions(chat) if q.time <= alf.time and not q.get("answersWorkflow")]
    if earlier:
        return earlier[-1]
    later = [q for q in questions(chat) if q.time > alf.time and (not opening or chat.before(q, opening))]
    return later[0] if later else None


def managed_at(chat):
    alf, opening = chat.first("chat.alf_started"), chat.first("chat.opened")
    if alf and (not opening or chat.before(alf, opening)):
        question = started_on(chat)
        return question.time if question else alf.time
    return time_of(opening)


def last_written(chat, name):
    """The last writer wins, field by field: chat.created as the first writer at its place, chat.updated may clear."""
    value = None
    for event in chat.events:
        if event is chat.created and event.get(name) is not None:
            value = event.get(name)
        elif event.type == "chat.updated" and name in event.data:
            value = event.get(name)
    return value


def tags(chat):
    result = []
    for event in chat.all("chat.tagged"):
        for name in event.get("add") or []:
            if name not in result:
                result.append(name)
        result = [name for name in result if name not in (event.get("remove") or [])]
    return result


def direction(chat):
    return (chat.of_created("direction") or "INBOUND") if chat.created else None


def medium(chat):
    if not chat.created:
        return {}
    return {"type": "native", **(chat.of_created("medium") or {})}


def sync(chat):
    if chat.of_created("sync"):
        return chat.of_created("sync")
    return "sync" if medium(chat).get("type") == "phone" or chat.first("meet.started") else "async"


def assignee_after(chat, place):
    """The assignee right after the event at this place."""
    value = None
    for event in chat.events[: place + 1]:
        if event.type == "chat.assigned":
            value = event.get("managerId")
        elif event.type == "chat.unassigned":
            value = None
    return value


def assignee_at_first_close(chat):
    closes = chat.effective_events("chat.closed")
    return assignee_after(chat, chat.events.index(closes[0])) if closes else None


def team_after(chat, place):
    """The team right after the event at this place."""
    value = None
    for event in chat.events[: place + 1]:
        if event.type == "chat.team_assigned":
            value = event.get("teamId")
        elif event.type == "chat.assigned" and event.get("teamId") is not None:
            value = event.get("teamId")
    return value


def team_id(chat):
    return team_after(chat, len(chat.events) - 1)


def missed_reason(chat):
    misses = chat.effective_events("chat.missed")
    return misses[-1].get("reason") if misses else None


def goal(chat):
    last = chat.last("chat.goal_set")
    checked = None
    for event in chat.all("chat.goal_set"):
        if event.get("state") != "achieved":
            checked = None
        elif checked is None:
            checked = event.time
    return {
        "goalState": last.get("state") if last else None,
        "goalCheckedAt": checked,
        "goalEventName": last.get("eventName") if last else None,
    }


def app_messenger(chat):
    name = medium(chat).get("name")
    if medium(chat).get("type") != "app" or name is None:
        return None
    return name[len("app~"):] if name.startswith("app~") else name


def source(chat):
    given = chat.of_created("source") or {}
    marketing = given.get("marketing") or {}
    return {
        "workflow": {"id": given.get("workflowId")},
        "marketing": {"type": marketing.get("type"), "id": marketing.get("id")},
    }


# --- Flags and counts ---------------------------------------------------------------------------


def reopen_count(chat):
    return max(0, len(chat.episodes) - 1)


def reassignment_count(chat):
    managers = [event.get("managerId") for event in chat.all("chat.assigned")]
    return sum(1 for a, b in zip(managers, managers[1:]) if a != b)


# --- Times ----------------------------------------------------------------------------------------


def updated_at(chat):
    return chat.events[-1].time


def first_asked_at(chat):
    asks = questions(chat)
    first = asks[0].time if asks else None
    if chat.first("chat.workflow_started"):
        answers = [q for q in asks if q.get("answersWorkflow")]
        if answers:
            first = answers[0].time
    if medium(chat).get("type") == "phone":
        calls = [e for e in chat.all("meet.started") if (e.get("direction") or direction(chat)) == "INBOUND"]
        if calls and (first is None or calls[0].time < first):
            first = calls[0].time
    return first


def silence_at(chat):
    """metrics.md, firstAlfEndedAt: the end of the first 24 h of silence, whether or not it has come yet."""
    alf = chat.first("chat.alf_started")
    if not alf:
        return None
    start = started_on(chat)
    if start:
        moments = [q.time for q in questions(chat) if not chat.before(q, start)]
    else:
        moments = [alf.time] + [q.time for q in questions(chat) if q.time > alf.time]
    for place, moment in enumerate(moments):
        followed = place + 1 < len(moments) and moments[place + 1] <= moment + DAY
        if not followed and moment + DAY > alf.time:
            return moment + DAY
    return None


def first_alf_ended_at(chat):
    alf = chat.first("chat.alf_started")
    if not alf:
        return None
    ends = [e.time for e in chat.all("chat.alf_ended") if chat.before(alf, e)]
    ends += [e.time for e in chat.all("chat.opened") if e.get("by") == "alf" and chat.before(alf, e)]
    silence = silence_at(chat)
    # finalization.md: it enters when its 24 h end is at or before the due time.
    if silence is not None and silence <= chat.due:
        ends.append(silence)
    return min(ends, default=None)


def first_queue_out_at(chat):
    if not chat.segments or chat.segments[0].end is None:
        return None
    return chat.events[chat.segments[0].end].time


def first_active_at(chat):
    entries, assigned = chat.all("queue.entered"), chat.first("chat.assigned")
    if entries and (assigned is None or any(entry.time <= assigned.time for entry in entries)):
        return time_of(assigned)
    return time_of(chat.first("chat.opened"))


def first_answered(chat):
    """The event of firstAnsweredAt."""
    for place, event in enumerate(chat.events):
        if not answered(chat, event) or not chat.episode_at(place):
            continue
        if direction(chat) == "OUTBOUND" and not any(asked(e) for e in chat.events[:place]):
            continue
        return event
    return None


# --- Durations --------------------------------------------------------------------------------------
# Each gives a pair (plain, in operation), in ms.


def pair_of(chat, pieces):
    """The sum over some spans: real time, operating time."""
    return sum(b - a for a, b in pieces), sum(chat.channel.op(a, b) for a, b in pieces)


def span(chat, start, end):
    """end − start; null when one of them is missing or when it would be negative."""
    if start is None or end is None or end < start:
        return None, None
    return pair_of(chat, [(start, end)])


def average(total, count):
    """Truncated to the millisecond; an average over nothing is null."""
    return total // count if count else None


def total_reply_time(chat, some=None):
    return pair_of(chat, [(turn.asked_at, turn.answered_at) for turn in (turns(chat) if some is None else some)])


def avg_reply_time(chat, some=None):
    some = turns(chat) if some is None else some
    plain, twin = total_reply_time(chat, some)
    return average(plain, len(some)), average(twin, len(some))


def without_snooze(chat, start, end):
    """end − start − the snoozed time inside it; in operation: the span minus (snoozed ∪ closed hours)."""
    if start is None or end is None or end < start:
        return None, None
    awake = minus([(start, end)], snoozed_intervals(chat)) if start < end else []
    return pair_of(chat, awake)


def member_handling_time(chat):
    closes = chat.effective_events("chat.closed")
    return without_snooze(chat, first_active_at(chat), time_of(closes[0]) if closes else None)


def active_at(chat, episode):
    """metrics.md, firstMemberHandlingTime: activeAtᵢ."""
    if episode is chat.episodes[0]:
        return first_active_at(chat)
    start, end = chat.start_of(episode), chat.end_of(episode)
    entries = [e.time for e in chat.all("queue.entered")]
    assigned = [
        e.time for place, e in enumerate(chat.events) if e.type == "chat.assigned" and chat.inside(episode, place)
    ]
    if assigned:
        return assigned[0] if any(start <= entry <= assigned[0] for entry in entries) else start
    if any(start <= entry and (end is None or entry <= end) for entry in entries):
        return None
    return start


def first_member_handling_time(chat):
    parts = [without_snooze(chat, active_at(chat, e), chat.end_of(e)) for e in chat.episodes if chat.is_closed(e)]
    parts = [part for part in parts if part[0] is not None]
    if not parts:
        return None, None
    return sum(part[0] for part in parts), sum(part[1] for part in parts)
