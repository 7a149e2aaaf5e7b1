"""The results: rows of metrics by peer, as text, as Markdown, and as JSON's plain values."""

import dataclasses

from .bars import BARS
from .figures import Bar, Metric, Summary, ratio, summarise

OURS = "moonward"
MISSED, MET, FAILED = "missed", "met", "not run"


@dataclasses.dataclass(frozen=True)
class Row:
    """A metric against one peer; `peer` is None where there is none to compare with."""

    metric: Metric
    ours: Summary | None
    peer: str | None
    theirs: Summary | None
    ratio: float | None
    bar: Bar | None

    @property
    def verdict(self):
        if self.bar is None:
            return ""
        value = self.ratio if self.bar.peer else self.ours and self.ours.median
        if value is None:
            return FAILED
        return MET if self.bar.clears(value) else MISSED


def rows(cases, samples, peers, bars=BARS):
    """One row for each metric and peer that was to be run. `samples`: {(metric name, peer): [value of a round, …]}."""
    result = []
    for case in cases:
        others = [peer for peer in case.runs if peer != OURS and peer in peers]
        for metric in case.metrics:
            result += _metric_rows(metric, others if metric.compared else [], samples, bars)
    return result


def _metric_rows(metric, others, samples, bars):
    def summary(peer):
        values = samples.get((metric.name, peer))
        return summarise(values) if values else None

    own_bars = {bar.peer: bar for bar in bars if bar.metric == metric.name}
    ours = summary(OURS)
    if None in own_bars or not others:
        yield Row(metric, ours, None, None, None, own_bars.get(None))
    for peer in others:
        theirs = summary(peer)
        share = ratio(ours.median, theirs.median) if ours and theirs else None
        yield Row(metric, ours, peer, theirs, share, own_bars.get(peer))


_LONGER = {"ns": "us", "us": "ms"}


def number(value, unit):
    """A value for people: three significant digits, and k or M for rates."""
    if value is None:
        return "-"
    if unit == "1/s":
        for factor, suffix in ((1e6, "M/s"), (1e3, "k/s")):
            if abs(value) >= factor:
                return f"{three(value / factor)} {suffix}"
        return f"{three(value)} /s"
    if unit in ("timers", "services"):
        return f"{value:.0f}"
    if unit in ("ns", "us"):
        while value >= 1000 and unit in _LONGER:
            value, unit = value / 1000, _LONGER[unit]
    if unit == "x":
        return f"{value:.2f}x"
    return f"{three(value)} {unit}"


def three(value):
    """Three significant digits, without an exponent."""
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3 if size >= 0.1 else 4
    return f"{value:.{digits}f}"


def extremes(summary, unit):
    """The least and the most; the unit once where it's the same."""
    least, most = number(summary.least, unit), number(summary.most, unit)
    if " " in least and least.split()[1:] == most.split()[1:]:
        least = least.split()[0]
    return f"{least}..{most}"


HEAD = ("metric", "moonward", "least..most", "peer", "its value", "ratio", "bar", "")


def cells(row):
    unit = row.metric.unit
    spread = extremes(row.ours, unit) if row.ours else "-"
    return (
        row.metric.name, number(row.ours and row.ours.median, unit), spread, row.peer or "",
        number(row.theirs.median, unit) if row.theirs else "-" if row.peer else "",
        f"{row.ratio:.2f}x" if row.ratio is not None else "", row.bar.text() if row.bar else "", row.verdict,
    )


def text(table_rows, colour=False):
    """An aligned table; `colour` marks the verdicts."""
    lines = [HEAD, *(cells(row) for row in table_rows)]
    for i in range(len(lines) - 1, 1, -1):
        if lines[i][0] == lines[i - 1][0]:
            lines[i] = ("", "", "", *lines[i][3:])
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    left = (0, 3, 6, 7)
    out = []
    for line in lines:
        parts = [cell.ljust(width) if column in left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        shown = "  ".join(parts).rstrip()
        if colour and line[-1] in (MET, MISSED, FAILED):
            shown = shown[: -len(line[-1])] + f"\033[{32 if line[-1] == MET else 31}m{line[-1]}\033[0m"
        out.append(shown)
    return "\n".join(out)


def markdown(table_rows):
    """The same for docs/performance.md, with what each metric is."""
    out = ["| metric | what | moonward | least..most | peer | its value | ratio | bar | |",
           "|---|---|--:|--:|---|--:|--:|---|---|"]
    previous = None
    for row in table_rows:
        name, value, spread, peer, theirs, share, bar, verdict = cells(row)
        if name == previous:
            shown = ["", "", "", ""]
        else:
            shown = [f"`{name}`", row.metric.what, value, spread]
        previous = name
        cell_texts = [*shown, peer, theirs, share, bar, f"**{verdict}**" if verdict == MISSED else verdict]
        out.append("| " + " | ".join(cell_texts) + " |")
    return "\n".join(out)


def count(table_rows):
    """{verdict: how many rows}."""
    verdicts = [row.verdict for row in table_rows if row.bar]
    return {verdict: verdicts.count(verdict) for verdict in (MET, MISSED, FAILED)}


def plain(table_rows):
    """Values for JSON."""
    def summary(value):
        return dataclasses.asdict(value) if value else None

    return [
        {"metric": row.metric.name, "unit": row.metric.unit, "what": row.metric.what,
         "higher_is_better": row.metric.higher_is_better, "moonward": summary(row.ours), "peer": row.peer,
         "its": summary(row.theirs), "ratio": row.ratio,
         "bar": row.bar and {"relation": row.bar.relation, "limit": row.bar.limit, "of_ratio": bool(row.bar.peer)},
         "verdict": row.verdict or None}
        for row in table_rows
    ]
