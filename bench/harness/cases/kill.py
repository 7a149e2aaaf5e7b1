"""Ending services: how late a kill comes, what giving a heap back takes, and whether memory comes back."""

import json

from ..context import Case
from ..figures import Metric
from ..lines import bare
from ..processes import Failure, free_port, knock, run
from .latency import tenant
from .scripted import read_figures

LATE = (
    Metric("kill_loop_late_p50", "ms", False, "a loop is killed later than cpu_per_turn by"),
    Metric("kill_loop_late_p99", "ms", False, "99th percentile"),
    Metric("kill_c_call_late_p50", "ms", False, "a C call is killed later than cpu_per_c_call by"),
    Metric("kill_c_call_late_p99", "ms", False, "99th percentile"),
)
STALL = (Metric("kill_stall", "ms", False, "one worker: the longest call in 50 ms after killing 700 000 tables"),)
CYCLES = (
    Metric("kill_cycles", "1/s", True, "services started, filled with 2000 tables and killed"),
    Metric("kill_growth", "MiB", False, "what the process grows by in the last 90 % of them"),
)
DROP_TABLES = {"1MiB": 11000, "4MiB": 44000, "16MiB": 175000, "64MiB": 700000}
DROP = tuple(
    Metric(f"drop_{size}", "ms", False, f"giving back a heap of {tables} small tables; lua: lua_close")
    for size, tables in DROP_TABLES.items())


def _late(context):
    count = context.size(20, 2)
    quotas = {"cpu_per_turn": "100ms", "cpu_per_c_call": "50ms"}
    with context.hosts["moonward"].host(2, tenant("bench", [f"kill_latency {count} 100 50"], quotas)) as host:
        return read_figures(host.child, LATE, context.deadline(60))


def _stall(context):
    limits = {"memory": "1GiB", "cpu_per_turn": "60s"}
    start = f"kill_stall {context.size(5, 1)} {context.size(700000, 1000)}"
    with context.hosts["moonward"].host(1, tenant("bench", [start], limits, permissions=["kill"])) as host:
        return read_figures(host.child, STALL, context.deadline(60))


def _cycles(peer):
    def run_cycles(context):
        port, deadline = free_port(), context.deadline(90)
        options = {"port": port} if peer == "moonward" else {}
        with context.hosts[peer].script("kill_cycles", port, context.size(4000, 20), **options) as child:
            child.expect("warm", deadline)
            warm = child.resident_bytes()
            knock(port, deadline)
            lines = list(child.until(lambda line: bare(line) == "cold", deadline))
            cold = child.resident_bytes()
        rate = next((float(line.split()[1]) for line in lines if line.startswith("kill_cycles ")), None)
        if rate is None:
            raise Failure("kill_cycles.lua told no figure")
        return {"kill_cycles": rate, "kill_growth": (cold - warm) / 1024 / 1024}
    return run_cycles


def _drop(benchmark):
    """Medians of the Google Benchmark program; a heap that a script would make, no host around it."""
    def run_drop(context):
        if not context.micro or not context.micro.exists():
            raise Failure("moonward_bench isn't built: tools/deps --bench; tools/build release moonward_bench")
        text = run([context.micro, f"--benchmark_filter=^{benchmark}/", "--benchmark_format=json"],
                   "moonward_bench", 60)
        rows = {row["name"].split("/")[1]: row["real_time"] for row in json.loads(text)["benchmarks"]}
        return {f"drop_{size}": rows[str(tables)] for size, tables in DROP_TABLES.items()}
    return run_drop


CASES = (
    Case("kill_late", "how late a kill comes", LATE, {"moonward": _late}),
    Case("kill_stall", "what a kill delays", STALL, {"moonward": _stall}),
    Case("kill_cycles", "starting and killing", CYCLES, {peer: _cycles(peer) for peer in ("moonward", "skynet")}),
    Case("drop", "giving a heap back", DROP, {"moonward": _drop("arena_drop"), "lua": _drop("lua_close_malloc")}),
)
