"""The bars. Each is checked against what was measured in the same call of bench/run."""

from .figures import Bar

BARS = (
    Bar("call_1", ">=", 6, "skynet"),
    Bar("call_1", ">=", 1.2, "erlang"),
    Bar("call_32", ">=", 7, "skynet"),
    Bar("call_32", ">=", 2, "erlang"),
    Bar("send_4_1", ">=", 5, "skynet"),
    Bar("send_4_1", ">=", 1, "erlang"),
    Bar("fan_1_1000", ">=", 8, "skynet"),
    Bar("spawn", ">=", 5, "skynet"),
    Bar("spawn_real", ">=", 5, "skynet"),
    Bar("idle_1000", "<=", 0.55, "skynet"),
    Bar("idle_10000", "<=", 0.55, "skynet"),
    Bar("idle_50000", "<=", 0.55, "skynet"),
    Bar("services_running", ">=", 50000),
    Bar("spin_fib", "<=", 1.02, "lua"),
    Bar("spin_loop", "<=", 1.02, "lua"),
    Bar("spin_alloc", "<=", 0.75, "lua"),
    Bar("spin_string", "<=", 0.75, "lua"),
    Bar("echo_1", ">=", 1.3, "skynet"),
    Bar("echo_64", ">=", 1.5, "skynet"),
    Bar("http_64", ">=", 4, "skynet"),
    Bar("http_64", ">=", 0.6, "nginx"),
    Bar("timers_pending", ">=", 1000000),
    Bar("timers_make", ">=", 3, "skynet"),
    Bar("timers_late_p99", "<=", 2),
    Bar("runaway_p99", "<=", 4),  # a quantum of 2 ms and 2 ms more
    Bar("runaway_mixed_p99", "<=", 4),
    Bar("owed_p99", "<=", 1),
    Bar("owed_tcp_p99", "<=", 1),
    Bar("drop_64MiB", "<=", 1),
    Bar("kill_growth", "<=", 2),
    Bar("quota_cost", "<=", 5),
)
