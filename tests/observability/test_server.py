"""A Prometheus reads a page with every metric, evaluates the rules, and has an answer for every panel."""

import http.server
import itertools
import json
import pathlib
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

import reading

WITHIN_SECS = 60

# Values of labels; `wrapup_tasks` and `wrapup_live_chats` both have states.
VALUES = {
    "stage": ["chat", "channel"],
    "state": ["running", "restoring", "paused", "initial", "queued", "opened", "snoozed"],
    "outcome": ["committed", "aborted", "unknown", "fenced"],
    "verdict": ["inSla", "notInSla", "excluded", "noPolicy"],
    "partition": ["0", "1"],
    "channel": ["c1", "other"],
    "queue": ["", "q1", "other"],
}


def page(reads):
    """Every metric with all its labels, in trouble everywhere: so every query has something to show."""
    lines = []
    for name, (kind, labels) in reading.known().items():
        lines.append(f"# TYPE {name} {kind}")
        for values in itertools.product(*(VALUES.get(label, [f"some-{label}"]) for label in labels)):
            lines.extend(series(name, kind, dict(zip(labels, values)), reads))
    return "\n".join(lines) + "\n"


def series(name, kind, labels, reads):
    if kind == "histogram":
        for bound in ["0.1", "1", "+Inf"]:
            yield line(f"{name}_bucket", {**labels, "le": bound}, reads)
        yield line(f"{name}_sum", labels, reads)
        yield line(f"{name}_count", labels, reads)
    elif kind == "counter":
        yield line(name, labels, reads)
    elif "timestamp" in name:
        yield line(name, labels, time.time() - 3_600)
    else:
        yield line(name, labels, 30)


def line(name, labels, value):
    return f"{name}{{{','.join(f'{label}={json.dumps(text)}' for label, text in labels.items())}}} {value}"


class Page(http.server.BaseHTTPRequestHandler):
    reads = 0

    def do_GET(self):
        Page.reads += 1
        text = page(Page.reads).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Nobody wants to read it."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        cls.addClassCleanup(cls.page.server_close)
        threading.Thread(target=cls.page.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.page.shutdown)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.start(pathlib.Path(folder.name))

    @classmethod
    def start(cls, folder):
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(reading.RULES / "*.yml")],
            "scrape_configs": [
                {
                    "job_name": "wrapup",
                    "static_configs": [{"targets": [f"127.0.0.1:{cls.page.server_address[1]}"]}],
                }
            ],
        }
        # JSON is YAML too.
        (folder / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
        port = free_port()
        cls.address = f"http://127.0.0.1:{port}"
        cls.log = folder / "log"
        with open(cls.log, "wb") as log:
            cls.process = subprocess.Popen(
                [
                    # What kills this test must not leave the server behind.
                    *["setpriv", "--pdeathsig", "KILL"],
                    *[reading.ROOT / "deploy/local/prometheus", "server"],
                    f"--config.file={folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        cls.addClassCleanup(cls.end)

    @classmethod
    def end(cls):
        cls.process.terminate()
        try:
            cls.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            cls.process.kill()
            cls.process.wait()

    def ask(self, path, **query):
        if self.process.poll() is not None:
            self.fail(f"the server has ended:\n{self.log.read_text(encoding='utf-8')[-3_000:]}")
        url = f"{self.address}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            return self.fail(f"{query}: {error.read().decode()}")
        except OSError:
            # It does not listen yet.
            return None

    def until(self, missing):
        """Waits until nothing is missing any more."""
        limit = time.monotonic() + WITHIN_SECS
        while left := missing():
            if time.monotonic() > limit:
                self.fail("still missing:\n  " + "\n  ".join(left))
            time.sleep(0.5)

    def test_rules_are_evaluated_without_errors(self):
        def missing():
            groups = (self.ask("rules") or {"groups": []})["groups"]
            rules = [rule for group in groups for rule in group["rules"]]
            self.assertEqual([rule["lastError"] for rule in rules if rule["health"] == "err"], [])
            if len(rules) < len(reading.alerts()) + len(reading.recorded()):
                return ["rules"]
            return [rule["name"] for rule in rules if rule["health"] != "ok"]

        self.until(missing)

    def test_every_panel_has_an_answer(self):
        def missing():
            return [f"{place}: {query}" for place, query in reading.expressions() if not self.answers(query)]

        self.until(missing)

    def answers(self, query):
        answer = self.ask("query", query=reading.filled(query))
        return answer is not None and answer["result"]


if __name__ == "__main__":
    unittest.main()
