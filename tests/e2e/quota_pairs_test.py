"""Every quota key, just under its limit and just over it.

Each row of SCRIPTS runs twice under `moonward exec` with the same script, which uses a fixed amount
of something: with a limit that it just meets nothing happens, with one just below it has the stated
effect. A test of its own sees to it that no key is without a row.
"""

import json
import re
import unittest

import support
from support import Host, Scratch, free_port, moonward, wait_for

WIDE = ["--quota", "cpu_per_turn=60s", "--quota", "cpu_per_c_call=60s"]

TASK = """
local skynet = require "skynet"
local core = require "skynet.core"
local moonward = require "moonward"
local quota, usage = moonward.quota(), moonward.usage
skynet.start(function()
%s
  skynet.exit()
end)
"""

FILL = "local s = ('x'):rep(1000000) print(#s)"
GROW = "local t = {} for i = 1, 100000 do t[i] = {} end print(#t)"
SEND = """
  skynet.dispatch("lua", function() end)
  local refused = 0
  for i = 1, 20 do
    if not skynet.rawsend(skynet.self(), "lua", ("m"):rep(968)) then refused = refused + 1 end
  end
  assert(usage().mailbox_messages <= quota.mailbox_messages)
  assert(usage().mailbox_bytes <= quota.mailbox_bytes)
  print("refused", refused)
"""
NESTED = """
  local t = {}
  for _ = 1, 9 do t = {t} end
  print(pcall(skynet.pack, t))
"""
COROUTINES = """
  local keep, ok = {}, true
  local before = usage().coroutines
  for i = 1, 20 do ok = ok and pcall(function() keep[i] = coroutine.create(print) end) end
  assert(usage().coroutines <= quota.coroutines and usage().coroutines == before + #keep)
  print(ok)
"""
TIMERS = """
  local ok = true
  local timers = {}
  for i = 1, 20 do ok = ok and pcall(function() timers[i] = moonward.after(1000, print) end) end
  assert(usage().timers == #timers and #timers <= quota.timers)
  for _, timer in ipairs(timers) do timer:cancel() end
  assert(usage().timers == 0)
  print(ok)
"""
SERVICES = """
  local ok = true
  for i = 1, 4 do
    ok = ok and pcall(core.spawn_function, "child" .. i, function() require("skynet").start(function() end) end)
  end
  assert(usage().tenant.services <= quota.tenant.services)
  print(ok)
"""
MAILED = """
  skynet.dispatch("lua", function() end)
  local ok, before = true, usage().tenant.memory
  local payload = ("m"):rep(100000)
  for _ = 1, 20 do ok = ok and pcall(skynet.send, skynet.self(), "lua", payload) end
  assert(usage().tenant.memory <= quota.tenant.memory)
  assert(not ok or usage().tenant.memory >= before + 2000000)
  print(ok)
"""
SOCKETS = """
  local socket = require "skynet.socket"
  local ok = true
  for i = 1, 3 do ok = ok and pcall(socket.listen, "127.0.0.1", 0) end
  assert(usage().sockets <= quota.tenant.sockets and usage().sockets == usage().tenant.sockets)
  print(ok)
"""
LISTEN = 'local s = require "skynet.socket" print(pcall(s.listen, "127.0.0.1", 0))'
CONNECT = """
  local socket = require "skynet.socket"
  local id, problem = socket.open("127.0.0.1", 1)
  print(id, problem:find("not permitted") and "not permitted" or "tried")
"""
# More than the kernel takes by itself; the peer reads when the writer has waited, or needed not.
BUFFER = """
  local socket = require "skynet.socket"
  local id, _, port = socket.listen("127.0.0.1", 0)
  local size = 12 << 20
  local warned, written = false, false
  socket.start(id, function(client)
    socket.start(client)
    socket.warning(client, function(_, kib) warned = warned or kib > 0 end)
    local payload = ("w"):rep(size // 12)
    for _ = 1, 12 do socket.write(client, payload) end
    written = true
  end)
  local peer = socket.open("127.0.0.1", port)
  while not (warned or written) do skynet.sleep(1) end
  print("warned", warned)
"""
RATE = """
  local socket = require "skynet.socket"
  local id, _, port = socket.listen("127.0.0.1", 0)
  socket.start(id, function(client)
    socket.start(client)
    socket.write(client, ("w"):rep(96 * 1024))
  end)
  local peer = socket.open("127.0.0.1", port)
  local began = moonward.now()
  assert(#socket.read(peer, 96 * 1024) == 96 * 1024)
  print("slow", moonward.now() - began > 0.3)
"""
CPU = """
  local began, cpu = moonward.now(), usage().cpu
  while usage().cpu - cpu < 0.3 do
    for _ = 1, 10000 do end
    skynet.yield()
  end
  print("throttled", moonward.now() - began > 1)
"""
LOG = 'for i = 1, 30 do skynet.error("line " .. i) end skynet.sleep(1)'

# key: script, what it needs besides, limit just met, output then, limit just missed, output then
SCRIPTS = {
    "memory": (FILL, "", "4MiB", "1000000", "900KiB", "not enough memory"),
    "on_memory": (GROW, "memory=900KiB", "refuse", "not enough memory", "kill", "killed: memory"),
    "cpu_per_turn": ("local c = os.clock() while os.clock() - c < 0.1 do end print 'done'", "", "30s",
                     "done", "50ms", "killed: cpu_per_turn"),
    "cpu_per_c_call": ("load('local a; if a then ' .. ('elseif a then '):rep(60000) .. 'end') print 'done'",
                       "", "30s", "done", "10ms", "killed: cpu_per_c_call"),
    "instructions_per_turn": ("for _ = 1, 100000 do end print 'done'", "", "300000", "done", "50000",
                              "killed: instructions_per_turn"),
    "mailbox_messages": (SEND, "", "21", "refused\t0", "10", "refused\t1"),
    "mailbox_bytes": (SEND, "", "21KiB", "refused\t0", "10KiB", "refused\t1"),
    "message_bytes": ("print(pcall(skynet.pack, ('x'):rep(1000)))", "", "1010B", "true", "1000B",
                      "quota message_bytes"),
    "message_depth": (NESTED, "", "10", "true", "9", "quota message_depth"),
    "source_bytes": ("print(load(('a=1 '):rep(1024)) ~= nil)", "", "4KiB", "true", "4095B", "false"),
    "coroutines": (COROUTINES, "", "40", "true", "15", "false"),
    "timers": (TIMERS, "", "20", "true", "19", "false"),
    "log_rate": (LOG, "", "100/s", "line 30", "3/s", "!line 30"),
    "log_line": ("skynet.error(('l'):rep(200) .. 'end') skynet.sleep(1)", "", "203B", "lend", "202B", "[cut]"),
    "tenant.memory": (MAILED, "mailbox_bytes=1GiB", "16MiB", "true", "2MiB", "false"),
    "cpu": (CPU, "", "100", "throttled\tfalse", "0.1", "throttled\ttrue"),
    "max_services": (SERVICES, "", "5", "true", "4", "false"),
    "spawn_rate": (SERVICES, "", "1000/s", "true", "1/s", "false"),
    "sockets": (SOCKETS, "listen=127.0.0.1:*", "3", "true", "2", "false"),
    "listen": (LISTEN, "", "127.0.0.1:*", "true", "127.0.0.2:*", "false"),
    "connect": (CONNECT, "", "127.0.0.1:1", "tried", "127.0.0.1:2", "not permitted"),
    "socket_send_buffer": (BUFFER, "listen=127.0.0.1:* connect=127.0.0.1:*", "64MiB", "warned\tfalse", "64KiB",
                           "warned\ttrue"),
    "socket_rate": (RATE, "listen=127.0.0.1:* connect=127.0.0.1:*", "100MiB/s", "slow\tfalse", "64KiB/s",
                    "slow\ttrue"),
    "permissions": ("print(pcall(skynet.kill, 12345))", "", "kill", "true", "abort", "not permitted"),
}
# Those of a host that stays; each has a test below.
HOSTS = {"restart", "max_restarts", "restart_window", "restart_backoff", "weight"}

DIES = 'require("skynet").start(function() error "dies" end)'

HOST = """
[host]
control_socket = "control.sock"
allow_root = true
"""


class QuotaPairs(Scratch):
    def test_every_key_has_a_pair(self):
        told = moonward("exec", "--quota", "nosuch=1", self.write("x.lua", "")).stderr
        keys = set(re.search(r"known are (.*)", told).group(1).split(", "))
        self.assertEqual(keys, set(SCRIPTS) | HOSTS)

    def run_with(self, key, limit):
        body, needs, *_ = SCRIPTS[key]
        options = []
        for pair in [*needs.split(), f"{key}={limit}"]:
            name, value = pair.split("=", 1)
            if name == "permissions":
                options += ["--permit", value]
            elif name in ("listen", "connect"):
                options += ["--" + name, value]
            else:
                options += ["--quota", pair]
        script = self.write("pair.lua", TASK % body)
        done = moonward("exec", "--timeout", "50s", *WIDE, *options, script)
        return done.stdout + done.stderr

    def test_pairs(self):
        for key, (_, _, met, fine, missed, effect) in SCRIPTS.items():
            if support.TSAN and key == "cpu_per_c_call":
                continue
            with self.subTest(key=key, limit=met):
                self.assertIn(fine, self.run_with(key, met))
            with self.subTest(key=key, limit=missed):
                text = self.run_with(key, missed)
                if effect.startswith("!"):
                    self.assertNotIn(effect[1:], text)
                else:
                    self.assertIn(effect, text)

    def ends_of(self, quotas):
        self.write("t/main.lua", DIES)
        host = Host(self, self.write("host.toml", HOST + '[tenants.t]\nroot = "t"\nstart = ["main"]\n'
                                     "[tenants.t.service]\n" + quotas))
        wait_for(lambda: "dies" in host.text(), "the first end")
        return host

    def test_restart(self):
        host = self.ends_of('restart = "never"\nrestart_backoff = "1ms"\n')
        self.assertEqual(host.services("t"), [])
        self.assertEqual(host.text().count("main.lua:1: dies"), 1)
        host.end()
        host = self.ends_of('restart = "on-failure"\nrestart_backoff = "1ms"\n')
        wait_for(lambda: host.text().count("main.lua:1: dies") >= 2, "a restart")

    def test_max_restarts(self):
        host = self.ends_of('max_restarts = 3\nrestart_backoff = "1ms"\nrestart_window = "1h"\n')
        wait_for(lambda: "quarantined" in host.text(), "the quarantine")
        self.assertEqual(host.text().count("main.lua:1: dies"), 4)
        self.assertEqual(host.services("t")[0]["state"], "quarantined")

    def test_restart_window_and_backoff(self):
        # Restarts that lie further apart than the window are not counted together.
        host = self.ends_of('max_restarts = 1\nrestart_backoff = "1100ms"\nrestart_window = "1s"\n')
        wait_for(lambda: host.text().count("main.lua:1: dies") >= 3, "restarts beyond max_restarts")
        self.assertNotIn("quarantined", host.text())
        host.end()
        host = self.ends_of('max_restarts = 100\nrestart_backoff = "1h"\n')
        self.assertEqual(host.services("t")[0]["state"], "backing off")

    def test_weight_is_told_and_bounded(self):
        self.write("t/main.lua", 'require("skynet").start(function() end)')
        text = HOST + '[tenants.t]\nroot = "t"\nstart = ["main"]\nweight = %d\n'
        host = Host(self, self.write("host.toml", text % 10000))
        self.assertEqual(host.tenant("t")["weight"], 10000)
        for weight in (0, 10001):
            self.assertEqual(moonward("check", self.write("bad.toml", text % weight)).returncode, 1)

    def test_usage_and_ctl_tell_the_same(self):
        self.write("t/main.lua", """
local skynet = require "skynet"
local core = require "skynet.core"
local moonward = require "moonward"
local socket = require "skynet.socket"
skynet.start(function()
  for i = 1, 3 do core.spawn_function("c" .. i, function() require("skynet").start(function() end) end) end
  socket.listen("127.0.0.1", %d)
  for _ = 1, 7 do moonward.after(1000, print) end
  keep = {}
  for i = 1, 9 do keep[i] = coroutine.create(print) end
  skynet.sleep(0)
  local u = moonward.usage()
  print("usage " .. table.concat({u.timers, u.sockets, u.coroutines, u.tenant.services, u.tenant.sockets,
    u.memory, u.tenant.memory}, ","))
end)
""" % (port := free_port()))
        host = Host(self, self.write("host.toml", HOST + '[tenants.t]\nroot = "t"\nstart = ["main"]\n'
                                     f'listen = ["127.0.0.1:{port}"]\n'))
        line = wait_for(lambda: re.search(r"usage ([\d,]+)", host.text()), "the usage")
        timers, sockets, coroutines, services, tenant_sockets, memory, tenant_memory = map(
            int, line.group(1).split(","))
        self.assertEqual((timers, sockets, services, tenant_sockets), (7, 1, 4, 1))
        wait_for(lambda: host.services("t")[0]["timers"] == 7, "the table of services")
        row = next(row for row in host.services("t") if row["name"] == "main")
        self.assertEqual((row["timers"], row["sockets"]), (7, 1))
        self.assertLessEqual(row["coroutines"], coroutines)
        self.assertGreaterEqual(row["coroutines"], 9)
        tenant = host.tenant("t")
        self.assertEqual((tenant["services"], tenant["sockets"]), (4, 1))
        self.assertEqual((tenant["services_cap"], tenant["memory_cap_bytes"]), (100, 256 << 20))
        self.assertAlmostEqual(row["memory_bytes"], memory, delta=64 << 10)
        self.assertGreaterEqual(tenant["memory_bytes"], row["memory_bytes"])
        self.assertAlmostEqual(tenant["memory_bytes"], tenant_memory, delta=256 << 10)
        sums = sum(each["memory_bytes"] for each in host.services("t"))
        self.assertGreaterEqual(tenant["memory_bytes"], sums)
        self.assertTrue(json.dumps(tenant))


if __name__ == "__main__":
    unittest.main()
