"""Calls, sends and starts: main.lua on Moonward and Skynet, bench.erl on Erlang."""

from ..context import Case
from ..figures import Metric
from .scripted import read_figures, run_script


def _main(name, metric, full, small, peers, full_erlang=None):
    def on_host(peer):
        def run(context):
            return run_script(context, peer, (metric,), "main", f"{name}={context.size(full, small)}")
        return run

    def on_erlang(context):
        size = context.size(full_erlang or full, small)
        with context.hosts["erlang"].script(f"{name}={size}") as child:
            return read_figures(child, (metric,), context.deadline(90))

    runs = {peer: on_erlang if peer == "erlang" else on_host(peer) for peer in peers}
    return Case(name, metric.what, (metric,), runs)


ALL = ("moonward", "skynet", "erlang")
SCRIPTS = ("moonward", "skynet")


def _rate(name, what):
    return Metric(name, "1/s", True, what)


CASES = (
    _main("call_1", _rate("call_1", "calls, one caller and one echo service"), 200000, 5000, ALL),
    _main("call_32", _rate("call_32", "calls, 32 such pairs at once"), 320000, 6400, ALL, 800000),
    _main("send_4_1", _rate("send_4_1", "messages, four producers and one sink"), 500000, 8000, ALL, 2000000),
    _main("fan_1_1000", _rate("fan_1_1000", "answers, one service asks 1000 at once"), 50, 1, ALL),
    _main("spawn", _rate("spawn", "services started that do nothing"), 2000, 50, ALL, 200000),
    _main("spawn_real", _rate("spawn_real", "services started of 300 lines"), 1000, 20, SCRIPTS),
    _main("timers", Metric("timers", "ms", False, "200 000 timers within 1 s: the last one late by"),
          200000, 1000, SCRIPTS),
)
