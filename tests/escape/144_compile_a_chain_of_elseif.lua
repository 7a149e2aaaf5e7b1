-- expect: killed cpu_per_c_call; quota: cpu_per_c_call=60ms
-- The jump list is walked for every branch: quadratic, where no hook runs. Compiling is a C call.
load("local a; if a then " .. ("elseif a then "):rep(70000) .. "end")
print "ESCAPED"
