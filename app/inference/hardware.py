"""What this computer has: cores and memory, as far as it can be known safely."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def physical_cores() -> int:
    """Return the number of physical cores this process may use, at least 1."""
    allowed = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else psutil.cpu_count() or 1
    )
    return max(1, min(psutil.cpu_count(logical=False) or 1, allowed))


def model_threads() -> int:
    """Return how many threads a model may use: never all cores.

    One busy core stalls all threads at llama.cpp's spinning barriers (measured: 27
    instead of 280 tokens/s), so one core stays free for everything else.
    """
    return max(1, physical_cores() - 1)


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
