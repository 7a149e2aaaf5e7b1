#include "host/net/network_port.hpp"

#include "host/net/answers.hpp"
#include "host/net/endpoint.hpp"

#include "sandbox/codec/value_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace moonward::host {

namespace {

constexpr int highest_port = 65535;
constexpr int highest_backlog = 65535;
constexpr std::size_t longest_name = 253;

bool may_be_name(std::string_view host) noexcept {
  return !host.empty() && host.size() <= longest_name && host.find('\0') == std::string_view::npos;
}

}  // namespace

network_port::network_port(net_context& context, const socket_owner& owner)
    : context_{context}, owner_{owner} {
  context_.add_owner(owner_);
}

network_port::~network_port() { context_.owner_died(owner_.service); }

void network_port::push(sandbox::message* m) noexcept {
  // The service runs, so its mailbox is there.
  if (m != nullptr && !context_.sink().push(m)) context_.owner_died(owner_.service);
}

void network_port::fail(std::int32_t session, std::string_view text) noexcept {
  push(failure_message(owner_.tenant.account(), owner_.service, session, text));
}

template <typename Socket>
void network_port::open(std::unique_ptr<open_plan> plan) noexcept {
  const std::int32_t session = plan->session;
  const std::string what = plan->what();
  const auto quota = owner_.tenant.quota();
  const auto& list = plan->use == policies::endpoint_use::listen ? quota->listen : quota->connect;
  const auto address = policies::ip_address::parse(plan->host);
  plan->named = !address.has_value();
  if (context_.stopping()) return fail(session, what + " is refused: the host stops");
  // No look-up for who may go nowhere: the name itself would be a message to its name server.
  if (list.empty()) return fail(session, plan->error_text());
  if (plan->named && !may_be_name(plan->host))
    return fail(session, what + " failed: that is neither an address nor a name");

  std::string host = plan->host;
  const boost::intrusive_ptr<Socket> socket{
      new Socket{context_, owner_.tenant, context_.next_io(), std::move(plan)}};
  context_.socket_opened();
  switch (owner_.tenant.registry().admit(socket, owner_.service, quota->sockets,
                                         socket_registry::standing::owned)) {
    case admission::admitted: break;
    case admission::over_quota:
      context_.socket_ended();
      return fail(session,
                  fmt::format(R"({} is refused: the tenant has its {} sockets open: close )"
                              R"(some, or raise "sockets")",
                              what, quota->sockets));
    case admission::owner_ended:
      context_.socket_ended();
      return fail(session, what + " is refused: the service has ended");
  }
  if (context_.stopping()) socket->request_quiet_close();
  if (address) return socket->resolved({{*address}, {}});
  if (!context_.names().ask(&owner_.tenant, std::move(host),
                            [socket](lookup_result found) { socket->resolved(std::move(found)); }))
    socket->resolved({{}, "too many look-ups wait"});
}

void network_port::listen(std::int32_t session, std::string_view address, int port,
                          int backlog) noexcept {
  auto plan = std::make_unique<open_plan>();
  plan->use = policies::endpoint_use::listen;
  plan->session = session;
  plan->host = address;
  if (port < 0 || port > highest_port)
    return fail(session, fmt::format("listen on {} port {} failed: a port is 0 to {}", address,
                                     port, highest_port));
  plan->port = static_cast<std::uint16_t>(port);
  plan->backlog = std::clamp(backlog, 1, highest_backlog);
  open<listener>(std::move(plan));
}

void network_port::connect(std::int32_t session, std::string_view address, int port) noexcept {
  auto plan = std::make_unique<open_plan>();
  plan->use = policies::endpoint_use::connect;
  plan->session = session;
  plan->host = address;
  if (port < 1 || port > highest_port)
    return fail(session, fmt::format("connect to {} port {} failed: a port is 1 to {}", address,
                                     port, highest_port));
  plan->port = static_cast<std::uint16_t>(port);
  open<connection>(std::move(plan));
}

void network_port::resolve(std::int32_t session, std::string_view name) noexcept {
  const std::string what = fmt::format("look-up of {}", name);
  if (owner_.tenant.quota()->connect.empty())
    return fail(session, what + R"( is not permitted: the tenant's "connect" list is empty)");
  if (!may_be_name(name)) return fail(session, what + " failed: that is no name");
  const auto answer = [&context = context_, owner = owner_, session,
                       what](const lookup_result& found) {
    sandbox::memory_account& account = owner.tenant.account();
    sandbox::message* m = nullptr;
    if (found.addresses.empty()) {
      m = failure_message(account, owner.service, session, what + " failed: " + found.error);
    } else {
      sandbox::packed_values values;
      values.begin_table(static_cast<std::uint32_t>(found.addresses.size()));
      for (const auto& address : found.addresses) values.add(std::string_view{address.to_string()});
      values.end_table();
      m = answer_message(account, owner.service, session, values.bytes());
    }
    if (m != nullptr && !context.sink().push(m)) context.owner_died(owner.service);
  };
  if (const auto address = policies::ip_address::parse(name)) return answer({{*address}, {}});
  if (!context_.names().ask(&owner_.tenant, std::string{name}, answer))
    fail(session, what + " failed: too many look-ups wait");
}

net_socket* network_port::find(std::uint64_t id) noexcept {
  auto known = known_.find(id);
  if (known == known_.end()) {
    net_socket_ptr found = owner_.tenant.registry().find_for(id, owner_.service);
    if (!found) return nullptr;
    forget_ended();
    known = known_.emplace(id, std::move(found)).first;
  }
  net_socket* socket = known->second.get();
  if (!socket->closing() && socket->owner() == owner_.service) return socket;
  known_.erase(known);
  return nullptr;
}

void network_port::forget_ended() noexcept {
  if (known_.size() < sweep_at_) return;
  std::erase_if(known_, [this](const auto& entry) {
    return entry.second->closing() || entry.second->owner() != owner_.service;
  });
  sweep_at_ = std::max<std::size_t>(64, known_.size() * 2);
}

bool network_port::start(std::uint64_t id) noexcept {
  const net_socket_ptr socket = owner_.tenant.registry().find_for(id, owner_.service);
  if (!socket || socket->closing()) return false;
  switch (owner_.tenant.registry().take(*socket, owner_.service)) {
    case socket_registry::taken::no: return false;
    case socket_registry::taken::was_owner: break;
    case socket_registry::taken::changed_hands: socket->request(net_request::owner_changed); break;
  }
  socket->request_reading(true);
  return true;
}

bool network_port::control(std::uint64_t id, sandbox::socket_op op) noexcept {
  if (op == sandbox::socket_op::start) return start(id);
  net_socket* socket = find(id);
  net_socket_ptr takable;
  if (socket == nullptr &&
      (op == sandbox::socket_op::close || op == sandbox::socket_op::shutdown)) {
    // A service that was told of a socket but doesn't want it may close it for its owner.
    takable = owner_.tenant.registry().find_for(id, owner_.service);
    if (takable && !takable->closing()) socket = takable.get();
  }
  if (socket == nullptr) {
    // Closing may be followed by dropping what is still queued.
    if (op != sandbox::socket_op::shutdown) return false;
    takable = owner_.tenant.registry().find_for(id, owner_.service);
    if (!takable) return false;
    socket = takable.get();
  }
  switch (op) {
    case sandbox::socket_op::start: break;
    case sandbox::socket_op::pause: socket->request_reading(false); break;
    case sandbox::socket_op::close: socket->request(net_request::close); break;
    case sandbox::socket_op::shutdown: socket->request(net_request::shutdown); break;
    case sandbox::socket_op::abandon:
      owner_.tenant.registry().abandon(*socket);
      socket->request_reading(false);
      socket->request(net_request::owner_changed);
      break;
    case sandbox::socket_op::nodelay: break;  // always so
  }
  return true;
}

sandbox::write_result network_port::write(std::uint64_t id,
                                          std::span<const std::string_view> pieces,
                                          bool low) noexcept {
  auto* target = dynamic_cast<connection*>(find(id));
  if (target == nullptr) return sandbox::write_result::closed;
  return target->write(pieces, low ? outbox::priority::low : outbox::priority::normal);
}

void network_port::consumed(std::uint64_t id, std::uint64_t bytes) noexcept {
  if (auto* target = dynamic_cast<connection*>(find(id))) target->consumed(bytes);
}

sandbox::message* network_port::netstat() noexcept {
  const std::vector<socket_row> rows = owner_.tenant.registry().describe();
  const auto text = [](sandbox::packed_values& v, std::string_view key, std::string_view value) {
    v.add(key).add(value);
  };
  const auto number = [](sandbox::packed_values& v, std::string_view key, std::uint64_t value) {
    v.add(key).add(static_cast<std::int64_t>(value));
  };
  sandbox::packed_values values;
  values.begin_table(static_cast<std::uint32_t>(rows.size()));
  for (const socket_row& row : rows) {
    values.begin_table(0);
    number(values, "id", row.id);
    number(values, "address", row.owner);
    text(values, "type", row.type);
    text(values, "sock", row.local);
    if (!row.peer.empty()) text(values, "peer", row.peer);
    number(values, "read", row.read_bytes);
    number(values, "write", row.written_bytes);
    number(values, "wbuffer", row.queued_bytes);
    number(values, "rtime", row.last_read_ms / 10);
    number(values, "wtime", row.last_write_ms / 10);
    values.add("reading").add(row.reading);
    values.add("writing").add(row.queued_bytes != 0);
    if (row.accepted != 0) number(values, "accept", row.accepted);
    values.end_table();
  }
  values.end_table();
  return sandbox::make_message(values.bytes(), &owner_.tenant.account());
}

}  // namespace moonward::host
