/// The seccomp filters of all thread roles, compiled once and installed by each thread on itself.
///
/// Thread: made on main before any thread is launched (libseccomp has globals); `install` by every
/// thread on itself.
#pragma once

#include "host/thread_role.hpp"

#include "policies/result.hpp"
#include "policies/seccomp_profile.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace moonward::host {

class protection {
 public:
  /// Compiles every role's profile. `bound` gives the descriptors that profiles name.
  [[nodiscard]] static policies::result<std::unique_ptr<protection>> compile(
      const policies::bindings& bound);

  /// Puts the calling thread under its role's filter; a failure ends the process, since the thread
  /// must not run without it.
  void install(thread_role role) const;
  /// One line: what holds.
  [[nodiscard]] std::string describe() const;

 private:
  std::array<policies::compiled_filter, 10> filters_;
};

}  // namespace moonward::host
