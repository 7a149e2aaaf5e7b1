-- skynet.queue as a field of the table `skynet`.

return { queue = require "skynet.queue" }
