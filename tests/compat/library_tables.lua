-- The library tables fill themselves on first use; a script can't tell.

-- Each way to look at a table that nobody has looked at yet.
print("getmetatable", getmetatable(utf8), getmetatable(math))
print("next", (next(utf8)) ~= nil)
print("rawget", type(rawget(math, "floor")), rawget(math, "nothing"))
rawset(coroutine, "mine", 1)
print("rawset", coroutine.mine, type(coroutine.create))
local count = 0
for _ in pairs(table) do count = count + 1 end
print("pairs", count)
os.mine = 2
print("assigned", os.mine, type(os.time))

-- What is put in or taken out first stays so.
debug.traceback = nil
print("removed", debug.traceback)

-- Methods of strings, before and after the table itself is used.
print("method", ("x"):rep(3))
print("arithmetic", "10" + 1, -"2", "3" // 2)
string.twice = function(s) return s .. s end
print("new method", ("ab"):twice())

-- A metatable of the script's own.
local utf = setmetatable(utf8, { __index = function(_, k) return "no " .. k end })
print("own metatable", utf == utf8, utf8.nothing, type(utf8.char))

print("identity", require "math" == math, package.loaded.string == string, _G._G == _G)
print("random", math.random() ~= math.random(), (pcall(math.random, 0)))
print("charpattern", #utf8.charpattern)
