"""Writes a result: JSON, and the section of docs/performance.md between its two markers."""

import json
import pathlib

from . import table

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


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


def replace_section(text, section):
    """`text` with `section` between its markers; ValueError when they aren't there once each, in order."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"it has to contain {BEGIN} and, after it, {END}, once each")
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n\n{section}\n\n{END}{rest.split(END)[1]}"


def write_section(file, section):
    file = pathlib.Path(file)
    file.write_text(replace_section(file.read_text(), section))
