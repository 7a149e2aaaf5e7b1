"""`moonward run` and `moonward ctl`: a host from its start to its drained end."""

import json
import os
import signal
import socket
import subprocess
import unittest

from support import DEADLINE, PROGRAM, Host, Scratch, free_port, moonward, wait_for

TICKER = """
local skynet = require "skynet"
local moonward = require "moonward"
local count = 0
skynet.start(function()
  moonward.every(0.02, function()
    count = count + 1
    print("tick " .. count)
  end)
end)
"""

ECHO = """
local skynet = require "skynet"
local socket = require "skynet.socket"
skynet.start(function()
  local id = socket.listen("127.0.0.1", %d)
  socket.start(id, function(client)
    socket.start(client)
    while true do
      local line = socket.readline(client)
      if not line then break end
      socket.write(client, "PONG" .. line:gsub("\\r$", ""):sub(5) .. "\\r\\n")
    end
    socket.close(client)
  end)
end)
"""

CONFIG = """
[host]
control_socket = "control.sock"
state_dir = "state"
stop_timeout = "5s"
allow_root = true
[defaults.service]
log_rate = "1000/s"
restart = "always"
restart_backoff = "10ms"
[tenants.good]
root = "good"
start = ["main"]
"""

BAD = """
[tenants.bad]
root = "bad"
start = ["loop"]
[tenants.bad.service]
cpu_per_turn = "50ms"
restart = "always"
restart_backoff = "10ms"
restart_window = "1s"
max_restarts = 100000
"""


class Run(Scratch):
    def start(self, config=CONFIG, *arguments, main=TICKER):
        self.write("good/main.lua", main)
        return Host(self, self.write("host.toml", config), *arguments)

    def test_the_start_is_told(self):
        host = self.start()
        wait_for(lambda: "control socket" in host.text(), "the greeting")
        self.assertIn("1 (good)", host.text())
        self.assertIn(str(self.folder / "control.sock"), host.text())
        self.assertEqual(os.stat(self.folder / "control.sock").st_mode & 0o777, 0o600)

    def test_list_stat_and_info(self):
        host = self.start()
        wait_for(lambda: any(s["state"] == "running" for s in host.services()), "main to run")
        rows = host.ctl("list").stdout.splitlines()
        self.assertRegex(rows[0], r"address +tenant/service +state +memory/cap +cpu +messages +mailbox +restarts")
        self.assertRegex("\n".join(rows), r":[0-9a-f]{8} +good/main +running")
        wait_for(lambda: host.services("good")[0]["messages"] > 3, "messages to be counted")
        self.assertIn("good", host.ctl("stat").stdout)
        tenant = host.tenant("good")
        self.assertGreater(tenant["memory_bytes"], 0)
        self.assertEqual(tenant["memory_cap_bytes"], 256 << 20)
        info = host.json("info")
        self.assertGreaterEqual(info["workers"], 1)
        self.assertTrue(info["protections"])
        text = host.ctl("info").stdout
        self.assertIn("protection", text)
        for line in (host.ctl("list").stdout + host.ctl("stat").stdout + text).splitlines():
            self.assertLessEqual(len(line), 100)

    def test_a_second_host_on_the_socket_is_refused(self):
        host = self.start()
        second = moonward("run", host.config)
        self.assertEqual(second.returncode, 1)
        self.assertIn("a host already answers at", second.stderr)
        self.assertEqual(host.ctl("info").returncode, 0)

    def test_kill_restarts_and_is_logged(self):
        host = self.start()
        self.assertEqual(host.ctl("kill", "good/nobody").returncode, 1)
        self.assertIn("no service", host.ctl("kill", "good/nobody").stderr)
        before = wait_for(lambda: [s for s in host.services() if s["state"] == "running"], "main")[0]
        killed = host.ctl("kill", "good/main")
        self.assertEqual(killed.returncode, 0, killed.stderr)
        self.assertIn(f"killed {before['address']} good/main", killed.stdout)
        after = wait_for(
            lambda: [s for s in host.services() if s["restarts"] == 1 and s["state"] == "running"],
            "the restart")[0]
        self.assertNotEqual(after["address"], before["address"])
        self.assertEqual(after["last_end"]["verdict"], "operator_kill")
        self.assertEqual(host.tenant("good")["verdicts"].get("operator_kill"), 1)
        wait_for(lambda: "operator_kill" in host.ctl("log", "-n", "1000").stdout, "the log line")

    def test_a_quota_changes_while_it_runs(self):
        host = self.start()
        wait_for(lambda: host.services(), "main")
        for wrong in ("memry=1MiB", "memory=1", "memory"):
            refused = host.ctl("quota", "good/main", wrong)
            self.assertEqual(refused.returncode, 1, wrong)
            self.assertIn("quota: ", refused.stderr)
        self.assertEqual(host.ctl("quota", "gud", "cpu=0.5").returncode, 1)
        changed = host.ctl("quota", "good/main", "memory=4MiB")
        self.assertEqual(changed.returncode, 0, changed.stderr)
        wait_for(lambda: host.services()[0]["memory_cap_bytes"] == 4 << 20, "the new cap")
        self.assertEqual(host.ctl("quota", "good", "cpu=0.25").returncode, 0)
        self.assertEqual(host.tenant("good")["cpu_cores"], 0.25)

    def test_the_log_is_shown_and_followed(self):
        host = self.start()
        wait_for(lambda: "tick 3" in host.ctl("log", "-n", "50").stdout, "three ticks")
        self.assertEqual(len(host.ctl("log", "-n", "2").stdout.splitlines()), 2)
        follow = subprocess.Popen(
            [PROGRAM, "ctl", "--config", str(host.config), "log", "-f", "-n", "1"],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(follow.stdout.close)
        self.addCleanup(follow.wait)
        self.addCleanup(follow.kill)
        numbers = []
        while len(numbers) < 10:
            line = follow.stdout.readline()
            self.assertTrue(line)
            if "good/main" in line and "tick " in line:
                numbers.append(int(line.rsplit("tick ", 1)[1]))
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 10)))

    def test_a_reload_takes_new_scripts_and_refuses_bad_files(self):
        host = self.start()
        self.write("good/main.lua", TICKER.replace("tick ", "tock "))
        self.assertEqual(host.ctl("reload").returncode, 0)
        self.assertEqual(host.ctl("kill", "good/main").returncode, 0)
        wait_for(lambda: "tock 1" in host.ctl("log", "-n", "1000").stdout, "the new script")
        self.write("host.toml", CONFIG + "[tenants.bad]\nrot = 1\n")
        refused = moonward("ctl", "--socket", self.folder / "control.sock", "reload")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("host.toml:", refused.stderr)
        self.write("host.toml", CONFIG)
        self.assertEqual(host.json("list")[0]["name"], "main")

    def test_sighup_reloads(self):
        host = self.start()
        self.write("bad/loop.lua", "while true do end")
        self.write("host.toml", CONFIG + BAD)
        host.signal(signal.SIGHUP)
        wait_for(lambda: len(host.json("stat")) == 2, "the new tenant")
        wait_for(lambda: host.tenant("bad")["verdicts"].get("cpu_per_turn", 0) > 0, "its verdict")

    def test_stop_drains_and_says_when_it_is_over(self):
        host = self.start()
        done = host.ctl("stop")
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "stopped"), done.stderr)
        self.assertEqual(host.wait(), 0)
        self.assertFalse((self.folder / "control.sock").exists())
        gone = host.ctl("list")
        self.assertEqual(gone.returncode, 1)
        self.assertIn("is it running? Start it with `moonward run FILE`", gone.stderr)

    def test_signals_drain(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            host = self.start()
            wait_for(lambda: "tick 1" in host.text(), "a tick")
            host.signal(number)
            self.assertEqual(host.wait(), 0, host.text())
            self.assertIn("stop ordered by a signal", host.text())

    def test_a_dead_hosts_socket_does_not_keep_the_next_from_starting(self):
        host = self.start()
        host.process.kill()
        host.process.wait()
        self.assertTrue((self.folder / "control.sock").exists())
        self.assertEqual(self.start().ctl("info").returncode, 0)

    def test_seconds_end_with_a_summary(self):
        self.write("good/main.lua", TICKER)
        config = self.write("host.toml", CONFIG)
        done = moonward("run", config, "--seconds", "2", "--screen")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\n +1 s  good +cpu")
        self.assertIn("ran for ", done.stdout)
        self.assertRegex(done.stdout, r"good/main: tick \d+")
        self.assertNotIn("\x1b", done.stdout)
        self.assertIn("tick 1", (self.folder / "state/moonward.log").read_text())

    def test_a_wrong_configuration_is_refused_with_its_places(self):
        done = moonward("run", self.write("host.toml", "[tenants.good]\nroot = 1\n"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("host.toml:2:", done.stderr)

    def test_garbage_at_the_socket_does_no_harm(self):
        host = self.start()
        for garbage in (b"\0\xff\n", b"x" * 100_000, b'{"command":"list"', b"{}\n" * 1000, b""):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(self.folder / "control.sock"))
                try:
                    client.sendall(garbage)
                except OSError:
                    pass
        self.assertEqual(host.ctl("info").returncode, 0)

    def test_top_shows_lines_without_a_terminal(self):
        host = self.start()
        done = moonward("top", "--config", host.config, "--seconds", "1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\d+ s  good +cpu")

    # -- hostile beside good ------------------------------------------------------------------

    def test_a_good_tenant_beside_a_hostile_one(self):
        port = free_port()
        self.write("bad/loop.lua", "while true do end")
        config = CONFIG + f'listen = ["127.0.0.1:{port}"]\n' + BAD
        host = self.start(config, "--probe", f"tcp://127.0.0.1:{port}", main=ECHO % port)

        def connected():
            try:
                return socket.create_connection(("127.0.0.1", port), DEADLINE)
            except ConnectionRefusedError:
                return None

        with wait_for(connected, "the server") as client, client.makefile("rw", newline="\n") as lines:
            number = 0
            while number < 200 or host.tenant("bad")["verdicts"].get("cpu_per_turn", 0) < 5:
                number += 1
                lines.write(f"PING {number}\r\n")
                lines.flush()
                self.assertEqual(lines.readline(), f"PONG {number}\r\n")
        self.assertEqual(host.tenant("good")["verdicts"].get("cpu_per_turn", 0), 0)
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self.folder / "control.sock"))
            control.sendall(b'{"command":"snapshot"}\n')
            snapshot = json.loads(control.makefile().readline())["result"]
        probe = snapshot["probes"][0]
        self.assertGreater(probe["answered"], 0)
        self.assertEqual(probe["lost"], 0, probe)
        self.assertTrue(any(e["tenant"] == "bad" and "cpu_per_turn" in e["text"]
                            for e in snapshot["ends"]))
        host.signal()
        self.assertEqual(host.wait(), 0)


if __name__ == "__main__":
    unittest.main()
