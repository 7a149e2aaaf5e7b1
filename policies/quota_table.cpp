#include "policies/quota_table.hpp"

#include <array>

namespace moonward::policies {

namespace {

constexpr double bytes_kib = static_cast<double>(kib);
constexpr double bytes_mib = static_cast<double>(mib);
constexpr double bytes_gib = static_cast<double>(gib);
constexpr double ns_us = 1e3;
constexpr double ns_ms = 1e6;
constexpr double ns_s = 1e9;
constexpr double ns_h = 3600e9;

using enum unit_kind;
using enum off_rule;

// The least memory is twice what an idle state needs; the times' least values keep a limit above
// the monitor's own resolution.
constexpr std::array<key_row<service_quota>, 18> service_table{{
    {"memory", size, &service_quota::memory_bytes, 64 * bytes_kib, 1024 * bytes_gib, never_off,
     "Footprint of the Lua arena. Beyond it an allocation fails: \"not enough memory\"."},
    {"on_memory", choice, &service_quota::on_memory, 0, 0, never_off,
     "What happens at the limit of memory: refuse the allocation or kill the service."},
    {"cpu_per_turn", time, &service_quota::cpu_per_turn, 5 * ns_ms, 24 * ns_h, never_off,
     "CPU time of one turn, all its slices together. Beyond it the service is killed."},
    {"cpu_per_c_call", time, &service_quota::cpu_per_c_call, 5 * ns_ms, 24 * ns_h, never_off,
     "CPU time of one library call that can't be interrupted. Beyond it the service is killed."},
    {"instructions_per_turn", count, &service_quota::instructions_per_turn, 1000, 1e15, may_be_off,
     "Interpreter instructions of one turn. Beyond it the service is killed. Slows scripts down."},
    {"mailbox_messages", count, &service_quota::mailbox_messages, 1, 1e8, never_off,
     "Messages waiting. When it is full the sender is told."},
    {"mailbox_bytes", size, &service_quota::mailbox_bytes, 1 * bytes_kib, 64 * bytes_gib, never_off,
     "Bytes of messages waiting. When it is full the sender is told."},
    {"message_bytes", size, &service_quota::message_bytes, 64, 1 * bytes_gib, never_off,
     "Encoded size of one message. Beyond it the sender's pack raises."},
    {"message_depth", count, &service_quota::message_depth, 1, 128, never_off,
     "Tables within tables in one message. Beyond it the sender's pack raises."},
    {"source_bytes", size, &service_quota::source_bytes, 1 * bytes_kib, 256 * bytes_mib, never_off,
     "Source text of one chunk. Beyond it load and the service's start fail."},
    {"coroutines", count, &service_quota::coroutines, 1, 1e8, never_off,
     "Lua threads alive. Beyond it the creating call raises."},
    {"timers", count, &service_quota::timers, 0, 1e8, never_off,
     "Timers pending. Beyond it the creating call raises."},
    {"log_rate", rate, &service_quota::log_rate_per_second, 1.0 / 3600, 1e6, may_be_off,
     "Log lines. Beyond it lines are dropped and counted."},
    {"log_line", size, &service_quota::log_line_bytes, 80, 1 * bytes_mib, never_off,
     "Length of one log line. A longer one is cut."},
    {"restart", choice, &service_quota::restart, 0, 0, never_off,
     "When a service that ended is started again."},
    {"max_restarts", count, &service_quota::max_restarts, 0, 1e6, never_off,
     "Restarts within restart_window before the service is quarantined."},
    {"restart_window", time, &service_quota::restart_window, 1 * ns_s, 7 * 24 * ns_h, never_off,
     "The time over which max_restarts counts."},
    {"restart_backoff", time, &service_quota::restart_backoff, 1 * ns_ms, 1 * ns_h, never_off,
     "Pause before the first restart; doubles with each further one."},
}};

constexpr std::array<key_row<tenant_quota>, 11> tenant_table{{
    {"memory", size, &tenant_quota::memory_bytes, 1 * bytes_mib, 1024 * bytes_gib, never_off,
     "Arenas, mailboxes, messages and buffers of the tenant together."},
    {"cpu", cores, &tenant_quota::cpu_cores, 0.001, 1024, never_off,
     "Cores' worth of CPU time. A tenant that has used it waits."},
    {"weight", count, &tenant_quota::weight, 1, 10'000, never_off,
     "Share of CPU time against other tenants that want more as well."},
    {"max_services", count, &tenant_quota::services, 1, 1e7, never_off,
     "Services alive. Beyond it newservice raises."},
    {"spawn_rate", rate, &tenant_quota::spawn_rate_per_second, 1.0 / 3600, 1e6, never_off,
     "Starts of services. Beyond it newservice raises."},
    {"sockets", count, &tenant_quota::sockets, 0, 1e6, never_off,
     "Sockets open, listeners included. Beyond it the call raises."},
    {"listen", listen, &tenant_quota::listen, 0, 0, never_off,
     "Where services may listen: address:port patterns of this machine."},
    {"connect", connect, &tenant_quota::connect, 0, 0, never_off,
     "Whereto services may connect: address:port patterns; \"*\" means public addresses."},
    {"socket_send_buffer", size, &tenant_quota::socket_send_buffer_bytes, 4 * bytes_kib,
     1 * bytes_gib, never_off, "Bytes a socket may have waiting. Beyond it the writer waits."},
    {"socket_rate", size_rate, &tenant_quota::socket_rate_bytes_per_second, 1 * bytes_kib,
     1024 * bytes_gib, may_be_off, "Bytes over all sockets, each direction. Beyond it they wait."},
    {"permissions", names, &tenant_quota::permissions, 0, 0, never_off,
     "The dangerous calls that services may use."},
}};

constexpr std::array<key_row<host_settings>, 10> host_table{{
    {"workers", count, &host_settings::workers, 0, 1024, never_off,
     "Worker threads; 0 is one for each core."},
    {"slice", time, &host_settings::slice, 200 * ns_us, 1 * ns_s, never_off,
     "How long a service runs before it is interrupted for another."},
    {"io_threads", count, &host_settings::io_threads, 1, 64, never_off, "Threads for sockets."},
    {"user", text, &host_settings::user, 0, 0, never_off,
     "The account to change to when started as root."},
    {"state_dir", path, &host_settings::state_dir, 0, 0, never_off,
     "Where the host keeps what must outlive it."},
    {"control_socket", path, &host_settings::control_socket, 0, 0, never_off,
     "The Unix socket of `moonward ctl`."},
    {"log", path, &host_settings::log_file, 0, 0, never_off,
     "The log file; an empty string is standard output."},
    {"stop_timeout", time, &host_settings::stop_timeout, 0, 1 * ns_h, never_off,
     "How long a stop waits for services to drain."},
    {"require_protection", flag, &host_settings::require_protection, 0, 0, never_off,
     "Refuse to start when the kernel lacks a protection."},
    {"allow_root", flag, &host_settings::allow_root, 0, 0, never_off,
     "Run as root when started as root and no user is given."},
}};

}  // namespace

std::span<const key_row<service_quota>> service_keys() noexcept { return service_table; }

std::span<const key_row<tenant_quota>> tenant_keys() noexcept { return tenant_table; }

std::span<const key_row<host_settings>> host_keys() noexcept { return host_table; }

}  // namespace moonward::policies
