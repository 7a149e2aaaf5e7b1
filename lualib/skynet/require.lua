-- skynet.require: the classic names of what `require` of this host does by itself.
--
-- Rules: a module's chunk may wait; a task that requires the same module meanwhile waits for it.
-- What the chunk hands to skynet.init runs at its end, or before the start function.

local skynet = require "skynet"

return {
  require = require,
  init = skynet.init,
  ---The host runs the queued functions before skynet.start's function; nothing is left to do.
  init_all = function() end,
}
