// The library `os` for scripts: time, clock, date and difftime. All of it in UTC: there is no time
// zone in a host of many tenants, and none of libc's time zone locks is ever taken.
#include "sandbox/env/environment.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/lua.hpp"

#include <array>
#include <cstring>
#include <ctime>
#include <limits>

namespace moonward::sandbox {

namespace {

// The conversions of C99's strftime, as the stock library checks them.
constexpr const char* plain_conversions = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";
constexpr const char* e_conversions = "cCxXyY";
constexpr const char* o_conversions = "deHImMSuUVwWy";

int clock(lua_State* L) {
  actor& a = actor::of(L);
  std::uint64_t ns = 0;
  {
    host_section section{a.exec()};
    ns = a.port().cpu_ns();
  }
  lua_pushnumber(L, static_cast<lua_Number>(ns) / 1e9);
  return 1;
}

int difftime(lua_State* L) {
  const lua_Integer later = luaL_checkinteger(L, 1);
  const lua_Integer earlier = luaL_optinteger(L, 2, 0);
  lua_pushnumber(L, static_cast<lua_Number>(later) - static_cast<lua_Number>(earlier));
  return 1;
}

int field(lua_State* L, const char* name, int missing, int offset) {
  const int type = lua_getfield(L, -1, name);
  int is_integer = 0;
  lua_Integer value = lua_tointegerx(L, -1, &is_integer);
  if (is_integer == 0) {
    if (type != LUA_TNIL) return luaL_error(L, "field '%s' is not an integer", name);
    if (missing < 0) return luaL_error(L, "field '%s' missing in date table", name);
    value = missing;
  } else {
    if (value < std::numeric_limits<int>::min() + lua_Integer{offset} ||
        value > std::numeric_limits<int>::max() + lua_Integer{offset})
      return luaL_error(L, "field '%s' is out-of-bound", name);
    value -= offset;
  }
  lua_pop(L, 1);
  return static_cast<int>(value);
}

void set_field(lua_State* L, const char* name, int value, int offset) {
  lua_pushinteger(L, lua_Integer{value} + offset);
  lua_setfield(L, -2, name);
}

void set_fields(lua_State* L, const std::tm& t) {
  set_field(L, "year", t.tm_year, 1900);
  set_field(L, "month", t.tm_mon, 1);
  set_field(L, "day", t.tm_mday, 0);
  set_field(L, "hour", t.tm_hour, 0);
  set_field(L, "min", t.tm_min, 0);
  set_field(L, "sec", t.tm_sec, 0);
  set_field(L, "yday", t.tm_yday, 1);
  set_field(L, "wday", t.tm_wday, 1);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "isdst");
}

int time(lua_State* L) {
  actor& a = actor::of(L);
  if (lua_isnoneornil(L, 1)) {
    std::time_t now = 0;
    {
      host_section section{a.exec()};
      now = std::time(nullptr);
    }
    lua_pushinteger(L, static_cast<lua_Integer>(now));
    return 1;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  std::tm t{};
  t.tm_year = field(L, "year", -1, 1900);
  t.tm_mon = field(L, "month", -1, 1);
  t.tm_mday = field(L, "day", -1, 0);
  t.tm_hour = field(L, "hour", 12, 0);
  t.tm_min = field(L, "min", 0, 0);
  t.tm_sec = field(L, "sec", 0, 0);
  std::time_t result = 0;
  {
    host_section section{a.exec()};
    result = ::timegm(&t);
  }
  set_fields(L, t);
  if (result == -1) return luaL_error(L, "time result cannot be represented in this installation");
  lua_pushinteger(L, static_cast<lua_Integer>(result));
  return 1;
}

// Length of the conversion after '%', or a Lua error.
std::size_t check_conversion(lua_State* L, const char* at, std::size_t left) {
  if (left > 0 && std::strchr(plain_conversions, *at) != nullptr && *at != '\0') return 1;
  if (left > 1 && *at == 'E' && at[1] != '\0' && std::strchr(e_conversions, at[1]) != nullptr)
    return 2;
  if (left > 1 && *at == 'O' && at[1] != '\0' && std::strchr(o_conversions, at[1]) != nullptr)
    return 2;
  lua_pushfstring(L, "invalid conversion specifier '%%%s'", at);
  luaL_argerror(L, 1, lua_tostring(L, -1));
  return 0;
}

int date(lua_State* L) {
  std::size_t length = 0;
  const char* format = luaL_optlstring(L, 1, "%c", &length);
  actor& a = actor::of(L);
  std::time_t moment = 0;
  if (lua_isnoneornil(L, 2)) {
    host_section section{a.exec()};
    moment = std::time(nullptr);
  } else {
    moment = static_cast<std::time_t>(luaL_checkinteger(L, 2));
  }
  const char* end = format + length;
  if (*format == '!') ++format;
  std::tm t{};
  bool representable = false;
  {
    host_section section{a.exec()};
    representable = ::gmtime_r(&moment, &t) != nullptr;
  }
  if (!representable)
    return luaL_error(L, "date result cannot be represented in this installation");
  if (std::strcmp(format, "*t") == 0) {
    lua_createtable(L, 0, 9);
    set_fields(L, t);
    return 1;
  }
  luaL_Buffer result;
  luaL_buffinit(L, &result);
  while (format < end) {
    if (*format != '%') {
      luaL_addchar(&result, *format++);
      continue;
    }
    const std::size_t count =
        check_conversion(L, format + 1, static_cast<std::size_t>(end - format - 1));
    std::array<char, 4> conversion{'%'};
    std::memcpy(conversion.data() + 1, format + 1, count);
    std::array<char, 250> text;
    std::size_t written = 0;
    {
      host_section section{a.exec()};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      written = std::strftime(text.data(), text.size(), conversion.data(), &t);
#pragma GCC diagnostic pop
    }
    luaL_addlstring(&result, text.data(), written);
    format += 1 + count;
  }
  luaL_pushresult(&result);
  return 1;
}

constexpr luaL_Reg functions[] = {
    {"clock", clock}, {"date", date}, {"difftime", difftime}, {"time", time}, {nullptr, nullptr}};

}  // namespace

const luaL_Reg* os_functions() noexcept { return functions; }

}  // namespace moonward::sandbox
