#include "host/control/verdict_report.hpp"

namespace moonward::host {

namespace {

using sandbox::verdict_reason;

constexpr verdict_reason last_reason = verdict_reason::memory_fault;

enum class limit_unit : std::uint8_t { none, nanoseconds, bytes, instructions };

limit_unit unit_of(verdict_reason reason) noexcept {
  switch (reason) {
    case verdict_reason::cpu_per_turn:
    case verdict_reason::cpu_per_c_call: return limit_unit::nanoseconds;
    case verdict_reason::memory:
    case verdict_reason::c_stack: return limit_unit::bytes;
    case verdict_reason::instructions_per_turn: return limit_unit::instructions;
    default: return limit_unit::none;
  }
}

}  // namespace

json::object verdict_json(const sandbox::verdict& why) {
  json::object out;
  const std::string_view name = sandbox::to_string(why.reason);
  out["verdict"] = json::string_view{name.data(), name.size()};
  out["limit"] = why.limit;
  out["measured"] = why.measured;
  switch (unit_of(why.reason)) {
    case limit_unit::nanoseconds: out["unit"] = "ns"; break;
    case limit_unit::bytes: out["unit"] = "bytes"; break;
    case limit_unit::instructions: out["unit"] = "instructions"; break;
    case limit_unit::none: out["unit"] = nullptr; break;
  }
  out["where"] = json_text(why.where);
  out["detail"] = json_text(why.detail);
  return out;
}

sandbox::verdict verdict_from(const json::object& from) {
  sandbox::verdict out;
  out.reason = reason_from(text_of(from, "verdict"));
  out.limit = number_of(from, "limit");
  out.measured = number_of(from, "measured");
  out.where = text_of(from, "where");
  out.detail = text_of(from, "detail");
  return out;
}

verdict_reason reason_from(std::string_view name) noexcept {
  for (int index = 0; index <= static_cast<int>(last_reason); ++index) {
    const auto reason = static_cast<verdict_reason>(index);
    if (sandbox::to_string(reason) == name) return reason;
  }
  return verdict_reason::none;
}

}  // namespace moonward::host
