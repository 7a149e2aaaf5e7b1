"""How the cost of a message grows with its payload, with the number of workers, and with quotas."""

from ..context import Case, WORKLOADS
from ..figures import Metric, summarise
from ..peers.moonward import WIDE, Tenant
from .scripted import read_figures, run_script

PAYLOADS = ((16, 50000), (256, 50000), (4096, 30000), (65536, 5000), (1048576, 300))
PAYLOAD_METRICS = tuple(
    Metric(f"payload_{size}", "us", False, f"a call whose echoed string has {size} bytes") for size, _ in PAYLOADS)


def _payload(peer):
    def run(context):
        sizes = [f"{size}={context.size(calls, 20)}" for size, calls in PAYLOADS]
        return run_script(context, peer, PAYLOAD_METRICS, "payload", *sizes)
    return run


CALL = Metric("call_32", "1/s", True, "")
SEND = Metric("send_4_1", "1/s", True, "")


def _sizes(context):
    return [f"call_32={context.size(320000, 6400)}", f"send_4_1={context.size(500000, 8000)}"]


SERVICE_KEYS = ("mailbox_messages", "mailbox_bytes", "message_bytes", "timers", "coroutines", "cpu_per_turn",
                "cpu_per_c_call", "memory")


def _wide_tenant(*arguments):
    """A tenant that runs main.lua under WIDE's quotas for services."""
    service = {key: int(WIDE[key]) if WIDE[key].isdigit() else WIDE[key] for key in SERVICE_KEYS}
    return Tenant("bench", (" ".join(["main", *arguments]),), WORKLOADS, {}, {**service, "log_rate": "off"})


def _workers(peer):
    def run(context):
        found = {}
        for workers in (1, 2):
            if peer == "moonward":
                with context.hosts[peer].host(workers, _wide_tenant(*_sizes(context))) as host:
                    told = read_figures(host.child, (CALL, SEND), context.deadline(90))
            else:
                told = run_script(context, peer, (CALL, SEND), "main", *_sizes(context), threads=workers)
            for name, value in told.items():
                found[f"{name}_w{workers}"] = value
        for name in ("call_32", "send_4_1"):
            found[f"{name}_gain"] = found[f"{name}_w2"] / found[f"{name}_w1"]
        return found
    return run


WORKER_METRICS = (
    Metric("call_32_w1", "1/s", True, "call_32 on one worker thread"),
    Metric("call_32_w2", "1/s", True, "call_32 on two"),
    Metric("call_32_gain", "x", True, "what the second worker gives"),
    Metric("send_4_1_w1", "1/s", True, "send_4_1 on one worker thread"),
    Metric("send_4_1_w2", "1/s", True, "send_4_1 on two"),
    Metric("send_4_1_gain", "x", True, "what the second worker gives"),
)

# Limits as an operator would set them, all above what call_32 needs, against limits nobody can reach.
TIGHT = {
    "cpu": "2", "max_services": "100", "spawn_rate": "10000/s", "tenant.memory": "256MiB", "memory": "16MiB",
    "mailbox_messages": "10000", "mailbox_bytes": "8MiB", "message_bytes": "1MiB", "timers": "10000",
    "coroutines": "10000", "cpu_per_turn": "10s", "cpu_per_c_call": "250ms", "sockets": "64", "weight": "200",
    "log_rate": "100/s", "log_line": "4KiB", "source_bytes": "1MiB", "socket_rate": "100MiB/s",
}
LOOSE = {"log_rate": "off", "socket_rate": "off", "source_bytes": "256MiB", "log_line": "1MiB"}


COUNTED = {**TIGHT, "instructions_per_turn": "100000000"}


def _quotas(context):
    """Medians of several short runs in turn: the difference that counts is smaller than that of two runs alike."""
    rates = {"quota_off": [], "quota_on": [], "counted": []}
    size = f"call_32={context.size(320000, 6400)}"
    for _ in range(context.size(5, 1)):
        for name, quotas in (("quota_off", LOOSE), ("quota_on", TIGHT), ("counted", COUNTED)):
            told = run_script(context, "moonward", (CALL,), "main", size, quotas=quotas)
            rates[name].append(told["call_32"])
    off, on, counted = (summarise(values).median for values in rates.values())
    return {"quota_off": off, "quota_on": on, "quota_cost": (off / on - 1) * 100,
            "instructions_cost": (off / counted - 1) * 100}


QUOTA_METRICS = (
    Metric("quota_off", "1/s", True, "call_32 under limits out of reach"),
    Metric("quota_on", "1/s", True, "call_32 under limits as one sets them"),
    Metric("quota_cost", "%", False, "what the second costs more"),
    Metric("instructions_cost", "%", False, "and with instructions_per_turn besides"),
)

CASES = (
    Case("payload", "calls by payload", PAYLOAD_METRICS, {p: _payload(p) for p in ("moonward", "skynet")}),
    Case("workers", "one and two workers", WORKER_METRICS, {p: _workers(p) for p in ("moonward", "skynet")}),
    Case("quotas", "the cost of quotas", QUOTA_METRICS, {"moonward": _quotas}),
)
