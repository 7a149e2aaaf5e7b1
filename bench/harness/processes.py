"""Child processes: started, read line by line with a deadline, looked at, and ended by their own process group.

Nothing here sleeps for a guessed time: a line, a connection or an end is what is waited for.
"""

import collections
import contextlib
import os
import pathlib
import queue
import signal
import socket
import subprocess
import threading
import time


class Failure(Exception):
    """A run that could not be made or measured; the text says why."""


class Child:
    """A process whose output is read line by line. Ends with the `with` block, whatever happens.

    `what` names it in errors. Standard error goes where standard output goes if `merge`, else to a file. Its last
    lines are quoted when the process fails.
    """

    def __init__(self, command, what, folder, scratch, merge=False, environment=None):
        self.what = what
        self.errors = pathlib.Path(scratch) / f"errors.{time.monotonic_ns()}"
        self.arrived = None
        self._lines = queue.Queue()
        self._last = collections.deque(maxlen=4)
        with open(self.errors, "wb") as errors:
            try:
                self.process = subprocess.Popen(
                    [str(part) for part in command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT if merge else errors, start_new_session=True, env=environment,
                )
            except OSError as error:
                raise Failure(f"{what}: {error}") from None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            text = line.decode(errors="replace").rstrip("\n")
            self._last.append(text)
            self._lines.put((text, time.monotonic()))
        self._lines.put((None, time.monotonic()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.process.pid

    def line(self, deadline):
        """The next line; None at the end of the output. Fails at `deadline` (time.monotonic()).

        `arrived` is then the instant at which it came.
        """
        try:
            text, self.arrived = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            return text
        except queue.Empty:
            raise Failure(f"{self.what}: nothing came within its time") from None

    def until(self, wanted, deadline):
        """Yields lines up to the one for which `wanted(line)` holds, that one included."""
        while True:
            line = self.line(deadline)
            if line is None:
                raise Failure(f"{self.what}: ended early{self.tail()}")
            yield line
            if wanted(line):
                return

    def expect(self, wanted, deadline):
        """Waits for the line `wanted` (a text, compared as a whole)."""
        for _ in self.until(lambda line: line == wanted, deadline):
            pass

    def tail(self):
        """The last lines of standard error, or of all that was printed, for an error text."""
        lines = []
        with contextlib.suppress(OSError):
            lines = self.errors.read_text(errors="replace").strip().splitlines()[-4:]
        lines = lines or list(self._last)
        if lines:
            return ": " + " | ".join(line.strip() for line in lines)
        return f" (exit code {self.process.poll()})"

    def resident_bytes(self):
        """What the process holds of physical memory now."""
        return resident_bytes(self.pid)

    def stop(self):
        """Ends the process's group at once: a runaway wouldn't let it drain, and nothing of it is needed any more."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()


def resident_bytes(pid):
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    raise Failure(f"process {pid} is gone: its memory can't be read")


def run(command, what, seconds, folder=None):
    """Runs a command to its end; its standard output."""
    try:
        done = subprocess.run(
            [str(part) for part in command], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", timeout=seconds,
        )
    except OSError as error:
        raise Failure(f"{what}: {error}") from None
    except subprocess.TimeoutExpired:
        raise Failure(f"{what}: took longer than {seconds} s") from None
    if done.returncode != 0:
        words = " | ".join((done.stdout[-400:] + done.stderr).strip().splitlines()[-4:])
        raise Failure(f"{what}: exit code {done.returncode}: {words}")
    return done.stdout


def free_port():
    """A TCP port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(port, deadline):
    """A connection to `port`, tried until somebody listens there."""
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5.0)
        except OSError:
            if time.monotonic() > deadline:
                raise Failure(f"nobody listens on port {port}") from None
            time.sleep(0.005)


def await_port(port, deadline):
    connect(port, deadline).close()


def knock(port, deadline):
    """Tells a script that waits for a connection to go on: connects, and waits for it to hang up."""
    with connect(port, deadline) as connection:
        with contextlib.suppress(ConnectionError):
            connection.recv(1)
