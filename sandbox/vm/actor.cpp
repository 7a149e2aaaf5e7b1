#include "sandbox/vm/actor.hpp"

#include "sandbox/api/socket_table.hpp"
#include "sandbox/env/environment.hpp"
#include "sandbox/vm/coroutine_library.hpp"
#include "sandbox/vm/lua.hpp"
#include "sandbox/vm/task_bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <sys/random.h>

namespace moonward::sandbox {

namespace {

constexpr std::size_t pooled_tasks = 16;

void* allocate_for_lua(void* ud, void* block, std::size_t old_bytes, std::size_t new_bytes) {
  auto& memory = *static_cast<arena*>(ud);
  if (block == nullptr) return new_bytes == 0 ? nullptr : memory.allocate(new_bytes);
  if (new_bytes == 0) {
    if (old_bytes != 0) memory.free(block, old_bytes);
    return nullptr;
  }
  return memory.reallocate(block, old_bytes, new_bytes);
}

// With on_memory = "kill": the second refusal in a row comes after Lua's emergency collection.
void* allocate_or_die(void* ud, void* block, std::size_t old_bytes, std::size_t new_bytes) {
  void* result = allocate_for_lua(ud, block, old_bytes, new_bytes);
  if (result == nullptr && new_bytes != 0) {
    const auto& memory = *static_cast<arena*>(ud);
    execution* e = execution::current();
    if (memory.last_refusal().in_a_row > 1 && e != nullptr && e->in_vm())
      e->die_here(
          verdict_reason::memory, memory.cap_bytes(),
          memory.footprint_bytes() + std::max(memory.last_refusal().wanted_bytes, 4 * page_bytes));
  }
  return result;
}

// Lua calls it for an error outside any protection; every entry is protected, but for what a full
// heap may do to the entry itself.
int on_panic(lua_State* L) {
  actor& a = actor::of(L);
  a.exec().die(verdict_reason::memory, a.port().quota().memory_bytes, a.footprint_bytes());
}

constexpr std::uint32_t hook_count_for(const policies::service_quota& quota) noexcept {
#if defined(MOONWARD_STRESS)
  (void)quota;
  return 100;
#elif defined(MOONWARD_TSAN)
  // ThreadSanitizer delivers signals late: the hook polls for requests instead.
  (void)quota;
  return 1000;
#else
  if (!quota.instructions_per_turn) return 0;
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(*quota.instructions_per_turn, 1, 1000));
#endif
}

}  // namespace

actor::actor(host_port& port, chunk_source& chunks) noexcept : port_{port}, chunks_{chunks} {
  if (::getrandom(address_key_, sizeof address_key_, 0) != sizeof address_key_)
    address_key_[0] = reinterpret_cast<std::uintptr_t>(this);
}

actor::~actor() {
  drop_in_hand();
  release_chain(injected_first_);
  for (const auto& t : tasks_) {
    release_message(t->delivered);
    release_message(t->request);
  }
  sockets_.reset();
  arena::drop(arena_);
}

actor& actor::of(lua_State* L) noexcept { return *thread_mark::of(L).owner(); }

socket_table& actor::sockets() noexcept {
  if (!sockets_) sockets_ = std::make_unique<socket_table>();
  return *sockets_;
}

codec_limits actor::limits() const noexcept {
  const policies::service_quota& quota = port_.quota();
  return {quota.message_bytes, static_cast<std::uint32_t>(quota.message_depth)};
}

std::uint64_t actor::shown_address(const void* p) const noexcept {
  // A keyed bijection on 64 bits (xor, multiply by odd, rotate: two rounds). It hides where things
  // lie; it isn't meant to resist cryptanalysis.
  std::uint64_t x = reinterpret_cast<std::uintptr_t>(p) ^ address_key_[0];
  x *= 0x9E3779B97F4A7C15ULL;
  x = (x << 31 | x >> 33) ^ address_key_[1];
  x *= 0xBF58476D1CE4E5B9ULL;
  return x ^ x >> 29;
}

void actor::bind(worker_context& worker) noexcept {
  worker_ = &worker;
  const policies::service_quota& quota = port_.quota();
  worker.exec.bind(arena_, hook_count_for(quota), quota.instructions_per_turn.value_or(0));
}

void actor::quota_changed() noexcept {
  if (arena_ != nullptr) arena_->set_cap(port_.quota().memory_bytes);
}

void actor::end_with(verdict_reason reason, std::string_view detail) noexcept {
  if (ended_) return;
  ended_ = true;
  end_.reason = reason;
  end_.detail = detail;
}

void actor::drop_in_hand() noexcept {
  release_message(in_hand_);
  in_hand_ = nullptr;
}

// -- start ------------------------------------------------------------------------------------

bool actor::open_state() noexcept {
  const policies::service_quota& quota = port_.quota();
  arena_ = arena::create(quota.memory_bytes, port_.account(), chunks_);
  if (arena_ == nullptr) {
    end_with(verdict_reason::script_error,
             "not enough memory to start: the tenant's cap is reached");
    return false;
  }
  bind(*worker_);
  state_ = lua_newstate(
      quota.on_memory == policies::memory_action::kill ? allocate_or_die : allocate_for_lua,
      arena_);
  if (state_ == nullptr) {
    end_with(verdict_reason::script_error, "not enough memory to start: quota memory is too small");
    return false;
  }
  thread_mark::of(state_).set_owner(this);
  lua_atpanic(state_, on_panic);
  exec().begin_turn();
  exec().set_base_hook(state_);
  if (!protected_call(open_environment, nullptr)) {
    end_with(verdict_reason::script_error, fmt::format("start: {}", error_text_));
    return false;
  }
  return true;
}

void actor::start(message* m) noexcept {
  in_hand_ = m;
  if (!open_state()) return;
  task* t = take_task();
  if (t == nullptr) {
    end_with(verdict_reason::script_error, fmt::format("start: {}", error_text_));
    return;
  }
  t->is_start = true;
  t->request = m;
  in_hand_ = nullptr;
  begin(*t, main_body);
  run_ready();
}

// -- dispatch ---------------------------------------------------------------------------------

void actor::deliver(message* m) noexcept {
  ++messages_;
  if (state_ == nullptr) {
    start(m);
    return;
  }
  if (filter_ != 0 && m->origin == message_origin::service) dispatch_filtered(m);
  else dispatch(m);
  if (preempted_ == nullptr) run_ready();
}

void actor::dispatch(message* m) noexcept {
  switch (m->type) {
    case message_type::response: dispatch_answer(m, false); return;
    case message_type::error:
      if (m->session != 0) {
        dispatch_answer(m, true);
      } else {
        service_died(m->source, m);
        release_message(m);
      }
      return;
    case message_type::socket:
      if (m->origin == message_origin::host) {
        sockets().on_message(*this, m);
        return;
      }
      break;
    case message_type::trace:
      keep_trace(*m);
      release_message(m);
      return;
    default: break;
  }
  dispatch_request(m);
}

void actor::dispatch_answer(message* m, bool failed) noexcept {
  expectation* e = sessions_.find(m->session);
  if (e == nullptr) {
    if (m->origin == message_origin::service && !failed) {
      if (give_unknown(m, unknown_response_)) return;
      unknown(m, "response");
    }
    release_message(m);
    return;
  }
  const expectation found = *e;
  if ((m->flags & message_flag::foreign) != 0 &&
      (found.kind != wait_kind::call || found.who->waits_for != m->source) &&
      (found.kind != wait_kind::answer || found.from != m->source)) {
    release_message(m);  // of another tenant, and not the one that was asked
    return;
  }
  if (found.kind == wait_kind::dropped) {
    sessions_.erase(found.session);
    --awaited_answers_;
    release_message(m);
    return;
  }
  if (found.kind == wait_kind::answer) {
    forget_answer(found.session);
    task& t = idle_task();
    t.wait_session = found.session;
    t.function = found.function;
    t.delivered = m;
    t.woke = failed ? wake_reason::failed : wake_reason::answered;
    t.body = answer_body;
    failed_calls_.push(&t);
    return;
  }
  if (found.kind == wait_kind::timeout || found.kind == wait_kind::periodic) {
    release_message(m);
    if (found.kind == wait_kind::timeout) sessions_.erase(found.session);
    task* t = take_task();
    if (t == nullptr) {
      port_.log(host_port::log_level::error, "a timer could not run: " + error_text_);
      return;
    }
    t->function = found.function;
    begin(*t, found.kind == wait_kind::timeout ? fork_body : periodic_body);
    return;
  }
  sessions_.erase(found.session);
  task& t = *found.who;
  if (t.deadline_session != 0) {
    const bool late = found.kind == wait_kind::deadline;
    const std::int32_t other = late ? t.wait_session : t.deadline_session;
    if (late) {
      drop_answer(other);
    } else {
      sessions_.erase(other);
      port_.cancel_timer(other);
    }
    t.deadline_session = 0;
  }
  release_message(t.delivered);
  t.delivered = m;
  if (failed) t.woke = wake_reason::failed;
  else if (found.kind == wait_kind::sleep || found.kind == wait_kind::deadline)
    t.woke = wake_reason::timed_out;
  else t.woke = wake_reason::answered;
  go_on(t);
}

void actor::keep_trace(const message& m) noexcept {
  constexpr std::size_t most = 32;
  if (m.size == 0 || m.size > trace_tag::longest || (m.flags & message_flag::foreign) != 0) return;
  trace_tag tag;
  (void)take_trace(m.source, tag);  // a newer one replaces it
  if (traces_.size() == most) traces_.erase(traces_.begin());
  tag.source = m.source;
  tag.length = m.size;
  std::memcpy(tag.text, m.data(), m.size);
  traces_.push_back(tag);
}

bool actor::take_trace(handle source, trace_tag& out) noexcept {
  for (auto at = traces_.begin(); at != traces_.end(); ++at) {
    if (at->source != source) continue;
    out = *at;
    traces_.erase(at);
    return true;
  }
  return false;
}

void actor::unknown(message* m, const char* what) noexcept {
  std::string_view text = m->text();
  if (text.size() > 100) text = text.substr(0, 100);
  port_.log(host_port::log_level::error,
            fmt::format("Unknown {} (type {}, session {}) from :{:08x}: {}", what,
                        static_cast<int>(m->type), m->session, m->source, text));
}

bool actor::give_unknown(message* m, int handler) noexcept {
  if (handler == 0) return false;
  in_hand_ = m;
  task* t = take_task();
  in_hand_ = nullptr;
  if (t == nullptr) return false;
  t->request = m;
  t->function = handler;
  begin(*t, unknown_body);
  return true;
}

void actor::dispatch_request(message* m) noexcept {
  const protocol* p = find_protocol(static_cast<std::uint8_t>(m->type));
  const bool debug = m->type == message_type::debug && (p == nullptr || p->dispatch <= 0);
  if (debug && (m->flags & message_flag::foreign) != 0) {  // an export is no door to the inside
    if (m->session != 0) send_error(m->source, m->session, "debug requests are not permitted");
    release_message(m);
    return;
  }
  if (!debug && (p == nullptr || p->dispatch <= 0)) {
    if (m->session != 0)
      send_error(m->source, m->session,
                 fmt::format("the service has no handler for messages of type {}",
                             p != nullptr ? p->name : std::to_string(static_cast<int>(m->type))));
    else if (give_unknown(m, unknown_request_)) return;
    else unknown(m, "request");
    release_message(m);
    return;
  }
  in_hand_ = m;
  task* t = take_task();
  if (t == nullptr) {
    if (m->session != 0) send_error(m->source, m->session, error_text_);
    port_.log(host_port::log_level::error, "a request could not run: " + error_text_);
    drop_in_hand();
    return;
  }
  in_hand_ = nullptr;
  t->request = m;
  t->source = m->source;
  t->session = m->session;
  t->owes_answer = true;
  t->has_context = true;
  begin(*t, debug ? debug_body : request_body);
}

void actor::dispatch_filtered(message* m) noexcept {
  in_hand_ = m;
  task* t = take_task();
  if (t == nullptr) {
    drop_in_hand();
    return;
  }
  in_hand_ = nullptr;
  t->request = m;
  t->function = filter_;
  begin(*t, filter_body);
}

void actor::service_died(handle id, message* why) noexcept {
  std::erase_if(responses_, [id](const owed_response& r) { return r.source == id; });
  for (const auto& t : tasks_) {
    if (t->waits != wait_kind::call || t->waits_for != id || t->woke != wake_reason::none) continue;
    sessions_.erase(t->wait_session);
    if (t->deadline_session != 0) {
      sessions_.erase(t->deadline_session);
      port_.cancel_timer(t->deadline_session);
      t->deadline_session = 0;
    }
    t->woke = wake_reason::failed;
    if (why != nullptr) t->delivered = make_message(why->text(), nullptr);
    failed_calls_.push(t.get());
  }
  fail_answers(id);
}

// Erasing moves later entries up: the place is looked at again.
void actor::fail_answers(handle from) noexcept {
  for (std::size_t i = 0; i < sessions_.places() && awaited_answers_ != 0;) {
    const expectation e = sessions_.place(i);
    if (e.session == 0 || e.kind != wait_kind::answer || e.from != from) {
      ++i;
      continue;
    }
    forget_answer(e.session);
    task& t = idle_task();
    t.wait_session = e.session;
    t.body = answer_body;
    t.woke = wake_reason::failed;
    failed_calls_.push(&t);
  }
}

void actor::send_error(handle to, std::int32_t session, std::string_view text) noexcept {
  constexpr std::size_t longest = 1024;
  message* m = make_message(text.substr(0, longest), nullptr);
  if (m == nullptr) return;
  m->type = message_type::error;
  m->flags = message_flag::reply;
  m->destination = to;
  m->session = session;
  (void)port_.send(m);
}

// -- running tasks ----------------------------------------------------------------------------

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
      std::erase_if(tasks_, [t](const auto& each) { return each.get() == t; });
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
    if (raw != nullptr) error_text_.assign(raw, length);
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
      task& t = *tasks_[i];
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
  if (text != nullptr) error_text_.assign(text, length);
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
  if (!free_tasks_.empty()) {
    task* t = free_tasks_.back();
    free_tasks_.pop_back();
    return t;
  }
  if (coroutines_ >= port_.quota().coroutines) {
    error_text_ =
        fmt::format("too many coroutines: {} (quota coroutines)", port_.quota().coroutines);
    return nullptr;
  }
  auto t = std::make_unique<task>();
  if (!protected_call(make_root_coroutine, t.get())) return nullptr;
  tasks_.push_back(std::move(t));
  return tasks_.back().get();
}

void actor::give_task(task& t) noexcept {
  release_message(t.delivered);
  release_message(t.request);
  lua_State* co = t.coroutine;
  const int anchor = t.anchor;
  if (t.local != 0) release_reference(t.local);
  t = task{};
  t.coroutine = co;
  t.anchor = anchor;
  if (free_tasks_.size() < pooled_tasks) {
    free_tasks_.push_back(&t);
    return;
  }
  release_reference(anchor);
  const auto at = std::find_if(tasks_.begin(), tasks_.end(),
                               [&t](const auto& each) { return each.get() == &t; });
  std::swap(*at, tasks_.back());
  tasks_.pop_back();
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

// -- for the script API -----------------------------------------------------------------------

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
  if (free_tasks_.empty()) adopt_coroutine(nullptr, 0);
  task& t = *free_tasks_.back();
  free_tasks_.pop_back();
  return t;
}

task& actor::fork(int function) noexcept {
  task& t = idle_task();
  t.function = function;
  t.body = fork_body;
  forks_.push(&t);
  return t;
}

void actor::adopt_coroutine(lua_State* coroutine, int anchor) noexcept {
  tasks_.push_back(std::make_unique<task>());
  tasks_.back()->coroutine = coroutine;
  tasks_.back()->anchor = anchor;
  free_tasks_.push_back(tasks_.back().get());
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
  responses_.push_back({++last_response_, source, session});
  return last_response_;
}

bool actor::take_response(std::int64_t id, owed_response& out, bool keep) noexcept {
  const auto at = std::find_if(responses_.begin(), responses_.end(),
                               [id](const owed_response& r) { return r.id == id; });
  if (at == responses_.end()) return false;
  out = *at;
  if (!keep) responses_.erase(at);
  return true;
}

}  // namespace moonward::sandbox

extern "C" {

unsigned int moonward_seed(void) {
  unsigned int seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != sizeof seed) seed = 0x9E3779B9U;
  return seed;
}

void moonward_thread_created(lua_State* from, lua_State* created) {
  moonward::sandbox::thread_mark::of(created).clear_flags();
  moonward::sandbox::actor::of(from).thread_created();
}

void moonward_thread_freed(lua_State* from, lua_State*) {
  moonward::sandbox::actor::of(from).thread_freed();
}

const void* moonward_shown_pointer(lua_State* L, int index) {
  const void* p = lua_topointer(L, index);
  if (p == nullptr) return nullptr;
  const auto shown = moonward::sandbox::actor::of(L).shown_address(p);
  return reinterpret_cast<const void*>(shown);
}
}
