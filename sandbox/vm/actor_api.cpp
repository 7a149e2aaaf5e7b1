// What the script API does with tasks, sessions, timers and message types.
#include "sandbox/api/socket_table.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/lua.hpp"
#include "sandbox/vm/task_bodies.hpp"
#include "sandbox/vm/thread_mark.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace moonward::sandbox {

std::int32_t actor::new_session() noexcept {
  do {
    last_session_ = last_session_ == 0x7fffffff ? 1 : last_session_ + 1;
  } while (sessions_.find(last_session_) != nullptr);
  return last_session_;
}

void actor::check_can_wait(lua_State* L) {
  if (lua_isyieldable(L) == 0 || thread_mark::of(L).chain_unyieldable())
    luaL_error(L, "attempt to yield across a C-call boundary");
  if (current_ == nullptr) luaL_error(L, "this function can't be called here: no task runs");
}

bool actor::expect(wait_kind kind, std::int32_t session, handle from) noexcept {
  task& t = *current_;
  release_message(t.delivered);
  t.delivered = nullptr;
  if (kind != wait_kind::module && !sessions_.insert({session, kind, &t, 0})) return false;
  t.waits = kind;
  t.wait_session = session;
  t.waits_for = from;
  t.woke = wake_reason::none;
  return true;
}

int actor::wait(lua_State* L, int (*continuation)(lua_State*, int, std::intptr_t),
                std::intptr_t context) {
  exec().suspended = suspension::host_wait;
  return lua_yieldk(L, 0, context, continuation);
}

void actor::drop_delivered() noexcept {
  release_message(current_->delivered);
  current_->delivered = nullptr;
}

task& actor::idle_task() noexcept {
  task* t = tasks_.take();
  return t != nullptr ? *t : tasks_.add(nullptr, 0);
}

task& actor::fork(int function) noexcept {
  task& t = idle_task();
  t.function = function;
  t.body = fork_body;
  forks_.push(&t);
  return t;
}

void actor::adopt_coroutine(lua_State* coroutine, int anchor) noexcept {
  (void)tasks_.give(tasks_.add(coroutine, anchor));
}

bool actor::set_deadline(std::int32_t session, std::uint64_t delay_ms) noexcept {
  if (!sessions_.insert({session, wait_kind::deadline, current_, 0})) return false;
  current_->deadline_session = session;
  if (port_.add_timer(session, delay_ms, 0)) return true;
  sessions_.erase(session);
  current_->deadline_session = 0;
  return false;
}

void actor::unexpect() noexcept {
  task& t = *current_;
  sessions_.erase(t.wait_session);
  t.waits = wait_kind::none;
  if (t.deadline_session == 0) return;
  sessions_.erase(t.deadline_session);
  port_.cancel_timer(t.deadline_session);
  t.deadline_session = 0;
}

bool actor::add_timeout(std::uint64_t delay_ms, std::uint64_t period_ms, int function,
                        std::int32_t session) noexcept {
  const wait_kind kind = period_ms != 0 ? wait_kind::periodic : wait_kind::timeout;
  if (!sessions_.insert({session, kind, nullptr, function})) return false;
  if (port_.add_timer(session, delay_ms, period_ms)) return true;
  sessions_.erase(session);
  return false;
}

bool actor::expect_answer(std::int32_t session, handle from, int type) noexcept {
  if (!sessions_.insert({session, wait_kind::answer, nullptr, type, from})) return false;
  ++awaited_answers_;
  return true;
}

void actor::forget_answer(std::int32_t session) noexcept {
  const expectation* e = sessions_.find(session);
  if (e == nullptr || e->kind != wait_kind::answer) return;
  sessions_.erase(session);
  --awaited_answers_;
}

// What comes late is no news to anybody: the entry stays until then.
void actor::drop_answer(std::int32_t session) noexcept {
  expectation* e = sessions_.find(session);
  if (e == nullptr) return;
  if (e->kind != wait_kind::answer) ++awaited_answers_;
  *e = {session, wait_kind::dropped, nullptr, 0};
}

void actor::limit_memory(std::uint64_t bytes) noexcept {
  arena_->set_cap(std::min(bytes, port_.quota().memory_bytes));
}

bool actor::cancel_timeout(std::int32_t session, int& function) noexcept {
  const expectation* e = sessions_.find(session);
  if (e == nullptr || (e->kind != wait_kind::timeout && e->kind != wait_kind::periodic))
    return false;
  function = e->function;
  sessions_.erase(session);
  port_.cancel_timer(session);
  return true;
}

void actor::wake(task& t, wake_reason reason) noexcept {
  if (t.waits == wait_kind::none || t.woke != wake_reason::none) return;
  if (t.waits == wait_kind::sleep) port_.cancel_timer(t.wait_session);
  sessions_.erase(t.wait_session);
  t.woke = reason;
  woken_.push(&t);
}

task* actor::find_task(lua_State* coroutine) noexcept {
  for (const auto& t : tasks_)
    if (t->coroutine == coroutine) return t.get();
  return nullptr;
}

bool actor::forget_task(lua_State* coroutine) noexcept {
  task* t = find_task(coroutine);
  if (t == nullptr || t == current_) return false;
  const bool idle =
      t->waits == wait_kind::none && t->body == nullptr && t->woke == wake_reason::none;
  if (idle) return false;
  (void)forks_.remove(t);
  (void)woken_.remove(t);
  (void)failed_calls_.remove(t);
  if (t->waits == wait_kind::sleep) port_.cancel_timer(t->wait_session);
  if (t->waits == wait_kind::call) drop_answer(t->wait_session);
  else sessions_.erase(t->wait_session);
  if (t->owes_answer && t->session != 0)
    send_error(t->source, t->session, "the request was killed");
  t->owes_answer = false;
  t->waits = wait_kind::none;
  t->body = nullptr;
  return true;
}

bool actor::wait_for_module(std::string_view name) noexcept {
  module_waiters_.emplace_back(current_, name);
  return expect(wait_kind::module, 0, 0);
}

void actor::module_loaded(std::string_view name) noexcept {
  for (auto& [t, wanted] : module_waiters_)
    if (wanted == name) wake(*t, wake_reason::woken);
  std::erase_if(module_waiters_, [name](const auto& w) { return w.second == name; });
}

protocol* actor::find_protocol(std::uint8_t id) noexcept {
  for (const auto& p : protocols_)
    if (p->id == id) return p.get();
  return nullptr;
}

protocol* actor::find_protocol(lua_State* L, int index) noexcept {
  if (lua_type(L, index) == LUA_TNUMBER) {
    const lua_Integer id = lua_tointeger(L, index);
    return id < 0 || id > 255 ? nullptr : find_protocol(static_cast<std::uint8_t>(id));
  }
  if (lua_type(L, index) != LUA_TSTRING) return nullptr;
  std::size_t length = 0;
  const char* name = lua_tolstring(L, index, &length);
  for (const auto& p : protocols_)
    if (p->interned == name) return p.get();
  for (const auto& p : protocols_)
    if (p->name == std::string_view{name, length}) return p.get();
  return nullptr;
}

protocol& actor::add_protocol(std::string_view name, std::uint8_t id) {
  protocols_.push_back(std::make_unique<protocol>());
  protocol& p = *protocols_.back();
  p.name = name;
  p.id = id;
  return p;
}

std::int64_t actor::owe_response(handle source, std::int32_t session) noexcept {
  if (responses_.size() >= port_.quota().coroutines) return 0;
  responses_.push_back({++last_response_, source, session});
  return last_response_;
}

bool actor::take_response(std::int64_t id, owed_response& out, bool keep) noexcept {
  // Ids only grow: the list is in their order.
  const auto at = std::lower_bound(responses_.begin(), responses_.end(), id,
                                   [](const owed_response& r, std::int64_t i) { return r.id < i; });
  if (at == responses_.end() || at->id != id) return false;
  out = *at;
  if (!keep) responses_.erase(at);
  return true;
}

}  // namespace moonward::sandbox
