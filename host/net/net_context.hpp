/// What all sockets share: the way to the services, the options, the I/O threads, the counts.
///
/// Owned by the network; outlives every socket that has not ended. Thread: any.
#pragma once

#include "host/net/io_thread.hpp"
#include "host/net/network_options.hpp"
#include "host/net/network_sink.hpp"
#include "host/net/resolver.hpp"
#include "host/net/tenant_net.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace moonward::host {

class net_context {
 public:
  net_context(network_sink& sink, network_options options);

  [[nodiscard]] network_sink& sink() noexcept { return sink_; }
  [[nodiscard]] const network_options& options() const noexcept { return options_; }
  [[nodiscard]] resolver& names() noexcept { return *names_; }
  /// The I/O thread of the next socket: they take turns.
  [[nodiscard]] io_thread& next_io() noexcept;
  [[nodiscard]] std::vector<std::unique_ptr<io_thread>>& io_threads() noexcept { return io_; }
  void set_resolver(std::unique_ptr<resolver> names) { names_ = std::move(names); }

  // -- services -----------------------------------------------------------------------------
  void add_owner(const socket_owner& owner);
  /// Closes all sockets of a service: queued data is sent first, nobody is told.
  void owner_died(sandbox::handle service) noexcept;
  [[nodiscard]] std::size_t sockets_of(sandbox::handle service) const;

  // -- counts -------------------------------------------------------------------------------
  void socket_opened() noexcept { open_.fetch_add(1, std::memory_order_acq_rel); }
  void socket_ended() noexcept;
  [[nodiscard]] std::uint64_t open() const noexcept {
    return open_.load(std::memory_order_acquire);
  }

  // -- the end ------------------------------------------------------------------------------
  [[nodiscard]] bool stopping() const noexcept { return stopping_.load(std::memory_order_acquire); }
  /// Asks every socket to end: with what is queued sent first, or at once.
  void close_everything(net_request how) noexcept;
  void begin_stop() noexcept { stopping_.store(true, std::memory_order_release); }
  /// True when no socket is open any more.
  [[nodiscard]] bool wait_until_closed(std::chrono::milliseconds patience);

 private:
  network_sink& sink_;
  const network_options options_;
  std::vector<std::unique_ptr<io_thread>> io_;  // fixed before the first socket
  std::unique_ptr<resolver> names_;             // likewise
  std::atomic<unsigned> turn_{0};               // any thread adds
  std::atomic<std::uint64_t> open_{0};          // any thread adds, I/O threads subtract
  std::atomic<bool> stopping_{false};           // set by who stops the network, read by any

  mutable std::mutex mutex_;  // guards the tables
  std::condition_variable closed_;
  std::unordered_map<sandbox::handle, tenant_net*> owners_;
  std::unordered_set<tenant_net*> tenants_;
};

}  // namespace moonward::host
