"""Writes a result: JSON, and the sections of docs/performance.md between their markers."""

import json
import pathlib

from . import table

SECTIONS = ("bench", "profile", "parts")


def markers(section):
    return f"<!-- {section}: begin -->", f"<!-- {section}: end -->"


def as_json(result_rows, samples, failures, about):
    return json.dumps(
        {**about, "rows": table.plain(result_rows),
         "runs": [{"metric": metric, "peer": peer, "values": values} for (metric, peer), values in samples.items()],
         "failures": [{"case": case, "peer": peer, "why": why} for case, peer, why in failures]},
        indent=1) + "\n"


def as_markdown(result_rows, failures, about):
    verdicts = table.count(result_rows)
    lines = [
        f"Taken on {about['date']} with `{about['command']}`: medians of {about['rounds']} interleaved runs.",
        "",
        "| | |", "|---|---|",
        *(f"| {what} | {text} |" for what, text in about["machine"].items()),
        f"| load before | {about['load_before']:.2f} |",
        "",
        f"{verdicts[table.MET]} bars are met, {verdicts[table.MISSED]} missed, {verdicts[table.FAILED]} not run.",
        "",
        table.markdown(result_rows),
    ]
    if failures:
        lines += ["", "These could not be run:", "", *(f"- {case} on {peer}: {why}" for case, peer, why in failures)]
    return "\n".join(lines)


def micro_markdown(benchmarks):
    """A table of Google Benchmark's rows (its JSON's "benchmarks")."""
    lines = ["| | time |", "|---|--:|"]
    for row in benchmarks:
        name = "/".join(part for part in row["name"].split("/") if ":" not in part and not part.endswith("_time"))
        unit = row["time_unit"]
        lines.append(f"| `{name}` | {table.number(row['real_time'], unit)} |")
    return "\n".join(lines)


def replace_section(text, section, content):
    """`text` with `content` between the section's markers; ValueError when they aren't there once each, in order."""
    begin, end = markers(section)
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"it has to contain {begin} and, after it, {end}, once each")
    head, rest = text.split(begin)
    return f"{head}{begin}\n\n{content}\n\n{end}{rest.split(end)[1]}"


def check_file(file):
    """ValueError or OSError when the file lacks a section."""
    text = pathlib.Path(file).read_text()
    for section in SECTIONS:
        replace_section(text, section, "")


def write_sections(file, contents):
    """Replaces the sections named in `contents` ({section: text})."""
    file = pathlib.Path(file)
    text = file.read_text()
    for section, content in contents.items():
        text = replace_section(text, section, content)
    file.write_text(text)
