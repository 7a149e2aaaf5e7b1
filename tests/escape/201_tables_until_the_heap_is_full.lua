-- expect: error not enough memory; quota: memory=2MiB
local t = {}
while true do t[#t + 1] = {} end
