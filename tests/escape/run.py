#!/usr/bin/env python3
"""Runs an attack under `moonward exec` and judges how it ended.

The script's first line says what must happen, clauses divided by semicolons:

    -- expect: finished; quota: memory=8MiB, timers=10; permit: kill; stdout: a fragment

expect   finished             exit code 0, and "held" as the last line printed: the script tried the
                              door and found it closed
         error TEXT           an error of the script whose text has TEXT
         killed LIMIT         that verdict; when `quota` sets LIMIT, with that value
         … or …               any of them
quota    KEY=VALUE, …         without them, limits on time are so wide that no slow build meets them
permit, listen, connect       as the options of exec, several divided by commas
args     A B                  the script's arguments
stdout, stderr TEXT           must be printed there
absent   TEXT                 must be printed nowhere; \\x1b is an escape character
"""

import json
import os
import pathlib
import re
import subprocess
import sys

SKIPPED = 77  # as told to ctest
EXIT_CODES = {"finished": 0, "script_error": 1}
EXIT_KILLED = 3
WIDE = {"cpu_per_turn": "30s", "cpu_per_c_call": "30s"}
UNITS = {"us": 10**3, "ms": 10**6, "s": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "": 1}
# ThreadSanitizer holds signals back until the next system call: nothing reaches into a library
# function in that build.
UNREACHED_BY_TSAN = "killed cpu_per_c_call"


def clauses_of(script):
    first = script.read_text(encoding="utf-8").split("\n", 1)[0]
    if not first.startswith("-- expect: "):
        raise SystemExit(f"{script}: the first line must be: -- expect: …")
    clauses = {}
    for clause in first[3:].split("; "):
        key, colon, value = clause.partition(": ")
        if not colon or key not in ("expect", "quota", "permit", "listen", "connect", "args",
                                    "stdout", "stderr", "absent"):
            raise SystemExit(f"{script}: unknown clause: {clause}")
        clauses[key] = value.replace("\\x1b", "\x1b")
    return clauses


def several(clauses, key):
    return [part.strip() for part in clauses.get(key, "").split(",") if part.strip()]


def quantity(text):
    number, unit = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", text).groups()
    return int(float(number) * UNITS[unit])


def problem_with(expected, quotas, run, end, printed):
    """What is wrong with the end for one of the alternatives; nothing: it is as expected."""
    kind, _, detail = expected.partition(" ")
    verdict = end["verdict"]
    if kind == "killed":
        if verdict != detail or run.returncode != EXIT_KILLED:
            return f"verdict {verdict}, exit code {run.returncode}"
        if detail in quotas and end["limit"] != quantity(quotas[detail]):
            return f"the limit is told as {end['limit']}"
        return None
    name = {"finished": "finished", "error": "script_error"}[kind]
    if verdict != name or run.returncode != EXIT_CODES[name]:
        return f"verdict {verdict}, exit code {run.returncode}"
    if kind == "error" and detail not in end["detail"]:
        return f"the error has no text \"{detail}\""
    if kind == "finished" and (not printed or printed[-1] != "held"):
        return "the script did not come to its end, where it prints \"held\""
    return None


def main():
    if len(sys.argv) != 3:
        print("usage: run.py MOONWARD SCRIPT", file=sys.stderr)
        return 2
    script = pathlib.Path(sys.argv[2])
    clauses = clauses_of(script)
    if os.environ.get("MOONWARD_SANITIZE") == "thread" and UNREACHED_BY_TSAN in clauses["expect"]:
        print("ThreadSanitizer holds signals back")
        return SKIPPED
    quotas = dict(part.split("=") for part in several(clauses, "quota"))
    command = [sys.argv[1], "exec", "--json", "--timeout", "90s"]
    for key, value in {**WIDE, **quotas}.items():
        command += ["--quota", f"{key}={value}"]
    for option in ("permit", "listen", "connect"):
        for value in several(clauses, option):
            command += ["--" + option, value]
    command += [str(script), *clauses.get("args", "").split()]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    printed = run.stdout.splitlines()
    try:
        end = json.loads(printed.pop())
    except (IndexError, ValueError):
        print(f"no verdict, exit code {run.returncode}\n{run.stdout[-2000:]}\n{run.stderr[-4000:]}")
        return 1
    problems = [problem_with(one, quotas, run, end, printed)
                for one in clauses["expect"].split(" or ")]
    problems = [] if None in problems else problems
    text = "\n".join(printed)
    for stream, output in (("stdout", text), ("stderr", run.stderr)):
        if stream in clauses and clauses[stream] not in output:
            problems.append(f"{stream} has no \"{clauses[stream]}\"")
    if "absent" in clauses and clauses["absent"] in text + run.stderr:
        problems.append(f"it printed \"{clauses['absent']}\"")
    if not problems:
        return 0
    print(f"expected: {clauses['expect']}")
    print("\n".join(problems))
    print(f"{text[-2000:]}\n{run.stderr[-3000:]}\n{json.dumps(end)[:3000]}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
