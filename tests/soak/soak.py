"""tools/soak: everything at once against one host, and whether it is afterwards as it was before."""

import argparse
import collections
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

from harness.processes import Failure, free_port

from . import checks
from .clients import ChurnClient, GoodClient, Lines
from .hosted import OVER, STORM, Hosted

TREE = pathlib.Path(__file__).resolve().parent.parent.parent

DESCRIPTION = """Everything at once against one `moonward run`: a good tenant (1000 calls a second, up to 200 TCP
requests a second), tenants that run every attack of tests/escape for ever, reloads of a changing configuration,
kills of random services, and clients that connect, stall and break off. Then all of it stops, and the
host has to be as it was: nothing lost, services, timers, sockets and descriptors back to what they
were, memory flat, nothing alarming in the log, and SIGTERM ends it with exit code 0."""
EPILOG = """exit code: 0 all is well; 1 something isn't: the summary tells what; 2 a wrong command line"""

DRAIN = 30.0  # seconds in which everything has to settle
# Memory is judged from this length on: in less, the attacks' ups and downs are all there is.
FLAT_FROM = 60.0
MOST_MEMORY = 64 << 20  # the highest cap of a tenant that isn't good


def parser():
    p = argparse.ArgumentParser(prog="tools/soak", description=DESCRIPTION, epilog=EPILOG,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--moonward", metavar="PATH", default=str(TREE / "build/release/moonward"),
                   help="the program (default: build/release/moonward)")
    p.add_argument("--seconds", type=float, default=600, metavar="N", help="of load (default: 600)")
    p.add_argument("--seed", type=int, default=None, metavar="N", help="of what is killed and how clients behave")
    p.add_argument("--keep", metavar="DIR", help="keep the host's files and log there")
    return p


class Soak:
    """One run. `problems` is what isn't well, a line each."""

    def __init__(self, options, folder):
        self.seconds = options.seconds
        self.seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(4), "little")
        self.random = random.Random(self.seed)
        self.host = Hosted(options.moonward, folder, {"good": free_port(), "churn": free_port()})
        self.problems, self.samples = [], []
        self.did = collections.Counter()
        self.began = time.monotonic()
        self.swing = 0

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def check(self, good, text):
        if not good:
            self.problems.append(text)

    def run(self):
        self.host.start()
        try:
            self.base()
            self.storm()
            self.drain()
            self.stop()
        finally:
            self.host.destroy()
        self.read_log()
        return self.problems

    # -- the phases ---------------------------------------------------------------------------

    def base(self):
        """Warms up what stays (caches, threads), and takes the counters."""
        self.lines = Lines(self.host.ports["good"])
        for _ in range(20):
            self.lines.ask("V")
        self.counters = self.settled(lambda now: now["timers"] >= 50)
        self.base_resident = self.host.resident_bytes()
        c = self.counters
        self.say(f"base: {c['services']} services, {c['timers']} timers, {c['sockets']} sockets, "
                 f"{sum(c['descriptors'].values())} descriptors, {mib(self.base_resident)}; seed {self.seed}")

    def settled(self, wanted, deadline_seconds=DRAIN):
        """The counters once `wanted` holds for them; at the deadline as they are."""
        deadline = time.monotonic() + deadline_seconds
        while True:
            now = self.host.counters()
            if wanted(now) or time.monotonic() > deadline:
                return now
            time.sleep(0.05)

    def storm(self):
        self.good = GoodClient(self.host.ports["good"])
        self.churn = [ChurnClient(self.host.ports["churn"], self.random.random()) for _ in range(3)]
        self.lines.ask("G")
        self.reload(STORM)
        for client in (self.good, *self.churn):
            client.start()
        began = time.monotonic()
        due = {self.sample: 0.0, self.kill_one: 0.5, self.reload_or_fail: 3.0, self.look: 5.0, self.progress: 0.0}
        every = {self.sample: 0.5, self.kill_one: 0.3, self.reload_or_fail: 3.0, self.look: 5.0,
                 self.progress: max(5.0, self.seconds / 20)}
        while (at := time.monotonic() - began) < self.seconds:
            if not self.host.alive():
                raise Failure(f"the host ended with {self.host.process.returncode}: {self.host.printed()[-400:]}")
            for act, when in due.items():
                if at >= when:
                    act(at)
                    due[act] = at + every[act]
            time.sleep(max(0.0, min(due.values()) - (time.monotonic() - began)))

    def drain(self):
        self.say("drain: the good load ends")
        self.good.finish()
        for client in self.churn:
            client.finish()
        made, answered, wrong = map(int, self.lines.ask("S").split())
        self.check(self.good.error is None and self.good.is_alive() is False, f"the good client: {self.good.error}")
        self.check(self.good.made == self.good.answered, f"requests: {self.good.made} made, {self.good.answered} answered")
        self.check(made == answered and wrong == 0, f"calls: {made} made, {answered} answered, {wrong} wrong")
        self.check(made > self.seconds * 100, f"only {made} calls were made: the good tenant stood still")
        self.did.update(calls=made, requests=self.good.made, connections=sum(c.opened for c in self.churn))
        self.say("drain: the hostile tenants end")
        self.reload(OVER)
        self.end_hostile()
        after = self.settled(lambda now: not checks.differences(self.counters, now))
        self.problems += checks.differences(self.counters, after)
        for row in self.host.ask("stat"):
            bundle = sum(f.stat().st_size for f in (self.host.folder / row["name"]).rglob("*.lua"))
            self.check(not row["name"].startswith("hostile") or row["memory_bytes"] <= bundle * 1.25 + 65536,
                       f"{row['name']} without services is charged {row['memory_bytes']} bytes, "
                       f"its scripts have {bundle}")
        self.resident_after = self.host.resident_bytes()
        self.lines.close()

    def end_hostile(self):
        """Kills what is left of the hostile tenants, and what they start meanwhile."""
        deadline = time.monotonic() + DRAIN
        while True:
            left = [row for row in self.host.ask("list") if row["tenant"].startswith("hostile")]
            if not left:
                return
            if time.monotonic() > deadline:
                rows = ", ".join(f"{row['tenant']}/{row['name']} {row['state']}" for row in left[:5])
                self.problems.append(f"{len(left)} hostile services don't end: {rows}")
                return
            for row in left:
                if row["address"]:  # else it waits for its last restart
                    self.host.kill(row["address"])
            time.sleep(0.1)

    def stop(self):
        self.say("stop: SIGTERM")
        if not self.host.alive():
            raise Failure("the host has ended by itself")
        code = self.host.end(20)
        self.check(code == 0, "SIGTERM: it didn't end within 20 s" if code is None else f"SIGTERM: exit code {code}")

    def read_log(self):
        found, lines, ends = collections.Counter(), 0, collections.Counter()
        examples = {}
        for line in self.host.lines():
            lines += 1
            for alarm in checks.alarms([line]):
                key = alarm[25:90]
                found[key] += 1
                examples.setdefault(key, alarm)
            if " verdict=" in line:
                ends[line.rpartition(" verdict=")[2].split(":")[0].split()[0]] += 1
        for key, count in found.most_common(10):
            self.problems.append(f"log, {count} times: {examples[key][:300]}")
        self.did["log lines"] = lines
        self.ends = ends

    # -- what goes on during the storm ----------------------------------------------------------

    def sample(self, at):
        self.samples.append(checks.Sample(at, self.host.resident_bytes(), sum(self.host.descriptors().values())))

    def progress(self, at):
        last = self.samples[-1]
        self.say(f"storm: {at:.0f} of {self.seconds:g} s, {mib(last.resident_bytes)}, {last.descriptors} descriptors, "
                 f"{self.good.answered} requests, {self.did['kills']} kills, {self.did['reloads']} reloads")
        self.check(self.good.error is None, f"the good client: {self.good.error}")

    def kill_one(self, _):
        rows = [row for row in self.host.ask("list") if row["tenant"] != "good" and row["address"]]
        if rows and self.host.kill(self.random.choice(rows)["address"]):
            self.did["kills"] += 1

    def reload(self, phase):
        self.host.write(phase, self.swing)
        self.host.reload()
        self.did["reloads"] += 1
        told = self.lines.ask("V")
        self.check(told == str(self.host.version), f"after a reload a new service finds version {told}, not "
                                                   f"{self.host.version}")

    def reload_or_fail(self, _):
        self.swing = 1 - self.swing
        if self.random.random() < 0.25:
            self.check(self.host.reload_is_refused(STORM, self.swing), "a reload with a mistake wasn't refused")
            self.did["refused reloads"] += 1
        else:
            self.reload(STORM)

    def look(self, _):
        """An operator's other questions."""
        for question in ("info", "list", "log"):
            self.check(self.host.ctl(question).returncode == 0, f"moonward ctl {question} failed")
        for row in self.host.ask("stat"):
            # A reload that lowers the cap takes nothing away from who is above it.
            self.check(row["name"] == "good" or row["memory_bytes"] <= MOST_MEMORY,
                       f"{row['name']} holds {mib(row['memory_bytes'])}: its cap never was more than {mib(MOST_MEMORY)}")

    # -- the end --------------------------------------------------------------------------------

    def summary(self):
        growth = checks.growth_percent(self.samples, self.seconds)
        if growth is not None and self.seconds >= FLAT_FROM:
            self.check(growth <= checks.FLAT_PERCENT,
                       f"memory: {growth:+.1f} % from the first third to the last, at most {checks.FLAT_PERCENT:g} %")
        most = max(s.resident_bytes for s in self.samples)
        did = ", ".join(f"{count} {what}" for what, count in sorted(self.did.items()) if count)
        print(f"\n{did}")
        print("services ended by: " + ", ".join(f"{count} {what}" for what, count in self.ends.most_common()))
        print(f"the slowest request took {self.good.slowest * 1000:.0f} ms")
        trend = "not told: too short" if growth is None else f"{growth:+.1f} % from the first third to the last"
        print(f"resident: {mib(self.base_resident)} before, {mib(most)} at most, {mib(self.resident_after)} afterwards; "
              f"{trend}")
        for problem in self.problems:
            print(f"FAILED: {problem}")
        if not self.problems:
            print("all is well")


def mib(count):
    return f"{count / 2**20:.1f} MiB"


def main(arguments=None):
    p = parser()
    options = p.parse_args(arguments)
    if options.seconds < 5:
        p.error("--seconds has to be at least 5")
    if not pathlib.Path(options.moonward).is_file():
        p.error(f"--moonward {options.moonward}: it isn't there; tools/build builds it")
    with tempfile.TemporaryDirectory(prefix="moonward-soak.") as scratch:
        folder = pathlib.Path(scratch) / "soak"
        folder.mkdir()
        soak = Soak(options, folder)
        failed = None
        try:
            soak.run()
            soak.summary()
        except (Failure, OSError) as failure:
            failed = failure
            print(f"FAILED: {failure}")
            for problem in soak.problems:
                print(f"FAILED: {problem}")
        if options.keep:
            shutil.copytree(folder, options.keep, dirs_exist_ok=True, ignore=shutil.ignore_patterns("control"))
    return 1 if failed or soak.problems else 0
