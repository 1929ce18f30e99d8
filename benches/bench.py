"""Drains loaded topics on a real broker and measures what it costs: `make bench`, or

    python3 benches/bench.py [--quick] [--scale large|full] [--events N] [SERIES ...]

Every series prints and keeps its results as JSON lines under target/bench; a run of all of them writes the page and the
plot of docs/benchmarks. Only ratios within one run mean something: the broker and whatever else runs share the machine.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import time

import report
from processor import BENCH, ROOT, TARGET, WRAPUP, Application, Broker, Failed, cpu_seconds, per_event, say, wait_for

EVENTS_PER_CHAT = 25.4
EVENTS = 4_000_000
# A chat is open for about 26 minutes: at this pace about 20,000 are open at a time.
SPREAD_MINUTES_PER_CHAT = 26 / 20_000
DISK_PER_RETAINED = 4_000


class Run:
    """One run: its broker, the topics loaded so far, its results."""

    def __init__(self, options, broker):
        self.options, self.broker = options, broker
        self.loaded = {}
        self.results = []
        self.number = 0
        self.path = BENCH / f"run-{datetime.datetime.now():%Y%m%d-%H%M%S}.jsonl"

    def keep(self, series, variant, figures):
        result = {"series": series, "variant": variant, **figures}
        self.results.append(result)
        with open(self.path, "a") as file:
            file.write(json.dumps(result) + "\n")
        say(report.line(result))
        return result

    def shape(self, events, out_of_order, hot=0.0):
        chats = max(1, round(events / EVENTS_PER_CHAT))
        minutes = max(1, round(chats * SPREAD_MINUTES_PER_CHAT))
        return {"chats": chats, "spread_minutes": minutes, "out_of_order": out_of_order, "hot": hot}

    def topics(self, name, events, out_of_order=0.01, hot=0.0):
        """Loads input topics, once. Gives their prefix and how many events they hold."""
        if name not in self.loaded:
            # Only to make the topics.
            Application(self.broker, f"make-{name}", name).create_topics()
            figures = self.broker.helper(
                "load", prefix=name, **self.shape(events, out_of_order, hot)
            )
            say(f"loaded {name}: {figures['events']:,} events in {figures['load_seconds']:.0f} s")
            self.loaded[name] = figures
        return name, self.loaded[name]["events"]

    def side(self):
        """The topics of the series that compare settings."""
        return self.topics("side", self.options.side_events)

    def application(self, inputs, **settings):
        self.number += 1
        application = Application(self.broker, f"run{self.number}", inputs, **settings)
        application.create_topics()
        return application

    def drain(self, topics, program=WRAPUP, **settings):
        """One drain with an application of its own."""
        inputs, events = topics
        application = self.application(inputs, **settings)
        application.program = program
        try:
            application.start()
            return application.drain(events)
        finally:
            application.remove()

    def ceiling(self, topics, work):
        figures = self.broker.helper("ceiling", prefix=topics[0], work=work)
        return {
            **figures,
            "per_second": figures["events"] / figures["seconds"],
            "per_cpu_second": figures["events"] / figures["cpu_seconds"],
        }


def drain(run):
    """Everything, beside what reading alone costs."""
    topics = run.topics("main", run.options.events)
    for work in ("consume", "envelope", "decode"):
        run.keep("drain", work, run.ceiling(topics, work))
    run.keep("drain", "wrapup", run.drain(topics))


def workers(run):
    """Worker threads."""
    for count in (1, 2):
        run.keep("workers", str(count), run.drain(run.side(), workers=count))


def order(run):
    """Events that come late."""
    for share in (0.0, 0.1):
        topics = run.topics(f"late{round(share * 100)}", run.options.side_events, out_of_order=share)
        run.keep("order", f"{share:.0%} late", run.drain(topics))


def interval(run):
    """How long events are gathered for a commit."""
    for millis in (50, 100, 1000):
        run.keep("interval", f"{millis} ms", run.drain(run.side(), commit_interval=f"{millis}ms"))


def hot(run):
    """One channel with nine of ten chats, beside twelve that share them: what the second stage is told and writes."""
    for share in (0.0, 0.9):
        topics = run.topics(f"hot{round(share * 100)}", run.options.side_events, hot=share)
        application = run.application(topics[0])
        try:
            application.start()
            figures = application.drain(topics[1])
            rows = run.broker.helper("ceiling", prefix=topics[0], topic=application.channel_changelog, work="consume")
            run.keep("hot", f"{share:.0%} of the chats in one channel", {**figures, "channel_rows": rows["events"]})
        finally:
            application.remove()


def retained(run):
    """Chats that are kept; one event in 51 is for one of them. The largest number also gives restart and restore."""
    levels = run.options.retained
    for count in levels:
        free = shutil.disk_usage(BENCH).free
        if free < count * DISK_PER_RETAINED + (4 << 30):
            say(f"retained {count:,}: left out, the disk has only {free >> 30} GiB free")
            continue
        name = f"kept{count}"
        Application(run.broker, f"make-{name}", name).create_topics()
        # The directory, and a little more: the rest comes when the stores are as they are after days of work.
        run.broker.helper("load", prefix=name, seed=9, **run.shape(1_000, 0.01))
        application = run.application(name)
        try:
            seeded = run.broker.helper("seed", prefix=name, application_id=application.name, count=count)
            application.start()
            wait_for("all tasks", lambda: application.has_all_tasks() and application.is_ready(), 1800, every=0.2)
            application.wait_until_idle()
            application.stop()
            loaded = run.broker.helper("load", prefix=name, retained=count, **run.shape(run.options.side_events, 0.01))
            application.start()
            figures = application.drain(loaded["events"])
            run.keep("retained", f"{count:,}", {**figures, "retained": count, "seed_seconds": seeded["seconds"]})
            if count == levels[-1]:
                restart(run, application, name, count)
        finally:
            application.remove()


def restart(run, application, name, count):
    """kill -9 while it works, then the loss of its disk."""
    figures = run.broker.helper("load", prefix=name, seed=2, **run.shape(run.options.side_events / 2, 0.01))
    done = application.metric("wrapup_events_total")
    wait_for("work to be broken off", lambda: application.metric("wrapup_events_total") > done + figures["events"] / 4, 60)
    application.kill()
    killed = time.monotonic()
    application.start()
    wait_for("all tasks", application.has_all_tasks, 120)
    tasks = time.monotonic() - killed
    wait_for("the first event", lambda: application.metric("wrapup_events_total"), 120)
    processing = time.monotonic() - killed
    wait_for("readiness", application.is_ready, 300)
    run.keep("restart", f"{count:,} chats, while working",
             {"tasks_seconds": tasks, "processing_seconds": processing, "ready_seconds": time.monotonic() - killed})
    application.kill()
    killed = time.monotonic()
    application.start()
    wait_for("readiness", lambda: application.has_all_tasks() and application.is_ready(), 120)
    run.keep("restart", f"{count:,} chats, idle", {"ready_seconds": time.monotonic() - killed})
    application.kill()
    application.lose_disk()
    size = run.broker.topic_bytes(application.changelog)
    lost = time.monotonic()
    application.start()
    wait_for("all tasks", application.has_all_tasks, 1800, every=0.1)
    seconds, cpu = time.monotonic() - lost, cpu_seconds(application.pid)
    run.keep("restore", f"{count:,} chats", {"seconds": seconds, "cpu_seconds": cpu, "changelog_bytes": size,
                                             "seconds_per_gb": seconds / (size / 1e9)})


def live(run):
    """Events that happen as they are sent, at shares of the rate of a drain, the generator on the same machine."""
    measured = [result for result in run.results if result["series"] in ("drain", "workers", "interval")
                and result["variant"] in ("wrapup", "1", "100 ms")]
    full = measured[0]["per_second"] if measured else run.drain(run.side())["per_second"]
    seconds = run.options.live_seconds
    for share in (0.25, 0.5, 0.75):
        # The prefix is new, so that nothing has been read there.
        name = f"live{round(share * 100)}"
        Application(run.broker, f"make-{name}", name).create_topics()
        application = run.application(name, **{"finalization.update_window": "2s"})
        try:
            application.start()
            wait_for("all tasks", application.has_all_tasks, 60)
            before = application.bytes_written()
            rate = full * share
            # The same turnover as in a drain, however fast the events come: it is their order that makes it.
            figures = run.broker.helper(
                "live", prefix=name, records=application.records, rate=rate, seconds=seconds,
                warm_up=seconds // 3, seed=3, **run.shape(rate * seconds * 1.2, 0.0),
            )
            pid = application.pid
            look = application.look()
            written = per_event(before, application.bytes_written(), figures["events"])
            raw = run.broker.helper("ceiling", prefix=name, topic=application.changelog, work="consume")
            run.keep("live", f"{share:.0%}", {
                **figures, **written, "asked": rate, "cpu_seconds": cpu_seconds(pid), "missed": figures["events"] - look["events"],
                "changelog_raw_per_event": raw["bytes"] / figures["events"],
            })
        finally:
            application.remove()
            run.broker.helper("drop", *(f"{name}-{topic}" for topic in
                                        ("chat-events", "message-events", "queue-events", "directory-events")))


def micro(run):
    """The steps of the pure part, one by one, as Criterion measures them."""
    found = TARGET / "criterion"
    shutil.rmtree(found, ignore_errors=True)
    say("micro-benchmarks (the first time they are compiled)")
    cargo = [ROOT / "deploy" / "local" / "cargo", "bench", "--locked", "--no-default-features"]
    subprocess.run([*cargo, "--bench", "micro", "--bench", "calendar"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    for path in sorted(found.glob("*/*/new/estimates.json"), key=lambda path: path.stat().st_mtime_ns):
        benchmark = json.loads((path.parent / "benchmark.json").read_text(encoding="utf-8"))
        median = json.loads(path.read_text(encoding="utf-8"))["median"]
        elements = benchmark["throughput"]["Elements"]
        of, interval = benchmark["function_id"], median["confidence_interval"]
        figures = {"of": of, "ns": median["point_estimate"] / elements, "lower": interval["lower_bound"] / elements,
                   "upper": interval["upper_bound"] / elements}
        if of == "overlap":
            figures["millions"] = 1e3 / figures["ns"]
        run.keep("micro", benchmark["group_id"], figures)


def profile(run):
    """Where a drain spends its time, by perf; not part of a whole run."""
    topics = run.topics("main", run.options.events)
    application = run.application(topics[0])
    application.program = run.options.other or WRAPUP
    try:
        application.start()
        # By then the overlay is full, and chats come back from the store.
        wait_for("half of the events", lambda: application.metric("wrapup_events_total") > topics[1] / 2, 600, every=0.5)
        data = BENCH / "perf.data"
        subprocess.run(["perf", "record", "-q", "-F", "499", "-g", "--call-graph", "dwarf,8192", "-o", data,
                        "-p", str(application.pid), "--", "sleep", "6"], check=True)
    finally:
        application.remove()
    for key in ("dso", "comm", "symbol"):
        told = subprocess.run(["perf", "report", "-i", data, "--no-children", "--sort", key, "-g", "none", "--percent-limit",
                               "0.4"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
        print("\n".join(text for text in told.splitlines() if text.strip() and not text.startswith("#")))


def compare(run):
    """This build and another one in turns, for a line in the log; not part of a whole run."""
    if not run.options.other:
        raise Failed("say with --other which program to compare with")
    for turn in range(4):
        for name, program in (("other", run.options.other), ("this", WRAPUP)):
            run.keep("compare", f"{name}, {turn + 1}", run.drain(run.side(), program))


# In this order: later ones use what earlier ones have measured.
SERIES = {series.__name__: series for series in (micro, drain, workers, order, interval, hot, retained, live)}
SINGLE = {series.__name__: series for series in (profile, compare)}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("series", nargs="*", help=f"which of {', '.join([*SERIES, *SINGLE])}; all but the last two by default")
    parser.add_argument("--events", type=int, help="of the main topics; 4,000,000 by default")
    parser.add_argument("--chats", type=int, help="instead of --events: a chat has 25.4 on average")
    parser.add_argument("--quick", action="store_true", help="small, for a look while developing: at most five minutes")
    parser.add_argument("--scale", choices=("default", "large", "full"), default="default",
                        help="how many retained chats: up to a hundred thousand, a million, ten million")
    parser.add_argument("--other", type=pathlib.Path, help="another build of wrapup, for the series compare")
    parser.add_argument("--render", type=pathlib.Path, help="write the page anew from these results, and measure nothing")
    parser.add_argument("--command", help="how to repeat this, for the page")
    options = parser.parse_args()
    unknown = [name for name in options.series if name not in SERIES and name not in SINGLE]
    if unknown:
        parser.error(f"no series {', '.join(unknown)}")
    if options.chats:
        options.events = round(options.chats * EVENTS_PER_CHAT)
    options.events = options.events or (EVENTS // 10 if options.quick else EVENTS)
    options.side_events = options.events if options.quick else max(options.events // 4, 400_000)
    options.live_seconds = 24 if options.quick else 45
    levels = [10_000, 100_000, 1_000_000, 10_000_000]
    options.retained = levels[: 2 if options.quick else {"default": 3, "large": 3, "full": 4}[options.scale]]
    return options


def machine(options):
    """What the figures depend on."""
    model = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    memory = int(re.search(r"^MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M).group(1))
    git = lambda *arguments: subprocess.run(["git", "-C", ROOT, *arguments], stdout=subprocess.PIPE, text=True).stdout.strip()
    changed = bool(git("status", "--porcelain", "--", "src", "Cargo.toml", "Cargo.lock", "examples", "benches"))
    return {
        "processor": model.group(1) if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / (1 << 20)),
        "kernel": platform.release(),
        "load_before": round(os.getloadavg()[0], 2),
        "commit": git("rev-parse", "--short", "HEAD") + (" and changes" if changed else ""),
        "date": f"{datetime.date.today()}",
        "size": "quick" if options.quick else options.scale,
        "events": options.events,
        "command": options.command or " ".join(["python3", *sys.argv]),
    }


def main():
    options = parse()
    if options.render:
        results = [json.loads(text) for text in options.render.read_text().splitlines()]
        report.write(results, ROOT / "docs" / "benchmarks")
        return
    BENCH.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(BENCH / "work", ignore_errors=True)
    chosen = options.series or list(SERIES)
    started = time.monotonic()
    with Broker(BENCH / "broker") as broker:
        run = Run(options, broker)
        run.keep("run", "machine", machine(options))
        for name in chosen:
            say(f"series {name} ({time.monotonic() - started:.0f} s so far)")
            {**SERIES, **SINGLE}[name](run)
    run.keep("run", "end", {"minutes": (time.monotonic() - started) / 60})
    print(report.text(run.results))
    if chosen == list(SERIES):
        report.write(run.results, ROOT / "docs" / "benchmarks")
        say("wrote docs/benchmarks/README.md and its plot")
    say(f"the results are in {run.path}")


if __name__ == "__main__":
    # So that what was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
