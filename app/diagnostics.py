"""What the log and the crashes tell, fit to be shown and handed on by its user.

    log/allmende.log, .log.1, .log.2   times, counts, places ┐
    log/allmende.log.crashes           where a process died  ┴─► details() ─► a person

Nothing is sent. The files hold no content (`app/log.py`); here the folders of this
computer go too, because they hold the name of whoever uses it.

Invariant: `details` holds no content and no name of a user (`tests/test_diagnostics.py`).
"""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from app.database import SQLITE_VERSION
from app.files import storage_errors
from app.log import crashes_file
from app.paths import log_file
from app.version import __version__

_MOST_BYTES = 120_000
_MOST_LINES = 400
_COPIED_LINES = 80
_COPIED_CRASHES = 3
_KNOWN = ("site-packages", "app", "lib")
_BEGIN = re.compile(
    r"^(?=Fatal Python error|Windows fatal exception|Timeout \()", re.MULTILINE
)
_FILE = re.compile(r'File "([^"\n]*)"')
# /home/erika/…, C:\Users\erika\…, wherever else such a path stands.
_USER = re.compile(r"(?<![\w.])(/home/|/Users/|[A-Za-z]:\\Users\\)[^/\\\s\"']+")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What there is, newest line last, newest crash first.

    `crashed_at`: when something crashed last, in seconds since 1970; 0.0 for never.
    """

    log: tuple[str, ...] = ()
    crashes: tuple[str, ...] = ()
    crashed_at: float = 0.0


def diagnose() -> Diagnosis:
    """Read the log and the crashes; what cannot be read is not there."""
    lines = [*_end_of(log_file().with_name(f"{log_file().name}.1")).splitlines()]
    lines += _end_of(log_file()).splitlines()
    told = _end_of(crashes_file())
    found = [part.strip() for part in _BEGIN.split(told) if part.strip()]
    return Diagnosis(
        tuple(shareable(line) for line in lines[-_MOST_LINES:]),
        tuple(shareable(crash) for crash in reversed(found)),
        _changed_at(crashes_file()) if found else 0.0,
    )


def shareable(text: str) -> str:
    """Return a text without the folders of this computer."""
    short = _FILE.sub(lambda found: f'File "{_short(found[1])}"', text)
    home = str(Path.home())
    if len(home) > 1:
        short = short.replace(home, "~")
    return _USER.sub(r"\1…", short)


def details(diagnosis: Diagnosis) -> str:
    """Return what helps those who look for a mistake, to be copied."""
    about = (
        f"Allmende {__version__} · Python {platform.python_version()} ·"
        f" SQLite {SQLITE_VERSION} · {platform.system()} {platform.release()} ·"
        f" {platform.machine()}"
    )
    lines = [
        about,
        *diagnosis.crashes[:_COPIED_CRASHES],
        *diagnosis.log[-_COPIED_LINES:],
    ]
    return "\n".join(lines)


def delete() -> None:
    """Empty the log and the crashes. Raises StorageError.

    The files stay: other processes of ours, and the system in a crash, have them open.
    """
    with storage_errors():
        for path in log_file().parent.glob(f"{log_file().name}*"):
            os.truncate(path, 0)


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _MOST_BYTES))
            if size > _MOST_BYTES:
                file.readline()
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _short(path: str) -> str:
    """Return the part of a path that is ours or a library's, else the file's name."""
    parts = path.replace("\\", "/").split("/")
    for known in _KNOWN:
        if known in parts[:-1]:
            return "/".join(parts[len(parts) - 1 - parts[::-1].index(known) :])
    return parts[-1]


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
