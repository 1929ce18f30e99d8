"""From events to a table, through real processes: broker, wrapup, Kafka Connect with Debezium's JDBC sink, PostgreSQL.

Records and corrections go through while wrapup and Connect are killed and started again. At the end the table must have
what the topic has, in every column of every revision, and the topic what a replay of the same events gives.
"""

import datetime
import json
import os
import pathlib
import shutil
import tempfile
import time

import processes
import records
from processes import Process, until

LOCAL = records.ROOT / "deploy" / "local"
WAREHOUSE = records.ROOT / "deploy" / "warehouse"
TOPIC = "session-metadata"
TABLE, LATEST = "session_metadata_revisions", "session_metadata_latest"
CHATS = 1000
# Of a revision, not of its content.
REVISION = {"revision", "supersedes", "reason", "changed", "finalizedAt"}

WRAPUP_TOML = """
application_id = "warehouse"
instance_id = "a"
state_dir = "{folder}/state"
workers = 1
commit_interval = "100ms"
finalization.update_window = "2s"
kafka.bootstrap_servers = "{broker}"
kafka.session_timeout = "3s"
output.encoding = "connect-json"
output.shape = "flat"
log.format = "json"
"""

WORKER = """
bootstrap.servers={broker}
listeners=http://127.0.0.1:{port}
plugin.path={plugins}
plugin.discovery=service_load
offset.storage.file.filename={folder}/connect.offsets
offset.flush.interval.ms=1000
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
"""


class Pipeline:
    """All processes, in a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []
        self.records, self.read_up_to = [], 0
        self.broker_dir = folder / "broker"

    def start(self, *arguments, log):
        arguments = [str(argument) for argument in arguments]
        process = Process(arguments, self.folder / f"{log}.log")
        self.running.append(process)
        return process

    def start_broker(self):
        owner = str(os.getpid())
        self.broker = processes.run(LOCAL / "kafka", "start", "--dir", self.broker_dir, "--until-exit", owner).strip()

    def start_postgresql(self):
        self.postgresql_port = processes.free_port()
        server = self.start(
            LOCAL / "postgresql", "run", self.folder / "postgresql", self.postgresql_port, log="postgresql"
        )
        server.await_said("ready to accept connections")
        for database in ("wrapup", "files"):
            self.sql(f"CREATE DATABASE {database}", "postgres")
            self.sql((WAREHOUSE / "postgresql.sql").read_text(encoding="utf-8"), database)

    def sql(self, text, database="wrapup"):
        address = ["--host=127.0.0.1", f"--port={self.postgresql_port}", "--username=wrapup", f"--dbname={database}"]
        options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
        return processes.run("psql", *address, *options, text=text, more={"PGTZ": "UTC"})

    def configure(self):
        self.config = self.folder / "wrapup.toml"
        self.config.write_text(WRAPUP_TOML.format(folder=self.folder, broker=self.broker), encoding="utf-8")
        self.wrapup_tool("topics", "create", "--partitions", "4")
        plugins = processes.run(LOCAL / "connect", "plugins").strip()
        self.worker = self.folder / "worker.properties"
        port = processes.free_port()
        text = WORKER.format(folder=self.folder, broker=self.broker, port=port, plugins=plugins)
        self.worker.write_text(text, encoding="utf-8")
        # The file that deploy/warehouse has for everyone, with our addresses.
        settings = json.loads((WAREHOUSE / "debezium-jdbc-sink.json").read_text(encoding="utf-8"))
        url = settings["config"]["connection.url"]
        settings["config"]["connection.url"] = url.replace("localhost:5432", f"127.0.0.1:{self.postgresql_port}")
        # Small steps, so that a kill comes between two of them; and the killed one is soon forgotten.
        for name, value in (("max.poll.records", 20), ("session.timeout.ms", 4000), ("heartbeat.interval.ms", 500)):
            settings["config"][f"consumer.override.{name}"] = str(value)
        self.connector = self.folder / "sink.json"
        self.connector.write_text(json.dumps(settings), encoding="utf-8")

    def wrapup_tool(self, *arguments):
        return processes.run(records.WRAPUP, *arguments, "--config", self.config)

    def start_wrapup(self):
        return self.start(records.WRAPUP, "run", "--config", self.config, log="wrapup")

    def start_connect(self):
        return self.start(LOCAL / "connect", "run", self.worker, self.connector, log="connect")

    def start_consumer(self):
        """Only what is committed, as every consumer must read."""
        self.consumer = self.start(
            LOCAL / "kafka", "tool", "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "--bootstrap-server", self.broker, "--topic", TOPIC, "--from-beginning",
            "--isolation-level", "read_committed", log="records",
        )  # fmt: skip

    def topic(self):
        """The payloads in the topic so far."""
        with open(self.consumer.log, encoding="utf-8", newline="\n") as log:
            log.seek(self.read_up_to)
            # The last line may not be whole yet.
            for line in iter(log.readline, ""):
                if not line.endswith("\n"):
                    break
                self.read_up_to += len(line.encode())
                if line.startswith("{"):
                    self.records.append(payload(records.parse(line)))
        return self.records

    def table(self, relation, database="wrapup"):
        lines = self.sql(f"SELECT to_jsonb(r) FROM {relation} AS r", database).split("\n")
        return [records.parse(line) for line in lines if line]

    def count(self):
        return int(self.sql(f"SELECT count(*) FROM {TABLE}"))

    def alive(self):
        """Connect goes on when its task has failed: nothing would come any more."""
        log = self.folder / "connect.log"
        if log.exists() and "Task threw an uncaught and unrecoverable exception" in log.read_text(encoding="utf-8"):
            lines = [line for line in log.read_text(encoding="utf-8").splitlines() if "Caused by" in line or "ERROR" in line]
            raise RuntimeError("the sink has failed:\n" + "\n".join(line[:600] for line in lines[:12]))
        return True

    def stop(self):
        for process in reversed(self.running):
            process.end()
        if self.broker_dir.exists():
            processes.run(LOCAL / "kafka", "wipe", "--dir", self.broker_dir)


def payload(message):
    """A record with Connect's schema as a row of values. Texts that are JSON are told from others by the table."""
    row = message["payload"]
    for field in message["schema"]["fields"]:
        if field.get("name") == "org.apache.kafka.connect.data.Timestamp" and row[field["field"]] is not None:
            row[field["field"]] = instant(row[field["field"]])
    return row


def instant(millis):
    time_of = datetime.datetime.fromtimestamp(millis // 1000, datetime.timezone.utc)
    return f"{time_of:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03}Z"


def as_in_table(row, json_columns):
    """Lists, rows and objects are texts in the flat record, and `jsonb` in the table."""
    return {name: records.parse(value) if name in json_columns and value is not None else value for name, value in row.items()}


def events_of(folder):
    """The made-up events, in two parts, and what comes late for the chats of the first part: a tag or an answer to the survey."""
    lines = (folder / "traffic" / "events.jsonl").read_text(encoding="utf-8").split("\n")
    events = [json.loads(line) for line in lines if line]
    chats = sorted({event["subject"] for event in events})
    last = {}
    for event in events:
        last[event["subject"]] = max(event["time"], last.get(event["subject"], ""))
    early = set(chats[: CHATS // 2])
    late = []
    for number, chat in enumerate(sorted(early)):
        if number % 2:
            kind, data = "chat.tags_added", {"tags": [f"late's \"{number}\""]}
        else:
            kind, data = "chat.csat_submitted", {"scale": 5, "choice": 1 + number % 5, "comment": "so\nlala"}
        event = {"specversion": "1.0", "id": f"late-{chat}", "source": "/warehouse", "type": kind, "subject": chat}
        late.append({**event, "time": last[chat], "data": data})
    first = [event for event in events if event["subject"] in early]
    rest = [event for event in events if event["subject"] not in early]
    return first, rest, late


def write(path, events):
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return path


def traffic(folder):
    """Events that are all past, and their directory."""
    start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=14)
    options = ["--seed", "3", "--chats", str(CHATS), "--channels", "3", "--start", f"{start:%Y-%m-%dT%H:%M:%SZ}"]
    processes.run(records.WRAPUP, "generate", *options, "--out-dir", folder / "traffic")
    return folder / "traffic" / "directory.jsonl", *events_of(folder)


def replayed(folder, directory, parts):
    """The content that every chat which has ended must come to."""
    now = datetime.datetime.now(datetime.timezone.utc)
    files = [argument for number, part in enumerate(parts)
             for argument in ("--events", write(folder / f"all-{number}.jsonl", part))]  # fmt: skip
    out = folder / "replayed.jsonl"
    options = ["--as-of", f"{now:%Y-%m-%dT%H:%M:%SZ}", "--update-window", "2s", "--out", out]
    processes.run(records.WRAPUP, "replay", *files, "--directory", directory, *options)
    latest = records.latest(records.read(out))
    return {chat: record for chat, record in latest.items() if record["endedAt"] is not None}


def content(row):
    return {name: records.plain(value) for name, value in row.items() if name not in REVISION}


def unlike(name, ours, theirs):
    """Custom values go through a double."""
    if name == records.CUSTOM:
        return records.doubles(ours) != records.doubles(theirs)
    return records.plain(ours) != records.plain(theirs)


def check(pipeline, expected, json_columns):
    """Gives how many rows are the topic's, or says what is not yet as it must be."""
    pipeline.alive()
    if pipeline.count() != len(pipeline.topic()):
        return None, f"the table has {pipeline.count()} rows, the topic {len(pipeline.topic())} records"
    topic = [as_in_table(row, json_columns) for row in pipeline.topic()]
    latest = records.latest(topic)
    for chat, record in expected.items():
        if chat not in latest or content(records.flat(record, latest[chat])) != content(latest[chat]):
            return None, f"chat {chat} is not in the topic as the replay has it"
    by_key = records.by_key(topic)
    highest = records.by_key(latest.values())
    for relation, wanted in ((TABLE, by_key), (LATEST, highest)):
        rows = records.by_key(pipeline.table(relation))
        if rows.keys() != wanted.keys():
            return None, f"{relation} has {len(rows)} rows, the topic {len(wanted)}"
        for key, row in rows.items():
            if row.keys() != wanted[key].keys():
                return None, f"{relation} has other columns: {sorted(row.keys() ^ wanted[key].keys())}"
            for name, value in row.items():
                if unlike(name, value, wanted[key][name]):
                    return None, f"{relation} {key} {name}: {value!r}, the topic has {wanted[key][name]!r}"
    return (len(by_key), len(highest)), ""


def converge(pipeline, expected, json_columns):
    state = {}

    def look():
        state["found"], state["why"] = check(pipeline, expected, json_columns)
        return state["found"]

    try:
        return until("the table is the topic, the topic is the replay", look)
    except TimeoutError as error:
        raise TimeoutError(f"{error}: {state['why']}") from None


def say(text, begun=time.monotonic()):
    print(f"{time.monotonic() - begun:5.1f} s  {text}", flush=True)


def load_files(pipeline):
    """The statement for files, into a database of its own, twice."""
    (pipeline.folder / "files").mkdir()
    path = records.make(pipeline.folder / "files")
    for _ in range(2):
        pipeline.sql(records.statement("PostgreSQL", path), "files")
    wanted = records.read(path)
    for relation, expected in ((TABLE, wanted), (LATEST, records.latest(wanted).values())):
        expected = records.by_key(expected)
        rows = records.by_key(pipeline.table(relation, "files"))
        assert rows.keys() == expected.keys(), f"{relation} has other rows than the file"
        for key, row in rows.items():
            different = list(records.differences(row, expected[key]))
            assert not different, different
    say(f"{len(wanted)} records of a file are in a table of PostgreSQL, column by column")


def through(pipeline):
    folder = pipeline.folder
    directory, first, rest, late = traffic(folder)
    pipeline.start_broker()
    pipeline.start_postgresql()
    pipeline.configure()
    pipeline.start_consumer()
    say("broker and PostgreSQL run")
    load_files(pipeline)
    wrapup, connect = pipeline.start_wrapup(), pipeline.start_connect()
    load = lambda name, part, *more: pipeline.wrapup_tool("load", "--events", write(folder / name, part), *more)
    load("first.jsonl", first, "--directory", directory)
    until("the first rows", lambda: pipeline.alive() and pipeline.count() > 0)
    connect.kill()
    wrapup.kill()
    say(f"killed wrapup and Connect with {pipeline.count()} rows in the table and {len(pipeline.topic())} records in the topic")
    load("late.jsonl", late)
    load("rest.jsonl", rest)
    pipeline.start_wrapup()
    pipeline.start_connect()
    expected = replayed(folder, directory, [first, rest, late])
    types = "SELECT attname FROM pg_attribute WHERE attrelid = '{}'::regclass AND atttypid = 'jsonb'::regtype"
    json_columns = set(pipeline.sql(types.format(TABLE)).split())
    revisions, chats = converge(pipeline, expected, json_columns)
    assert chats >= len(expected) > CHATS // 2, "there is too little to compare"
    assert revisions > chats, "nothing was corrected"
    say(f"the table is the topic in every column: {revisions} revisions of {chats} chats, {len(expected)} of them replayed")


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wrapup-connect-"))
    # The server may run as somebody else.
    folder.chmod(0o755)
    pipeline = Pipeline(folder)
    try:
        with processes.ended_by_signals():
            through(pipeline)
    except BaseException:
        for process in pipeline.running:
            print(process.last_words())
        raise
    finally:
        pipeline.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
