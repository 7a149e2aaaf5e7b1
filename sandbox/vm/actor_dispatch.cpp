// The dispatch of messages: which task each one starts or resumes.
#include "sandbox/api/socket_table.hpp"
#include "sandbox/vm/actor.hpp"
#include "sandbox/vm/lua.hpp"
#include "sandbox/vm/task_bodies.hpp"
#include "sandbox/vm/thread_mark.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace moonward::sandbox {

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

}  // namespace moonward::sandbox
