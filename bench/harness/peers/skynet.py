"""Skynet, built by whoever has it: two threads, or as many as asked for, and nothing else configured."""

import pathlib
import shutil
import time

from ..context import WORKLOADS
from ..processes import Child, Failure, run

CONFIG = """\
root = "{root}/"
luaservice = root.."service/?.lua;{folder}/?.lua;{more}/?.lua"
lualoader = root.."lualib/loader.lua"
lua_path = root.."lualib/?.lua;"..root.."lualib/?/init.lua;{folder}/?.lua"
lua_cpath = root.."luaclib/?.so"
cpath = root.."cservice/?.so"
thread = {threads}
harbor = 0
bootstrap = "snlua bootstrap"
start = "{start}"
logger = "{log}"
"""


class Skynet:
    name = "skynet"

    def __init__(self, root, scratch):
        self.root = pathlib.Path(root).resolve()
        self.program = self.root / "skynet"
        self.scratch = pathlib.Path(scratch)
        if not self.program.is_file():
            raise Failure(f"--skynet {root}: there's no built program skynet")
        if not shutil.which("stdbuf"):
            raise Failure("--skynet needs stdbuf (coreutils), so that Skynet's lines aren't held back")
        self.version = f"Skynet {self._commit()}".strip()

    def _commit(self):
        """The commit it was built from, if that can be told."""
        try:
            return run(["git", "-C", self.root, "rev-parse", "--short", "HEAD"], "git", 10).strip()
        except Failure:
            return ""

    def script(self, name, *arguments, threads=2, folder=WORKLOADS, more_scripts=None):
        """A script as the first service; the log goes to a file. `more_scripts`: another folder of services."""
        stamp = time.monotonic_ns()
        config = self.scratch / f"skynet.{stamp}"
        start = " ".join([name, *map(str, arguments)])
        config.write_text(CONFIG.format(
            root=self.root, folder=folder, more=more_scripts or folder, threads=threads, start=start,
            log=self.scratch / f"skynet.{stamp}.log"))
        return Child(["stdbuf", "-oL", self.program, config], f"skynet {name}", folder, self.scratch)

    def sample_web_server(self, port):
        """examples/simpleweb.lua as it is, but for its port, which stands in the source."""
        source = (self.root / "examples" / "simpleweb.lua").read_text()
        if source.count("8001") == 0:
            raise Failure("examples/simpleweb.lua: its port isn't where it was")
        folder = self.scratch / f"simpleweb.{port}"
        folder.mkdir()
        (folder / "simpleweb.lua").write_text(source.replace("0.0.0.0", "127.0.0.1").replace("8001", str(port)))
        return self.script("simpleweb", folder=folder)
