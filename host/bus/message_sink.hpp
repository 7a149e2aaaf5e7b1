/// Where threads without a service of their own (timer, I/O, resolver) put their messages.
///
/// Thread: any, also several at once; never with a lock held that a push could want.
#pragma once

#include "sandbox/message.hpp"

namespace moonward::host {

class message_sink {
 public:
  virtual ~message_sink() = default;
  /// Delivers to `m->destination`, whatever its mailbox holds. Takes the message in any case;
  /// false when the receiver is dead.
  [[nodiscard]] virtual bool push(sandbox::message* m) noexcept = 0;
  /// Told after a row of pushes: the time to wake workers, once for the row.
  virtual void end_batch() noexcept {}
};

}  // namespace moonward::host
