#!/usr/bin/env python3
"""Runs a compat script under `moonward exec` and compares what it prints with its .expected file."""

import difflib
import pathlib
import subprocess
import sys

OPTIONS = "-- exec:"


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: run.py MOONWARD SCRIPT", file=sys.stderr)
        return 2
    script = pathlib.Path(sys.argv[2])
    first = script.read_text(encoding="utf-8").splitlines()[0]
    options = first.removeprefix(OPTIONS).split() if first.startswith(OPTIONS) else []
    run = subprocess.run([sys.argv[1], "exec", "--timeout", "60s", *options, str(script)],
                         capture_output=True, text=True, check=False)
    expected = script.with_suffix(".expected").read_text(encoding="utf-8")
    difference = "".join(difflib.unified_diff(
        expected.splitlines(True), run.stdout.splitlines(True), "expected", "printed"))
    if run.returncode == 0 and not difference:
        return 0
    print(f"exit code {run.returncode}\n{difference}\n{run.stderr}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
