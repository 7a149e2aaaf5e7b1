// Packed values: a stream is refused, or read into values that are the same when they are packed
// and read again; in a heap that is sometimes too small for them. The first byte is the heap's cap.
#include "sandbox/codec/value_codec.hpp"
#include "sandbox/memory/arena.hpp"
#include "sandbox/vm/execution.hpp"
#include "sandbox/vm/lua.hpp"

#include "check.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using namespace moonward::sandbox;

constexpr std::size_t longest_input = 64 * 1024;
constexpr std::uint64_t cap_step_bytes = 32 * 1024;

class plain_chunks final : public chunk_source {
 public:
  void* acquire(bool) noexcept override { return std::aligned_alloc(chunk_bytes, chunk_bytes); }
  void release(void* chunk) noexcept override { std::free(chunk); }
  void* map(std::size_t bytes) noexcept override { return map_pages(bytes); }
  void unmap(dropped_mapping* first) noexcept override {
    while (first != nullptr) {
      const dropped_mapping mapping = *first;
      unmap_pages(first, mapping.bytes);
      first = mapping.next;
    }
  }
};

// As the actor's, without the mark of the thread.
void* allocate(void* data, void* block, std::size_t old_bytes, std::size_t new_bytes) {
  arena& a = *static_cast<arena*>(data);
  if (new_bytes == 0) {
    if (block != nullptr) a.free(block, old_bytes);
    return nullptr;
  }
  if (block == nullptr) return a.allocate(new_bytes);
  return a.reallocate(block, old_bytes, new_bytes);
}

// What a host section needs: an execution of this thread.
struct worker {
  slice_lease lease;
  execution exec{lease};
  encode_buffer buffer;
  worker() { exec.attach_to_thread(nullptr, nullptr); }
};

worker& this_worker() {
  static worker instance;
  return instance;
}

struct run {
  std::string_view stream;
  std::string first_packing;
  std::string second_packing;
  bool decoded = false;
};

// Tables as keys are equal to no other key; a table that has one is only counted.
bool same(lua_State* L, int left, int right);

std::size_t pairs_in(lua_State* L, int table) {
  std::size_t count = 0;
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    ++count;
    lua_pop(L, 1);
  }
  return count;
}

bool same_table(lua_State* L, int left, int right) {
  luaL_checkstack(L, 8, "comparing");
  if (pairs_in(L, left) != pairs_in(L, right)) return false;
  lua_pushnil(L);
  while (lua_next(L, left) != 0) {
    if (lua_type(L, -2) != LUA_TTABLE) {
      lua_pushvalue(L, -2);
      lua_rawget(L, right);
      if (!same(L, lua_gettop(L) - 1, lua_gettop(L))) return false;
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  return true;
}

bool same(lua_State* L, int left, int right) {
  if (lua_type(L, left) != lua_type(L, right)) return false;
  if (lua_type(L, left) == LUA_TTABLE) return same_table(L, left, right);
  if (lua_type(L, left) != LUA_TNUMBER) return lua_rawequal(L, left, right) != 0;
  if (lua_isinteger(L, left) != lua_isinteger(L, right)) return false;
  if (lua_isinteger(L, left) != 0) return lua_tointeger(L, left) == lua_tointeger(L, right);
  const lua_Number a = lua_tonumber(L, left);
  const lua_Number b = lua_tonumber(L, right);
  return std::memcmp(&a, &b, sizeof a) == 0;  // NaN and the sign of zero, too
}

std::string_view pack(lua_State* L, int first, int last) {
  encode_buffer& buffer = this_worker().buffer;
  const std::size_t begin = buffer.open();
  encode_values(L, first, last, buffer, {4 * longest_input, 200});
  return buffer.from(begin);
}

// No destructor may lie between a Lua error and who catches it: all strings belong to the caller.
int read_and_write(lua_State* L) {
  run& r = *static_cast<run*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  const int count = decode_values(L, r.stream);
  FUZZ_CHECK(count == lua_gettop(L));
  r.decoded = true;
  r.first_packing = pack(L, 1, count);
  const int again = decode_values(L, r.first_packing);
  FUZZ_CHECK(again == count);
  luaL_checkstack(L, 8, "comparing");
  for (int i = 1; i <= count; ++i) FUZZ_CHECK(same(L, i, count + i));
  // Not the same bytes: where an array with holes ends is the table's choice.
  lua_settop(L, count);
  r.second_packing = pack(L, 1, count);
  FUZZ_CHECK(decode_values(L, r.second_packing) == count);
  for (int i = 1; i <= count; ++i) FUZZ_CHECK(same(L, i, count + i));
  return 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0 || size > longest_input) return 0;
  const std::uint64_t cap_bytes = (1 + std::uint64_t{data[0]}) * cap_step_bytes;
  memory_account account{256 * cap_step_bytes};
  plain_chunks chunks;
  arena* const heap = arena::create(cap_bytes, account, chunks);
  FUZZ_CHECK(heap != nullptr);
  this_worker().buffer.reset();
  lua_State* const L = lua_newstate(allocate, heap);
  if (L != nullptr) {
    run r;
    r.stream = {reinterpret_cast<const char*>(data) + 1, size - 1};
    lua_pushcfunction(L, read_and_write);
    lua_pushlightuserdata(L, &r);
    const int status = lua_pcall(L, 1, 0, 0);
    FUZZ_CHECK(heap->footprint_bytes() <= cap_bytes);
    // Nothing but a lack of memory, and a nesting that only the reader takes, stops the way back.
    if (status == LUA_ERRRUN && r.decoded) {
      const char* const why = lua_tostring(L, -1);
      FUZZ_CHECK(why != nullptr);
      FUZZ_CHECK(std::strstr(why, "too depth") != nullptr || std::strstr(why, "stack") != nullptr ||
                 std::strstr(why, "larger than") != nullptr);
    }
    lua_close(L);
  }
  arena::drop(heap);
  FUZZ_CHECK(account.used_bytes() == 0);
  return 0;
}
