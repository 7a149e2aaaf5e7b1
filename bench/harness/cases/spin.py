"""Plain Lua work: inside a service, and under the stock interpreter."""

from ..context import Case
from ..figures import Metric
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
    """Elapsed time as the services take it: from the line that says "begin" to the one that says "end"."""
    deadline, found, began = context.deadline(90), {}, {}
    with context.hosts["lua"].script("spin_stock") as child:
        while (line := child.line(deadline)) is not None:
            what, _, rest = line.partition(" ")
            name = rest.split(" ")[0]
            if what == "begin":
                began[name] = child.arrived
            elif what == "end":
                found[f"spin_{name}"] = child.arrived - began[name]
        if set(found) != {metric.name for metric in METRICS}:
            raise Failure(f"spin_stock.lua told of {sorted(found)}{child.tail()}")
    return found


CASES = (
    Case("spin", "plain Lua work", METRICS,
         {"moonward": _on_host("moonward"), "skynet": _on_host("skynet"), "lua": _on_lua}),
)
