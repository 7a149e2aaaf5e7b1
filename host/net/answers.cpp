#include "host/net/answers.hpp"

#include <cstring>

namespace moonward::host {

namespace {

using sandbox::memory_account;
using sandbox::message;

// Charged even beyond the cap.
message* allocate_always(memory_account& account, std::size_t size) noexcept {
  message* m = sandbox::allocate_message(size, nullptr);
  if (m == nullptr) return nullptr;
  account.charge_always(m->footprint());
  m->account = &account;
  m->origin = sandbox::message_origin::host;
  return m;
}

void write_event(message* m, std::uint64_t socket, sandbox::socket_event event,
                 std::uint64_t detail, std::string_view bytes) noexcept {
  m->type = sandbox::message_type::socket;
  m->origin = sandbox::message_origin::host;
  const sandbox::socket_event_header header{socket, detail, event, 0};
  std::memcpy(m->data(), &header, sizeof header);
  if (!bytes.empty()) std::memcpy(m->data() + sizeof header, bytes.data(), bytes.size());
}

message* reply(memory_account& account, sandbox::handle to, std::int32_t session,
               sandbox::message_type type, std::string_view bytes) noexcept {
  message* m = allocate_always(account, bytes.size());
  if (m == nullptr) return nullptr;
  if (!bytes.empty()) std::memcpy(m->data(), bytes.data(), bytes.size());
  m->type = type;
  m->session = session;
  m->destination = to;
  return m;
}

}  // namespace

message* event_message(memory_account& account, std::uint64_t socket, sandbox::socket_event event,
                       std::uint64_t detail, std::string_view bytes) noexcept {
  message* m = allocate_always(account, sizeof(sandbox::socket_event_header) + bytes.size());
  if (m != nullptr) write_event(m, socket, event, detail, bytes);
  return m;
}

std::uint64_t data_message_footprint(std::uint64_t bytes) noexcept {
  return sizeof(message) + sizeof(sandbox::socket_event_header) + bytes;
}

message* charged_data_message(memory_account& account, std::uint64_t socket,
                              std::string_view bytes) noexcept {
  message* m =
      sandbox::allocate_message(sizeof(sandbox::socket_event_header) + bytes.size(), nullptr);
  if (m == nullptr) return nullptr;
  m->account = &account;
  write_event(m, socket, sandbox::socket_event::data, 0, bytes);
  return m;
}

message* answer_message(memory_account& account, sandbox::handle to, std::int32_t session,
                        std::string_view packed) noexcept {
  return reply(account, to, session, sandbox::message_type::response, packed);
}

message* failure_message(memory_account& account, sandbox::handle to, std::int32_t session,
                         std::string_view text) noexcept {
  return reply(account, to, session, sandbox::message_type::error, text);
}

}  // namespace moonward::host
