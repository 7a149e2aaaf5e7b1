"""What a soak run is judged by: plain functions over samples, counters and log lines."""

import dataclasses
import re
import statistics

FLAT_PERCENT = 10.0
# A run's first part, in which caches fill and every attack runs for the first time.
WARM_UP_SHARE = 0.2


@dataclasses.dataclass(frozen=True)
class Sample:
    """The process at one instant. `at`: seconds since the load began."""

    at: float
    resident_bytes: int
    descriptors: int


def thirds(samples, seconds):
    """(first, last) third of what is left after the warm-up."""
    begin = seconds * WARM_UP_SHARE
    third = (seconds - begin) / 3
    return ([s for s in samples if begin <= s.at < begin + third], [s for s in samples if s.at >= seconds - third])


def growth_percent(samples, seconds):
    """By how much the median resident memory of the last third exceeds that of the first; None: too few samples."""
    first, last = thirds(samples, seconds)
    if len(first) < 3 or len(last) < 3:
        return None
    before = statistics.median(s.resident_bytes for s in first)
    return (statistics.median(s.resident_bytes for s in last) / before - 1) * 100


# The host's own lines, and those of nobody: a tenant's may say what they like.
_OF_A_SERVICE = re.compile(r"\S+Z [^\s/]+/\S+ :[0-9a-f]+ ")
_CONTINUED = re.compile(r"\s")
_ALARM = re.compile(r"host bug|\bbug:|violation|fatal|terminate called|Sanitizer|assertion", re.IGNORECASE)
_GOOD_TROUBLE = re.compile(r"\S+Z good/\S+ :[0-9a-f]+ (error|warn)|\S+Z host +warn +killed tenant=good ")


def alarms(lines):
    """Log lines that must not be there."""
    found = []
    for line in lines:
        if _GOOD_TROUBLE.match(line):
            found.append(line)
        elif not _OF_A_SERVICE.match(line) and not _CONTINUED.match(line) and _ALARM.search(line):
            found.append(line)
    return found


def differences(before, after):
    """["what: before, after"] of the counters that aren't what they were."""
    return [f"{name}: {before[name]} before, {after[name]} after" for name in before if after[name] != before[name]]
