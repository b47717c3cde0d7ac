"""Copies of the databases, made while they are used, and put back when one is damaged.

    chats.db ── copy, checked ──► backups/chats-20261128-191500.db    the last few
    damaged? ── kept as chats.db.damaged-… ── the newest copy takes its place

A small database is looked at whenever it is opened, a larger one when whoever wrote it
last did not come to close it, and any when it was found damaged while it was used: a
look must not delay the start. SQLite has no checksums: a flipped bit inside a text is
not seen. A copy is named only when it passed its check, so that a damaged file
never drives out a good copy.

Invariants: a copy that has its name is whole; restoring leaves the old state or the new
one, whatever happens meanwhile (`tests/faults`); what was removed for good is in no copy
(`remove_copies`).
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app import keys
from app.database import (
    Connection,
    Migration,
    Rows,
    copy_file,
    ended_badly,
    identity,
    is_sound,
    is_suspect,
    look_into,
    open_database,
    overwrite,
    set_aside,
    trust_again,
    version_of,
)
from app.errors import DamagedError, LockedError, StorageError
from app.files import (
    SPARE_BYTES,
    FileLock,
    free_bytes,
    make_folder,
    storage_errors,
    sync_folder,
    write_atomically,
)
from app.i18n import N_, translate, translate_plural
from app.log import get_logger

KEPT = 5
_ALL = 1_000
EVERY_S = 20 * 3600.0
LARGEST_BYTES = 1_000_000_000
_LOOK_ALWAYS_BYTES = 30_000_000
_LOOK_AT_START_BYTES = 300_000_000
_TIME = "%Y%m%d-%H%M%S"
_DAY_S = 86_400.0
_NAME = re.compile(r"(\w+)-(\d{8}-\d{6})\.db")
_MOST_NOTES = 20
_log = get_logger("backups")
# A file that a thread of this process has open is not replaced under its hands.
_open_here: set[Path] = set()
_opening = threading.Lock()


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of a database. `made_at`: seconds since 1970 (UTC)."""

    name: str
    of: str
    path: str
    made_at: float
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Healed:
    """A damaged database was found; `backup` took its place, "" for an empty one.

    `kept` is the name of the damaged file.
    """

    file: str
    at: float
    backup: str
    kept: str


def folder_of(path: Path) -> Path:
    """Return where the copies of a database lie."""
    return path.parent / "backups"


def backups(path: Path) -> list[Backup]:
    """Return the copies of a database, newest first."""
    found = []
    for file in folder_of(path).glob(f"{path.stem}-*.db"):
        if (made_at := _made_at(file)) is not None:
            size = file.stat().st_size
            found.append(Backup(file.name, path.name, str(file), made_at, size))
    # A copy from the future was made while the clock was wrong: it goes first.
    latest = time.time() + _DAY_S
    return sorted(found, key=lambda b: (b.made_at < latest, b.name), reverse=True)


def rows_of(backup: Backup, *queries: str) -> list[Rows]:
    """Return what a copy answers to queries. Raises StorageError."""
    return look_into(Path(backup.path), *queries)


def due(path: Path, every_s: float = EVERY_S) -> bool:
    """Tell whether it is time for a copy: something changed since the last one."""
    if not path.exists():
        return False
    made = backups(path)
    if not made:
        return True
    age_s = time.time() - made[0].made_at
    return (age_s > every_s or age_s < -_DAY_S) and _changed_at(path) > made[0].made_at


def make(path: Path, kept: int = KEPT, folder: Path | None = None) -> Backup:
    """Copy a database, check the copy, and keep the last few of them.

    In another `folder` nothing is removed. Raises StorageError, DamagedError when the
    database does not pass its check.
    """
    place = folder or folder_of(path)
    with storage_errors(place):
        make_folder(place)
        for stray in place.glob(f"{path.stem}-*.db.*"):
            stray.unlink(missing_ok=True)
    if free_bytes(place) < path.stat().st_size + SPARE_BYTES:
        raise StorageError(
            N_("There is not enough room on the disk for a backup."),
            N_("Free some space; until then the last backup is kept."),
        )
    now = datetime.now(UTC)
    made = [b.name for b in backups(path) if b.made_at < time.time() + _DAY_S]
    newest = max(made, default="") if folder is None else ""
    # Two in one second have different names, the later one the later name.
    while (target := place / f"{path.stem}-{now.strftime(_TIME)}.db").exists() or (
        target.name <= newest
    ):
        now += timedelta(seconds=1)
    copy_file(path, target)
    if folder is None:
        _rotate(path, kept)
    return Backup(
        target.name,
        path.name,
        str(target),
        now.replace(microsecond=0).timestamp(),
        target.stat().st_size,
    )


def closed(path: Path) -> None:
    """Note that nobody in this process has a database open any more."""
    with _opening:
        _open_here.discard(path)


def restore(path: Path, source: Path) -> None:
    """Put a copy in the place of a database that nobody has open.

    What was there becomes a copy itself, if it is sound. Cut off in the middle, it is
    brought to its end by whoever opens the database next. Raises StorageError, with
    nothing changed; BusyError while another process restores.
    """
    if not is_sound(source):
        if keys.is_encrypted(source):
            raise LockedError(
                N_("The backup {file} cannot be opened with the key of your data."),
                N_("Choose another one; nothing was changed."),
                file=source.name,
            )
        raise DamagedError(
            N_("The backup {file} is damaged."),
            N_("Choose another one; nothing was changed."),
            file=source.name,
        )
    with FileLock(_restore_lock(path)):
        if path.exists() and is_sound(path):
            if version_of(source) > version_of(path):
                raise StorageError(
                    N_("The backup {file} was made by a newer version of Allmende."),
                    N_("Install the newest version; nothing was changed."),
                    file=source.name,
                )
            make(path, _ALL)
        elif path.exists():
            set_aside(path, f"damaged-{_now()}")
        write_atomically(_intent(path), str(source).encode())
        _put_in_place(path, source)


def _put_in_place(path: Path, source: Path) -> None:
    overwrite(path, source)
    trust_again(path)
    with storage_errors():
        _intent(path).unlink(missing_ok=True)
        sync_folder(path.parent)


def _finish_restoring(path: Path) -> None:
    """Bring a restore to its end that was cut off; nobody has the database open."""
    if not _intent(path).exists():
        return
    with FileLock(_restore_lock(path)):
        try:
            source = Path(_intent(path).read_text("utf-8"))
        except (OSError, ValueError):
            return
        if source.is_file() and is_sound(source):
            _put_in_place(path, source)
            _log.info("a restore that was cut off is done")
        else:
            _log.warning("a restore was cut off and its backup is gone")
            _intent(path).unlink(missing_ok=True)


def open_sound(path: Path, migrations: Sequence[Migration]) -> Connection:
    """Open a database as `open_database` does; one that is damaged is replaced.

    Raises StorageError when disk or file do not allow it.
    """
    with _opening:
        if path in _open_here:
            return open_database(path, migrations)
        _finish_restoring(path)
        keys.need_no_turning()
        before = identity(path)
        if _to_be_looked_at(path) and not is_sound(path, is_suspect(path)):
            _heal_unless_new(path, before)
        before = identity(path)
        try:
            connection = open_database(path, migrations)
        except DamagedError:
            _heal_unless_new(path, before)
            connection = open_database(path, migrations)
        trust_again(path)
        if path.exists():
            _open_here.add(path)
        return connection


def removal_text(count: int, made_anew: bool) -> str:
    """Tell that all copies of the collections went along with one; "" without any."""
    if not count:
        return ""
    text = translate_plural(
        "{count} backup of your collections was removed too, so that it is not kept"
        " there.",
        "{count} backups of your collections were removed too, so that it is not kept"
        " there.",
        count,
    )
    if made_anew:
        text += " " + translate(N_("A new backup holds what remains."))
    return text


def remove_copies(path: Path) -> int:
    """Remove every copy of a database: they hold what was removed; return how many."""
    count = 0
    with storage_errors():
        for pattern in (f"{path.name}.before-*", f"{path.name}.damaged-*"):
            for copy in path.parent.glob(pattern):
                copy.unlink(missing_ok=True)
                count += 1
        for copy in folder_of(path).glob(f"{path.stem}-*.db*"):
            copy.unlink(missing_ok=True)
            count += 1
    return count


def healed(home: Path) -> list[Healed]:
    """Return what was found damaged and replaced, newest first."""
    try:
        rows = json.loads(_notes(home).read_text("utf-8"))
        notes = [Healed(**row) for row in rows]
    except (OSError, ValueError, TypeError):
        return []
    return sorted(notes, key=lambda note: -note.at)


def _to_be_looked_at(path: Path) -> bool:
    if is_suspect(path):
        return True
    size = path.stat().st_size if path.exists() else 0
    if size <= _LOOK_ALWAYS_BYTES:
        return size > 0
    return size <= _LOOK_AT_START_BYTES and ended_badly(path)


def _heal_unless_new(path: Path, before: object) -> None:
    """Heal a file, unless another one took its place while it was looked at."""
    if identity(path) == before:
        _heal(path)


def _heal(path: Path) -> None:
    """Keep the damaged file under another name and put the newest sound copy there."""
    kept = set_aside(path, f"damaged-{_now()}")
    used = ""
    for backup in backups(path):
        with contextlib.suppress(StorageError):
            if is_sound(Path(backup.path)):
                overwrite(path, Path(backup.path))
                used = backup.name
                break
    _log.error("%s was damaged; replaced by %s", path.suffix, "a copy" if used else "-")
    note = Healed(path.name, time.time(), used, kept.name)
    notes = [note, *healed(path.parent)][:_MOST_NOTES]
    rows = [{name: getattr(n, name) for name in Healed.__slots__} for n in notes]
    write_atomically(_notes(path.parent), json.dumps(rows).encode())


def _rotate(path: Path, kept: int) -> None:
    with storage_errors():
        for backup in backups(path)[max(1, kept) :]:
            Path(backup.path).unlink(missing_ok=True)


def _changed_at(path: Path) -> float:
    """Return when a database was changed, from the times of its files."""
    times = [0.0]
    for file in (path, path.with_name(f"{path.name}-wal")):
        try:
            times.append(file.stat().st_mtime)
        except OSError:
            continue
    return max(times)


def _made_at(file: Path) -> float | None:
    match = _NAME.fullmatch(file.name)
    if match is None:
        return None
    return datetime.strptime(match[2], _TIME).replace(tzinfo=UTC).timestamp()


def _intent(path: Path) -> Path:
    return path.with_name(f"{path.name}.restoring")


def _restore_lock(path: Path) -> Path:
    return folder_of(path) / f"{path.stem}.lock"


def _notes(home: Path) -> Path:
    return home / "backups" / "healed.json"


def _now() -> str:
    return datetime.now(UTC).strftime(_TIME)
