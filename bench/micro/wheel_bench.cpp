/// The timer wheel alone: what a timer costs, with few and with many others pending.
#include "host/time/timer_wheel.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <vector>

using moonward::host::timer_wheel;
using moonward::host::wheel_node;

namespace {

// Due times as scripts ask for them: most within seconds, some within an hour.
std::vector<std::uint64_t> due_times(std::size_t count) {
  std::mt19937_64 random{42};
  std::uniform_int_distribution<std::uint64_t> soon{1, 10'000};
  std::uniform_int_distribution<std::uint64_t> late{1, 3'600'000};
  std::vector<std::uint64_t> due(count);
  for (std::size_t i = 0; i < count; ++i) due[i] = i % 10 == 0 ? late(random) : soon(random);
  return due;
}

void wheel_insert_remove(benchmark::State& state) {
  const auto pending = static_cast<std::size_t>(state.range(0));
  const auto due = due_times(pending + 1);
  std::vector<wheel_node> nodes(pending + 1);
  timer_wheel wheel;
  for (std::size_t i = 0; i < pending; ++i) wheel.insert(nodes[i], due[i]);
  std::size_t next = 0;
  for (auto _ : state) {
    wheel.insert(nodes[pending], due[next]);
    wheel.remove(nodes[pending]);
    next = next + 1 == due.size() ? 0 : next + 1;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(wheel_insert_remove)->Arg(0)->Arg(1'000)->Arg(1'000'000);

// Every timer is made, moves down through the levels and fires.
void wheel_fire_all(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto due = due_times(count);
  std::vector<wheel_node> nodes(count);
  for (auto _ : state) {
    timer_wheel wheel;
    for (std::size_t i = 0; i < count; ++i) wheel.insert(nodes[i], due[i]);
    std::size_t fired = 0;
    wheel.advance(4'000'000, [&](wheel_node&) { ++fired; });
    if (fired != count) state.SkipWithError("some timers didn't fire");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(wheel_fire_all)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
