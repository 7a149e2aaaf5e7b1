// require "http.core": the native part of the modules `http.*`.
#include "sandbox/api/http_api.hpp"
#include "sandbox/api/libraries.hpp"

namespace moonward::sandbox {

int open_http_library(lua_State* L) {
  lua_newtable(L);
  for (const auto functions :
       {http_stream_functions(), http_read_functions(), http_text_functions(),
        http_write_functions(), websocket_functions()})
    for (const luaL_Reg& f : functions) {
      lua_pushcfunction(L, f.func);
      lua_setfield(L, -2, f.name);
    }
  return 1;
}

}  // namespace moonward::sandbox
