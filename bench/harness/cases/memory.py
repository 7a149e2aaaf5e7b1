"""Resident memory of a process per idle service."""

from ..context import Case
from ..figures import Metric
from ..processes import free_port, knock

COUNTS = (1000, 10000, 50000)
METRICS = (
    *(Metric(f"idle_{count}", "KiB", False, f"resident memory per idle service, {count} of them") for count in COUNTS),
    Metric("services_running", "services", True, "alive in one host at the end", compared=False),
)


def _idle(peer):
    def run(context):
        counts = COUNTS if not context.quick else (100, 200, 300)
        port = free_port()
        options = {"port": port} if peer == "moonward" else {}
        deadline = context.deadline(120)
        found = {}
        with context.hosts[peer].script("memory", port, *counts, **options) as child:
            child.expect("ready 0", deadline)
            before = child.resident_bytes()
            for name, count in zip(COUNTS, counts):
                knock(port, deadline)
                child.expect(f"ready {count}", deadline)
                found[f"idle_{name}"] = (child.resident_bytes() - before) / count / 1024
            found["services_running"] = counts[-1]
        return found
    return run


CASES = (Case("memory", "memory of idle services", METRICS, {p: _idle(p) for p in ("moonward", "skynet")}),)
