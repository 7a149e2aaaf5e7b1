"""What one tenant can see of another: nothing but what was exported to it."""

import unittest

import support

API = """
local skynet = require "skynet"
skynet.start(function()
  skynet.dispatch("lua", function(_, _, n) skynet.retpack("answer", n * 2) end)
  print("api is", skynet.self())
end)
"""

GUESS = """
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
  local seen = 0
  for generation = 0, 3 do
    for index = 1, 64 do
      local id = generation << 24 | index
      if id ~= skynet.self() and pcall(skynet.call, id, "lua", 1) then seen = seen + 1 end
      skynet.kill(id ~= skynet.self() and id or 1 << 40)
      skynet.redirect(id, skynet.self(), "response", 1, "forged")
    end
  end
  print("guessed", seen, pcall(skynet.call, "shop.api", "lua", 1))
  print("names", skynet.localname(".api"), (skynet.localname("shop.api")))
end)
"""

CALLER = """
local skynet = require "skynet"
skynet.start(function()
  print("imported", skynet.call("shop.api", "lua", 21))
  print("hidden", pcall(skynet.call, "shop.back", "lua", 1))
end)
"""

CONFIG = """
[host]
control_socket = "control.sock"
allow_root = true

[tenants.shop]
root = "shop"
start = ["api", "back"]
exports = ["api"]

[tenants.partner]
root = "partner"
start = ["caller"]
imports = ["shop.api"]

[tenants.stranger]
root = "stranger"
start = ["guess"]
permissions = ["kill", "redirect"]
"""


class Tenants(support.Scratch):
    def test_only_an_export_and_an_import_open_a_way(self):
        self.write("shop/api.lua", API)
        self.write("shop/back.lua", API)
        self.write("partner/caller.lua", CALLER)
        self.write("stranger/guess.lua", GUESS)
        host = support.Host(self, self.write("host.toml", CONFIG))
        support.wait_for(lambda: "names" in host.text() and "hidden" in host.text(), "all to speak")
        text = host.text()
        self.assertRegex(text, r"imported\s+answer\s+42")
        self.assertRegex(text, r"hidden\s+false\s+.*call to invalid address shop\.back")
        self.assertRegex(text, r"guessed\s+0\s+false\s+.*call to invalid address shop\.api")
        self.assertRegex(text, r"names\s+nil\s+nil")
        self.assertEqual(len(host.services("shop")), 2, "a stranger has killed a service")
        host.signal()
        self.assertEqual(host.wait(), 0)


if __name__ == "__main__":
    unittest.main()
