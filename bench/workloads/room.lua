-- A room of a game server: members, chat with commands, a score board, items for sale, and a journal. It isn't
-- measured for what it does, but for what it costs to start a service of this size. `room NUMBER`.
local skynet = require "skynet"
local queue = require "skynet.queue"

local number = math.tointeger(tonumber((...) or 0))

local config = {
  name = ("room-%04d"):format(number),
  max_members = 40,
  max_message = 400,
  history = 50,
  journal = 200,
  mute_after = 5,
  mute_for = 3000, -- 1/100 s
  round = 6000,
  roles = { "guest", "player", "moderator", "owner" },
}

local items = {
  { id = 101, name = "wooden sword", price = 30, stock = 10, tags = { "weapon", "starter" } },
  { id = 102, name = "iron sword", price = 120, stock = 5, tags = { "weapon" } },
  { id = 103, name = "leather armour", price = 80, stock = 8, tags = { "armour", "starter" } },
  { id = 104, name = "chain mail", price = 260, stock = 2, tags = { "armour" } },
  { id = 105, name = "healing potion", price = 15, stock = 60, tags = { "potion" } },
  { id = 106, name = "mana potion", price = 20, stock = 40, tags = { "potion" } },
  { id = 107, name = "rope", price = 5, stock = 100, tags = { "tool", "starter" } },
  { id = 108, name = "lantern", price = 12, stock = 30, tags = { "tool" } },
  { id = 109, name = "map of the marshes", price = 55, stock = 3, tags = { "tool", "rare" } },
  { id = 110, name = "ring of whispers", price = 900, stock = 1, tags = { "rare", "magic" } },
}

local by_id, by_tag = {}, {}
for _, item in ipairs(items) do
  by_id[item.id] = item
  for _, tag in ipairs(item.tags) do
    by_tag[tag] = by_tag[tag] or {}
    table.insert(by_tag[tag], item)
  end
end

local members, count, history, journal = {}, 0, {}, {}
local board = { dirty = false, rows = {} }
local opened = skynet.now()
local one_at_a_time = queue()

-- text ------------------------------------------------------------------------------------------------------

local function trim(text) return (text:gsub("^%s+", ""):gsub("%s+$", "")) end

local function clean(text)
  text = trim(tostring(text)):gsub("%c", " "):gsub("%s%s+", " ")
  if #text > config.max_message then text = text:sub(1, config.max_message) .. "..." end
  return text
end

local function split(text)
  local words = {}
  for word in text:gmatch "%S+" do words[#words + 1] = word end
  return words
end

local censored = { "darn", "heck", "blast" }
local function censor(text)
  for _, word in ipairs(censored) do
    text = text:gsub(word, ("*"):rep(#word))
  end
  return text
end

local function valid_name(name)
  return type(name) == "string" and #name >= 3 and #name <= 16 and name:match "^%a[%w_%-]*$" ~= nil
end

local function clock(centiseconds)
  local s = centiseconds // 100
  return ("%02d:%02d:%02d"):format(s // 3600, s // 60 % 60, s % 60)
end

-- records ---------------------------------------------------------------------------------------------------

local function push(list, entry, limit)
  list[#list + 1] = entry
  if #list > limit then table.remove(list, 1) end
end

local function note(kind, who, detail)
  push(journal, { at = skynet.now() - opened, kind = kind, who = who, detail = detail }, config.journal)
end

local function say(who, text)
  push(history, { at = skynet.now() - opened, who = who, text = text }, config.history)
end

local member = {}
member.__index = member
member.__tostring = function(self) return ("%s (%s)"):format(self.name, self.role) end

function member.new(name, role)
  return setmetatable({
    name = name,
    role = role,
    joined = skynet.now(),
    spoken = {},
    muted_until = 0,
    score = 0,
    purse = 100,
    bag = {},
  }, member)
end

function member:rank()
  for i, role in ipairs(config.roles) do
    if role == self.role then return i end
  end
  return 0
end

function member:may(role)
  for i, known in ipairs(config.roles) do
    if known == role then return self:rank() >= i end
  end
  return false
end

function member:speaks(now)
  if now < self.muted_until then return false, "muted" end
  push(self.spoken, now, config.mute_after)
  if #self.spoken == config.mute_after and now - self.spoken[1] < 200 then
    self.muted_until = now + config.mute_for
    note("mute", self.name, "too fast")
    return false, "too fast"
  end
  return true
end

function member:give(item, pieces)
  self.bag[item.id] = (self.bag[item.id] or 0) + pieces
end

local function need(name)
  local who = members[name]
  if not who then error(("%s is not in %s"):format(tostring(name), config.name), 0) end
  return who
end

local function rebuild_board()
  board.rows = {}
  for _, who in pairs(members) do board.rows[#board.rows + 1] = { name = who.name, score = who.score } end
  table.sort(board.rows, function(a, b)
    if a.score ~= b.score then return a.score > b.score end
    return a.name < b.name
  end)
  board.dirty = false
end

-- chat commands ---------------------------------------------------------------------------------------------

local chat = {}

function chat.me(who, rest) say("*", who.name .. " " .. rest) end

function chat.roll(who, rest)
  local dice, sides = rest:match "^(%d+)d(%d+)$"
  dice, sides = tonumber(dice or 1), tonumber(sides or 6)
  if dice < 1 or dice > 20 or sides < 2 or sides > 100 then return false, "roll 1d6 to 20d100" end
  local sum, rolled = 0, {}
  for i = 1, dice do
    rolled[i] = math.random(sides)
    sum = sum + rolled[i]
  end
  say("*", ("%s rolls %s = %d"):format(who.name, table.concat(rolled, " + "), sum))
end

function chat.kick(who, rest)
  if not who:may "moderator" then return false, "not allowed" end
  local target = need(rest)
  if target:rank() >= who:rank() then return false, "not allowed" end
  members[target.name] = nil
  count = count - 1
  board.dirty = true
  note("kick", who.name, target.name)
end

function chat.role(who, rest)
  local words = split(rest)
  if not who:may "owner" then return false, "not allowed" end
  need(words[1]).role = words[2] or "player"
  note("role", who.name, rest)
end

function chat.who()
  local names = {}
  for name in pairs(members) do names[#names + 1] = name end
  table.sort(names)
  say("*", "here: " .. table.concat(names, ", "))
end

-- what other services ask -----------------------------------------------------------------------------------

local command = {}

function command.join(name, role)
  if not valid_name(name) then return false, "bad name" end
  if members[name] then return false, "taken" end
  if count >= config.max_members then return false, "full" end
  members[name] = member.new(name, role or (count == 0 and "owner" or "player"))
  count = count + 1
  board.dirty = true
  say("*", name .. " joins")
  note("join", name)
  return true
end

function command.leave(name)
  need(name)
  members[name] = nil
  count = count - 1
  board.dirty = true
  say("*", name .. " leaves")
  note("leave", name)
  return true
end

function command.say(name, text)
  local who = need(name)
  local ok, reason = who:speaks(skynet.now())
  if not ok then return false, reason end
  text = censor(clean(text))
  local verb, rest = text:match "^/(%a+)%s*(.*)$"
  if not verb then
    say(name, text)
    return true
  end
  local handler = chat[verb]
  if not handler then return false, "no such command: " .. verb end
  ok, reason = handler(who, rest)
  return ok ~= false, reason
end

function command.history(last)
  local lines = {}
  for i = math.max(1, #history - (last or config.history) + 1), #history do
    local entry = history[i]
    lines[#lines + 1] = ("[%s] <%s> %s"):format(clock(entry.at), entry.who, entry.text)
  end
  return table.concat(lines, "\n")
end

function command.score(name, points)
  local who = need(name)
  who.score = who.score + points
  board.dirty = true
  return who.score
end

function command.board(top)
  if board.dirty then rebuild_board() end
  return { table.unpack(board.rows, 1, top or 10) }
end

function command.shop(tag)
  local lines = {}
  for _, item in ipairs(tag and by_tag[tag] or items) do
    lines[#lines + 1] = ("%d  %-20s %5d  x%d"):format(item.id, item.name, item.price, item.stock)
  end
  return lines
end

function command.buy(name, id, pieces)
  local who, item = need(name), by_id[id]
  pieces = pieces or 1
  if not item then return false, "no such item" end
  if item.stock < pieces then return false, "out of stock" end
  if who.purse < item.price * pieces then return false, "too dear" end
  return one_at_a_time(function()
    item.stock = item.stock - pieces
    who.purse = who.purse - item.price * pieces
    who:give(item, pieces)
    note("buy", name, ("%d x %s"):format(pieces, item.name))
    return true
  end)
end

function command.bag(name)
  local who, rows = need(name), {}
  for id, pieces in pairs(who.bag) do rows[#rows + 1] = { item = by_id[id].name, pieces = pieces } end
  table.sort(rows, function(a, b) return a.item < b.item end)
  return who.purse, rows
end

function command.journal(kind)
  local lines = {}
  for _, entry in ipairs(journal) do
    if not kind or entry.kind == kind then
      lines[#lines + 1] = ("%s %-6s %s %s"):format(clock(entry.at), entry.kind, entry.who, entry.detail or "")
    end
  end
  return lines
end

function command.info()
  return { name = config.name, members = count, open_for = skynet.now() - opened, lines = #history }
end

function command.close()
  skynet.fork(skynet.exit)
  return true
end

local function next_round()
  for _, who in pairs(members) do who.purse = who.purse + 5 end
  skynet.timeout(config.round, next_round)
end

skynet.start(function()
  skynet.dispatch("lua", function(session, _, name, ...)
    local handler = command[name]
    if not handler then error("no such command: " .. tostring(name), 0) end
    if session == 0 then
      handler(...)
    else
      skynet.ret(skynet.pack(handler(...)))
    end
  end)
  skynet.timeout(config.round, next_round)
end)
