#include "host/control/commands.hpp"
#include "host/control/console.hpp"
#include "host/control/exec_outcome.hpp"
#include "host/control/main_loop.hpp"
#include "host/host.hpp"

#include "policies/config_reader.hpp"
#include "policies/key_value.hpp"

#include <fmt/format.h>

#include <mutex>
#include <system_error>
#include <utility>

namespace moonward::host {

namespace {

constexpr std::string_view tenant_name = "exec";
// Two looks this far apart must both find nothing left to happen.
constexpr std::chrono::milliseconds look_period{5};
// Services of a run that is over are not waited for.
constexpr std::chrono::milliseconds stop_patience{200};

struct script_place {
  std::filesystem::path root;
  std::string name;
};

policies::result<script_place> find_script(const exec_options& options) {
  std::error_code error;
  const std::filesystem::path script = std::filesystem::canonical(options.script, error);
  if (error || !std::filesystem::is_regular_file(script, error))
    return policies::failure{fmt::format("exec: there is no script {}", options.script.string())};
  if (script.extension() != ".lua")
    return policies::failure{
        fmt::format("exec: {}: a script's name ends in .lua", options.script.string())};
  script_place place;
  place.root =
      options.root.empty() ? script.parent_path() : std::filesystem::canonical(options.root, error);
  if (error)
    return policies::failure{
        fmt::format("exec: --root {}: there is no such directory", options.root.string())};
  std::filesystem::path name = script.lexically_relative(place.root);
  name.replace_extension();
  place.name = name.generic_string();
  if (place.name.starts_with(".."))
    return policies::failure{fmt::format("exec: {} is not inside --root {}",
                                         options.script.string(), place.root.string())};
  if (!policies::is_service_name(place.name))
    return policies::failure{
        fmt::format("exec: {}: the path holds characters that no service name has; allowed are "
                    "letters, digits and \"_ - .\"",
                    policies::quote_text(place.name))};
  return place;
}

policies::host_config config_for(const exec_options& options, const script_place& place) {
  policies::host_config config;
  config.source = std::filesystem::absolute(options.script);
  policies::tenant_config& tenant = config.tenants.emplace_back();
  tenant.name = tenant_name;
  tenant.root = place.root;
  tenant.quota = options.tenant_quota;
  tenant.default_service = options.service_quota;
  return config;
}

// The end of the main service, told by a worker.
class main_end {
 public:
  void tell(const service_end& end) {
    if (!end.started_by_host) return;
    const std::lock_guard lock{mutex_};
    if (!verdict_) verdict_ = end.why;
  }
  [[nodiscard]] std::optional<sandbox::verdict> verdict() const {
    const std::lock_guard lock{mutex_};
    return verdict_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<sandbox::verdict> verdict_;
};

// Waits until the run is over, and says how.
exec_outcome watch(const host& running, const main_end& end, main_loop& loop,
                   std::optional<std::chrono::nanoseconds> timeout) {
  const auto started = main_loop::clock::now();
  bool was_quiet = false;
  for (;;) {
    const wake_reason woken = loop.wait(main_loop::clock::now() + look_period);
    if (woken == wake_reason::stop_signal) return {exec_ending::interrupted, {}};
    const std::optional<sandbox::verdict> why = end.verdict();
    if (why && is_failure(why->reason)) return {exec_ending::ended, *why};
    const bool quiet = running.quiescent();
    if (quiet && was_quiet) return {exec_ending::ended, end.verdict().value_or(sandbox::verdict{})};
    was_quiet = quiet;
    if (timeout && main_loop::clock::now() - started >= *timeout) return {exec_ending::timeout, {}};
  }
}

}  // namespace

int exec_command(const exec_options& options) {
  const auto place = find_script(options);
  if (place.has_error()) {
    print_error(place.error().text);
    return exit_usage;
  }
  const auto loop = main_loop::create();
  if (loop.has_error()) {
    print_error(loop.error().text);
    return exit_failed;
  }
  main_end end;
  host_options settings;
  settings.log.raw = true;
  settings.single_run = true;
  settings.on_end = [&end](const service_end& ended) { end.tell(ended); };
  policies::host_config config = config_for(options, *place);
  // A developer's tool stays who it was started as, root too.
  settings.files = file_access::of_script(config);
  settings.files.apply();
  auto made = host::create(std::move(config), std::move(settings));
  if (made.has_error()) {
    print_error("exec: " + made.error().text +
                (options.root.empty() ? "\nThe script's whole directory is read: --root DIR names "
                                        "another, or put the script into one of its own"
                                      : ""));
    return exit_failed;
  }
  host& running = **made;
  running.protect(thread_role::main);
  running.start();
  std::string arguments;
  for (const std::string& argument : options.arguments)
    arguments += (arguments.empty() ? "" : " ") + argument;
  const auto launched = running.launch(tenant_name, place->name, arguments);
  if (launched.has_error()) {
    print_error("exec: " + launched.error().text);
    return exit_failed;
  }
  exec_outcome outcome = watch(running, end, **loop, options.timeout);
  if (const std::vector<tenant_status> tenants = running.tenants(); !tenants.empty())
    outcome.used = tenants.front();
  running.stop(stop_patience);
  return report(outcome, options);
}

}  // namespace moonward::host
