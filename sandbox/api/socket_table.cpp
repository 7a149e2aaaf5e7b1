#include "sandbox/api/socket_table.hpp"

#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/lua.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace moonward::sandbox {

namespace {

constexpr auto header_bytes = static_cast<std::uint32_t>(sizeof(socket_event_header));
// Acknowledging costs a look-up in the host, so it is done in steps that are small to the window.
constexpr std::uint64_t acknowledge_step = receive_window_bytes / 8;

socket_event_header header_of(const message* m) noexcept {
  socket_event_header header{};
  if (m->size >= header_bytes) std::memcpy(&header, m->data(), sizeof header);
  return header;
}

std::string_view bytes_of(const message* m) noexcept { return m->text().substr(header_bytes); }

void acknowledge(actor& a, std::uint64_t id, script_socket& s, std::uint64_t up_to) noexcept {
  if (up_to <= s.acknowledged_bytes) return;
  a.port().sockets().consumed(id, up_to - s.acknowledged_bytes);
  s.acknowledged_bytes = up_to;
}

// Queues a task that runs `body` with the event; takes the message.
void run_callback(actor& a, int (*body)(lua_State*), message* m) noexcept {
  task& t = a.fork(0);
  t.body = body;
  t.request = m;
}

}  // namespace

script_socket* socket_table::find(std::uint64_t id) noexcept {
  const auto found = sockets_.find(id);
  return found == sockets_.end() ? nullptr : &found->second;
}

script_socket& socket_table::add(std::uint64_t id, script_socket::state now) {
  script_socket& s = sockets_[id];
  s.now = now;
  return s;
}

bool socket_table::has_on_close(std::uint64_t id) const noexcept {
  const auto found = on_close_.find(id);
  return found != on_close_.end() && found->second != 0;
}

void socket_table::take(actor& a, std::uint64_t id, std::size_t bytes) noexcept {
  script_socket* s = find(id);
  if (s == nullptr) return;
  bytes = std::min(bytes, s->input.size());
  s->input.drop(bytes);
  s->read_bytes += bytes;
  if (s->read_bytes >= s->acknowledged_bytes + acknowledge_step)
    acknowledge(a, id, *s, s->read_bytes);
}

void socket_table::ask_for_more(actor& a, std::uint64_t id, script_socket& s) noexcept {
  if (s.received_bytes >= s.acknowledged_bytes + acknowledge_step)
    acknowledge(a, id, s, s.received_bytes);
  if (!std::exchange(s.paused, false)) return;
  (void)a.port().sockets().control(id, socket_op::start);
  a.port().log(host_port::log_level::info, fmt::format("Resume socket ({})", id));
}

void socket_table::wake(actor& a, std::int32_t& session) noexcept {
  const std::int32_t waiting = std::exchange(session, 0);
  if (waiting == 0) return;
  const expectation* e = a.sessions().find(waiting);
  if (e != nullptr && e->who != nullptr && e->kind == wait_kind::token)
    a.wake(*e->who, wake_reason::woken);
}

void socket_table::wake_writers(actor& a, script_socket& s) noexcept {
  for (std::int32_t& writer : s.writers) wake(a, writer);
  s.writers.clear();
}

void socket_table::wake_all(actor& a, script_socket& s) noexcept {
  s.goal = read_goal::none;
  wake(a, s.opener);
  wake(a, s.reader);
  // After the reader: it takes what is left before close() forgets the socket.
  wake(a, s.closer);
  wake_writers(a, s);
}

void socket_table::erase(actor& a, std::uint64_t id) noexcept {
  script_socket* s = find(id);
  if (s == nullptr) return;
  wake_all(a, *s);
  sockets_.erase(id);
}

bool socket_table::satisfied(script_socket& s) noexcept {
  switch (s.goal) {
    case read_goal::none:
    case read_goal::end: return false;
    case read_goal::anything: return !s.input.empty();
    case read_goal::bytes: return s.input.size() >= s.wanted_bytes;
    case read_goal::separator:
      return s.input.find(s.separator) != byte_queue::npos ||
             (s.wanted_bytes != 0 && s.input.size() >= s.wanted_bytes);
  }
  return false;
}

// -- events -----------------------------------------------------------------------------------

void socket_table::on_message(actor& a, message* m) noexcept {
  const socket_event_header header = header_of(m);
  switch (header.event) {
    case socket_event::data: return on_data(a, header.socket, m);
    case socket_event::open: on_open(a, header.socket); break;
    case socket_event::close:
      on_end(a, header.socket, {});
      if (!has_on_close(header.socket)) break;
      return run_callback(a, socket_callbacks::closed, m);
    case socket_event::accept: return on_accept(a, header.socket, m);
    case socket_event::error: on_end(a, header.socket, bytes_of(m)); break;
    case socket_event::warning: return on_warning(a, header.socket, m);
  }
  release_message(m);
}

void socket_table::on_data(actor& a, std::uint64_t id, message* m) noexcept {
  script_socket* s = find(id);
  if (s == nullptr) {
    a.port().log(host_port::log_level::info, fmt::format("socket: drop package from {}", id));
    release_message(m);
    return;
  }
  s->received_bytes += m->size - header_bytes;
  s->input.append(m, header_bytes);
  if (s->reader != 0 && satisfied(*s)) {
    s->goal = read_goal::none;
    wake(a, s->reader);
    return;
  }
  if (s->limit_bytes != 0 && s->input.size() > s->limit_bytes && s->goal != read_goal::bytes) {
    a.port().log(host_port::log_level::error,
                 fmt::format("socket buffer overflow: fd={} size={}", id, s->input.size()));
    (void)a.port().sockets().control(id, socket_op::close);
    s->limit_bytes = 0;
    wake_writers(a, *s);
    return;
  }
  if (s->reader != 0) ask_for_more(a, id, *s);
}

void socket_table::on_open(actor& a, std::uint64_t id) noexcept {
  script_socket* s = find(id);
  if (s == nullptr || s->now != script_socket::state::opening) return;
  s->now = script_socket::state::connected;
  wake(a, s->opener);
}

void socket_table::on_end(actor& a, std::uint64_t id, std::string_view error) noexcept {
  script_socket* s = find(id);
  if (s == nullptr) return;
  if (!error.empty()) {
    if (s->now == script_socket::state::connected)
      a.port().log(host_port::log_level::info, fmt::format("socket: error on {} {}", id, error));
    s->error = error;
  }
  s->now = script_socket::state::ended;
  if (!error.empty() || s->closer != 0) return wake_all(a, *s);
  // The peer's end of input: what is written still goes out, so writers wait on.
  s->goal = read_goal::none;
  wake(a, s->opener);
  wake(a, s->reader);
}

void socket_table::on_accept(actor& a, std::uint64_t id, message* m) noexcept {
  const script_socket* s = find(id);
  if (s == nullptr || s->on_accept == 0) {
    (void)a.port().sockets().control(header_of(m).detail, socket_op::close);
    release_message(m);
    return;
  }
  run_callback(a, socket_callbacks::accepted, m);
}

void socket_table::on_warning(actor& a, std::uint64_t id, message* m) noexcept {
  script_socket* s = find(id);
  if (s == nullptr) return release_message(m);
  const std::uint64_t waiting_kib = header_of(m).detail;
  if (waiting_kib == 0) {
    s->overfull = false;
    wake_writers(a, *s);
    if (!std::exchange(s->warned, false)) return release_message(m);
  } else {
    s->warned = true;
  }
  if (s->on_warning != 0) return run_callback(a, socket_callbacks::warned, m);
  if (waiting_kib != 0)
    a.port().log(host_port::log_level::warning,
                 fmt::format("WARNING: {} K bytes need to send out (fd = {})", waiting_kib, id));
  release_message(m);
}

// -- callbacks --------------------------------------------------------------------------------

namespace {

int done(lua_State*, int, lua_KContext) { return 0; }

void release_request(actor& a) {
  host_section section{a.exec()};
  task& t = *a.current_task();
  release_message(t.request);
  t.request = nullptr;
}

}  // namespace

int socket_callbacks::accepted(lua_State* L) {
  actor& a = actor::of(L);
  const message* m = a.current_task()->request;
  const socket_event_header header = header_of(m);
  const script_socket* s = a.sockets().find(header.socket);
  if (s == nullptr || s->on_accept == 0) {
    host_section section{a.exec()};
    (void)a.port().sockets().control(header.detail, socket_op::close);
    return 0;
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, s->on_accept);
  lua_pushinteger(L, static_cast<lua_Integer>(header.detail));
  const std::string_view peer = bytes_of(m);
  lua_pushlstring(L, peer.data(), peer.size());
  release_request(a);
  lua_callk(L, 2, 0, 0, done);
  return 0;
}

int socket_callbacks::closed(lua_State* L) {
  actor& a = actor::of(L);
  const socket_event_header header = header_of(a.current_task()->request);
  if (!a.sockets().has_on_close(header.socket)) return 0;
  const int reference = a.sockets().on_close(header.socket);
  lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
  luaL_unref(L, LUA_REGISTRYINDEX, reference);
  {
    host_section section{a.exec()};
    a.sockets().erase_on_close(header.socket);
  }
  release_request(a);
  lua_pushinteger(L, static_cast<lua_Integer>(header.socket));
  lua_callk(L, 1, 0, 0, done);
  return 0;
}

int socket_callbacks::warned(lua_State* L) {
  actor& a = actor::of(L);
  const socket_event_header header = header_of(a.current_task()->request);
  const script_socket* s = a.sockets().find(header.socket);
  if (s == nullptr || s->on_warning == 0) return 0;
  lua_rawgeti(L, LUA_REGISTRYINDEX, s->on_warning);
  release_request(a);
  lua_pushinteger(L, static_cast<lua_Integer>(header.socket));
  lua_pushinteger(L, static_cast<lua_Integer>(header.detail));
  lua_callk(L, 2, 0, 0, done);
  return 0;
}

}  // namespace moonward::sandbox
