#include "sandbox/vm/actor.hpp"

#include "sandbox/api/socket_table.hpp"
#include "sandbox/env/environment.hpp"
#include "sandbox/vm/coroutine_library.hpp"
#include "sandbox/vm/lua.hpp"
#include "sandbox/vm/secret_bytes.hpp"
#include "sandbox/vm/task_bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace moonward::sandbox {

namespace {

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
  secret_bytes(address_key_, sizeof address_key_);
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

}  // namespace moonward::sandbox

extern "C" {

unsigned int moonward_seed(void) {
  unsigned int seed = 0;
  moonward::sandbox::secret_bytes(&seed, sizeof seed);
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
