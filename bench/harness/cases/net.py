"""Servers: TCP echo and HTTP over loopback. The client is one thread, the same for every server."""

import contextlib
import json
import re
import shutil

from ..context import BENCH, Case
from ..figures import Metric
from ..processes import Failure, await_port, free_port, run


def echo_client(context):
    """bench/load/echo_load, compiled once a call of bench/run."""
    program = context.scratch / "echo_load"
    if not program.exists():
        run(["c++", "-std=c++20", "-O2", "-o", program, BENCH / "load" / "echo_load.cpp"], "echo_load.cpp", 120)
    return program


@contextlib.contextmanager
def server(context, peer, script):
    """The port of a script of bench/workloads that listens."""
    port = free_port()
    options = {"port": port} if peer == "moonward" else {}
    with context.hosts[peer].script(script, port, **options) as child:
        child.expect("listening", context.deadline(20))
        await_port(port, context.deadline(20))
        yield port


def _echo_metrics(connections):
    return (
        Metric(f"echo_{connections}", "1/s", True, f"TCP echo of 64 bytes, {connections} connection(s)"),
        Metric(f"echo_{connections}_p99", "us", False, "the time of a round trip, 99th percentile"),
    )


def _echo(peer, connections):
    def run_echo(context):
        client = echo_client(context)
        seconds = context.size(2, 0.3)
        with server(context, peer, "tcp_echo") as port:
            told = json.loads(run([client, port, connections, seconds], "echo_load", 30))
        rate, p99 = _echo_metrics(connections)
        return {rate.name: told["round_trips_per_second"], p99.name: told["p99_us"]}
    return run_echo


HTTP = (
    Metric("http_64", "1/s", True, "HTTP answers, 64 connections kept open"),
    Metric("http_64_p99", "us", False, "the time of an answer, 99th percentile"),
)
_UNITS_US = {"us": 1.0, "ms": 1e3, "s": 1e6}


def read_wrk(text):
    """(answers a second, 99th percentile in us, answers with an error) of wrk's report."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", text)
    if not rate or not p99:
        raise Failure("wrk's report isn't as expected: " + " | ".join(text.strip().splitlines()[-3:]))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return float(rate.group(1)), float(p99.group(1)) * _UNITS_US[p99.group(2)], int(bad.group(1)) if bad else 0


def wrk(context, port):
    if not shutil.which("wrk"):
        raise Failure("wrk wasn't found: tools/deps --bench installs it")
    text = run(["wrk", "-t1", "-c64", f"-d{context.size(3, 1)}s", "--latency", f"http://127.0.0.1:{port}/"], "wrk", 40)
    rate, p99, bad = read_wrk(text)
    if bad or not rate:
        raise Failure(f"wrk: {bad} answers were errors, {rate:g} a second came")
    return {"http_64": rate, "http_64_p99": p99}


def _web(peer):
    def run_web(context):
        with server(context, peer, "web") as port:
            return wrk(context, port)
    return run_web


def _sample_web(context):
    port = free_port()
    with context.hosts["skynet"].sample_web_server(port):
        await_port(port, context.deadline(20))
        return wrk(context, port)


def _nginx(context):
    port = free_port()
    with context.hosts["nginx"].serve(port):
        await_port(port, context.deadline(20))
        return wrk(context, port)


CASES = (
    *(Case(f"echo_{n}", f"TCP echo, {n} connections", _echo_metrics(n),
           {peer: _echo(peer, n) for peer in ("moonward", "skynet")}) for n in (1, 64, 1000)),
    # Skynet's sample server closes each connection; `skynet_kept` is the same script as Moonward's, on Skynet.
    Case("http_64", "HTTP hello", HTTP,
         {"moonward": _web("moonward"), "skynet": _sample_web, "skynet_kept": _web("skynet"), "nginx": _nginx}),
)
