"""Records to load, made by the program, and what a warehouse must say of them."""

import collections
import functools
import json
import os
import pathlib
import re
import subprocess
import sys
from decimal import Decimal

ROOT = pathlib.Path(__file__).resolve().parents[2]
WRAPUP = os.environ.get("WRAPUP") or str(ROOT / "target" / "release" / "wrapup")
CUSTOM = "profile_custom"

# A chat with all that a loader may trip over: quotes, escapes, line ends, text that looks like something else.
AWKWARD = [
    ("chat.created", {"channelId": "c1", "userId": "u'1", "page": "https://shop.example/?a=1&b=\\"}),
    ("chat.opened", {"by": "user"}),
    ("chat.updated", {"title": "\"quoted\"; it's\\n not\n\ttwo, lines \u2028", "description": "2026-03-02T09:00:00.000Z"}),
    ("chat.tags_added", {"tags": ["a,b", "null", "", "🙂 한국어", "{\"x\":1}"]}),
    (
        "chat.profile_set",
        {
            "vip": True,
            "plan": "'); --",
            "no schema": {"a": None, "b": [1, "2", None], "c.d": {"e\"f": 1.5}},
            "dotted.key": 1.0,
            "custom": "a key of that name",
            "tiny": 1e-7,
            "csatComment": "\\",
        },
    ),
    ("message.sent", {"messageId": "m1", "person": {"type": "user", "id": "u1"}, "text": "?"}),
    ("chat.closed", {"by": "manager", "managerId": "A"}),
]


def awkward_events():
    """The awkward chat as lines, a second from event to event."""
    for second, (kind, data) in enumerate(AWKWARD):
        event = {
            "specversion": "1.0",
            "id": f"awkward-{second}",
            "source": "/warehouse",
            "type": kind,
            "subject": "awkward",
            "time": f"2026-03-02T09:00:{second:02}.007Z",
            "data": data,
        }
        yield json.dumps(event)


def run(*arguments):
    """Runs a program that must succeed, but for lines it leaves out (exit code 3)."""
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"{arguments}: exit code {done.returncode}\n{done.stderr}")


def make(folder):
    """Writes records.jsonl: realistic traffic, chats in which everything happens, the awkward one."""
    folder = pathlib.Path(folder)
    for name in ("traffic", "messy"):
        (folder / name).mkdir()
    run(WRAPUP, "generate", "--seed", "7", "--chats", "400", "--channels", "3", "--out-dir", str(folder / "traffic"))
    corpus = ROOT / "tests" / "oracle" / "corpus.py"
    run(sys.executable, str(corpus), "--seed", "7", "--chats", "300", "--out-dir", str(folder / "messy"))
    (folder / "messy" / "more.jsonl").write_text("".join(line + "\n" for line in awkward_events()), encoding="utf-8")
    records = folder / "records.jsonl"
    with records.open("w", encoding="utf-8") as out:
        for name in ("traffic", "messy"):
            inputs = [argument for path in sorted((folder / name).glob("*.jsonl")) for argument in role(path)]
            run(WRAPUP, "replay", *inputs, "--out", str(folder / name / "out"), "--dead-letters", os.devnull)
            out.write((folder / name / "out").read_text(encoding="utf-8"))
    return records


def statement(engine, path):
    """The loading statement of deploy/warehouse/README.md, with this file's name."""
    page = (ROOT / "deploy" / "warehouse" / "README.md").read_text(encoding="utf-8")
    section = page.split(f"\n### {engine}\n", 1)[1].split("\n### ", 1)[0]
    found = re.search(r"```sql\n(.*?)```", section, flags=re.DOTALL)[1]
    assert found.count("'records.jsonl'") == 1, found
    return found.replace("'records.jsonl'", f"'{path}'")


def role(path):
    return ("--directory" if path.stem == "directory" else "--events", str(path))


def parse(text):
    """JSON with numbers as they are written."""
    return json.loads(text, parse_float=Decimal)


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [parse(line) for line in lines]


def by_key(rows):
    """Rows by chat and revision."""
    return {(row["id"], row["revision"]): row for row in rows}


def latest(records):
    """The highest revision of each chat."""
    highest = {}
    for record in records:
        if record["revision"] >= highest.get(record["id"], record)["revision"]:
            highest[record["id"]] = record
    return highest


def flat(record, columns):
    """The record as a row: a value goes to the column named by its path, with `_` between the names."""
    row = {}
    known = {name for name in columns if name != CUSTOM}
    profile = record["profile"]
    row[CUSTOM] = {key: value for key, value in profile.items() if f"profile_{key}" not in known}
    fixed = {key: value for key, value in profile.items() if key not in row[CUSTOM]}
    place({**record, "profile": fixed}, "", known, row)
    missing = [name for name in columns if name not in row]
    assert not missing, f"columns that no value goes to: {missing}"
    return row


def place(members, above, columns, row):
    for key, value in members.items():
        name = above + key
        if name in columns:
            row[name] = value
        else:
            assert isinstance(value, dict), f"{name} has no column"
            place(value, name + "_", columns, row)


TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?(?:Z|\+00(?::00)?)")


def plain(value, nulls_are_null=False):
    """A value in one form, whoever wrote it. `nulls_are_null`: an object without any fact is null."""
    if isinstance(value, str):
        match = TIME.fullmatch(value)
        return f"{match[1]}T{match[2]}.{(match[3] or '').ljust(3, '0')}Z" if match else value
    if isinstance(value, list):
        return [plain(element, nulls_are_null) for element in value]
    if isinstance(value, dict):
        members = {key: plain(member, nulls_are_null) for key, member in value.items()}
        if nulls_are_null and all(member in (None, []) for member in members.values()):
            return None
        return members
    return value


def doubles(value):
    """Custom values go through whatever number a warehouse's JSON has: a double."""
    if isinstance(value, dict):
        return {key: doubles(member) for key, member in value.items()}
    if isinstance(value, list):
        return [doubles(element) for element in value]
    return float(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value


def free(value, unit, shapes):
    """The value with free JSON in one form, where a text is itself and everything else is its JSON text."""
    if value is None:
        return None
    if unit == "any JSON":
        try:
            return doubles(parse(value) if isinstance(value, str) else value)
        except ValueError:
            return value
    if unit.startswith("["):
        return [free(element, unit[1:-1], shapes) for element in value]
    if unit in shapes:
        return {key: free(member, shapes[unit][key], shapes) for key, member in value.items()}
    return value


def differences(row, record, nulls_are_null=False):
    """The columns in which a row is not the record's, with both values."""
    expected = flat(record, row)
    columns, shapes = documented()
    for name, value in row.items():
        ours, theirs = value, expected[name]
        if nulls_are_null and name in columns:
            ours, theirs = free(ours, columns[name], shapes), free(theirs, columns[name], shapes)
        ours, theirs = plain(ours, nulls_are_null), plain(theirs, nulls_are_null)
        if name == CUSTOM:
            ours, theirs = doubles(value), doubles(expected[name])
        if ours != theirs or isinstance(ours, bool) != isinstance(theirs, bool):
            yield f"{record['id']} revision {record['revision']} {name}: {ours!r}, the record has {theirs!r}"


# The types that docs/METRICS.md gives: of columns by path, and of rows by the name of their shape.
Documented = collections.namedtuple("Documented", "columns shapes")


@functools.cache
def documented():
    columns, shapes = {}, {}
    sections = re.split(r"^## ", (ROOT / "docs" / "METRICS.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = {section.split("\n", 1)[0]: members(section) for section in sections[1:]}
    named = {unit.strip("[]") for section in sections.values() for unit in section.values()}
    for title, section in sections.items():
        if title in named:
            shapes[title] = section
        else:
            columns.update({path.replace(".", "_"): unit for path, unit in section.items()})
    return Documented(columns, shapes)


def members(section):
    return dict(re.findall(r"^\| `([^`]+)` \| ([^|]+?) \|", section, flags=re.MULTILINE))
