"""Several tenants on one host: shares of CPU time, and how long a runaway delays others. Moonward alone."""

import time

from ..context import Case, WORKLOADS
from ..figures import Metric
from ..peers.moonward import toml_table
from ..processes import connect, free_port
from .scripted import read_figures

TENANTS = str(WORKLOADS / "tenants")
FOR_EVER = {"cpu_per_turn": "24h", "cpu_per_c_call": "24h"}


def tenant(name, start, permissions=(), service=None, **values):
    text = toml_table(f"tenants.{name}", root=TENANTS, start=start, cpu=64.0, spawn_rate="1000000/s",
                      memory="2GiB", permissions=list(permissions), **values)
    return text + toml_table(f"tenants.{name}.service", **(service or FOR_EVER))


def _fairness(context):
    """Two tenants that never have enough: one runs eight loops, the other two, on two workers."""
    found = {}
    for name, weight in (("share_equal", 100), ("share_double", 200)):
        text = ("workers = 2\n" + tenant("many", ["loop"] * 8, weight=100) + tenant("few", ["loop"] * 2, weight=weight))
        with context.hosts["moonward"].host(text) as host:
            def used(deadline):
                while time.monotonic() < deadline:
                    stat = {row["name"]: row["cpu_ns"] for row in host.ask("stat")}
                    if all(stat.get(tenant_name, 0) > 0 for tenant_name in ("many", "few")):
                        return stat
                    time.sleep(0.01)
                return {"many": 0, "few": 0}
            before = used(context.deadline(20))
            time.sleep(context.size(1.5, 0.5))  # the time over which the shares are taken
            after = used(context.deadline(20))
        few, many = (after[key] - before[key] for key in ("few", "many"))
        found[name] = few / max(1, few + many) / (weight / (weight + 100))
    return found


def _runaway(context):
    found = {}
    count = context.size(400, 20)
    for name, script in (("runaway", "loop"), ("runaway_mixed", "mixed_loop")):
        metrics = [metric for metric in RUNAWAY if metric.name.rsplit("_", 1)[0] == name]
        text = "workers = 1\n" + tenant("both", [script, f"gap {name} {count}"])
        with context.hosts["moonward"].host(text) as host:
            found.update(read_figures(host.child, metrics, context.deadline(60)))
    return found


def _owed(context):
    port, count = free_port(), context.size(300, 20)
    text = ("workers = 2\n" + tenant("greedy", ["loop"] * 4)
            + tenant("owed", [f"owed {port} {count}"], listen=[f"127.0.0.1:{port}"]))
    with context.hosts["moonward"].host(text) as host, connect(port, context.deadline(20)) as connection:
        for _ in range(count):
            time.sleep(0.007)  # the pace, not a wait; no multiple of the quantum
            connection.sendall(time.monotonic_ns().to_bytes(8, "little"))
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
