/// What protects the process: which layers hold on this machine, and the seccomp filters of all
/// thread roles, compiled once and installed by each thread on itself.
///
/// Thread: made on main before any thread is launched (libseccomp has globals); `install` by every
/// thread on itself.
#pragma once

#include "host/file_access.hpp"
#include "host/thread_role.hpp"

#include "policies/result.hpp"
#include "policies/seccomp_profile.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace moonward::host {

/// Whether one layer holds.
enum class layer_state : std::uint8_t {
  active,
  missing,      ///< this machine could have it: a reason to warn, or to refuse
  unavailable,  ///< the processor has no such thing
};

struct protection_layer {
  layer_state state = layer_state::active;
  std::string text;  ///< one line for `ctl info`: what holds, or why it doesn't
};

/// Every layer that the process has as a whole. `account`: its line, may be empty.
/// @thread main, after sandbox::memory_keys::prepare
[[nodiscard]] std::vector<protection_layer> protection_layers(const file_access& files,
                                                              const std::string& account);

/// Fails with all layers that are missing, and the way out; for require_protection.
[[nodiscard]] policies::result<void> require_all(const std::vector<protection_layer>& layers);

class protection {
 public:
  /// Compiles every role's profile. `bound` gives the descriptors that profiles name.
  [[nodiscard]] static policies::result<std::unique_ptr<protection>> compile(
      const policies::bindings& bound);

  /// Puts the calling thread under its role's filter, where the kernel takes filters at all; a
  /// failure ends the process, since the thread must not run without it.
  void install(thread_role role) const;

 private:
  std::array<policies::compiled_filter, 10> filters_;
  bool supported_ = true;
};

}  // namespace moonward::host
