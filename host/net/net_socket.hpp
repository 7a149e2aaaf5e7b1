/// A socket as its owner and its I/O thread share it: who owns it, what is asked of it.
///
/// Workers set request bits and schedule the socket on its I/O thread, which does the rest; of the
/// descriptor they have one use, to send at once (direct_send.hpp). A socket has one owner at a
/// time; while it is `takable` (accepted or abandoned, and not started since) any service of the
/// tenant may start it and own it. Invariant: it is in its tenant's registry from `admit` until it
/// has ended, and ended means: no descriptor, no buffer, no Asio object, whoever still refers to
/// it. Thread: see each member.
#pragma once

#include "sandbox/host_port.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace moonward::host {

class io_thread;
class net_context;
class tenant_net;

/// What is asked of a socket; handled in this order by its I/O thread.
enum class net_request : std::uint32_t {
  resolved = 1U << 0,  ///< the resolver has filled in the addresses
  owner_changed = 1U << 1,
  nodelay = 1U << 2,
  start = 1U << 3,
  pause = 1U << 4,
  credit = 1U << 5,    ///< the script has consumed enough for reading to go on
  flush = 1U << 6,     ///< there is something to send
  close = 1U << 7,     ///< send what is queued, then close
  shutdown = 1U << 8,  ///< drop what is queued and close
  quiet = 1U << 9,     ///< nobody is to be told
};

/// What `netstat` shows of a socket.
struct socket_row {
  std::uint64_t id = 0;
  sandbox::handle owner = 0;
  const char* type = "";
  std::string local;
  std::string peer;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t queued_bytes = 0;
  std::uint64_t last_read_ms = 0;
  std::uint64_t last_write_ms = 0;
  std::uint64_t accepted = 0;
  bool reading = false;
};

class net_socket : public boost::intrusive_ref_counter<net_socket> {
 public:
  net_socket(net_context& context, tenant_net& tenant, io_thread& io) noexcept
      : context_{context}, tenant_{tenant}, io_{io} {}
  virtual ~net_socket() = default;
  net_socket(const net_socket&) = delete;
  net_socket& operator=(const net_socket&) = delete;

  // -- any thread ---------------------------------------------------------------------------
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] tenant_net& tenant() const noexcept { return tenant_; }
  [[nodiscard]] sandbox::handle owner() const noexcept {
    return owner_.load(std::memory_order_acquire);
  }
  /// True once the owner can do no more with it but wait for its end.
  [[nodiscard]] bool closing() const noexcept { return closing_.load(std::memory_order_acquire); }

  /// Asks for something; the I/O thread is woken once for all that is asked before it looks.
  void request(net_request what) noexcept;
  /// As request, and no event will be sent to the owner about it.
  void request_quiet_close() noexcept;
  /// Reading is to go on or to stop: each undoes the other.
  void request_reading(bool wanted) noexcept;

  [[nodiscard]] virtual socket_row describe() const = 0;  ///< under the registry's lock

  // -- the socket's I/O thread --------------------------------------------------------------
  /// Handles what was asked; called by io_thread for scheduled sockets.
  void run_scheduled() noexcept;

 protected:
  [[nodiscard]] static bool has(std::uint32_t requests, net_request what) noexcept {
    return (requests & static_cast<std::uint32_t>(what)) != 0;
  }
  /// What was asked since the last time.
  virtual void process(std::uint32_t requests) noexcept = 0;

  /// Pushes an event to the owner; when the owner has ended, its sockets are closed.
  void send_event(sandbox::socket_event event, std::uint64_t detail,
                  std::string_view bytes) noexcept;
  /// Pushes a message whose destination is the owner, whoever that is now.
  void send_to_owner(sandbox::message* m) noexcept;
  /// Leaves the registry; the socket has no descriptor any more.
  void leave() noexcept;

  net_context& context_;
  tenant_net& tenant_;
  io_thread& io_;
  std::atomic<bool> closing_{false};  // set by worker or I/O thread, never cleared
  std::string local_;                 // written by I/O under the registry's lock, read under it
  std::string peer_;                  // likewise

 private:
  friend class io_thread;
  friend class socket_registry;

  void schedule() noexcept;

  std::uint64_t id_ = 0;                    // set by the registry before anybody else sees it
  std::atomic<sandbox::handle> owner_{0};   // written under the registry's lock, read by any thread
  bool takable_ = false;                    // under the registry's lock
  std::size_t owner_index_ = 0;             // under the registry's lock: place in its owner's list
  std::atomic<std::uint32_t> requests_{0};  // any thread sets (release), I/O takes all (acquire)
  std::atomic<bool> scheduled_{false};      // whoever sets it pushes the socket to the I/O thread
  net_socket* next_scheduled_ = nullptr;    // written by who pushes, read by who takes the stack
};

using net_socket_ptr = boost::intrusive_ptr<net_socket>;

}  // namespace moonward::host
