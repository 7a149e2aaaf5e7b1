"""Attacks that need a whole host: of one tenant on another, on its clients, and on the operator's eyes."""

import socket
import subprocess
import unittest

import support
from support import Host, Scratch, free_port, wait_for

API = """
local skynet = require "skynet"
local back
skynet.start(function()
  skynet.dispatch("lua", function(_, _, what, n)
    if what == "slow" then
      local sum = 0
      for i = 1, 20 do sum = sum + skynet.call(".back", "lua", i) end
      skynet.retpack("sum", sum)
    elseif what == "loop" then
      while true do end
    else
      skynet.retpack("answer", n)
    end
  end)
end)
"""

BACK = """
local skynet = require "skynet"
skynet.start(function()
  skynet.dispatch("lua", function(_, _, n)
    skynet.yield()
    skynet.retpack(n)
  end)
end)
"""

# Has an export to talk to, and every permission: what it sends there must be a request, or nothing.
PARTNER = """
local skynet = require "skynet"
local core = require "skynet.core"
require "skynet.manager"
skynet.start(function()
  local api = skynet.localname "shop.api"
  while not api do
    skynet.sleep(1)
    api = skynet.localname "shop.api"
  end
  local me = skynet.self()
  print("asked", skynet.call(api, "lua", "plain", 1))
  skynet.register "shop.api"
  skynet.register ".api"
  for _, name in ipairs { "system", "socket", "harbor", "multicast", "client", "queue", "response", "error", "trace" } do
    pcall(skynet.register_protocol, { name = name, id = skynet["PTYPE_" .. name:upper()], pack = tostring })
  end
  local sum
  skynet.fork(function() sum = select(2, skynet.call(api, "lua", "slow")) end)
  for round = 1, 20 do
    for session = 1, 60 do
      for _, name in ipairs { "response", "error" } do
        skynet.redirect(api, me, name, session, skynet.packstring(1000000))
      end
      for _, name in ipairs { "system", "socket", "trace" } do
        skynet.redirect(api, me, name, 0, skynet.packstring(1000000))
      end
    end
    skynet.yield()
  end
  while not sum do skynet.sleep(1) end
  print("sum", sum)
  print("killed", skynet.kill(api))
  for _, command in ipairs { "EXIT", "MEM", "RUN", "TASK", "GC" } do
    local ok = pcall(skynet.call, api, "debug", command, "error 'x'")
    if ok then print("ESCAPED: debug", command) end
  end
  local back = 0
  for generation = 0, 3 do
    for index = 1, 64 do
      local id = generation << 24 | index
      if id ~= api and pcall(skynet.redirect, api, id, "lua", 1, skynet.packstring "plain") and id ~= me
         and id ~= skynet.localname ".launcher" then
        back = back + 1
      end
    end
  end
  print("sources", back)
  skynet.monitor(me)
  print("alive", skynet.call(api, "lua", "plain", 2))
  print("loop", pcall(skynet.call, api, "lua", "loop"))
  skynet.abort()
end)
"""

CROSS = """
[host]
control_socket = "control.sock"
allow_root = true

[tenants.shop]
root = "shop"
start = ["api", "back"]
exports = ["api"]

[tenants.shop.service]
cpu_per_turn = "200ms"
restart_backoff = "10ms"

[tenants.partner]
root = "partner"
start = ["main"]
imports = ["shop.api"]
permissions = ["kill", "launch", "inject", "redirect", "monitor", "abort", "setenv", "signal",
               "debug", "register_global"]
[tenants.partner.service]
restart = "never"
log_rate = "100000/s"
"""

ODD_NAMES = """
local skynet = require "skynet"
local core = require "skynet.core"
local bad = "\\27[2J\\27]0;title\\7\\r\\nforged\\b\\127\\u{9b}31m\\u{202e}"
skynet.start(function()
  skynet.register("." .. bad)
  core.spawn_function(bad, function(...)
    local skynet = require "skynet"
    local text = ...
    skynet.start(function()
      skynet.error(text)
      print(text)
      warn(text)
    end)
  end, bad)
  pcall(core.spawn_function, bad .. "dies", function(...)
    local text = ...
    require("skynet").start(function() error(text, 0) end)
  end, bad)
end)
"""

WRITER = """
local skynet = require "skynet"
local socket = require "skynet.socket"
skynet.start(function()
  local id = socket.listen("127.0.0.1", PORT)
  socket.start(id, function(client)
    socket.start(client)
    local payload = ("w"):rep(64 * 1024)
    local function flood()
      for _ = 1, 2000 do
        if not pcall(socket.write, client, payload) then break end
      end
      return true
    end
    pcall(table.sort, { 3, 2, 1 }, flood)
    flood()
  end)
  print "up"
end)
"""

READER = """
local skynet = require "skynet"
local socket = require "skynet.socket"
skynet.start(function()
  local id = socket.listen("127.0.0.1", PORT)
  socket.start(id, function(client)
    socket.start(client)
    skynet.wait()
  end)
  print "up"
end)
"""

TICKER = """
local moonward = require "moonward"
local skynet = require "skynet"
skynet.start(function()
  local n = 0
  moonward.every(0.05, function()
    n = n + 1
    print("tick " .. n)
  end)
end)
"""

FLOOD = """
local skynet = require "skynet"
skynet.start(function()
  while true do
    for i = 1, 1000 do skynet.error(("flood "):rep(1000), i) end
    skynet.yield()
  end
end)
"""


class Attacks(Scratch):
    def run_host(self, config, *arguments):
        return Host(self, self.write("host.toml", config), *arguments)

    def test_an_import_opens_a_way_for_requests_alone(self):
        self.write("shop/api.lua", API)
        self.write("shop/back.lua", BACK)
        self.write("partner/main.lua", PARTNER)
        host = self.run_host(CROSS)
        wait_for(lambda: "loop" in host.text(), "the attacks to end")
        text = host.text()
        self.assertNotIn("ESCAPED", text)
        self.assertRegex(text, r"asked\s+answer\s+1")
        self.assertRegex(text, r"sum\s+210\b")
        self.assertRegex(text, r"killed\s+false")
        self.assertRegex(text, r"sources\s+0\b")
        self.assertRegex(text, r"alive\s+answer\s+2")
        self.assertRegex(text, r"loop\s+false\s+.*was killed: cpu_per_turn")
        wait_for(lambda: len(host.services("shop")) == 2, "the callee to be started again")
        host.signal()
        self.assertEqual(host.wait(), 0)

    def test_no_name_or_text_moves_the_operators_cursor(self):
        self.write("t/main.lua", ODD_NAMES)
        host = self.run_host('[host]\ncontrol_socket = "control.sock"\nallow_root = true\n'
                             '[tenants.t]\nroot = "t"\nstart = ["main"]\n')
        wait_for(lambda: len(host.services("t")) >= 2 and "Lua warning" in host.text(), "the names")
        for command in (["list"], ["list", "t"], ["stat"], ["stat", "t"], ["info"], ["log"],
                        ["--json", "list"], ["--json", "stat"]):
            done = host.ctl(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
            shown_by_programs = command[0] == "--json"  # JSON escapes what is below a space
            for character in ("\x1b", "\x07", "\x08", "\r") + (
                    () if shown_by_programs else ("\x7f", "\x9b", "\u202e")):
                self.assertNotIn(character, done.stdout, command)
            self.assertNotIn("\nforged", done.stdout, command)
        self.assertNotIn("\x1b", host.text())
        self.assertNotIn("\nforged", host.text())

    def test_a_peer_that_never_reads_costs_no_more_than_the_cap(self):
        port = free_port()
        self.write("t/main.lua", WRITER.replace("PORT", str(port)))
        self.write("good/main.lua", TICKER)
        host = self.run_host(
            '[host]\ncontrol_socket = "control.sock"\nallow_root = true\n'
            f'[tenants.t]\nroot = "t"\nstart = ["main"]\nmemory = "16MiB"\n'
            f'listen = ["127.0.0.1:{port}"]\n'
            '[tenants.good]\nroot = "good"\nstart = ["main"]\n')
        wait_for(lambda: "up" in host.text(), "the listener")
        with socket.create_connection(("127.0.0.1", port)):
            wait_for(lambda: host.tenant("t")["memory_bytes"] > 1 << 20, "the buffer to fill")
            before = host.text().count("tick")
            wait_for(lambda: host.text().count("tick") >= before + 10, "the neighbour to go on")
            self.assertLessEqual(host.tenant("t")["memory_bytes"], 16 << 20)

    def test_a_service_that_never_reads_stops_its_peers(self):
        port = free_port()
        self.write("t/main.lua", READER.replace("PORT", str(port)))
        host = self.run_host(
            '[host]\ncontrol_socket = "control.sock"\nallow_root = true\n'
            '[tenants.t]\nroot = "t"\nstart = ["main"]\nmemory = "8MiB"\n'
            f'listen = ["127.0.0.1:{port}"]\n')
        wait_for(lambda: "up" in host.text(), "the listener")
        peers = [socket.create_connection(("127.0.0.1", port)) for _ in range(10)]
        for peer in peers:
            self.addCleanup(peer.close)
            peer.setblocking(False)
        full = 0
        sent = 0
        while full < len(peers) and sent < 256 << 20:
            full = 0
            for peer in peers:
                try:
                    sent += peer.send(b"x" * 65536)
                except BlockingIOError:
                    full += 1
        self.assertEqual(full, len(peers), "the host took everything in")
        self.assertLessEqual(host.tenant("t")["memory_bytes"], 8 << 20)

    def test_a_flood_of_log_lines_hides_no_neighbour(self):
        self.write("bad/main.lua", FLOOD)
        self.write("good/main.lua", TICKER)
        host = self.run_host('[host]\ncontrol_socket = "control.sock"\nallow_root = true\n'
                             '[tenants.bad]\nroot = "bad"\nstart = ["main"]\n'
                             '[tenants.good]\nroot = "good"\nstart = ["main"]\n')
        wait_for(lambda: host.text().count("tick") >= 20, "the neighbour's lines")
        ticks = [line.rsplit("tick ", 1)[1] for line in host.text().splitlines() if "tick " in line]
        self.assertEqual(ticks[:20], [str(n) for n in range(1, 21)])
        self.assertIn("of this service dropped", host.text())
        for line in host.text().splitlines():
            self.assertLess(len(line), 4096 + 200)

    def test_a_reader_of_the_log_that_stops_delays_nobody(self):
        self.write("bad/main.lua", FLOOD)
        port = free_port()
        self.write("good/main.lua", READER.replace("PORT", str(port)).replace(
            "skynet.wait()", 'socket.write(client, "hello\\n")'))
        config = self.write("host.toml",
                            '[host]\ncontrol_socket = "control.sock"\nallow_root = true\n'
                            '[tenants.bad]\nroot = "bad"\nstart = ["main"]\n'
                            '[tenants.bad.service]\nlog_rate = "100000/s"\n'
                            '[tenants.good]\nroot = "good"\nstart = ["main"]\n'
                            f'listen = ["127.0.0.1:{port}"]\n')
        process = subprocess.Popen([support.PROGRAM, "run", str(config)],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def answered():
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                    return client.recv(6) == b"hello\n"
            except OSError:
                return False

        for _ in range(5):
            wait_for(answered, "an answer while nobody reads the log")


if __name__ == "__main__":
    unittest.main()
