/// The sockets that a service has open, as its script sees them.
///
/// Socket events change the table and wake the tasks that wait; Lua runs only for callbacks. What
/// waits is remembered by session, never by pointer: a task that is killed while it waits leaves
/// nothing behind. A socket whose end was told stays here, with what is left to read, until close.
/// Flow: what the script reads is acknowledged to the host, which then reads more; a reader that
/// waits for more than what is here has all of it acknowledged.
/// Thread: the worker that runs the service; changes happen in a host section or outside the VM.
#pragma once

#include "sandbox/api/byte_queue.hpp"
#include "sandbox/host_port.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct lua_State;

namespace moonward::sandbox {

class actor;

/// What the reader of a socket waits for.
enum class read_goal : std::uint8_t {
  none,
  anything,
  bytes,      ///< `wanted_bytes`
  separator,  ///< a line that ends with it, or `wanted_bytes` when that isn't 0
  end,        ///< the peer's end of input
};

struct script_socket {
  enum class state : std::uint8_t {
    listening,  ///< a listener that has not been started
    opening,    ///< start was asked
    connected,  ///< or, for a listener, accepting
    ended,      ///< the peer has closed, or an error: what was received can be read
  };

  state now = state::opening;
  bool paused = false;    ///< by the script; the next read that waits goes on
  bool overfull = false;  ///< too much waits to be sent
  bool warned = false;    ///< its owner was told so
  bool garbled = false;   ///< an HTTP message was refused: nobody knows where the next begins
  std::string error;      ///< why it ended, "" for an orderly end
  byte_queue input;
  std::uint64_t received_bytes = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t acknowledged_bytes = 0;
  std::uint64_t limit_bytes = 0;  ///< more unread input ends it; 0: no limit

  read_goal goal = read_goal::none;
  std::size_t wanted_bytes = 0;
  std::string separator;
  // Sessions of the tasks that wait; 0: none.
  std::int32_t opener = 0;
  std::int32_t reader = 0;
  std::int32_t closer = 0;
  std::vector<std::int32_t> writers;
  // Registry references of callbacks; 0: none.
  int on_accept = 0;
  int on_warning = 0;

  [[nodiscard]] bool is_listener() const noexcept { return on_accept != 0; }
  /// Input may still come: it is neither at its end nor being closed by another coroutine.
  [[nodiscard]] bool goes_on() const noexcept { return now != state::ended && closer == 0; }
};

class socket_table {
 public:
  socket_table() = default;
  socket_table(const socket_table&) = delete;
  socket_table& operator=(const socket_table&) = delete;

  /// A socket event of the host; takes the message. Outside the VM.
  void on_message(actor& a, message* m) noexcept;

  // -- for the script API; what changes the table, in a host section ------------------------
  [[nodiscard]] script_socket* find(std::uint64_t id) noexcept;
  script_socket& add(std::uint64_t id, script_socket::state now);
  /// Forgets a socket and wakes who waits for it. The caller releases its callbacks.
  void erase(actor& a, std::uint64_t id) noexcept;
  /// Removes `bytes` from the input and tells the host.
  void take(actor& a, std::uint64_t id, std::size_t bytes) noexcept;
  /// The reader waits for more than there is: the host is to send on.
  void ask_for_more(actor& a, std::uint64_t id, script_socket& s) noexcept;
  /// Wakes the task that waits with this session, which is set to 0.
  static void wake(actor& a, std::int32_t& session) noexcept;
  static void wake_writers(actor& a, script_socket& s) noexcept;
  /// Wakes whoever waits for the socket.
  static void wake_all(actor& a, script_socket& s) noexcept;

  /// The onclose callback of a socket, which may be set before the socket is known; 0: none.
  [[nodiscard]] int& on_close(std::uint64_t id) { return on_close_[id]; }
  [[nodiscard]] bool has_on_close(std::uint64_t id) const noexcept;
  [[nodiscard]] std::size_t on_close_count() const noexcept { return on_close_.size(); }
  void erase_on_close(std::uint64_t id) noexcept { on_close_.erase(id); }

 private:
  void on_data(actor& a, std::uint64_t id, message* m) noexcept;
  void on_open(actor& a, std::uint64_t id) noexcept;
  void on_end(actor& a, std::uint64_t id, std::string_view error) noexcept;
  void on_accept(actor& a, std::uint64_t id, message* m) noexcept;
  void on_warning(actor& a, std::uint64_t id, message* m) noexcept;
  [[nodiscard]] static bool satisfied(script_socket& s) noexcept;

  std::unordered_map<std::uint64_t, script_socket> sockets_;
  std::unordered_map<std::uint64_t, int> on_close_;
};

/// What callbacks run as: the first frame of a task that has the event as its request.
struct socket_callbacks {
  static int accepted(lua_State* L);
  static int closed(lua_State* L);
  static int warned(lua_State* L);
};

}  // namespace moonward::sandbox
