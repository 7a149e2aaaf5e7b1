"""What the figures were taken on."""

import os
import pathlib
import platform
import subprocess

from .context import TREE


def describe(hosts):
    """{what: text}, in the order in which a report shows them."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "system": _system(),
        "kernel": platform.release(),
        "commit": _commit(),
        "programs": ", ".join(host.version for host in hosts.values()),
    }


def load():
    """The load average of the last minute: above a few tenths, somebody else is at work here."""
    return os.getloadavg()[0]


def _field(path, name, separator):
    try:
        for line in pathlib.Path(path).read_text().splitlines():
            if line.startswith(name):
                return line.split(separator, 1)[1].strip().strip('"')
    except OSError:
        pass
    return "unknown"


def _processor():
    return _field("/proc/cpuinfo", "model name", ":")


def _memory():
    kib = _field("/proc/meminfo", "MemTotal", ":").split()[0]
    return f"{int(kib) / 1024 / 1024:.0f} GiB" if kib.isdigit() else "unknown"


def _system():
    return _field("/etc/os-release", "PRETTY_NAME", "=")


def _commit():
    try:
        done = subprocess.run(["git", "-C", str(TREE), "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                              timeout=10, check=True)
        changed = subprocess.run(["git", "-C", str(TREE), "status", "--porcelain", "--untracked-files=no"],
                                 capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip() + (" with changes" if changed.stdout.strip() else "")
