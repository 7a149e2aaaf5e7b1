#include "policies/quota.hpp"

namespace moonward::policies {

std::string_view to_string(memory_action value) noexcept {
  return value == memory_action::kill ? "kill" : "refuse";
}

std::string_view to_string(restart_policy value) noexcept {
  switch (value) {
    case restart_policy::never: return "never";
    case restart_policy::on_failure: return "on-failure";
    case restart_policy::always: break;
  }
  return "always";
}

}  // namespace moonward::policies
