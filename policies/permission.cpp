#include "policies/permission.hpp"

namespace moonward::policies {

namespace {

constexpr std::array<permission_info, permission_count> table{{
    {permission::kill, "kill", "skynet.kill, launcher KILL: retire a service at once"},
    {permission::launch, "launch", "skynet.launch: start a native service"},
    {permission::inject, "inject", "skynet.inject, injectcode: run source text in another service"},
    {permission::redirect, "redirect", "skynet.redirect: send in another service's name"},
    {permission::monitor, "monitor", "skynet.monitor: be told of the end of every service"},
    {permission::abort, "abort", "skynet.abort: retire all services of the tenant"},
    {permission::setenv, "setenv", "skynet.setenv: change the tenant's shared environment"},
    {permission::signal, "signal", "SIGNAL: interrupt or trace another service"},
    {permission::debug, "debug", "the debug protocol towards another service"},
    {permission::register_global, "register_global", "skynet.register, skynet.name: global names"},
    {permission::native, "native", "native modules that the operator has loaded"},
}};

constexpr bool table_follows_the_enum() {
  for (std::size_t index = 0; index < table.size(); ++index) {
    if (static_cast<std::size_t>(table[index].value) != index) {
      return false;
    }
  }
  return true;
}
static_assert(table_follows_the_enum());

}  // namespace

const std::array<permission_info, permission_count>& permission_table() noexcept { return table; }

std::string_view to_string(permission value) noexcept {
  return table[static_cast<std::size_t>(value)].name;
}

std::optional<permission> permission_from(std::string_view name) noexcept {
  for (const permission_info& info : table) {
    if (info.name == name) {
      return info.value;
    }
  }
  return std::nullopt;
}

std::string to_string(permission_set members) {
  std::string text;
  for (const permission_info& info : table) {
    if (members.has(info.value)) {
      text += text.empty() ? "" : ", ";
      text += info.name;
    }
  }
  return text.empty() ? "none" : text;
}

}  // namespace moonward::policies
