"""Figures: the median and the spread of a metric's runs, ratios, and bars."""

import dataclasses
import math
import statistics


@dataclasses.dataclass(frozen=True)
class Metric:
    """What a workload yields: a name, a unit, and whether more is better.

    Names and units are those of the lines that scripts print. `compared`: False when a ratio to a peer says nothing.
    """

    name: str
    unit: str
    higher_is_better: bool
    what: str
    compared: bool = True


@dataclasses.dataclass(frozen=True)
class Bar:
    """A bar to clear: the metric's median (divided by `peer`'s, if there is one) must be >= or <= `limit`."""

    metric: str
    relation: str
    limit: float
    peer: str | None = None

    def __post_init__(self):
        if self.relation not in (">=", "<="):
            raise ValueError(f"{self.metric}: no relation {self.relation}")

    def clears(self, value):
        return value >= self.limit if self.relation == ">=" else value <= self.limit

    def text(self):
        return f"{self.relation} {self.limit:g}{'x' if self.peer else ''}"


@dataclasses.dataclass(frozen=True)
class Summary:
    """The runs of one metric by one peer."""

    median: float
    least: float
    most: float
    runs: int

    @property
    def spread_percent(self):
        """How far the extremes lie apart, in percent of the median."""
        return (self.most - self.least) / abs(self.median) * 100 if self.median else 0.0


def summarise(values):
    values = [value for value in values if math.isfinite(value)]
    if not values:
        raise ValueError("no runs to summarise")
    return Summary(statistics.median(values), min(values), max(values), len(values))


def ratio(ours, theirs):
    """Ours over theirs; None where that says nothing."""
    return ours / theirs if theirs else None


def percentile(values, percent):
    """The smallest value that at least `percent` of all don't exceed (nearest rank)."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
