"""A messy but plausible corpus: events of many chats in no order, and a directory with awkward hours.

    corpus.py --seed N --chats M [--out-dir DIR] [--bad]

Writes events.jsonl and directory.jsonl. The same arguments give the same bytes.
"""

import argparse
import json
import pathlib
import random

from documents import directory_lines
from noise import Noisy
from writer import HOUR, MINUTE, SECOND


def realistic(chat):
    """A plausible chat: perhaps a workflow or the assistant, one or more episodes, a survey."""
    rng = chat.rng
    late = rng.random() < 0.05
    if not late and rng.random() < 0.95:
        chat.created()
    if rng.random() < 0.5:
        chat.wait(20 * SECOND).message("user")
    if rng.random() < 0.2:
        chat.workflow()
    if rng.random() < 0.25:
        chat.assistant()
    if rng.random() < 0.1:
        chat.virtual_agent()
    if rng.random() < 0.1:
        chat.wait(MINUTE).missed()
    if rng.random() < 0.1:
        chat.queue_stretch()
    for _ in range(rng.choices([0, 1, 2, 3], [1, 12, 4, 1])[0]):
        chat.episode()
        if rng.random() < 0.2:
            chat.wait(HOUR).message("user")
    if rng.random() < 0.3:
        chat.survey()
    if late:
        chat.created()


def odd(chat):
    """No plot at all: a handful of events on few instants, so that ranks, sources and ids decide."""
    rng = chat.rng
    step = rng.choice([1, SECOND, MINUTE, HOUR])
    if rng.random() < 0.7:
        chat.created(at=chat.now + rng.choice([0, 0, 0, 3 * step]))
    for _ in range(rng.randrange(3, 25)):
        chat.noise(chat.start + step * rng.randrange(8))


def bad_lines(rng):
    good = {"specversion": "1.0", "source": "/bad", "type": "chat.opened", "subject": "bad", "time": "2026-03-02T09:00:00Z", "data": {"by": "user"}}

    def line(ident, **change):
        return json.dumps({key: value for key, value in {**good, "id": ident, **change}.items() if value is not ...})

    return [
        "not json",
        '{"specversion":"1.0",',
        line("b1", subject=...),
        line("b2", subject=""),
        line("b3", specversion="0.3"),
        line("b4", time="yesterday"),
        line("b5", time="1999-12-31T23:59:59.999Z"),
        line("b6", data={"by": "ghost"}),
        line("b7", data=...),
        line("b8", data={"by": 5}),
        line("b9", type="message.sent", data={"messageId": "m", "person": {"type": "user"}, "private": "no"}),
        line("b10", type="chat.alf_scored", data={"cxScore": 5.5}),
        line("b11", type="chat.csat_submitted", data={"scale": 3, "choice": 4}),
        line("b12", type="chat.csat_submitted", data={"scale": 4, "choice": 1}),
        line("b13", type="chat.created", data={}),
        line("b14", type="queue.entered", data={"queueId": 4.0}),
        line("b15", type="queue.entered", data={"queueId": "q", "priority": 9}),
        line("b16", type="chat.unheard_of", data=5),
        line("b17", type="meet.started", data={"meetId": "m", "type": "fax"}),
        line("b18", type="chat.assigned", data={"managerId": None}),
        line("b19", type="chat.closed", data=[]),
        line("b20", source=...),
        line("b21", type="chat.feedback", data={"rating": 3.0}),
        "",
        "   ",
    ]


def corpus(seed, chats, bad=False):
    """(event lines, directory lines)."""
    rng = random.Random(seed)
    lines = []
    for number in range(chats):
        chat = Noisy(rng, number)
        if rng.random() < 0.75:
            realistic(chat)
            if rng.random() < 0.5:
                for _ in range(rng.randrange(1, 6)):
                    chat.noise(rng.randrange(chat.start - MINUTE, chat.now + HOUR))
        else:
            odd(chat)
        if not chat.events:
            chat.created()
        for event in chat.events:
            text = json.dumps(event, ensure_ascii=False)
            lines.append(text)
            while rng.random() < 0.04:
                lines.append(text)
    rng.shuffle(lines)
    if bad:
        for line in bad_lines(rng):
            lines.insert(rng.randrange(len(lines) + 1), line)
        # Another event under an id already taken: it comes later in the file, so it changes nothing.
        for text in rng.sample(lines, min(20, len(lines))):
            if text.startswith('{"specversion": "1.0", "id": "') and "/bad" not in text:
                lines.append(json.dumps({**json.loads(text), "time": "2026-03-02T12:00:00.000Z"}, ensure_ascii=False))
    return lines, directory_lines(bad)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--out-dir", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("--bad", action="store_true", help="mix in lines for the dead letters")
    args = parser.parse_args()
    events, directory = corpus(args.seed, args.chats, args.bad)
    args.out_dir.mkdir(parents=True, exist_ok=True)
    (args.out_dir / "events.jsonl").write_text("\n".join(events) + "\n", encoding="utf-8")
    (args.out_dir / "directory.jsonl").write_text("\n".join(directory) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
