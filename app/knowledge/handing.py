"""Files for processes that may open none: handed over open, and read there alone.

    index child ── opens the file ──► reading or unpacking process, confined

Where the kernel confines (Linux), such a process opens nothing but the program and what
it was handed; elsewhere it opens the file itself. LibreOffice must write before it can
be read: it gets one folder of its own, as long as its process lives.

Invariant: `confine_reader` is the first thing that such a process does.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.log import start_log
from app.readers import office, recognition_folders, sweep
from app.workers.confine import confine
from app.workers.shut import shut_the_network
from app.workers.worker import HANDS_OVER

_PREFIX = "allmende-reading-"


@contextlib.contextmanager
def open_to_hand(path: Path) -> Iterator[int | None]:
    """Give the number of an open file; None where the other process tells why not."""
    file = _opened(path) if HANDS_OVER else None
    try:
        yield file
    finally:
        if file is not None:
            os.close(file)


def _opened(path: Path) -> int | None:
    try:
        # A pipe or a device would not be a document, and opening it may wait or act.
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None


class Scratch:
    """The folder that is all a confined process may write into, as long as it lives."""

    def __init__(self) -> None:
        self._folder = ""

    def ready(self) -> tuple[str, bool]:
        """Return the folder, "" where none is needed, and whether it is a new one."""
        if not HANDS_OVER:
            return "", False
        with contextlib.suppress(OSError):
            if self._folder:
                os.utime(self._folder)
                return self._folder, False
        sweep(_PREFIX)
        try:
            self._folder = tempfile.mkdtemp(prefix=_PREFIX)
        except OSError:
            self._folder = ""
        return self._folder, bool(self._folder)

    def remove(self) -> None:
        """Let it go with what is in it."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""


def confine_reader(scratch: str = "", runs_office: bool = False) -> bool:
    """Give up the network, all files but the program's, and all writing but in `scratch`.

    LibreOffice wants sockets of its own between its parts: only the process for what it
    reads has them.
    """
    start_log()
    sockets = (office.SOCKETS,) if runs_office else ()
    writable = (scratch,) if scratch else ()
    readable = (*recognition_folders(), *(("/proc",) if runs_office else ()))
    is_confined = HANDS_OVER and confine(readable, writable, sockets)
    if scratch:
        tempfile.tempdir = os.environ["TMPDIR"] = scratch
    if HANDS_OVER and not runs_office:
        office.leave_to_others()
    shut_the_network(alone=not runs_office)
    return is_confined
