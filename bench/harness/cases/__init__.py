"""All workloads, in the order of the table."""

from . import kill, latency, memory, messages, net, scaling, spin, timers

CASES = (
    *messages.CASES, *scaling.CASES, *spin.CASES, *net.CASES, *memory.CASES, *timers.CASES, *latency.CASES,
    *kill.CASES,
)
