-- Prints the median and the 99th percentile of a list of nanoseconds, and sorts it.
local percentiles = {}
function percentiles.report(name, list)
  table.sort(list)
  for _, percent in ipairs { 50, 99 } do
    local value = list[math.max(1, math.ceil(#list * percent / 100))]
    print(("%s_p%d %.6g ms"):format(name, percent, value / 1e6))
  end
end
return percentiles
