#include "host/net/resolver.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unordered_map>
#include <utility>

namespace moonward::host {

struct resolver::state {
  struct question {
    std::string name;
    callback done;
  };
  std::size_t limit = 0;
  std::function<lookup_result(const std::string&)> lookup;

  std::mutex mutex;  // guards all below
  std::condition_variable changed;
  std::unordered_map<const void*, std::deque<question>> waiting;
  std::deque<const void*> turns;  // the askers of `waiting`, the next one first
  bool busy = false;
  bool stopping = false;
  bool ended = false;
};

resolver::resolver(const thread_launcher& launch, const network_options& options)
    : state_{std::make_shared<state>()} {
  state_->limit = options.lookups_per_tenant;
  state_->lookup = options.lookup;
  thread_ = launch("mw-resolver", [shared = state_] { run(*shared); });
}

resolver::~resolver() { stop(std::chrono::milliseconds{0}); }

bool resolver::ask(const void* asker, std::string name, callback done) {
  {
    const std::lock_guard lock{state_->mutex};
    if (state_->stopping) return false;
    auto& questions = state_->waiting[asker];
    if (questions.size() >= state_->limit) return false;
    if (questions.empty()) state_->turns.push_back(asker);
    questions.push_back({std::move(name), std::move(done)});
  }
  state_->changed.notify_all();
  return true;
}

std::size_t resolver::pending() const {
  const std::lock_guard lock{state_->mutex};
  std::size_t count = state_->busy ? 1 : 0;
  for (const auto& [asker, questions] : state_->waiting) count += questions.size();
  return count;
}

void resolver::stop(std::chrono::milliseconds patience) {
  if (!thread_.joinable()) return;
  std::unique_lock lock{state_->mutex};
  state_->stopping = true;
  auto dropped = std::move(state_->waiting);
  state_->waiting.clear();
  state_->turns.clear();
  state_->changed.notify_all();
  const bool ended =
      state_->changed.wait_for(lock, patience, [this] { return state_->ended || !state_->busy; });
  lock.unlock();
  if (ended) thread_.join();
  else thread_.detach();
}

void resolver::run(state& s) {
  std::unique_lock lock{s.mutex};
  while (true) {
    s.changed.wait(lock, [&] { return s.stopping || !s.turns.empty(); });
    if (s.stopping) break;
    const void* asker = s.turns.front();
    s.turns.pop_front();
    auto& questions = s.waiting[asker];
    state::question q = std::move(questions.front());
    questions.pop_front();
    if (questions.empty()) s.waiting.erase(asker);
    else s.turns.push_back(asker);
    s.busy = true;
    lock.unlock();
    lookup_result found = s.lookup(q.name);
    lock.lock();
    if (s.stopping) {
      s.busy = false;
      break;
    }
    lock.unlock();
    q.done(std::move(found));
    q.done = nullptr;
    lock.lock();
    s.busy = false;
  }
  s.ended = true;
  s.changed.notify_all();
}

lookup_result system_lookup(const std::string& name) {
  lookup_result result;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int failed = ::getaddrinfo(name.c_str(), nullptr, &hints, &list); failed != 0) {
    result.error = ::gai_strerror(failed);
    return result;
  }
  for (const addrinfo* a = list; a != nullptr; a = a->ai_next) {
    std::optional<policies::ip_address> address;
    if (a->ai_family == AF_INET) {
      std::array<std::uint8_t, 4> octets{};
      const auto* in = reinterpret_cast<const sockaddr_in*>(a->ai_addr);
      std::copy_n(reinterpret_cast<const std::uint8_t*>(&in->sin_addr), octets.size(),
                  octets.begin());
      address = policies::ip_address::v4(octets);
    } else if (a->ai_family == AF_INET6) {
      std::array<std::uint8_t, 16> octets{};
      const auto* in = reinterpret_cast<const sockaddr_in6*>(a->ai_addr);
      std::copy_n(in->sin6_addr.s6_addr, octets.size(), octets.begin());
      address = policies::ip_address::v6(octets);
    }
    if (!address) continue;
    const auto& known = result.addresses;
    if (std::find(known.begin(), known.end(), *address) == known.end())
      result.addresses.push_back(*address);
  }
  ::freeaddrinfo(list);
  if (result.addresses.empty()) result.error = "it has no IPv4 or IPv6 address";
  return result;
}

}  // namespace moonward::host
