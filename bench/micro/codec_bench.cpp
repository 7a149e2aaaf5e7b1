/// The codec alone: Lua values to bytes and back, for small and for large messages.
#include "sandbox/codec/value_codec.hpp"
#include "sandbox/vm/lua.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <string_view>

using namespace moonward;

namespace {

constexpr sandbox::codec_limits limits{.message_bytes = 64 << 20, .message_depth = 32};

// Pushes the values of one message; their number.
using make_values = int (*)(lua_State*, std::int64_t);

int call_values(lua_State* L, std::int64_t) {
  lua_pushliteral(L, "hello");
  lua_pushinteger(L, 12345);
  return 2;
}

int string_value(lua_State* L, std::int64_t bytes) {
  const std::string text(static_cast<std::size_t>(bytes), 'x');
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

int array_value(lua_State* L, std::int64_t count) {
  lua_createtable(L, static_cast<int>(count), 0);
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_pushinteger(L, i * 1000);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

int record_value(lua_State* L, std::int64_t count) {
  lua_createtable(L, static_cast<int>(count), 0);
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, i);
    lua_setfield(L, -2, "id");
    lua_pushliteral(L, "some name");
    lua_setfield(L, -2, "name");
    lua_pushnumber(L, 0.5);
    lua_setfield(L, -2, "share");
    lua_rawseti(L, -2, i);
  }
  return 1;
}

// What both directions need; runs inside a protected call, as the codec may raise.
struct run {
  benchmark::State& state;
  make_values make;
};

int encode_all(lua_State* L) {
  auto& r = *static_cast<run*>(lua_touserdata(L, 1));
  auto& out = *static_cast<sandbox::encode_buffer*>(lua_touserdata(L, 2));
  const int values = r.make(L, r.state.range(0));
  const int first = lua_gettop(L) - values + 1;
  for (auto _ : r.state) {
    const std::size_t start = out.open();
    sandbox::encode_values(L, first, first + values - 1, out, limits);
    benchmark::DoNotOptimize(out.from(start).data());
  }
  return 0;
}

int decode_all(lua_State* L) {
  auto& r = *static_cast<run*>(lua_touserdata(L, 1));
  auto& out = *static_cast<sandbox::encode_buffer*>(lua_touserdata(L, 2));
  const int values = r.make(L, r.state.range(0));
  const int first = lua_gettop(L) - values + 1;
  const std::size_t start = out.open();
  sandbox::encode_values(L, first, first + values - 1, out, limits);
  lua_settop(L, first - 1);
  for (auto _ : r.state) {
    sandbox::decode_values(L, out.from(start));
    lua_settop(L, first - 1);
  }
  return 0;
}

void codec(benchmark::State& state, make_values make, lua_CFunction body) {
  lua_State* const L = luaL_newstate();
  // Roomy from the start: growth is a host section, and there's no worker here.
  sandbox::encode_buffer out;
  if (!out.grow(4 << 20)) state.SkipWithError("no memory");
  run r{state, make};
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, &r);
  lua_pushlightuserdata(L, &out);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) state.SkipWithError(lua_tostring(L, -1));
  state.SetItemsProcessed(state.iterations());
  lua_close(L);
}

BENCHMARK_CAPTURE(codec, encode_call, call_values, encode_all)->Arg(0);
BENCHMARK_CAPTURE(codec, decode_call, call_values, decode_all)->Arg(0);
BENCHMARK_CAPTURE(codec, encode_string, string_value, encode_all)->Arg(16)->Arg(4096)->Arg(1 << 20);
BENCHMARK_CAPTURE(codec, decode_string, string_value, decode_all)->Arg(16)->Arg(4096)->Arg(1 << 20);
BENCHMARK_CAPTURE(codec, encode_array, array_value, encode_all)->Arg(10)->Arg(1000);
BENCHMARK_CAPTURE(codec, decode_array, array_value, decode_all)->Arg(10)->Arg(1000);
BENCHMARK_CAPTURE(codec, encode_records, record_value, encode_all)->Arg(10)->Arg(1000);
BENCHMARK_CAPTURE(codec, decode_records, record_value, decode_all)->Arg(10)->Arg(1000);

}  // namespace
