"""Random Lua programs: valid in syntax, hostile in all else, the same for the same seed.

A Writer keeps the scope (names, whether `...` is there, loops) and writes statements and
expressions; lua_scenes.py brings what they call.
"""

import random

import lua_scenes

INTEGERS = ["0", "1", "-1", "2", "3", "7", "16", "31", "63", "64", "100", "127", "128", "255", "256",
            "1000", "4096", "65535", "65536", "0x7fffffff", "-0x80000000", "0xffffffff", "1 << 40",
            "1 << 62", "math.maxinteger", "math.mininteger", "math.maxinteger - 1"]
FLOATS = ["0.0", "-0.0", "0.5", "1e-3", "1.5", "2^53", "2^63", "-2^63", "1e100", "1e308", "5e-324",
          "1/0", "-1/0", "0/0", "3.0", "255.0", "0x1p-1074", "0x.8p4"]
STRINGS = ['""', '"a"', '"abc"', '"lua"', '"10"', '"0x10"', '" 1e1 "', '"%d"', '"%s%q"', '"\\0"',
           '"\\xff\\xfe"', '"\\u{10FFFF}"', '"\\u{7FFFFFFF}"', '"\\r\\n"', '"k"', '"__index"', '"n"',
           '("x"):rep(100)', '("ab"):rep(5000)', '("\\n"):rep(70)', '"a.b.c"', '"../x"', '"child"',
           '"[%w_]*"', '"%b()"', '"%f[%a]"', '"(a*(.)%w(%s*))"', '".-.-.-b"', '"^(.*)$"', '"%1"', '"*t"',
           '"!%c"', '"<i3>I16z s1"', '"!16 i8 Xd"', '"\\27Lua"', '"return ..."']
BINARY = ["+", "-", "*", "/", "//", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or",
          "&", "|", "~", "<<", ">>"]
UNARY = ["-", "not ", "#", "~"]
EVENTS = ["__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm", "__idiv", "__band", "__bor",
          "__bxor", "__shl", "__shr", "__bnot", "__concat", "__len", "__eq", "__lt", "__le", "__index",
          "__newindex", "__call", "__close", "__gc", "__tostring", "__name", "__pairs", "__mode",
          "__metatable"]
DEEPEST = 5  # of nested statements and expressions; deeper ones are written on purpose
MOST_NODES = 350  # expressions and statements of a program
MOST_LOCALS = 60  # a function; Lua has 200


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.counter = 0
        self.names = [[]]  # a list a block: what may be read
        self.constants = set()  # what must not be assigned
        self.locals_left = [MOST_LOCALS]  # a number a function
        self.varargs = [True]
        self.loops = [0]
        self.labels = [[]]  # that a goto may reach: at the ends of the loops around
        self.depth = 0
        self.left = MOST_NODES

    # -- choices ----------------------------------------------------------------------------------

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, choices):
        return self.random.choice(choices)

    def number(self, least, most):
        return self.random.randint(least, most)

    def fresh(self, prefix="v"):
        self.counter += 1
        return f"{prefix}{self.counter}"

    def visible(self):
        return [name for block in self.names for name in block]

    # -- expressions ------------------------------------------------------------------------------

    def integer(self):
        if self.chance(0.5):
            return str(self.number(0, 12))
        return f"({self.pick(INTEGERS)})"

    def number_literal(self):
        return self.integer() if self.chance(0.7) else f"({self.pick(FLOATS)})"

    def string(self):
        text = self.pick(STRINGS)
        return f"({text})" if text.startswith("(") else text

    def leaf(self):
        names = self.visible()
        if names and self.chance(0.5):
            return self.pick(names)
        kind = self.number(0, 9)
        if kind < 4:
            return self.number_literal()
        if kind < 7:
            return self.string()
        if kind == 7 and self.varargs[-1]:
            return "..."
        return self.pick(["nil", "true", "false", "{}", "_ENV", "print", "skynet", "string"])

    def expression(self):
        self.left -= 1
        if self.depth >= DEEPEST or self.left <= 0 or self.chance(0.3):
            return self.leaf()
        self.depth += 1
        text = self.pick([
            self.binary, self.binary, self.unary, self.table, self.table, self.function, self.call,
            self.call, self.method, self.index, self.hostile, self.deep, self.coroutine,
        ])()
        self.depth -= 1
        return text

    def arguments(self, most=4):
        return ", ".join(self.expression() for _ in range(self.number(0, most)))

    def binary(self):
        return f"({self.expression()} {self.pick(BINARY)} {self.expression()})"

    def unary(self):
        return f"({self.pick(UNARY)}({self.expression()}))"

    def index(self):
        return f"({self.expression()})[{self.expression()}]"

    def table(self):
        fields = []
        for _ in range(self.number(0, 6) if self.left > 0 else 0):
            kind = self.number(0, 2)
            if kind == 0:
                fields.append(self.expression())
            elif kind == 1:
                fields.append(f"{self.pick('abkn')} = {self.expression()}")
            else:
                fields.append(f"[{self.expression()}] = {self.expression()}")
        return "{" + ", ".join(fields) + "}"

    def hostile(self):
        """A table whose metamethods do anything."""
        fields = []
        if self.left <= 0:
            return "{}"
        for event in self.random.sample(EVENTS, self.number(1, 5)):
            if event == "__mode":
                fields.append(f'__mode = {self.pick(["k", "v", "kv", "x"])!r}')
            elif self.chance(0.15):
                fields.append(f"{event} = {self.expression()}")
            else:
                fields.append(f"{event} = {self.function()}")
        return f"setmetatable({self.table()}, {{ {', '.join(fields)} }})"

    def deep(self):
        """Nesting. What is deeper than the compiler takes is in the scenes, behind load."""
        levels = self.pick([5, 20, 40])
        opening, closing = self.pick([("(", ")"), ("{", "}"), ("- ", ""), ("not ", ""), ("#{", "}"),
                                      ("(function(...) return ", " end)()"), ('"a" .. ', ""), ("2 ^ ", "")])
        return f"({opening * levels}1{closing * levels})"

    def coroutine(self):
        return f"coroutine.{self.pick(['wrap', 'create'])}({self.function()})"

    def function(self, parameters=None, most=3):
        """A function; the names of its parameters may be given."""
        if parameters is None:
            parameters = [self.fresh("p") for _ in range(self.number(0, 3))]
        self.left -= 1
        if self.left <= 0:
            return f"function({', '.join(parameters)}) end"
        varargs = self.chance(0.5)
        written = ", ".join(parameters + (["..."] if varargs else []))
        self.varargs.append(varargs)
        self.loops.append(0)
        self.labels.append([])
        self.locals_left.append(MOST_LOCALS)
        self.depth += 1
        body = self.block(most, parameters)
        if self.chance(0.6):
            result = self.arguments(3)
            body += f" return {self.call()}" if self.chance(0.3) else f" return {result}"
        self.depth -= 1
        self.locals_left.pop()
        self.labels.pop()
        self.loops.pop()
        self.varargs.pop()
        return f"function({written}) {body} end"

    def call(self):
        return lua_scenes.call(self) if self.left > 0 else "skynet.now()"

    def method(self):
        name = self.pick(["rep", "sub", "gsub", "find", "match", "byte", "format", "upper", "close", "k"])
        return f"({self.expression()}):{name}({self.arguments(3)})"

    # -- statements -------------------------------------------------------------------------------

    def block(self, most, names=()):
        self.names.append(list(names))
        if self.left <= 0:
            most = 0
        text = " ".join(self.statement() for _ in range(self.number(0, most)))
        self.names.pop()
        return text

    def inner_block(self):
        """A short block in the middle of a scene, sometimes none."""
        return self.block(2)

    def statement(self):
        self.left -= 1
        if self.depth >= DEEPEST or self.left <= 0:
            return self.attempt()
        self.depth += 1
        text = self.pick([
            self.attempt, self.attempt, self.attempt, self.attempt, self.local, self.local, self.assign,
            self.branch, self.numeric_for, self.generic_for, self.while_loop, self.repeat_loop, self.scope,
            self.jump_back, self.leave, self.scene, self.closing, self.local_function,
        ])()
        self.depth -= 1
        return text

    def attempt(self):
        """A call whose error does not end the program."""
        kind = self.number(0, 5)
        if kind <= 2:
            return f"pcall({lua_scenes.function_name(self)}, {self.arguments(3) or 'nil'});"
        if kind == 3:
            return f"xpcall({self.function()}, {self.function(['e'], 1)});"
        if kind == 4:
            return f"pcall({self.function()});"
        return self.new_local(f"select(2, pcall({self.function()}))")

    def new_local(self, value, attribute=""):
        if self.locals_left[-1] == 0:
            return f"_ENV.g = {value};"
        self.locals_left[-1] -= 1
        name = self.fresh()
        text = f"local {name}{attribute} = {value};"
        self.names[-1].append(name)
        if attribute:
            self.constants.add(name)
        return text

    def local(self):
        return self.new_local(self.expression(), " <const>" if self.chance(0.1) else "")

    def closing(self):
        return f"pcall(function() {self.detached(self.closed_variable)} end);"

    def closed_variable(self):
        value = self.pick([lambda: f"setmetatable({{}}, {{ __close = {self.function(['o', 'e'])} }})",
                           lambda: "nil", lambda: "false", self.hostile])()
        return f"local {self.fresh()} <close> = {value}; {self.block(2)}"

    def local_function(self):
        if self.locals_left[-1] == 0:
            return self.attempt()
        self.locals_left[-1] -= 1
        name = self.fresh("f")
        self.names[-1].append(name)
        return f"local {name}; {name} = {self.function()};"

    def assign(self):
        names = [name for name in self.visible() if name not in self.constants]
        if not names:
            return f"_ENV[{self.expression()} or 1] = {self.expression()};"
        target = self.pick(names)
        if self.chance(0.4):
            target = f"{target}[{self.value_without_varargs()}]"
            return f"pcall(function() {target} = {self.value_without_varargs()} end);"
        return f"{target} = {self.expression()};"

    def value_without_varargs(self):
        self.varargs.append(False)
        text = self.expression()
        self.varargs.pop()
        return text

    def branch(self):
        text = f"if {self.expression()} then {self.block(2)} "
        for _ in range(self.number(0, 2)):
            text += f"elseif {self.expression()} then {self.block(2)} "
        return text + f"else {self.block(2)} end;"

    def loop_body(self, names=(), guard=True):
        """The block of a loop: its last words are a label that a goto inside may reach."""
        label = self.fresh("l")
        self.loops[-1] += 1
        self.labels[-1].append(label)
        # Most loops end; some are left to the limits.
        limit = ""
        if guard and self.chance(0.9):
            count = self.fresh("n")
            limit = f"{count} = ({count} or 0) + 1; if {count} > {self.number(1, 60)} then break end;"
        body = self.block(3, names)
        self.labels[-1].pop()
        self.loops[-1] -= 1
        return f"{limit} {body} ::{label}::"

    def numeric_for(self):
        name = self.fresh("i")
        step = f", {self.number_literal()}" if self.chance(0.4) else ""
        self.constants.discard(name)
        return (f"pcall(function() for {name} = {self.number_literal()}, {self.number_literal()}{step} do "
                f"{self.detached(lambda: self.loop_body([name]))} end end);")

    def generic_for(self):
        key, value = self.fresh("k"), self.fresh("x")
        source = self.pick([
            lambda: f"pairs({self.value_without_varargs()})",
            lambda: f"ipairs({self.value_without_varargs()})",
            lambda: f"next, {self.value_without_varargs()}",
            lambda: f"string.gmatch({self.string()}, {self.string()})",
            lambda: f"utf8.codes({self.string()}, true)",
            lambda: f"coroutine.wrap({self.function()})",
            lambda: f"{self.function()}, nil, nil, setmetatable({{}}, {{ __close = {self.function(['o', 'e'])} }})",
        ])()
        return (f"pcall(function() for {key}, {value} in {source} do "
                f"{self.detached(lambda: self.loop_body([key, value]))} end end);")

    def detached(self, write):
        """Writes inside a function of its own that has no varargs."""
        self.varargs.append(False)
        self.loops.append(0)
        self.labels.append([])
        self.locals_left.append(MOST_LOCALS)
        text = write()
        self.locals_left.pop()
        self.labels.pop()
        self.loops.pop()
        self.varargs.pop()
        return text

    def while_loop(self):
        return f"while {self.expression()} do {self.loop_body()} end;"

    def repeat_loop(self):
        # A label before `until` would see the locals of the block: none here.
        self.loops[-1] += 1
        count = self.fresh("n")
        text = f"repeat {count} = ({count} or 0) + 1; {self.block(2)} until {count} > {self.number(0, 40)};"
        self.loops[-1] -= 1
        return text

    def scope(self):
        return f"do {self.block(3)} end;"

    def jump_back(self):
        label, count = self.fresh("l"), self.fresh("n")
        return (f"do ::{label}:: {count} = ({count} or 0) + 1; do {self.block(2)} end "
                f"if {count} < {self.number(1, 30)} then goto {label} end end;")

    def leave(self):
        if self.loops[-1] > 0 and self.chance(0.5):
            condition = self.expression()
            if self.labels[-1] and self.chance(0.6):
                return f"if {condition} then goto {self.pick(self.labels[-1])} end;"
            return f"if {condition} then break end;"
        if len(self.loops) > 1 and self.chance(0.3):
            return f"if {self.expression()} then return {self.arguments(2)} end;"
        return self.attempt()

    def scene(self):
        return lua_scenes.scene(self)


PREAMBLE = """local function try(name)
  local ok, module = pcall(require, name)
  return ok and module or setmetatable({}, { __index = function() return error end })
end
local skynet, moonward, core = try "skynet", try "moonward", try "skynet.core"
local socket, queue, channel = try "skynet.socket", try "skynet.queue", try "skynet.socketchannel"
local httpd, httpc, websocket = try "http.httpd", try "http.httpc", try "http.websocket"
local helper, url, httpcore = try "http.sockethelper", try "http.url", try "http.core"
local snax, service, skyco = try "skynet.snax", try "skynet.service", try "skynet.coroutine"
local profile, debugging, manager = try "skynet.profile", try "skynet.debug", try "skynet.manager"
"""


def program(seed, kind="main"):
    """The text of a program. Kind: "main"; "service", which starts and answers; "module"."""
    writer = Writer(f"{kind} {seed}")
    text = PREAMBLE
    lines = [writer.statement() for _ in range(writer.number(3, 14))]
    if kind == "module":
        return text + "\n".join(lines) + f"\nreturn {writer.value_without_varargs()}\n"
    if kind == "service" or writer.chance(0.8):
        inner = "\n  ".join(lua_scenes.scene(writer) if writer.chance(0.6) else writer.statement()
                            for _ in range(writer.number(3, 10)))
        before = "\n".join(lines[:3]) if kind == "main" and writer.chance(0.5) else ""
        end = "skynet.exit()" if writer.chance(0.3) else ""
        return text + f"{before}\nskynet.start(function(...)\n  {inner}\n{end}\nend)\n"
    return text + "\n".join(lines) + "\n"
