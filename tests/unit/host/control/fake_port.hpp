/// A host that isn't there: what the control server asks is kept, and answered with fixed values.
///
/// Threads: the control thread calls; a test reads what it wrote after it has the answer.
#pragma once

#include "host/control/control_port.hpp"

#include <atomic>
#include <mutex>
#include <utility>

namespace moonward::host::test {

class fake_port final : public control_port {
 public:
  fake_port() {
    service_status chat;
    chat.id = 10;
    chat.tenant = "acme";
    chat.name = "chat";
    chat.usage.memory_bytes = 65536;
    chat.memory_cap_bytes = 16777216;
    services_.push_back(chat);
    tenant_status acme;
    acme.name = "acme";
    acme.cpu_cores = 0.5;
    acme.verdicts[3] = 7;
    tenants_.push_back(acme);
  }

  host_status status() const override { return {.uptime_ms = 1234, .lua = "5.4.9"}; }
  std::vector<tenant_status> tenants() const override { return tenants_; }
  std::vector<service_status> services(std::string_view) const override { return services_; }
  std::optional<service_status> service(sandbox::handle id) const override {
    if (id == 10) return services_.front();
    return std::nullopt;
  }
  std::vector<sandbox::handle> find(std::string_view what) const override {
    if (what == "acme/chat" || what == ":0000000a") return {10};
    return {};
  }
  snapshot take_snapshot() const override {
    snapshot now;
    now.time_ns = 5;
    now.tenants = tenants_;
    return now;
  }
  bool kill(sandbox::handle id, std::string_view by) override {
    killed_by = by;
    return id == 10;
  }
  policies::result<std::string> set_quota(std::string_view what,
                                          std::string_view assignment) override {
    if (assignment != "memory=1MiB") return policies::failure{"that is no quota"};
    return {boost::system::in_place_value, std::string{what} + " changed"};
  }
  std::vector<std::string> recent_log(std::size_t count) const override {
    return std::vector<std::string>(std::min<std::size_t>(count, 3), "an old line");
  }
  std::uint64_t follow_log(std::function<void(std::string_view)> f) override {
    const std::lock_guard lock{mutex_};
    follower_ = std::move(f);
    return ++followers;
  }
  void unfollow_log(std::uint64_t) noexcept override {
    const std::lock_guard lock{mutex_};
    follower_ = nullptr;
    --followers;
  }
  void request_reload(std::function<void(policies::result<std::string>)> done) override {
    done({boost::system::in_place_value, "nothing has changed"});
  }
  void request_stop(std::string_view by) override { stopped_by = by; }

  /// A line of the log, from another thread than the server's.
  void say(std::string_view line) {
    const std::lock_guard lock{mutex_};
    if (follower_) follower_(line);
  }

  std::string killed_by;
  std::string stopped_by;
  std::atomic<std::uint64_t> followers{0};

 private:
  std::vector<service_status> services_;
  std::vector<tenant_status> tenants_;
  std::mutex mutex_;
  std::function<void(std::string_view)> follower_;
};

}  // namespace moonward::host::test
