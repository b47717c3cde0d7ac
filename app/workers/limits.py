"""Limits that a process sets for itself before it touches what strangers made."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def limit_memory(more_bytes: int) -> None:
    """Let this process have so much more memory than it has now, where that works."""
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + more_bytes
    with contextlib.suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        # Programs that a reader starts may lift it again for themselves.
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
