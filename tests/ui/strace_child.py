"""Runs a piece of Python with a window in a child under strace.

The child sends `MARKER` when its window stands; what it opens or connects to afterwards
comes back. Use: ``trace = run_traced(tmp_path, code)``, then `trace.foreign_files()`
and `trace.sockets()` must be empty.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MARKER = "/allmende-strace-marker"
STRACE = ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "4096", "-e"]
STRACE += ["trace=open,openat,connect,socket"]
_OURS = (
    f"{ROOT}/app/",
    f"{ROOT}/assets/",
    f"{ROOT}/i18n/",
    f"{ROOT}/tests/",
    f"{sys.prefix}/",
    f"{sys.base_prefix}/",
    "/usr/lib",
    "/usr/local/lib",
    "/lib",
    "/usr/share/allmende/",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/fontconfig",
    "/usr/share/icons",
    "/usr/share/mime",
    "/usr/share/X11",
    "/usr/share/locale",
    "/usr/share/zoneinfo",
    "/var/cache/fontconfig",
    "/etc/fonts",
    "/etc/ld.so",
    "/proc/self/",
    "/proc/sys/vm/",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/dev/urandom",
    "/dev/shm/",
)
_START = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from PySide6.QtWidgets import QApplication
from app.ui.qt_repair import keep_singletons_alive
keep_singletons_alive()
application = QApplication([])
from app.i18n import use_language
from app.ui.theme import Theme
use_language("en")
theme = Theme(application)

def mark():
    try:
        os.close(os.open({MARKER!r}, os.O_RDONLY))
    except FileNotFoundError:
        pass

"""


def can_trace() -> bool:
    """Tell whether this machine lets us watch a child."""
    if not shutil.which("strace"):
        return False
    done = subprocess.run([*STRACE, "true"], capture_output=True, check=False)
    return done.returncode == 0


@dataclass(frozen=True)
class Trace:
    """What a child did after its marker."""

    lines: tuple[str, ...]
    seconds: float
    home: str
    output: str

    def foreign_files(self) -> list[str]:
        """Return what was opened outside resources, libraries and its own folder."""
        paths = [
            match[1]
            for line in self.lines
            if (match := re.search(r'open(?:at)?\([^"]*"((?:[^"\\]|\\.)*)"', line))
        ]
        ours = (*_OURS, self.home)
        return [p for p in paths if p.startswith("//") or not p.startswith(ours)]

    def sockets(self) -> list[str]:
        """Return every attempt to reach anything."""
        return [line for line in self.lines if re.search(r"\b(socket|connect)\(", line)]


def run_traced(tmp_path: Path, code: str, timeout_s: float = 150) -> Trace:
    """Run `code` after a QApplication was made; it calls `mark()` when it is ready."""
    script, log = tmp_path / "child.py", tmp_path / "trace"
    home = tmp_path / "user"
    home.mkdir(exist_ok=True)
    # The children of the services read the script again and shall not run it.
    guarded = 'if __name__ == "__main__":\n' + textwrap.indent(_START + code, "    ")
    script.write_text(guarded, "utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "ALLMENDE_HOME": str(home / "data"),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    before = time.monotonic()
    done = subprocess.run(
        [*STRACE, "-o", str(log), sys.executable, str(script)],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )
    seconds = time.monotonic() - before
    assert done.returncode == 0, done.stderr[-3000:]
    lines = log.read_text("utf-8", "replace").splitlines()
    marks = [place for place, line in enumerate(lines) if MARKER in line]
    assert marks, "the child never said that it was ready"
    return Trace(tuple(lines[marks[0] + 1 :]), seconds, str(tmp_path), done.stdout)
