"""bench/neighbour: what a good tenant notices of hostile ones on the same two cores."""

import argparse
import collections
import dataclasses
import json
import pathlib
import re
import sys
import tempfile
import time

from . import hostile, machine
from .context import BENCH, TREE, WORKLOADS
from .lines import bare, figures
from .main import say, two_cores
from .peers.moonward import Moonward, Tenant
from .peers.skynet import Skynet
from .processes import Child, Failure, await_port, free_port
from .table import MET, MISSED, three

DESCRIPTION = """Measures what a good tenant notices of hostile ones: first alone, then beside tenants that run every
attack of tests/escape at once, each started again for ever, all on two cores. The good tenant makes
1000 calls a second to another service and is asked 200 times a second by TCP. The client and this
program share the two cores with the host."""
EPILOG = """bars: the 99th percentile beside the hostile tenants is at most 5 ms, and at most 5 times that without
them; no call and no request is lost
exit code: 0 all was measured; 1 something could not be run, or, with --strict, a bar was missed;
2 a wrong command line"""

CALLS, REQUESTS = 1000, 200  # a second
WARM_UP = 2  # seconds
MOST_MS, MOST_RATIO = 5.0, 5.0  # the bars
GRACE = 20  # seconds in which the last answers may come
# Loops that need nothing but Lua and take no memory, so that any host can be put beside them.
PLAIN_LOOPS = ("038_goto_and_repeat_do_not_hide_a_loop", "103_lazy_pattern")

# What is judged: the figures of workloads/paced.lua and of load/paced_client.py.
LATENCIES = {"call": "a call to another service", "wake": "a timer of 10 ms, late",
             "tcp": "a request by TCP, in the client's eyes"}
SCRIPT_UNITS = {"calls_made": "calls", "calls_lost": "calls",
                **{f"{name}_{what}": "ms" for name in ("call", "wake") for what in ("p50", "p99", "max")}}


def parser():
    p = argparse.ArgumentParser(prog="bench/neighbour", description=DESCRIPTION, epilog=EPILOG,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--moonward", metavar="PATH", default=str(TREE / "build/release/moonward"),
                   help="the program to measure (default: build/release/moonward)")
    p.add_argument("--skynet", metavar="PATH",
                   help="a built Skynet: the same good load there, beside one and two plain loops")
    p.add_argument("--seconds", type=float, default=20, metavar="N", help="of each measurement (default: 20)")
    p.add_argument("--tenants", type=int, default=4, metavar="N",
                   help="hostile tenants among which the attacks are divided (default: 4)")
    p.add_argument("--rounds", type=int, default=1, metavar="N",
                   help="quiet and noisy in turn, so many times; the table has the medians (default: 1)")
    p.add_argument("--json", metavar="FILE", help="write all figures there")
    p.add_argument("--strict", action="store_true", help="a missed bar is a failure")
    return p


@dataclasses.dataclass
class Run:
    """One measurement. `figures`: {name: value}, in milliseconds or counts; `notes`: what else was seen."""

    figures: dict
    notes: dict


class Clients:
    """The client of the TCP requests, in a process of its own."""

    def __init__(self, port, seconds, scratch, grace=GRACE):
        self.deadline = time.monotonic() + seconds + grace + 20
        self.child = Child([sys.executable, "-B", BENCH / "load" / "paced_client.py", port, REQUESTS, seconds, 20, grace],
                           "the TCP client", BENCH, scratch)

    def result(self):
        with self.child:
            line = self.child.line(self.deadline)
            if line is None:
                raise Failure(f"the TCP client ended early{self.child.tail()}")
            told = json.loads(line)
        found = {f"tcp_{name}": told[f"{name}_ms"] for name in ("p50", "p99", "max")}
        return {**found, "tcp_client_late_p99": told["late_p99_ms"], "requests_made": told["made"],
                "requests_lost": told["made"] - told["answered"]}


def measure_moonward(moonward, seconds, neighbours, scratch):
    port = free_port()
    good = Tenant("good", (f"paced {CALLS} {WARM_UP} {seconds} {port}",), WORKLOADS,
                  {"cpu": 1.0, "memory": "256MiB", "max_services": 100, "listen": [f"127.0.0.1:{port}"]},
                  {"memory": "64MiB", "mailbox_messages": 100000})
    with moonward.host(2, good, *neighbours) as host:
        deadline = time.monotonic() + WARM_UP + seconds + GRACE + 30
        seen = GoodLines(host.child, deadline)
        seen.until("counting")
        client = Clients(port, seconds, scratch)
        seen.until("done")
        found = {**figures(seen.lines, SCRIPT_UNITS), **client.result()}
        missing = [name for name in SCRIPT_UNITS if name not in found]
        if missing:
            raise Failure(f"paced.lua told nothing about {', '.join(missing)}")
        notes = host_notes(host, neighbours)
        if host.child.process.poll() is not None:
            raise Failure(f"the host ended{host.child.tail()}")
    notes["kills_logged"] = dict(seen.kills)
    return Run(found, notes)


class GoodLines:
    """The lines of the good tenant among those of all; a hostile tenant can't forge them, and its own are counted."""

    _GOOD = re.compile(r"\S+Z good/paced :")
    _VERDICT = re.compile(r"\S+Z host +warn +killed tenant=hostile\S* .* verdict=(\w+)")

    def __init__(self, child, deadline):
        self.child, self.deadline = child, deadline
        self.lines, self.kills = [], collections.Counter()

    def until(self, wanted):
        while True:
            line = self.child.line(self.deadline)
            if line is None:
                raise Failure(f"the host ended{self.child.tail()}")
            if self._GOOD.match(line):
                self.lines.append(line)
                if bare(line) == wanted:
                    return
            elif verdict := self._VERDICT.match(line):
                self.kills[verdict[1]] += 1


def host_notes(host, neighbours):
    """What the host tells about the neighbours at the end of a run: that they were there, and how they fared."""
    names = {tenant.name for tenant in neighbours}
    info = host.ask("info")
    rows = [row for row in host.ask("stat") if row["name"] in names]
    verdicts = collections.Counter()
    for row in rows:
        verdicts.update(row["verdicts"])
    return {"cpu_seconds": round(sum(row["cpu_ns"] for row in rows) / 1e9, 2), "verdicts": dict(verdicts),
            "services": sum(row["services"] for row in rows), "stand_ins": info["stand_ins"],
            "memory_bytes": sum(row["memory_bytes"] for row in rows), "resident_bytes": info["resident_bytes"],
            "over_their_cap": [row["name"] for row in rows if row["memory_bytes"] > row["memory_cap_bytes"]]}


def measure_skynet(skynet, seconds, loops, scratch):
    """The same good load on Skynet, with so many loops beside it; what doesn't come is told as it is."""
    port, found, limit = free_port(), {}, WARM_UP + seconds + GRACE + 15
    folder = pathlib.Path(tempfile.mkdtemp(prefix="skynet.", dir=scratch))
    for name in PLAIN_LOOPS:
        (folder / f"{name}.lua").write_text((hostile.CORPUS / f"{name}.lua").read_text())
    names = [PLAIN_LOOPS[i % len(PLAIN_LOOPS)] for i in range(loops)]
    deadline = time.monotonic() + limit
    with skynet.script("paced", CALLS, WARM_UP, seconds, port, *names, more_scripts=folder) as child:
        await_port(port, time.monotonic() + 10)
        # The client starts with the script, not at its word: the script may never get to it.
        client = Clients(port, WARM_UP + seconds, scratch, grace=5)
        lines = []
        try:
            lines = list(child.until(lambda line: bare(line) == "done", deadline))
        except Failure as failure:
            found["ended"] = str(failure)
        found.update(figures(lines, SCRIPT_UNITS))
        found.update(client.result())
    return Run(found, {"loops": names})


def medians(runs):
    names = {name for run in runs for name in run.figures if isinstance(run.figures[name], (int, float))}
    result = {}
    for name in names:
        values = sorted(run.figures[name] for run in runs if run.figures.get(name) is not None)
        result[name] = values[len(values) // 2]
    return result


def judge(quiet, noisy, runs):
    """[(what, value, bar, verdict)] of the noisy runs' medians against the bars, and the losses of all runs."""
    rows = []
    for name in LATENCIES:
        value, alone = noisy[f"{name}_p99"], quiet[f"{name}_p99"]
        rows.append((f"{name}_p99", f"{three(value)} ms", f"<= {MOST_MS:g} ms", MET if value <= MOST_MS else MISSED))
        share = value / alone if alone else float("inf")
        rows.append((f"{name}_p99 to quiet", f"{share:.2f}x", f"<= {MOST_RATIO:g}x", MET if share <= MOST_RATIO else MISSED))
    for name in ("calls_lost", "requests_lost"):
        value = sum(run.figures[name] for run in runs)
        rows.append((name, f"{value:.0f}", "0", MET if value == 0 else MISSED))
    return rows


def columns(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


def shown(value):
    return "-" if value is None else f"{three(value)}"


def latencies_table(results):
    """`results`: {who: {figure: value}}, a line each; milliseconds."""
    lines = [("ms", *(f"{name} {what}" for name in LATENCIES for what in ("p50", "p99", "max")), "lost calls", "requests")]
    for who, found in results.items():
        def lost(made, missing, found=found):
            return f"{found[missing]:.0f} of {found[made]:.0f}" if missing in found else "-"

        lines.append((who, *(shown(found.get(f"{name}_{what}")) for name in LATENCIES for what in ("p50", "p99", "max")),
                      lost("calls_made", "calls_lost"), lost("requests_made", "requests_lost")))
    return columns(lines)


def measure_all(options, scratch):
    """{who: [Run]}: quiet and noisy in turn, then Skynet."""
    moonward = Moonward(options.moonward, scratch)
    neighbours = hostile.tenants(options.tenants)
    runs = collections.defaultdict(list)
    for n in range(options.rounds):
        say(f"round {n + 1} of {options.rounds}: the good tenant alone, {options.seconds:g} s")
        runs["quiet"].append(measure_moonward(moonward, options.seconds, (), scratch))
        say(f"round {n + 1} of {options.rounds}: beside {len(neighbours)} hostile tenants, {options.seconds:g} s")
        runs["noisy"].append(measure_moonward(moonward, options.seconds, neighbours, scratch))
    if options.skynet:
        skynet = Skynet(options.skynet, scratch)
        for loops in (0, 1, 2):
            say(f"skynet beside {loops} loops, {options.seconds:g} s")
            runs[f"skynet, {loops} loops"].append(measure_skynet(skynet, options.seconds, loops, scratch))
    return runs


def report(runs):
    """Prints the tables; the rows of the verdict."""
    results = {who: medians(of_it) for who, of_it in runs.items()}
    print(latencies_table(results))
    verdict = judge(results["quiet"], results["noisy"], runs["quiet"] + runs["noisy"])
    print("\n" + columns([("beside the hostile tenants", "", "bar", ""), *verdict]))
    notes = runs["noisy"][-1].notes
    ends = ", ".join(f"{count} {what}" for what, count in sorted(notes["verdicts"].items(), key=lambda item: -item[1]))
    print(f"\nthe hostile tenants used {notes['cpu_seconds']:g} s of CPU time; their services ended: {ends}")
    print(f"resident at the end {notes['resident_bytes'] / 2**20:.0f} MiB; the client sent its requests late by up to "
          f"{three(results['noisy']['tcp_client_late_p99'])} ms (p99; the cores are busy)")
    for who, of_it in runs.items():
        for run in of_it:
            if "ended" in run.figures:
                print(f"{who}: {run.figures['ended']}")
    return verdict


def main(arguments=None):
    p = parser()
    options = p.parse_args(arguments)
    if options.seconds <= 0 or options.rounds < 1 or options.tenants < 1:
        p.error("--seconds, --rounds and --tenants have to be positive")
    two_cores()
    if machine.load() > 0.5:
        say(f"bench/neighbour: the machine is busy (load {machine.load():.2f}): figures will be too bad")
    with tempfile.TemporaryDirectory(prefix="moonward-neighbour.") as scratch:
        try:
            runs = measure_all(options, pathlib.Path(scratch))
        except Failure as failure:
            say(f"bench/neighbour: {failure}")
            return 1
    verdict = report(runs)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({
            "seconds": options.seconds, "load_after": machine.load(),
            "runs": {who: [dataclasses.asdict(run) for run in of_it] for who, of_it in runs.items()},
            "verdict": [dict(zip(("what", "value", "bar", "verdict"), row)) for row in verdict]}, indent=1) + "\n")
    return 1 if options.strict and any(row[-1] == MISSED for row in verdict) else 0
