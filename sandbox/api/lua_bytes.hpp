/// Bytes that grow in memory that Lua owns: a full userdata, which is charged to the service and
/// collected like any value.
///
/// Thread: the worker that runs the service.
#pragma once

#include "sandbox/vm/lua.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace moonward::sandbox {

struct lua_bytes {
  std::size_t used;
  std::size_t capacity;

  [[nodiscard]] char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
  [[nodiscard]] std::size_t room() const noexcept { return capacity - used; }
  [[nodiscard]] std::string_view text() noexcept { return {data(), used}; }

  /// Only what there's room for.
  void append(std::string_view more) noexcept {
    std::memcpy(data() + used, more.data(), more.size());
    used += more.size();
  }

  /// Pushes an empty one.
  static lua_bytes& push(lua_State* L, std::size_t capacity) {
    auto* made = static_cast<lua_bytes*>(lua_newuserdatauv(L, sizeof(lua_bytes) + capacity, 0));
    *made = {0, capacity};
    return *made;
  }

  /// The one at `index`, an absolute one, with room for `more` bytes: a larger one takes its place
  /// when needed. May run a finalizer.
  [[nodiscard]] static lua_bytes& with_room(lua_State* L, int index, std::size_t more) {
    auto* now = static_cast<lua_bytes*>(lua_touserdata(L, index));
    if (now->room() >= more) return *now;
    lua_bytes& larger = push(L, std::max(now->capacity * 2, now->used + more));
    larger.append(now->text());
    lua_replace(L, index);
    return larger;
  }
};

}  // namespace moonward::sandbox
