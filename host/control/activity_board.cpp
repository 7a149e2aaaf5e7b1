#include "host/control/activity_board.hpp"

#include "host/bus/verdict_text.hpp"

#include <chrono>
#include <string_view>

namespace moonward::host {

namespace {

std::uint64_t utc_now_ns() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

}  // namespace

void activity_board::ended(const service_end& end) {
  using sandbox::verdict_reason;
  const verdict_reason reason = end.why.reason;
  if (reason == verdict_reason::none || reason == verdict_reason::finished ||
      reason == verdict_reason::host_stop)
    return;
  end_report report{utc_now_ns(), end.id, end.tenant, end.name, describe(end.why)};
  const std::lock_guard lock{mutex_};
  ends_.push_back(std::move(report));
  if (ends_.size() > kept_ends) ends_.pop_front();
}

void activity_board::said(const log_record& record) {
  if (record.level != log_level::print || record.tenant().empty()) return;
  const std::string_view text = record.text();
  const std::string_view line = text.substr(0, text.find('\n')).substr(0, kept_text_bytes);
  const std::lock_guard lock{mutex_};
  auto found = said_.find(record.tenant());
  if (found == said_.end())
    found = said_.emplace(std::string{record.tenant()}, said_report{}).first;
  found->second.tenant.assign(record.tenant());
  found->second.name.assign(record.name());
  found->second.text.assign(line);
}

std::vector<end_report> activity_board::ends() const {
  const std::lock_guard lock{mutex_};
  return {ends_.begin(), ends_.end()};
}

std::vector<said_report> activity_board::said_last() const {
  const std::lock_guard lock{mutex_};
  std::vector<said_report> all;
  for (const auto& [tenant, report] : said_) all.push_back(report);
  return all;
}

}  // namespace moonward::host
