/// The mailbox alone: a message's allocation, reservation, push, pop and release.
#include "host/bus/mailbox.hpp"

#include "sandbox/memory/account.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

using namespace moonward;

namespace {

constexpr std::uint64_t no_limit = (std::uint64_t{1} << 39) - 1;
constexpr std::uint64_t many = (1U << 24) - 1;

sandbox::message* reserved_message(host::mailbox& box, sandbox::memory_account& account,
                                   std::size_t bytes) {
  sandbox::message* const m = sandbox::allocate_message(bytes, &account);
  if (m != nullptr && !box.reserve(m->footprint(), many, no_limit)) {
    sandbox::release_message(m);
    return nullptr;
  }
  return m;
}

void settle_and_release(host::mailbox& box, sandbox::message* m) {
  box.settle(1, m->footprint());
  sandbox::release_message(m);
}

// One after another on one thread: the way of a call.
void mailbox_push_pop(benchmark::State& state) {
  sandbox::memory_account account{no_limit};
  host::mailbox box;
  box.open();
  const auto bytes = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    sandbox::message* const m = reserved_message(box, account, bytes);
    if (m == nullptr || box.push(m) == host::push_result::closed) {
      state.SkipWithError("the message wasn't taken");
      sandbox::release_message(m);
      break;
    }
    settle_and_release(box, box.pop());
    benchmark::DoNotOptimize(box.try_block());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(mailbox_push_pop)->Arg(16)->Arg(256)->Arg(4096)->Arg(65536);

// Many pushed, then all read: the way of a sink that lags behind.
void mailbox_batch(benchmark::State& state) {
  sandbox::memory_account account{no_limit};
  host::mailbox box;
  box.open();
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      sandbox::message* const m = reserved_message(box, account, 16);
      benchmark::DoNotOptimize(box.push(m));
    }
    while (sandbox::message* const m = box.pop()) settle_and_release(box, m);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(mailbox_batch)->Arg(10)->Arg(1'000)->Arg(100'000);

// Others push all the time while the owner reads.
void mailbox_contended(benchmark::State& state) {
  sandbox::memory_account account{no_limit};
  host::mailbox box;
  box.open();
  std::atomic<bool> stop{false};
  std::vector<std::jthread> pushers;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    pushers.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
        if (box.outstanding_messages() > 10'000) {
          std::this_thread::yield();
          continue;
        }
        sandbox::message* const m = reserved_message(box, account, 16);
        if (m != nullptr) benchmark::DoNotOptimize(box.push(m));
      }
    });
  for (auto _ : state) {
    sandbox::message* m = box.pop();
    while (m == nullptr) {
      std::this_thread::yield();
      m = box.pop();
    }
    settle_and_release(box, m);
  }
  stop.store(true, std::memory_order_relaxed);
  pushers.clear();
  while (sandbox::message* const m = box.pop()) settle_and_release(box, m);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(mailbox_contended)->Arg(1)->Arg(4)->UseRealTime();

}  // namespace
