-- expect: error to the end; quota: log_rate=50/s, log_line=1KiB; absent: ooooooooooooooooooooooooooooooooooooo!
-- A loop of lines of any length never waits for who reads them.
for i = 1, 50000 do
  print(("o"):rep(2000), "!", i)
end
error("printed to the end", 0)
