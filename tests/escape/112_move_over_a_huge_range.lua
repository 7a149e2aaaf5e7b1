-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- Copies nil to nil: no memory, no instruction.
table.move({}, 1, 1 << 40, 2, {})
