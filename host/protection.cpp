#include "host/protection.hpp"

#include "sandbox/memory/memory_keys.hpp"

#include "policies/seccomp_violation.hpp"

#include "embedded/profiles.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <sys/prctl.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace moonward::host {

namespace {
constexpr thread_role roles[] = {thread_role::main,   thread_role::worker,  thread_role::monitor,
                                 thread_role::timer,  thread_role::io,      thread_role::resolver,
                                 thread_role::loader, thread_role::control, thread_role::log,
                                 thread_role::cleaner};
}

policies::result<std::unique_ptr<protection>> protection::compile(const policies::bindings& bound) {
  auto p = std::unique_ptr<protection>{new protection};
  p->supported_ = policies::filters_supported().has_value();
  if (!p->supported_) return p;
  for (const thread_role role : roles) {
    const auto profile = policies::load_profile(policies::profiles::files(), to_string(role));
    if (!profile) return profile.error();
    auto filter = policies::compile(*profile, bound);
    if (!filter) return filter.error();
    p->filters_[static_cast<std::size_t>(role)] = std::move(*filter);
  }
  policies::install_violation_handler();
  return p;
}

void protection::install(thread_role role) const {
  if (!supported_) return;
  const auto outcome = policies::install(filters_[static_cast<std::size_t>(role)]);
  if (outcome) return;
  std::fprintf(stderr, "moonward: the thread role %s can't be protected: %s\n",
               std::string{to_string(role)}.c_str(), outcome.error().text.c_str());
  std::abort();
}

namespace {

bool processor_has_keys() noexcept {
#ifdef __x86_64__
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned protection_keys = 1U << 3;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c & protection_keys) != 0;
#else
  return false;
#endif
}

std::string all_roles() {
  std::string names;
  for (const thread_role role : roles)
    names += (names.empty() ? "" : ", ") + std::string{to_string(role)};
  return names;
}

protection_layer filters_layer() {
#ifdef MOONWARD_SANITIZER
  return {layer_state::missing,
          "seccomp: off, threads may make any call: this is a sanitizer build"};
#endif
  if (const auto supported = policies::filters_supported(); supported.has_error())
    return {layer_state::missing,
            "seccomp: off, threads may make any call: " + supported.error().text};
  return {layer_state::active, "seccomp: a filter for each thread by its role: " + all_roles()};
}

protection_layer keys_layer() {
  const unsigned keys = sandbox::memory_keys::colours();
  if (keys != 0)
    return {layer_state::active,
            fmt::format("memory protection keys: {}, shared by the tenants in turn", keys)};
  if (processor_has_keys())
    return {layer_state::missing,
            "memory protection keys: off, the processor has them but the kernel gives none"};
  return {layer_state::unavailable, "memory protection keys: none, the processor has none"};
}

}  // namespace

std::vector<protection_layer> protection_layers(const file_access& files,
                                                const std::string& account) {
  std::vector<protection_layer> layers;
  layers.push_back(filters_layer());
  layers.push_back({files.active() ? layer_state::active : layer_state::missing, files.describe()});
  layers.push_back(keys_layer());
  if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
    layers.push_back(
        {layer_state::active, "NO_NEW_PRIVS: on, no program run from here gains rights"});
  else layers.push_back({layer_state::missing, "NO_NEW_PRIVS: off"});
  if (!account.empty()) layers.push_back({layer_state::active, "account: " + account});
  return layers;
}

policies::result<void> require_all(const std::vector<protection_layer>& layers) {
  std::string lines;
  for (const protection_layer& layer : layers)
    if (layer.state == layer_state::missing) lines += "\n" + layer.text;
  if (lines.empty()) return {};
  return policies::failure{
      "require_protection is set in [host], and this machine lacks:" + lines +
      "\nRun a kernel that has it, or set require_protection = false to go without"};
}

}  // namespace moonward::host
