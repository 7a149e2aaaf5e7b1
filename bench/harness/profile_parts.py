"""Which part of the program a sample belongs to."""

import re

# The first that matches decides: (part, pattern of the source file). Paths are those of the tree, or of Lua's sources.
_SOURCES = (
    ("bus", r"/host/bus/"),
    ("time", r"/host/time/|/sandbox/api/time"),
    ("monitor", r"/host/monitor/"),
    ("network", r"/host/net/"),
    ("rest of the host", r"/host/(?!memory/)"),
    ("codec", r"/sandbox/codec/"),
    ("host's heap", r"/sandbox/memory/heap\.hpp"),
    ("arena", r"/(sandbox|host)/memory/"),
    ("API", r"/sandbox/(api|env)/"),
    ("dispatch", r"/sandbox/vm/"),
    ("messages", r"/sandbox/message\.|/sandbox/"),
    ("Lua", r"/l[a-z0-9]+\.[ch]$"),
)
_FILES = (("host's heap", r"libmimalloc"), ("libc", r"/libc\.so|/libm\.so|ld-linux"), ("C++ library", r"libstdc\+\+"),
          ("kernel", r"\[kernel|\[vdso|\[guest"))
OTHER = "other"
PARTS = (*dict.fromkeys([name for name, _ in _SOURCES] + [name for name, _ in _FILES]), OTHER)


def part_of(frames, file):
    """(part, function) of a sample: `frames` are (source file, function), innermost first, of the loaded `file`.

    What is inlined from the C++ library belongs to whoever called it.
    """
    for source, function in frames:
        for part, pattern in _SOURCES:
            if re.search(pattern, source):
                return part, function
    for part, pattern in _FILES:
        if re.search(pattern, file):
            return part, frames[0][1]
    return OTHER, frames[0][1]
