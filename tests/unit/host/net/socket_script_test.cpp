// Sockets as scripts see them: whole services on a whole host, over the loopback.
#include "host/host.hpp"

#include "tests/unit/host/net/net_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <stdlib.h>

namespace moonward::host::net_test {

namespace {

/// Runs `main` as the one service that the host starts; its verdict once it has ended.
struct script_run {
  explicit script_run(std::string_view main,
                      const std::function<void(policies::tenant_config&)>& configure = {},
                      const std::vector<std::pair<std::string, std::string>>& others = {}) {
    char name[] = "/tmp/moonward-net-XXXXXX";
    directory = ::mkdtemp(name);
    write("main.lua", main);
    for (const auto& [file, text] : others) write(file, text);
    policies::host_config config;
    config.settings.workers = 2;
    config.settings.state_dir = directory / "state";
    config.settings.control_socket = directory / "control.sock";
    config.settings.log_file = directory / "log";
    policies::tenant_config tenant;
    tenant.name = "acme";
    tenant.root = directory;
    tenant.start = {"main"};
    tenant.default_service.restart = policies::restart_policy::never;
    tenant.quota.listen = {pattern("127.0.0.1:*", policies::endpoint_use::listen)};
    tenant.quota.connect = {pattern("127.0.0.1:*", policies::endpoint_use::connect)};
    if (configure) configure(tenant);
    config.tenants = {tenant};

    host_options options;
    options.log.file = directory / "log";
    options.on_end = [this](const service_end& end) {
      const std::lock_guard lock{mutex};
      if (end.name == "main" && !ended) {
        ended = true;
        why = end.why;
        changed.notify_all();
      }
    };
    auto made = host::create(config, options);
    BOOST_REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().text));
    auto running = std::move(*made);
    running->start();
    {
      std::unique_lock lock{mutex};
      BOOST_CHECK(changed.wait_for(lock, patience, [this] { return ended; }));
    }
    running->stop(std::chrono::seconds{5});
    running.reset();
    std::ifstream in{directory / "log"};
    log.assign(std::istreambuf_iterator<char>{in}, {});
    std::filesystem::remove_all(directory);
  }

  void check_finished() const {
    BOOST_TEST(to_string(why.reason) == "finished");
    BOOST_TEST_INFO(log);
    BOOST_CHECK_MESSAGE(why.reason == sandbox::verdict_reason::finished, why.detail + "\n" + log);
  }

  void write(const std::string& file, std::string_view text) const {
    std::ofstream out{directory / file};
    out << text;
  }

  std::filesystem::path directory;
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;
  sandbox::verdict why;
  std::string log;
};

/// What the scripts have in common.
constexpr std::string_view prelude = R"lua(
local skynet = require "skynet"
local socket = require "skynet.socket"
local function serve(handle)
  local id, ip, port = socket.listen("127.0.0.1", 0)
  assert(ip == "127.0.0.1" and port > 0)
  assert(socket.start(id, handle) == id)
  return port, id
end
local function run(f)
  skynet.start(function() f() skynet.exit() end)
end
)lua";

std::string script(std::string_view body) { return std::string{prelude} + std::string{body}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(socket_script_suite)

BOOST_AUTO_TEST_CASE(lines_sizes_and_the_end) {
  script_run{script(R"lua(
run(function()
  local seen
  local port = serve(function(id, from)
    seen = from
    socket.start(id)
    while true do
      local line, rest = socket.readline(id)
      if not line then
        assert(rest == "tail", rest)
        break
      end
      socket.write(id, {"<", line, ">"})
    end
    socket.write(id, "bye")
    socket.close(id)
  end)
  local id = assert(socket.open("127.0.0.1", port))
  assert(not socket.invalid(id) and socket.disconnected(id) == false)
  assert(socket.write(id, "one\ntw"))
  assert(socket.read(id, 5) == "<one>")
  assert(socket.write(id, "o\n"))
  assert(socket.readline(id, ">") == "<two")
  assert(seen:match("^127%.0%.0%.1:%d+$"), seen)
  assert(socket.write(id, "tail"))
  local rows = socket.netstat()
  assert(#rows == 3 and rows[1].type == "LISTEN" and rows[2].type == "TCP")
  assert(rows[2].write == 12 or rows[2].wbuffer > 0 or rows[2].write == 8)
  socket.close(id)
  assert(socket.invalid(id))
  assert(socket.header("\1\2") == 258)
end)
)lua")}
      .check_finished();
}

BOOST_AUTO_TEST_CASE(what_has_ended_can_be_read_to_its_end) {
  script_run{script(R"lua(
run(function()
  local port = serve(function(id)
    socket.start(id)
    socket.write(id, "abc")
    socket.write(id, ("x"):rep(300000))
    socket.close(id)
  end)
  local id = assert(socket.open("127.0.0.1:" .. port))
  assert(socket.read(id, 2) == "ab")
  local all = socket.readall(id)
  assert(#all == 300001 and all:sub(1, 1) == "c", #all)
  assert(socket.disconnected(id))
  assert(socket.readall(id) == false)
  local data, rest = socket.read(id)
  assert(data == false and rest == "")
  data, rest = socket.read(id, 5)
  assert(data == false and rest == "")
  assert(socket.block(id) == false)
  assert(socket.write(id, "still open here"))
  socket.close(id)
  assert(not pcall(socket.read, id, 1))
  assert(not socket.write(id, "x"))
end)
)lua")}
      .check_finished();
}

BOOST_AUTO_TEST_CASE(errors_say_what_is_wrong) {
  script_run{script(R"lua(
run(function()
  local ok, err = pcall(socket.listen, "0.0.0.0", 80)
  assert(not ok and err:find('Listen error: listen on 0.0.0.0:80 is not permitted: add it to the tenant\'s "listen" list', 1, true), err)
  local id, why = socket.open("10.0.0.1", 80)
  assert(id == nil and why == 'connect to 10.0.0.1:80 is not permitted: add it to the tenant\'s "connect" list', why)
  local port, listener = serve(function() end)
  socket.close(listener)
  id, why = socket.open("127.0.0.1", port)
  assert(id == nil and why:find("Connection refused", 1, true), why)
  id, why = socket.start(4711)
  assert(id == nil and why:find("invalid socket", 1, true), why)
  assert(not pcall(socket.open, "127.0.0.1"))
  assert(not pcall(socket.read, 4711))
  assert(not pcall(socket.bind, 0))
end)
)lua")}
      .check_finished();
}

BOOST_AUTO_TEST_CASE(one_reader_at_a_time) {
  script_run{script(R"lua(
run(function()
  local port = serve(function(id) socket.start(id) end)
  local id = assert(socket.open("127.0.0.1", port))
  local got
  skynet.fork(function() got = table.pack(socket.read(id, 10)) end)
  skynet.yield()
  local ok, err = pcall(socket.read, id)
  assert(not ok and err:find("has a reader already", 1, true), err)
  socket.close(id)  -- the reader gets what there is
  assert(got[1] == false and got[2] == "", "the reader went on")
end)
)lua")}
      .check_finished();
}

BOOST_AUTO_TEST_CASE(a_killed_reader_leaves_nothing_behind) {
  script_run{script(R"lua(
run(function()
  local peer
  local port = serve(function(id) socket.start(id) peer = id end)
  local id = assert(socket.open("127.0.0.1", port))
  local co = skynet.fork(function() socket.read(id, 10) end)
  skynet.yield()
  skynet.killthread(co)
  while not peer do skynet.yield() end
  socket.write(peer, "0123456789")
  while socket.netstat()[2].read < 10 do skynet.sleep(1) end
  skynet.sleep(1)
  assert(not socket.disconnected(id))
end)
)lua")}
      .check_finished();
}

BOOST_AUTO_TEST_CASE(a_socket_goes_to_the_service_that_starts_it) {
  const script_run run{script(R"lua(
run(function()
  local agent = skynet.newservice("agent")
  local port = serve(function(id, from)
    skynet.send(agent, "lua", id, from)
  end)
  local id = assert(socket.open("127.0.0.1", port))
  socket.write(id, "hello\n")
  assert(socket.readline(id) == "agent got hello")
end)
)lua"),
                       {},
                       {{"agent.lua", R"lua(
local skynet = require "skynet"
local socket = require "skynet.socket"
skynet.start(function()
  skynet.dispatch("lua", function(_, _, id)
    assert(socket.start(id))
    socket.write(id, "agent got " .. socket.readline(id) .. "\n")
  end)
end)
)lua"}}};
  run.check_finished();
}

BOOST_AUTO_TEST_CASE(a_flood_is_held_back_and_a_writer_waits) {
  script_run{script(R"lua(
run(function()
  local total, size = 24 * 1024 * 1024, 256 * 1024
  local warned, drained
  local port = serve(function(id)
    socket.start(id)
    socket.warning(id, function(_, kib) if kib > 0 then warned = true else drained = true end end)
    local block = ("f"):rep(size)
    for _ = 1, total // size do assert(socket.write(id, block)) end
    socket.close(id)
  end)
  local id = assert(socket.open("127.0.0.1", port))
  skynet.sleep(5)
  local got = 0
  while true do
    local data = socket.read(id)
    if not data then break end
    got = got + #data
  end
  assert(got == total, got)
  assert(warned)
end)
)lua"),
             [](policies::tenant_config& t) { t.quota.socket_send_buffer_bytes = policies::mib; }}
      .check_finished();
}

BOOST_AUTO_TEST_CASE(limit_closes_what_sends_too_much) {
  script_run{script(R"lua(
run(function()
  local port = serve(function(id)
    socket.start(id)
    socket.write(id, ("x"):rep(50000))
  end)
  local closed
  local id = assert(socket.open("127.0.0.1", port))
  socket.limit(id, 1000)
  socket.onclose(id, function(which) closed = which end)
  local line, rest = socket.readline(id)
  assert(line == false and #rest > 1000)
  skynet.yield()
  assert(closed == id)
  socket.close(id)
end)
)lua")}
      .check_finished();
}

BOOST_AUTO_TEST_CASE(pause_holds_input_until_the_next_read) {
  script_run{script(R"lua(
run(function()
  local peer
  local port = serve(function(id) socket.start(id) peer = id end)
  local id = assert(socket.open("127.0.0.1", port))
  while not peer do skynet.sleep(1) end
  socket.pause(id)
  socket.write(peer, "later")
  assert(socket.read(id, 5) == "later")
  local co = coroutine.wrap(function() return socket.read(id, 3) end)
  skynet.fork(function() socket.write(peer, "abc") end)
  assert(co() == "abc")
end)
)lua")}
      .check_finished();
}

BOOST_AUTO_TEST_CASE(a_channel_in_order) {
  script_run{script(R"lua(
local socketchannel = require "skynet.socketchannel"
run(function()
  local connections = 0
  local port = serve(function(id)
    connections = connections + 1
    socket.start(id)
    while true do
      local line = socket.readline(id)
      if not line or line == "hang up" then break end
      if line == "login" then socket.write(id, "welcome\n")
      else socket.write(id, "re " .. line .. "\n") end
    end
    socket.close(id)
  end)
  local function line(sock) return true, sock:readline() end
  local channel = socketchannel.channel {
    host = "127.0.0.1", port = port,
    auth = function(c) assert(c:request("login\n", line) == "welcome") end,
  }
  assert(channel:request("a\n", line) == "re a")
  local answers, left = {}, 10
  for i = 1, 10 do
    skynet.fork(function()
      answers[i] = channel:request("n" .. i .. "\n", line)
      left = left - 1
    end)
  end
  while left > 0 do skynet.sleep(1) end
  for i = 1, 10 do assert(answers[i] == "re n" .. i) end
  local ok, err = pcall(channel.request, channel, "hang up\n", line)
  assert(not ok and err == socketchannel.error, tostring(err))
  assert(channel:request("again\n", line) == "re again")
  assert(connections == 2, connections)
  ok, err = pcall(channel.request, channel, "x\n", function(sock) return false, sock:readline() end)
  assert(not ok and err == "re x", tostring(err))
  channel:close()
  assert(not pcall(channel.request, channel, "y\n", line))
  assert(channel:connect(true))
  assert(channel:request("z\n", line) == "re z")
  channel:close()
end)
)lua")}
      .check_finished();
}

BOOST_AUTO_TEST_CASE(a_channel_of_sessions) {
  script_run{script(R"lua(
local socketchannel = require "skynet.socketchannel"
run(function()
  local port = serve(function(id)
    socket.start(id)
    local held
    while true do
      local line = socket.readline(id)
      if not line then break end
      -- Answers come in pairs, the later one first.
      if held then
        socket.write(id, {line, "\n", held, "\n"})
        held = nil
      else
        held = line
      end
    end
    socket.close(id)
  end)
  local channel = socketchannel.channel {
    host = "127.0.0.1", port = port,
    response = function(sock)
      local session, text = sock:readline():match("^(%d+) (.*)$")
      return tonumber(session), true, text
    end,
  }
  local answers, left = {}, 4
  for i = 1, 4 do
    skynet.fork(function()
      answers[i] = channel:request(i .. " text" .. i .. "\n", i)
      left = left - 1
    end)
  end
  while left > 0 do skynet.sleep(1) end
  for i = 1, 4 do assert(answers[i] == "text" .. i) end
  channel:close()

  local lost = socketchannel.channel { host = "127.0.0.1", port = 1 }
  local ok, err = pcall(lost.request, lost, "x", function() return true end)
  assert(not ok and err == socketchannel.error, tostring(err))
end)
)lua")}
      .check_finished();
}

BOOST_AUTO_TEST_CASE(names_are_resolved_for_those_who_may_connect) {
  script_run{script(R"lua(
run(function()
  local list = socket.resolve("127.0.0.1")
  assert(#list == 1 and list[1] == "127.0.0.1")
end)
)lua")}
      .check_finished();
  script_run{script(R"lua(
run(function()
  local ok, err = pcall(socket.resolve, "example.org")
  assert(not ok and err:find("not permitted", 1, true), err)
end)
)lua"),
             [](policies::tenant_config& t) { t.quota.connect.clear(); }}
      .check_finished();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace moonward::host::net_test
