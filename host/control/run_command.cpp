#include "host/control/commands.hpp"
#include "host/control/console.hpp"
#include "host/control/host_run.hpp"
#include "host/control/run_summary.hpp"

#include "policies/config_reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace moonward::host {

int run_command(const run_options& options) {
  policies::config_result read = policies::read_config_file(options.file);
  if (!read.ok()) {
    write_text(2, read.text());
    print_error(
        fmt::format("run: the configuration has problems; `moonward check {}` looks further",
                    options.file.string()));
    return exit_failed;
  }
  const auto run = host_run::create(options, std::move(*read.config));
  if (run.has_error()) {
    print_error("run: " + run.error().text);
    return exit_failed;
  }
  print((*run)->greeting());
  const auto code = (*run)->run_until_stopped();
  (*run)->stop();
  if (options.duration) print("\n" + run_summary((*run)->last()));
  if (code.has_error()) {
    print_error("run: " + code.error().text);
    return exit_failed;
  }
  return *code;
}

}  // namespace moonward::host
