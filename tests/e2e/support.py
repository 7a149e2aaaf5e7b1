"""What the end-to-end tests share: the program, scratch directories, a running host.

Nothing here sleeps for a guessed time: everything polls for what it waits for, with a deadline.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

BUILD = pathlib.Path(os.environ.get("MOONWARD_BUILD", "build/release"))
PROGRAM = str((BUILD / "moonward").resolve())
DEADLINE = 60.0  # generous: sanitizers and busy machines
# ThreadSanitizer holds signals back until the next system call: in that build a script is
# interrupted by a polling hook, and nothing reaches into a library function.
TSAN = os.environ.get("MOONWARD_SANITIZE") == "thread"
# Its scripts are many times slower: what the default limits on time allow elsewhere needs more.
SLOW_BUILD = ["--quota", "cpu_per_turn=30s", "--quota", "cpu_per_c_call=30s"] if TSAN else []


def moonward(*arguments, deadline=DEADLINE, **options):
    """Runs a command to its end; the result has stdout, stderr and returncode."""
    return subprocess.run(
        [PROGRAM, *map(str, arguments)],
        capture_output=True, text=True, errors="replace", timeout=deadline, **options,
    )


def wait_for(condition, what, deadline=DEADLINE):
    """Polls until condition() is true, and returns its value."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline} s for {what}")
        time.sleep(0.01)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Scratch(unittest.TestCase):
    """A test with a directory of its own, gone afterwards."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="moonward-e2e."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


class Host:
    """`moonward run`, from when its control socket answers to its end."""

    def __init__(self, test, config, *arguments):
        self.test = test
        self.output = open(test.folder / f"output.{time.monotonic_ns()}", "w+")
        self.process = subprocess.Popen(
            [PROGRAM, "run", str(config), *arguments],
            stdout=self.output, stderr=subprocess.STDOUT, text=True,
        )
        self.config = config
        test.addCleanup(self.end)
        wait_for(lambda: self.process.poll() is not None or self.ctl("info").returncode == 0,
                 "the host to answer")
        if self.process.poll() is not None:
            raise AssertionError(f"the host ended with {self.process.returncode}:\n{self.text()}")

    def text(self):
        """What it has printed so far."""
        return pathlib.Path(self.output.name).read_text(errors="replace")

    def ctl(self, *arguments):
        return moonward("ctl", "--config", self.config, *arguments)

    def json(self, *arguments):
        done = self.ctl("--json", *arguments)
        self.test.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def tenant(self, name):
        return self.json("stat", name)[0]

    def services(self, tenant=None):
        return self.json("list", *([tenant] if tenant else []))

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.output.close()

    def wait(self, deadline=DEADLINE):
        return self.process.wait(deadline)

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)
