// Opening, starting, handing over and closing sockets.
#include "sandbox/api/socket_api.hpp"
#include "sandbox/codec/value_codec.hpp"
#include "sandbox/vm/actor.hpp"

#include "policies/endpoint_pattern.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace moonward::sandbox {

namespace {

struct endpoint {
  std::string_view host;
  int port;
};

// (host, port), ("host:port") or ("[v6]:port"), at 1 and 2.
endpoint check_endpoint(lua_State* L) {
  std::size_t length = 0;
  const char* bytes = luaL_checklstring(L, 1, &length);
  std::string_view host{bytes, length};
  lua_Integer port = 0;
  if (lua_isnoneornil(L, 2)) {
    const std::size_t colon = host.rfind(':');
    const std::string_view digits =
        colon == std::string_view::npos ? std::string_view{} : host.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
      luaL_error(L, "no port in \"%s\": give host and port, or \"host:port\"", bytes);
    host = host.substr(0, colon);
    if (host.find(':') != std::string_view::npos && host.front() != '[')
      luaL_error(L, "an IPv6 address and a port are written \"[address]:port\"");
  } else {
    port = luaL_checkinteger(L, 2);
  }
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "0.0.0.0";
  luaL_argcheck(L, port >= 0 && port <= 65535, 2, "a port from 0 to 65535 expected");
  return {host, static_cast<int>(port)};
}

int no_memory(lua_State* L) { return luaL_error(L, "not enough memory to wait"); }

// Pushes what the host has answered; their number.
int push_answer(lua_State* L, actor& a) {
  const int values = decode_values(L, a.current_task()->delivered->text());
  host_section section{a.exec()};
  a.drop_delivered();
  return values;
}

bool answered(actor& a) {
  const task& t = *a.current_task();
  return t.woke == wake_reason::answered && t.delivered != nullptr;
}

// Pushes the text of the failure.
void push_failure(lua_State* L, actor& a) {
  const message* m = a.current_task()->delivered;
  if (m != nullptr) lua_pushlstring(L, m->text().data(), m->size);
  else lua_pushliteral(L, "the service ends");
  host_section section{a.exec()};
  a.drop_delivered();
}

// -- open -------------------------------------------------------------------------------------

int open_answered(lua_State* L, int, lua_KContext) {
  actor& a = actor::of(L);
  if (!answered(a)) {
    lua_pushnil(L);
    push_failure(L, a);
    return 2;
  }
  lua_settop(L, 0);
  push_answer(L, a);
  const auto id = static_cast<std::uint64_t>(lua_tointeger(L, 1));
  {
    host_section section{a.exec()};
    a.sockets().add(id, script_socket::state::connected);
  }
  lua_settop(L, 1);
  return 1;
}

// The look-up itself tells a name server something, so it is done for those who may ask.
bool may_ask(actor& a, std::string_view host) {
  host_section section{a.exec()};
  return policies::ip_address::parse(host).has_value() ||
         policies::may_look_up(a.port().tenant_quota().connect, host);
}

int open(lua_State* L) {
  actor& a = actor::of(L);
  const endpoint to = check_endpoint(L);
  a.check_can_wait(L);
  if (!may_ask(a, to.host)) {
    lua_pushnil(L);
    lua_pushliteral(L, "connect to ");
    lua_pushlstring(L, to.host.data(), to.host.size());
    lua_pushfstring(L, ":%d is not permitted: name it in the tenant's \"connect\" list", to.port);
    lua_concat(L, 3);
    return 2;
  }
  bool waits = false;
  {
    host_section section{a.exec()};
    const std::int32_t session = a.new_session();
    waits = a.expect(wait_kind::call, session, 0);
    if (waits) a.port().sockets().connect(session, to.host, to.port);
  }
  return waits ? a.wait(L, open_answered, 0) : no_memory(L);
}

// -- listen -----------------------------------------------------------------------------------

int listen_answered(lua_State* L, int, lua_KContext) {
  actor& a = actor::of(L);
  if (!answered(a)) {
    push_failure(L, a);
    return luaL_error(L, "Listen error: %s", lua_tostring(L, -1));
  }
  lua_settop(L, 0);
  const int values = push_answer(L, a);
  const auto id = static_cast<std::uint64_t>(lua_tointeger(L, 1));
  host_section section{a.exec()};
  a.sockets().add(id, script_socket::state::listening);
  return values;
}

int listen(lua_State* L) {
  actor& a = actor::of(L);
  const endpoint at = check_endpoint(L);
  const auto backlog = static_cast<int>(luaL_optinteger(L, 3, 32));
  a.check_can_wait(L);
  bool is_address = at.host == "localhost";
  if (!is_address) {
    host_section section{a.exec()};
    is_address = policies::ip_address::parse(at.host).has_value();
  }
  if (!is_address) return luaL_error(L, "Listen error: an address of this machine expected");
  bool waits = false;
  {
    host_section section{a.exec()};
    const std::int32_t session = a.new_session();
    waits = a.expect(wait_kind::call, session, 0);
    if (waits) a.port().sockets().listen(session, at.host, at.port, backlog);
  }
  return waits ? a.wait(L, listen_answered, 0) : no_memory(L);
}

// -- start ------------------------------------------------------------------------------------

int forget(lua_State* L, std::uint64_t id) {
  actor& a = actor::of(L);
  if (script_socket* s = a.sockets().find(id)) {
    release_callback(L, s->on_accept);
    release_callback(L, s->on_warning);
  }
  host_section section{a.exec()};
  a.sockets().erase(a, id);
  return 0;
}

int start_failed(lua_State* L, std::uint64_t id) {
  const script_socket* s = actor::of(L).sockets().find(id);
  lua_pushnil(L);
  if (s != nullptr && !s->error.empty()) lua_pushlstring(L, s->error.data(), s->error.size());
  else lua_pushliteral(L, "invalid socket: it is closed, or another service's");
  forget(L, id);
  return 2;
}

int start_answered(lua_State* L, int, lua_KContext) {
  const std::uint64_t id = check_socket_id(L, 1);
  const script_socket* s = actor::of(L).sockets().find(id);
  if (s == nullptr || s->now != script_socket::state::connected) return start_failed(L, id);
  lua_settop(L, 1);
  return 1;
}

int start(lua_State* L) {
  actor& a = actor::of(L);
  const std::uint64_t id = check_socket_id(L, 1);
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  const script_socket* known = a.sockets().find(id);
  if (known != nullptr && known->now != script_socket::state::listening)
    return luaL_error(L, "socket %I is not closed: it is started already",
                      static_cast<LUAI_UACINT>(id));
  if (a.sockets().has_on_close(id)) return luaL_error(L, "socket has onclose callback");
  a.check_can_wait(L);
  int on_accept = 0;
  if (lua_isfunction(L, 2)) {
    lua_pushvalue(L, 2);
    on_accept = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  bool started = false;
  bool waits = false;
  {
    host_section section{a.exec()};
    script_socket& s = a.sockets().add(id, script_socket::state::opening);
    s.on_accept = on_accept;
    s.opener = expect_wake_up(a);
    waits = s.opener != 0;
    started = waits && a.port().sockets().control(id, socket_op::start);
    if (waits && !started) a.unexpect();
  }
  if (started) return a.wait(L, start_answered, 0);
  if (!waits) {
    forget(L, id);
    return no_memory(L);
  }
  return start_failed(L, id);
}

// -- close ------------------------------------------------------------------------------------

int closed(lua_State* L, int, lua_KContext) { return forget(L, check_socket_id(L, 1)); }

int close(lua_State* L) {
  actor& a = actor::of(L);
  const std::uint64_t id = check_socket_id(L, 1);
  script_socket* s = a.sockets().find(id);
  if (s == nullptr || s->closer != 0) return 0;
  const bool may_wait = can_wait(L);
  bool waits = false;
  {
    host_section section{a.exec()};
    const bool open = a.port().sockets().control(id, socket_op::close);
    s->paused = false;
    if (open && may_wait && s->now != script_socket::state::ended) {
      s->closer = expect_wake_up(a);
      waits = s->closer != 0;
    }
  }
  return waits ? a.wait(L, closed, 0) : forget(L, id);
}

int close_fd(lua_State* L) {
  actor& a = actor::of(L);
  const std::uint64_t id = check_socket_id(L, 1);
  if (a.sockets().find(id) != nullptr) return luaL_error(L, "Use socket.close instead");
  host_section section{a.exec()};
  (void)a.port().sockets().control(id, socket_op::close);
  return 0;
}

int shutdown(lua_State* L) {
  actor& a = actor::of(L);
  const std::uint64_t id = check_socket_id(L, 1);
  script_socket* s = a.sockets().find(id);
  if (s == nullptr) return 0;
  host_section section{a.exec()};
  (void)a.port().sockets().control(id, socket_op::shutdown);
  socket_table::wake_writers(a, *s);
  return 0;
}

int abandon(lua_State* L) {
  actor& a = actor::of(L);
  const std::uint64_t id = check_socket_id(L, 1);
  if (a.sockets().find(id) == nullptr) return 0;
  if (a.sockets().has_on_close(id)) release_callback(L, a.sockets().on_close(id));
  {
    host_section section{a.exec()};
    (void)a.port().sockets().control(id, socket_op::abandon);
    a.sockets().erase_on_close(id);
  }
  return forget(L, id);
}

int nodelay(lua_State* L) {
  actor& a = actor::of(L);
  const std::uint64_t id = check_socket_id(L, 1);
  host_section section{a.exec()};
  (void)a.port().sockets().control(id, socket_op::nodelay);
  return 0;
}

// -- callbacks --------------------------------------------------------------------------------

// Anchors the function at `index`; 0 for nil.
int anchor(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return 0;
  luaL_checktype(L, index, LUA_TFUNCTION);
  lua_pushvalue(L, index);
  return luaL_ref(L, LUA_REGISTRYINDEX);
}

int warning(lua_State* L) {
  (void)check_socket(L, 1);
  const int function = anchor(L, 2);
  script_socket& s = check_socket(L, 1);
  release_callback(L, s.on_warning);
  s.on_warning = function;
  return 0;
}

int onclose(lua_State* L) {
  actor& a = actor::of(L);
  const std::uint64_t id = check_socket_id(L, 1);
  // It may be set before the socket is known: for as many as there can be.
  if (!lua_isnoneornil(L, 2) && !a.sockets().has_on_close(id) &&
      a.sockets().on_close_count() >= a.port().tenant_quota().sockets)
    return luaL_error(L, "onclose: set for %I sockets already (quota sockets)",
                      static_cast<LUAI_UACINT>(a.sockets().on_close_count()));
  const int function = anchor(L, 2);
  if (a.sockets().has_on_close(id)) release_callback(L, a.sockets().on_close(id));
  host_section section{a.exec()};
  if (function != 0) a.sockets().on_close(id) = function;
  else a.sockets().erase_on_close(id);
  return 0;
}

// -- questions --------------------------------------------------------------------------------

int invalid(lua_State* L) {
  lua_pushboolean(L, actor::of(L).sockets().find(check_socket_id(L, 1)) == nullptr);
  return 1;
}

int disconnected(lua_State* L) {
  const script_socket* s = actor::of(L).sockets().find(check_socket_id(L, 1));
  if (s == nullptr) return 0;
  lua_pushboolean(L, s->now == script_socket::state::ended);
  return 1;
}

int netstat(lua_State* L) {
  actor& a = actor::of(L);
  task* t = a.current_task();
  if (t == nullptr) return luaL_error(L, "netstat: no task runs");
  // A finalizer may call this while the task's request or answer is being unpacked: the answer is
  // left alone, and the place of the request must be free.
  if (t->request != nullptr) return luaL_error(L, "netstat: a message is being unpacked");
  bool got = false;
  {
    // The task owns it, so that an error while it is unpacked doesn't lose it.
    host_section section{a.exec()};
    t->request = a.port().sockets().netstat();
    got = t->request != nullptr;
  }
  if (!got) return luaL_error(L, "netstat: the tenant's memory is full");
  const int values = decode_values(L, t->request->text());
  host_section section{a.exec()};
  release_message(t->request);
  t->request = nullptr;
  return values;
}

int resolve_answered(lua_State* L, int, lua_KContext) {
  actor& a = actor::of(L);
  if (answered(a)) return push_answer(L, a);
  push_failure(L, a);
  return lua_error(L);
}

int resolve(lua_State* L) {
  actor& a = actor::of(L);
  std::size_t length = 0;
  const char* name = luaL_checklstring(L, 1, &length);
  a.check_can_wait(L);
  if (!may_ask(a, {name, length}))
    return luaL_error(L, "look-up of %s is not permitted: name it in the tenant's \"connect\" list",
                      name);
  bool waits = false;
  {
    host_section section{a.exec()};
    const std::int32_t session = a.new_session();
    waits = a.expect(wait_kind::call, session, 0);
    if (waits) a.port().sockets().resolve(session, {name, length});
  }
  return waits ? a.wait(L, resolve_answered, 0) : no_memory(L);
}

constexpr std::array<luaL_Reg, 15> functions{{{"open", open},
                                              {"listen", listen},
                                              {"start", start},
                                              {"close", close},
                                              {"close_fd", close_fd},
                                              {"shutdown", shutdown},
                                              {"abandon", abandon},
                                              {"nodelay", nodelay},
                                              {"warning", warning},
                                              {"onclose", onclose},
                                              {"invalid", invalid},
                                              {"disconnected", disconnected},
                                              {"netstat", netstat},
                                              {"info", netstat},
                                              {"resolve", resolve}}};

}  // namespace

std::span<const luaL_Reg> socket_open_functions() { return functions; }

}  // namespace moonward::sandbox
