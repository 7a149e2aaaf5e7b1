/// The arena under a real Lua heap, against malloc: building a heap, and giving it back.
///
/// arena_drop/N and lua_close_malloc/N are the two ways of giving back a heap of N small tables;
/// bench/run reads their times. malloc is the process's own, which is mimalloc.
#include "host/memory/chunk_pools.hpp"

#include "sandbox/memory/account.hpp"
#include "sandbox/memory/arena.hpp"
#include "sandbox/vm/lua.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <thread>

using namespace moonward;

namespace {

constexpr std::uint64_t cap_bytes = std::uint64_t{4} << 30;

void* in_arena(void* user, void* block, std::size_t old_bytes, std::size_t new_bytes) {
  auto& a = *static_cast<sandbox::arena*>(user);
  if (new_bytes == 0) {
    if (block != nullptr) a.free(block, old_bytes);
    return nullptr;
  }
  if (block == nullptr) return a.allocate(new_bytes);  // old_bytes is a type tag here
  return a.reallocate(block, old_bytes, new_bytes);
}

void* in_malloc(void*, void* block, std::size_t, std::size_t new_bytes) {
  if (new_bytes != 0) return std::realloc(block, new_bytes);
  std::free(block);
  return nullptr;
}

// A table of `count` tables of one integer each, as a script makes it.
void fill(lua_State* L, std::int64_t count) {
  lua_gc(L, LUA_GCSTOP);
  lua_newtable(L);
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_createtable(L, 1, 0);
    lua_pushinteger(L, i);
    lua_rawseti(L, -2, 1);
    lua_rawseti(L, -2, i);
  }
  lua_setglobal(L, "kept");
}

// A pool as the host has it: another thread cleans what is given back.
class pool_with_cleaner {
 public:
  pool_with_cleaner() : cleaner_{[this] { pools_.run_cleaner(); }} {}
  ~pool_with_cleaner() {
    pools_.stop_cleaner();
    cleaner_.join();
  }
  host::chunk_pool& operator*() noexcept { return pools_.of_colour(0); }

 private:
  host::chunk_pools pools_;
  std::thread cleaner_;
};

template <class Make, class Drop>
void drop_of(benchmark::State& state, Make&& make, Drop&& drop) {
  for (auto _ : state) {
    lua_State* const L = make();
    if (L == nullptr) {
      state.SkipWithError("there's no memory");
      return;
    }
    fill(L, state.range(0));
    const auto start = std::chrono::steady_clock::now();
    drop(L);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(took.count());
  }
}

void drop_into(benchmark::State& state, host::chunk_pool& pool) {
  sandbox::memory_account account{cap_bytes};
  sandbox::arena* a = nullptr;
  drop_of(
      state,
      [&] {
        a = sandbox::arena::create(cap_bytes, account, pool);
        return a == nullptr ? nullptr : lua_newstate(in_arena, a);
      },
      [&](lua_State*) { sandbox::arena::drop(a); });
}

void arena_drop(benchmark::State& state) {
  pool_with_cleaner pool;
  drop_into(state, *pool);
}

// Whoever drops the arena cleans its memory as well.
void arena_drop_alone(benchmark::State& state) {
  host::chunk_pool pool;
  drop_into(state, pool);
}

void lua_close_malloc(benchmark::State& state) {
  drop_of(
      state, [] { return lua_newstate(in_malloc, nullptr); }, [](lua_State* L) { lua_close(L); });
}

void sizes(benchmark::internal::Benchmark* b) {
  b->Arg(11'000)->Arg(44'000)->Arg(175'000)->Arg(700'000);  // 1, 4, 16 and 64 MiB
  b->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(7);
}
BENCHMARK(arena_drop)->Apply(sizes);
BENCHMARK(arena_drop_alone)->Apply(sizes);
BENCHMARK(lua_close_malloc)->Apply(sizes);

// Small blocks made and freed in turn, as a script's garbage is.
template <class Allocate, class Free>
void churn(benchmark::State& state, Allocate&& allocate, Free&& free_block) {
  constexpr std::size_t kept = 1024;
  constexpr std::size_t sizes_in_turn[] = {16, 24, 32, 40, 56, 64, 96, 128};
  void* blocks[kept] = {};
  std::size_t bytes[kept] = {};
  std::size_t i = 0;
  for (auto _ : state) {
    const std::size_t slot = i * 7919 % kept;
    if (blocks[slot] != nullptr) free_block(blocks[slot], bytes[slot]);
    bytes[slot] = sizes_in_turn[i % std::size(sizes_in_turn)];
    blocks[slot] = allocate(bytes[slot]);
    benchmark::DoNotOptimize(blocks[slot]);
    ++i;
  }
  for (std::size_t slot = 0; slot < kept; ++slot)
    if (blocks[slot] != nullptr) free_block(blocks[slot], bytes[slot]);
  state.SetItemsProcessed(state.iterations());
}

void arena_churn(benchmark::State& state) {
  host::chunk_pool pool;
  sandbox::memory_account account{cap_bytes};
  sandbox::arena* const a = sandbox::arena::create(cap_bytes, account, pool);
  churn(
      state, [a](std::size_t bytes) { return a->allocate(bytes); },
      [a](void* block, std::size_t bytes) { a->free(block, bytes); });
  sandbox::arena::drop(a);
}
BENCHMARK(arena_churn);

void malloc_churn(benchmark::State& state) {
  churn(
      state, [](std::size_t bytes) { return std::malloc(bytes); },
      [](void* block, std::size_t) { std::free(block); });
}
BENCHMARK(malloc_churn);

}  // namespace
