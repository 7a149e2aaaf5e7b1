#include "host/protection.hpp"

#include "policies/seccomp_violation.hpp"

#include "embedded/profiles.hpp"

#include <cstdio>
#include <cstdlib>

namespace moonward::host {

namespace {
constexpr thread_role roles[] = {thread_role::main,   thread_role::worker,  thread_role::monitor,
                                 thread_role::timer,  thread_role::io,      thread_role::resolver,
                                 thread_role::loader, thread_role::control, thread_role::log,
                                 thread_role::cleaner};
}

policies::result<std::unique_ptr<protection>> protection::compile(const policies::bindings& bound) {
  auto p = std::unique_ptr<protection>{new protection};
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
  const auto outcome = policies::install(filters_[static_cast<std::size_t>(role)]);
  if (outcome) return;
  std::fprintf(stderr, "moonward: the thread role %s can't be protected: %s\n",
               std::string{to_string(role)}.c_str(), outcome.error().text.c_str());
  std::abort();
}

std::string protection::describe() const {
#ifdef MOONWARD_SANITIZER
  return "seccomp: off in this sanitizer build";
#else
  return "seccomp: a filter for each thread role, NO_NEW_PRIVS";
#endif
}

}  // namespace moonward::host
