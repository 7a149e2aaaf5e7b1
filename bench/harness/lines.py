"""What scripts print: `name value unit`, a figure a line; other lines are none of our business."""

import math
import re

from .processes import Failure

# A host's log puts time, service and level before what a script prints.
_LINE = re.compile(r"(?:\S+Z \S+ :[0-9a-f]+ print )?([a-z]\w*) (-?[\d.]+(?:e[+-]?\d+)?) (\S+)$")
_LOGGED = re.compile(r"\S+Z \S+ :[0-9a-f]+ print (.*)$")


def bare(line):
    """The line without what a host's log puts before it."""
    match = _LOGGED.match(line)
    return match.group(1) if match else line


def figure(line):
    """(name, value, unit) of a line that tells a figure, or None."""
    match = _LINE.match(line)
    if not match:
        return None
    value = float(match.group(2))
    return (match.group(1), value, match.group(3)) if math.isfinite(value) else None


def figures(lines, units):
    """{name: value} of all lines that tell a figure named in `units` ({name: unit}); a wrong unit is a failure."""
    found = {}
    for line in lines:
        told = figure(line)
        if told is None or told[0] not in units:
            continue
        name, value, unit = told
        if unit != units[name]:
            raise Failure(f"{name} is told in {unit}, expected {units[name]}")
        found[name] = value
    return found
