"""A million pending timers."""

from ..context import Case
from ..figures import Metric
from .scripted import run_script

METRICS = (
    Metric("timers_pending", "timers", True, "pending at once", compared=False),
    Metric("timers_make", "1/s", True, "timers made"),
    Metric("timers_late_p50", "ms", False, "how late they fire: median"),
    Metric("timers_late_p99", "ms", False, "99th percentile"),
    Metric("timers_late_p999", "ms", False, "99.9th percentile"),
    Metric("timers_late_max", "ms", False, "the latest"),
)


def _million(peer):
    return lambda context: run_script(context, peer, METRICS, "million", context.size(1000000, 1000))


CASES = (Case("million", "1 000 000 pending timers", METRICS, {p: _million(p) for p in ("moonward", "skynet")}),)
