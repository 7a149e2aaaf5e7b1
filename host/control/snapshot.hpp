/// What a host is doing at one moment, as the live screen, the summary and `top` show it.
///
/// A plain value, filled on one thread and handed on; it knows nothing of the host it comes from,
/// so that it may come out of the process or over the control socket.
#pragma once

#include "host/host.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace moonward::host {

/// One endpoint that is asked again and again, and how it answered.
struct probe_report {
  std::string name;            ///< "tcp 127.0.0.1:8001"
  std::uint64_t asked = 0;     ///< requests sent
  std::uint64_t answered = 0;  ///< with the right answer
  std::uint64_t lost = 0;      ///< refused, cut off, wrong, or not answered within a second
  std::uint64_t p50_ns = 0;
  std::uint64_t p99_ns = 0;
  std::uint64_t max_ns = 0;
  std::string last_error;  ///< of the last lost one
};

/// The end of a service by a limit, an error or the operator.
struct end_report {
  std::uint64_t time_ns = 0;  ///< UTC since 1970
  sandbox::handle id = 0;
  std::string tenant;
  std::string name;
  std::string text;  ///< describe(verdict)
};

/// The last line a tenant's services printed.
struct said_report {
  std::string tenant;
  std::string name;
  std::string text;
};

struct snapshot {
  std::uint64_t time_ns = 0;  ///< monotonic, of who took it: for rates between two snapshots
  host_status host;
  std::vector<tenant_status> tenants;
  std::vector<probe_report> probes;
  std::vector<end_report> ends;  ///< the last few, oldest first
  std::vector<said_report> said;
};

}  // namespace moonward::host
