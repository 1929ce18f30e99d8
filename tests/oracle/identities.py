"""The identities of snapshots.md, checked over all snapshots and live records of a corpus."""

from moments import ids, known
from snapshots import COUNTS, DISTRIBUTIONS, MEASURED

GAUGES = ("chats", "initial", "queued", "opened", "snoozed", "unassigned", "waitingReply", "inQueue", "handling")


def ms(seconds):
    return round(seconds * 1000)


def sums(value):
    """Every sum of `partition` of a snapshot: counts, verdicts, distribution counts and sums (ms)."""
    result = {f"{group}.{name}": value[group][name] for group, names in COUNTS.items() for name in names}
    for name in DISTRIBUTIONS:
        result[f"{name}.count"] = value["distributions"][name]["count"]
        result[f"{name}.sum"] = ms(value["distributions"][name]["sum"])
    return result


def added(many):
    result = {}
    for one in many:
        for name, item in one.items():
            result[name] = result.get(name, 0) + item
    return result


def without_zeros(one):
    return {name: item for name, item in one.items() if item}


def grouped(values, *names):
    result = {}
    for value in values:
        result.setdefault(tuple(value[name] for name in names), []).append(value)
    return result


def partition(values):
    for key, some in grouped(values, "channelId", "windowSize", "windowStart").items():
        of = {dimension: of_it for (dimension,), of_it in grouped(some, "dimension").items()}
        live = "live" in some[0]
        count = live_sums if live else sums
        whole = count(of["channel"][0])
        if len(of) != 5 or len(of["channel"]) != 1:
            yield f"{key}: dimensions {sorted(of)}"
        for dimension, of_it in of.items():
            total = added(map(count, of_it))
            if total != whole:
                yield f"{key} {dimension}: {without_zeros(total)}, the channel {without_zeros(whole)}"
            if live and (earliest(of_it) != earliest(of["channel"])):
                yield f"{key} {dimension}: earliest times"
            if live and dimension == "manager":
                agents = sum(value["live"]["agentsHandling"] for value in of_it)
                if agents != of["channel"][0]["live"]["agentsHandling"]:
                    yield f"{key}: agentsHandling"


def live_sums(value):
    return {name: value["live"][name] for name in GAUGES}


def earliest(values):
    return [
        min((value["live"][name] for value in values if value["live"][name] is not None), default=None)
        for name in ("oldestAskedAt", "oldestQueuedAt")
    ]


def totals(value):
    counts, csat = value["counts"], value["csat"]
    scores = [csat[f"score{n}"] for n in range(1, 6)]
    return (
        counts["missed"] == sum(value["missedByReason"].values())
        and csat["count"] == sum(scores)
        and csat["sum"] == sum(n * score for n, score in enumerate(scores, 1))
        and counts["reopened"] <= counts["opened"]
        and counts["replies"] == value["distributions"]["replyTime"]["count"]
    )


def outcomes(value):
    queue, level = value["queue"], value["serviceLevel"]
    ended = sum(queue[name] for name in COUNTS["queue"] if name not in ("queued", "left"))
    judged = sum(level[name] for name in COUNTS["serviceLevel"])
    return (
        queue["left"] == ended == judged
        and level["inSla"] <= queue["answered"]
        and queue["shortAbandoned"] <= level["excluded"]
    )


def in_operation(value):
    for name in MEASURED:
        plain, twin = (value["distributions"][name + suffix] for suffix in ("", "InOperation"))
        if plain["count"] != twin["count"]:
            return False
        if any(plain[key] is not None and twin[key] > plain[key] for key in plain):
            return False
    return True


def rollup(values):
    for key, some in grouped(values, "channelId", "dimension", "id").items():
        days = [value for value in some if value["windowSize"] == "1d"]
        for fine in ({"1h"}, {value["windowSize"] for value in some} - {"1h", "1d"}):
            parts = [value for value in some if value["windowSize"] in fine]
            for day in days:
                inside = [v for v in parts if day["windowStart"] <= v["windowStart"] and v["windowEnd"] <= day["windowEnd"]]
                if added(map(sums, inside)) != sums(day):
                    yield f"{key} {day['windowStart']}: not the sum of its {fine}"
            if added(map(sums, parts)) != added(map(sums, days)):
                yield f"{key}: the days are not all {fine}"


def open_segments(chats):
    """(channel, dimension, id) → open queue segments, those of expired chats among them."""
    found = {}
    for chat in chats:
        for segment in chat.segments:
            for dimension in ("channel", "medium", "queue"):
                if segment.end is None:
                    key = (known(chat.channel_id), dimension, ids(chat)[dimension])
                    found[key] = found.get(key, 0) + 1
    return found


def waiting(values, still):
    days = [value for value in values if value["windowSize"] == "1d"]
    found = {}
    for key, some in grouped(days, "channelId", "dimension", "id").items():
        if key[1] in ("channel", "medium", "queue"):
            queued, left = (sum(value["queue"][name] for value in some) for name in ("queued", "left"))
            found[key] = queued - left
    for key in set(found) | set(still):
        if found.get(key, 0) != still.get(key, 0):
            yield f"{key}: queued − left is {found.get(key, 0)}, open are {still.get(key, 0)}"


def states(value):
    live = value["live"]
    return (
        live["chats"] == live["initial"] + live["queued"] + live["opened"] + live["snoozed"]
        and live["agentsHandling"] <= live["handling"]
        and (live["oldestAskedAt"] is None) == (live["waitingReply"] == 0)
        and (live["oldestQueuedAt"] is None) == (live["inQueue"] == 0)
    )


def violations(contents, chats=None):
    """(identity, where) of all that does not hold in a map of key → content. `waiting` needs the chats."""
    values = list(contents.values())
    windows = [value for value in values if "live" not in value]
    found = [("partition", where) for where in partition(values)]
    for key, value in contents.items():
        for identity in (states,) if "live" in value else (totals, outcomes, in_operation):
            if not identity(value):
                found.append((identity.__name__, key))
    found += [("rollup", where) for where in rollup(windows)]
    if chats is not None:
        found += [("waiting", where) for where in waiting(windows, open_segments(chats))]
    return found
