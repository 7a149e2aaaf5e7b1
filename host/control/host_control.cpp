#include "host/control/host_control.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace moonward::host {

host_control::host_control(host& served, main_loop& loop, const activity_board& board,
                           const probe_runner* probes, main_actions actions)
    : host_{served}, loop_{loop}, board_{board}, probes_{probes}, actions_{std::move(actions)} {}

host_status host_control::status() const { return host_.status(); }

std::vector<tenant_status> host_control::tenants() const { return host_.tenants(); }

std::vector<service_status> host_control::services(std::string_view tenant) const {
  return host_.services(tenant);
}

std::optional<service_status> host_control::service(sandbox::handle id) const {
  return host_.service(id);
}

std::vector<sandbox::handle> host_control::find(std::string_view what) const {
  return host_.find(what);
}

snapshot host_control::take_snapshot() const {
  snapshot now;
  now.time_ns = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                               main_loop::clock::now().time_since_epoch())
                                               .count());
  now.host = host_.status();
  now.tenants = host_.tenants();
  if (probes_ != nullptr) now.probes = probes_->reports();
  now.ends = board_.ends();
  now.said = board_.said_last();
  return now;
}

bool host_control::kill(sandbox::handle id, std::string_view by) { return host_.kill(id, by); }

policies::result<std::string> host_control::set_quota(std::string_view what,
                                                      std::string_view assignment) {
  return host_.set_quota(what, assignment);
}

std::vector<std::string> host_control::recent_log(std::size_t count) const {
  return host_.writer().recent(count);
}

std::uint64_t host_control::follow_log(std::function<void(std::string_view)> f) {
  return host_.writer().subscribe(
      [shown = std::move(f)](const log_record&, std::string_view line) { shown(line); });
}

void host_control::unfollow_log(std::uint64_t id) noexcept { host_.writer().unsubscribe(id); }

void host_control::request_reload(std::function<void(policies::result<std::string>)> done) {
  loop_.post([this, told = std::move(done)] { told(actions_.reload()); });
}

void host_control::request_stop(std::string_view by) {
  loop_.post([this, who = std::string{by}] { actions_.stop(who); });
}

}  // namespace moonward::host
