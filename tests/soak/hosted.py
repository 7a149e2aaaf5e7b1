"""The host under test: its configuration, which changes all the time, and `moonward ctl`."""

import dataclasses
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from harness import hostile
from harness.peers.moonward import toml_table
from harness.processes import Failure, resident_bytes

HERE = pathlib.Path(__file__).resolve().parent
# What a reload swings between; every attack meets both.
SWINGS = (
    ({"cpu": 1.0, "memory": "64MiB"}, {"cpu_per_turn": "500ms", "cpu_per_c_call": "100ms", "memory": "8MiB"}),
    ({"cpu": 0.5, "memory": "48MiB"}, {"cpu_per_turn": "100ms", "cpu_per_c_call": "50ms", "memory": "4MiB"}),
)
CALM, STORM, OVER = "calm", "storm", "over"  # without the hostile tenants; with them; they start nothing again


class Hosted:
    """`moonward run` on a directory of its own. Not for several threads."""

    def __init__(self, program, folder, ports):
        self.program, self.folder = pathlib.Path(program).resolve(), pathlib.Path(folder)
        self.ports = ports  # {"good": …, "churn": …}
        self.log = self.folder / "host.log"
        self.hostile = hostile.tenants(4)
        self.version = 0
        for name in ("good", "churn"):
            shutil.copytree(HERE / name, self.folder / name)
            (self.folder / name / "port.lua").write_text(f"return {ports[name]}\n")
        for tenant in self.hostile:
            tenant.configuration(self.folder)  # the scripts; the sections come with each write
        self.write(CALM)
        self.process = None

    def write(self, phase, swing=0, broken=None):
        """Writes the configuration, and version.lua anew. `broken`: text that no reader accepts, put after it."""
        self.version += 1
        (self.folder / "good" / "version.lua").write_text(f"return {self.version}\n")
        tenant_keys, service_keys = SWINGS[swing]
        text = toml_table("host", allow_root=True, workers=2, control_socket=str(self.folder / "control"),
                          log=str(self.log), stop_timeout="5s")
        # The probes of V: as many as the client asks for, one after another.
        text += toml_table("tenants.good", root="good", start=["main"], memory="128MiB", cpu=1.0,
                           listen=[f"127.0.0.1:{self.ports['good']}"], spawn_rate="1000/s")
        text += toml_table("tenants.good.service", memory="32MiB")
        text += toml_table("tenants.churn", root="churn", start=["main", "ticker"],
                           listen=[f"127.0.0.1:{self.ports['churn']}"], memory="64MiB", sockets=40,
                           spawn_rate="100/s", cpu=tenant_keys["cpu"])
        text += toml_table("tenants.churn.service", memory=service_keys["memory"], log_rate="10/s", **hostile.FOR_EVER)
        if phase != CALM:
            for tenant in self.hostile:
                ends = {"restart": "never"} if phase == OVER else {}
                text += dataclasses.replace(
                    tenant, tenant={**tenant.tenant, **tenant_keys},
                    service={**tenant.service, **service_keys, **ends}).sections(self.folder / tenant.name)
        (self.folder / "host.toml").write_text(text + (broken or ""))

    def start(self):
        self.output = open(self.folder / "output", "wb")
        self.process = subprocess.Popen([self.program, "run", self.folder / "host.toml"], stdin=subprocess.DEVNULL,
                                        stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True)
        deadline = time.monotonic() + 30
        while self.ctl("info").returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"the host didn't come up: {self.printed()[-400:]}")
            time.sleep(0.02)

    def alive(self):
        return self.process.poll() is None

    def printed(self):
        return (self.folder / "output").read_text(errors="replace").strip()

    def lines(self):
        """All lines of the log, and what was printed outside of it."""
        with open(self.log, errors="replace") as log:
            yield from (line.rstrip("\n") for line in log)
        yield from self.printed().splitlines()

    def ctl(self, *arguments):
        command = [self.program, "ctl", "--socket", self.folder / "control", *arguments]
        try:
            return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30)
        except subprocess.TimeoutExpired:
            raise Failure(f"moonward ctl {' '.join(map(str, arguments))}: no answer within 30 s") from None

    def request(self, command, what=""):
        """The answer to a request at the control socket; without `ctl`, whose start takes cores from the load."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            try:
                connection.connect(str(self.folder / "control"))
                asked = {"command": command, **({"what": what} if what else {})}
                connection.sendall(json.dumps(asked).encode() + b"\n")
                with connection.makefile("rb") as answer:
                    return json.loads(answer.readline())
            except (OSError, ValueError) as error:
                raise Failure(f"control socket, {command}: {type(error).__name__}: {error}") from None

    def ask(self, command, what=""):
        """What the request is answered with."""
        answer = self.request(command, what)
        if not answer["ok"]:
            raise Failure(f"control socket, {command}: {answer['error']}")
        return answer["result"]

    def kill(self, address):
        """False when it has ended by itself meanwhile."""
        return self.request("kill", address)["ok"]

    def reload(self):
        done = self.ctl("reload")
        if done.returncode != 0:
            raise Failure(f"moonward ctl reload: {done.stderr.strip()}")

    def reload_is_refused(self, phase, swing):
        """A reload of a file with a mistake: true when it is refused. The file is right again afterwards."""
        self.write(phase, swing, broken='\n[tenants.nobody]\nroot = "no/such"\ncolour = "green"\n')
        refused = self.ctl("reload").returncode != 0
        self.write(phase, swing)
        return refused

    def descriptors(self):
        """{what: how many} of the open descriptors, sockets and pipes without their numbers."""
        count = {}
        folder = f"/proc/{self.process.pid}/fd"
        for name in os.listdir(folder):
            try:
                what = os.readlink(f"{folder}/{name}").split(":[")[0]
            except OSError:
                continue
            count[what] = count.get(what, 0) + 1
        return count

    def resident_bytes(self):
        return resident_bytes(self.process.pid)

    def counters(self):
        """What must be back where it was once all is over."""
        info = self.ask("info")
        found = {name: info[name] for name in ("services", "timers", "sockets")}
        found["descriptors"] = self.descriptors()
        return found

    def end(self, seconds):
        """SIGTERM; the exit code, None when it didn't end in time."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def destroy(self):
        if self.process is not None:
            if self.alive():
                self.process.kill()
            self.process.wait()
            self.output.close()
