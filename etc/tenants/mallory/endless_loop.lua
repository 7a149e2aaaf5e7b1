-- A loop that never waits for anything. It is interrupted after every slice, so that others run,
-- and killed when the turn has used up cpu_per_turn.
while true do
end
