"""Moonward itself: scripts by `moonward exec`, tenants by `moonward run`."""

import contextlib
import dataclasses
import json
import pathlib
import shutil
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
        if not self.program.is_file():
            raise Failure(f"--moonward {program}: it isn't there; tools/build builds it")
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
    def host(self, workers, *tenants):
        """A running host with so many workers and these tenants: a Host."""
        folder = self.scratch / f"host.{time.monotonic_ns()}"
        folder.mkdir()
        text = toml_table("host", allow_root=True, control_socket=str(folder / "control"), workers=workers)
        for tenant in tenants:
            text += tenant.configuration(folder)
        file = folder / "host.toml"
        file.write_text(text)
        with Child([self.program, "run", file], "moonward run", folder, self.scratch, merge=True) as child:
            yield Host(self, child, folder / "control")


@dataclasses.dataclass(frozen=True)
class Tenant:
    """A tenant of Moonward.host: `start` is a list of "SCRIPT ARGUMENT…" of `source`.

    `keys` and `service` are its section of the configuration, and that of its services.
    """

    name: str
    start: tuple
    source: pathlib.Path
    keys: dict
    service: dict

    def configuration(self, folder):
        """Writes the tenant's scripts below `folder`, and returns its sections."""
        root = folder / self.name
        shutil.copytree(self.source, root)
        # A configuration starts scripts without arguments: this one hands them on. Each in a fork of its
        # own, because a runaway never says that it has started.
        lines = ['local skynet = require "skynet"', "skynet.start(function()"]
        for script in self.start:
            names = ", ".join(json.dumps(word) for word in script.split())
            lines.append(f"  skynet.fork(skynet.newservice, {names})")
        (root / "begin.lua").write_text("\n".join([*lines, "end)", ""]))
        keys = {"cpu": 64.0, "spawn_rate": "1000000/s", "memory": "16GiB", "max_services": 100000, **self.keys}
        return (toml_table(f"tenants.{self.name}", root=str(root), start=["begin"], **keys)
                + toml_table(f"tenants.{self.name}.service", **self.service))


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
            done = subprocess.run(command, capture_output=True, text=True, timeout=20)
            return json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError) as error:
            raise Failure(f"moonward ctl {question}: {error}") from None
        except ValueError:
            raise Failure(f"moonward ctl {question}: {done.stderr.strip()}") from None

    def await_control(self, deadline):
        """Waits until the host answers `ctl`."""
        while True:
            try:
                return self.ask("info")
            except Failure:
                if time.monotonic() > deadline or self.child.process.poll() is not None:
                    raise
                time.sleep(0.01)


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
