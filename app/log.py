"""The log: what happened, never what was said.

Invariant: no question, answer, passage, title or file name is ever logged, only
counts, times, exception types and places in our code. When a process dies of a mistake in
a library, where it was goes into a file beside the log (`crashes_file`): names of
functions and lines, no values. `tests/test_log.py` asks,
indexes and fails with marked words and looks for them here.
"""

from __future__ import annotations

import faulthandler
import logging
import sys
import traceback
from pathlib import Path
from typing import IO

from app.files import make_folder
from app.paths import log_file

_MOST_CRASH_BYTES = 200_000
# The system writes into it when nothing of Python runs any more: it stays open.
_open_files: list[IO[bytes]] = []


# What is said before the log begins is said to nobody: Python would write it to the
# terminal, in English.
logging.getLogger("allmende").addHandler(logging.NullHandler())


def get_logger(name: str) -> logging.Logger:
    """Return the logger of a module."""
    return logging.getLogger(f"allmende.{name}")


def start_log() -> None:
    """Write the log to the data folder; without a writable folder, log nothing."""
    root = logging.getLogger("allmende")
    if any(not isinstance(handler, logging.NullHandler) for handler in root.handlers):
        return
    root.setLevel(logging.INFO)
    root.propagate = False
    path = log_file()
    # Brings sockets and queues along; the picture of the start needs no log yet.
    from logging.handlers import RotatingFileHandler

    try:
        make_folder(path.parent)
        handler: logging.Handler = RotatingFileHandler(
            path, maxBytes=500_000, backupCount=2, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s %(message)s")
    )
    root.addHandler(handler)
    _keep_crashes()


def stop_log() -> None:
    """Close all files of the log, so that they can be removed; logging ends."""
    root = logging.getLogger("allmende")
    for handler in list(root.handlers):
        if isinstance(handler, logging.FileHandler):
            root.removeHandler(handler)
            handler.close()
    if _open_files:
        faulthandler.disable()
        _open_files.pop().close()


def keep_log_as_it_is() -> None:
    """Write on into the open file for good: this process may soon open no other."""
    from logging.handlers import RotatingFileHandler

    for handler in logging.getLogger("allmende").handlers:
        if isinstance(handler, RotatingFileHandler):
            handler.maxBytes = 0


def crashes_file() -> Path:
    """Return where the places of crashes are kept."""
    path = log_file()
    return path.with_name(f"{path.name}.crashes")


def _keep_crashes() -> None:
    """Have the last words of a process that dies of a signal written into a file."""
    if faulthandler.is_enabled():
        return
    path = crashes_file()
    try:
        if path.exists() and path.stat().st_size > _MOST_CRASH_BYTES:
            path.unlink()
        _open_files.append(path.open("ab", buffering=0))
    except OSError:
        return
    faulthandler.enable(_open_files[-1])


def describe(error: BaseException) -> str:
    """Return type and place of `error` without its message, which may hold content."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " < ".join(
        f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}"
        for frame in reversed(frames)
    )
    return f"{type(error).__name__} at {places or 'unknown place'}"


def report_uncaught() -> None:
    """Send exceptions nobody caught to the log as type and place."""
    previous = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: object) -> None:
        get_logger("app").error("uncaught: %s", describe(error))
        previous(kind, error, trace)  # type: ignore[arg-type]

    sys.excepthook = hook
