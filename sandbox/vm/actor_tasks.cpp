// Running tasks: entering the VM, what follows from how it returns, and the pool of coroutines.
#include "sandbox/api/socket_table.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/lua.hpp"
#include "sandbox/vm/task_bodies.hpp"
#include "sandbox/vm/thread_mark.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace moonward::sandbox {

namespace {
// Of a script's error text the host keeps no more, because nobody pays for it.
constexpr std::size_t longest_error_bytes = 64 * 1024;
}  // namespace

void actor::begin(task& t, int (*body)(lua_State*)) noexcept {
  t.body = body;
  go_on(t);
}

void actor::go_on(task& t) noexcept {
  exec().begin_turn();
  if (buffer().size() != 0) buffer().reset();
  enter(t);
}

void actor::resume() noexcept {
  task& t = *preempted_;
  preempted_ = nullptr;
  // A kill in the middle of packing may have left something; nothing is being packed at a
  // pre-emption.
  if (buffer().size() != 0) buffer().reset();
  exec().continue_turn(turn_instructions_);
  enter(t);
  if (preempted_ == nullptr) run_ready();
}

void actor::enter(task& t) noexcept {
  current_ = &t;
  t.waits = wait_kind::none;
  lua_State* co = t.coroutine;
  int count = 0;
  execution& e = exec();
  if (t.clocked) t.clock_since_ns = port_.cpu_ns();
  e.suspended = suspension::none;
  e.enter_vm(co);
  if (t.body != nullptr) {
    lua_pushcfunction(co, t.body);
    t.body = nullptr;
  }
  const int status = lua_resume(co, nullptr, 0, &count);
  e.leave_vm();
  if (t.clocked) t.clock_ns += port_.cpu_ns() - t.clock_since_ns;
  if (status == LUA_YIELD) [[likely]] {
    if (e.suspended == suspension::preempted) {
      preempted_ = &t;
      turn_instructions_ = e.instructions();
      return;
    }
    current_ = nullptr;
    return;
  }
  if (status == LUA_OK) finished(t);
  else failed(t);
  current_ = nullptr;
}

void actor::run_ready() noexcept {
  for (;;) {
    if (exiting_ && !ended_) do_exit();
    if (ended_) return;
    if (message* m = injected_first_) {
      injected_first_ = m->next;
      if (injected_first_ == nullptr) injected_last_ = nullptr;
      dispatch(m);
      if (preempted_ != nullptr) return;
      continue;
    }
    task* t = woken_.pop();
    if (t == nullptr) t = failed_calls_.pop();
    if (t == nullptr) t = forks_.pop();
    if (t == nullptr) return;
    if (t->coroutine == nullptr && !protected_call(make_root_coroutine, t)) {
      port_.log(host_port::log_level::error, "a task could not run: " + error_text_);
      release_message(t->request);
      tasks_.remove(*t);
      continue;
    }
    go_on(*t);
    if (preempted_ != nullptr) return;
  }
}

void actor::finished(task& t) noexcept {
  lua_settop(t.coroutine, 0);
  if (t.owes_answer && t.session != 0) {
    port_.log(host_port::log_level::error,
              fmt::format("Maybe forgot response session {} from :{:08x}", t.session, t.source));
    send_error(t.source, t.session, "the request ended without an answer");
  }
  const bool main_done = t.is_start;
  give_task(t);
  if (!main_done || started_ || exiting_) return;
  if (start_function_ != 0) {
    task* start = take_task();
    if (start == nullptr) {
      end_with(verdict_reason::script_error, error_text_);
      return;
    }
    start->is_start = true;
    start->function = start_function_;
    start->body = start_body;
    start_function_ = 0;
    forks_.push(start);
  } else {
    set_started();
  }
}

void actor::set_started() noexcept {
  if (started_) return;
  initialised_ = started_ = true;
  port_.started();
}

void actor::failed(task& t) noexcept {
  std::pair<actor*, task*> argument{this, &t};
  exec().begin_turn();
  if (!protected_call(describe_error, &argument)) {
    // The heap may be too full for a traceback: then the message alone.
    std::size_t length = 0;
    const char* raw = lua_gettop(t.coroutine) > 0 && lua_type(t.coroutine, -1) == LUA_TSTRING
                          ? lua_tolstring(t.coroutine, -1, &length)
                          : nullptr;
    if (raw != nullptr) error_text_.assign(raw, std::min(length, longest_error_bytes));
    else error_text_ = "(error object is not a string)";
  }
  // A member, because a kill while the coroutine is closed runs no destructor.
  failure_text_ = error_text_;
  close_coroutine(t);
  const std::string_view text = failure_text_;
  if (t.owes_answer && t.session != 0) send_error(t.source, t.session, text);
  if (t.is_start) {
    give_task(t);
    end_with(verdict_reason::script_error, text);
    return;
  }
  port_.log(host_port::log_level::error,
            t.has_context ? fmt::format("lua call [:{:08x} to :{:08x} : {}] error : {}", t.source,
                                        port_.self(), t.session, text)
                          : fmt::format("lua task error : {}", text));
  give_task(t);
}

void actor::close_coroutine(task& t) noexcept {
  execution& e = exec();
  e.enter_vm(t.coroutine);
  lua_closethread(t.coroutine, state_);
  lua_settop(t.coroutine, 0);
  e.leave_vm();
}

void actor::do_exit() noexcept {
  exec().begin_turn();
  // The task that called exit comes last, as the others' <close> variables may be of use to it.
  // By index: what runs on closing may fork.
  for (const bool last : {false, true})
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      task& t = tasks_[i];
      if (t.coroutine == nullptr || lua_status(t.coroutine) != LUA_YIELD) continue;
      if ((t.wait_session == exit_session) == last) close_coroutine(t);
    }
  end_with(verdict_reason::finished, {});
}

bool actor::protected_call(int (*function)(lua_State*), void* argument) noexcept {
  execution& e = exec();
  e.enter_vm(state_);
  lua_pushcfunction(state_, function);
  lua_pushlightuserdata(state_, argument);
  const int status = lua_pcall(state_, 1, 1, 0);
  std::size_t length = 0;
  const char* text =
      lua_type(state_, -1) == LUA_TSTRING ? lua_tolstring(state_, -1, &length) : nullptr;
  e.leave_vm();
  if (text != nullptr) error_text_.assign(text, std::min(length, longest_error_bytes));
  else error_text_ = status == LUA_OK ? "" : "(error object is not a string)";
  lua_settop(state_, 0);
  return status == LUA_OK;
}

void actor::inject(message* m) noexcept {
  m->next = nullptr;
  if (injected_last_ != nullptr) injected_last_->next = m;
  else injected_first_ = m;
  injected_last_ = m;
}

// -- pool of tasks ----------------------------------------------------------------------------

task* actor::take_task() noexcept {
  if (task* idle = tasks_.take()) return idle;
  if (coroutines_ >= port_.quota().coroutines) {
    error_text_ =
        fmt::format("too many coroutines: {} (quota coroutines)", port_.quota().coroutines);
    return nullptr;
  }
  task made;
  if (!protected_call(make_root_coroutine, &made)) return nullptr;
  return &tasks_.add(made.coroutine, made.anchor);
}

void actor::give_task(task& t) noexcept {
  release_message(t.delivered);
  release_message(t.request);
  if (t.local != 0) release_reference(t.local);
  task fresh;
  fresh.coroutine = t.coroutine;
  fresh.anchor = t.anchor;
  fresh.place = t.place;
  t = fresh;
  if (!tasks_.give(t)) drop_task(t);
  if (task* surplus = tasks_.take_surplus()) drop_task(*surplus);
}

void actor::drop_task(task& t) noexcept {
  if (t.anchor != 0) release_reference(t.anchor);
  tasks_.remove(t);
}

void actor::release_reference(int reference) noexcept {
  luaL_unref(state_, LUA_REGISTRYINDEX, reference);
}

void actor::append_warning(const char* text, bool to_be_continued) noexcept {
  constexpr std::size_t longest = 4096;
  if (warning_.size() < longest) warning_ += text;
  if (to_be_continued) return;
  if (warning_[0] != '@') port_.log(host_port::log_level::warning, "Lua warning: " + warning_);
  warning_.clear();
}

}  // namespace moonward::sandbox
