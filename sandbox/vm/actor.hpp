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
  bool native_pack = false;        ///< pack and unpack are the codec: no call into Lua
  bool native_unpack = false;
  int pack = 0;                    ///< registry references, LUA_NOREF when absent
  int unpack = 0;
  int dispatch = 0;
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
  [[nodiscard]] bool preempted() const noexcept { return preempted_ != nullptr; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// Why it ended by itself: `finished` or `script_error`.
  [[nodiscard]] const verdict& end() const noexcept { return end_; }

  /// After the end: calls f(source, session) for each request it has not answered, and g(handle)
  /// for each service whose answer it waited for.
  template <typename Function, typename Other>
  void for_each_debt(Function f, Other g);

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
  /// Waits: use as `return a.wait(L, k)`; `k` finds the outcome in current_task().
  int wait(lua_State* L, int (*continuation)(lua_State*, int, std::intptr_t),
           std::intptr_t context);
  /// Frees the delivered message of the current task.
  void drop_delivered() noexcept;

  /// Queues a task that calls the function anchored at `function` (a table {f, args…, n}).
  [[nodiscard]] bool fork(int function) noexcept;
  /// A one-shot (or periodic) timer that calls the anchored function.
  [[nodiscard]] bool add_timeout(std::uint64_t delay_ms, std::uint64_t period_ms, int function,
                                 std::int32_t session) noexcept;
  /// Cancels a timeout; its anchor comes back in `function` to be released, false when unknown.
  [[nodiscard]] bool cancel_timeout(std::int32_t session, int& function) noexcept;
  /// Makes a waiting or sleeping task go on with `reason`.
  void wake(task& t, wake_reason reason) noexcept;
  /// Fails every call that waits for `id`, and forgets the answers owed to it.
  void service_died(handle id, message* why) noexcept;
  /// Removes a task for good: the debug aid killthread. The caller closes its coroutine.
  [[nodiscard]] bool forget_task(lua_State* coroutine) noexcept;
  [[nodiscard]] task* find_task(lua_State* coroutine) noexcept;
  [[nodiscard]] session_table& sessions() noexcept { return sessions_; }
  [[nodiscard]] task* running_or_waiting(std::size_t index) noexcept;

  [[nodiscard]] protocol* find_protocol(lua_State* L, int index) noexcept;
  [[nodiscard]] protocol* find_protocol(std::uint8_t id) noexcept;
  [[nodiscard]] protocol& add_protocol(std::string_view name, std::uint8_t id);

  /// Owed answers of response closures.
  [[nodiscard]] std::int64_t owe_response(handle source, std::int32_t session) noexcept;
  [[nodiscard]] bool take_response(std::int64_t id, owed_response& out, bool keep) noexcept;

  void set_start_function(int function) noexcept { start_function_ = function; }
  [[nodiscard]] bool start_pending() const noexcept { return start_function_ != 0; }
  [[nodiscard]] bool started() const noexcept { return started_; }
  /// skynet.exit was called: the service ends when the current task lets go.
  void request_exit() noexcept { exiting_ = true; }
  [[nodiscard]] bool exiting() const noexcept { return exiting_; }

  /// A handler in Lua that sees every message first (skynet.filter); a registry reference.
  void set_filter(int function) noexcept { filter_ = function; }

  [[nodiscard]] socket_table& sockets() noexcept;

  /// Keyed stand-in for an address: unique and stable within the service, meaningless outside.
  [[nodiscard]] std::uint64_t shown_address(const void* p) const noexcept;

  /// Sends an error with this text to whoever asked; used for failed requests.
  void send_error(handle to, std::int32_t session, std::string_view text) noexcept;

  /// Coroutines alive; kept by the hooks in Lua's state creation.
  void thread_created() noexcept { ++coroutines_; }
  void thread_freed() noexcept { --coroutines_; }

  /// Modules being loaded by another task, see require.
  void wait_for_module(task& t, std::string name);
  void module_loaded(std::string_view name) noexcept;

 private:
  friend struct actor_entry;

  void start(message* m) noexcept;
  [[nodiscard]] bool open_state() noexcept;
  void dispatch(message* m) noexcept;
  void dispatch_answer(message* m, bool failed) noexcept;
  void dispatch_request(message* m) noexcept;
  void dispatch_filtered(message* m) noexcept;
  void unknown(message* m, const char* what) noexcept;
  void run_ready() noexcept;
  void run(task& t) noexcept;
  void go_on(task& t) noexcept;
  void finished(task& t) noexcept;
  void failed(task& t) noexcept;
  void do_exit() noexcept;
  void close_task(task& t) noexcept;
  void end_with(verdict_reason reason, std::string detail) noexcept;

  [[nodiscard]] task* take_task() noexcept;
  void give_task(task& t) noexcept;
  void release_reference(int reference) noexcept;
  /// Calls a C function on the main state under protection; true when it did not raise. The error
  /// text, if any, is left in error_text_.
  [[nodiscard]] bool protected_call(int (*function)(lua_State*), void* argument) noexcept;

  host_port& port_;
  chunk_source& chunks_;
  worker_context* worker_ = nullptr;
  arena* arena_ = nullptr;
  lua_State* state_ = nullptr;

  task* current_ = nullptr;
  task* preempted_ = nullptr;
  message* in_hand_ = nullptr;  // owned while no task has taken it over
  task_queue woken_;
  task_queue failed_calls_;
  task_queue forks_;
  std::vector<std::unique_ptr<task>> tasks_;
  std::vector<task*> free_tasks_;
  session_table sessions_;
  std::int32_t last_session_ = 0;
  std::vector<owed_response> responses_;
  std::int64_t last_response_ = 0;
  std::vector<std::unique_ptr<protocol>> protocols_;
  std::vector<std::pair<task*, std::string>> module_waiters_;
  std::unique_ptr<socket_table> sockets_;

  int start_function_ = 0;
  int filter_ = 0;
  bool started_ = false;   // its start function has ended well
  bool exiting_ = false;
  bool ended_ = false;
  verdict end_;
  std::string error_text_;
  std::uint64_t messages_ = 0;
  std::uint64_t coroutines_ = 0;
  std::uint64_t address_key_[2] = {};
};

}  // namespace moonward::sandbox
