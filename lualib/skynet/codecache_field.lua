-- skynet.cache as a field of the table `skynet`.

return { cache = require "skynet.codecache" }
