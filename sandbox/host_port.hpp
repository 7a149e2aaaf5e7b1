/// What an actor may ask of its host: the one door between `sandbox` and `host`.
///
/// `host` implements it, one object a service; the actor calls it while its slice runs. Nothing
/// here touches Lua, nothing here throws or blocks: what takes time answers later with a message
/// of type `response` (or `error`) that carries the session given.
/// Thread: the worker that runs the service, always inside a host section.
#pragma once

#include "sandbox/memory/account.hpp"
#include "sandbox/message.hpp"

#include "policies/quota.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace moonward::sandbox {

/// Result of pushing a message. Whatever it is, the host has taken the message.
enum class send_result : std::uint8_t {
  delivered,
  dead,          ///< no such service, or it has ended
  mailbox_full,  ///< `mailbox_messages` or `mailbox_bytes` of the receiver
};

/// A file of the tenant's bundle or a built-in module.
struct module_source {
  std::string_view text;        ///< the Lua source; lives as long as the actor
  std::string_view chunk_name;  ///< path relative to the bundle, for error texts
  std::string_view compiled;    ///< what the host cached of it, or empty
  const void* key = nullptr;    ///< pass back to store_compiled; null: not cacheable
};

/// What a service looks like from outside.
struct service_usage {
  std::uint64_t memory_bytes = 0;      ///< arena footprint
  std::uint64_t cpu_ns = 0;            ///< in finished slices
  std::uint64_t messages = 0;          ///< dispatched so far
  std::uint64_t mailbox_messages = 0;  ///< waiting now
  std::uint64_t mailbox_bytes = 0;
  std::uint64_t timers = 0;
  std::uint64_t sockets = 0;
  std::uint64_t coroutines = 0;
  std::uint64_t tenant_memory_bytes = 0;
  std::uint64_t tenant_memory_cap_bytes = 0;
  std::uint64_t tenant_services = 0;
  std::uint64_t tenant_sockets = 0;
};

/// A row of the tenant's list of services.
struct service_row {
  handle id = 0;
  std::string name;  ///< what it was started as, with its arguments
  service_usage usage;
  bool endless = false;  ///< interrupted in its current turn
};

/// Bytes of one socket that may be on their way to a script that doesn't read them.
inline constexpr std::uint64_t receive_window_bytes = 128 * 1024;

struct spawn_request {
  std::string_view name;       ///< of the service's file in the bundle, and of its quota
  std::string_view arguments;  ///< joined by spaces
  std::string_view code;       ///< compiled main function instead of the file, or empty
  std::int32_t session = 0;    ///< answered when it has started
};

enum class socket_op : std::uint8_t { start, pause, close, shutdown, abandon, nodelay };

/// Payload header of a message of type `socket`: what happened to which socket. Bytes follow.
enum class socket_event : std::uint32_t {
  data = 1,     ///< bytes: what was read
  open = 2,     ///< started or connected; bytes: "address:port" of the peer
  close = 3,    ///< the peer closed (all data has been delivered) or close() is complete
  accept = 4,   ///< detail: the new socket's id; bytes: "address:port" of the peer
  error = 5,    ///< bytes: the reason; the socket is closed
  warning = 7,  ///< detail: KiB waiting to be sent; 0: drained
};

struct socket_event_header {
  std::uint64_t socket;
  std::uint64_t detail;
  socket_event event;
  std::uint32_t reserved;
};

enum class write_result : std::uint8_t {
  queued,
  backpressure,  ///< queued, and the send buffer is full: wait for a `warning` event with 0
  overfull,      ///< the same, and more than twice the send buffer waits: now really wait
  closed,        ///< no such socket, not owned by this service, or closed for writing
  refused,       ///< the tenant's memory cap is reached: nothing was queued
};

class socket_port {
 public:
  virtual ~socket_port() = default;
  /// Answers the session with the packed values (id, "address", port), or an error text.
  virtual void listen(std::int32_t session, std::string_view address, int port,
                      int backlog) noexcept = 0;
  /// Answers the session with the packed values (id, "address:port"), or an error text. `address`
  /// is a name or an IP; names are resolved on the resolver thread and checked after resolution.
  virtual void connect(std::int32_t session, std::string_view address, int port) noexcept = 0;
  /// Answers the session with the packed list of a name's addresses, or an error text.
  virtual void resolve(std::int32_t session, std::string_view name) noexcept = 0;
  /// Asks for an operation; false when the socket isn't this service's. `start` also takes over a
  /// socket that another service of the tenant has abandoned or accepted.
  [[nodiscard]] virtual bool control(std::uint64_t socket, socket_op op) noexcept = 0;
  /// Queues the pieces as one write, in order. `low` ones go after all others.
  [[nodiscard]] virtual write_result write(std::uint64_t socket,
                                           std::span<const std::string_view> pieces,
                                           bool low) noexcept = 0;
  /// The script has taken `bytes` of what `data` events brought. The host stops reading a socket
  /// while more than `receive_window_bytes` of it are on the way or wait for the script.
  virtual void consumed(std::uint64_t socket, std::uint64_t bytes) noexcept = 0;
  /// One line a socket of the tenant, packed with the codec: a list of tables (see netstat).
  [[nodiscard]] virtual message* netstat() noexcept = 0;
};

class host_port {
 public:
  virtual ~host_port() = default;

  // -- identity and limits ------------------------------------------------------------------
  [[nodiscard]] virtual handle self() const noexcept = 0;
  [[nodiscard]] virtual std::string_view tenant_name() const noexcept = 0;
  [[nodiscard]] virtual std::string_view service_name() const noexcept = 0;
  /// A built-in service of the host: may list and end the tenant's services.
  [[nodiscard]] virtual bool is_system() const noexcept = 0;
  [[nodiscard]] virtual const policies::service_quota& quota() const noexcept = 0;
  [[nodiscard]] virtual const policies::tenant_quota& tenant_quota() const noexcept = 0;
  [[nodiscard]] virtual memory_account& account() noexcept = 0;
  [[nodiscard]] virtual service_usage usage() noexcept = 0;
  /// Of another service of the tenant; false when there is none.
  [[nodiscard]] virtual bool usage_of(handle id, service_usage& out) noexcept = 0;

  // -- messages -----------------------------------------------------------------------------
  /// Takes the message and pushes it to `m->destination`. Only services of the tenant and those
  /// exported to it are found.
  [[nodiscard]] virtual send_result send(message* m) noexcept = 0;
  /// True while the service exists and may be addressed by this one.
  [[nodiscard]] virtual bool alive(handle id) noexcept = 0;
  /// The handle of a local name (".db") or an imported one ("other.api"); 0 when unknown.
  /// Built-in services (".launcher", ".service") are started by their first look-up.
  [[nodiscard]] virtual handle find_name(std::string_view name) noexcept = 0;
  /// First registration wins; false when the name is taken by another service.
  [[nodiscard]] virtual bool register_name(std::string_view name, handle id) noexcept = 0;

  // -- services -----------------------------------------------------------------------------
  /// Starts a service of the tenant. The session is answered with the packed handle once its
  /// start function has ended, with nil when it exited in its start, or with an error text.
  /// Fills `why` and returns 0 when a quota refuses.
  [[nodiscard]] virtual handle spawn(const spawn_request& request, std::string& why) noexcept = 0;
  /// The start function has ended well: answers who waits for it.
  virtual void started() noexcept = 0;
  /// Orders the end of another service of the tenant; false when there is none.
  [[nodiscard]] virtual bool kill(handle id) noexcept = 0;
  /// Ends all services of the tenant (Skynet's abort); in `exec` that ends the process.
  virtual void abort_tenant() noexcept = 0;
  /// Asks to be told (PTYPE_CLIENT, empty, source = the handle) of each service that ends.
  [[nodiscard]] virtual handle set_monitor(handle id) noexcept = 0;
  /// All services of the tenant; valid until the next call.
  [[nodiscard]] virtual const std::vector<service_row>& list() noexcept = 0;

  // -- time ---------------------------------------------------------------------------------
  /// Milliseconds since the start of the host, monotonic.
  [[nodiscard]] virtual std::uint64_t now_ms() const noexcept = 0;
  /// Monotonic nanoseconds.
  [[nodiscard]] virtual std::uint64_t monotonic_ns() const noexcept = 0;
  /// UTC seconds of the start of the host; the fraction goes into now_ms (Skynet's rule).
  [[nodiscard]] virtual std::uint64_t start_time() const noexcept = 0;
  /// CPU nanoseconds of this service up to now, the running slice included.
  [[nodiscard]] virtual std::uint64_t cpu_ns() const noexcept = 0;
  /// A message of type `response` with `session` arrives after `delay_ms`, then every
  /// `period_ms` when that is not 0. False when the quota or the memory account refuses.
  [[nodiscard]] virtual bool add_timer(std::int32_t session, std::uint64_t delay_ms,
                                       std::uint64_t period_ms) noexcept = 0;
  /// The timer's message will not arrive any more, unless it is in the mailbox already.
  virtual void cancel_timer(std::int32_t session) noexcept = 0;

  // -- everything else ----------------------------------------------------------------------
  /// `name` is a module ("a.b"), a service ("chat") or a bundle path ("data/x.lua").
  enum class module_kind : std::uint8_t { module, service, file };
  [[nodiscard]] virtual bool find_module(module_kind kind, std::string_view name,
                                         module_source& out) noexcept = 0;
  virtual void store_compiled(const void* key, std::string_view bytes) noexcept = 0;

  /// A line for the log; control characters are escaped by the log.
  enum class log_level : std::uint8_t { print, error, warning, info };
  virtual void log(log_level level, std::string_view text) noexcept = 0;

  /// The tenant's environment: write-once strings, which stay where they are.
  [[nodiscard]] virtual const std::string* find_env(std::string_view key) noexcept = 0;
  [[nodiscard]] virtual bool set_env(std::string_view key, std::string_view value) noexcept = 0;

  [[nodiscard]] virtual socket_port& sockets() noexcept = 0;
};

}  // namespace moonward::sandbox
