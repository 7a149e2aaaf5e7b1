-- What spawn_bomb starts.
while true do
  local _ = {}
end
