"""What most cases share: a script that prints its figures and then "done"."""

from ..lines import bare, figures
from ..processes import Failure


def read_figures(child, metrics, deadline):
    """Reads up to the line "done"; every metric must have been told."""
    units = {metric.name: metric.unit for metric in metrics}
    lines = list(child.until(lambda line: bare(line) == "done", deadline))
    found = figures(lines, units)
    missing = [name for name in units if name not in found]
    if missing:
        raise Failure(f"{child.what}: told nothing about {', '.join(missing)}")
    return found


def run_script(context, peer, metrics, name, *arguments, seconds=90, **options):
    """Runs a script of bench/workloads on a peer to its "done"."""
    with context.hosts[peer].script(name, *arguments, **options) as child:
        return read_figures(child, metrics, context.deadline(seconds))
