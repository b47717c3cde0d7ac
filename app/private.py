"""A private session: the whole program works in a folder that goes when it ends.

    home ──settings, assistants, a copy of the collections──► session-…/home ─► removed
                                                              session-…/tmp  ─┘

Everything writes below `paths.home()` and the system's folder for temporary files, so
both point into the session while it lasts, for children too. Where the system has a
folder in memory for this user (Linux) and the room is enough, the session lies there.

Invariants: the data folder is only read, so that it is the same before and after, byte
for byte; what a killed session left is removed by the next start of anything of ours,
never under the hands of a session that lasts (`tests/test_private.py`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app import paths
from app.database import copy_file
from app.errors import AppError
from app.files import (
    SPARE_BYTES,
    FileLock,
    free_bytes,
    make_folder,
    storage_errors,
)
from app.log import describe, get_logger, stop_log

# What a session may begin with; all else in the data folder stays out of it.
_COPIED = (
    "settings.json",
    "speeds.json",
    "checked-models.json",
    "remote.token",
    # Whether the collections that are taken along are encrypted, and with which key.
    "encryption.json",
)
_COPIED_FOLDERS = ("assistants",)
# No conversation on any disk, no states of models, no copies; and nobody is welcomed anew.
_FIXED = {"history": False, "backups": 0, "welcomed": True}
_MOST_COPIED_BYTES = 500_000_000
_MEMORY_BYTES = 400_000_000
_VARIABLES = ("ALLMENDE_HOME", "TMPDIR", "TEMP", "TMP", "SQLITE_TMPDIR")
_PREFIX = "session-"
_PATIENCE_S = 5.0
_log = get_logger("private")


@dataclass(frozen=True, slots=True)
class Session:
    """The session that lasts. `real_home` is the data folder that is left alone.

    `complete` is False where the collections were too large to be taken along.
    """

    folder: Path
    real_home: Path
    complete: bool


_current: Session | None = None


def current() -> Session | None:
    """Return the session that this process works in."""
    return _current


def root() -> Path:
    """Return the folder for sessions of this data folder: in memory where there is one."""
    in_memory = _memory_folder()
    return in_memory if in_memory is not None else _disk_folder()


@contextmanager
def session() -> Iterator[Session]:
    """Work in a private session; all of it is gone afterwards. Raises StorageError.

    Within a session that is the same one.
    """
    global _current
    if _current is not None:
        yield _current
        return
    before = {name: os.environ.get(name) for name in _VARIABLES}
    began, lock = _begin()
    try:
        _current = began
        os.environ["ALLMENDE_HOME"] = str(began.folder / "home")
        for name in _VARIABLES[1:]:
            os.environ[name] = str(began.folder / "tmp")
        tempfile.tempdir = None
        yield began
    finally:
        _current = None
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        tempfile.tempdir = None
        # Windows removes no file that is open.
        stop_log()
        lock.release()
        _remove(began.folder)
        tidy()


def sweep() -> None:
    """Remove what sessions left that were killed; those that last are left alone."""
    for place in (_memory_folder(), _disk_folder()):
        if _current is not None or place is None or not place.is_dir():
            continue
        with contextlib.suppress(OSError, AppError), FileLock(place / "lock"):
            for folder in place.glob(f"{_PREFIX}*"):
                lock = FileLock(folder / "lock")
                if lock.acquire():
                    lock.release()
                    _remove(folder)
                    _log.info("what a private session left is removed")
    if _current is None:
        tidy()


def _begin() -> tuple[Session, FileLock]:
    sweep()
    real = paths.home()
    size = _size_of_collections(real)
    place = root()
    with storage_errors():
        _make(place)
        if free_bytes(place) < _MEMORY_BYTES + size:
            place = _disk_folder()
            _make(place)
        with _held(place / "lock"):
            folder = Path(tempfile.mkdtemp(dir=place, prefix=_PREFIX))
            lock = FileLock(folder / "lock")
            lock.acquire()
        home = folder / "home"
        (folder / "tmp").mkdir()
        home.mkdir()
        _copy_settings(real, home)
    return Session(folder, real, _copy_collections(real, home, size)), lock


def _make(place: Path) -> None:
    """Make a folder for sessions, which only this user may enter."""
    make_folder(place.parent)
    place.mkdir(exist_ok=True, mode=0o700)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Keep a sweep away; it lasts a moment."""
    lock, until = FileLock(path), time.monotonic() + _PATIENCE_S
    while not lock.acquire() and time.monotonic() < until:
        time.sleep(0.05)
    try:
        yield
    finally:
        lock.release()


def _copy_settings(real: Path, home: Path) -> None:
    for name in _COPIED:
        if (real / name).is_file():
            shutil.copy2(real / name, home / name)
    for name in _COPIED_FOLDERS:
        if (real / name).is_dir():
            shutil.copytree(real / name, home / name)
    chosen: dict[str, object] = {}
    with contextlib.suppress(OSError, ValueError):
        data = json.loads((home / "settings.json").read_text("utf-8"))
        chosen = data if isinstance(data, dict) else {}
    text = json.dumps({**chosen, **_FIXED}, ensure_ascii=False)
    (home / "settings.json").write_text(text, "utf-8")


def _copy_collections(real: Path, home: Path, size: int) -> bool:
    """Copy the collections; False where they are too large or cannot be read.

    While nobody writes, the files are copied as they are: opening them could change
    them. Otherwise SQLite copies what is whole.
    """
    source = real / paths.knowledge_file().name
    if not source.exists():
        return True
    if size > _MOST_COPIED_BYTES or free_bytes(home) < size + SPARE_BYTES:
        return False
    lock = FileLock(source.with_suffix(".lock"))
    try:
        # Without its file nobody ever took the lock, and none is made for us.
        if not lock.path.exists() or lock.acquire():
            for ending in ("", "-wal"):
                file = source.with_name(source.name + ending)
                if file.exists():
                    shutil.copyfile(file, home / file.name)
        else:
            copy_file(source, home / source.name)
    except (AppError, OSError) as error:
        _log.warning("the collections were not taken along: %s", describe(error))
        for file in home.glob(f"{source.name}*"):
            file.unlink()
        return False
    finally:
        lock.release()
    return True


def _size_of_collections(real: Path) -> int:
    files = real.glob(f"{paths.knowledge_file().name}*")
    return sum(
        file.stat().st_size for file in files if file.suffix in (".db", ".db-wal")
    )


def _memory_folder() -> Path | None:
    """Return the user's folder in memory; Linux removes it when the user logs out."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if not sys.platform.startswith("linux") or not given:
        return None
    folder = Path(given)
    if not folder.is_absolute() or not os.access(folder, os.W_OK):
        return None
    home = _current.real_home if _current is not None else paths.home()
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:8]
    return folder / f"allmende-{digest}"


def _disk_folder() -> Path:
    home = _current.real_home if _current is not None else paths.home()
    return home / "private"


def _remove(folder: Path) -> None:
    """Remove a folder; children that are just ending may still have files open."""
    until = time.monotonic() + _PATIENCE_S
    while folder.exists() and time.monotonic() < until:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            time.sleep(0.1)


def tidy() -> None:
    """Remove the places of sessions where nothing lies any more."""
    for place in (_memory_folder(), _disk_folder()):
        if place is None or not place.is_dir() or any(place.glob(f"{_PREFIX}*")):
            continue
        with contextlib.suppress(OSError):
            # Not before the window gave its lock back.
            if not (place / "window.lock").exists():
                (place / "lock").unlink(missing_ok=True)
                place.rmdir()
