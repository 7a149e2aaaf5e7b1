/// An actor: one service's Lua state, its tasks, and the dispatch of its messages.
///
/// The host hands it one message after the other (`deliver`); the actor starts or resumes tasks
/// until none can go on. A pre-empted actor wants `resume` before its next message. The Lua state
/// and all it refers to live in the arena; sessions, tasks and owed answers live in host memory
/// and change only while no kill can happen, so that after a kill the host can still tell every
/// waiting caller. `end()` holds the verdict once the script has ended by itself.
/// Thread: the worker that runs the service; deliver and resume inside execution::run_guarded.
#pragma once

#include "sandbox/codec/encode_buffer.hpp"
#include "sandbox/codec/value_codec.hpp"
#include "sandbox/host_port.hpp"
#include "sandbox/memory/arena.hpp"
#include "sandbox/verdict.hpp"
#include "sandbox/vm/execution.hpp"
#include "sandbox/vm/task.hpp"
#include "sandbox/vm/task_pool.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct lua_State;

namespace moonward::sandbox {

class socket_table;

/// What a worker lends to the actor it runs.
struct worker_context {
  execution& exec;
  encode_buffer& buffer;
};

/// A message type that the script knows.
struct protocol {
  std::string name;
  const char* interned = nullptr;  ///< the name as this state's string; alive by `anchor`
  int anchor = 0;
  std::uint8_t id = 0;
  bool native_pack = false;  ///< pack and unpack are the codec: no call into Lua
  bool native_unpack = false;
  int pack = 0;  ///< registry references, LUA_NOREF when absent
  int unpack = 0;
  int dispatch = 0;
};

/// The tag that the next request of a service bears (skynet.trace).
struct trace_tag {
  static constexpr std::size_t longest = 48;
  handle source = 0;
  std::uint32_t length = 0;
  char text[longest];
};

class alignas(16) actor {
 public:
  actor(host_port& port, chunk_source& chunks) noexcept;
  ~actor();
  actor(const actor&) = delete;
  actor& operator=(const actor&) = delete;

  // -- the host's side ----------------------------------------------------------------------
  /// Before the slice: the worker whose thread calls next.
  void bind(worker_context& worker) noexcept;
  /// Handles one message and everything that can run because of it. Takes the message.
  /// The first one must be the start message: payload = the arguments, origin host.
  void deliver(message* m) noexcept;
  /// Goes on after a pre-emption.
  void resume() noexcept;
  /// Takes over the limits that the arena holds. Between slices.
  void quota_changed() noexcept;
  [[nodiscard]] bool preempted() const noexcept { return preempted_ != nullptr; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// Why it ended by itself: `finished` or `script_error`.
  [[nodiscard]] const verdict& end() const noexcept { return end_; }

  /// After the end: calls f(source, session) for each request it has not answered, and g(handle)
  /// for each service whose answer it waited for.
  template <typename Function, typename Other>
  void for_each_debt(Function f, Other g) {
    for (const auto& t : tasks_)
      if (t->owes_answer && t->session != 0) f(t->source, t->session);
    for (const owed_response& r : responses_) f(r.source, r.session);
    sessions_.for_each([&](const expectation& e) {
      if (e.kind == wait_kind::call && e.who != nullptr && e.who->waits_for != 0)
        g(e.who->waits_for);
      if (e.kind == wait_kind::answer) g(e.from);
    });
  }

  [[nodiscard]] std::uint64_t footprint_bytes() const noexcept {
    return arena_ != nullptr ? arena_->footprint_bytes() : 0;
  }
  [[nodiscard]] std::uint64_t coroutines() const noexcept { return coroutines_; }
  [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }

  // -- for the script API in `sandbox` --------------------------------------------------------
  [[nodiscard]] static actor& of(lua_State* L) noexcept;
  [[nodiscard]] host_port& port() noexcept { return port_; }
  [[nodiscard]] execution& exec() noexcept { return worker_->exec; }
  [[nodiscard]] encode_buffer& buffer() noexcept { return worker_->buffer; }
  [[nodiscard]] lua_State* main_state() noexcept { return state_; }
  [[nodiscard]] task* current_task() noexcept { return current_; }
  [[nodiscard]] codec_limits limits() const noexcept;

  /// A fresh session, > 0.
  [[nodiscard]] std::int32_t new_session() noexcept;
  /// Raises unless the running code may wait (no C call that can't be continued is below it).
  void check_can_wait(lua_State* L);
  /// Registers that the current task waits; false when out of memory. In a host section.
  [[nodiscard]] bool expect(wait_kind kind, std::int32_t session, handle from) noexcept;
  /// The current wait also ends when the timer is due; false when the timer is refused.
  [[nodiscard]] bool set_deadline(std::int32_t session, std::uint64_t delay_ms) noexcept;
  /// Takes an expect back: what was to be waited for couldn't be asked.
  void unexpect() noexcept;
  /// Waits: use as `return a.wait(L, k)`; `k` finds the outcome in current_task().
  int wait(lua_State* L, int (*continuation)(lua_State*, int, std::intptr_t),
           std::intptr_t context);
  /// Frees the delivered message of the current task.
  void drop_delivered() noexcept;

  /// Queues a task that calls the anchored function (or the first of a table {f, args…, n = n})
  /// and releases the anchor. In a host section, or outside the VM.
  task& fork(int function) noexcept;
  /// True when the next fork finds a coroutine in the pool.
  [[nodiscard]] bool has_idle_task() const noexcept { return tasks_.has_idle(); }
  /// Puts a coroutine, anchored in the registry, into the pool.
  void adopt_coroutine(lua_State* coroutine, int anchor) noexcept;
  /// A one-shot (or periodic) timer that calls the anchored function.
  [[nodiscard]] bool add_timeout(std::uint64_t delay_ms, std::uint64_t period_ms, int function,
                                 std::int32_t session) noexcept;
  /// Cancels a timeout; its anchor comes back in `function` to be released, false when unknown.
  [[nodiscard]] bool cancel_timeout(std::int32_t session, int& function) noexcept;
  /// The answer to the session starts a task with the answer handler; `type` unpacks it. False
  /// when out of memory. In a host section.
  [[nodiscard]] bool expect_answer(std::int32_t session, handle from, int type) noexcept;
  /// Takes expect_answer back: the request couldn't be sent.
  void forget_answer(std::int32_t session) noexcept;
  /// The answer is not wanted any more.
  void drop_answer(std::int32_t session) noexcept;
  /// Of both kinds: wanted, and dropped but still to come.
  [[nodiscard]] std::size_t awaited_answers() const noexcept { return awaited_answers_; }
  /// Registry reference of what gets the answers: f(session, ok, values…).
  void set_answer_handler(int function) noexcept { answer_handler_ = function; }
  [[nodiscard]] int answer_handler() const noexcept { return answer_handler_; }
  /// Handlers of what nothing waits for; registry references, 0: the host logs it.
  [[nodiscard]] int& unknown_request_handler() noexcept { return unknown_request_; }
  [[nodiscard]] int& unknown_response_handler() noexcept { return unknown_response_; }
  /// The heap may not grow beyond this, nor beyond the quota.
  void limit_memory(std::uint64_t bytes) noexcept;
  [[nodiscard]] bool has_traces() const noexcept { return !traces_.empty(); }
  /// Takes the tag that `source` has announced for its next request; false when there is none.
  [[nodiscard]] bool take_trace(handle source, trace_tag& out) noexcept;
  /// Makes a waiting or sleeping task go on with `reason`.
  void wake(task& t, wake_reason reason) noexcept;
  /// Fails every call that waits for `id`, and forgets the answers owed to it.
  void service_died(handle id, message* why) noexcept;
  /// Removes a task for good: the debug aid killthread. The caller closes its coroutine.
  [[nodiscard]] bool forget_task(lua_State* coroutine) noexcept;
  /// After forget_task, when its coroutine is closed.
  void reuse_task(task& t) noexcept { give_task(t); }
  [[nodiscard]] task* find_task(lua_State* coroutine) noexcept;
  [[nodiscard]] session_table& sessions() noexcept { return sessions_; }
  [[nodiscard]] const task_pool& tasks() const noexcept { return tasks_; }

  [[nodiscard]] protocol* find_protocol(lua_State* L, int index) noexcept;
  [[nodiscard]] protocol* find_protocol(std::uint8_t id) noexcept;
  [[nodiscard]] protocol& add_protocol(std::string_view name, std::uint8_t id);

  /// Owed answers of response closures, as many as there may be coroutines. 0: no more.
  [[nodiscard]] std::int64_t owe_response(handle source, std::int32_t session) noexcept;
  [[nodiscard]] bool take_response(std::int64_t id, owed_response& out, bool keep) noexcept;

  void set_start_function(int function) noexcept { start_function_ = function; }
  [[nodiscard]] bool start_pending() const noexcept { return start_function_ != 0; }
  [[nodiscard]] bool started() const noexcept { return started_; }
  /// What skynet.init had queued has run: from now on a module's own runs at its end.
  void set_initialised() noexcept { initialised_ = true; }
  [[nodiscard]] bool initialised() const noexcept { return initialised_; }
  /// The start function has ended well. In a host section.
  void set_started() noexcept;
  /// skynet.exit was called: the service ends when the current task lets go.
  void request_exit() noexcept { exiting_ = true; }
  [[nodiscard]] bool exiting() const noexcept { return exiting_; }

  /// Queues a message as if it had come first; it passes no filter. In a host section.
  void inject(message* m) noexcept;
  /// A handler in Lua that sees every message first (skynet.filter); a registry reference.
  void set_filter(int function) noexcept { filter_ = function; }

  [[nodiscard]] socket_table& sockets() noexcept;

  /// Keyed stand-in for an address: unique and stable within the service, meaningless outside.
  [[nodiscard]] std::uint64_t shown_address(const void* p) const noexcept;

  /// Sends an error with this text to whoever asked; used for failed requests.
  void send_error(handle to, std::int32_t session, std::string_view text) noexcept;

  /// A piece of a warning for the log; in a host section.
  void append_warning(const char* text, bool to_be_continued) noexcept;

  /// Coroutines alive; kept by the hooks in Lua's state creation.
  void thread_created() noexcept { ++coroutines_; }
  void thread_freed() noexcept { --coroutines_; }

  /// The current task waits until another one has loaded the module; in a host section.
  [[nodiscard]] bool wait_for_module(std::string_view name) noexcept;
  void module_loaded(std::string_view name) noexcept;

 private:
  void start(message* m) noexcept;
  [[nodiscard]] bool open_state() noexcept;
  void begin(task& t, int (*body)(lua_State*)) noexcept;
  void dispatch(message* m) noexcept;
  void dispatch_answer(message* m, bool failed) noexcept;
  void dispatch_request(message* m) noexcept;
  void dispatch_filtered(message* m) noexcept;
  void unknown(message* m, const char* what) noexcept;
  [[nodiscard]] bool give_unknown(message* m, int handler) noexcept;
  void fail_answers(handle from) noexcept;
  void keep_trace(const message& m) noexcept;
  void run_ready() noexcept;
  void go_on(task& t) noexcept;
  void enter(task& t) noexcept;
  void finished(task& t) noexcept;
  void failed(task& t) noexcept;
  void do_exit() noexcept;
  void close_coroutine(task& t) noexcept;
  void end_with(verdict_reason reason, std::string_view detail) noexcept;
  void drop_in_hand() noexcept;

  [[nodiscard]] task* take_task() noexcept;
  /// One whose coroutine is made when it runs.
  [[nodiscard]] task& idle_task() noexcept;
  void give_task(task& t) noexcept;
  void drop_task(task& t) noexcept;
  void release_reference(int reference) noexcept;
  /// Calls a C function on the main state under protection; true when it did not raise. The error
  /// text, if any, is left in error_text_.
  [[nodiscard]] bool protected_call(int (*function)(lua_State*), void* argument) noexcept;

  host_port& port_;
  chunk_source& chunks_;
  worker_context* worker_ = nullptr;
  arena* arena_ = nullptr;
  lua_State* state_ = nullptr;

  task* current_ = nullptr;  // the task that runs, or was pre-empted
  task* preempted_ = nullptr;
  message* in_hand_ = nullptr;         // owned while no task has taken it over
  message* injected_first_ = nullptr;  // owned, FIFO by `next`
  message* injected_last_ = nullptr;
  task_queue woken_;
  task_queue failed_calls_;  // and answers that start a task
  task_queue forks_;
  task_pool tasks_;
  session_table sessions_;
  std::int32_t last_session_ = 0;
  std::vector<owed_response> responses_;
  std::int64_t last_response_ = 0;
  std::vector<std::unique_ptr<protocol>> protocols_;
  std::vector<std::pair<task*, std::string>> module_waiters_;
  std::vector<trace_tag> traces_;
  std::unique_ptr<socket_table> sockets_;

  int start_function_ = 0;
  int filter_ = 0;
  int answer_handler_ = 0;
  int unknown_request_ = 0;
  int unknown_response_ = 0;
  std::size_t awaited_answers_ = 0;
  bool initialised_ = false;
  bool started_ = false;  // its start function has ended well
  bool exiting_ = false;
  bool ended_ = false;
  verdict end_;
  std::string error_text_;
  std::string failure_text_;
  std::string warning_;
  std::uint64_t turn_instructions_ = 0;  // of the turn that was pre-empted
  std::uint64_t messages_ = 0;
  std::uint64_t coroutines_ = 0;
  std::uint64_t address_key_[2] = {};
};

}  // namespace moonward::sandbox
