"""The log: what happened, never what was said.

Invariant: no question, answer, passage, title or file name is ever logged, only
counts, times, exception types and places in our code. `tests/test_log.py` asks,
indexes and fails with marked words and looks for them here.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
import traceback

from app.paths import log_file


def get_logger(name: str) -> logging.Logger:
    """Return the logger of a module."""
    return logging.getLogger(f"allmende.{name}")


def start_log() -> None:
    """Write the log to the data folder; without a writable folder, log nothing."""
    root = logging.getLogger("allmende")
    if root.handlers:
        return
    root.setLevel(logging.INFO)
    root.propagate = False
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=500_000, backupCount=2, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s %(message)s")
    )
    root.addHandler(handler)


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
