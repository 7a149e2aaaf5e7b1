/// A TCP connection: made by `connect`, or accepted by a listener.
///
/// The I/O thread reads only while the owner has started it and has taken what it got before:
/// bytes on their way to the script never exceed the receive window. What is written goes out at
/// once, by the owner's worker; what the system doesn't take is queued and goes out gathered, many
/// writes a system call. The peer's end of input is told once all data has been delivered, and
/// writing may go on until `close`. Invariant: data events, then at most one `close` or `error`, in
/// the order of the stream. Thread: `write`, `consumed` by the worker that runs the owner; the rest
/// by the I/O thread.
#pragma once

#include "host/net/direct_send.hpp"
#include "host/net/net_socket.hpp"
#include "host/net/open_plan.hpp"
#include "host/net/outbox.hpp"
#include "host/net/ready_set.hpp"
#include "host/net/resolver.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

namespace moonward::host {

class connection final : public net_socket, private ready_target {
 public:
  /// One that is to be opened as planned; it starts with the request `resolved`.
  connection(net_context& context, tenant_net& tenant, io_thread& io,
             std::unique_ptr<open_plan> plan);
  /// One that was accepted; owns the descriptor. It waits to be started.
  connection(net_context& context, tenant_net& tenant, io_thread& io, int descriptor,
             std::string local, std::string peer);
  ~connection() override;

  // -- the owner's worker -------------------------------------------------------------------
  [[nodiscard]] sandbox::write_result write(std::span<const std::string_view> pieces,
                                            outbox::priority p) noexcept;
  void consumed(std::uint64_t bytes) noexcept;

  /// The resolver's answer; on the resolver thread, or by who has an address at once.
  void resolved(lookup_result found);
  [[nodiscard]] socket_row describe() const override;

 private:
  using clock = std::chrono::steady_clock;
  enum class phase : std::uint8_t {
    connecting,
    open,
    flushing,   ///< close was asked: sends what is queued
    lingering,  ///< sent all; discards input so that the peer gets the last bytes
    ended,
  };
  enum class read_outcome : std::uint8_t { more, drained, held_back, ended };

  void process(std::uint32_t requests) noexcept override;
  void on_ready(readiness what) noexcept override;

  // -- opening (connection_open.cpp) --------------------------------------------------------
  void try_next_address() noexcept;
  /// False when it failed at once.
  [[nodiscard]] bool try_connect(const policies::ip_address& address) noexcept;
  void connect_finished() noexcept;
  void connected() noexcept;
  void give_up(std::string_view why) noexcept;
  /// Has readiness told from now on; false with errno when that is refused.
  [[nodiscard]] bool register_descriptor() noexcept;
  void close_descriptor() noexcept;

  // -- data (connection_io.cpp) -------------------------------------------------------------
  void progress() noexcept;
  void read() noexcept;
  [[nodiscard]] read_outcome read_once() noexcept;
  void discard() noexcept;
  void flush() noexcept;
  void tell_backlog() noexcept;

  // -- closing ------------------------------------------------------------------------------
  void begin_close() noexcept;
  void flushed() noexcept;
  /// The system refuses to go on with this socket.
  void fail(int error) noexcept;
  /// Before the owner is told, so that it finds its quota free again.
  void end() noexcept;

  void set_timer(clock::time_point at) noexcept;
  void on_timer() noexcept;

  /// Sends what may go out at once; bytes of the pieces that are done with.
  [[nodiscard]] std::size_t send_now(std::span<const std::string_view> pieces) noexcept;

  // Shared with workers.
  outbox out_;
  direct_send direct_;
  std::atomic<bool> drain_wanted_{false};  // worker sets after a full write, I/O clears when empty
  std::atomic<std::int64_t> in_flight_bytes_{
      0};                             // I/O adds, worker subtracts; seq_cst with stalled_
  std::atomic<bool> stalled_{false};  // I/O sets when the window is full, worker clears
  // Statistics: the I/O thread and the owner's worker write, any thread reads; relaxed.
  std::atomic<std::uint64_t> read_bytes_{0};
  std::atomic<std::uint64_t> written_bytes_{0};
  std::atomic<std::uint64_t> last_read_ms_{0};
  std::atomic<std::uint64_t> last_write_ms_{0};
  std::atomic<bool> reading_{false};

  // The I/O thread's alone.
  phase phase_;
  std::unique_ptr<open_plan> plan_;
  int descriptor_ = -1;
  bool registered_ = false;  // with the I/O thread's ready_set
  std::optional<boost::asio::steady_timer> timer_;
  clock::time_point timer_at_ = clock::time_point::max();
  clock::time_point deadline_ = clock::time_point::max();  // of the phase
  std::uint64_t warn_above_bytes_ = 0;                     // 0: the send buffer's size
  bool started_ = false;
  bool paused_ = false;
  bool quiet_ = false;
  bool input_ended_ = false;
  bool input_ending_ = false;  // the system has told of the end, which may be behind some bytes
  bool drained_ = false;       // nothing to read until the system tells of more
  bool choked_ = false;        // no room to send, or to connect, until the system tells of some
};

}  // namespace moonward::host
