// What the functions of the script API share in reading arguments and packing payloads.
#include "sandbox/api/libraries.hpp"
#include "sandbox/vm/actor.hpp"

#include <cerrno>
#include <cstdlib>
#include <limits>

namespace moonward::sandbox {

namespace {

handle find_name(lua_State* L, std::string_view name) {
  actor& a = actor::of(L);
  host_section section{a.exec()};
  return a.port().find_name(name);
}

}  // namespace

handle check_address(lua_State* L, int index) {
  if (lua_isinteger(L, index) != 0) {
    const lua_Integer id = lua_tointeger(L, index);
    if (id == 0) luaL_error(L, "Invalid service address 0");
    return static_cast<handle>(id);
  }
  if (lua_type(L, index) != LUA_TSTRING) {
    luaL_error(L, "dest address type (%s) must be a string or number.", luaL_typename(L, index));
    return 0;
  }
  std::size_t length = 0;
  const char* text = lua_tolstring(L, index, &length);
  if (text[0] == ':') {
    char* end = nullptr;
    errno = 0;
    const handle id = std::strtoull(text + 1, &end, 16);
    return *end == '\0' && end != text + 1 && errno == 0 ? id : 0;
  }
  if (lua_isnumber(L, index) != 0) {
    const lua_Integer id = lua_tointeger(L, index);
    if (id == 0) luaL_error(L, "Invalid service address 0");
    return static_cast<handle>(id);
  }
  return find_name(L, {text, length});
}

void check_permission(lua_State* L, policies::permission p, const char* what) {
  actor& a = actor::of(L);
  if (a.port().tenant_quota().permissions.has(p)) return;
  luaL_error(L, "%s is not permitted: the tenant \"%s\" lacks the permission \"%s\"", what,
             a.port().tenant_name().data(), policies::to_string(p).data());
}

protocol& check_protocol(lua_State* L, int index) {
  protocol* p = actor::of(L).find_protocol(L, index);
  if (p == nullptr)
    luaL_error(L, "unknown message type '%s': register it with skynet.register_protocol",
               luaL_tolstring(L, index, nullptr));
  return *p;
}

std::string_view check_payload(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return {};
  if (lua_isstring(L, index) == 0) {
    luaL_error(L, "invalid param %s", luaL_typename(L, index));
    return {};
  }
  std::size_t length = 0;
  const char* bytes = lua_tolstring(L, index, &length);
  const std::uint64_t limit = actor::of(L).limits().message_bytes;
  if (length > limit)
    luaL_error(L, "message is larger than %I bytes (quota message_bytes)",
               static_cast<LUAI_UACINT>(limit));
  return {bytes, length};
}

std::string_view pack_arguments(lua_State* L, const protocol& p, int first) {
  actor& a = actor::of(L);
  if (p.native_pack) {
    encode_buffer& buffer = a.buffer();
    const std::size_t begin = buffer.open();
    encode_values(L, first, lua_gettop(L), buffer, a.limits());
    return buffer.from(begin);
  }
  if (p.pack <= 0) {
    luaL_error(L, "message type '%s' has no pack function", p.name.c_str());
    return {};
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, p.pack);
  lua_insert(L, first);
  lua_call(L, lua_gettop(L) - first, 1);
  return check_payload(L, first);
}

int unpack_payload(lua_State* L, const protocol& p, std::string_view payload) {
  if (p.native_unpack) return decode_values(L, payload);
  const int before = lua_gettop(L);
  if (p.unpack > 0) lua_rawgeti(L, LUA_REGISTRYINDEX, p.unpack);
  lua_pushlstring(L, payload.data(), payload.size());
  lua_pushinteger(L, static_cast<lua_Integer>(payload.size()));
  if (p.unpack > 0) lua_call(L, 2, LUA_MULTRET);
  return lua_gettop(L) - before;
}

std::string_view push_joined(lua_State* L, int first, char separator) {
  const int last = lua_gettop(L);
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  for (int i = first; i <= last; ++i) {
    if (i > first) luaL_addchar(&text, separator);
    luaL_tolstring(L, i, nullptr);
    luaL_addvalue(&text);
  }
  luaL_pushresult(&text);
  std::size_t length = 0;
  const char* bytes = lua_tolstring(L, -1, &length);
  return {bytes, length};
}

std::uint64_t check_centiseconds(lua_State* L, int index) {
  const lua_Number ticks = luaL_checknumber(L, index);
  constexpr lua_Number longest = 1e13;  // three thousand years; keeps the sum within 64 bits
  if (!(ticks > 0)) return 0;
  return static_cast<std::uint64_t>((ticks < longest ? ticks : longest) * 10);
}

int raise_failure(lua_State* L, const char* what) {
  actor& a = actor::of(L);
  const message* m = a.current_task()->delivered;
  if (m == nullptr || m->size == 0 || m->origin != message_origin::host)
    return luaL_error(L, "%s", what);
  lua_pushlstring(L, m->text().data(), m->size);
  return luaL_error(L, "%s: %s", what, lua_tostring(L, -1));
}

}  // namespace moonward::sandbox
