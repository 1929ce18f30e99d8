"""A second, independent and deliberately naive reading of the specification, to compare the product with.

    oracle.py replay --directory D.jsonl --events E.jsonl [--events ...] [--out R.jsonl] [--dead-letters F]
                     [--as-of T] [--update-window 15m] [--idle-expiry 30d] [--leave-out KEY,...]
                     [--snapshots S.jsonl] [--snapshot-window 1m]
    oracle.py compare A.jsonl B.jsonl [--ignore KEY,...] [--only KEY,...] [--all]
    oracle.py compare-snapshots A.jsonl B.jsonl [--ignore KEY,...]
    oracle.py identities S.jsonl

`--leave-out` and `--ignore` name top-level keys; `compare` ignores IGNORED unless told otherwise (`--ignore ''`: none).
"""

import argparse
import json
import re
import sys

from columns import content
from definitions import Chat, silence_at
from envelope import Bad, Ignored, decode_line, parse_json, parse_time, show_time
from hours import Channel
from identities import violations
from moments import moment_rows
from snapshots import everything, last_contents
from views import chat_view, session_metadata

FOREVER = 1 << 60
MAX_EVENTS = 20_000
UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
DELIVERY = ("schemaVersion", "revision", "supersedes", "reason", "changed", "finalizedAt")
BY_MEMBER = ("source", "chatProfile", "profile", "chat", "sessionMetadata")
IGNORED = "moments"  # what `compare` ignores by default


def span_of(text):
    match = re.fullmatch(r"(\d+)(ms|s|m|h|d)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text} is no span such as 15m")
    return int(match[1]) * UNITS[match[2]]


def time_of(text):
    ms = parse_time(text)
    if ms is None:
        raise argparse.ArgumentTypeError(f"{text} is no RFC 3339 time")
    return ms


def keys_of(text):
    return text.split(",") if text else []


def lines(path):
    """(line number from 1, bytes) of every line that is not blank."""
    with open(path, "rb") as file:
        for number, raw in enumerate(file.read().split(b"\n"), 1):
            if raw.strip():
                yield number, raw.rstrip(b"\r")


# --- replay --------------------------------------------------------------------------------------


class Inputs:
    """Everything read: documents in force, accepted events by chat, dead letters."""

    def __init__(self, as_of=None):
        self.as_of = as_of
        self.channels, self.chats, self.seen = {}, {}, {}
        self.dead, self.ignored, self.duplicates = [], 0, 0

    def directory_line(self, raw):
        try:
            line = parse_json(raw.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise Bad("invalid_directory", str(error)) from None
        if not isinstance(line, dict) or not isinstance(line.get("key"), str) or "value" not in line:
            raise Bad("invalid_directory", "the line is no object with key and value")
        kind, _, ident = line["key"].partition("/")
        if kind != "channel":
            return
        if line["value"] is None:
            self.channels.pop(ident, None)
        else:
            self.channels[ident] = Channel(line["value"])

    def event_line(self, raw):
        event = decode_line(raw, self.as_of)
        seen = self.seen.setdefault(event.chat, set())
        if (event.source, event.id) in seen:
            self.duplicates += 1
            return
        if len(seen) >= MAX_EVENTS:
            raise Bad("chat_too_large", event.chat)
        seen.add((event.source, event.id))
        self.chats.setdefault(event.chat, []).append(event)

    def read(self, path, take):
        for number, raw in lines(path):
            try:
                take(raw)
            except Ignored:
                self.ignored += 1
            except Bad as bad:
                text = raw.decode("utf-8", "replace")
                self.dead.append(
                    {"file": str(path), "line": number, "reason": bad.reason, "detail": bad.detail, "raw": text}
                )


def changed_paths(before, after):
    """finalization.md: top-level keys, inside the nested objects their direct members; in record order."""
    paths = []
    for key in after:
        if key in DELIVERY or before.get(key) == after[key]:
            continue
        if key in BY_MEMBER:
            members = list(after[key]) + [name for name in before[key] if name not in after[key]]
            missing = object()
            for name in members:
                if before[key].get(name, missing) != after[key].get(name, missing):
                    paths.append(f"/{key}/{name}")
        else:
            paths.append(f"/{key}")
    return paths


def whole_content(chat):
    """The columns of metrics.md, the two views of session.md, the moments of snapshots.md."""
    return {
        **content(chat),
        "chat": chat_view(chat),
        "sessionMetadata": session_metadata(chat),
        "moments": moment_rows(chat),
    }


def as_record(body, revision, reason, changed, due):
    return {
        "id": body["id"],
        "channelId": body["channelId"],
        "schemaVersion": 1,
        "revision": revision,
        "supersedes": revision - 1 or None,
        "reason": reason,
        "changed": changed,
        "complete": body["complete"],
        "endedAt": body["endedAt"],
        "finalizedAt": show_time(due),
        **body,
    }


def records_of(ident, events, channels, as_of, update_window, idle_expiry):
    """The records of one chat as (due, record), all its events known before any timer fires."""
    probe = Chat(ident, events, channels, FOREVER)
    if probe.ended_at is not None:
        due, reason = probe.ended_at + update_window, "session_end"
    else:
        due, reason = probe.events[-1].time + idle_expiry, "expired"
    if due > as_of:
        return []
    first = whole_content(Chat(ident, events, channels, due))
    result = [(due, as_record(first, 1, reason, [], due))]
    silence = silence_at(probe)
    if silence is not None and due < silence <= as_of:
        second = whole_content(Chat(ident, events, channels, silence))
        changed = changed_paths(first, second)
        if changed:
            result.append((silence, as_record(second, 2, "alf_end", changed, silence)))
    return result


def replay(directory, events, as_of=None, update_window=900_000, idle_expiry=30 * 86_400_000):
    """(records in due order, Inputs)."""
    inputs = Inputs(as_of)
    for path in directory:
        inputs.read(path, inputs.directory_line)
    for path in events:
        inputs.read(path, inputs.event_line)
    limit = FOREVER if as_of is None else as_of
    due = []
    for ident, known in inputs.chats.items():
        due += records_of(ident, known, inputs.channels, limit, update_window, idle_expiry)
    due.sort(key=lambda item: (item[0], item[1]["id"].encode("utf-8"), item[1]["revision"]))
    return [record for _, record in due], inputs


def chats_of(inputs):
    """Every chat with all its events. What a chat counts depends on no due time."""
    return [Chat(ident, events, inputs.channels, FOREVER) for ident, events in inputs.chats.items()]


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def replay_command(args):
    records, inputs = replay(args.directory, args.events, args.as_of, args.update_window, args.idle_expiry)
    out = open(args.out, "w", encoding="utf-8") if args.out else sys.stdout
    for record in records:
        out.write(dump({key: value for key, value in record.items() if key not in keys_of(args.leave_out)}) + "\n")
    if args.out:
        out.close()
    if args.snapshots:
        spans = args.as_of, args.update_window, args.idle_expiry, args.snapshot_window // 60_000
        with open(args.snapshots, "w", encoding="utf-8") as file:
            for line in everything(chats_of(inputs), inputs.channels, *spans):
                file.write(dump(line) + "\n")
    for letter in inputs.dead:
        print(f"{letter['file']}:{letter['line']}: {letter['reason']}: {letter['detail']}", file=sys.stderr)
    if args.dead_letters:
        with open(args.dead_letters, "w", encoding="utf-8", errors="replace") as file:
            for letter in inputs.dead:
                file.write(dump(letter) + "\n")
    return 3 if inputs.dead else 0


# --- compare ----------------------------------------------------------------------------------------


def highest(path):
    best = {}
    for _, raw in lines(path):
        record = parse_json(raw.decode("utf-8"))
        if record["id"] not in best or record["revision"] > best[record["id"]]["revision"]:
            best[record["id"]] = record
    return best


def same(a, b, loose):
    """Equal, and of one type: `12` is not `12.0`, except in custom profile values."""
    if loose and isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b and isinstance(a, bool) == isinstance(b, bool)
    return type(a) is type(b) and a == b


def ordered(path):
    """Whether the order of an object's keys counts: in the platform views, but not in what a customer's menu holds."""
    return path.startswith(("/chat/", "/sessionMetadata/")) and not path.startswith("/chat/selected_menu/")


def differences(a, b, path="", every=False):
    """(path, a, b) of all that differs. At the top level keys of both, unless `every`; further down every key."""
    if isinstance(a, dict) and isinstance(b, dict):
        strict = every or path != ""
        if ordered(path + "/") and list(a) != list(b) and set(a) == set(b):
            yield f"{path} (order of keys)", list(a), list(b)
        for key in list(a) + [key for key in b if key not in a]:
            if key in a and key in b:
                yield from differences(a[key], b[key], f"{path}/{key}", every)
            elif strict:
                yield f"{path}/{key}", a.get(key, "(absent)"), b.get(key, "(absent)")
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            yield path, a, b
            return
        for index, (one, other) in enumerate(zip(a, b)):
            yield from differences(one, other, f"{path}/{index}", every)
    elif not same(a, b, path.startswith("/profile/")):
        yield path, a, b


def compare(a, b, ignore=(), only=None, every=False):
    """(chat, path, a, b) of all that differs between two maps of records."""
    found = []
    for ident in sorted(set(a) | set(b)):
        if ident not in a or ident not in b:
            found.append((ident, "", "record" if ident in a else "no record", "record" if ident in b else "no record"))
            continue
        one, other = (
            {key: value for key, value in side[ident].items() if key not in ignore and (not only or key in only)}
            for side in (a, b)
        )
        found += [(ident, *difference) for difference in differences(one, other, every=every)]
    return found


def report(found, count, what):
    for ident, path, one, other in found:
        print(f"{ident}\t{path}\t{dump(one)}\t{dump(other)}")
    print(f"{count} {what}, {len({f[0] for f in found})} differ, {len(found)} differences", file=sys.stderr)
    return 1 if found else 0


def compare_command(args):
    a, b = highest(args.a), highest(args.b)
    ignore = keys_of(args.ignore)
    found = compare(a, b, ignore, keys_of(args.only) or None, args.all)
    return report(found, len(set(a) | set(b)), "chats")


def snapshots_in(path):
    return last_contents(parse_json(raw.decode("utf-8")) for _, raw in lines(path))


def compare_snapshots_command(args):
    """Every key on both sides, but for those whose content is empty; every member of every content."""
    a, b = snapshots_in(args.a), snapshots_in(args.b)
    return report(compare(a, b, keys_of(args.ignore), every=True), len(set(a) | set(b)), "snapshots")


def identities_command(args):
    found = violations(snapshots_in(args.snapshots))
    for identity, where in found:
        print(f"{identity}\t{where}")
    return 1 if found else 0


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("replay")
    one.add_argument("--directory", action="append", default=[])
    one.add_argument("--events", action="append", required=True)
    one.add_argument("--out")
    one.add_argument("--dead-letters")
    one.add_argument("--as-of", type=time_of)
    one.add_argument("--update-window", type=span_of, default=span_of("15m"))
    one.add_argument("--idle-expiry", type=span_of, default=span_of("30d"))
    one.add_argument("--leave-out", help="keys that the records shall not have", default="")
    one.add_argument("--snapshots", help="write all snapshots and live records there")
    one.add_argument("--snapshot-window", type=span_of, default=span_of("1m"))
    one.set_defaults(run=replay_command)
    two = commands.add_parser("compare")
    two.add_argument("a")
    two.add_argument("b")
    two.add_argument("--ignore", help="keys to leave out", default=IGNORED)
    two.add_argument("--only", help="keys to compare; default: those both records have")
    two.add_argument("--all", action="store_true", help="a key that only one record has is a difference")
    two.set_defaults(run=compare_command)
    three = commands.add_parser("compare-snapshots")
    three.add_argument("a")
    three.add_argument("b")
    three.add_argument("--ignore", help="keys to leave out", default="")
    three.set_defaults(run=compare_snapshots_command)
    four = commands.add_parser("identities")
    four.add_argument("snapshots")
    four.set_defaults(run=identities_command)
    args = parser.parse_args(argv)
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
