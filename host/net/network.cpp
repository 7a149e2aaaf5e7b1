#include "host/net/network.hpp"

#include "host/net/net_context.hpp"
#include "host/net/network_port.hpp"

#include <fmt/format.h>

#include <utility>

namespace moonward::host {

namespace {
// Sockets that are told to end do so as soon as their thread looks.
constexpr std::chrono::milliseconds end_patience{1'000};
}  // namespace

struct network::implementation {
  net_context context;
  std::vector<thread> threads;  // of the context's I/O threads, in their order
};

network::network(network_sink& sink, const network_threads& threads, network_options options)
    : implementation_{new implementation{{sink, std::move(options)}, {}}} {
  net_context& context = implementation_->context;
  context.set_resolver(std::make_unique<resolver>(threads.resolver, context.options()));
  for (const auto& io : context.io_threads())
    implementation_->threads.push_back(
        threads.io(fmt::format("mw-io-{}", implementation_->threads.size()),
                   [thread = io.get()] { thread->run(); }));
}

network::~network() { stop(std::chrono::milliseconds{0}); }

std::unique_ptr<sandbox::socket_port> network::port_for(const socket_owner& owner) {
  return std::make_unique<network_port>(implementation_->context, owner);
}

void network::close_all(sandbox::handle service) noexcept {
  implementation_->context.owner_died(service);
}

std::size_t network::sockets_of(sandbox::handle service) const {
  return implementation_->context.sockets_of(service);
}

std::uint64_t network::pending() const {
  return implementation_->context.open() + implementation_->context.names().pending();
}

std::vector<int> network::wake_descriptors() const {
  std::vector<int> descriptors;
  for (const auto& io : implementation_->context.io_threads())
    descriptors.push_back(io->wake_descriptor());
  return descriptors;
}

void network::stop(std::chrono::milliseconds drain) {
  if (implementation_->threads.empty()) return;
  net_context& context = implementation_->context;
  context.begin_stop();
  context.close_everything(net_request::close);
  if (!context.wait_until_closed(drain)) {
    context.close_everything(net_request::shutdown);
    (void)context.wait_until_closed(end_patience);
  }
  context.names().stop(drain);
  for (const auto& io : context.io_threads()) io->stop();
  for (thread& t : implementation_->threads) t.join();
  implementation_->threads.clear();
}

}  // namespace moonward::host
