"""Erlang: the call, send and spawn work as an Erlang programmer would write it, on two schedulers."""

import pathlib
import shutil

from ..context import BENCH
from ..processes import Child, Failure, run


class Erlang:
    name = "erlang"

    def __init__(self, scratch, schedulers=2):
        self.scratch = pathlib.Path(scratch)
        self.schedulers = schedulers
        if not shutil.which("erlc") or not shutil.which("erl"):
            raise Failure("--erlang: erlc and erl weren't found: tools/deps --bench installs them")
        run(["erlc", "-o", self.scratch, BENCH / "erlang" / "bench.erl"], "erlc", 60)
        release = run(["erl", "-noshell", "-eval", 'io:put_chars(erlang:system_info(otp_release)), halt().'],
                      "erl", 60)
        self.version = f"Erlang/OTP {release.strip()}"

    def script(self, *arguments):
        command = ["erl", "-noshell", "-noinput", "+S", f"{self.schedulers}:{self.schedulers}", "-pa", self.scratch,
                   "-run", "bench", "main", *arguments]
        return Child(command, "erlang", self.scratch, self.scratch)
