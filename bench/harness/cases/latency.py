"""Several tenants on one host: shares of CPU time, and how long a runaway delays others. Moonward alone."""

import time

from ..context import Case, WORKLOADS
from ..figures import Metric
from ..peers.moonward import Tenant
from ..processes import Failure, connect, free_port
from .scripted import read_figures

TENANTS = WORKLOADS / "tenants"
FOR_EVER = {"cpu_per_turn": "24h", "cpu_per_c_call": "24h"}


def tenant(name, start, service=None, **keys):
    """A tenant that runs scripts of workloads/tenants; by default its services may run for ever."""
    return Tenant(name, tuple(start), TENANTS, keys, service or FOR_EVER)


def _cpu_when_both_run(host, deadline):
    """CPU time by tenant, in nanoseconds, once both have had some."""
    host.await_control(deadline)
    while True:
        used = {row["name"]: row["cpu_ns"] for row in host.ask("stat")}
        if min(used["many"], used["few"]) > 20_000_000:
            return used
        if time.monotonic() > deadline:
            raise Failure(f"CPU time doesn't grow: {used}")
        time.sleep(0.01)


def _fairness(context):
    """Two tenants that never have enough: one runs eight loops, the other two, on two workers."""
    found = {}
    for name, weight in (("share_equal", 100), ("share_double", 200)):
        tenants = (tenant("many", ["loop"] * 8, weight=100), tenant("few", ["loop"] * 2, weight=weight))
        with context.hosts["moonward"].host(2, *tenants) as host:
            before = _cpu_when_both_run(host, context.deadline(20))
            time.sleep(context.size(1.5, 0.5))  # the time over which the shares are taken
            after = _cpu_when_both_run(host, context.deadline(20))
        few, many = (after[key] - before[key] for key in ("few", "many"))
        found[name] = few / max(1, few + many) / (weight / (weight + 100))
    return found


def _runaway(context):
    found = {}
    count = context.size(400, 20)
    for name, script in (("runaway", "loop"), ("runaway_mixed", "mixed_loop")):
        metrics = [metric for metric in RUNAWAY if metric.name.rsplit("_", 1)[0] == name]
        with context.hosts["moonward"].host(1, tenant("both", [script, f"gap {name} {count}"])) as host:
            found.update(read_figures(host.child, metrics, context.deadline(60)))
    return found


def _clock_offset(connection, tries=50):
    """The host's clock (skynet.hpc) less ours, in nanoseconds, from the quickest of some exchanges."""
    best = None
    for _ in range(tries):
        sent = time.monotonic_ns()
        connection.sendall(bytes(8))
        answer = b""
        while len(answer) < 8:
            more = connection.recv(8 - len(answer))
            if not more:
                raise Failure("owed.lua hung up")
            answer += more
        received = time.monotonic_ns()
        if best is None or received - sent < best[0]:
            best = received - sent, int.from_bytes(answer, "little") - (sent + received) // 2
    return best[1]


def _owed(context):
    port, count = free_port(), context.size(300, 20)
    greedy = tenant("greedy", ["loop 100"] * 4)
    owed = tenant("owed", [f"owed {port} {count}"], listen=[f"127.0.0.1:{port}"])
    with context.hosts["moonward"].host(2, greedy, owed) as host, connect(port, context.deadline(20)) as connection:
        offset = _clock_offset(connection)  # in the second before the loops begin
        deadline = context.deadline(20)
        while (used := {row["name"]: row["cpu_ns"] for row in host.ask("stat")})["greedy"] < 100_000_000:
            if time.monotonic() > deadline:
                raise Failure(f"the loops don't run: {used}")
            time.sleep(0.01)
        for _ in range(count):
            time.sleep(0.007)  # the pace, not a wait; no multiple of the quantum
            connection.sendall((time.monotonic_ns() + offset).to_bytes(8, "little"))
        return read_figures(host.child, OWED, context.deadline(60))


SHARES = (
    Metric("share_equal", "x", True, "CPU time of 2 loops against 8, equal weights; 1 is fair"),
    Metric("share_double", "x", True, "the same with twice the weight; 1 is fair"),
)
RUNAWAY = (
    Metric("runaway_p50", "ms", False, "a loop holds its core, median (quantum 2 ms)"),
    Metric("runaway_p99", "ms", False, "99th percentile"),
    Metric("runaway_mixed_p50", "ms", False, "a loop of calls, errors, strings, coroutines"),
    Metric("runaway_mixed_p99", "ms", False, "99th percentile"),
)
OWED = (
    Metric("owed_p50", "ms", False, "a message to a tenant owed CPU, all cores in loops"),
    Metric("owed_p99", "ms", False, "99th percentile"),
    Metric("owed_tcp_p50", "ms", False, "the same for what comes from outside by TCP"),
    Metric("owed_tcp_p99", "ms", False, "99th percentile"),
    Metric("owed_timer_p50", "ms", False, "the same for a timer of 10 ms"),
    Metric("owed_timer_p99", "ms", False, "99th percentile"),
)

CASES = (
    Case("fairness", "shares of CPU time", SHARES, {"moonward": _fairness}),
    Case("runaway", "how long a runaway keeps its core", RUNAWAY, {"moonward": _runaway}),
    Case("owed", "latency beside runaways", OWED, {"moonward": _owed}),
)
