/// What may be set about the network as a whole.
///
/// A plain value, read only once the network runs.
#pragma once

#include "host/thread_role.hpp"

#include "sandbox/host_port.hpp"

#include "policies/endpoint_pattern.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace moonward::host {

/// What a name look-up found: addresses in the order in which to try them, or why there are none.
struct lookup_result {
  std::vector<policies::ip_address> addresses;
  std::string error;
};

/// Asks the system's resolver (getaddrinfo); may block for seconds.
[[nodiscard]] lookup_result system_lookup(const std::string& name);

/// Starts a thread of the given name that runs the body.
using thread_launcher = std::function<thread(const std::string& name, std::function<void()> body)>;

/// Who starts the network's threads; each role has its own system call filter.
struct network_threads {
  thread_launcher io;
  thread_launcher resolver;
};

struct network_options {
  unsigned io_threads = 1;
  /// For each address that a connect tries.
  std::chrono::milliseconds connect_timeout{10'000};
  /// A closing socket whose peer takes nothing for so long is dropped with what is queued.
  std::chrono::milliseconds close_timeout{30'000};
  /// A closed socket with unread input discards more of it for so long, since closing it at once
  /// would make the kernel reset the connection and the peer lose the last bytes sent.
  std::chrono::milliseconds linger{1'000};
  std::uint64_t receive_window_bytes = sandbox::receive_window_bytes;
  /// Name look-ups of one tenant that may wait.
  std::size_t lookups_per_tenant = 64;
  std::function<lookup_result(const std::string& name)> lookup = system_lookup;
};

}  // namespace moonward::host
