"""Self-checks: the golden cases, order independence, duplicates, operating hours.

    python3 -m unittest discover -s tests/oracle
"""

import json
import pathlib
import random
import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import corpus  # noqa: E402
import documents  # noqa: E402
import oracle  # noqa: E402
from envelope import Bad, parse_time, show_time  # noqa: E402
from hours import Channel, clock  # noqa: E402

GOLDEN = HERE.parent / "golden"
MISSING = object()


def resolve(record, path):
    """The value at a path such as `chat/queue_durations/0/event`; MISSING if there is none."""
    value = record
    for step in path.split("/"):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return MISSING
    return value


def run(directory, events, **options):
    """Replay of lines given as text; the highest revision per chat, and the inputs."""
    with tempfile.TemporaryDirectory() as folder:
        d, e = pathlib.Path(folder, "d.jsonl"), pathlib.Path(folder, "e.jsonl")
        d.write_text("\n".join(directory), encoding="utf-8")
        e.write_text("\n".join(events), encoding="utf-8")
        records, inputs = oracle.replay([d], [e], **options)
    best = {}
    for record in records:
        best[record["id"]] = record
    return best, inputs


class GoldenCases(unittest.TestCase):
    def test_golden(self):
        files = sorted(GOLDEN.glob("*.json"))
        self.assertTrue(files)
        for file in files:
            case = json.loads(file.read_text(encoding="utf-8"))
            directory = [json.dumps({"key": key, "value": value}) for key, value in case["directory"].items()]
            records, inputs = run(directory, [json.dumps(event) for event in case["events"]])
            self.assertEqual(inputs.dead, [])
            for ident, expected in case["expect"].items():
                for path, value in expected.items():
                    got = resolve(records[ident], path)
                    with self.subTest(case=file.name, chat=ident, path=path):
                        self.assertEqual(got, value)
                        self.assertIs(type(got), type(value))


class Corpora(unittest.TestCase):
    def test_same_seed_same_corpus(self):
        self.assertEqual(corpus.corpus(3, 20), corpus.corpus(3, 20))
        self.assertNotEqual(corpus.corpus(3, 20), corpus.corpus(4, 20))

    def test_order_and_duplicates_do_not_matter(self):
        for seed in range(3):
            events, directory = corpus.corpus(seed, 150)
            first, inputs = run(directory, events)
            self.assertEqual(inputs.dead, [])
            rng = random.Random(seed)
            again = events + rng.sample(events, len(events) // 3)
            rng.shuffle(again)
            second, _ = run(directory, again)
            self.assertEqual(first, second)

    def test_bad_lines_are_letters_and_change_nothing(self):
        events, directory = corpus.corpus(7, 60)
        bad_events, bad_directory = corpus.corpus(7, 60, bad=True)
        good, _ = run(directory, events)
        with_bad, inputs = run(bad_directory, bad_events)
        reasons = {letter["reason"] for letter in inputs.dead}
        expected = {"unparsable", "no_key", "invalid_envelope", "time_too_old", "invalid_data", "invalid_directory"}
        self.assertEqual(reasons, expected)
        self.assertEqual(inputs.ignored, 1)
        self.assertEqual(good, with_bad)

    def test_identities_that_follow_from_the_definitions(self):
        events, directory = corpus.corpus(11, 400)
        records, _ = run(directory, events)
        for record in records.values():
            for key, value in record.items():
                twin = record.get("operationTotalSnoozedTime" if key == "totalSnoozedTime" else key + "InOperation")
                if key + "InOperation" in record or key == "totalSnoozedTime":
                    self.assertEqual(value is None, twin is None, key)
                    if value is not None:
                        self.assertLessEqual(twin, value)
                        if record["operatingHoursVersion"] is None and record["channelId"] != "c-switched":
                            self.assertEqual(twin, value)
            self.assertEqual(record["endedAt"] is not None, record["state"] in ("closed", "missed"))
            self.assertLessEqual(record["replyCountInOperation"], record["replyCount"])
            if record["repliedAt"] is not None:
                self.assertLessEqual(record["firstAnsweredAt"], record["repliedAt"])

    def test_as_of(self):
        events, directory = corpus.corpus(5, 80)
        everything, _ = run(directory, events)
        as_of = parse_time("2026-06-01T00:00:00Z")
        some, inputs = run(directory, events, as_of=as_of)
        self.assertTrue(0 < len(some) < len(everything))
        self.assertEqual({letter["reason"] for letter in inputs.dead}, {"time_in_future"})
        for ident, record in some.items():
            self.assertLessEqual(parse_time(record["finalizedAt"]), as_of)
            self.assertEqual(record["id"], ident)


class Replays(unittest.TestCase):
    def test_of_one_id_the_first_line_counts(self):
        one = {"specversion": "1.0", "id": "1", "source": "s", "type": "chat.opened", "subject": "x",
               "time": "2026-03-02T09:00:00Z", "data": {"by": "user"}}
        other = {**one, "time": "2026-03-02T10:00:00Z"}
        for lines, opened in (([one, other], one), ([other, one], other)):
            records, _ = run([], [json.dumps(line) for line in lines])
            self.assertEqual(parse_time(records["x"]["openedAt"]), parse_time(opened["time"]))
            self.assertEqual(records["x"]["reason"], "expired")
            self.assertIsNone(records["x"]["endedAt"])
            self.assertFalse(records["x"]["complete"])

    def test_silence_after_the_record(self):
        events = [("chat.created", "08:00:00", {"channelId": "c"}), ("chat.alf_started", "09:00:00", {}),
                  ("chat.closed", "10:00:00", {"by": "system"})]
        lines = [json.dumps({"specversion": "1.0", "id": kind, "source": "s", "type": kind, "subject": "x",
                             "time": f"2026-03-02T{at}Z", "data": data}) for kind, at, data in events]
        records, _ = run([], lines)
        record = records["x"]
        self.assertEqual((record["revision"], record["reason"]), (2, "alf_end"))
        self.assertEqual(record["changed"], ["/firstAlfEndedAt", "/alfHandlingTime"])
        self.assertEqual(record["finalizedAt"], "2026-03-03T09:00:00.000Z")
        self.assertEqual(record["alfHandlingTime"], 86400.0)
        records, _ = run([], lines, as_of=parse_time("2026-03-03T08:59:59.999Z"))
        self.assertEqual((records["x"]["revision"], records["x"]["alfHandlingTime"]), (1, None))

    def test_compare(self):
        a = {"x": {"id": "x", "revision": 1, "n": 12, "profile": {"csat": 1.0}, "only": 1}}
        b = {"x": {"id": "x", "revision": 1, "n": 12.0, "profile": {"csat": 1}}}
        self.assertEqual(oracle.compare(a, b), [("x", "/n", 12, 12.0)])
        self.assertEqual(oracle.compare(a, b, ignore=["n"]), [])
        self.assertEqual([f[1] for f in oracle.compare(a, b, ["n"], every=True)], ["/only"])
        self.assertEqual(len(oracle.compare(a, {})), 1)

    def test_compare_looks_into_the_views(self):
        def found(one, other):
            a, b = ({"x": {"id": "x", "chat": {"status": "queued", **side}}} for side in (one, other))
            return [difference[1] for difference in oracle.compare(a, b)]

        self.assertEqual(found({"a": 1, "b": 2}, {"b": 2, "a": 1}), ["/chat (order of keys)"])
        self.assertEqual(found({"a": 1}, {}), ["/chat/a"])
        self.assertEqual(found({"r": [{"a": 1, "b": 1}]}, {"r": [{"b": 1, "a": 1}]}), ["/chat/r/0 (order of keys)"])
        menus = ({"selected_menu": {"a": 1, "b": 2}}, {"selected_menu": {"b": 2, "a": 1}})
        self.assertEqual(found(*menus), [])

    def test_times(self):
        self.assertEqual(show_time(parse_time("2026-03-02t00:30:00.1239+09:00")), "2026-03-01T15:30:00.123Z")
        for text in ("2026-03-02", "2026-02-30T00:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T00:00:00", "x"):
            self.assertIsNone(parse_time(text))


class OperatingHours(unittest.TestCase):
    def test_against_the_wall_clock(self):
        """Minute by minute: a wall clock that is shown once on its day is open exactly when the document says so."""
        for key, doc in documents.channels().items():
            channel = Channel(doc)
            if not channel.versions or channel.switches:
                continue
            for day in ("2026-03-01", "2026-03-28", "2026-10-24", "2026-10-31", "2026-03-07", "2026-12-24", "2026-05-04"):
                start = parse_time(day + "T00:00:00Z")
                opened = channel.open_in(start, start + 3 * 86_400_000)
                for minute in range(0, 3 * 1440, 7):
                    at = start + minute * 60_000
                    local = datetime.fromtimestamp(at / 1000, timezone.utc).astimezone(channel.zone)
                    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
                        continue  # shown twice
                    got = any(low <= at < high for low, high in opened)
                    self.assertEqual(got, self.says(channel, local.replace(tzinfo=None)), (key, local))

    def says(self, channel, local):
        def hit(day, pairs):
            for start, end in pairs:
                begin = datetime(day.year, day.month, day.day) + timedelta(minutes=start)
                until = begin + timedelta(minutes=(end - start) % 1440 or (1440 if end - start else 0))
                if begin <= local < until:
                    return True
            return False

        today = local.date()
        days = [today - timedelta(days=1), today]
        weekday = lambda day: ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]
        is_open = False
        for day in days:
            version = channel.version(day, channel.versions)
            if day in version.get("special", {}):
                pairs = version["special"][day]
            elif day in version.get("holidays", []):
                pairs = []
            else:
                pairs = version.get("weekly", {}).get(weekday(day), [])
            is_open = is_open or hit(day, pairs)
        version = channel.version(today, channel.versions)
        return is_open and not hit(today, version.get("breaks", {}).get(weekday(today), []))

    def test_always_spelled_out(self):
        for zone in ("UTC", "Australia/Lord_Howe", "Atlantic/Azores", "America/Havana", "Pacific/Apia", "Asia/Beirut"):
            week = {day: [["00:00", "24:00"]] for day in documents.ALL_DAYS}
            channel = Channel({"timezone": zone, "operatingHours": [{"effectiveFrom": "2000-01-01", "weekly": week}]})
            for start in ("2011-12-28T03:00:00Z", "2026-01-01T00:00:00Z"):
                low = parse_time(start)
                self.assertEqual(channel.op(low, low + 365 * 86_400_000), 365 * 86_400_000)

    def test_switches(self):
        week = {day: [["09:00", "18:00"]] for day in documents.ALL_DAYS}

        def op(switches, low="2026-03-02T00:00:00Z", high="2026-03-04T00:00:00Z", hours=True):
            doc = {"switches": [{"at": f"2026-03-{at}:00Z", "open": is_open} for at, is_open in switches]}
            if hours:
                doc["operatingHours"] = [{"effectiveFrom": "2026-01-01", "weekly": week}]
            return Channel(doc).op(parse_time(low), parse_time(high)) / 3_600_000

        self.assertEqual(op([]), 18)
        self.assertEqual(op([("02T12:00", False)]), 12)
        self.assertEqual(op([("02T09:00", False)]), 9)  # a boundary exactly at it does not count
        self.assertEqual(op([("02T18:00", True)]), 33)
        self.assertEqual(op([("02T12:00", False), ("02T13:00", True)]), 17)
        self.assertEqual(op([("02T12:00", False), ("02T12:00", True)]), 18)
        self.assertEqual(op([("02T12:00", False)], hours=False), 12)
        self.assertEqual(op([("02T12:00", False), ("03T12:00", True)], hours=False), 24)

    def test_malformed(self):
        for doc in (5, [], {"timezone": "Mars/Olympus"}, {"operatingHours": [{"weekly": {}}]},
                    {"operatingHours": [{"effectiveFrom": "2026-01-01", "holidays": ["2026-02-30"]}]},
                    {"operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": {"mon": [["09:00", "25:00"]]}}]},
                    {"profileSchema": {"x": "Colour"}}, {"switches": [{"at": "noon", "open": True}]}):
            with self.assertRaises(Bad):
                Channel(doc)
        self.assertEqual(clock("24:00"), 1440)


if __name__ == "__main__":
    unittest.main()
