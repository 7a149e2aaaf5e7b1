/// The client of the echo workloads: N connections, one message in flight on each, for some
/// seconds.
///
///   echo_load PORT CONNECTIONS SECONDS [BYTES [WARM_UP_SECONDS]]
///
/// Prints one line of JSON: round trips a second, and percentiles of their times in microseconds.
/// Nothing is counted during the warm-up. One thread; loopback only. Exit code 1 when a connection
/// fails or an answer differs from what was sent.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

struct connection {
  int fd = -1;
  std::size_t received = 0;
  clock_type::time_point sent;
};

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "echo_load: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void send_message(connection& c, const std::string& message) {
  c.received = 0;
  c.sent = clock_type::now();
  std::size_t written = 0;
  while (written < message.size()) {
    const ssize_t n = ::send(c.fd, message.data() + written, message.size() - written, 0);
    if (n <= 0) fail("send");
    written += static_cast<std::size_t>(n);
  }
}

// True when the whole answer is there.
bool receive_some(connection& c, const std::string& message, std::vector<char>& buffer) {
  const ssize_t n = ::recv(c.fd, buffer.data(), message.size() - c.received, 0);
  if (n <= 0) fail("recv");
  const auto bytes = static_cast<std::size_t>(n);
  if (std::memcmp(buffer.data(), message.data() + c.received, bytes) != 0) {
    errno = EBADMSG;
    fail("the answer differs");
  }
  c.received += bytes;
  return c.received == message.size();
}

double percentile(const std::vector<float>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return static_cast<double>(sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: echo_load PORT CONNECTIONS SECONDS [BYTES [WARM_UP_SECONDS]]\n");
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const auto count = static_cast<std::size_t>(std::atoi(argv[2]));
  const double seconds = std::atof(argv[3]);
  const auto bytes = static_cast<std::size_t>(argc > 4 ? std::atoi(argv[4]) : 64);
  const double warm_up = argc > 5 ? std::atof(argv[5]) : 0.2;

  std::string message(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) message[i] = static_cast<char>('a' + i % 26);
  std::vector<char> buffer(bytes);

  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) fail("epoll_create1");
  std::vector<connection> connections(count);
  for (std::size_t i = 0; i < count; ++i) {
    connections[i].fd = connect_to(port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event) != 0) fail("epoll_ctl");
  }
  for (connection& c : connections) send_message(c, message);

  const auto in_seconds = [](double s) {
    return std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double>(s));
  };
  const auto counted_from = clock_type::now() + in_seconds(warm_up);
  const auto end = counted_from + in_seconds(seconds);
  std::vector<float> times_us;
  times_us.reserve(4'000'000);
  std::vector<epoll_event> events(256);
  // After the end the last answers are still read: a server shouldn't have to log broken
  // connections.
  for (std::size_t in_flight = count; in_flight > 0;) {
    const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < ready; ++i) {
      connection& c = connections[events[static_cast<std::size_t>(i)].data.u64];
      if (!receive_some(c, message, buffer)) continue;
      const auto arrived = clock_type::now();
      if (arrived >= counted_from && arrived < end)
        times_us.push_back(std::chrono::duration<float, std::micro>(arrived - c.sent).count());
      if (arrived < end) send_message(c, message);
      else --in_flight;
    }
  }
  std::sort(times_us.begin(), times_us.end());
  std::printf(R"({"round_trips_per_second":%.1f,"p50_us":%.2f,"p99_us":%.2f,"p999_us":%.2f})"
              "\n",
              static_cast<double>(times_us.size()) / seconds, percentile(times_us, 0.5),
              percentile(times_us, 0.99), percentile(times_us, 0.999));
  for (const connection& c : connections) ::close(c.fd);
  return times_us.empty() ? 1 : 0;
}
