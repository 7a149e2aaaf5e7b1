-- The service that snax.lua tests.

local snax = require "skynet.snax"

local count = 0
local text = "hello"

local function greeting() return text .. " " .. count end

function init(...) print("init", ...) end

function exit(...) print("exit", ...) end

function response.echo(...) return ... end

function response.greet() return greeting() end

function response.raise() error "on purpose" end

function accept.add(n) count = count + n end

function accept.quit(...) snax.exit(...) end
