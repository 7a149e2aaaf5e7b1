/// What the network needs of the rest of the host: mailboxes, the log, the clock.
///
/// The one door out of host/net, so that it can be tested without a message bus.
/// Thread: called by I/O threads, the resolver thread, and workers inside a host section.
#pragma once

#include "sandbox/message.hpp"

#include <cstdint>
#include <string_view>

namespace moonward::host {

class network_sink {
 public:
  virtual ~network_sink() = default;
  /// Takes the message and pushes it to `m->destination`; false when that service has ended, after
  /// which the network closes its sockets. Socket events and answers must find room.
  [[nodiscard]] virtual bool push(sandbox::message* m) noexcept = 0;
  /// A line of the host about this service.
  virtual void log(sandbox::handle service, std::string_view text) noexcept = 0;
  /// Milliseconds since the start of the host: host_port::now_ms's clock.
  [[nodiscard]] virtual std::uint64_t now_ms() const noexcept = 0;
};

}  // namespace moonward::host
