"""Moonward itself: scripts by `moonward exec`, tenants by `moonward run`."""

import contextlib
import json
import pathlib
import subprocess
import time

from ..context import WORKLOADS
from ..processes import Child, Failure, run

# As good as no limit at all, so that the work decides. Quotas are counted and checked all the same.
WIDE = {
    "cpu": "64",
    "max_services": "200000",
    "spawn_rate": "1000000/s",
    "tenant.memory": "64GiB",
    "memory": "16GiB",
    "mailbox_messages": "10000000",
    "mailbox_bytes": "8GiB",
    "message_bytes": "8MiB",
    "timers": "2000000",
    "coroutines": "4000000",
    "cpu_per_turn": "120s",
    "cpu_per_c_call": "10s",
    "sockets": "4000",
}


class Moonward:
    name = "moonward"

    def __init__(self, program, scratch):
        self.program = pathlib.Path(program).resolve()
        self.scratch = pathlib.Path(scratch)
        self.version = run([self.program, "version"], "moonward version", 10).split("\n")[0].strip()

    def script(self, name, *arguments, port=None, quotas=None, folder=WORKLOADS):
        """One script in a host of its own. `port`: where it may listen. `quotas`: other than WIDE."""
        command = [self.program, "exec", "--permit", "all", "--timeout", "150s"]
        for key, value in {**WIDE, **(quotas or {})}.items():
            command += ["--quota", f"{key}={value}"]
        if port:
            command += ["--listen", f"127.0.0.1:{port}"]
        command += [f"{name}.lua", *arguments]
        return Child(command, f"moonward {name}", folder, self.scratch)

    @contextlib.contextmanager
    def host(self, text):
        """A host with the configuration `text` (TOML; `control_socket` and `allow_root` are set here): a Host."""
        folder = self.scratch / f"host.{time.monotonic_ns()}"
        folder.mkdir()
        file = folder / "host.toml"
        file.write_text(f'[host]\nallow_root = true\ncontrol_socket = "{folder}/control"\n{text}')
        with Child([self.program, "run", file], "moonward run", folder, self.scratch, merge=True) as child:
            yield Host(self, child, folder / "control")


class Host:
    """A running `moonward run`."""

    def __init__(self, moonward, child, socket):
        self.child = child
        self._program = moonward.program
        self._socket = socket

    def ask(self, question):
        """What `moonward ctl --json` answers."""
        command = [self._program, "ctl", "--socket", self._socket, "--json", question]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
            return json.loads(done.stdout)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise Failure(f"moonward ctl {question}: {error}") from None


def toml_table(name, **values):
    """A TOML table; keys that need quoting aren't expected."""
    def literal(value):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (int, float)):
            return str(value)
        if isinstance(value, (list, tuple)):
            return "[" + ", ".join(literal(item) for item in value) + "]"
        return json.dumps(str(value))

    return f"\n[{name}]\n" + "".join(f"{key} = {literal(value)}\n" for key, value in values.items())
