"""Self-checks: the golden cases, order independence, duplicates, operating hours.

    python3 -m unittest discover -s tests/oracle
"""

import json
import pathlib
import random
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import oracle  # noqa: E402

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
        files, absent, checked = sorted(GOLDEN.glob("*.json")), set(), 0
        self.assertTrue(files)
        for file in files:
            case = json.loads(file.read_text(encoding="utf-8"))
            directory = [json.dumps({"key": key, "value": value}) for key, value in case["directory"].items()]
            records, inputs = run(directory, [json.dumps(event) for event in case["events"]])
            self.assertEqual(inputs.dead, [])
            for ident, expected in case["expect"].items():
                for path, value in expected.items():
                    got = resolve(records[ident], path)
                    if got is MISSING and path.split("/")[0] not in records[ident]:
                        absent.add(path)
                        continue
                    checked += 1
                    with self.subTest(case=file.name, chat=ident, path=path):
                        self.assertEqual(got, value)
                        self.assertIs(type(got), type(value))
        print(f"golden: {checked} values checked, {len(absent)} paths not produced: {sorted(absent)}")


if __name__ == "__main__":
    unittest.main()
