"""All metric snapshots and live records of a corpus (snapshots.md), as one batch over its chats.

The content that every window and live record has in the end, without `revision`, as {"key", "value"} in the order of keys.
"""

from datetime import timedelta

from definitions import updated_at
from envelope import show_time
from hours import Channel
from moments import ids, known, parts, pending_asked_at
from segments import handle_segments

HOUR, MINUTE = 3_600_000, 60_000
COUNTS = {
    "counts": ("created", "opened", "reopened", "closed", "missed", "reassigned", "transferred", "replies"),
    "missedByReason": (
        "notInOperation", "noOperator", "abandonedInQueue", "ringTimeOver", "userLeft", "exceededQueue", "workflow",
    ),
    "messages": ("user", "manager", "bot"),
    "csat": ("count", "sum", "score1", "score2", "score3", "score4", "score5"),
    "queue": (
        "queued", "left", "answered", "abandoned", "shortAbandoned", "timeout", "overflow", "transferred", "deflected",
    ),
    "serviceLevel": ("inSla", "notInSla", "excluded", "noPolicy"),
}  # fmt: skip
MEASURED = (
    "timeToFirstAnswer", "timeFromFirstActiveToFirstAnswer", "replyTime", "firstQueueTime", "timeToFirstAssignment",
    "memberHandlingTime", "timeToClose",
)  # fmt: skip
DISTRIBUTIONS = [name + suffix for name in MEASURED for suffix in ("", "InOperation")]
LIVE_STATES = ("initial", "queued", "opened", "snoozed")


# --- Windows -----------------------------------------------------------------------------------------


def day_of(channel, at):
    """From 00:00 of a calendar date (gap: the gap's end, fold: the first of the two) to that of the next."""
    near = channel.local_date(at)
    for date in (near + timedelta(days=n) for n in (-1, 0, 1)):
        start, end = (channel.utc(day, 0, False) for day in (date, date + timedelta(days=1)))
        if start <= at < end:
            return start, end
    raise AssertionError("every instant lies in a day")


def windows(channel, at, minutes):
    """(size, start, end) of the three windows of an instant."""
    low, high = day_of(channel, at)
    hour = at - (at - low) % HOUR  # hours count in real time from the day's start; the last may be shorter
    minute = at - at % (minutes * MINUTE)
    return [
        (f"{minutes}m", minute, minute + minutes * MINUTE),
        ("1h", hour, min(hour + HOUR, high)),
        ("1d", low, high),
    ]


# --- Keys ----------------------------------------------------------------------------------------------


def escaped(ident):
    return "" if ident is None else ident.replace("%", "%25").replace("/", "%2F")


def key_of(channel_id, dimension, ident, *rest):
    return "/".join([escaped(channel_id), dimension, escaped(ident), *rest])


# --- Distributions -----------------------------------------------------------------------------------------


BUCKETS = {}


def bucket(ms):
    """The smallest whole i with v <= γ^i, γ = 101/99: in whole numbers v · 99^i <= 101^i. None: the zero bucket."""
    if ms == 0:
        return None
    if ms not in BUCKETS:
        low, high = -1, 2000  # γ^low < v <= γ^high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if ms * 99**middle <= 101**middle else (middle, high)
        BUCKETS[ms] = high
    return BUCKETS[ms]


def shown(index):
    """2γ^i / (γ + 1) = 0.99 · γ^i ms, rounded to the nearest millisecond, as seconds."""
    if index is None:
        return 0.0
    over, under = 99 * 101**index, 100 * 99**index
    return (2 * over + under) // (2 * under) / 1000


def distribution(values):
    result = {"count": len(values), "sum": sum(values) / 1000}
    ranked = sorted(values)  # a longer duration never lies in a lower bucket
    ranks = {"min": 1, "p50": 50, "p90": 90, "p95": 95, "p99": 99, "max": len(ranked)}
    for name, rank in ranks.items():
        if name.startswith("p"):
            rank = (rank * len(ranked) + 99) // 100
        result[name] = shown(bucket(ranked[rank - 1])) if ranked else None
    return result


# --- Snapshots ------------------------------------------------------------------------------------------------


def common(values):
    """The value that all have in common; null when they differ or have none."""
    found = set(values)
    value = found.pop() if len(found) == 1 else None
    return None if value is None else float(value)


def service_level(counted, judged):
    good, all_ = counted["inSla"], counted["inSla"] + counted["notInSla"]
    percent = common(part.policy.get("targetPercent") for part in judged)
    return {
        **counted,
        "percent": 100 * good / all_ if all_ else None,
        "targetSecs": common(part.policy.get("targetSecs") for part in judged),
        "targetPercent": percent,
        "met": None if percent is None else 100 * good >= percent * all_,
    }


def snapshot_content(some):
    """What a window shows of the parts that fell into it."""
    values = {}
    for part in some:
        values.setdefault(part.path, []).append(part.value)
    result = {
        group: {name: sum(values.get(f"{group}.{name}", [])) for name in names} for group, names in COUNTS.items()
    }
    judged = [part for part in some if part.policy is not None]
    result["serviceLevel"] = service_level(result["serviceLevel"], judged)
    result["distributions"] = {
        name: distribution(values.get(f"distributions.{name}", [])) for name in DISTRIBUTIONS
    }
    return result


def snapshots(chats, channels, as_of, update_window, minutes):
    fallen = {}
    for chat in chats:
        channel = channels.get(chat.channel_id) or Channel({})
        for part in parts(chat):
            for dimension, ident in ids(chat, part).items():
                for size, start, end in windows(channel, part.at, minutes):
                    window = (known(chat.channel_id), dimension, ident, size, start, end)
                    fallen.setdefault(window, []).append(part)
    for (channel_id, dimension, ident, size, start, end), some in fallen.items():
        yield {
            "key": key_of(channel_id, dimension, ident, size, show_time(start)),
            "value": {
                "channelId": channel_id,
                "dimension": dimension,
                "id": ident,
                "windowSize": size,
                "windowStart": show_time(start),
                "windowEnd": show_time(end),
                "schemaVersion": 1,
                "final": as_of is None or as_of >= end + update_window,
                **snapshot_content(some),
            },
        }


# --- Live ----------------------------------------------------------------------------------------------------------


def is_live(chat, as_of, idle_expiry):
    """While its state is no end, until it expires. Without an instant all time has passed."""
    return chat.state in LIVE_STATES and as_of is not None and as_of < updated_at(chat) + idle_expiry


def gauges(chats, agents):
    """`chats` are the live ones under the ids, `agents` the agents of the open handle segments under them."""
    waiting = [at for at in map(pending_asked_at, chats) if at is not None]
    queued = [chat.events[s.start].time for chat in chats for s in chat.segments if s.end is None]
    present = [(chat.state, ids(chat)["manager"]) for chat in chats]
    return {
        "chats": len(chats),
        **{state: sum(s == state for s, _ in present) for state in LIVE_STATES},
        "unassigned": sum(state != "initial" and assignee is None for state, assignee in present),
        "waitingReply": len(waiting),
        "oldestAskedAt": show_time(min(waiting, default=None)),
        "inQueue": len(queued),
        "oldestQueuedAt": show_time(min(queued, default=None)),
        "handling": len(agents),
        "agentsHandling": len(set(agents)),
    }


def live_records(chats, as_of, idle_expiry):
    under, handled = {}, {}
    for chat in chats:
        if not is_live(chat, as_of, idle_expiry):
            continue
        channel_id, agents = known(chat.channel_id), [s.agent for s in handle_segments(chat) if s.end is None]
        for dimension, ident in ids(chat).items():
            under.setdefault((channel_id, dimension, ident), []).append(chat)
            for agent in agents:
                # in the `manager` dimension under the segment's agent
                ident = known(agent) if dimension == "manager" else ident
                handled.setdefault((channel_id, dimension, ident), []).append(known(agent))
    for channel_id, dimension, ident in list(under) + [place for place in handled if place not in under]:
        place = (channel_id, dimension, ident)
        yield {
            "key": key_of(channel_id, dimension, ident, "live"),
            "value": {
                "channelId": channel_id,
                "dimension": dimension,
                "id": ident,
                "windowSize": "live",
                "windowStart": None,
                "windowEnd": None,
                "schemaVersion": 1,
                "live": gauges(under.get(place, []), handled.get(place, [])),
            },
        }


def everything(chats, channels, as_of=None, update_window=900_000, idle_expiry=30 * 86_400_000, minutes=1):
    found = list(snapshots(chats, channels, as_of, update_window, minutes))
    found += live_records(chats, as_of, idle_expiry)
    return sorted(found, key=lambda line: line["key"].encode("utf-8"))


# --- Comparing ---------------------------------------------------------------------------------------------------------


def is_empty(value):
    """Whether nothing is in it any more: it may have been published so, or never have been."""
    if "live" in value:
        return not any(value["live"].values())
    groups = [value[group].values() for group in COUNTS] + [one.values() for one in value["distributions"].values()]
    return not any(item for group in groups for item in group)


def last_contents(lines):
    """key → content: of lines with a revision the highest, else the last; what has become empty is left out."""
    best = {}
    for line in lines:
        before = best.get(line["key"], {})
        if line["value"].get("revision", 0) >= before.get("revision", 0):
            best[line["key"]] = line["value"]
    return {
        key: {name: item for name, item in value.items() if name != "revision"}
        for key, value in best.items()
        if not is_empty(value)
    }
