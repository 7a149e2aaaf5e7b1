-- The methods that every snax service has, by their number in a message.

return { "init", "exit", "hotfix", "profile", init = 1, exit = 2, hotfix = 3, profile = 4 }
