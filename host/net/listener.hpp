/// A TCP listener: binds an allowed address, and accepts while its owner has started it.
///
/// Each accepted connection is the owner's, waits to be started, and counts against the tenant's
/// `sockets`; beyond that it is closed at once and the log says so, once a second.
/// Thread: its I/O thread, but where noted.
#pragma once

#include "host/net/net_socket.hpp"
#include "host/net/open_plan.hpp"
#include "host/net/resolver.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

namespace moonward::host {

class listener final : public net_socket {
 public:
  listener(net_context& context, tenant_net& tenant, io_thread& io,
           std::unique_ptr<open_plan> plan);

  /// The resolver's answer; on the resolver thread, or by who has an address at once.
  void resolved(lookup_result found);
  [[nodiscard]] socket_row describe() const override;

 private:
  using clock = std::chrono::steady_clock;
  enum class phase : std::uint8_t { opening, open, ended };

  void process(std::uint32_t requests) noexcept override;
  void open() noexcept;
  [[nodiscard]] bool try_listen(const policies::ip_address& address) noexcept;
  void accept() noexcept;
  void admit(int descriptor, const boost::asio::ip::tcp::endpoint& peer) noexcept;
  void refuse(const char* why) noexcept;
  void accept_later(std::chrono::milliseconds delay) noexcept;
  void arm() noexcept;
  void end() noexcept;

  phase phase_ = phase::opening;
  std::unique_ptr<open_plan> plan_;
  std::optional<boost::asio::ip::tcp::acceptor> acceptor_;
  std::optional<boost::asio::steady_timer> timer_;
  std::string local_text_;
  std::atomic<std::uint64_t> accepted_{0};  // I/O thread writes, any thread reads
  clock::time_point logged_at_;
  std::uint64_t refused_ = 0;  // since the last line about it
  bool started_ = false;
  bool paused_ = false;
  bool quiet_ = false;
  bool armed_ = false;
};

}  // namespace moonward::host
