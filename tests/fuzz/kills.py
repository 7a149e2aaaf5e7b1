#!/usr/bin/env python3
"""Random kills: the programs of programs.py as services of a host, ended by ctl at random instants.

    kills.py --program build/asan/moonward --seconds 600 --seed 1
    kills.py --program build/release/moonward --kills 300

Beside the killed tenant, another one's services check without end that what they hold and exchange
is intact; they must go on, and say nothing else. Between two kills, the host is asked a random
number of other questions, gets new quotas, and reloads: that is the pause. A finding is what
programs.py takes for one, an answer that is no answer, a line of the other tenant, or a host that
doesn't stop. Exit code: 1 on a finding; what the host printed is kept in --keep.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import lua_writer
import programs

SERVICES = 12
DEADLINE_SECONDS = 120

GOOD = r"""
local skynet = require "skynet"
local rounds = 0
skynet.start(function()
  skynet.dispatch("lua", function(_, _, ...) skynet.retpack(...) end)
  skynet.fork(function()
    while true do
      local list = {}
      for i = 1, 200 do list[i] = { i, tostring(i), i / 4, (string.char(i)):rep(i) } end
      local got = skynet.call(skynet.self(), "lua", list)
      assert(#got == 200)
      for i, row in ipairs(got) do
        assert(row[1] == i and row[2] == tostring(i) and row[3] == i / 4 and row[4] == list[i][4])
      end
      rounds = rounds + 1
      skynet.error("rounds " .. rounds)
      skynet.sleep(5)
    end
  end)
end)
"""

CONFIG = """
[host]
control_socket = "control.sock"
state_dir = "state"
stop_timeout = "2s"
allow_root = true

[defaults.service]
cpu_per_turn = "60ms"
cpu_per_c_call = "30ms"
restart = "always"
max_restarts = 1000000
restart_backoff = "1ms"

[tenants.good]
root = "good"
start = ["one", "two"]
[tenants.good.service]
cpu_per_turn = "60s"
cpu_per_c_call = "60s"
restart = "never"

[tenants.bad]
root = "bad"
start = {start}
memory = "64MiB"
max_services = 60
spawn_rate = "1000/s"
listen = ["127.0.0.1:*"]
connect = ["127.0.0.1:*"]
permissions = ["kill", "launch", "inject", "redirect", "monitor", "abort", "setenv", "signal", "debug"]
[tenants.bad.service]
memory = "2MiB"
log_rate = "2/s"
"""


class Finding(Exception):
    """What must not happen."""


class Control:
    """The host's control socket: a request a line, an answer a line."""

    def __init__(self, folder, process):
        end = time.monotonic() + DEADLINE_SECONDS
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(DEADLINE_SECONDS)
            try:
                self.socket.connect(str(folder / "control.sock"))
                break
            except OSError as error:
                self.socket.close()
                if process.poll() is not None or time.monotonic() > end:
                    raise Finding(f"the host doesn't start: {error}") from error
                time.sleep(0.01)
        self.lines = self.socket.makefile("rb")
        self.process = process

    def state(self):
        try:
            return f"the host ended with {self.process.wait(5)}"
        except subprocess.TimeoutExpired:
            return "the host goes on"

    def ask(self, **request):
        """The result; nothing: it was refused."""
        try:
            self.socket.sendall(json.dumps(request).encode() + b"\n")
            line = self.lines.readline()
        except OSError as error:
            raise Finding(f"no answer to {request}: {error}; {self.state()}") from error
        if not line:
            raise Finding(f"the connection ended instead of an answer to {request}; {self.state()}")
        answer = json.loads(line)
        if answer["ok"]:
            return answer["result"]
        if request["command"] not in ("kill", "quota"):
            raise Finding(f"{request} is answered by {answer}")
        return None


def quota(r):
    return r.choice([
        ("bad", f"memory={r.choice([8, 16, 64])}MiB"), ("bad", f"cpu={r.choice(['0.1', '1', '2'])}"),
        ("bad", f"sockets={r.choice([0, 5, 64])}"), ("bad", f"weight={r.choice([1, 100])}"),
        (f"bad/p{r.randrange(SERVICES)}", f"memory={r.choice([128, 512, 4096])}KiB"),
        (f"bad/p{r.randrange(SERVICES)}", f"cpu_per_turn={r.randint(20, 100)}ms"),
    ])


def storm(control, r, folder, options):
    """Kills at random instants, and asks in between; how many it killed."""
    killed, end = 0, time.monotonic() + options.seconds
    while killed < options.kills and time.monotonic() < end:
        # Those that wait for their restart have no address.
        victims = [row for row in control.ask(command="list", what="bad") if row["address"]]
        for _ in range(r.choice([0, 0, 1, 2, 5])):
            control.ask(command=r.choice(["stat", "info", "snapshot", "list"]))
        for victim in r.sample(victims, min(len(victims), r.randint(1, 5))):
            if control.ask(command="kill", what=victim["address"]) is not None:
                killed += 1
        if r.random() < 0.1:
            what, assignment = quota(r)
            control.ask(command="quota", what=what, assignment=assignment)
        if r.random() < 0.01:
            write_bad(folder, r.randrange(1 << 30))
            control.ask(command="reload")
    return killed


def write_bad(folder, seed):
    (folder / "bad").mkdir(exist_ok=True)
    for i in range(SERVICES):
        text = lua_writer.program(seed + i, "service" if i % 3 else "main")
        (folder / "bad" / f"p{i}.lua").write_text(text, encoding="utf-8")
    for name, kind in (("program", "main"), ("child", "service"), ("module", "module")):
        (folder / "bad" / f"{name}.lua").write_text(lua_writer.program(seed, kind), encoding="utf-8")


def rounds_of(text, name):
    prefix = f"good/{name} "
    return [int(line.rsplit(" ", 1)[1]) for line in text.splitlines()
            if prefix in line and " rounds " in line]


def await_the_other(output):
    """The other tenant's services go on after the last kill."""
    def rounds():
        text = output.read_text(encoding="utf-8", errors="replace")
        return [len(rounds_of(text, name)) for name in ("one", "two")]

    before, end = rounds(), time.monotonic() + DEADLINE_SECONDS
    while not all(now > then for now, then in zip(rounds(), before)):
        if time.monotonic() > end:
            raise Finding(f"the other tenant stands still: {before} rounds")
        time.sleep(0.01)


def check_output(text):
    problem = programs.problem_with(0, text)
    if problem:
        raise Finding(problem)
    for name in ("one", "two"):
        rounds = rounds_of(text, name)
        if rounds != sorted(set(rounds)):
            raise Finding(f"good/{name} began anew: {rounds[-5:]}")
    for line in text.splitlines():
        if " good/" in line.split(" error ")[0] and " error " in line:
            raise Finding(f"the other tenant was harmed: {line}")


def run(options, folder):
    r = random.Random(f"kills {options.seed}")
    (folder / "good").mkdir()
    for name in ("one", "two"):
        (folder / "good" / f"{name}.lua").write_text(GOOD, encoding="utf-8")
    write_bad(folder, options.seed * 1000)
    start = json.dumps([f"p{i}" for i in range(SERVICES)])
    (folder / "host.toml").write_text(CONFIG.replace("{start}", start), encoding="utf-8")
    output = folder / "output"
    with open(output, "wb") as sink:
        process = subprocess.Popen([str(pathlib.Path(options.program).resolve()), "run", str(folder / "host.toml")],
                                   stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT,
                                   env={**os.environ, **programs.ENVIRONMENT})
    try:
        control = Control(folder, process)
        killed = storm(control, r, folder, options)
        await_the_other(output)
        control.ask(command="stop")
        if process.wait(DEADLINE_SECONDS) != 0:
            raise Finding(f"the host ended with {process.returncode}")
        check_output(output.read_text(encoding="utf-8", errors="replace"))
        return killed
    except subprocess.TimeoutExpired as error:
        raise Finding("the host does not stop") from error
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--program", default="build/release/moonward")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--kills", type=int, default=1 << 30, help="how many; default: until the time is up")
    parser.add_argument("--keep", default="fuzz-findings")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="moonward-fuzz."))
    try:
        print(f"seed {options.seed}: {run(options, folder)} kills, 0 findings")
        return 0
    except Finding as finding:
        kept = pathlib.Path(options.keep) / f"kills-{options.seed}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("*.sock"))
        text = (folder / "output").read_text(encoding="utf-8", errors="replace")
        print(f"seed {options.seed}: {finding}\n  its files and output: {kept}\n{text[-2000:]}")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
