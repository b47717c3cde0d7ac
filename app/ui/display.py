"""Is there a screen? Asked before Qt, which ends the process where there is none."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

_LOCAL_X11 = re.compile(r"(?:unix)?:(\d+)(?:\.\d+)?")


def has_display() -> bool:
    """Tell whether a window could be shown."""
    if sys.platform in ("win32", "darwin"):
        return True
    wanted = os.environ.get("QT_QPA_PLATFORM", "")
    if wanted:
        return wanted != "offscreen"
    if os.environ.get("WAYLAND_DISPLAY"):
        return True
    display = os.environ.get("DISPLAY", "")
    local = _LOCAL_X11.fullmatch(display)
    if local is None:
        return bool(display)
    # The abstract socket has no path; it is listed by the kernel alone.
    name = f"/tmp/.X11-unix/X{local[1]}"  # noqa: S108 - X11's own place
    return Path(name).exists() or _is_listed(f"@{name}")


def _is_listed(socket: str) -> bool:
    try:
        lines = Path("/proc/net/unix").read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return any(line.endswith(socket) for line in lines)
