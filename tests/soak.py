#!/usr/bin/env python3
"""A soak: one process on a real broker under a steady load, watched every ten seconds.

After the first third, in which caches fill, memory must not grow faster than a bound, disk not faster than the chats that
are kept explain, and no partition may be stuck or fall behind.

What is kept cannot be bounded in less than 25 hours: that is the least for which chats are kept after their record. So disk
is measured against the events sent. In runs of more than two days chats are dropped, and the same bound is a generous one."""

import argparse
import http.client
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "warehouse"))

import processes  # noqa: E402  (its folder must be known first)
from processes import Process, until  # noqa: E402

KAFKA = os.environ.get("KAFKA_LOCAL", str(ROOT / "deploy" / "local" / "kafka"))
EVERY_SECS = 10
PARTITIONS = 8
EVENTS_PER_CHAT = 26

# Bounds, after the first third.
RSS_MIB_PER_HOUR_MAX = 120
# A run of minutes has slopes of its own from what comes and goes: so much growth in all is none.
RSS_MIB_MAX = 16
# An event of about 285 bytes is kept with all its members but the text, compressed; before a compaction more than once.
DISK_BYTES_PER_EVENT_MAX = 300
# How long a partition may have something to read without being read.
STUCK_SECS = 60
LAG_SECS_MAX = 30

CONFIG = """
application_id = "soak"
instance_id = "a"
state_dir = "{folder}/state"
workers = 2
finalization.update_window = "30s"
finalization.idle_expiry = "25h"
finalization.correction_window = "25h"
finalization.stub_retention = "1h"
memory.budget = "64MiB"
kafka.bootstrap_servers = "{broker}"
http.listen = "127.0.0.1:{port}"
log.format = "json"
"""

# The broker keeps no more than a reader needs that is up to date.
BROKER = ("log.retention.bytes=67108864", "log.segment.bytes=16777216", "log.retention.check.interval.ms=30000")

SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")


def get(address):
    """What an http server of ours answers: status and body."""
    host, path = address.split("/", 1)
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request("GET", "/" + path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def metrics(text):
    """The samples by name: a list of labels and value."""
    found = {}
    for line in text.splitlines():
        match = SAMPLE.match(line)
        if match:
            labels = dict(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
            found.setdefault(match[1], []).append((labels, float(match[3])))
    return found


def disk_bytes(folder):
    """What the files take; some may go while we look."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:
            pass
    return total


def slope(points):
    """Least squares: units of y for each of x."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    over = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / over if over else 0.0


class Soak:
    """The processes, and what was seen of them."""

    def __init__(self, folder, minutes, rate):
        self.folder, self.minutes, self.rate = folder, minutes, rate
        self.samples, self.faults = [], []
        # Of each partition: its lag's last value above zero that went down, or when it was last zero.
        self.moved = {}

    def start(self):
        settings = [part for setting in BROKER for part in ("--set", setting)]
        owner = str(os.getpid())
        broker_dir = self.folder / "broker"
        broker = processes.run(KAFKA, "start", "--dir", broker_dir, "--until-exit", owner, *settings).strip()
        self.address = f"127.0.0.1:{processes.free_port()}"
        self.config = self.folder / "wrapup.toml"
        port = self.address.rsplit(":", 1)[1]
        self.config.write_text(CONFIG.format(folder=self.folder, broker=broker, port=port), encoding="utf-8")
        wrapup = os.environ["WRAPUP"]
        processes.run(wrapup, "topics", "create", "--partitions", PARTITIONS, "--config", self.config)
        self.process = Process([wrapup, "run", "--config", str(self.config)], self.folder / "wrapup.log")
        chats = int(self.minutes * 60 * self.rate / EVENTS_PER_CHAT)
        # Events' time goes six times as fast as ours, so that most chats are over in minutes.
        load = [wrapup, "generate", "--seed", "1", "--chats", chats, "--rate", self.rate, "--spread", f"{self.minutes * 6}m"]
        load += ["--duplicates", "0.02", "--config", self.config]
        until("the process is ready", self.ready)
        self.load = Process([str(argument) for argument in load], self.folder / "load.log")

    def ready(self):
        try:
            return get(f"{self.address}/readyz")[0] == 200
        except OSError:
            return False

    def end(self):
        for name in ("load", "process"):
            if hasattr(self, name):
                getattr(self, name).kill()
        processes.run(KAFKA, "wipe", "--dir", self.folder / "broker")

    def sample(self, began):
        """One look at everything."""
        at = time.monotonic() - began
        status, words = get(f"{self.address}/readyz")
        seen = metrics(get(f"{self.address}/metrics")[1])
        rss = re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{self.process.child.pid}/status").read_text())
        lags = {
            (labels["topic"], labels["partition"]): value for labels, value in seen.get("wrapup_consumer_lag_records", [])
        }
        total = {name: sum(value for _, value in values) for name, values in seen.items()}
        self.samples.append(
            {
                "at": at,
                "rss": int(rss[1]) * 1024,
                "disk": disk_bytes(self.folder / "state"),
                "events": total.get("wrapup_events_total", 0),
                "records": total.get("wrapup_finalizations_total", 0),
                "watermark": max((value for _, value in seen.get("wrapup_watermark_lag_seconds", [])), default=0),
                "lag": sum(lags.values()),
            }
        )
        if status != 200:
            self.faults.append(f"after {at:.0f} s it is not ready: {words.strip()}")
        if total.get("wrapup_partition_stalls_total", 0) > 0:
            self.faults.append(f"after {at:.0f} s a partition stood still")
        for partition, lag in lags.items():
            before, since = self.moved.get(partition, (lag, at))
            if lag == 0 or lag < before:
                since = at
            self.moved[partition] = (lag, since)
            if at - since > STUCK_SECS:
                self.faults.append(f"{partition} has {lag:.0f} records to read for {at - since:.0f} s and gains nothing")

    def run(self):
        began = time.monotonic()
        while self.load.alive():
            time.sleep(EVERY_SECS - (time.monotonic() - began) % EVERY_SECS)
            if not self.process.alive():
                raise SystemExit(f"wrapup has ended by itself: {self.process.last_words()}")
            self.sample(began)
            last = self.samples[-1]
            print(
                f"{last['at']:6.0f} s  {last['events']:9.0f} events  {last['records']:7.0f} records  "
                f"{last['rss'] / 2**20:6.0f} MiB  disk {last['disk'] / 2**20:6.0f} MiB  "
                f"watermark {last['watermark']:4.0f} s  lag {last['lag']:6.0f}",
                flush=True,
            )
            if last["at"] > self.minutes * 60 * 1.5 + 60:
                raise SystemExit("the load does not come to its end in time")
        if self.load.child.returncode != 0:
            raise SystemExit(f"the load has failed: {self.load.last_words()}")
        until("everything is read", lambda: self.idle(began))
        self.process.end()
        if self.process.child.returncode != 0:
            self.faults.append(f"it did not stop properly: {self.process.last_words()}")

    def idle(self, began):
        self.sample(began)
        return self.samples[-1]["lag"] == 0

    def verdict(self):
        """The figures, and what is wrong with them."""
        # Only while the load lasted, and after the warm-up.
        whole = self.samples[-1]["at"]
        kept = [sample for sample in self.samples if sample["at"] >= whole / 3]
        if len(kept) < 5:
            raise SystemExit("too short: there are not enough samples")
        hours = [(sample["at"] / 3600, sample["rss"] / 2**20) for sample in kept]
        rss_slope = slope(hours)
        grown = rss_slope * (kept[-1]["at"] - kept[0]["at"]) / 3600
        if rss_slope > RSS_MIB_PER_HOUR_MAX and grown > RSS_MIB_MAX:
            self.faults.append(f"memory grows by {rss_slope:.0f} MiB an hour")
        disk_slope = slope([(sample["events"], sample["disk"]) for sample in kept])
        if disk_slope > DISK_BYTES_PER_EVENT_MAX:
            self.faults.append(f"disk grows by {disk_slope:.0f} bytes for each event")
        watermark = max(sample["watermark"] for sample in kept)
        if watermark > LAG_SECS_MAX:
            self.faults.append(f"a watermark was {watermark:.0f} s behind")
        if self.samples[-1]["records"] == 0:
            self.faults.append("there are no records")
        last = self.samples[-1]
        rows = [
            ("minutes; events a second", f"{whole / 60:.0f}; {self.rate}"),
            ("events read; records (revisions) written", f"{last['events']:.0f}; {last['records']:.0f}"),
            ("memory after a third; at the end; highest (MiB, budget 64, and what librdkafka and the program need besides)",
             f"{kept[0]['rss'] / 2**20:.0f}; {last['rss'] / 2**20:.0f}; {max(s['rss'] for s in kept) / 2**20:.0f}"),
            (f"memory growth (MiB; allowed {RSS_MIB_MAX}, or {RSS_MIB_PER_HOUR_MAX} an hour)",
             f"{grown:.1f}; {rss_slope:.0f} an hour"),
            ("state on disk after a third; at the end (MiB)", f"{kept[0]['disk'] / 2**20:.0f}; {last['disk'] / 2**20:.0f}"),
            (f"disk for each event (bytes; allowed {DISK_BYTES_PER_EVENT_MAX}; every chat is kept for 25 h)", f"{disk_slope:.0f}"),
            (f"watermark behind the clock, highest (s; allowed {LAG_SECS_MAX}; 5 is idle)", f"{watermark:.0f}"),
            (f"partitions that stood still for {STUCK_SECS} s; looks at which it was not ready", "0; 0"),
        ]
        head = (
            f"`make soak MINUTES={self.minutes} RATE={self.rate}`: one process, two workers, {PARTITIONS} partitions, "
            f"looked at every {EVERY_SECS} s; the first third is warm-up.\n\n| what | figure |\n| --- | --- |\n"
        )
        return head + "".join(f"| {name} | {value} |\n" for name, value in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--rate", type=int, default=500, help="events a second")
    parser.add_argument("--report", type=pathlib.Path, help="where the figures go, as Markdown")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wrapup-soak-"))
    soak = Soak(folder, arguments.minutes, arguments.rate)
    with processes.ended_by_signals():
        try:
            soak.start()
            soak.run()
            report = soak.verdict()
        finally:
            soak.end()
    print(report)
    if soak.faults:
        raise SystemExit(f"its logs are in {folder}\n" + "\n".join(soak.faults[:20]))
    shutil.rmtree(folder)
    if arguments.report:
        arguments.report.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
