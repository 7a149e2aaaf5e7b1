"""The command line of bench/run."""

import argparse
import datetime
import json
import os
import pathlib
import shlex
import sys
import tempfile

from . import machine, report, table
from .cases import CASES
from .context import TREE, Context
from .peers.erlang import Erlang
from .peers.moonward import Moonward
from .peers.nginx import Nginx
from .peers.skynet import Skynet
from .peers.stock_lua import StockLua
from .processes import Failure
from .processes import run as run_program
from .profile import RUNS as PROFILED
from .profile import profile
from .runner import measure

DESCRIPTION = """Measures Moonward, and peers on the same work in the same call: each round runs every workload by
Moonward and then by each peer. At the end a table: medians, the extremes, ratios, and whether the
bars are met."""
EPILOG = """exit code: 0 all was measured; 1 something could not be run, or, with --strict, a bar was missed;
2 a wrong command line

  bench/run --only call_1,spin
  bench/run --skynet ../skynet --erlang --nginx --markdown docs/performance.md"""


def parser():
    p = argparse.ArgumentParser(prog="bench/run", description=DESCRIPTION, epilog=EPILOG,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--moonward", metavar="PATH", default=str(TREE / "build/release/moonward"),
                   help="the program to measure (default: build/release/moonward)")
    p.add_argument("--micro", metavar="PATH", help="moonward_bench (default: beside --moonward)")
    p.add_argument("--skynet", metavar="PATH", help="a built Skynet: its directory")
    p.add_argument("--erlang", action="store_true", help="Erlang/OTP as a peer (Debian's erlang-base)")
    p.add_argument("--nginx", action="store_true", help="nginx with its Lua module as a peer")
    p.add_argument("--lua", metavar="PATH", default="lua5.4",
                   help="the stock interpreter (default: lua5.4); none: leave it out")
    p.add_argument("--rounds", type=int, default=5, metavar="N", help="runs of each (default: 5)")
    p.add_argument("--only", metavar="NAME[,NAME]", help="these workloads alone")
    p.add_argument("--quick", action="store_true", help="little work: shows that all runs, no figures")
    p.add_argument("--json", metavar="FILE", help="write all figures there")
    p.add_argument("--markdown", metavar="FILE",
                   help="put the table, a profile and the micro-benchmarks between the markers of this file")
    p.add_argument("--strict", action="store_true", help="a missed bar is a failure")
    p.add_argument("--list", action="store_true", help="the workloads, and who runs them")
    return p


def chosen_cases(only, complain):
    if not only:
        return CASES
    names = only.split(",")
    unknown = [name for name in names if name not in {case.name for case in CASES}]
    if unknown:
        complain(f"no workload {', '.join(unknown)}: --list tells which there are")
    return tuple(case for case in CASES if case.name in names)


def make_hosts(arguments, scratch):
    hosts = {"moonward": Moonward(arguments.moonward, scratch)}
    if arguments.skynet:
        hosts["skynet"] = Skynet(arguments.skynet, scratch)
    if arguments.erlang:
        hosts["erlang"] = Erlang(scratch)
    if arguments.lua != "none":
        hosts["lua"] = StockLua(arguments.lua, scratch)
    if arguments.nginx:
        hosts["nginx"] = Nginx(scratch)
    return hosts


def show_list():
    for case in CASES:
        print(f"{case.name:12} {case.what:40} {', '.join(case.runs)}")
        for metric in case.metrics:
            print(f"  {metric.name:22} {metric.unit:8} {metric.what}")


def say(text):
    print(text, file=sys.stderr, flush=True)


def main(arguments=None):
    p = parser()
    options = p.parse_args(arguments)
    if options.list:
        show_list()
        return 0
    if options.rounds < 1:
        p.error("--rounds has to be at least 1")
    if options.markdown:
        try:
            report.check_file(options.markdown)
        except (OSError, ValueError) as error:
            p.error(f"--markdown {options.markdown}: {error}")
    cases = chosen_cases(options.only, p.error)
    two_cores()
    with tempfile.TemporaryDirectory(prefix="moonward-bench.") as scratch:
        try:
            hosts = make_hosts(options, pathlib.Path(scratch))
        except Failure as failure:
            p.error(str(failure))
        return run(options, cases, hosts, pathlib.Path(scratch), arguments)


def add_parts(contents, program, micro, scratch):
    """Adds the profile and the micro-benchmarks to the sections of a report; what failed, as measure tells it."""
    failures = []
    try:
        say("profiling")
        texts = [profile(program, name, scratch) for name in PROFILED]
        contents["profile"] = "```text\n" + "\n".join(texts) + "\n```"
    except Failure as failure:
        failures.append(("profile", "moonward", str(failure)))
    try:
        say("running the micro-benchmarks")
        told = run_program([micro, "--benchmark_format=json", "--benchmark_min_time=0.2"], "moonward_bench", 300)
        contents["parts"] = report.micro_markdown(json.loads(told)["benchmarks"])
    except Failure as failure:
        failures.append(("micro-benchmarks", "moonward", str(failure)))
    for case, peer, why in failures:
        say(f"could not be run: {case} on {peer}: {why}")
    return failures


def two_cores():
    """Keeps this process, and so all that it starts, on two cores, so that everybody has as many."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:2])
    if len(cores) < 2:
        say("bench/run: there's one core alone: figures will be too bad")


def run(options, cases, hosts, scratch, arguments):
    peers = [*hosts] + (["skynet_kept"] if "skynet" in hosts else [])
    # Beside the program, where the build puts it: whoever copies one copies the other.
    micro = pathlib.Path(options.micro) if options.micro else pathlib.Path(options.moonward).parent / "moonward_bench"
    context = Context(hosts, scratch, options.quick, micro.resolve())
    given = sys.argv[1:] if arguments is None else arguments
    about = {
        "date": datetime.date.today().isoformat(),
        "command": shlex.join(["bench/run", *given]),
        "rounds": options.rounds,
        "quick": options.quick,
        "machine": machine.describe(hosts),
        "load_before": machine.load(),
    }
    if about["load_before"] > 0.5:
        say(f"bench/run: the machine is busy (load {about['load_before']:.2f}): figures will be too bad")
    samples, failures = measure(cases, peers, options.rounds, context, say)
    result = table.rows(cases, samples, peers)
    print(table.text(result, colour=sys.stdout.isatty()))
    verdicts = table.count(result)
    print(f"\nbars: {verdicts[table.MET]} met, {verdicts[table.MISSED]} missed, {verdicts[table.FAILED]} not run")
    for case, peer, why in failures:
        print(f"could not be run: {case} on {peer}: {why}")
    if options.json:
        pathlib.Path(options.json).write_text(report.as_json(result, samples, failures, about))
    if options.markdown:
        contents = {"bench": report.as_markdown(result, failures, about)}
        failures += add_parts(contents, hosts["moonward"].program, context.micro, scratch)
        report.write_sections(options.markdown, contents)
    return 1 if failures or (options.strict and verdicts[table.MISSED]) else 0
