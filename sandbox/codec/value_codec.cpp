#include "sandbox/codec/value_codec.hpp"

#include "sandbox/codec/wire.hpp"
#include "sandbox/vm/execution.hpp"
#include "sandbox/vm/lua.hpp"

#include <cstring>
#include <limits>

namespace moonward::sandbox {

namespace {

// Bounds the recursion of reader and writer whatever the quota says; fits the C stack easily.
constexpr std::uint32_t deepest = 200;

class encoder {
 public:
  encoder(lua_State* L, encode_buffer& out, const codec_limits& limits) noexcept
      : L_{L}, out_{out}, limits_{limits}, begin_{out.size()} {}

  void value(int index) {
    switch (lua_type(L_, index)) {
      case LUA_TNIL: byte(wire::nil); return;
      case LUA_TBOOLEAN:
        byte(lua_toboolean(L_, index) != 0 ? wire::boolean_true : wire::boolean_false);
        return;
      case LUA_TNUMBER:
        if (lua_isinteger(L_, index) != 0) integer(lua_tointeger(L_, index));
        else tagged(wire::number, lua_tonumber(L_, index));
        return;
      case LUA_TSTRING: string(index); return;
      case LUA_TTABLE: table(lua_absindex(L_, index)); return;
      default: luaL_error(L_, "Unsupport type %s to serialize", luaL_typename(L_, index));
    }
  }

 private:
  void room(std::size_t bytes) {
    if (out_.fits(bytes)) [[likely]]
      return;
    // Nested packing (in __pairs) shares the buffer: bound it as a whole too.
    if (out_.size() - begin_ + bytes > limits_.message_bytes + 16 ||
        out_.size() + bytes > 4 * limits_.message_bytes + 65536)
      too_large();
    bool grown = false;
    {
      host_section section{*execution::current()};
      grown = out_.grow(bytes);
    }
    if (!grown) luaL_error(L_, "not enough memory for the message");
  }
  void too_large() {
    luaL_error(L_, "message is larger than %I bytes (quota message_bytes)",
               static_cast<LUAI_UACINT>(limits_.message_bytes));
  }
  void byte(std::uint8_t value) {
    room(1);
    out_.append_byte(value);
  }
  template <typename T>
  void tagged(wire::tag tag, const T& value) {
    room(1 + sizeof value);
    out_.append_byte(tag);
    out_.append(&value, sizeof value);
  }
  template <typename T>
  bool narrow(wire::tag tag, lua_Integer value) {
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max())
      return false;
    tagged(tag, static_cast<T>(value));
    return true;
  }
  void integer(lua_Integer value) {
    if (value >= 0 && value < wire::small_integer_limit) {
      byte(static_cast<std::uint8_t>(wire::small_integer | value));
    } else if (!narrow<std::int8_t>(wire::int8, value) &&
               !narrow<std::int16_t>(wire::int16, value) &&
               !narrow<std::int32_t>(wire::int32, value)) {
      tagged(wire::int64, static_cast<std::int64_t>(value));
    }
  }
  void string(int index) {
    std::size_t length = 0;
    const char* bytes = lua_tolstring(L_, index, &length);
    if (length > limits_.message_bytes) too_large();
    room(length + 5);
    if (length < wire::short_string_limit) {
      out_.append_byte(static_cast<std::uint8_t>(wire::short_string | length));
    } else if (length <= 0xff) {
      out_.append_byte(wire::string8);
      out_.append_byte(static_cast<std::uint8_t>(length));
    } else {
      const auto length32 = static_cast<std::uint32_t>(length);
      out_.append_byte(wire::string32);
      out_.append(&length32, sizeof length32);
    }
    out_.append(bytes, length);
  }
  void table(int index) {
    const void* identity = lua_topointer(L_, index);
    for (std::uint32_t i = 0; i < depth_; ++i)
      if (ancestors_[i] == identity) luaL_error(L_, "can't serialize a table that contains itself");
    if (depth_ >= limits_.message_depth || depth_ >= deepest)
      luaL_error(L_,
                 "serialize can't pack too depth table (more than %d levels, quota message_depth)",
                 static_cast<int>(limits_.message_depth));
    luaL_checkstack(L_, 8, "message nesting");
    ancestors_[depth_++] = identity;
    if (push_pairs_metamethod(index)) through_pairs(index);
    else plain(index);
    byte(wire::table_end);
    --depth_;
    if (out_.size() - begin_ > limits_.message_bytes) too_large();
  }
  void plain(int index) {
    const lua_Unsigned length = lua_rawlen(L_, index);
    if (length > limits_.message_bytes) too_large();
    tagged(wire::table, static_cast<std::uint32_t>(length));
    for (lua_Unsigned i = 1; i <= length; ++i) {
      lua_rawgeti(L_, index, static_cast<lua_Integer>(i));
      value(-1);
      lua_pop(L_, 1);
    }
    lua_pushnil(L_);
    while (lua_next(L_, index) != 0) {
      if (!in_array(length)) pair();
      lua_pop(L_, 1);
    }
  }
  [[nodiscard]] bool in_array(lua_Unsigned length) {
    if (lua_isinteger(L_, -2) == 0) return false;
    const lua_Integer key = lua_tointeger(L_, -2);
    return key > 0 && static_cast<lua_Unsigned>(key) <= length;
  }
  // Making the name's string may run finalizers, and a finalizer may pack: what is packed here so
  // far is kept from it as from a metamethod. When there is no memory for the string the base stays
  // where it is until the turn ends.
  [[nodiscard]] bool push_pairs_metamethod(int index) {
    if (lua_getmetatable(L_, index) == 0) return false;
    const std::size_t packed = out_.size();
    const std::size_t base = out_.raise_base();
    lua_pushliteral(L_, "__pairs");
    out_.set_base(base);
    out_.truncate(packed);
    if (lua_rawget(L_, -2) == LUA_TNIL) {
      lua_pop(L_, 2);
      return false;
    }
    lua_remove(L_, -2);
    return true;
  }
  void through_pairs(int index) {
    tagged(wire::table, std::uint32_t{0});
    lua_pushvalue(L_, index);
    call_script(1, 3);  // iterator, state, control
    for (;;) {
      lua_pushvalue(L_, -3);
      lua_pushvalue(L_, -3);
      lua_pushvalue(L_, -3);
      call_script(2, 2);
      if (lua_isnil(L_, -2)) break;
      pair();
      lua_pop(L_, 1);
      lua_replace(L_, -2);
    }
    lua_pop(L_, 5);
  }
  // The script may pack something else meanwhile, behind what is here, and may raise.
  void call_script(int arguments, int results) {
    const std::size_t packed = out_.size();
    const std::size_t base = out_.raise_base();
    const int status = lua_pcall(L_, arguments, results, 0);
    out_.set_base(base);
    out_.truncate(packed);
    if (status != LUA_OK) lua_error(L_);
  }
  void pair() {
    value(-2);
    value(-1);
  }

  lua_State* L_;
  encode_buffer& out_;
  const codec_limits& limits_;
  std::size_t begin_;
  std::uint32_t depth_ = 0;
  const void* ancestors_[deepest];
};

class decoder {
 public:
  decoder(lua_State* L, std::string_view stream) noexcept
      : L_{L}, begin_{stream.data()}, at_{stream.data()}, end_{stream.data() + stream.size()} {}

  [[nodiscard]] bool done() const noexcept { return at_ == end_; }

  // Pushes one value; false at the end of a table.
  bool value() {
    const std::uint8_t tag = read<std::uint8_t>();
    if ((tag & wire::small_integer) != 0) {
      lua_pushinteger(L_, tag & (wire::small_integer - 1));
      return true;
    }
    if ((tag & wire::short_string) != 0) {
      string(tag & (wire::short_string - 1));
      return true;
    }
    switch (tag) {
      case wire::nil: lua_pushnil(L_); return true;
      case wire::boolean_false: lua_pushboolean(L_, 0); return true;
      case wire::boolean_true: lua_pushboolean(L_, 1); return true;
      case wire::int8: lua_pushinteger(L_, read<std::int8_t>()); return true;
      case wire::int16: lua_pushinteger(L_, read<std::int16_t>()); return true;
      case wire::int32: lua_pushinteger(L_, read<std::int32_t>()); return true;
      case wire::int64: lua_pushinteger(L_, read<std::int64_t>()); return true;
      case wire::number: lua_pushnumber(L_, read<double>()); return true;
      case wire::string8: string(read<std::uint8_t>()); return true;
      case wire::string32: string(read<std::uint32_t>()); return true;
      case wire::table: table(); return true;
      case wire::table_end:
        if (depth_ != 0) return false;
        [[fallthrough]];
      default: malformed();
    }
  }

 private:
  [[noreturn]] void malformed() {
    luaL_error(L_, "malformed message: byte %d of %d is not what a packed value has there",
               static_cast<int>(at_ - begin_), static_cast<int>(end_ - begin_));
    __builtin_unreachable();
  }
  template <typename T>
  T read() {
    if (static_cast<std::size_t>(end_ - at_) < sizeof(T)) malformed();
    T value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  void string(std::size_t length) {
    if (static_cast<std::size_t>(end_ - at_) < length) malformed();
    lua_pushlstring(L_, at_, length);
    at_ += length;
  }
  void table() {
    if (++depth_ > deepest) malformed();
    luaL_checkstack(L_, 4, "message nesting");
    const auto length = read<std::uint32_t>();
    if (length > static_cast<std::size_t>(end_ - at_)) malformed();
    lua_createtable(L_, static_cast<int>(length), 0);
    for (std::uint32_t i = 1; i <= length; ++i) {
      if (!value()) malformed();
      lua_rawseti(L_, -2, static_cast<lua_Integer>(i));
    }
    while (value()) {
      if (lua_isnil(L_, -1) || is_nan(-1) || !value()) malformed();
      lua_rawset(L_, -3);
    }
    --depth_;
  }
  [[nodiscard]] bool is_nan(int index) {
    if (lua_type(L_, index) != LUA_TNUMBER) return false;
    const lua_Number n = lua_tonumber(L_, index);
    return n != n;
  }

  lua_State* L_;
  const char* begin_;
  const char* at_;
  const char* end_;
  std::uint32_t depth_ = 0;
};

}  // namespace

void encode_values(lua_State* L, int first, int last, encode_buffer& out,
                   const codec_limits& limits) {
  encoder e{L, out, limits};
  const std::size_t begin = out.size();
  for (int i = first; i <= last; ++i) e.value(i);
  if (out.size() - begin > limits.message_bytes)
    luaL_error(L, "message is larger than %I bytes (quota message_bytes)",
               static_cast<LUAI_UACINT>(limits.message_bytes));
}

int decode_values(lua_State* L, std::string_view stream) {
  decoder d{L, stream};
  int count = 0;
  for (; !d.done(); ++count) {
    luaL_checkstack(L, 2, "too many values in a message");
    d.value();
  }
  return count;
}

}  // namespace moonward::sandbox
