"""What this computer has: cores and memory, as far as it can be known safely."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import psutil

_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_CPUS = Path("/sys/devices/system/cpu")
_INTEL_FAST = Path("/sys/devices/cpu_core/cpus")
# Where desktops mount what is plugged in; network shares are known by their kind.
_MOUNTED_BELOW = ("/media/", "/run/media/", "/mnt/", "/Volumes/", "/run/user/")
_NETWORK = ("cifs", "smb3", "smbfs", "nfs", "nfs4", "afpfs", "fuse.sshfs", "davfs")
_NO_FILES = ("tmpfs", "ramfs", "fuse.portal", "proc", "sysfs")


def physical_cores() -> int:
    """Return the number of physical cores this process may use, at least 1."""
    allowed = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else psutil.cpu_count() or 1
    )
    return max(1, min(psutil.cpu_count(logical=False) or 1, allowed))


def performance_cores() -> int:
    """Return how many of the physical cores are fast ones; all where all are alike.

    Linux tells it for Intel's two kinds of cores (`cpu_core`) and for ARM's
    (`cpu_capacity`); elsewhere all count as fast.
    """
    every = physical_cores()
    fast = _listed(_INTEL_FAST) or _fast_by_capacity()
    threads = _siblings(fast)
    return max(1, min(every, len(threads))) if threads else every


def model_threads() -> int:
    """Return how many threads a model may use: never all cores.

    One busy core stalls all threads at llama.cpp's spinning barriers (measured: 27
    instead of 280 tokens/s), so one core stays free for everything else. Slow cores
    stall the fast ones in the same way, so only fast ones compute.
    """
    every, fast = physical_cores(), performance_cores()
    return max(1, min(fast, every - 1))


def _fast_by_capacity() -> set[int]:
    """Return the processors of the highest capacity, if there are several kinds."""
    found: dict[int, int] = {}
    for path in _CPUS.glob("cpu[0-9]*/cpu_capacity"):
        with contextlib.suppress(OSError, ValueError):
            found[int(path.parent.name[3:])] = int(path.read_text("ascii"))
    if len(set(found.values())) < 2:
        return set()
    # Phones have one core above the fast ones; half of the best counts as fast.
    best = max(found.values())
    return {number for number, capacity in found.items() if capacity * 2 > best}


def _siblings(numbers: set[int]) -> set[frozenset[int]]:
    """Return the physical cores that these processors belong to."""
    return {
        frozenset(
            _listed(_CPUS / f"cpu{number}" / "topology" / "thread_siblings_list")
            or {number}
        )
        for number in numbers
    }


def _listed(path: Path) -> set[int]:
    """Return the processors in a list like "0-3,8" of the kernel; empty without one."""
    found: set[int] = set()
    with contextlib.suppress(OSError, ValueError):
        for part in path.read_text("ascii").strip().split(","):
            first, _, last = part.partition("-")
            found.update(range(int(first), min(int(last or first), 4096) + 1))
    return found


def memory_bytes() -> tuple[int, int]:
    """Return (whole, free) memory in bytes, within the limits of a container."""
    memory = psutil.virtual_memory()
    total, available = int(memory.total), int(memory.available)
    for path in _CGROUP_LIMITS:
        try:
            limit = int(path.read_text("ascii"))
        except (OSError, ValueError):
            continue
        if limit < total:
            used = psutil.Process().memory_info().rss
            return limit, min(available, max(0, limit - used))
    return total, available


def removable_drives() -> tuple[str, ...]:
    """Return where USB drives and network shares are mounted now.

    Told from the mount points and kinds of file systems, without reading the drives: a
    share that sleeps must not hold up whoever asks.
    """
    found = []
    for disk in psutil.disk_partitions(all=True):
        options = disk.opts.split(",")
        mounted = disk.mountpoint.startswith(_MOUNTED_BELOW)
        if (
            "removable" in options
            or "remote" in options
            or disk.fstype in _NETWORK
            or (mounted and disk.fstype not in _NO_FILES)
        ):
            found.append(disk.mountpoint)
    return tuple(dict.fromkeys(found))


def tree_cpu_seconds() -> float:
    """Return the processor time of this process and its children so far, in seconds."""
    process = psutil.Process()
    total = 0.0
    for member in (process, *process.children(recursive=True)):
        try:
            times = member.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def open_connections() -> int | None:
    """Return how many network connections this process and its children have now.

    Connections between processes of this computer through files do not count. None
    where the system does not tell.
    """
    me = psutil.Process()
    try:
        return sum(
            len(process.net_connections("inet"))
            for process in (me, *me.children(recursive=True))
        )
    except (psutil.Error, OSError):
        return None
