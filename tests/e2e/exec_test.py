"""`moonward exec`: its exit code and words for every way a script can end."""

import json
import unittest

import support
from support import Scratch, moonward


class Exec(Scratch):
    def run_script(self, text, *options, arguments=(), name="test.lua"):
        return moonward("exec", *options, self.write(name, text), *arguments)

    def json_of(self, text, *options):
        done = self.run_script(text, "--json", *options)
        return done, json.loads(done.stdout.splitlines()[-1])

    # -- it finishes --------------------------------------------------------------------------

    def test_a_plain_script_prints_and_finishes(self):
        done = self.run_script('print("hello", 1, nil, true)')
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "hello\t1\tnil\ttrue\n", ""))

    def test_arguments_are_the_scripts_dashes_or_not(self):
        done = self.run_script("print(...)", arguments=("a", "--json", "-x", "3"))
        self.assertEqual((done.returncode, done.stdout), (0, "a\t--json\t-x\t3\n"))

    def test_idle_with_nothing_left_to_happen_is_finished(self):
        done = self.run_script('require("skynet").start(function() print("up") end)')
        self.assertEqual((done.returncode, done.stdout), (0, "up\n"))

    def test_a_pending_timer_is_waited_for(self):
        done = self.run_script(
            'local skynet = require "skynet"\n'
            'skynet.start(function() skynet.timeout(20, function() print("late") end) end)'
        )
        self.assertEqual((done.returncode, done.stdout), (0, "late\n"))

    def test_much_output_comes_whole_and_in_order(self):
        done = self.run_script("for i = 1, 20000 do print(i) end", *support.SLOW_BUILD)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "".join(f"{i}\n" for i in range(1, 20001)))

    def test_modules_and_services_beside_the_script_are_found(self):
        self.write("lib/greet.lua", 'return function(who) return "hello " .. who end')
        self.write(
            "echo.lua",
            'local skynet = require "skynet"\nskynet.start(function()\n'
            'skynet.dispatch("lua", function(_, _, ...) skynet.retpack(...) end)\nend)',
        )
        done = self.run_script(
            'local skynet = require "skynet"\nlocal greet = require "lib.greet"\n'
            "skynet.start(function()\n"
            '  print(skynet.call(skynet.newservice("echo"), "lua", greet("you")))\n'
            "  skynet.exit()\nend)"
        )
        self.assertEqual((done.returncode, done.stdout), (0, "hello you\n"), done.stderr)

    def test_the_fate_of_another_service_is_not_the_scripts(self):
        self.write("loop.lua", "while true do end")
        done = self.run_script(
            'local skynet = require "skynet"\nskynet.start(function()\n'
            '  print((pcall(skynet.newservice, "loop")))\nend)',
            "--quota", "cpu_per_turn=50ms",
        )
        self.assertEqual((done.returncode, done.stdout), (0, "false\n"), done.stderr)
        self.assertIn("cpu_per_turn", done.stderr)

    # -- its own errors -----------------------------------------------------------------------

    def test_an_error_is_told_with_its_traceback(self):
        done = self.run_script('local function f() error("boom") end\nf()')
        self.assertEqual(done.returncode, 1)
        self.assertIn("test.lua:1: boom", done.stderr)
        self.assertIn("stack traceback:", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_an_error_in_the_start_function(self):
        done = self.run_script('require("skynet").start(function() local x = nil; x() end)')
        self.assertEqual(done.returncode, 1)
        self.assertIn("test.lua:1:", done.stderr)

    def test_a_syntax_error(self):
        done = self.run_script("local = 3")
        self.assertEqual(done.returncode, 1)
        self.assertIn("test.lua:1:", done.stderr)

    def test_errors_that_are_no_strings(self):
        for thrown in ("nil", "{}", "42", "setmetatable({}, {__tostring = error})"):
            done = self.run_script(f"error({thrown})")
            self.assertEqual(done.returncode, 1, (thrown, done.stderr))

    def test_a_missing_module(self):
        done = self.run_script('require "not.there"')
        self.assertEqual(done.returncode, 1)
        self.assertIn("not.there", done.stderr)

    def test_endless_recursion_is_an_error(self):
        smaller = ["--quota", "memory=4MiB"] if support.TSAN else []
        done = self.run_script("local function f() return 1 + f() end\nf()",
                               *smaller, *support.SLOW_BUILD)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "stack overflow|not enough memory")

    def test_memory_that_is_refused_is_an_error(self):
        done = self.run_script(
            "local t = {}\nwhile true do t[#t + 1] = string.rep('x', 1000) .. #t end",
            "--quota", "memory=1MiB",
        )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("not enough memory", done.stderr)

    # -- it is killed -------------------------------------------------------------------------

    def test_an_endless_loop(self):
        done = self.run_script("local x = 0\nwhile true do\n  x = x + 1\nend",
                               "--quota", "cpu_per_turn=100ms")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r"moonward: killed: cpu_per_turn: \S+ of 100ms at test.lua:[23]")

    def test_a_loop_that_catches_everything(self):
        done = self.run_script(
            "while true do pcall(function()\n"
            "  local c <close> = setmetatable({}, {__close = function() while true do end end})\n"
            "  while true do end\nend) end",
            "--quota", "cpu_per_turn=100ms",
        )
        self.assertEqual(done.returncode, 3)
        self.assertIn("killed: cpu_per_turn", done.stderr)

    @unittest.skipIf(support.TSAN, "no signal reaches into a library function in this build")
    def test_a_library_call_that_does_not_end(self):
        done = self.run_script(
            "string.find(string.rep('a', 30000), string.rep('a-', 20) .. 'b')",
            "--quota", "cpu_per_c_call=50ms",
        )
        self.assertEqual(done.returncode, 3)
        self.assertIn("killed: cpu_per_c_call", done.stderr)

    def test_memory_when_the_quota_says_kill(self):
        done, verdict = self.json_of(
            "local t = {}\nwhile true do t[#t + 1] = string.rep('x', 1000) .. #t end",
            "--quota", "memory=1MiB", "--quota", "on_memory=kill",
        )
        self.assertEqual(done.returncode, 3)
        self.assertEqual((verdict["verdict"], verdict["limit"], verdict["unit"]),
                         ("memory", 1 << 20, "bytes"))

    def test_an_instruction_budget(self):
        done, verdict = self.json_of("while true do end", "--quota", "instructions_per_turn=100000")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(verdict["verdict"], "instructions_per_turn")
        self.assertEqual(verdict["limit"], 100000)

    def test_the_end_as_json(self):
        done, verdict = self.json_of('print("out")')
        self.assertEqual((done.returncode, verdict["verdict"]), (0, "finished"))
        self.assertTrue(done.stdout.startswith("out\n"))
        self.assertLessEqual({"limit", "measured", "unit", "where", "detail", "services", "cpu_ms",
                              "memory_bytes"}, set(verdict))
        done, verdict = self.json_of("while true do end", "--quota", "cpu_per_turn=50ms")
        self.assertEqual((done.returncode, verdict["verdict"], verdict["limit"]),
                         (3, "cpu_per_turn", 50_000_000))
        self.assertGreaterEqual(verdict["measured"], 50_000_000)
        self.assertEqual(verdict["where"], "test.lua:1")
        done, verdict = self.json_of('error("x")')
        self.assertEqual((done.returncode, verdict["verdict"]), (1, "script_error"))
        self.assertIn("test.lua:1: x", verdict["detail"])

    # -- it takes too long --------------------------------------------------------------------

    def test_a_timeout(self):
        waits = 'local skynet = require "skynet"\nskynet.start(function() skynet.sleep(100000) end)'
        done = self.run_script(waits, "--timeout", "200ms")
        self.assertEqual(done.returncode, 4)
        self.assertIn("timeout: ", done.stderr)
        self.assertIn("200ms", done.stderr)
        done, verdict = self.json_of(waits, "--timeout", "100ms")
        self.assertEqual((done.returncode, verdict["verdict"]), (4, "timeout"))

    # -- the command line itself --------------------------------------------------------------

    def test_unknown_quotas_and_permissions_are_told_with_what_there_is(self):
        done = self.run_script("", "--quota", "memry=1MiB")
        self.assertEqual(done.returncode, 2)
        self.assertIn('did you mean "memory"', done.stderr)
        self.assertIn("cpu_per_turn", done.stderr)
        self.assertEqual(self.run_script("", "--quota", "memory=4").returncode, 2)
        done = self.run_script("", "--permit", "everything")
        self.assertEqual(done.returncode, 2)
        self.assertIn("redirect", done.stderr)

    def test_a_script_that_is_not_there(self):
        done = moonward("exec", self.folder / "absent.lua")
        self.assertEqual(done.returncode, 2)
        self.assertIn("absent.lua", done.stderr)
        self.assertEqual(moonward("exec", self.folder).returncode, 2)
        self.assertEqual(moonward("exec").returncode, 2)

    def test_unknown_words_get_a_suggestion(self):
        for arguments, near in ((("exce", "x"), "exec"), (("run", "--secnds", "3"), "--seconds"),
                                (("ctl", "lsit"), "list"), (("exec", "--qouta", "x"), "--quota")):
            done = moonward(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(f"did you mean {near}?", done.stderr)

    def test_help_and_version(self):
        for command in ("run", "check", "exec", "ctl", "top", "version"):
            done = moonward(command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)
            for line in done.stdout.splitlines():
                self.assertLessEqual(len(line), 100, line)
        self.assertIn("Lua 5.4", moonward("version").stdout)
        self.assertEqual(moonward("--help").returncode, 0)
        self.assertEqual(moonward().returncode, 2)

    # -- what it may not do -------------------------------------------------------------------

    def test_there_is_no_network_unless_it_is_given(self):
        script = (
            'local skynet = require "skynet"\nlocal socket = require "skynet.socket"\n'
            "skynet.start(function()\n"
            '  local ok, why = pcall(socket.listen, "127.0.0.1", 0)\n  print(ok)\n  skynet.exit()\nend)'
        )
        self.assertEqual(self.run_script(script).stdout, "false\n")
        done = self.run_script(script, "--listen", "127.0.0.1:*")
        self.assertEqual(done.stdout, "true\n", done.stderr)

    def test_a_dangerous_call_needs_its_permission(self):
        script = ('local skynet = require "skynet"\nrequire "skynet.manager"\n'
                  'skynet.start(function() print(pcall(skynet.kill, 12345)) skynet.exit() end)')
        self.assertIn("not permitted", self.run_script(script).stdout)
        self.assertNotIn("not permitted", self.run_script(script, "--permit", "kill").stdout)


if __name__ == "__main__":
    unittest.main()
