#include "host/control/exec_outcome.hpp"

#include "host/bus/verdict_text.hpp"
#include "host/control/console.hpp"
#include "host/control/json.hpp"
#include "host/control/verdict_report.hpp"

#include "policies/units.hpp"

#include <fmt/format.h>

namespace moonward::host {

namespace {

using sandbox::verdict_reason;

constexpr int interrupted_exit = 130;  // as a shell tells of SIGINT

std::string json_report(const exec_outcome& outcome) {
  sandbox::verdict why = outcome.why;
  // Idle, with nothing left to happen, is a way to finish.
  if (!is_failure(why.reason)) why.reason = verdict_reason::finished;
  json::object out = verdict_json(why);
  if (outcome.ending == exec_ending::timeout) out["verdict"] = "timeout";
  if (outcome.ending == exec_ending::interrupted) out["verdict"] = "interrupted";
  out["services"] = outcome.used.services;
  out["cpu_ms"] = outcome.used.cpu_ns / 1'000'000;
  out["memory_bytes"] = outcome.used.memory_bytes;
  return json::serialize(out) + "\n";
}

std::string with_detail(std::string text, const sandbox::verdict& why) {
  if (!why.detail.empty()) text += "\n" + why.detail;
  return text;
}

void text_report(const exec_outcome& outcome, const exec_options& options) {
  switch (outcome.ending) {
    case exec_ending::timeout:
      print_error(fmt::format(
          "timeout: {} was still at work after {}", options.script.string(),
          policies::format_time(options.timeout.value_or(std::chrono::nanoseconds{0}))));
      return;
    case exec_ending::interrupted: print_error("interrupted"); return;
    case exec_ending::ended: break;
  }
  if (!is_failure(outcome.why.reason)) return;
  if (outcome.why.reason == verdict_reason::script_error)
    print_error(outcome.why.detail.empty() ? "script error" : outcome.why.detail);
  else print_error(with_detail("killed: " + describe(outcome.why), outcome.why));
}

}  // namespace

bool is_failure(verdict_reason reason) noexcept {
  return reason != verdict_reason::none && reason != verdict_reason::finished &&
         reason != verdict_reason::host_stop;
}

int exit_code_of(const exec_outcome& outcome) noexcept {
  switch (outcome.ending) {
    case exec_ending::timeout: return exit_timeout;
    case exec_ending::interrupted: return interrupted_exit;
    case exec_ending::ended: break;
  }
  if (!is_failure(outcome.why.reason)) return exit_finished;
  return outcome.why.reason == verdict_reason::script_error ? exit_failed : exit_killed;
}

int report(const exec_outcome& outcome, const exec_options& options) {
  if (options.format == output_format::json) print(json_report(outcome));
  else text_report(outcome, options);
  return exit_code_of(outcome);
}

}  // namespace moonward::host
