"""What holds the process as a whole: root is refused or given up, files are out of reach, each layer
is told, and a kernel that lacks one is a warning or a refusal."""

import ctypes
import errno
import os
import pathlib
import platform
import pwd
import signal
import subprocess
import unittest
import unittest.mock

from support import PROGRAM, Host, Scratch, moonward, wait_for

SANITIZED = bool(os.environ.get("MOONWARD_SANITIZE"))
AS_ROOT = os.geteuid() == 0
# The processor's answer, whatever the kernel does with it.
HAS_KEYS = " pku" in pathlib.Path("/proc/cpuinfo").read_text()

MAIN = """
local skynet = require "skynet"
skynet.start(function() print "here" skynet.timeout(360000, function() end) end)
"""

CONFIG = """
[host]
control_socket = "state/control.sock"
state_dir = "state"
stop_timeout = "1s"
{settings}
[tenants.good]
root = "good"
start = ["main"]
"""

# x86-64's numbers of the calls that a kernel without the feature doesn't know.
LANDLOCK = (444, 445, 446)
SECCOMP = (317,)
KEYS = (330,)


class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("true", ctypes.c_uint8), ("false", ctypes.c_uint8),
                ("operand", ctypes.c_uint32)]


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(Instruction))]


def without(calls):
    """For preexec_fn: the program finds a kernel that doesn't know these calls."""
    load_number, jump_if_equal, answer = 0x20, 0x15, 0x06
    refuse, allow = 0x00050000 | errno.ENOSYS, 0x7FFF0000
    rows = [(load_number, 0, 0, 0)]
    for left, call in enumerate(reversed(calls)):
        rows.insert(1, (jump_if_equal, left + 1, 0, call))
    rows += [(answer, 0, 0, allow), (answer, 0, 0, refuse)]
    program = Filter(len(rows), (Instruction * len(rows))(*(Instruction(*row) for row in rows)))
    libc = ctypes.CDLL(None, use_errno=True)

    def install():
        if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.byref(program), 0, 0) != 0:
            os._exit(99)
    return install


class Protection(Scratch):
    def config(self, settings="allow_root = true", text=CONFIG):
        self.folder.chmod(0o755)  # whom root becomes must be able to read it
        self.write("good/main.lua", MAIN)
        return self.write("host.toml", text.format(settings=settings))

    def refused(self, settings, **options):
        done = moonward("run", self.config(settings), **options)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(done.stdout, "", "it has begun")
        return done.stderr

    def status(self, host, field):
        """The value of a field in /proc for each thread."""
        threads = pathlib.Path(f"/proc/{host.process.pid}/task").iterdir()
        lines = [line for thread in threads for line in (thread / "status").read_text().splitlines()]
        return [line.split(":", 1)[1].split() for line in lines if line.startswith(field + ":")]

    # -- root ---------------------------------------------------------------------------------

    @unittest.skipUnless(AS_ROOT, "needs root")
    def test_root_is_refused_with_both_ways_out(self):
        text = self.refused("")
        self.assertIn("run: started as root", text)
        self.assertIn('user = "NAME"', text)
        self.assertIn("allow_root = true", text)
        self.assertFalse((self.folder / "state").exists())

    @unittest.skipUnless(AS_ROOT, "needs root")
    def test_root_becomes_the_user_for_good(self):
        config = self.config('user = "nobody"\nlog = "log/host.log"')
        # The leak checker traces the process, which it can't once it has been root.
        with unittest.mock.patch.dict(os.environ, {"LSAN_OPTIONS": "detect_leaks=0"}):
            host = Host(self, config)
        nobody = pwd.getpwnam("nobody")
        self.assertEqual({tuple(ids) for ids in self.status(host, "Uid")}, {(str(nobody.pw_uid),) * 4})
        self.assertEqual({tuple(ids) for ids in self.status(host, "Gid")}, {(str(nobody.pw_gid),) * 4})
        for field in ("CapInh", "CapPrm", "CapEff"):
            self.assertEqual({int(bits[0], 16) for bits in self.status(host, field)}, {0}, field)
        self.assertNotIn("0", self.status(host, "Groups")[0])
        for made in ("state", "log", "log/host.log"):
            self.assertEqual((self.folder / made).stat().st_uid, nobody.pw_uid, made)
        self.assertEqual((self.folder / "state").stat().st_mode & 0o777, 0o700)
        self.assertIn(f"account: nobody ({nobody.pw_uid})", host.json("info")["protections"])
        self.assertEqual(host.ctl("reload").returncode, 0)
        host.signal()
        self.assertEqual(host.wait(), 0, host.text())
        self.assertFalse((self.folder / "state/control.sock").exists())

    @unittest.skipUnless(AS_ROOT, "needs root")
    def test_a_user_that_does_not_fit_is_refused(self):
        self.assertIn('user = "nobody-here" in [host]: there is no such account',
                      self.refused('user = "nobody-here"'))
        self.assertIn("that account is root", self.refused('user = "root"\nallow_root = true'))
        (self.folder / "state").mkdir(mode=0o755)
        text = self.refused('user = "nobody"')
        self.assertIn(f"can't write to {self.folder}/state: Permission denied", text)
        self.assertIn(f"chown nobody {self.folder}/state", text)

    @unittest.skipUnless(AS_ROOT, "needs root")
    def test_exec_runs_as_root(self):
        done = moonward("exec", self.write("good/hello.lua", "print 'hello'"))
        self.assertEqual((done.returncode, done.stdout), (0, "hello\n"), done.stderr)

    @unittest.skipUnless(AS_ROOT, "needs root")
    def test_who_is_not_root_needs_no_setting(self):
        config = self.config("")
        self.folder.chmod(0o777)
        # Where the build lies may be closed to others: an open descriptor isn't.
        program = os.open(PROGRAM, os.O_RDONLY)
        self.addCleanup(os.close, program)
        done = subprocess.run([f"/proc/self/fd/{program}", "run", str(config), "--seconds", "1"],
                              user="nobody", group="nogroup", extra_groups=[], pass_fds=[program],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("here", done.stdout)

    # -- what holds ---------------------------------------------------------------------------

    @unittest.skipIf(SANITIZED, "an instrumented build has neither filters nor Landlock")
    def test_every_layer_is_told_and_every_thread_has_a_filter(self):
        host = Host(self, self.config("allow_root = true\nrequire_protection = true"))
        lines = "\n".join(host.json("info")["protections"])
        self.assertIn("seccomp: a filter for each thread by its role: main, worker, monitor", lines)
        self.assertRegex(lines, rf"Landlock \(version \d+\): reads {self.folder}/good, "
                                rf"{self.folder}, .*; writes {self.folder}/state; executes nothing")
        self.assertIn("memory protection keys: ", lines)
        self.assertIn("NO_NEW_PRIVS: on", lines)
        self.assertIn(f"account: {pwd.getpwuid(os.geteuid()).pw_name} ({os.geteuid()})", lines)
        self.assertNotIn("off", lines)
        wait_for(lambda: {"2"} == {mode[0] for mode in self.status(host, "Seccomp")}, "the filters")
        self.assertEqual({"1"}, {mode[0] for mode in self.status(host, "NoNewPrivs")})

    @unittest.skipIf(SANITIZED, "an instrumented build has neither filters nor Landlock")
    def test_a_reload_adds_a_root_inside_and_refuses_one_outside(self):
        config = self.config()
        config = config.rename(config.with_name("conf.toml"))
        inner = self.folder / "inner"
        inner.mkdir()
        (self.folder / "good").rename(inner / "good")
        config = config.rename(inner / "host.toml")
        host = Host(self, config)
        self.write("outside/main.lua", MAIN)
        text = config.read_text()
        config.write_text(text + '[tenants.more]\nroot = "../outside"\nstart = ["main"]\n')
        refused = host.ctl("reload")
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f'tenant "more": {self.folder}/outside lies outside of what the host may read '
                      "since its start", refused.stderr)
        self.assertIn(f"restart the host to add it, or move it below {inner}", refused.stderr)
        (self.folder / "outside").rename(inner / "inside")
        # Replaced as an editor does it, so that it is another file.
        fresh = inner / "host.toml.new"
        fresh.write_text(text + '[tenants.more]\nroot = "inside"\nstart = ["main"]\n')
        fresh.rename(config)
        added = host.ctl("reload")
        self.assertEqual(added.returncode, 0, added.stderr)
        self.assertEqual(len(host.json("stat")), 2)

    @unittest.skipIf(SANITIZED, "an instrumented build has neither filters nor Landlock")
    def test_a_rotated_log_is_opened_anew(self):
        config = self.config('allow_root = true\nlog = "logs/host.log"')
        host = Host(self, config)
        log = self.folder / "logs/host.log"
        log.rename(log.with_suffix(".1"))
        host.ctl("reload")
        host.signal(signal.SIGHUP)
        wait_for(lambda: log.exists() and "reload" in log.read_text(), "the new file")

    # -- kernels that lack a layer ------------------------------------------------------------

    def lacking(self, calls, named):
        """A host that finds no such layer: it says so, and goes on; told to require it, it ends."""
        config = self.config()
        done = moonward("run", config, "--seconds", "1", preexec_fn=without(calls))
        self.assertEqual(done.returncode, 0, done.stderr)
        warnings = [line for line in done.stdout.splitlines() if named in line]
        self.assertEqual(len(warnings), 1, done.stdout)
        self.assertIn(" host warn ", warnings[0])
        text = self.refused("allow_root = true\nrequire_protection = true",
                            preexec_fn=without(calls))
        self.assertIn("require_protection is set in [host], and this machine lacks:", text)
        self.assertEqual(text.count(named), 1)
        self.assertIn("set require_protection = false", text)
        return text

    @unittest.skipIf(SANITIZED or platform.machine() != "x86_64", "x86-64's call numbers")
    def test_a_kernel_without_landlock(self):
        text = self.lacking(LANDLOCK, "Landlock: off, files are as open as the account is")
        self.assertNotIn("seccomp", text)
        done = moonward("exec", self.write("good/hello.lua", "print 'hello'"),
                        preexec_fn=without(LANDLOCK))
        self.assertEqual((done.returncode, done.stdout), (0, "hello\n"), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("Landlock: off", done.stderr)

    @unittest.skipIf(SANITIZED or platform.machine() != "x86_64", "x86-64's call numbers")
    def test_a_kernel_without_filters(self):
        text = self.lacking(SECCOMP, "seccomp: off, threads may make any call")
        self.assertNotIn("Landlock", text)

    @unittest.skipIf(SANITIZED or platform.machine() != "x86_64", "x86-64's call numbers")
    @unittest.skipUnless(HAS_KEYS, "the processor has no protection keys")
    def test_a_kernel_that_gives_no_keys(self):
        self.lacking(KEYS, "memory protection keys: off, the processor has them")

    @unittest.skipUnless(SANITIZED, "the other builds have them")
    def test_an_instrumented_build_says_what_it_lacks(self):
        text = self.refused("allow_root = true\nrequire_protection = true")
        self.assertIn("seccomp: off, threads may make any call: this is a sanitizer build", text)
        self.assertIn("Landlock: off, files are as open as the account is: this is a sanitizer", text)


if __name__ == "__main__":
    unittest.main()
