/// A network without a host: mailboxes that a test can wait on, tenants, and raw peers.
///
/// Thread: the test's; the fake sink is called by I/O threads too and has a lock of its own.
#pragma once

#include "host/net/network.hpp"

#include "sandbox/codec/wire.hpp"

#include "policies/quota.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <set>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace moonward::host::net_test {

using sandbox::handle;
using sandbox::socket_event;
using sandbox::socket_op;
using sandbox::write_result;

/// Long enough for any machine; reached only by a test that fails.
inline constexpr std::chrono::seconds patience{20};

struct event {
  sandbox::message_type type{};
  std::int32_t session = 0;
  socket_event what{};
  std::uint64_t socket = 0;
  std::uint64_t detail = 0;
  std::string bytes;
};

class fake_sink final : public network_sink {
 public:
  ~fake_sink() override = default;

  [[nodiscard]] bool push(sandbox::message* m) noexcept override {
    event e;
    e.type = m->type;
    e.session = m->session;
    if (m->type == sandbox::message_type::socket) {
      sandbox::socket_event_header header{};
      std::memcpy(&header, m->data(), sizeof header);
      e.what = header.event;
      e.socket = header.socket;
      e.detail = header.detail;
      e.bytes = m->text().substr(sizeof header);
    } else {
      e.bytes = m->text();
    }
    const handle to = m->destination;
    const std::lock_guard lock{mutex_};
    const bool alive = !dead_.contains(to);
    if (alive && hold_) held_.push_back(m);
    else sandbox::release_message(m);
    if (alive) boxes_[to].push_back(std::move(e));
    changed_.notify_all();
    return alive;
  }
  void log(handle, std::string_view text) noexcept override {
    const std::lock_guard lock{mutex_};
    lines_.emplace_back(text);
    changed_.notify_all();
  }
  [[nodiscard]] std::uint64_t now_ms() const noexcept override { return 0; }

  /// The next message to `to`; fails the test when none comes.
  event next(handle to) {
    std::unique_lock lock{mutex_};
    const bool came = changed_.wait_for(lock, patience, [&] { return !boxes_[to].empty(); });
    BOOST_REQUIRE_MESSAGE(came, "no message came");
    event e = std::move(boxes_[to].front());
    boxes_[to].pop_front();
    return e;
  }
  /// The next socket event that isn't a warning.
  event next_event(handle to) {
    while (true) {
      event e = next(to);
      if (e.type != sandbox::message_type::socket || e.what != socket_event::warning) return e;
    }
  }
  std::string wait_for_line() {
    std::unique_lock lock{mutex_};
    BOOST_REQUIRE(changed_.wait_for(lock, patience, [&] { return !lines_.empty(); }));
    return lines_.front();
  }
  /// Bytes of data delivered to `to` and not taken by `next` yet.
  std::size_t waiting_bytes(handle to) {
    const std::lock_guard lock{mutex_};
    std::size_t sum = 0;
    for (const event& e : boxes_[to])
      if (e.what == socket_event::data) sum += e.bytes.size();
    return sum;
  }
  bool wait_for_bytes(handle to, std::size_t bytes) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, [&] {
      std::size_t sum = 0;
      for (const event& e : boxes_[to])
        if (e.what == socket_event::data) sum += e.bytes.size();
      return sum >= bytes;
    });
  }
  void die(handle service) {
    const std::lock_guard lock{mutex_};
    dead_.insert(service);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<handle, std::deque<event>> boxes_;
  std::vector<std::string> lines_;
  std::vector<sandbox::message*> held_;
  std::set<handle> dead_;
  bool hold_ = false;
};

/// Reads packed values as the tests expect them.
class unpacker {
 public:
  explicit unpacker(std::string_view bytes) : bytes_{bytes} {}
  std::int64_t integer() {
    tag(sandbox::wire::int64);
    std::int64_t value = 0;
    take(&value, sizeof value);
    return value;
  }
  std::string text() {
    tag(sandbox::wire::string32);
    std::uint32_t size = 0;
    take(&size, sizeof size);
    BOOST_REQUIRE(bytes_.size() >= size);
    std::string value{bytes_.substr(0, size)};
    bytes_.remove_prefix(size);
    return value;
  }

 private:
  void tag(std::uint8_t wanted) {
    std::uint8_t found = 0;
    take(&found, 1);
    BOOST_REQUIRE_EQUAL(static_cast<int>(found), static_cast<int>(wanted));
  }
  void take(void* to, std::size_t size) {
    BOOST_REQUIRE(bytes_.size() >= size);
    std::memcpy(to, bytes_.data(), size);
    bytes_.remove_prefix(size);
  }
  std::string_view bytes_;
};

/// A blocking socket of the outside world; a call that hangs fails after the patience.
class raw_peer {
 public:
  explicit raw_peer(std::uint16_t port, bool v6 = false)
      : descriptor_{::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    const timeval limit{patience.count(), 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    int result = 0;
    if (v6) {
      sockaddr_in6 to{};
      to.sin6_family = AF_INET6;
      to.sin6_port = htons(port);
      to.sin6_addr = in6addr_loopback;
      result = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to);
    } else {
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(port);
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      result = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
    BOOST_REQUIRE_EQUAL(result, 0);
  }
  ~raw_peer() { close(); }
  raw_peer(const raw_peer&) = delete;
  raw_peer& operator=(const raw_peer&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the receiving side will miss it
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// As much as the kernel takes without waiting.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t sent =
        ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  std::string receive(std::size_t bytes) {
    std::string all(bytes, '\0');
    std::size_t got = 0;
    while (got < bytes) {
      const ssize_t part = ::recv(descriptor_, all.data() + got, bytes - got, 0);
      if (part <= 0) break;
      got += static_cast<std::size_t>(part);
    }
    all.resize(got);
    return all;
  }
  /// True when the other side has closed in order.
  bool at_end() {
    char one = 0;
    return ::recv(descriptor_, &one, 1, 0) == 0;
  }
  void finish_sending() { ::shutdown(descriptor_, SHUT_WR); }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  void reset() {
    const linger hard{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }

 private:
  int descriptor_;
};

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"})
    ++count;
  return count;
}

inline policies::endpoint_pattern pattern(std::string_view text, policies::endpoint_use use) {
  return policies::endpoint_pattern::parse(text, use).value();
}

inline thread_launcher plain_launcher() {
  return [](const std::string& name, std::function<void()> body) {
    return std::move(*launch_thread(thread_role::io, name, std::move(body), {}));
  };
}

/// A tenant that may use the loopback addresses, and two of its services.
struct net_fixture {
  static constexpr handle alice = 1;
  static constexpr handle bob = 2;

  explicit net_fixture(const std::function<void(network_options&)>& configure = {},
                       const std::function<void(policies::tenant_quota&)>& limit = {}) {
    policies::tenant_quota quota;
    quota.listen = {pattern("127.0.0.1:*", policies::endpoint_use::listen),
                    pattern("[::1]:*", policies::endpoint_use::listen)};
    quota.connect = {pattern("127.0.0.1:*", policies::endpoint_use::connect),
                     pattern("[::1]:*", policies::endpoint_use::connect)};
    if (limit) limit(quota);
    tenant = std::make_unique<tenant_net>("acme", account,
                                          std::make_shared<policies::tenant_quota>(quota));
    network_options options;
    options.lookup = [](const std::string&) { return lookup_result{{}, "there is no such name"}; };
    if (configure) configure(options);
    net = std::make_unique<network>(sink, network_threads{plain_launcher(), plain_launcher()},
                                    options);
    alice_port = net->port_for({alice, *tenant});
    bob_port = net->port_for({bob, *tenant});
  }
  ~net_fixture() {
    alice_port.reset();
    bob_port.reset();
    net->stop(std::chrono::seconds{5});
    net.reset();
    tenant.reset();
    BOOST_TEST(account.used_bytes() == 0);
  }

  struct listening {
    std::uint64_t id;
    std::uint16_t port;
  };
  /// Alice listens and accepts.
  listening listen(std::string_view address = "127.0.0.1") {
    alice_port->listen(7, address, 0, 32);
    const event answer = sink.next(alice);
    BOOST_REQUIRE(answer.type == sandbox::message_type::response);
    BOOST_TEST(answer.session == 7);
    unpacker values{answer.bytes};
    const auto id = static_cast<std::uint64_t>(values.integer());
    BOOST_TEST(values.text() == address);
    const auto port = static_cast<std::uint16_t>(values.integer());
    BOOST_REQUIRE(alice_port->control(id, socket_op::start));
    const event opened = sink.next(alice);
    BOOST_REQUIRE(opened.what == socket_event::open);
    return {id, port};
  }
  /// The socket of the connection that the listener has just accepted.
  std::uint64_t accepted() {
    const event e = sink.next(alice);
    BOOST_REQUIRE(e.what == socket_event::accept);
    return e.detail;
  }
  void start(sandbox::socket_port& port, handle who, std::uint64_t id) {
    BOOST_REQUIRE(port.control(id, socket_op::start));
    const event e = sink.next(who);
    BOOST_REQUIRE(e.what == socket_event::open);
    BOOST_TEST(e.socket == id);
  }
  [[nodiscard]] write_result write(sandbox::socket_port& port, std::uint64_t id,
                                   std::string_view bytes, bool low = false) {
    const std::string_view pieces[] = {bytes};
    return port.write(id, pieces, low);
  }
  /// Bob connects to a port of 127.0.0.1.
  std::uint64_t connect(std::uint16_t port) {
    bob_port->connect(9, "127.0.0.1", port);
    const event answer = sink.next(bob);
    BOOST_REQUIRE_MESSAGE(answer.type == sandbox::message_type::response, answer.bytes);
    BOOST_TEST(answer.session == 9);
    return static_cast<std::uint64_t>(unpacker{answer.bytes}.integer());
  }
  /// The text of the error that answers what bob asked for.
  std::string refusal() {
    const event answer = sink.next(bob);
    BOOST_REQUIRE(answer.type == sandbox::message_type::error);
    return answer.bytes;
  }
  /// `bytes` of data for a service, taken event by event.
  std::string read(sandbox::socket_port& port, handle who, std::uint64_t id, std::size_t bytes) {
    std::string all;
    while (all.size() < bytes) {
      const event e = sink.next_event(who);
      BOOST_REQUIRE(e.what == socket_event::data);
      BOOST_REQUIRE(e.socket == id);
      all += e.bytes;
      port.consumed(id, e.bytes.size());
    }
    return all;
  }

  sandbox::memory_account account{256 * policies::mib};
  fake_sink sink;
  std::unique_ptr<tenant_net> tenant;
  std::unique_ptr<network> net;
  std::unique_ptr<sandbox::socket_port> alice_port;
  std::unique_ptr<sandbox::socket_port> bob_port;
};

}  // namespace moonward::host::net_test
