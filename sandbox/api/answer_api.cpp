// Answering requests: at once, or later through a response closure.
#include "sandbox/api/libraries.hpp"
#include "sandbox/vm/actor.hpp"

#include <array>
#include <cstring>

namespace moonward::sandbox {

namespace {

// Answers the request of (to, session); true when the asker still lives. In a host section.
bool answer(actor& a, std::string_view payload, handle to, std::int32_t session) noexcept {
  message* m = make_message(payload, &a.port().account());
  if (m == nullptr) {
    a.send_error(to, session, "the answer does not fit the memory of the callee's tenant");
    return false;
  }
  m->type = message_type::response;
  m->flags = message_flag::reply;
  m->destination = to;
  m->source = a.port().self();
  m->session = session;
  return a.port().send(m) == send_result::delivered;
}

task& check_request(lua_State* L, const char* otherwise) {
  task* t = actor::of(L).current_task();
  if (t == nullptr || !t->owes_answer) luaL_error(L, "%s", otherwise);
  return *t;
}

int answer_current(lua_State* L, std::string_view payload) {
  actor& a = actor::of(L);
  task& t = *a.current_task();
  bool delivered = false;
  {
    host_section section{a.exec()};
    t.owes_answer = false;
    if (t.session != 0) delivered = answer(a, payload, t.source, t.session);
  }
  lua_pushboolean(L, delivered);
  return 1;
}

int ret(lua_State* L) {
  const task& t = check_request(L, "No session");
  std::size_t length = 0;
  const char* bytes = luaL_optlstring(L, 1, "", &length);
  actor& a = actor::of(L);
  if (length > a.limits().message_bytes) {
    host_section section{a.exec()};
    if (t.session != 0) a.send_error(t.source, t.session, "the answer exceeds message_bytes");
    a.current_task()->owes_answer = false;
    length = 0;
    bytes = nullptr;
  }
  if (bytes == nullptr) {
    lua_pushboolean(L, 0);
    return 1;
  }
  return answer_current(L, {bytes, length});
}

int retpack(lua_State* L) {
  check_request(L, "No session");
  actor& a = actor::of(L);
  encode_buffer& buffer = a.buffer();
  const std::size_t begin = buffer.open();
  encode_values(L, 1, lua_gettop(L), buffer, a.limits());
  return answer_current(L, buffer.from(begin));
}

int ignoreret(lua_State* L) {
  if (task* t = actor::of(L).current_task()) t->owes_answer = false;
  return 0;
}

int context(lua_State* L) {
  const task* t = actor::of(L).current_task();
  if (t == nullptr || !t->has_context) return 0;
  if (t->owes_answer) lua_pushinteger(L, t->session);
  else lua_pushnil(L);
  lua_pushinteger(L, static_cast<lua_Integer>(t->source));
  return 2;
}

// -- response closures ------------------------------------------------------------------------

// Upvalues: the id of the debt (0: none, it was a send; nil: used), and the pack function.
int respond(lua_State* L) {
  actor& a = actor::of(L);
  const lua_Integer id = lua_tointeger(L, lua_upvalueindex(1));
  const bool used = lua_isnil(L, lua_upvalueindex(1)) != 0;
  owed_response debt;
  if (lua_type(L, 1) == LUA_TSTRING && std::strcmp(lua_tostring(L, 1), "TEST") == 0) {
    bool open = false;
    if (!used) {
      host_section section{a.exec()};
      open = a.take_response(id, debt, true);
    }
    lua_pushboolean(L, open);
    return 1;
  }
  if (used) return luaL_error(L, "Can't response more than once");
  if (id == 0) return 0;
  const bool good = lua_toboolean(L, 1) != 0;
  std::string_view payload;
  if (good) {
    if (lua_isnil(L, lua_upvalueindex(2)) != 0) {
      encode_buffer& buffer = a.buffer();
      const std::size_t begin = buffer.open();
      encode_values(L, 2, lua_gettop(L), buffer, a.limits());
      payload = buffer.from(begin);
    } else {
      lua_pushvalue(L, lua_upvalueindex(2));
      lua_replace(L, 1);
      lua_call(L, lua_gettop(L) - 1, 1);
      payload = check_payload(L, 1);
    }
  }
  bool delivered = false;
  {
    host_section section{a.exec()};
    if (a.take_response(id, debt, false)) {
      if (good) {
        delivered = answer(a, payload, debt.source, debt.session);
      } else {
        a.send_error(debt.source, debt.session, {});
        delivered = a.port().alive(debt.source);
      }
    }
  }
  lua_pushnil(L);
  lua_replace(L, lua_upvalueindex(1));
  lua_pushboolean(L, delivered);
  return 1;
}

int response(lua_State* L) {
  if (!lua_isnoneornil(L, 1)) luaL_checktype(L, 1, LUA_TFUNCTION);
  task& t = check_request(L, "no session");
  lua_settop(L, 1);
  actor& a = actor::of(L);
  lua_pushinteger(L, 0);
  lua_insert(L, 1);
  lua_pushcclosure(L, respond, 2);
  std::int64_t id = 0;
  if (t.session != 0) {
    host_section section{a.exec()};
    id = a.owe_response(t.source, t.session);
  }
  if (t.session != 0 && id == 0)
    return luaL_error(L, "skynet.response: too many answers are owed: %I (quota coroutines)",
                      static_cast<LUAI_UACINT>(a.port().quota().coroutines));
  t.owes_answer = false;
  lua_pushinteger(L, id);
  lua_setupvalue(L, -2, 1);
  return 1;
}

constexpr std::array<luaL_Reg, 5> functions{{{"ret", ret},
                                             {"retpack", retpack},
                                             {"ignoreret", ignoreret},
                                             {"context", context},
                                             {"response", response}}};

}  // namespace

std::span<const luaL_Reg> answer_functions() { return functions; }

}  // namespace moonward::sandbox
