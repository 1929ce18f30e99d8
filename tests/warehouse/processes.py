"""Processes of a test: started in a session of their own, watched, and ended with the test by their numbers."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

# Only a bound for what hangs.
PATIENCE = 180


def until(what, check):
    """Waits until `check` gives something true, and gives it."""
    end = time.monotonic() + PATIENCE
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"not within {PATIENCE} s: {what}")
        time.sleep(0.2)


def free_port():
    """A port below those from which the system serves outgoing connections, so that none of these takes it."""
    for port in range(16000 + os.getpid() % 8000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port on 127.0.0.1")


def environment(more=None):
    """Our environment without settings of the programs that are started."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("WRAPUP_", "PG"))}
    ours.pop("RUST_LOG", None)
    return {**ours, **(more or {})}


class Process:
    """A process with its log in a file. It may start others: they end with it."""

    def __init__(self, arguments, log):
        self.log = log
        with open(log, "ab") as out:
            # What kills this test must not leave its processes behind.
            self.child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment(),
                start_new_session=True,
            )

    def alive(self):
        return self.child.poll() is None

    def end(self, number=signal.SIGTERM):
        """Ends it; killing it, should it not end."""
        if self.alive():
            os.killpg(self.child.pid, number)
            try:
                self.child.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
                self.child.wait(timeout=30)

    def kill(self):
        """As a power cut would."""
        self.end(signal.SIGKILL)

    def said(self, text):
        """Whether its log has the text."""
        return text in self.log.read_text(encoding="utf-8", errors="replace")

    def await_said(self, text):
        def check():
            if self.said(text):
                return True
            if not self.alive():
                raise RuntimeError(f"it has ended: {self.last_words()}")
            return False

        until(f"{text!r} in {self.log}", check)

    def last_words(self):
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return f"{self.log}:\n" + "\n".join(line[:400] for line in lines[-25:])


def run(*arguments, more=None, text=None):
    """Runs a program that must succeed, and gives what it says on stdout."""
    done = subprocess.run(
        [str(argument) for argument in arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env=environment(more),
    )
    if done.returncode != 0:
        raise RuntimeError(f"{arguments}: exit code {done.returncode}\n{done.stderr[-4000:]}")
    return done.stdout


@contextlib.contextmanager
def ended_by_signals():
    """A request to end raises, so that everything is taken down."""

    def leave(number, _frame):
        sys.exit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
