"""The broker, the program and the helper as processes, and what the system says about them."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BENCH = TARGET / "bench"
WRAPUP = TARGET / "release" / "wrapup"
HELPER = TARGET / "release" / "examples" / "bench"
KAFKA = ROOT / "deploy" / "local" / "kafka"

PARTITIONS = 8
# Each of both stages has a task per partition.
TASKS = 2 * PARTITIONS

TICKS = os.sysconf("SC_CLK_TCK")
# The broker is not what is measured: it gets the good compiler and room, so that it is in nobody's way.
BROKER_JVM = "-Xms1g -Xmx1g -XX:+UseSerialGC"
BROKER_SETTINGS = [
    # What is written is measured as it was written, and goes soon after it was deleted.
    "log.cleaner.enable=false",
    "log.segment.delete.delay.ms=1000",
    "log.initial.task.delay.ms=1000",
    "log.retention.check.interval.ms=5000",
]
# Chats and records of the past stay: what is measured is the work on events, not that on their end.
KEPT = "3650d"


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Failed(Exception):
    """A measurement that cannot go on."""


def wait_for(what, check, patience, every=0.02):
    """The first true value of `check`."""
    deadline = time.monotonic() + patience
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Failed(f"not within {patience} s: {what}")
        time.sleep(every)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def status_bytes(pid, name):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M).group(1)) * 1024


def disk_writes(pid):
    text = pathlib.Path(f"/proc/{pid}/io").read_text()
    return int(re.search(r"^write_bytes: (\d+)", text, re.M).group(1))


def per_event(before, after, events):
    """What was written between two looks, for each event."""
    return {f"{what}_per_event": (after[what] - before[what]) / events for what in after}


class Broker:
    """A broker in a folder of its own, gone with this process."""

    def __init__(self, folder):
        self.folder = folder
        self.address = None

    def __enter__(self):
        self._run("wipe")
        settings = [part for setting in BROKER_SETTINGS for part in ("--set", setting)]
        self.address = self._run("start", "--until-exit", str(os.getpid()), *settings)
        return self

    def __exit__(self, *_):
        self._run("wipe")

    def _run(self, command, *arguments):
        environment = {**os.environ, "KAFKA_JVM_OPTIONS": BROKER_JVM}
        done = subprocess.run(
            [KAFKA, command, "--dir", self.folder, *arguments], env=environment, stdout=subprocess.PIPE, text=True
        )
        if done.returncode != 0:
            raise Failed(f"the broker: {command} failed")
        return done.stdout.strip()

    @property
    def pid(self):
        return int((self.folder / "process").read_text().split()[0])

    def topic_bytes(self, topic):
        """What the topic's partitions take on disk, indexes aside."""
        names = re.compile(re.escape(topic) + r"-\d+$")
        folders = [folder for folder in (self.folder / "data").iterdir() if names.fullmatch(folder.name)]
        return sum(file.stat().st_size for folder in folders for file in folder.glob("*.log"))

    def helper(self, command, *arguments, **options):
        """Runs a subcommand of the helper; options are its flags. Gives what it measured."""
        flags = []
        for name, value in options.items():
            if value is not None:
                flags += [f"--{name.replace('_', '-')}", str(value)]
        done = subprocess.run(
            [HELPER, command, "--brokers", self.address, *flags, *arguments], stdout=subprocess.PIPE, text=True
        )
        if done.returncode != 0:
            raise Failed(f"the helper: {command} failed")
        return json.loads(done.stdout)


class Application:
    """An application under a name of its own on topics that are loaded already."""

    def __init__(self, broker, name, inputs, **settings):
        self.broker, self.name, self.inputs = broker, name, inputs
        self.folder = BENCH / "work" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.config = self.folder / "config.toml"
        self.port = free_port()
        values = {
            "application_id": name,
            "instance_id": "a",
            "state_dir": str(self.folder / "state"),
            "workers": 1,
            "kafka.bootstrap_servers": broker.address,
            "http.listen": f"127.0.0.1:{self.port}",
            "log.level": "warn",
            "finalization.idle_expiry": KEPT,
            "finalization.correction_window": KEPT,
            "topics.session_metadata": f"{name}-session-metadata",
            "topics.dead_letters": f"{name}-dead-letters",
            "topics.metric_snapshots": f"{name}-metric-snapshots",
            **{f"topics.{topic}": f"{inputs}-{topic.replace('_', '-')}" for topic in
               ("chat_events", "message_events", "queue_events", "directory_events")},
            **settings,
        }
        self.config.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items()))
        self.records, self.dead_letters = values["topics.session_metadata"], values["topics.dead_letters"]
        self.changelog, self.channel_changelog = f"{name}-chat-changelog", f"{name}-channel-changelog"
        self.differences, self.snapshots = f"{name}-channel-differences", values["topics.metric_snapshots"]
        self.outputs = [self.records, self.dead_letters, self.changelog, self.channel_changelog, self.differences,
                        self.snapshots]
        self.program, self.process = WRAPUP, None

    def create_topics(self):
        done = subprocess.run(
            [WRAPUP, "topics", "create", "--config", self.config], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        if done.returncode != 0:
            raise Failed(f"topics create: {done.stderr}")

    def start(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WRAPUP_")}
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "run", "--config", self.config], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
            )

    @property
    def pid(self):
        if self.process.poll() is not None:
            raise Failed(f"wrapup has ended: see {self.folder / 'log'}")
        return self.process.pid

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def remove(self):
        """Stops it, and deletes what it wrote, here and on the broker."""
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.broker.helper("drop", *self.outputs)

    def lose_disk(self):
        shutil.rmtree(self.folder / "state")

    def _get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""
        except OSError:
            return 0, ""

    def is_ready(self):
        return self._get("/readyz")[0] == 200

    def wait_until_idle(self, patience=600):
        """Until nothing is compacted any more, or looked through."""
        def is_idle():
            before = cpu_seconds(self.pid)
            time.sleep(3)
            return cpu_seconds(self.pid) - before < 0.3
        wait_for("an idle process", is_idle, patience)

    def metric(self, name, label="", text=None):
        """The sum of a metric over its labels that hold `label`."""
        if text is None:
            text = self._get("/metrics")[1]
        found = 0.0
        for line in text.splitlines():
            if line.startswith(name) and line[len(name)] in "{ " and label in line:
                found += float(line.rsplit(" ", 1)[1])
        return found

    def has_all_tasks(self):
        return self.metric("wrapup_tasks", 'state="running"') == TASKS

    def look(self):
        """Events read and records made so far, and what the process has used."""
        text = self._get("/metrics")[1]
        return {
            "at": time.monotonic(),
            "events": int(self.metric("wrapup_events_total", text=text)),
            "records": int(self.metric("wrapup_finalizations_total", text=text)),
            # What the second stage has still to read of what the first has told it.
            "to_add_up": int(self.metric("wrapup_consumer_lag_records", self.differences, text=text)),
            "commits": int(self.metric("wrapup_commits_total", 'outcome="committed"', text=text)),
            "differences": int(self.metric("wrapup_differences_total", text=text)),
            "snapshots": int(self.metric("wrapup_snapshots_published_total", text=text)),
            "cpu": cpu_seconds(self.pid),
            "broker_cpu": cpu_seconds(self.broker.pid),
        }

    def drain(self, expected, quiet=1.5):
        """Waits until so many events are folded and added up and no record comes any more. Gives the cost."""
        first = wait_for("the first event", lambda: (look := self.look())["events"] and look, 120, every=0.1)
        before = self.bytes_written()
        # The counters stand for commits past: what lies before the first look is in neither difference.
        work = ("events", "records", "to_add_up")
        last, told = first, time.monotonic()
        while last["events"] < expected or last["to_add_up"] > 0 or time.monotonic() - last["at"] < quiet:
            time.sleep(0.1)
            look = self.look()
            if any(look[what] != last[what] for what in work):
                last = look
            elif time.monotonic() - last["at"] > 60:
                raise Failed(f"no progress for a minute at {last['events']} of {expected} events")
            if time.monotonic() - told > 10:
                told = time.monotonic()
                say(f"{self.name}: {last['events']:,} of {expected:,} events")
        events, seconds = last["events"] - first["events"], last["at"] - first["at"]
        cpu = last["cpu"] - first["cpu"]
        return {
            "events": last["events"],
            "records": last["records"],
            "seconds": seconds,
            "cpu_seconds": cpu,
            "per_second": events / seconds,
            "per_cpu_second": events / cpu,
            "broker_cpu_seconds": last["broker_cpu"] - first["broker_cpu"],
            **{what: last[what] - first[what] for what in ("commits", "differences", "snapshots")},
            "peak_rss": status_bytes(self.pid, "VmHWM"),
            **per_event(before, self.bytes_written(), events),
        }

    def bytes_written(self):
        """Bytes of changelog, records and dead letters, as the broker keeps them, and to the disk of the stores."""
        size = self.broker.topic_bytes
        return {
            "changelog": size(self.changelog),
            "differences": size(self.differences),
            "channel_changelog": size(self.channel_changelog),
            "snapshots": size(self.snapshots),
            "records": size(self.records),
            "dead_letters": size(self.dead_letters),
            "store": disk_writes(self.pid),
        }
