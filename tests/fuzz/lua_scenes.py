"""What random programs call: every function of the exposed API, and scenes that reach deep into it.

A scene is a few statements that belong together (a listener and its peer, a call and its answer),
filled with whatever a lua_writer.Writer writes.
"""

# The arguments, by letters: a anything, i integer, n number, s string, t table, f function,
# c coroutine, h handle of a service, p message type, m packed message, k ticks, d seconds,
# S socket, x anything any number of times.
FUNCTIONS = {
    "": "assert:ax collectgarbage:oi error:ai getmetatable:a ipairs:t load:sss load:fs next:ta pairs:t "
        "pcall:fx print:x rawequal:aa rawget:ta rawlen:t rawset:taa require:s select:ix "
        "setmetatable:tt tonumber:ai tostring:a type:a xpcall:ffx warn:ss",
    "string": "byte:sii char:iii find:ssi find:ssia format:sx gmatch:ss gsub:ssa gsub:ssf gsub:sst len:s "
              "lower:s match:ssi pack:sx packsize:s rep:sis reverse:s sub:sii unpack:ssi upper:s",
    "table": "concat:tsii insert:tia insert:ta move:tiiit pack:x remove:ti sort:tf sort:t unpack:tii",
    "math": "abs:n ceil:n cos:n deg:n exp:n floor:n fmod:nn log:nn max:nn min:nn modf:n pow:nn rad:n "
            "random:ii randomseed:i sin:n sqrt:n tan:n tointeger:a type:a ult:ii",
    "utf8": "char:iii codepoint:siia codes:sa len:siia offset:sii",
    "os": "clock: date:sn difftime:nn time:t time:",
    "debug": "traceback:cs traceback:s",
    "coroutine": "close:c create:f isyieldable: resume:cx running: status:c wrap:f yield:x",
    "skynet": "newservice:sx kill:h launch:sx localname:s self: address:h harbor:h register:s name:sh "
              "send:hpx rawsend:hpmi ret:mi retpack:x response:f ignoreret: context: redirect:hhpimi "
              "genid: pack:x packstring:x unpack:mi tostring:mi trash:mi fork:fx timeout:kf sleep:ka "
              "yield: wait:a wakeup:a killthread:a now: starttime: time: hpc: term:h getenv:s setenv:ss "
              "error:x stat:s mqlen: endless: dispatch:pf dispatch_unknown_request:f "
              "dispatch_unknown_response:f task:a uniqtask: memlimit:i trace:s tracetag: traceproto:pa "
              "tracelog:sii info_func:f uniqueservice:sx queryservice:s filter:ff forward_type:tf "
              "monitor:s coroutine:a select:ti call:hpx rawcall:hpmi init:f",
    "moonward": "quota: usage: now: sleep:da after:df every:df call:dhpx tenant:",
    "core": "sessions: source:ss spawn_function:sfx list: kill:h status:c is_task:c task: task_local:a "
            "cpu: start_clock:c clock:c set_filter:f inject:imiii set_unknown:sf ask:hpx forget:i "
            "on_answer:f permitted:s set_memory_limit:i is_lua:f upvalue:fi join_upvalue:fifi",
    "socket": "open:si listen:sii start:Sf close:S close_fd:S shutdown:S read:Si readall:S readline:Ss "
              "block:S write:Ss write:St lwrite:Ss header:si invalid:S disconnected:S abandon:S "
              "limit:Si pause:S warning:Sf onclose:Sf netstat: resolve:s bind:i stdin:",
    "httpd": "read_request:fi write_response:fist write_response:fift",
    "httpc": "dns:si request:ssstts head:sstt request_stream:ssstts get:ssttt post:sstt",
    "websocket": "accept:Stsst connect:std read:S write:Sss ping:S addrinfo:S real_ip:S close:Sis is_close:S",
    "helper": "readfunc:Ss writefunc:S readall:S connect:sid close:S shutdown:S",
    "url": "parse:s parse_query:s",
    "httpcore": "reader:St writer:St read_request:ai read_response:a read_chunks:ait parse_request:si "
                "parse_response:s parse_fields:tt decoder: decode:asi decoded:at parse_url:s parse_query:s "
                "write_response:fist write_chunk:fs write_request:fssst websocket:si receive:aa "
                "parse_frame:as frame:ass close_payload:is accept_key:s new_key:",
    "snax": "interface:s bind:hs rawnewservice:sx newservice:sx uniqueservice:sx queryservice:s kill:ax "
            "self: exit:x hotfix:asx profile_info:a printf:sx",
    "service": "new:sfx query:s close:s",
    "skyco": "create:f resume:cx yield:x wrap:f thread:c close:c isyieldable: running: status:c",
    "profile": "start:c stop:c",
    "debugging": "reg_debugcmd:sf dispatch:aasx info_func:f",
}
CALLS = [(f"{module}.{name}" if module else name, kinds)
         for module, text in FUNCTIONS.items() for name, kinds in (word.split(":") for word in text.split())]
TYPES = ['"lua"', '"text"', '"response"', '"error"', '"debug"', '"system"', '"client"', '"socket"',
         '"snax"', '"x"', "10", "1", "7", "255", "-1"]
PERMISSIONS = ["kill", "launch", "inject", "redirect", "monitor", "abort", "setenv", "signal", "debug",
               "register_global", "native"]
PATTERNS = ["a", ".", "%w+", ".-", "(.)", "%b()", "[^\\n]*", "(a?)*", "%f[%w]", "^", "$", "(()", "[", "%", "%1"]
FORMATS = ["%d", "%s", "%q", "%5.2f", "%99.99f", "%a", "%c", "%i", "%p", "%x", "%-20s", "%%", "%.200s", "%", "%y"]
PACKING = ["b", "B", "h", "i4", "I16", "l", "j", "T", "f", "d", "n", "s1", "s", "z", "x", "X", "!", "<", ">", " "]
TEXTS = ["GET /{} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n", "POST / HTTP/1.1\\r\\nContent-Length: {}\\r\\n\\r\\nabc",
         "HTTP/1.1 {} OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n3\\r\\nabc\\r\\n0\\r\\n\\r\\n", "{}\\r\\n", "line {}\\n",
         "\\x81\\x85\\0\\0\\0\\0hello{}", "PING {}\\nQUIT\\n", "\\0\\5abcde{}"]


def argument(w, kind):
    """Mostly what is expected."""
    if w.chance(0.12):
        return w.expression()
    choices = {
        "a": w.expression,
        "i": w.integer,
        "n": w.number_literal,
        "s": w.string,
        "t": lambda: w.hostile() if w.chance(0.3) else w.table(),
        "f": w.function,
        "c": lambda: f"coroutine.create({w.function()})" if w.chance(0.7) else "coroutine.running()",
        "h": lambda: w.pick(["skynet.self()", "_ENV.child", "_ENV.peer", "1", '".launcher"', '".me"', '":00000001"',
                             'skynet.newservice("child")', "skynet.localname('.me')"]),
        "p": lambda: w.pick(TYPES) if w.chance(0.4) else '"lua"',
        "m": lambda: f"skynet.pack({w.arguments(2)})" if w.chance(0.7) else w.string(),
        "k": lambda: str(w.number(-1, 8)),
        "d": lambda: w.pick(["0", "0.001", "0.01", "0.05", "-1", "0/0", "1e9"]),
        "S": lambda: w.pick(["_ENV.socket_id", "_ENV.socket_id", "1", "2", "0", "-1"]),
        "o": lambda: w.pick(['"collect"', '"step"', '"count"', '"generational"', '"incremental"', '"isrunning"', '"stop"']),
    }
    return choices[kind]()


def arguments_for(w, kinds):
    parts = []
    for kind in kinds:
        if kind == "x":
            parts += [w.expression() for _ in range(w.number(0, 3))]
        else:
            parts.append(argument(w, kind))
    while parts and w.chance(0.08):
        parts.pop()
    return ", ".join(parts)


def function_name(w):
    return w.pick(CALLS)[0] if w.chance(0.8) else w.expression()


def call(w):
    name, kinds = w.pick(CALLS)
    if w.chance(0.6):
        return f"select(2, pcall({', '.join(filter(None, [name, arguments_for(w, kinds)]))}))"
    return f"{name}({arguments_for(w, kinds)})"


# -- scenes: $ and a letter stand for what is written there --------------------------------------
#
# $B a block, $E an expression, $A arguments, $F a function, $C a function that compares two, $H a
# hostile table, $T a table, $S a string, $I an integer, $X a text that protocols know, $P a pattern,
# $K a format of string.pack, $D a format of string.format, $h a handle, $m a message type, $9 a
# number up to 9, $0 one up to 400, $(a|b|c) one of these.

ANSWER = ("$(skynet.retpack(...)|skynet.ret(skynet.pack(...))|error(...)|skynet.ignoreret()||skynet.response()('TEST')"
          "|skynet.sleep(1) skynet.retpack(...)|skynet.exit()|skynet.retpack(1) skynet.retpack(2)|skynet.context()"
          "|local r = skynet.response() skynet.fork(function(...) r(true, ...) r(true) end, ...))")
READING = ("$(socket.readline(id)|socket.readline(id, $S)|socket.read(id, $0)|socket.read(id)|socket.readall(id)"
           "|socket.block(id)|httpd.read_request(helper.readfunc(id), 4096)"
           "|httpcore.read_request(httpcore.reader(id, {}), 100)"
           "|websocket.accept(id, { message = function(...) websocket.write(...) end }))")
WRITING = ("$(socket.write(id, $X)|socket.write(id, { $X, $X })|socket.lwrite(id, $S)"
           "|httpd.write_response(helper.writefunc(id), 200, 'body', { a = 'b' })"
           "|httpd.write_response(helper.writefunc(id), $I, $F, $T)"
           "|for c in ($X):gmatch('.') do socket.write(id, c) end|socket.write(id, ('x'):rep(300000)))")
PEER = ("$(local id = socket.open('127.0.0.1', port) socket_id = id " + WRITING + " $B print(socket.read(id, 3)) socket.close(id)"
        "|local id = helper.connect('127.0.0.1', port, 0.1) socket.start(id) socket_id = id " + WRITING + " socket.shutdown(id)"
        "|print(httpc.get('127.0.0.1:' .. port, '/x', {}))|httpc.post('127.0.0.1:' .. port, $S, $T, {})"
        "|local id = websocket.connect('ws://127.0.0.1:' .. port .. '/') websocket.write(id, 'x', 'binary') "
        "print(websocket.read(id)) websocket.close(id)"
        "|local c = channel.channel { host = '127.0.0.1', port = port } "
        "c:request('x\\n', function(s) return true, s:readline() end) $B c:close()"
        "|local c = channel.channel { host = '127.0.0.1', port = port, response = function(s) return 1, true, s:readline() end } "
        "c:request('x\\n', 1) $B c:close())")
CHILD = ("$(skynet.newservice('child', 'a')|core.spawn_function('s', $F)|service.new('n', $F)|skynet.uniqueservice('child')"
         "|snax.newservice('child')|skynet.newservice('program')"
         "|core.spawn_function('s', function() require('skynet').start(function() end) end))")

SCENES = {
    "requests": [
        "skynet.dispatch('lua', function(...) $B " + ANSWER + " end) for i = 1, $9 do skynet.fork(function() "
        "$(skynet.call|skynet.call|skynet.send|core.ask)($h, 'lua', i, $E) end) end $B",
        "skynet.dispatch($m, function(...) " + ANSWER + " return $A end) skynet.fork(function() skynet.call(skynet.self(), $m, $E) end)",
    ],
    "children": [
        "child = " + CHILD + " for i = 1, $9 do pcall(function() $(skynet.call(child, 'lua', $E)|skynet.send(child, 'lua', $E)"
        "|moonward.call(0.02, child, 'lua', $E)|skynet.redirect(child, skynet.self(), 'lua', 1, 'x')) end) end "
        "$(skynet.kill(child)|core.kill(child)|skynet.send(child, 'debug', 'EXIT')|skynet.term(child)|skynet.abort()"
        "|skynet.call(child, 'debug', 'TASK')|) $B",
        "for i = 1, $9 do skynet.fork(function() local c = " + CHILD + " $B pcall(skynet.call, c, 'lua', i) core.kill(c) end) end",
    ],
    "time": [
        "for i = 1, $9 do skynet.timeout(i % 3, function() $B end) end",
        "local n = 0 local t t = moonward.every(0.001, function() n = n + 1 if n > $9 then t:cancel() end $B end)",
        "local co = skynet.fork(function() skynet.wait('t') $B end) skynet.sleep(0) $(skynet.wakeup|skynet.killthread)(co) skynet.wakeup('t')",
        "local co = coroutine.running() skynet.fork(function() $B skynet.wakeup(co) end) skynet.sleep($9)",
        "for i = 1, $0 do skynet.fork(function() skynet.yield() $B end) end",
        "for i, v in skynet.request { $T, { skynet.self(), 'lua', 1 } }:select($9) do $B end",
        "local lock = queue() for i = 1, $9 do skynet.fork(lock, function() skynet.sleep(0) $B end) end",
    ],
    "sockets": [
        "local l, _, port = socket.listen('127.0.0.1', 0) socket.start(l, function(id) socket_id = id "
        "$(socket.start(id)|socket.start(id)|) pcall(function() print(" + READING + ") " + WRITING + " end) $B "
        "$(socket.close(id)|socket.abandon(id)|socket.shutdown(id)|) end) "
        "for i = 1, $9 do skynet.fork(function() " + PEER + " end) end skynet.sleep($9) $(socket.close(l)||print(#socket.netstat()))",
    ],
    "coroutines": [
        "local co = coroutine.wrap(function(...) for i = 1, $9 do $B coroutine.yield(...) end end) for i = 1, $9 do co($E) end",
        "local co = coroutine.create(function() local c <close> = setmetatable({}, { __close = $F }) coroutine.yield() end) "
        "coroutine.resume(co) $B coroutine.close(co)",
        "local t = {} for i = 1, $0 do t[i] = coroutine.create($F) coroutine.resume(t[i], i) end",
        "table.sort({ 3, 1, 2, 5, 4 }, coroutine.wrap(function(a, b) while true do $B a, b = coroutine.yield(a < b) end end))",
        "local function deep(n) if n > 0 then return coroutine.wrap(function() return deep(n - 1) end)() end $B end deep($0)",
        "local co co = skyco.create(function(...) $B skyco.yield(skynet.sleep(0)) end) skyco.resume(co) $B skyco.close(co)",
        "local co co = coroutine.create(function() $B coroutine.close(co) coroutine.resume(co) end) coroutine.resume(co)",
    ],
    "finalizers": [
        "local left = $0 local function arm() setmetatable({}, { __gc = function(o) left = left - 1 $B kept = o "
        "if left > 0 then arm() end end }) end arm() for i = 1, $0 do local s = { ('x'):rep(i * 7) } end $B $(collectgarbage()|collectgarbage('step')|)",
    ],
    "strings": [
        "print(($S):find($P))", "print((('a b\\n'):rep($0)):gsub($P, $F))", "for a, b in (('a'):rep(60)):gmatch($P) do $B end",
        "print(($D):format($A))", "print(string.unpack($K, string.pack($K, $I, $I, $S)))", "print(string.unpack($K, $S, $I))",
        "print(#($S):rep($I, $S))", "local s = $S for i = 1, 25 do s = s .. s end", "print(utf8.len($S, 1, -1, true))",
    ],
    "tables": [
        "local t = $H for i = 1, 20 do pcall(function() t[i] = $E end) end print(#t, t[1], t == {})", "table.sort($H, $C)",
        "local t = {} for i = 1, $0 do t[i] = math.random(9) end table.sort(t, function(a, b) $B return "
        "$(true|a <= b|a < b|not b|math.random() > 0.5) end)",
        "table.move($H, $I, $I, $I, $H)", "print(table.unpack($H, $I, $I))",
        "local t = setmetatable({}, { __mode = 'kv' }) for i = 1, 99 do t[{}] = {} t[i] = function() end end $B for k, v in pairs(t) do t[k] = nil end",
        "local t = {} for i = 1, 200 do t = setmetatable({}, { __index = t, __newindex = t, __call = t }) end print(t.x, pcall(t))",
        "print($H $(..|+|<|==|//|&) $H)", "for k, v in pairs($H) do $B end",
        "local t = {} while true do t[#t + 1] = $({}|#t|string.rep('x', 1000) .. #t|function() return t end) end",
    ],
    "messages": [
        "local m = skynet.packstring($E, $H) for i = 1, 50 do local at = math.random(#m) "
        "pcall(skynet.unpack, m:sub(1, at - 1) .. string.char(math.random(0, 255)) .. m:sub(at + 1)) end",
        "print(skynet.unpack(skynet.pack($A)))", "skynet.rawsend(skynet.self(), 'lua', $S)",
        "local t = {} for i = 1, $0 do t = { t, i } end print(#skynet.packstring(t))",
        "skynet.register_protocol { name = 'p', id = $(100|13|10|256), pack = $F, unpack = $F, dispatch = $F } skynet.send(skynet.self(), 'p', $A)",
        "for i = 1, $0 do skynet.send(skynet.self(), 'lua', ('x'):rep(i * 100)) end",
        "skynet.call(skynet.self(), 'debug', '$(MEM|GC|STAT|TASK|INFO|EXIT|RUN|LINK|PING|SUPPORT|UNIQTASK)', $S)",
        "core.inject($I, $S, 1, $I, $I)",
    ],
    "texts": [
        "local s = [==[$B]==] print(load(s)) local f = load(s:sub(1, math.random(#s))) if f then f() end",
        "local n = 0 print(load(function() n = n + 1 $B return n < 50 and 'local x = {1} ' or nil end))",
        "print(load($S, $S, $S, $H))", "require($('module'|'child'|$S))", "print(load('return ' .. ('$({|-|not |a.|#|#{)'):rep($0) .. '1'))",
    ],
    "recursion": [
        "local function f() return 1 + f() end f()", "local function f(s) return (s:gsub('.', f)) end f('x')",
        "local function f(...) $B return pcall(f, ...) end f(1)",
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(o, k) return o[k .. 'x'] end print(t.x)",
        "local function f() return xpcall(error, f) end f()",
        "local t = setmetatable({}, { __tostring = function(o) return tostring(o) end }) print(t)",
        "local function f(n) return select('#', table.unpack({}, 1, n)) end for i = 1, 22 do pcall(f, 1 << i) end",
        "local function f() local c <close> = setmetatable({}, { __close = $F }) return f() + 1 end f()",
    ],
}
KINDS = list(SCENES) + ["requests", "children", "sockets", "messages"]  # some more often


def quoted(w, pieces, most):
    return repr("".join(w.pick(pieces) for _ in range(w.number(1, most))))


LETTERS = {
    "B": lambda w: w.inner_block(), "E": lambda w: w.expression(), "A": lambda w: w.arguments(4) or "nil",
    "F": lambda w: w.function(), "C": lambda w: w.function(["a", "b"]), "H": lambda w: w.hostile(), "T": lambda w: w.table(),
    "S": lambda w: w.string(), "I": lambda w: w.integer(), "P": lambda w: quoted(w, PATTERNS, 6),
    "K": lambda w: quoted(w, PACKING, 8), "D": lambda w: quoted(w, FORMATS, 4), "9": lambda w: str(w.number(1, 9)),
    "0": lambda w: str(w.number(1, 400)), "h": lambda w: argument(w, "h"), "m": lambda w: w.pick(TYPES),
    "X": lambda w: '"' + w.pick(TEXTS).format(w.number(0, 9)) + '"',
}


def alternatives(template, at):
    """The texts between $( and its ), and where it ends; parentheses of Lua inside are in pairs."""
    parts, depth, start = [], 0, at
    while True:
        letter = template[at]
        if letter == "|" and depth == 0:
            parts.append(template[start:at])
            start = at + 1
        elif letter == ")" and depth == 0:
            return parts + [template[start:at]], at + 1
        depth += (letter == "(") - (letter == ")")
        at += 1


def fill(w, template):
    text, at = "", 0
    while at < len(template):
        if template[at] != "$":
            text += template[at]
            at += 1
        elif template[at + 1] == "(":
            parts, at = alternatives(template, at + 2)
            text += fill(w, w.pick(parts))
        else:
            text += LETTERS[template[at + 1]](w)
            at += 2
    return text


def scene(w):
    """A scene as one statement whose error does not end the program."""
    template = w.pick(SCENES[w.pick(KINDS)])
    return f"pcall(function() {w.detached(lambda: fill(w, template))} end);"
