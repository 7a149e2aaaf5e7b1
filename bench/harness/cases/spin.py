"""Plain Lua work: inside a service, and under the stock interpreter."""

from ..context import Case
from ..figures import Metric
from ..lines import figures
from ..processes import Failure
from .scripted import run_script

METRICS = (
    Metric("spin_fib", "s", False, "Lua: function calls"),
    Metric("spin_loop", "s", False, "Lua: a numeric loop"),
    Metric("spin_alloc", "s", False, "Lua: three million small tables"),
    Metric("spin_string", "s", False, "Lua: two million strings"),
)


def _on_host(peer):
    return lambda context: run_script(context, peer, METRICS, "main", "spin")


def _on_lua(context):
    deadline = context.deadline(90)
    lines = []
    with context.hosts["lua"].script("spin_stock") as child:
        while (line := child.line(deadline)) is not None:
            lines.append(line)
    found = figures(lines, {metric.name: metric.unit for metric in METRICS})
    if len(found) != len(METRICS):
        raise Failure(f"spin_stock.lua told {len(found)} figures{child.tail()}")
    return found


CASES = (
    Case("spin", "plain Lua work", METRICS,
         {"moonward": _on_host("moonward"), "skynet": _on_host("skynet"), "lua": _on_lua}),
)
