"""What a case is given: where things are, how big the work is, and until when it may run."""

import dataclasses
import pathlib
import time

BENCH = pathlib.Path(__file__).resolve().parent.parent
TREE = BENCH.parent
WORKLOADS = BENCH / "workloads"


@dataclasses.dataclass
class Context:
    """`hosts` holds the peers by name; `quick` makes the work small (a smoke test, no figures)."""

    hosts: dict
    scratch: pathlib.Path
    quick: bool = False
    micro: pathlib.Path | None = None

    def size(self, full, small):
        return small if self.quick else full

    @staticmethod
    def deadline(seconds):
        return time.monotonic() + seconds


@dataclasses.dataclass(frozen=True)
class Case:
    """A workload: its name, its metrics, and for each peer what runs it and returns {metric: value}."""

    name: str
    what: str
    metrics: tuple
    runs: dict
