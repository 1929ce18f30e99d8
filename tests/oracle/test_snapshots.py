"""Moments, snapshots and live records (snapshots.md): the example, small stories, and the identities over corpora.

    python3 -m unittest discover -s tests/oracle
"""

import copy
import json
import math
import pathlib
import random
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import corpus  # noqa: E402
import oracle  # noqa: E402
from envelope import Event, parse_time, show_time  # noqa: E402
from hours import Channel  # noqa: E402
from identities import violations  # noqa: E402
from moments import moment_rows  # noqa: E402
from snapshots import COUNTS, DISTRIBUTIONS, bucket, day_of, distribution, everything, last_contents, shown, windows  # noqa: E402
from test_views import OPENED, created, says, story  # noqa: E402
from views import chat_view  # noqa: E402

EMPTY = {"count": 0, "sum": 0.0, "min": None, "p50": None, "p90": None, "p95": None, "p99": None, "max": None}
# snapshots.md, The record: golden case 02.
EXAMPLE = {
    "channelId": "c1", "dimension": "queue", "id": "q1", "windowSize": "1h",
    "windowStart": "2026-03-02T09:00:00.000Z", "windowEnd": "2026-03-02T10:00:00.000Z", "schemaVersion": 1, "final": True,
    "counts": {"created": 0, "opened": 0, "reopened": 0, "closed": 2, "missed": 2, "reassigned": 0, "transferred": 0, "replies": 0},
    "missedByReason": {"notInOperation": 0, "noOperator": 0, "abandonedInQueue": 2, "ringTimeOver": 0, "userLeft": 0,
                       "exceededQueue": 0, "workflow": 0},
    "messages": {"user": 0, "manager": 1, "bot": 0},
    "csat": {"count": 0, "sum": 0, "score1": 0, "score2": 0, "score3": 0, "score4": 0, "score5": 0},
    "queue": {"queued": 5, "left": 5, "answered": 2, "abandoned": 1, "shortAbandoned": 1, "timeout": 0, "overflow": 1,
              "transferred": 0, "deflected": 0},
    "serviceLevel": {"inSla": 1, "notInSla": 2, "excluded": 2, "noPolicy": 0, "percent": 33.333333333333336,
                     "targetSecs": 20.0, "targetPercent": 80.0, "met": False},
}  # fmt: skip


def of_corpus(seed, chats, as_of=None, shuffle=None):
    """(chats, channels) of a corpus, its lines once more shuffled and repeated."""
    events, directory = corpus.corpus(seed, chats)
    if shuffle is not None:
        events = events + shuffle.sample(events, len(events) // 4)
        shuffle.shuffle(events)
    inputs = oracle.Inputs(as_of)
    for line in directory:
        inputs.directory_line(line.encode())
    for line in events:
        try:
            inputs.event_line(line.encode())
        except oracle.Bad as bad:
            assert bad.reason == "time_in_future", bad
    return oracle.chats_of(inputs), inputs.channels


class Example(unittest.TestCase):
    def test_of_the_specification(self):
        case = json.loads((HERE.parent / "golden" / "02-queue-assignment-service-level.json").read_text(encoding="utf-8"))
        inputs = oracle.Inputs()
        for key, value in case["directory"].items():
            inputs.directory_line(json.dumps({"key": key, "value": value}).encode())
        for event in case["events"]:
            inputs.event_line(json.dumps(event).encode())
        lines = everything(oracle.chats_of(inputs), inputs.channels)
        value = last_contents(lines)["c1/queue/q1/1h/2026-03-02T09:00:00.000Z"]
        distributions = value.pop("distributions")
        self.assertEqual(list(value), list(EXAMPLE))
        self.assertEqual(json.dumps(value), json.dumps(EXAMPLE))
        self.assertEqual(len(distributions), 14)
        expected = {"count": 5, "sum": 80.0, "min": 4.965, "p50": 20.136, "p90": 30.04, "p95": 30.04, "p99": 30.04, "max": 30.04}
        self.assertEqual(distributions["firstQueueTime"], expected)
        self.assertEqual(distributions["replyTimeInOperation"], EMPTY)


class Moments(unittest.TestCase):
    def adds(self, *lines, **more):
        return [(row["at"][17:23], row["team"], row["manager"], row["queue"], row["adds"]) for row in moment_rows(story(*lines, **more))]

    def test_the_ids_right_after_the_event(self):
        rows = self.adds(
            created(),
            OPENED,
            (2, "chat.team_assigned", {"teamId": "t1"}),
            (3, "queue.entered", {"queueId": "q1"}),
            (4, "chat.assigned", {"managerId": "A"}),
            (5, "queue.entered", {"queueId": "q2"}),
            (6, "chat.unassigned", {}),
            (6, "chat.team_assigned", {"teamId": None}),
            (7, "chat.csat_submitted", {"scale": 3, "choice": 2}),
            (8, "chat.transferred", {"transferId": "t", "status": "transferred", "fromAgent": {"id": "B"}}),
            (9, "chat.transferred", {"transferId": "t", "status": "transferred", "fromAgent": {"id": "C"}}),
            (10, "chat.closed", {"by": "manager", "managerId": "Z"}),
        )
        self.assertEqual(rows[1], ("01.000", None, None, None, {"counts.opened": 1}))
        self.assertEqual(rows[2], ("03.000", "t1", None, "q1", {"queue.queued": 1}))
        self.assertEqual(rows[3][:4], ("04.000", "t1", "A", "q1"))
        left = {"queue.left": 1, "queue.transferred": 1, "serviceLevel.noPolicy": 1, "distributions.firstQueueTime": 2.0,
                "distributions.firstQueueTimeInOperation": 2.0}
        self.assertEqual(rows[4], ("05.000", "t1", "A", "q1", left))
        self.assertEqual(rows[5], ("05.000", "t1", "A", "q2", {"queue.queued": 1}))
        self.assertEqual(rows[6], ("07.000", None, "A", "q2", {"csat.count": 1, "csat.sum": 3, "csat.score3": 1}))
        self.assertEqual(rows[7], ("08.000", None, "B", "q2", {"counts.transferred": 1}))
        self.assertEqual(rows[8][:4], ("10.000", None, None, "q2"))
        self.assertEqual(len(rows), 9)

    def test_who_answered(self):
        rows = self.adds(created(), OPENED, (2, "chat.assigned", {"managerId": "A"}), says(3, "user"), says(5, "manager", "B"),
                         says(6, "user"), says(7, "manager"), says(8, "user"), says(9, "manager", ""))
        self.assertEqual([(row[2], row[4]["distributions.replyTime"]) for row in rows[-3:]], [("B", 2.0), ("A", 1.0), (None, 1.0)])
        self.assertEqual(rows[-3][4]["distributions.timeToFirstAnswer"], 4.0)
        self.assertNotIn("messages.user", str(rows))

    def test_a_lent_outcome_counts_at_the_entry_for_the_assignee(self):
        rows = self.adds(created(), (1, "queue.entered", {"queueId": "q1"}), (2, "queue.left", {"queueId": "q1", "outcome": "overflow", "managerId": "M"}),
                         (2, "queue.entered", {"queueId": "q2"}))
        self.assertEqual((rows[2][2:4], rows[2][4]["queue.overflow"]), ((None, "q1"), 1))
        self.assertEqual(rows[3], ("02.000", None, None, "q2", {"queue.queued": 1}))

    def test_a_reopened_chat_moves_what_is_measured_at_the_last_close(self):
        rows = self.adds(created(), OPENED, (10, "chat.closed", {"by": "user"}), (20, "chat.opened", {"by": "user"}),
                         (50, "chat.closed", {"by": "user"}))
        first, opening, last = (row[4] for row in rows[2:])
        self.assertEqual(opening, {"counts.opened": 1, "counts.reopened": 1})
        self.assertEqual(first, {"counts.closed": 1, "distributions.memberHandlingTime": 9.0, "distributions.memberHandlingTimeInOperation": 9.0})
        self.assertEqual(last, {"counts.closed": 1, "distributions.timeToClose": 49.0, "distributions.timeToCloseInOperation": 49.0})


class Windows(unittest.TestCase):
    def hours(self, zone, date):
        """(the day's windows' start and end, the starts of its hours) of a date."""
        channel = Channel({"timezone": zone})
        low, high = day_of(channel, parse_time(date + "T14:00:00Z"))
        hours = sorted({windows(channel, at, 1)[1][1:] for at in range(low, high, 60_000)})
        self.assertEqual((hours[0][0], hours[-1][1]), (low, high))
        self.assertTrue(all(a[1] == b[0] for a, b in zip(hours, hours[1:])))
        return show_time(low)[5:16], len(hours), (hours[-1][1] - hours[-1][0]) // 60_000

    def test_days_and_their_hours(self):
        self.assertEqual(self.hours("Asia/Kathmandu", "2026-03-02"), ("03-01T18:15", 24, 60))
        self.assertEqual(self.hours("Europe/Paris", "2026-03-29"), ("03-28T23:00", 23, 60))
        self.assertEqual(self.hours("Europe/Paris", "2026-10-25"), ("10-24T22:00", 25, 60))
        self.assertEqual(self.hours("Australia/Lord_Howe", "2026-04-04"), ("04-04T13:00", 25, 30))  # the 5th there
        self.assertEqual(self.hours("Australia/Lord_Howe", "2026-10-03"), ("10-03T13:30", 24, 30))  # the 4th there
        self.assertEqual(self.hours("Atlantic/Azores", "2026-03-29"), ("03-29T01:00", 23, 60))  # 00:00 does not exist
        self.assertEqual(self.hours("Atlantic/Azores", "2026-10-25"), ("10-25T00:00", 25, 60))  # 00:00 comes twice

    def test_minutes_are_aligned_to_utc(self):
        found = windows(Channel({"timezone": "Asia/Kathmandu"}), parse_time("2026-03-02T09:16:00Z"), 15)
        self.assertEqual([(size, show_time(start)[11:16]) for size, start, _ in found], [("15m", "09:15"), ("1h", "09:15"), ("1d", "18:15")])


class Sketches(unittest.TestCase):
    def test_buckets_as_the_formula_gives_them(self):
        rng = random.Random(1)
        self.assertEqual([bucket(v) for v in (0, 1, 2)], [None, 0, 35])
        for v in [rng.randrange(2, 10 ** rng.randrange(1, 12) + 2) for _ in range(500)]:
            self.assertEqual(bucket(v), math.ceil(math.log(v) / (2 * math.atanh(0.01))))
            self.assertLessEqual(abs(shown(bucket(v)) * 1000 - v), 0.01 * v + 0.5)

    def test_ranks(self):
        got = distribution([0, 0, 0, 1000])
        self.assertEqual((got["count"], got["sum"], got["min"], got["p50"]), (4, 1.0, 0.0, 0.0))
        self.assertEqual((got["p90"], got["max"]), (shown(bucket(1000)), shown(bucket(1000))))
        self.assertEqual(distribution([]), EMPTY)


class Live(unittest.TestCase):
    def test_gauges(self):
        one = story(created(), OPENED, says(2, "user"), (3, "queue.entered", {"queueId": "q"}), ident="one")
        two = story(created(), OPENED, (4, "agent.connected", {"managerId": "A"}), (5, "agent.connected", {"managerId": "B"}),
                    (6, "chat.assigned", {"managerId": "B"}), ident="two")
        ended = story(created(), OPENED, (3, "chat.closed", {"by": "user"}), ident="ended")
        as_of = parse_time("2026-03-02T10:00:00Z")
        contents = last_contents(everything([one, two, ended], {}, as_of))
        live = {key: value["live"] for key, value in contents.items() if "live" in value}
        self.assertEqual(live["c/channel/c/live"], {
            "chats": 2, "initial": 0, "queued": 1, "opened": 1, "snoozed": 0, "unassigned": 1, "waitingReply": 1,
            "oldestAskedAt": "2026-03-02T09:00:02.000Z", "inQueue": 1, "oldestQueuedAt": "2026-03-02T09:00:03.000Z",
            "handling": 2, "agentsHandling": 2})
        self.assertEqual((live["c/manager/A/live"]["chats"], live["c/manager/A/live"]["handling"]), (0, 1))
        self.assertEqual((live["c/manager/B/live"]["chats"], live["c/manager/B/live"]["handling"]), (1, 1))
        self.assertEqual((live["c/manager//live"]["chats"], live["c/queue/q/live"]["inQueue"]), (1, 1))
        later = last_contents(everything([one, two, ended], {}, as_of, idle_expiry=3_595_000))
        self.assertEqual(later["c/channel/c/live"]["live"]["chats"], 1)  # one has expired


class Identities(unittest.TestCase):
    def test_hold_in_every_corpus(self):
        for seed, as_of, minutes in ((1, None, 1), (2, "2026-03-04T00:00:00Z", 15), (3, "2026-12-31T22:00:00Z", 5)):
            as_of = as_of and parse_time(as_of)
            chats, channels = of_corpus(seed, 150, as_of)
            contents = last_contents(everything(chats, channels, as_of, minutes=minutes))
            self.assertEqual(violations(contents, chats), [])
            self.assertEqual(any("live" in value for value in contents.values()), as_of is not None)

    def test_find_what_does_not_hold(self):
        as_of = parse_time("2026-03-04T00:00:00Z")
        chats, channels = of_corpus(2, 80, as_of)
        contents = last_contents(everything(chats, channels, as_of))

        def found(size, *path):
            broken = copy.deepcopy(contents)
            value = next(value for value in broken.values() if value["windowSize"] == size and value["dimension"] == "channel")
            for name in path[:-1]:
                value = value[name]
            value[path[-1]] = (value[path[-1]] or 0) + 1
            return {identity for identity, _ in violations(broken, chats)}

        self.assertEqual(found("1h", "counts", "closed"), {"partition", "rollup"})
        self.assertEqual(found("1d", "queue", "queued"), {"partition", "rollup", "waiting"})
        self.assertLessEqual({"partition", "totals"}, found("1d", "csat", "sum"))
        self.assertLessEqual({"partition", "outcomes"}, found("1d", "serviceLevel", "inSla"))
        self.assertLessEqual({"partition", "in_operation"}, found("1d", "distributions", "replyTimeInOperation", "count"))
        self.assertEqual(found("live", "live", "chats"), {"partition", "states"})

    def test_order_and_duplicates_do_not_matter(self):
        first, again = (everything(*of_corpus(4, 60, None, shuffle)) for shuffle in (None, random.Random(4)))
        self.assertEqual(first, again)


class Comparing(unittest.TestCase):
    def test_what_has_become_empty_may_be_missing(self):
        line = everything([story(created())], {})[0]
        gone = copy.deepcopy(line)
        gone["value"]["counts"]["created"] = 0
        gone["value"]["revision"] = 2
        line["value"]["revision"] = 1
        self.assertEqual(last_contents([gone, line]), {})
        self.assertEqual(len(last_contents([line])), 1)

    def test_key_escapes(self):
        event = Event("x", 0, "chat.created", "s", "1", {"channelId": "a/%"})
        keys = [line["key"] for line in everything([oracle.Chat("x", [event], {}, 0)], {})]
        self.assertEqual(keys[0], "a%2F%25/channel/a%2F%25/1d/1970-01-01T00:00:00.000Z")


class Coverage(unittest.TestCase):
    """A corpus has to hold what it is to prove."""

    def test_every_figure_and_every_row_occurs(self):
        chats = of_corpus(1, 300)[0] + of_corpus(2, 300)[0]
        paths = {path for chat in chats for row in moment_rows(chat) for path in row["adds"]}
        expected = {f"{group}.{name}" for group, names in COUNTS.items() if group != "messages" for name in names}
        self.assertEqual(paths, expected | {f"distributions.{name}" for name in DISTRIBUTIONS})
        views = [chat_view(chat) for chat in chats]
        for key, items in views[0].items():
            values = [view[key] for view in views]
            self.assertTrue(any(values), key)
            rows = [row for value in values if isinstance(value, list) for row in value]
            for name in rows[0] if isinstance(items, list) else ():
                always = {"type", "event"} if key == "consumer_event_durations" else set()
                never = {"transfer", "transfer_id", "response_time_total", "response_time_max", "response_time_avg"}
                always |= never if key.startswith("virtual") else set()
                if name not in always:
                    self.assertGreater(len({json.dumps(row[name]) for row in rows}), 1, f"{key} {name}")
        for key, wanted in (
            ("queue_durations", {"answered", "abandoned", "timeout", "overflow", "transferred", "deflected", None}),
            ("handle_durations", {"disconnected", "hung_up", "transferred", "reassigned", "unassigned", "missed", "finished",
                                  "failed", "canceled", "no_response", None}),
        ):
            self.assertEqual({row["event"] for view in views for row in view[key]}, wanted)


if __name__ == "__main__":
    unittest.main()
