-- Takes memory until there is none left. Its quota says that it is killed then.
local kept = {}
while true do
  kept[#kept + 1] = string.rep("x", 1000) .. #kept
end
