// Sending, calling, packing, and the handlers of message types.
#include "sandbox/api/libraries.hpp"
#include "sandbox/vm/actor.hpp"

#include <array>
#include <cstdio>

namespace moonward::sandbox {

namespace {

struct envelope {
  handle destination;
  handle source;
  std::int32_t session;
  std::uint8_t type;
};

enum class post_result : std::uint8_t { delivered, dead, mailbox_full, no_memory };

// In a host section: the payload lies in Lua or in the packing buffer.
post_result post(actor& a, std::string_view payload, const envelope& e) noexcept {
  message* m = make_message(payload, &a.port().account());
  if (m == nullptr) return post_result::no_memory;
  m->destination = e.destination;
  m->source = e.source;
  m->session = e.session;
  m->type = static_cast<message_type>(e.type);
  switch (a.port().send(m)) {
    case send_result::delivered: return post_result::delivered;
    case send_result::dead: return post_result::dead;
    case send_result::mailbox_full: return post_result::mailbox_full;
  }
  return post_result::dead;
}

int no_memory(lua_State* L) {
  return luaL_error(L, "not enough memory to send: tenant \"%s\" has reached its cap",
                    actor::of(L).port().tenant_name().data());
}

// What skynet.send returns: the session (0) on success, nothing for a dead address, false when the
// receiver's mailbox is full.
int sent(lua_State* L, post_result result, lua_Integer session) {
  switch (result) {
    case post_result::delivered: lua_pushinteger(L, session); return 1;
    case post_result::dead: return 0;
    case post_result::mailbox_full: lua_pushboolean(L, 0); return 1;
    case post_result::no_memory: break;
  }
  return no_memory(L);
}

int send(lua_State* L) {
  actor& a = actor::of(L);
  const protocol& p = check_protocol(L, 2);
  const handle to = check_address(L, 1);
  const std::string_view payload = pack_arguments(L, p, 3);
  post_result result{};
  {
    host_section section{a.exec()};
    result = post(a, payload, {to, a.port().self(), 0, p.id});
  }
  return sent(L, result, 0);
}

int rawsend(lua_State* L) {
  actor& a = actor::of(L);
  const protocol& p = check_protocol(L, 2);
  const handle to = check_address(L, 1);
  const std::string_view payload = check_payload(L, 3);
  post_result result{};
  {
    host_section section{a.exec()};
    result = post(a, payload, {to, a.port().self(), 0, p.id});
  }
  return sent(L, result, 0);
}

int redirect(lua_State* L) {
  actor& a = actor::of(L);
  const handle to = check_address(L, 1);
  const handle from = check_address(L, 2);
  const protocol& p = check_protocol(L, 3);
  const lua_Integer session = luaL_optinteger(L, 4, 0);
  const std::string_view payload = check_payload(L, 5);
  if (from != a.port().self()) {
    check_permission(L, policies::permission::redirect, "skynet.redirect with another's source");
    bool known = false;
    {
      host_section section{a.exec()};
      known = a.port().alive(from);
    }
    if (!known) return luaL_error(L, "skynet.redirect: the source is no service of this tenant");
  }
  if (session < 0 || session > 0x7fffffff)
    return luaL_error(L, "skynet.redirect: session %I is out of range", session);
  post_result result{};
  {
    host_section section{a.exec()};
    result = post(a, payload, {to, from, static_cast<std::int32_t>(session), p.id});
  }
  return sent(L, result, session);
}

// -- calls ------------------------------------------------------------------------------------

int refuse_call(lua_State* L, post_result result, handle to) {
  if (result == post_result::no_memory) return no_memory(L);
  char address[32];
  std::snprintf(address, sizeof address, ":%08llx", static_cast<unsigned long long>(to));
  if (result == post_result::mailbox_full)
    return luaL_error(L, "mailbox full: service %s takes no more messages now", address);
  if (to == 0 && lua_type(L, 1) == LUA_TSTRING)
    return luaL_error(L, "call to invalid address %s", lua_tostring(L, 1));
  return luaL_error(L, "call to invalid address %s", address);
}

// Sends the request and registers the wait; the outcome when it failed at once.
post_result ask(actor& a, std::string_view payload, handle to, std::uint8_t type) noexcept {
  const std::int32_t session = a.new_session();
  if (!a.expect(wait_kind::call, session, to)) return post_result::no_memory;
  const post_result result = post(a, payload, {to, a.port().self(), session, type});
  if (result != post_result::delivered) a.unexpect();
  return result;
}

void drop_delivered(actor& a) {
  host_section section{a.exec()};
  a.drop_delivered();
}

int call_answered(lua_State* L, int, lua_KContext type) {
  actor& a = actor::of(L);
  const task& t = *a.current_task();
  if (t.woke != wake_reason::answered) return raise_failure(L, "call failed");
  lua_settop(L, 0);
  const int values =
      unpack_payload(L, *a.find_protocol(static_cast<std::uint8_t>(type)), t.delivered->text());
  drop_delivered(a);
  return values;
}

int call(lua_State* L) {
  actor& a = actor::of(L);
  const protocol& p = check_protocol(L, 2);
  const handle to = check_address(L, 1);
  a.check_can_wait(L);
  const std::string_view payload = pack_arguments(L, p, 3);
  post_result result{};
  {
    host_section section{a.exec()};
    result = ask(a, payload, to, p.id);
  }
  if (result != post_result::delivered) return refuse_call(L, result, to);
  return a.wait(L, call_answered, p.id);
}

int rawcall_answered(lua_State* L, int, lua_KContext) {
  actor& a = actor::of(L);
  const task& t = *a.current_task();
  if (t.woke != wake_reason::answered) return raise_failure(L, "call failed");
  lua_pushlstring(L, t.delivered->text().data(), t.delivered->size);
  lua_pushinteger(L, t.delivered->size);
  drop_delivered(a);
  return 2;
}

int rawcall(lua_State* L) {
  actor& a = actor::of(L);
  const protocol& p = check_protocol(L, 2);
  const handle to = check_address(L, 1);
  a.check_can_wait(L);
  const std::string_view payload = check_payload(L, 3);
  post_result result{};
  {
    host_section section{a.exec()};
    result = ask(a, payload, to, p.id);
  }
  if (result != post_result::delivered) return refuse_call(L, result, to);
  return a.wait(L, rawcall_answered, 0);
}

// -- moonward.call ----------------------------------------------------------------------------

int deadline_answered(lua_State* L, int, lua_KContext type) {
  actor& a = actor::of(L);
  const task& t = *a.current_task();
  if (t.woke == wake_reason::timed_out) return luaL_error(L, "call timed out");
  if (t.woke == wake_reason::answered) return call_answered(L, LUA_YIELD, type);
  const message* m = t.delivered;  // here the remote error's own text is told
  if (m == nullptr || m->size == 0) return luaL_error(L, "call failed");
  lua_pushlstring(L, m->text().data(), m->size);
  drop_delivered(a);
  return luaL_error(L, "call failed: %s", lua_tostring(L, -1));
}

}  // namespace

// ask(address, type, …) -> session | nothing: no such service | false: its mailbox is full. The
// answer comes to the function of on_answer.
int ask(lua_State* L) {
  actor& a = actor::of(L);
  const protocol& p = check_protocol(L, 2);
  const handle to = check_address(L, 1);
  if (a.answer_handler() == 0) return luaL_error(L, "core.on_answer must be called first");
  const std::uint64_t limit = a.port().quota().coroutines;
  if (a.awaited_answers() >= limit)
    return luaL_error(L, "too many requests wait for their answers: %I (quota coroutines)",
                      static_cast<LUAI_UACINT>(limit));
  const std::string_view payload = pack_arguments(L, p, 3);
  post_result result{};
  std::int32_t session = 0;
  {
    host_section section{a.exec()};
    session = a.new_session();
    if (!a.expect_answer(session, to, p.id)) result = post_result::no_memory;
    else result = post(a, payload, {to, a.port().self(), session, p.id});
    if (result != post_result::delivered) a.forget_answer(session);
  }
  return sent(L, result, session);
}

int forget_answer(lua_State* L) {
  const auto session = static_cast<std::int32_t>(luaL_checkinteger(L, 1));
  actor& a = actor::of(L);
  host_section section{a.exec()};
  const expectation* e = a.sessions().find(session);
  if (e != nullptr && e->kind == wait_kind::answer) a.drop_answer(session);
  return 0;
}

int on_answer(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  actor& a = actor::of(L);
  if (a.answer_handler() != 0) return luaL_error(L, "core.on_answer was called already");
  lua_settop(L, 1);
  a.set_answer_handler(luaL_ref(L, LUA_REGISTRYINDEX));
  return 0;
}

int call_with_deadline(lua_State* L) {
  actor& a = actor::of(L);
  const lua_Number seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= 1e10, 1, "seconds from 0 to 1e10 expected");
  lua_remove(L, 1);
  const protocol& p = check_protocol(L, 2);
  const handle to = check_address(L, 1);
  a.check_can_wait(L);
  const std::string_view payload = pack_arguments(L, p, 3);
  post_result result{};
  bool timer = true;
  {
    host_section section{a.exec()};
    result = ask(a, payload, to, p.id);
    if (result == post_result::delivered)
      timer = a.set_deadline(a.new_session(), static_cast<std::uint64_t>(seconds * 1000));
    if (!timer) a.unexpect();
  }
  if (!timer) return luaL_error(L, "the call's timer was refused (quota timers)");
  if (result != post_result::delivered) return refuse_call(L, result, to);
  return a.wait(L, deadline_answered, p.id);
}

namespace {

// -- packing ----------------------------------------------------------------------------------

int pack(lua_State* L) {
  actor& a = actor::of(L);
  encode_buffer& buffer = a.buffer();
  const std::size_t begin = buffer.open();
  encode_values(L, 1, lua_gettop(L), buffer, a.limits());
  const std::string_view bytes = buffer.from(begin);
  lua_pushlstring(L, bytes.data(), bytes.size());
  lua_pushinteger(L, static_cast<lua_Integer>(bytes.size()));
  return 2;
}

int packstring(lua_State* L) {
  pack(L);
  lua_pop(L, 1);
  return 1;
}

int unpack(lua_State* L) {
  std::size_t length = 0;
  if (lua_isnoneornil(L, 1)) return 0;
  const char* bytes = luaL_checklstring(L, 1, &length);
  return decode_values(L, {bytes, length});
}

int to_string(lua_State* L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  return 1;
}

int trash(lua_State*) { return 0; }  // payloads are strings: the collector's business

int genid(lua_State* L) {
  actor& a = actor::of(L);
  std::int32_t session = 0;
  {
    host_section section{a.exec()};
    session = a.new_session();
  }
  lua_pushinteger(L, session);
  return 1;
}

// -- handlers ---------------------------------------------------------------------------------

int dispatch(lua_State* L) {
  protocol* p = actor::of(L).find_protocol(L, 1);
  if (lua_isnoneornil(L, 2)) {
    if (p == nullptr || p->dispatch <= 0) lua_pushnil(L);
    else lua_rawgeti(L, LUA_REGISTRYINDEX, p->dispatch);
    return 1;
  }
  luaL_checktype(L, 2, LUA_TFUNCTION);
  p = &check_protocol(L, 1);
  if (p->dispatch > 0) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, p->dispatch);
    lua_pushvalue(L, 2);
    lua_rawseti(L, LUA_REGISTRYINDEX, p->dispatch);
    return 1;
  }
  lua_settop(L, 2);
  p->dispatch = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_pushnil(L);
  return 1;
}

// Anchors the function in the field on top of the stack; 0 when it is nil.
int anchor_function(lua_State* L, const char* name) {
  lua_getfield(L, 1, name);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return 0;
  }
  if (lua_type(L, -1) != LUA_TFUNCTION) {
    luaL_error(L, "register_protocol: %s must be a function, got %s", name, luaL_typename(L, -1));
    return 0;
  }
  return luaL_ref(L, LUA_REGISTRYINDEX);
}

bool field_is(lua_State* L, const char* name, lua_CFunction function) {
  lua_getfield(L, 1, name);
  const bool same = lua_tocfunction(L, -1) == function;
  lua_pop(L, 1);
  return same;
}

// The host keeps a copy.
constexpr lua_Unsigned longest_type_name = 128;

int register_protocol(lua_State* L) {
  actor& a = actor::of(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, 1, "name");
  lua_getfield(L, 1, "id");
  if (lua_type(L, 2) != LUA_TSTRING || lua_rawlen(L, 2) > longest_type_name)
    return luaL_error(L, "register_protocol: name must be a string of at most 128 bytes");
  int is_integer = 0;
  const lua_Integer id = lua_tointegerx(L, 3, &is_integer);
  if (is_integer == 0 || id < 0 || id > 255)
    return luaL_error(L, "register_protocol: id must be an integer from 0 to 255");
  if (a.find_protocol(L, 2) != nullptr)
    return luaL_error(L, "register_protocol: the name '%s' is taken", lua_tostring(L, 2));
  if (a.find_protocol(static_cast<std::uint8_t>(id)) != nullptr)
    return luaL_error(L, "register_protocol: the id %d is taken", static_cast<int>(id));
  const bool native_pack = field_is(L, "pack", pack);
  const bool native_unpack = field_is(L, "unpack", unpack);
  const int pack_function = anchor_function(L, "pack");
  const int unpack_function = anchor_function(L, "unpack");
  const int dispatch_function = anchor_function(L, "dispatch");
  const char* name = lua_tostring(L, 2);
  lua_pushvalue(L, 2);
  const int anchor = luaL_ref(L, LUA_REGISTRYINDEX);
  host_section section{a.exec()};
  protocol& p = a.add_protocol(name, static_cast<std::uint8_t>(id));
  p.interned = name;
  p.anchor = anchor;
  p.native_pack = native_pack;
  p.native_unpack = native_unpack;
  p.pack = pack_function;
  p.unpack = unpack_function;
  p.dispatch = dispatch_function;
  return 0;
}

constexpr std::array<luaL_Reg, 13> functions{{{"send", send},
                                              {"rawsend", rawsend},
                                              {"redirect", redirect},
                                              {"call", call},
                                              {"rawcall", rawcall},
                                              {"pack", pack},
                                              {"packstring", packstring},
                                              {"unpack", unpack},
                                              {"tostring", to_string},
                                              {"trash", trash},
                                              {"genid", genid},
                                              {"dispatch", dispatch},
                                              {"register_protocol", register_protocol}}};

}  // namespace

std::span<const luaL_Reg> message_functions() { return functions; }

}  // namespace moonward::sandbox
