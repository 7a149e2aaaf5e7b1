#include "host/bundle/bundle_loader.hpp"
#include "host/control/commands.hpp"
#include "host/control/console.hpp"

#include "policies/config_reader.hpp"
#include "policies/key_value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace moonward::host {

namespace {

// What of a tenant's scripts is missing or can't be read; empty when all is there. "start" may
// carry arguments after the name.
std::string script_problems(const policies::tenant_config& tenant,
                            const std::filesystem::path& file) {
  const auto scripts = read_bundle(tenant.root);
  if (scripts.has_error())
    return fmt::format("{}: tenants.{}.root: {}\n", file.string(), tenant.name,
                       scripts.error().text);
  std::string problems;
  for (const std::string& entry : tenant.start) {
    const std::string name = entry.substr(0, entry.find(' '));
    if ((*scripts)->find_service(name) == nullptr)
      problems += fmt::format(
          "{}: tenants.{}.start = {}: there is no {}.lua, {}/init.lua, service/{}.lua or "
          "service/{}/init.lua in {}\n",
          file.string(), tenant.name, policies::quote_text(name), name, name, name, name,
          tenant.root.string());
  }
  return problems;
}

int refused(const std::string& problems) {
  write_text(2, problems);
  const auto count = std::count(problems.begin(), problems.end(), '\n');
  print_error(fmt::format("{} problem{} found", count, count == 1 ? "" : "s"));
  return exit_failed;
}

}  // namespace

int check_command(const check_options& options) {
  const policies::config_result read = policies::read_config_file(options.file);
  if (!read.ok()) return refused(read.text());
  std::string problems;
  for (const policies::tenant_config& tenant : read.config->tenants)
    problems += script_problems(tenant, options.file);
  if (!problems.empty()) return refused(problems);
  print(policies::explain(*read.config));
  print(fmt::format("\n{}: ok\n", options.file.string()));
  return exit_finished;
}

}  // namespace moonward::host
