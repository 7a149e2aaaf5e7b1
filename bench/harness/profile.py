"""Where the CPU time of a message goes: samples of `perf record`, by part of the program.

Each sample belongs to the source file of the innermost function of ours or Lua's, inlined ones included, so that
link-time optimisation doesn't blur the parts.
"""

import collections
import re
import shutil
import subprocess

from .context import WORKLOADS
from .peers.moonward import WIDE
from .processes import Failure, run
from .profile_parts import PARTS, part_of

FREQUENCY = 4999  # samples a second of CPU time; no multiple of the monitor's tick
# Name -> (calls or messages, messages that each is).
RUNS = {"call_32": (2_000_000, 2), "send_4_1": (4_000_000, 1)}
MAPPING = re.compile(r"\[0x([0-9a-f]+)\(0x[0-9a-f]+\) @ (0x[0-9a-f]+|0) .*\]: r-xp (.*)$")
SAMPLE = re.compile(r"^\s*([0-9a-f]+) (.*) \((.*)\)$")


def record(program, name, folder):
    """Runs the workload under perf; ([(address, symbol, file)], [(start, offset) of the program's code])."""
    data = folder / f"{name}.data"
    command = ["perf", "record", "-q", "-e", "cpu-clock", "-F", FREQUENCY, "-o", data, "--",
               program, "exec", "--permit", "all", "--timeout", "120s"]
    for key, value in WIDE.items():
        command += ["--quota", f"{key}={value}"]
    run([*command, "main.lua", f"{name}={RUNS[name][0]}"], "perf record", 150, WORKLOADS)
    samples, mappings = [], []
    text = run(["perf", "script", "-i", data, "-F", "ip,sym,dso", "--show-mmap-events"], "perf script", 120)
    for line in text.splitlines():
        mapped = MAPPING.search(line)
        if mapped and mapped.group(3) == str(program):
            mappings.append((int(mapped.group(1), 16), int(mapped.group(2), 16)))
        elif sample := SAMPLE.match(line):
            samples.append((int(sample.group(1), 16), sample.group(2), sample.group(3)))
    return samples, mappings


def code_segments(program):
    """[(file offset, address, size)] of the program's loaded segments."""
    text = run(["readelf", "-lW", program], "readelf", 20)
    rows = re.findall(r"^\s+LOAD\s+0x(\w+)\s+0x(\w+)\s+0x\w+\s+0x(\w+)", text, re.MULTILINE)
    return [tuple(int(field, 16) for field in row) for row in rows]


def source_frames(program, addresses):
    """{address: [(source file, function), …]}, the innermost function first, the one that is no inlined call last."""
    done = subprocess.run(["addr2line", "-a", "-i", "-f", "-C", "-e", str(program)], text=True, capture_output=True,
                          input="\n".join(f"{address:#x}" for address in addresses), timeout=300)
    found, address, lines = {}, None, []
    for line in [*done.stdout.splitlines(), "0x0"]:
        if re.fullmatch("0x[0-9a-f]+", line):
            if address is not None:
                found[address] = [(file.rsplit(":", 1)[0], name) for name, file in zip(lines[::2], lines[1::2])]
            address, lines = int(line, 16), []
        else:
            lines.append(line)
    return found


def plain_name(function):
    """A function's name without its parameters and namespaces."""
    function = function.replace("(anonymous namespace)::", "")
    return re.sub(r"\b(moonward|host|sandbox|policies)::", "", function).split("(")[0]


def to_file_addresses(samples, mappings, segments, program):
    """The program's own samples as addresses of its file: {sample address: address}."""
    result = {}
    for address, _, file in samples:
        if file != str(program) or address in result:
            continue
        inside = [(start, offset) for start, offset in mappings if start <= address]
        if not inside:
            continue
        start, offset = max(inside)
        position = address - start + offset
        for first, virtual, size in segments:
            if first <= position < first + size:
                result[address] = position - first + virtual
    return result


def profile(program, name, folder):
    """Runs a workload under perf; the text of its profile. `folder` is for perf's data."""
    if not shutil.which("perf"):
        raise Failure("perf wasn't found: tools/deps --bench installs it")
    samples, mappings = record(program, name, folder)
    if not samples:
        raise Failure("perf took no samples")
    places = to_file_addresses(samples, mappings, code_segments(program), program)
    frames = source_frames(program, sorted(set(places.values())))
    parts, functions = collections.Counter(), collections.defaultdict(collections.Counter)
    for address, symbol, file in samples:
        part, function = part_of(frames.get(places.get(address), [("", symbol)]), file)
        parts[part] += 1
        functions[part][plain_name(function)] += 1
    count, messages_each = RUNS[name]
    return _text(name, parts, functions, len(samples), count * messages_each)


def _text(name, parts, functions, total, messages):
    nanoseconds = 1e9 / FREQUENCY / messages
    lines = [f"{name}: {total * nanoseconds:.0f} ns of CPU time a message ({total} samples, {messages} messages)"]
    for part in PARTS:
        if not parts[part]:
            continue
        line = f"  {part:16} {parts[part] * nanoseconds:7.1f} ns {100 * parts[part] / total:5.1f} %  "
        for function, number in functions[part].most_common(4):
            word = f" {function[:40]} {number * nanoseconds:.0f}"
            if number * nanoseconds < 0.5 or len(line) + len(word) > 100:
                break
            line += word
        lines.append(line.rstrip())
    return "\n".join(lines)
