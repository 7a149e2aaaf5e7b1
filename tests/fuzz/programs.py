#!/usr/bin/env python3
"""Random Lua programs under random quotas: whatever a script does, the host ends as it should.

    programs.py --program build/asan/moonward --seconds 600 --seed 1 --jobs 2
    programs.py --program build/release/moonward --count 40      seeds 0 to 39, and no more

A seed makes the program, what it requires and starts, its quotas, permissions and time; the same
seed makes the same again. A finding is an exit code other than 0, 1, 3 and 4, a sanitizer's report,
a word of the host about itself, or a run that does not end. Its files are kept in --keep, and the
command that runs them again is printed. Exit code: 1 when there were findings.
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import lua_scenes
import lua_writer

HERE = pathlib.Path(__file__).resolve().parent
GOOD_CODES = (0, 1, 3, 4)
# What a run may take beyond its --timeout, when sanitizers and a busy machine slow it.
PATIENCE_SECONDS = 60
REPORT = re.compile(
    r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error: |seccomp violation|host[_ ]bug"
    r"|memory_fault|terminate called|Assertion .* failed|moonward: fatal|double free|corrupted")
NOT_LUA = re.compile(r"(program|child|module)(\.lua)?:\d+: .* near ")
ENVIRONMENT = {
    "ASAN_OPTIONS": "exitcode=99:halt_on_error=1:abort_on_error=0:detect_stack_use_after_return=0:"
                    "use_sigaltstack=0:strict_string_checks=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "LSAN_OPTIONS": f"exitcode=99:suppressions={HERE.parent / 'lsan.supp'}",
    "LC_ALL": "C",
}


def options_for(seed):
    """The options of exec for a seed."""
    r = random.Random(f"options {seed}")
    quotas = {
        "memory": r.choice(["128KiB", "256KiB", "512KiB", "1MiB", "2MiB", "8MiB", "16MiB"]),
        "cpu_per_turn": f"{r.randint(20, 100)}ms",
        "cpu_per_c_call": f"{r.randint(5, 60)}ms",
        "coroutines": str(r.choice([1, 2, 5, 20, 200, 10000])),
        "timers": str(r.choice([0, 1, 5, 50, 10000])),
        "message_bytes": r.choice(["64B", "1KiB", "64KiB", "1MiB"]),
        "mailbox_messages": str(r.choice([1, 5, 100, 10000])),
        "instructions_per_turn": r.choice(["off", "off", "1000", "50000", "1000000"]),
        "on_memory": r.choice(["refuse", "refuse", "kill"]),
        "message_depth": str(r.choice([1, 32, 128])),
        "log_rate": r.choice(["10/s", "100/s", "1000000/s"]),
        "tenant.memory": r.choice(["2MiB", "8MiB", "64MiB"]),
        "tenant.max_services": str(r.choice([1, 3, 20])),
        "tenant.sockets": str(r.choice([0, 3, 64])),
        "tenant.socket_send_buffer": r.choice(["4KiB", "1MiB"]),
    }
    options = []
    for key in r.sample(sorted(quotas), r.randint(0, len(quotas))):
        options += ["--quota", f"{key}={quotas[key]}"]
    if not any(option.startswith("cpu_per_turn") for option in options):
        options += ["--quota", "cpu_per_turn=100ms"]
    if r.random() < 0.4:
        options += ["--permit", "all"]
    else:
        for permission in r.sample(lua_scenes.PERMISSIONS, r.randint(0, 3)):
            options += ["--permit", permission]
    if r.random() < 0.7:
        options += ["--listen", "127.0.0.1:*", "--connect", "127.0.0.1:*"]
    milliseconds = r.randint(20, 600)
    return options + ["--timeout", f"{milliseconds}ms"], milliseconds / 1000


def write_program(seed, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in (("program", "main"), ("child", "service"), ("module", "module")):
        (folder / f"{name}.lua").write_text(lua_writer.program(seed, kind), encoding="utf-8")


def problem_with(code, output):
    """What is wrong with a run; nothing: it ended as it should."""
    report = REPORT.search(output)
    if report:
        return f"it says \"{report.group()}\""
    if code not in GOOD_CODES:
        return f"exit code {code}"
    if NOT_LUA.search(output):
        return "the generator wrote what is not Lua"
    return None


def run(program, seed, keep):
    """Runs one seed: its exit code and what is wrong."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="moonward-fuzz."))
    try:
        write_program(seed, folder)
        options, seconds = options_for(seed)
        command = [program, "exec", *options, str(folder / "program.lua")]
        with open(folder / "output", "wb") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                       env={**os.environ, **ENVIRONMENT})
            try:
                code = process.wait(seconds + PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                code = f"none {PATIENCE_SECONDS} s after the time was up: {process.wait()}"
        text = (folder / "output").read_text(encoding="utf-8", errors="replace")
        problem = problem_with(code, text)
        if problem:
            kept = pathlib.Path(keep) / f"program-{seed}"
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(folder, kept)
            print(f"seed {seed}: {problem}\n  {' '.join(command[:-1])} {kept / 'program.lua'}\n"
                  f"{text[-2000:]}", flush=True)
        return code, problem
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--program", default="build/release/moonward")
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--count", type=int, help="how many seeds; default: until the time is up")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", default="fuzz-findings")
    parser.add_argument("--write", metavar="DIR", help="write the program of --seed, and run nothing")
    options = parser.parse_args()
    if options.write:
        write_program(options.seed, pathlib.Path(options.write))
        print(" ".join(options_for(options.seed)[0]))
        return 0
    program = str(pathlib.Path(options.program).resolve())
    end = time.monotonic() + options.seconds
    codes, findings, seed = {}, 0, options.seed
    last = seed + options.count if options.count is not None else None
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        pending = set()
        while pending or (seed != last and time.monotonic() < end):
            while len(pending) < options.jobs and seed != last and time.monotonic() < end:
                pending.add(pool.submit(run, program, seed, options.keep))
                seed += 1
            done, pending = concurrent.futures.wait(pending, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                code, problem = future.result()
                codes[code] = codes.get(code, 0) + 1
                findings += problem is not None
    print(f"{sum(codes.values())} programs, seeds {options.seed} to {seed - 1}: {findings} findings; exit codes "
          + ", ".join(f"{code}: {count}" for code, count in sorted(codes.items(), key=str)))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
