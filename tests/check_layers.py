#!/usr/bin/env python3
"""Checks the include directions of docs/design.md 1: policies <- sandbox <- host, and who may include which library.

    check_layers.py [TREE]       prints file:line and the rule for each include that breaks one; fails if there is any
    check_layers.py --self-test  shows that each rule finds what it is for
"""

import dataclasses
import pathlib
import re
import sys
import tempfile

# Folder -> the folders it may include, by path from the top of the tree. "embedded" is what the build generates.
DIRECTIONS = {
    "policies": {"policies", "embedded"},
    "sandbox": {"sandbox", "policies", "embedded"},
    "host": {"host", "sandbox", "policies", "embedded"},
}


@dataclasses.dataclass(frozen=True)
class Library:
    """Headers that only some places may include, and what to tell who includes them elsewhere."""

    headers: re.Pattern
    allowed: tuple[str, ...]
    rule: str


def library(headers: str, allowed: tuple[str, ...], rule: str) -> Library:
    return Library(re.compile(headers), allowed, rule)


LIBRARIES = (
    library(
        r"(lua5[^/]*/|sandbox/vm/)?(lua|lauxlib|lualib|luaconf|lua_user)\.h(pp)?$",
        ("sandbox/",),
        "only sandbox/ includes Lua",
    ),
    # Before the rule on Asio: these headers of Beast work on what lies in memory.
    library(
        r"boost/beast/(http/(basic_parser|field|status|verb)|core/detail/(base64|sha1))\.hpp$",
        ("sandbox/http/", "host/net/", "host/control/"),
        "only sandbox/http/ parses HTTP",
    ),
    library(
        r"(boost/)?(asio|beast)(/|\.hpp$)",
        ("host/net/", "host/control/"),
        "only host/net/ and host/control/ include Asio",
    ),
    library(
        r"(linux/)?seccomp\.h$|toml\+\+/|toml\.hpp$",
        ("policies/",),
        "only policies/ includes libseccomp and toml++",
    ),
    library(
        r"(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|syncstream)$"
        r"|(pthread|threads|semaphore)\.h$|linux/futex\.h$|boost/(thread|fiber)(/|\.hpp$)|boost/lockfree/",
        ("host/",),
        "threads and locks belong to host/",
    ),
    library(
        r"(fstream|iostream|filesystem)$"
        r"|sys/(socket|epoll|eventfd|inotify|sendfile|stat|un|wait)\.h$"
        r"|(fcntl|dlfcn|poll|netdb|dirent|spawn)\.h$|(netinet|arpa)/",
        ("host/", "policies/"),
        "sandbox/ does no input or output: the host does, behind its interface",
    ),
)

SUFFIXES = {".cpp", ".hpp", ".c", ".h", ".cc", ".hh", ".ipp", ".inl"}
INCLUDE = re.compile(r"^\s*(?:#|%:)\s*(?:include|include_next|import)\b\s*(.*)$")
OPERAND = re.compile(r'^(?:"([^"]+)"|<([^>]+)>)')


def check_include(path: str, operand: str) -> str | None:
    """The rule that `path` breaks by including `operand` (with its quotes or brackets), or None."""
    match = OPERAND.match(operand)
    if not match:
        return "an include names its file outright, so that this check can read it"
    quoted, bracketed = match.groups()
    header = quoted or bracketed
    for lib in LIBRARIES:
        if lib.headers.match(header):
            return None if path.startswith(lib.allowed) else lib.rule
    top = header.split("/", 1)[0] if "/" in header else ""
    folder = path.split("/", 1)[0]
    if top in DIRECTIONS or top == "embedded":
        if top in DIRECTIONS[folder]:
            return None
        return f"{folder}/ does not include {top}/ (policies <- sandbox <- host)"
    if quoted is not None:
        return 'our headers are included by their path from the top of the tree, such as "sandbox/verdict.hpp"'
    return None


def logical_lines(text: str):
    """(number of its first line, line) with continued lines joined."""
    number, held, start = 0, "", 1
    for line in text.split("\n"):
        number += 1
        if not held:
            start = number
        if line.endswith("\\"):
            held += line[:-1]
            continue
        yield start, held + line
        held = ""
    if held:
        yield start, held


def check_tree(tree: pathlib.Path) -> tuple[list[str], dict[str, int]]:
    """What is wrong, and how many files each folder has."""
    problems, counts = [], dict.fromkeys(DIRECTIONS, 0)
    for folder in DIRECTIONS:
        for file in sorted((tree / folder).rglob("*")):
            if file.suffix not in SUFFIXES or not file.is_file():
                continue
            counts[folder] += 1
            path = file.relative_to(tree).as_posix()
            for number, line in logical_lines(file.read_text(encoding="utf-8", errors="replace")):
                include = INCLUDE.match(line)
                rule = include and check_include(path, include.group(1))
                if rule:
                    problems.append(f"{path}:{number}: {line.strip()}: {rule}")
    return problems, counts


def main(tree: pathlib.Path) -> int:
    problems, counts = check_tree(tree)
    for problem in problems:
        print(problem)
    for folder, count in counts.items():
        if count == 0:
            print(f"{tree / folder}: no source files: is this the top of the tree?")
            return 1
    print(f"{sum(counts.values())} files, {len(problems)} includes that break a rule")
    return 1 if problems else 0


# (path, line of source, part of the rule that it breaks or None)
CASES = (
    ("policies/a.hpp", '#include "policies/quota.hpp"', None),
    ("policies/a.hpp", '#include "embedded/profiles.hpp"', None),
    ("policies/a.cpp", "#include <toml++/toml.h>", None),
    ("policies/a.cpp", "#include <seccomp.h>", None),
    ("policies/a.cpp", "#include <fstream>", None),
    ("policies/a.hpp", '#include "sandbox/verdict.hpp"', "does not include sandbox/"),
    ("policies/a.hpp", '#include "host/host.hpp"', "does not include host/"),
    ("policies/a.hpp", "#include <host/host.hpp>", "does not include host/"),
    ("policies/a.hpp", "#include <lua.hpp>", "includes Lua"),
    ("policies/a.hpp", "#include <boost/asio/ip/address.hpp>", "include Asio"),
    ("policies/a.hpp", "#include <thread>", "threads and locks"),
    ("sandbox/vm/a.cpp", '#include "sandbox/vm/a.hpp"', None),
    ("sandbox/vm/a.cpp", '#include "policies/quota.hpp"', None),
    ("sandbox/vm/a.cpp", "#include <lua.hpp>", None),
    ("sandbox/vm/a.cpp", '#include "lauxlib.h"', None),
    ("sandbox/vm/a.cpp", "#include <atomic>", None),
    ("sandbox/vm/a.cpp", "#include <sys/mman.h>", None),
    ("sandbox/vm/a.cpp", '#include "host/bus/mailbox.hpp"', "does not include host/"),
    ("sandbox/vm/a.cpp", "#include <mutex>", "threads and locks"),
    ("sandbox/vm/a.cpp", "  #  include <condition_variable>  // why", "threads and locks"),
    ("sandbox/vm/a.cpp", "#include <pthread.h>", "threads and locks"),
    ("sandbox/vm/a.cpp", "#include <boost/asio.hpp>", "include Asio"),
    ("sandbox/vm/a.cpp", "#include <toml++/toml.h>", "libseccomp and toml++"),
    ("sandbox/vm/a.cpp", "#include <linux/seccomp.h>", "libseccomp and toml++"),
    ("sandbox/vm/a.cpp", "#include <fstream>", "no input or output"),
    ("sandbox/vm/a.cpp", "#include <sys/socket.h>", "no input or output"),
    ("sandbox/vm/a.cpp", '#include "a.hpp"', "path from the top"),
    ("sandbox/vm/a.cpp", '#include "../codec/a.hpp"', "path from the top"),
    ("sandbox/vm/a.cpp", "#include SOME_HEADER", "names its file outright"),
    ("sandbox/vm/a.cpp", "#include \\\n<mutex>", "threads and locks"),
    ("sandbox/http/a.cpp", "#include <boost/beast/http/basic_parser.hpp>", None),
    ("sandbox/http/a.cpp", "#include <boost/beast/http/read.hpp>", "include Asio"),
    ("sandbox/http/a.cpp", "#include <boost/beast/http.hpp>", "include Asio"),
    ("sandbox/http/a.cpp", "#include <boost/asio/buffer.hpp>", "include Asio"),
    ("sandbox/vm/a.cpp", "#include <boost/beast/http/basic_parser.hpp>", "parses HTTP"),
    ("host/net/a.cpp", "#include <boost/asio.hpp>", None),
    ("host/control/a.cpp", "#include <boost/asio/local/stream_protocol.hpp>", None),
    ("host/bus/a.cpp", "#include <mutex>", None),
    ("host/bus/a.cpp", '#include "sandbox/vm/actor.hpp"', None),
    ("host/control/a.cpp", '#include "embedded/lualib.hpp"', None),
    ("host/control/a.cpp", '#include "sandbox/vm/lua.hpp"', "includes Lua"),
    ("host/bus/a.cpp", "#include <boost/asio.hpp>", "include Asio"),
    ("host/netless/a.cpp", "#include <boost/beast/http.hpp>", "include Asio"),
    ("host/bus/a.cpp", "#include <lua.h>", "includes Lua"),
    ("host/bus/a.cpp", "#include <lua5.4/lua.h>", "includes Lua"),
    ("host/control/a.cpp", "#include <toml++/toml.h>", "libseccomp and toml++"),
    ("host/control/a.cpp", "#include <seccomp.h>", "libseccomp and toml++"),
    ("host/control/a.cpp", "// #include <seccomp.h>", None),
)


def self_test() -> int:
    failures = 0
    for path, source, expected in CASES:
        with tempfile.TemporaryDirectory() as directory:
            tree = pathlib.Path(directory)
            file = tree / path
            file.parent.mkdir(parents=True)
            file.write_text(f"#pragma once\n{source}\n", encoding="utf-8")
            problems, _ = check_tree(tree)
        if expected is None:
            good = not problems
        else:
            good = len(problems) == 1 and problems[0].startswith(f"{path}:2: ") and expected in problems[0]
        if not good:
            failures += 1
            print(f"{path}: {source!r}: expected {expected!r}, found {problems}")
    with tempfile.TemporaryDirectory() as directory:
        if main(pathlib.Path(directory)) == 0:
            failures += 1
            print("an empty tree passed")
    print(f"self-test: {len(CASES) + 1} cases, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    if len(sys.argv) > 2 or sys.argv[1:2] and sys.argv[1].startswith("-"):
        print(__doc__)
        sys.exit(2)
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) == 2 else ".").resolve()))
