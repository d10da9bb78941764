"""What a process holds, from /proc."""

import os
from pathlib import Path

SERVICES = ("chat-state", "health", "waiting-time", "rest-ingress", "sse-gateway")


def programs(instance):
    """The names of all that deploy/up started, as in DIR/run/NAME.pid."""
    return sorted(path.stem for path in (instance.dir / "run").glob("*.pid")
                  if path.stem != "supervise")


def memory(pid):
    """KiB: Pss, which is what is private, and of what is shared its part; and
    Rss, which counts what is shared in full."""
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("Pss", "Rss"):
            found[name] = int(value.split()[0])
    return found["Pss"], found["Rss"]


def descriptors(pid):
    """What each open descriptor stands for, as "socket:[inode]" or a path."""
    found = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(os.readlink(path))
        except FileNotFoundError:
            pass  # closed meanwhile
    return found


def cpu(pids):
    """Seconds of CPU that they used, together."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended meanwhile
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def close_waits():
    """The inodes of all sockets whose other end is closed and they are not."""
    found = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "08":
                found.add(f"socket:[{fields[9]}]")
    return found
