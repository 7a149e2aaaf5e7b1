/// The lease of a worker: what it runs now, and what the monitor wants of it.
///
/// The worker takes out a lease for each turn it runs; the monitor watches leases and asks a turn
/// that outlives its limits to yield or to die. The generation names the turn, so that a request
/// that comes late can't hit the next one.
/// Threads: each field says who writes and who reads it.
#pragma once

#include "sandbox/message.hpp"
#include "sandbox/verdict.hpp"

#include <atomic>
#include <cstdint>

namespace moonward::sandbox {

/// What the monitor asks of a turn.
enum class request_kind : std::uint8_t { none, yield, kill };

struct turn_request {
  std::uint64_t generation = 0;
  request_kind kind = request_kind::none;
  verdict_reason reason = verdict_reason::none;  ///< of a kill
};

struct alignas(64) slice_lease {
  // -- the worker writes (relaxed; generation with release), the monitor reads ------------------
  std::atomic<std::uint64_t> generation{0};       ///< odd while a turn runs
  std::atomic<handle> service{0};                 ///< whose turn
  std::atomic<std::uint64_t> slice_began_ns{0};   ///< by the host's clock
  std::atomic<std::uint64_t> cpu_per_turn_ns{0};  ///< limits of that service
  std::atomic<std::uint64_t> cpu_per_c_call_ns{0};
  std::atomic<std::uint64_t> cpu_before_ns{0};  ///< used by the turn in earlier slices
  std::atomic<std::uint64_t> hooks_reached{0};  ///< proof that the VM still reaches hooks

  // -- the monitor writes (release), the worker and its signal handler read (acquire) -----------
  alignas(64) std::atomic<std::uint64_t> request{0};  ///< packed turn_request
  std::atomic<std::uint64_t> kill_limit{0};           ///< evidence for the verdict
  std::atomic<std::uint64_t> kill_measured{0};

  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  /// @thread worker. The next turn begins; whatever was asked of the last one is void.
  void begin_turn() noexcept {
    const std::uint64_t g = generation.load(std::memory_order_relaxed);
    generation.store(g + 1 + (g & 1U), std::memory_order_release);
  }
  /// @thread worker. No turn runs.
  void end_turns() noexcept {
    const std::uint64_t g = generation.load(std::memory_order_relaxed);
    generation.store(g + (g & 1U), std::memory_order_release);
  }

  /// @thread monitor
  void ask(const turn_request& r) noexcept {
    request.store(r.generation << 16 | static_cast<std::uint64_t>(r.reason) << 8 |
                      static_cast<std::uint64_t>(r.kind),
                  std::memory_order_release);
  }
  /// What is asked of the running turn. @thread worker, its signal handler
  [[nodiscard]] turn_request asked() const noexcept {
    const std::uint64_t packed = request.load(std::memory_order_acquire);
    turn_request r{packed >> 16, static_cast<request_kind>(packed & 0xff),
                   static_cast<verdict_reason>(packed >> 8 & 0xff)};
    if (r.generation != generation.load(std::memory_order_relaxed)) r.kind = request_kind::none;
    return r;
  }
};

}  // namespace moonward::sandbox
