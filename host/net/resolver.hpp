/// The resolver: looks names up on a thread of its own, because that blocks.
///
/// Tenants take turns, so one that asks for many slow names delays the others by one look-up at
/// most. Thread: `ask` any; callbacks run on the resolver thread; `stop` the one that owns it.
#pragma once

#include "host/net/network_options.hpp"

#include <functional>
#include <memory>
#include <string>

namespace moonward::host {

class resolver {
 public:
  using callback = std::function<void(lookup_result)>;

  resolver(const thread_launcher& launch, const network_options& options);
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// Looks `name` up on behalf of `asker` (a tenant); false when too many of its look-ups wait.
  [[nodiscard]] bool ask(const void* asker, std::string name, callback done);

  /// Look-ups that wait or are under way.
  [[nodiscard]] std::size_t pending() const;

  /// Drops what waits. A look-up that is under way for longer than `patience` is left behind with
  /// its thread; its callback is not called any more.
  void stop(std::chrono::milliseconds patience);

 private:
  struct state;
  static void run(state& s);

  std::shared_ptr<state> state_;  // shared with the thread, which may outlive the resolver
  thread thread_;
};

}  // namespace moonward::host
