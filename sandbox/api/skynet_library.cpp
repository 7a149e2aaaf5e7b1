// require "skynet": a table that fills itself. A function is put into it by its first use, so that
// an idle service pays for what it uses; what is written in Lua is loaded the same way.
#include "sandbox/api/libraries.hpp"
#include "sandbox/env/registry_keys.hpp"
#include "sandbox/vm/actor.hpp"

#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace moonward::sandbox {

namespace {

constexpr std::array<std::pair<std::string_view, int>, 13> message_types{{{"PTYPE_TEXT", 0},
                                                                          {"PTYPE_RESPONSE", 1},
                                                                          {"PTYPE_MULTICAST", 2},
                                                                          {"PTYPE_CLIENT", 3},
                                                                          {"PTYPE_SYSTEM", 4},
                                                                          {"PTYPE_HARBOR", 5},
                                                                          {"PTYPE_SOCKET", 6},
                                                                          {"PTYPE_ERROR", 7},
                                                                          {"PTYPE_QUEUE", 8},
                                                                          {"PTYPE_DEBUG", 9},
                                                                          {"PTYPE_LUA", 10},
                                                                          {"PTYPE_SNAX", 11},
                                                                          {"PTYPE_TRACE", 12}}};

// Functions of `skynet` that are written in Lua, and the module whose table has them.
constexpr std::array<std::pair<std::string_view, const char*>, 23> lua_parts{
    {{"request", "skynet.request"},
     {"uniqueservice", "skynet.unique"},
     {"queryservice", "skynet.unique"},
     {"uniqtask", "skynet.tasks"},
     {"task", "skynet.tasks"},
     {"trace_timeout", "skynet.tasks"},
     {"trace", "skynet.tracing"},
     {"tracetag", "skynet.tracing"},
     {"traceproto", "skynet.tracing"},
     {"tracelog", "skynet.tracing"},
     {"tracecall", "skynet.tracing"},
     {"forward_type", "skynet.forwarding"},
     {"filter", "skynet.forwarding"},
     {"init_service", "skynet.forwarding"},
     {"dispatch_message", "skynet.forwarding"},
     {"dispatch_unknown_request", "skynet.unknown"},
     {"dispatch_unknown_response", "skynet.unknown"},
     {"info_func", "skynet.debug"},
     {"memlimit", "skynet.limits"},
     {"cache", "skynet.codecache_field"},
     {"queue", "skynet.queue_field"},
     {"pcall", "_G"},
     {"harbor", "skynet.unique"}}};

lua_CFunction find_function(std::string_view name) {
  for (const auto functions : {message_functions(), answer_functions(), task_functions(),
                               timer_functions(), service_functions(), inspection_functions()})
    for (const luaL_Reg& f : functions)
      if (name == f.name) return f.func;
  return nullptr;
}

// __index(table, key)
int fill(lua_State* L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  std::size_t length = 0;
  const char* bytes = lua_tolstring(L, 2, &length);
  const std::string_view name{bytes, length};
  if (name.starts_with("PTYPE_")) {
    for (const auto& [known, number] : message_types) {
      if (known != name) continue;
      lua_pushinteger(L, number);
      return 1;
    }
    return 0;
  }
  if (const lua_CFunction f = find_function(name)) {
    lua_pushcfunction(L, f);
  } else {
    const char* module = nullptr;
    for (const auto& [known, where] : lua_parts)
      if (known == name) module = where;
    if (module == nullptr) return 0;
    lua_getglobal(L, "require");
    lua_pushstring(L, module);
    lua_call(L, 1, 1);
    lua_pushvalue(L, 2);
    lua_gettable(L, -2);
  }
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, 1);
  return 1;
}

void predefine(lua_State* L, actor& a, const char* name, std::uint8_t id, bool packs) {
  lua_pushstring(L, name);
  const char* interned = lua_tostring(L, -1);
  const int anchor = luaL_ref(L, LUA_REGISTRYINDEX);
  host_section section{a.exec()};
  protocol& p = a.add_protocol(name, id);
  p.interned = interned;
  p.anchor = anchor;
  p.native_pack = p.native_unpack = packs;
}

int open_skynet_library(lua_State* L) {
  actor& a = actor::of(L);
  if (a.find_protocol(std::uint8_t{10}) == nullptr) {
    predefine(L, a, "lua", 10, true);
    predefine(L, a, "response", 1, false);
    predefine(L, a, "error", 7, false);
    predefine(L, a, "debug", 9, true);
  }
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, fill);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  return 1;
}

}  // namespace

lua_CFunction native_library(std::string_view name) {
  if (name == "skynet") return open_skynet_library;
  if (name == "moonward") return open_moonward_library;
  if (name == "skynet.socketdriver") return open_socket_library;
  if (name == "skynet.core") return open_core_library;
  if (name == "http.core") return open_http_library;
  return nullptr;
}

}  // namespace moonward::sandbox
