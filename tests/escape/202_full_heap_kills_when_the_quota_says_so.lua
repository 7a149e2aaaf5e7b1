-- expect: killed memory; quota: memory=2MiB, on_memory=kill
local t = {}
while true do pcall(function() t[#t + 1] = { t } end) end
