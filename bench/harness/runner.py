"""Runs cases: round by round, and within a round each case by Moonward and then by each peer in turn."""

import time

from .processes import Failure


def interleave(cases, peers, rounds):
    """(round, case, peer) in the order of the runs."""
    for number in range(1, rounds + 1):
        for case in cases:
            for peer in case.runs:
                if peer in peers:
                    yield number, case, peer


def measure(cases, peers, rounds, context, say):
    """All runs; ({(metric, peer): [values]}, [(case, peer, why) of those that failed]).

    A case that failed on a peer isn't tried there again. `say(text)` tells each run.
    """
    samples, failures, broken = {}, [], set()
    for number, case, peer in interleave(cases, peers, rounds):
        if (case.name, peer) in broken:
            continue
        started = time.monotonic()
        try:
            found = case.runs[peer](context)
        except Failure as failure:
            broken.add((case.name, peer))
            failures.append((case.name, peer, str(failure)))
            say(f"round {number}/{rounds}  {case.name:12} {peer:12} FAILED: {failure}")
            continue
        for metric, value in found.items():
            samples.setdefault((metric, peer), []).append(value)
        told = "  ".join(f"{metric}={value:.4g}" for metric, value in list(found.items())[:3])
        say(f"round {number}/{rounds}  {case.name:12} {peer:12} {time.monotonic() - started:5.1f} s  {told}")
    return samples, failures
