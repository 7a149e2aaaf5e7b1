#!/usr/bin/env python3
"""Runs Lua's own test files under `moonward exec`, and prints a table of the results.

    git clone https://github.com/lua/lua && git -C lua checkout v5.4.8
    tests/upstream/lua_tests.py build/release/moonward lua/testes [NAME…]

The files are copied to a temporary directory, and what needs a function that the sandbox hasn't is
cut from the copy: blank lines take its place, so that line numbers stay. The cuts below are for
the files of v5.4.8; each is checked against the text it begins with.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Not the limits of a small script: the tests build large strings, tables and stacks.
QUOTAS = ["memory=1GiB", "tenant.memory=2GiB", "cpu_per_turn=120s", "cpu_per_c_call=30s",
          "coroutines=1000000", "source_bytes=64MiB"]

NOT_APPLICABLE = {
    "api": "the C API, through the internal test library T",
    "code": "the compiler's opcodes, through T",
    "db": "the debug library; what it tests of debug.traceback runs",
    "files": "the io library; its part on os.time and os.date runs",
    "heavy": "exhausts the memory of the machine",
    "main": "the stand-alone interpreter lua, by os.execute",
}

# file -> (first line, last line, what the first begins with, what it needs)
CUTS = {
    "attrib": [
        (9, 9, "assert(require\"io\"", "io"),
        (21, 48, "do", "package.path"),
        (51, 71, "do  print", "package.path"),
    ],
    "calls": [
        (314, 314, "assert(debug.getinfo", "debug.getinfo"),
        (331, 352, "f = load(string.dump", "string.dump"),
        (368, 372, "local d = string.dump", "string.dump"),
        (391, 411, "x = string.dump", "string.dump"),
        (428, 434, "  f = load(string.dump", "string.dump"),
        (453, 494, "print(\"testing binary", "string.dump"),
    ],
    "closure": [(253, 278, "assert(debug.upvalueid", "debug.upvalueid")],
    "constructs": [(306, 306, "  assert(debug.getinfo", "debug.getinfo")],
    "coroutine": [
        (230, 230, "      Y = debug.getinfo", "debug.getinfo"),
        (349, 355, "  debug.sethook", "debug.sethook"),
        (360, 361, "  assert(debug.getinfo", "debug.getinfo"),
        (969, 971, "debug.setupvalue", "debug.setupvalue"),
    ],
    "big": [(56, 56, "coroutine.yield'b'", "")],
    "db": [
        (11, 693, "", "debug.getinfo"),
        (710, 731, "-- testing nparams", "debug.getinfo"),
        (759, 816, "co = coroutine.create", "debug.getinfo"),
        (839, 916, "-- test acessing", "debug.sethook"),
        (960, 1051, "print(", "string.dump"),
    ],
    "errors": [
        (227, 227, "checkmessage(\"for i = io", "io"),
        (235, 242, "-- passing light", "debug.upvalueid"),
        (245, 245, "  checkmessage(\"math.sin(io", "io"),
        (248, 248, "  checkmessage(\"io.input", "io"),
        (250, 250, "  checkmessage(\"return ~io", "io"),
        (253, 253, "  checkmessage(\"return XX < io", "io"),
        (274, 274, "checkmessage(\"(io.write", "io"),
        (278, 290, "do", "string.dump"),
        (340, 340, "checkmessage(\"getmetatable(io", "io"),
    ],
    "events": [
        (196, 196, "assert(not pcall(rawlen, io", "io"),
        (454, 479, "debug.setmetatable(10", "debug.setmetatable"),
    ],
    "files": [
        (8, 13, "assert(type(os.getenv", "os.getenv"),
        (26, 779, "-- cannot close", "io"),
        (937, 937, "io.output(", "io"),
        (947, 949, "io.write(", "io"),
    ],
    "gc": [
        (14, 18, "-- changing modes", "collectgarbage: modes"),
        (28, 48, "-- test weird parameters", "collectgarbage: pace"),
        (209, 209, "  assert(not collectgarbage", "collectgarbage: stop"),
        (549, 559, "do", "collectgarbage: stop"),
    ],
    "goto": [(187, 218, "for i = 2, 6", "debug.upvalueid")],
    "literals": [(297, 320, "if os.setlocale", "os.setlocale")],
    "locals": [
        (73, 80, "local function getenv", "debug.getupvalue"),
        (82, 82, "assert(getenv", "debug.getupvalue"),
        (165, 165, "assert(getenv", "debug.getupvalue"),
        (262, 262, "      assert(debug.getinfo", "debug.getinfo"),
        (429, 429, "        assert(debug.getinfo", "debug.getinfo"),
        (435, 435, "        assert(debug.getinfo", "debug.getinfo"),
        (444, 444, "        assert(debug.getinfo", "debug.getinfo"),
        (452, 452, "        assert(debug.getinfo", "debug.getinfo"),
        (784, 808, "do   -- '__close'", "debug.sethook"),
    ],
    "verybig": [
        (141, 142, "local file = os.tmpname", ""),
        (147, 147, "io.close", ""),
        (149, 149, "assert(os.remove", ""),
    ],
    "strings": [(171, 172, "  assert(string.format(\"%p\", io", "io")],
}

# (file, line) -> (text, what takes its place)
EDITS = {
    # ten kinds of keys: a thread instead of a file
    ("nextvar", 364): ("io.stdin", "coroutine.create(print)"),
    ("coroutine", 238): (' and Y.what == "C"', ""),
    # the program as a string instead of a file
    **{("verybig", line): ("io.write", "write") for line in (124, 130, 136, 145)},
    ("verybig", 148): ("dofile(file)", "load(written())()"),
    # beside the tests' other garbage
    ("gc", 477): ("m + 1)", "m + 2)"),
}

LINE_OF_CALLER = re.compile(r'(?:require"debug"|debug)\.getinfo\([1x](?:, "l")?\)\.currentline')


def prepare(name: str, source: pathlib.Path, target: pathlib.Path) -> set[str]:
    """Writes the copy that runs; returns what had to be cut."""
    # Lua's files hold Latin-1 and UTF-8 text side by side.
    lines = (source / f"{name}.lua").read_text(encoding="latin-1").split("\n")
    needs = set()
    for first, last, begins, what in CUTS.get(name, []):
        if not lines[first - 1].startswith(begins):
            raise SystemExit(f"{name}.lua:{first} isn't as in Lua 5.4.8: {lines[first - 1]!r}")
        lines[first - 1:last] = [""] * (last - first + 1)
        if what:
            needs.add(what)
    for (file, line), (old, new) in EDITS.items():
        if file == name:
            lines[line - 1] = lines[line - 1].replace(old, new)
    lines[0] = 'require "prelude"'
    text = LINE_OF_CALLER.sub("(current_line())", "\n".join(lines))
    (target / f"{name}.lua").write_text(text, encoding="latin-1")
    return needs


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    moonward, source = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    names = sys.argv[3:] or sorted(
        f.stem for f in source.glob("*.lua") if f.stem not in ("all", "tracegc", "bwcoercion"))
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        target = pathlib.Path(directory)
        shutil.copy(pathlib.Path(__file__).with_name("prelude.lua"), target)
        shutil.copy(source / "bwcoercion.lua", target)
        for name in names:
            if name in NOT_APPLICABLE and name not in CUTS:
                print(f"{name:12} n/a   {NOT_APPLICABLE[name]}", flush=True)
                continue
            needs = prepare(name, source, target)
            options = [o for quota in QUOTAS for o in ("--quota", quota)]
            run = subprocess.run([str(moonward), "exec", *options, "--timeout", "280s",
                                  str(target / f"{name}.lua")],
                                 capture_output=True, text=True, errors="replace", check=False)
            failures += run.returncode != 0
            verdict = "ok" if run.returncode == 0 else f"exit {run.returncode}"
            print(f"{name:12} {verdict:6}" + (" without: " + ", ".join(sorted(needs)) if needs else ""),
                  flush=True)
            if run.returncode != 0:
                print(run.stderr[-1500:])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
