"""Temporary folders of a process that was ended in the middle of its reading.

Invariant: only folders of our own prefixes are removed, and only long after anybody can
still be using them.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path

_STALE_S = 3600
_EVERY_S = 600
_swept_s: dict[str, float] = {}


def sweep(prefix: str) -> None:
    """Remove what was left behind under a prefix; looks only now and then."""
    if time.monotonic() - _swept_s.get(prefix, float("-inf")) < _EVERY_S:
        return
    _swept_s[prefix] = time.monotonic()
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            if time.time() - folder.lstat().st_mtime > _STALE_S:
                shutil.rmtree(folder, ignore_errors=True)
