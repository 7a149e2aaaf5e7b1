#include "host/control/option_values.hpp"

#include "policies/endpoint_pattern.hpp"
#include "policies/key_value.hpp"
#include "policies/units.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

namespace moonward::host {

namespace {

constexpr std::int64_t longest_run_seconds = 365LL * 24 * 3600;

policies::result<policies::permission_set> read_permissions(const std::vector<std::string>& names) {
  policies::permission_set set;
  for (const std::string& name : names) {
    if (name == "all") {
      set = policies::permission_set::all();
      continue;
    }
    const auto found = policies::permission_from(name);
    if (!found) {
      std::vector<std::string_view> known;
      for (const policies::permission_info& info : policies::permission_table())
        known.push_back(info.name);
      const std::string_view near = policies::nearest_word(name, known);
      return policies::failure{fmt::format(
          "--permit {}: is no permission{}; there are all, {}", policies::quote_text(name),
          near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near),
          to_string(policies::permission_set::all()))};
    }
    set.add(*found);
  }
  return set;
}

policies::result<std::vector<policies::endpoint_pattern>> read_patterns(
    std::string_view option, const std::vector<std::string>& texts, policies::endpoint_use use) {
  std::vector<policies::endpoint_pattern> patterns;
  for (const std::string& text : texts) {
    const auto pattern = policies::endpoint_pattern::parse(text, use);
    if (pattern.has_error())
      return policies::failure{fmt::format("{} {}: {}", option, text, pattern.error().text)};
    patterns.push_back(*pattern);
  }
  return patterns;
}

}  // namespace

policies::result<std::optional<std::chrono::seconds>> read_seconds(const std::string& text) {
  if (text.empty()) return std::optional<std::chrono::seconds>{};
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count < 1 ||
      count > longest_run_seconds)
    return policies::failure{fmt::format("--seconds {}: is no whole number from 1 to {}",
                                         policies::quote_text(text), longest_run_seconds)};
  return std::optional{std::chrono::seconds{count}};
}

policies::result<run_options> run_options_from(const std::string& file, const std::string& seconds,
                                               const std::vector<std::string>& probes) {
  run_options options;
  options.file = file;
  const auto duration = read_seconds(seconds);
  if (duration.has_error()) return duration.error();
  options.duration = *duration;
  for (const std::string& text : probes) {
    const auto target = parse_probe(text);
    if (target.has_error()) return policies::failure{"--probe " + target.error().text};
    options.probes.push_back(*target);
  }
  return options;
}

policies::result<exec_options> exec_options_from(const exec_texts& texts) {
  exec_options options;
  options.service_quota.log_rate_per_second = 0;  // no limit
  for (const std::string& text : texts.quotas)
    if (const auto set =
            policies::apply_override(options.service_quota, options.tenant_quota, text);
        set.has_error())
      return policies::failure{"--quota " + set.error().text};
  const auto permissions = read_permissions(texts.permits);
  if (permissions.has_error()) return permissions.error();
  if (!texts.permits.empty()) options.tenant_quota.permissions = *permissions;
  if (texts.no_network && !(texts.listen.empty() && texts.connect.empty()))
    return policies::failure{"--no-network goes with neither --listen nor --connect"};
  auto listen = read_patterns("--listen", texts.listen, policies::endpoint_use::listen);
  if (listen.has_error()) return listen.error();
  auto connect = read_patterns("--connect", texts.connect, policies::endpoint_use::connect);
  if (connect.has_error()) return connect.error();
  if (!texts.listen.empty()) options.tenant_quota.listen = std::move(*listen);
  if (!texts.connect.empty()) options.tenant_quota.connect = std::move(*connect);
  if (!texts.timeout.empty()) {
    const auto timeout = policies::parse_time(texts.timeout);
    if (timeout.has_error())
      return policies::failure{fmt::format("--timeout {}: {}", policies::quote_text(texts.timeout),
                                           timeout.error().text)};
    options.timeout = *timeout;
  }
  return options;
}

}  // namespace moonward::host
