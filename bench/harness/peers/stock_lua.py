"""The stock interpreter."""

import shutil

from ..context import WORKLOADS
from ..processes import Child, Failure, run


class StockLua:
    name = "lua"

    def __init__(self, program, scratch):
        found = shutil.which(program)
        if not found:
            raise Failure(f"--lua {program}: it wasn't found: tools/deps --bench installs lua5.4")
        self.program = found
        self.scratch = scratch
        self.version = run([found, "-v"], program, 10).split(" Copyright")[0].strip()

    def script(self, name):
        return Child([self.program, f"{name}.lua"], f"{self.program} {name}", WORKLOADS, self.scratch)
