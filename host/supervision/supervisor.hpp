/// The supervisor: restarts what the operator's `start` lists name, with backoff and quarantine.
///
/// A service that ends as its restart policy names is started again after a pause that doubles with
/// each restart; one that ends more than `max_restarts` times within `restart_window` is
/// quarantined: it stays down, and visible, until a reload.
/// Threads: `ended` is called by workers, the rest by any; `run` is the thread's body.
#pragma once

#include "host/bus/message_bus.hpp"
#include "host/host.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::host {

class supervisor {
 public:
  explicit supervisor(message_bus& bus) noexcept : bus_{bus} {}
  supervisor(const supervisor&) = delete;
  supervisor& operator=(const supervisor&) = delete;

  /// Starts a service and watches over it; the reason when it can't be started now.
  [[nodiscard]] policies::result<sandbox::handle> start(tenant& owner, std::string_view name,
                                                        std::string_view arguments);
  /// A supervised service has ended.
  void ended(const service_end& end, const service_plan& plan);
  /// Forgets the quarantine of a tenant's services and starts them again.
  void release_quarantine(tenant& owner);
  /// Nothing is restarted any more.
  void close();

  /// Services that wait for their restart or are quarantined, as status rows.
  [[nodiscard]] std::vector<service_status> waiting() const;
  [[nodiscard]] std::uint64_t restarts_of(sandbox::handle id) const;
  [[nodiscard]] sandbox::verdict last_end_of(sandbox::handle id) const;
  /// How many wait for a restart.
  [[nodiscard]] std::size_t backing_off() const;

  /// @thread control
  void run();
  void stop();

 private:
  struct entry {
    tenant* owner = nullptr;
    std::string name;
    std::string arguments;
    sandbox::handle id = 0;
    service_state state = service_state::running;
    std::uint64_t restart_at_ns = 0;
    std::uint64_t restarts = 0;
    std::deque<std::uint64_t> recent_ns;  // of ends within the window
    sandbox::verdict last_end;
  };
  void restart_due();  // mutex_ is held
  void plan_restart(entry& e, const service_end& end);

  message_bus& bus_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::vector<std::unique_ptr<entry>> entries_;
  bool closed_ = false;
  bool stopping_ = false;
};

}  // namespace moonward::host
