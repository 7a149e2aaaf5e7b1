// Parsing texts: what readers of the script's own bring, and the parts of URLs.
#include "sandbox/api/http_api.hpp"
#include "sandbox/vm/actor.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace moonward::sandbox {

namespace {

std::string_view check_text(lua_State* L, int index) {
  std::size_t length = 0;
  const char* bytes = luaL_checklstring(L, index, &length);
  return {bytes, length};
}

// Beast sets itself up in its first use, which a kill must not leave half done.
template <typename Parse>
http::refusal parse(lua_State* L, Parse how, std::string_view text, http::message_head& head) {
  host_section section{actor::of(L).exec()};
  head.field_count = 0;
  return how(text, head);
}

// The head that `text` begins with; "" when it isn't complete.
std::string_view head_of(std::string_view text) noexcept {
  const std::size_t end = text.substr(0, http::most_head_bytes).find("\r\n\r\n");
  return end == std::string_view::npos ? std::string_view{} : text.substr(0, end + 4);
}

void push_framing(lua_State* L, const http::message_head& head) {
  switch (head.framing) {
    case http::body_framing::none: lua_pushinteger(L, 0); break;
    case http::body_framing::length:
      lua_pushinteger(L, static_cast<lua_Integer>(head.body_bytes));
      break;
    case http::body_framing::chunked: lua_pushliteral(L, "chunked"); break;
    case http::body_framing::until_end: lua_pushnil(L); break;
  }
}

int push_incomplete(lua_State* L, std::string_view text) {
  if (text.size() < http::most_head_bytes) return 0;
  lua_pushinteger(L, static_cast<lua_Integer>(http::refusal::too_large));
  return 1;
}

// parse_request(text[, limit]) -> nothing: incomplete | code | 200, target, method, fields,
// framing, rest. The framing is how many bytes the body has, at most the limit, or "chunked".
int parse_request(lua_State* L) {
  std::string_view text = check_text(L, 1);
  while (text.starts_with("\r\n")) text.remove_prefix(2);
  const std::string_view whole = head_of(text);
  if (whole.empty()) return push_incomplete(L, text);
  http::message_head head;
  http::refusal refused = parse(L, http::parse_request, whole, head);
  if (head.body_bytes > check_body_limit(L, 2)) refused = http::refusal::too_large;
  if (refused != http::refusal::none) {
    lua_pushinteger(L, static_cast<lua_Integer>(refused));
    return 1;
  }
  lua_pushinteger(L, 200);
  lua_pushlstring(L, head.target.data(), head.target.size());
  lua_pushlstring(L, head.method.data(), head.method.size());
  push_fields(L, head);
  push_framing(L, head);
  text.remove_prefix(whole.size());
  lua_pushlstring(L, text.data(), text.size());
  return 6;
}

// parse_response(text) -> nothing: incomplete | nil, code | status, fields, rest
int parse_response(lua_State* L) {
  std::string_view text = check_text(L, 1);
  http::message_head head;
  do {
    const std::string_view whole = head_of(text);
    auto refused = http::refusal::none;
    if (whole.empty()) {
      if (text.size() < http::most_head_bytes) return 0;
      refused = http::refusal::too_large;
    } else {
      refused = parse(L, http::parse_response, whole, head);
    }
    if (refused != http::refusal::none) {
      lua_pushnil(L);
      lua_pushinteger(L, static_cast<lua_Integer>(refused));
      return 2;
    }
    text.remove_prefix(whole.size());
  } while (head.status / 100 == 1 && head.status != 101);
  lua_pushinteger(L, head.status);
  push_fields(L, head);
  lua_pushlstring(L, text.data(), text.size());
  return 3;
}

// parse_fields(text, fields) -> whether they could be read: lines of fields, added to the table.
int parse_fields(lua_State* L) {
  const std::string_view lines = check_text(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_pushliteral(L, "HTTP/1.1 200 \r\n");
  lua_pushvalue(L, 1);
  if (!lines.empty() && !lines.ends_with("\r\n")) lua_pushliteral(L, "\r\n\r\n");
  else lua_pushliteral(L, "\r\n");
  lua_concat(L, lua_gettop(L) - 2);
  http::message_head head;
  const bool good = parse(L, http::parse_response, check_text(L, -1), head) == http::refusal::none;
  if (good) {
    lua_pushvalue(L, 2);
    for (std::size_t i = 0; i < head.field_count; ++i) add_field(L, head.fields[i]);
  }
  lua_pushboolean(L, good);
  return 1;
}

// -- chunked bodies ---------------------------------------------------------------------------

// decoder() -> what decode works with
int decoder(lua_State* L) {
  chunked_body::open(L);
  (void)lua_setiuservalue(L, -2, 1);
  return 1;
}

// Pushes the decoder at 1 and its room; where they are.
int push_decoder(lua_State* L) {
  luaL_checktype(L, 1, LUA_TUSERDATA);
  lua_pushvalue(L, 1);
  if (lua_getiuservalue(L, 1, 1) != LUA_TUSERDATA) luaL_argerror(L, 1, "a decoder expected");
  return lua_gettop(L) - 1;
}

// decode(decoder, text[, limit]) -> rest: it wants more, appended to the rest | true, rest: done |
// false, code
int decode(lua_State* L) {
  lua_settop(L, 3);
  const std::string_view text = check_text(L, 2);
  const std::uint64_t limit = check_body_limit(L, 3);
  const int at = push_decoder(L);
  std::size_t taken = 0;
  const auto outcome = chunked_body{L, at}.feed(text, limit, taken);
  (void)lua_setiuservalue(L, 1, 1);
  if (outcome == chunked_body::outcome::too_large || outcome == chunked_body::outcome::malformed) {
    lua_pushboolean(L, 0);
    const bool large = outcome == chunked_body::outcome::too_large;
    lua_pushinteger(
        L, static_cast<lua_Integer>(large ? http::refusal::too_large : http::refusal::bad_request));
    return 2;
  }
  const bool done = outcome == chunked_body::outcome::done;
  if (done) lua_pushboolean(L, 1);
  lua_pushlstring(L, text.data() + taken, text.size() - taken);
  return done ? 2 : 1;
}

// decoded(decoder, fields) -> what of the body has come since the last time; trailers join the
// fields.
int decoded(lua_State* L) {
  lua_settop(L, 2);
  luaL_checktype(L, 2, LUA_TTABLE);
  const int at = push_decoder(L);
  chunked_body{L, at}.push(2);
  return 1;
}

// -- URLs -------------------------------------------------------------------------------------

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// Pushes the text with "+" as a space and "%41" as "A"; what isn't of that form stays.
void push_decoded(lua_State* L, std::string_view text) {
  luaL_Buffer buffer;
  char* to = luaL_buffinitsize(L, &buffer, text.size());
  std::size_t length = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+') {
      c = ' ';
    } else if (c == '%' && text.size() - i > 2) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high << 4 | low);
        i += 2;
      }
    }
    to[length++] = c;
  }
  luaL_pushresultsize(&buffer, length);
}

// parse_url(url) -> path, query: the path decoded, the query as it is
int parse_url(lua_State* L) {
  const std::string_view url = check_text(L, 1);
  const std::size_t mark = std::min(url.find('?'), url.size());
  push_decoded(L, url.substr(0, mark));
  const std::string_view query = url.substr(std::min(mark + 1, url.size()));
  lua_pushlstring(L, query.data(), query.size());
  return 2;
}

// parse_query(query) -> table: decoded names and values; the values of a repeated name are a list
int parse_query(lua_State* L) {
  std::string_view query = check_text(L, 1);
  lua_newtable(L);
  const int table = lua_gettop(L);
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t mark = pair.find('=');
    if (mark == std::string_view::npos) continue;
    push_decoded(L, pair.substr(0, mark));
    lua_pushvalue(L, -1);
    const int known = lua_rawget(L, table);
    push_decoded(L, pair.substr(mark + 1));
    // name, what is known, value
    if (known == LUA_TTABLE) {
      lua_rawseti(L, -2, static_cast<lua_Integer>(lua_rawlen(L, -2)) + 1);
    } else if (known == LUA_TNIL) {
      lua_remove(L, -2);
      lua_rawset(L, table);
    } else {
      lua_createtable(L, 2, 0);
      lua_insert(L, -3);
      lua_rawseti(L, -3, 2);
      lua_rawseti(L, -2, 1);
      lua_rawset(L, table);
    }
    lua_settop(L, table);
  }
  return 1;
}

constexpr std::array<luaL_Reg, 8> functions{{{"parse_request", parse_request},
                                             {"parse_response", parse_response},
                                             {"parse_fields", parse_fields},
                                             {"decoder", decoder},
                                             {"decode", decode},
                                             {"decoded", decoded},
                                             {"parse_url", parse_url},
                                             {"parse_query", parse_query}}};

}  // namespace

std::span<const luaL_Reg> http_text_functions() { return functions; }

}  // namespace moonward::sandbox
