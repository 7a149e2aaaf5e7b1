---@meta skynet

-- Annotations of the native module `skynet`. Addresses are handles (integers), ":hex", ".name" of
-- the tenant, or an imported name; times are hundredths of a second. This file is read by editors
-- alone; what is written in Lua is documented where it is written.

---@alias skynet.Address integer|string
---@alias skynet.Type string|integer

---@class skynet
---@field PTYPE_TEXT 0
---@field PTYPE_RESPONSE 1
---@field PTYPE_MULTICAST 2
---@field PTYPE_CLIENT 3
---@field PTYPE_SYSTEM 4
---@field PTYPE_HARBOR 5
---@field PTYPE_SOCKET 6
---@field PTYPE_ERROR 7
---@field PTYPE_QUEUE 8
---@field PTYPE_DEBUG 9
---@field PTYPE_LUA 10
---@field PTYPE_SNAX 11
---@field PTYPE_TRACE 12
---@field cache table require "skynet.codecache"
---@field queue fun(): fun(f: function, ...): ...
local skynet = {}

-- -- start and end --------------------------------------------------------------------------------

---Runs f when the main chunk has ended, after what skynet.init has queued. Whoever started the
---service waits until f has ended; an error in f ends the service.
---@param f fun()
function skynet.start(f) end

---Queues f to run before the start function; from a module loaded later: at the module's end.
---@param f fun()
function skynet.init(f) end

---Ends this service; never returns. Callers that wait for an answer get an error.
function skynet.exit() end

---Starts a service of the tenant and waits until its start function has ended.
---@param name string
---@param ... any its arguments, as text without white space
---@return integer? address nothing: it called skynet.exit in its start
function skynet.newservice(name, ...) end

---Ends another service at once; permission "kill".
---@param address skynet.Address
---@return boolean killed
function skynet.kill(address) end

---Ends all services of the tenant; permission "abort".
function skynet.abort() end

---Starts a native service; permission "launch".
---@param ... string
---@return integer address
function skynet.launch(...) end

---The service is told of the end of every other; permission "monitor". See skynet.manager.
---@param address skynet.Address
---@return integer address
function skynet.monitor(address) end

-- -- addresses and names --------------------------------------------------------------------------

---@return integer address
function skynet.self() end

---@param name string ".name"
---@return integer? address
function skynet.localname(name) end

---@param address skynet.Address
---@return string text ":0000000a" for an integer
function skynet.address(address) end

---@param address skynet.Address
---@return integer harbor always 0: a host is one node
---@return boolean is_remote
function skynet.harbor(address) end

---Gives this service a name; the first who takes a name keeps it. Names that don't begin with "."
---want the permission "register_global".
---@param name string
function skynet.register(name) end

---Gives a service a name; permission "register_global" unless it is this one.
---@param name string
---@param address skynet.Address
function skynet.name(name, address) end

-- -- messages -------------------------------------------------------------------------------------

---@class skynet.Protocol
---@field name string
---@field id integer 0 to 255
---@field pack? fun(...): string
---@field unpack? fun(message: string, size: integer): ...
---@field dispatch? fun(session: integer, source: integer, ...)

---@param protocol skynet.Protocol
function skynet.register_protocol(protocol) end

---Sets the handler of a message type, which runs in a task of its own for each message; without f
---tells the current one.
---@param typename skynet.Type
---@param f? fun(session: integer, source: integer, ...)
---@return function? previous
function skynet.dispatch(typename, f) end

---@param address skynet.Address
---@param typename skynet.Type
---@param ... any
---@return integer|false|nil session 0; nothing: no such service; false: its mailbox is full
function skynet.send(address, typename, ...) end

---As send, with a packed message.
---@param address skynet.Address
---@param typename skynet.Type
---@param message string
---@param size? integer
---@return integer|false|nil session
function skynet.rawsend(address, typename, message, size) end

---Sends a request and waits for the answer; an error when there can't be one.
---@param address skynet.Address
---@param typename skynet.Type
---@param ... any
---@return any ...
function skynet.call(address, typename, ...) end

---As call, with a packed message and answer.
---@param address skynet.Address
---@param typename skynet.Type
---@param message string
---@param size? integer
---@return string message
---@return integer size
function skynet.rawcall(address, typename, message, size) end

---Answers the running request with a packed message.
---@param message? string
---@param size? integer
---@return boolean delivered
function skynet.ret(message, size) end

---Answers the running request with values.
---@param ... any
---@return boolean delivered
function skynet.retpack(...) end

---Takes over the duty to answer the running request.
---@param pack? fun(...): string
---@return fun(ok: boolean|"TEST", ...): boolean respond
function skynet.response(pack) end

---The running request needs no answer.
function skynet.ignoreret() end

---@return integer? session of the running request, while it is to be answered
---@return integer? source
function skynet.context() end

---Sends with another's source address; permission "redirect" unless it is this service's own.
---@param address skynet.Address
---@param source skynet.Address
---@param typename skynet.Type
---@param session integer
---@param message? string
---@param size? integer
---@return integer|false|nil session
function skynet.redirect(address, source, typename, session, message, size) end

---@return integer session a fresh one
function skynet.genid() end

---@param ... any
---@return string message
---@return integer size
function skynet.pack(...) end

---@param ... any
---@return string message
function skynet.packstring(...) end

---@param message? string
---@param size? integer
---@return any ...
function skynet.unpack(message, size) end

---@param message string
---@param size? integer
---@return string
function skynet.tostring(message, size) end

---Does nothing: messages are strings.
---@param message? string
---@param size? integer
function skynet.trash(message, size) end

-- -- tasks and time -------------------------------------------------------------------------------

---Runs f in a task of its own, after the running one waits or ends.
---@param f function
---@param ... any
---@return thread
function skynet.fork(f, ...) end

---Runs f in a task of its own when the time has come.
---@param ticks number
---@param f fun()
function skynet.timeout(ticks, f) end

---@param ticks number
---@param token? any for wakeup; default: the running coroutine
---@return "BREAK"? reason it was woken before the time was up
function skynet.sleep(ticks, token) end

---Lets all messages that wait already go first.
function skynet.yield() end

---Waits for wakeup.
---@param token? any default: the running coroutine
function skynet.wait(token) end

---Lets the task that waits or sleeps with the token go on, after the running one waits or ends.
---@param token any
---@return true? woken nothing: nobody waits with it
function skynet.wakeup(token) end

---Ends a task; a debugging aid.
---@param task thread|string the coroutine, or a part of its name
---@return thread? task
function skynet.killthread(task) end

---@return integer ticks monotonic; with starttime: UTC
function skynet.now() end

---@return integer seconds UTC of the host's start
function skynet.starttime() end

---@return number seconds UTC, with a resolution of 10 ms
function skynet.time() end

---@return integer nanoseconds monotonic
function skynet.hpc() end

---Every call of this service that waits for the address fails.
---@param address skynet.Address
function skynet.term(address) end

-- -- environment, log, statistics -----------------------------------------------------------------

---@param key string
---@return string? value
function skynet.getenv(key) end

---Sets a value for the tenant's services, once; permission "setenv".
---@param key string
---@param value string
function skynet.setenv(key, value) end

---Writes a line to the log.
---@param ... any
function skynet.error(...) end

---@param what "mqlen"|"endless"|"cpu"|"time"|"message"
---@return number
function skynet.stat(what) end

---@return integer messages that wait in the mailbox
function skynet.mqlen() end

---@return boolean endless always false: what would be endless is pre-empted, and killed in time
function skynet.endless() end

-- -- written in Lua -------------------------------------------------------------------------------

skynet.request = require("skynet.request").request
skynet.uniqueservice = require("skynet.unique").uniqueservice
skynet.queryservice = require("skynet.unique").queryservice
skynet.task = require("skynet.tasks").task
skynet.uniqtask = require("skynet.tasks").uniqtask
skynet.trace_timeout = require("skynet.tasks").trace_timeout
skynet.trace = require("skynet.tracing").trace
skynet.tracetag = require("skynet.tracing").tracetag
skynet.traceproto = require("skynet.tracing").traceproto
skynet.tracelog = require("skynet.tracing").tracelog
skynet.tracecall = require("skynet.tracing").tracecall
skynet.forward_type = require("skynet.forwarding").forward_type
skynet.filter = require("skynet.forwarding").filter
skynet.init_service = require("skynet.forwarding").init_service
skynet.dispatch_message = require("skynet.forwarding").dispatch_message
skynet.dispatch_unknown_request = require("skynet.unknown").dispatch_unknown_request
skynet.dispatch_unknown_response = require("skynet.unknown").dispatch_unknown_response
skynet.info_func = require("skynet.debug").info_func
skynet.memlimit = require("skynet.limits").memlimit

return skynet
