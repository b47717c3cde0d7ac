"""One database from plain to encrypted or back, whole or not at all.

    chats.db ── nobody else has it open ── copy, checked ──► takes the place of chats.db

What cannot be read any more (a damaged file that is kept) is sealed: its bytes go into
an encrypted database as they are.

Invariant: killed at any call, the old file or the new one is there under the name, with
everything in it; whoever opens it sees by itself which one it is (`keys.key_for`).
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from app import keys
from app.ciphers import use_key, vacuum_into
from app.database import database_errors, fetch, fetch_value, is_sound
from app.errors import BusyError, DamagedError
from app.files import (
    create_private,
    need_room,
    put_in_place,
    storage_errors,
    sync_file,
    sync_folder,
)
from app.i18n import N_

PART, SEALED = ".recoded", ".sealed"
_BLOCK = 1 << 20


def recode(path: Path, key: bytes | None) -> bool:
    """Make a database encrypted, or plain without a key; False if it is so already.

    Raises BusyError while somebody has it open, DamagedError, StorageError; then the
    old file is as it was.
    """
    if not path.exists() or path.stat().st_size == 0:
        return False
    if keys.is_encrypted(path) if key is not None else keys.is_plain(path):
        return False
    need_room(path.parent, path.stat().st_size)
    part = path.with_name(f"{path.name}{PART}")
    with database_errors(path), _alone_with(path) as connection:
        vacuum_into(connection, part, key)
        if not _is_the_same(part, connection, key):
            with storage_errors():
                part.unlink(missing_ok=True)
            raise DamagedError(
                N_("The file {file} is damaged."),
                N_("Restore a backup, then try again."),
                file=path.name,
            )
        with storage_errors():
            sync_file(part)
            if sys.platform != "win32":
                _replace_and_wipe(part, path, wipe=key is not None)
    if sys.platform == "win32":
        # Windows replaces no file that is open.
        with storage_errors():
            put_in_place(part, path)
    return True


@contextmanager
def _alone_with(path: Path) -> Iterator[apsw.Connection]:
    """Open a database that nobody else has open, and keep it so until the end."""
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI
    key = keys.key_for(path)
    connection = apsw.Connection(str(path), flags=flags)
    try:
        if key is not None:
            use_key(connection, key)
        connection.pragma("locking_mode", "exclusive")
        try:
            # Its log of changes goes into the file; SQLite does that for the last only.
            if connection.pragma("journal_mode", "delete") != "delete":
                raise apsw.BusyError
            connection.execute("BEGIN EXCLUSIVE; COMMIT").fetchall()
        except apsw.BusyError as error:
            raise BusyError(
                N_("Another Allmende has your data open."),
                N_("Close it, then try again."),
            ) from error
        yield connection
    finally:
        connection.close()


def _replace_and_wipe(part: Path, path: Path, wipe: bool) -> None:
    """Put a file in place; the old one's bytes are overwritten where the disk does so."""
    old = os.open(path, os.O_WRONLY)
    try:
        size = os.fstat(old).st_size
        put_in_place(part, path)
        if wipe:
            # All is done already: a disk that refuses this takes nothing away.
            with contextlib.suppress(OSError):
                for start in range(0, size, _BLOCK):
                    os.pwrite(old, bytes(min(_BLOCK, size - start)), start)
                os.fsync(old)
    finally:
        os.close(old)


def _is_the_same(part: Path, of: apsw.Connection, key: bytes | None) -> bool:
    """Tell whether a copy is what it should be, whole, and has as many rows."""
    if keys.is_plain(part) != (key is None):
        return False
    return is_sound(part, thoroughly=True) and _counts(of) == _counts_of(part)


def _counts(connection: apsw.Connection) -> dict[str, int]:
    """Return how many rows each table has that SQLite itself keeps."""
    names = fetch(
        connection,
        "SELECT name FROM sqlite_schema WHERE type = 'table'"
        " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name",
    )
    return {
        str(name): int(fetch_value(connection, f'SELECT count(*) FROM "{name}"'))
        for (name,) in names
    }


def _counts_of(path: Path) -> dict[str, int]:
    key = keys.key_for(path)
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        if key is not None:
            use_key(connection, key)
        return _counts(connection)
    finally:
        connection.close()


# -- what is no database any more ----------------------------------------------------------


def seal(path: Path, key: bytes) -> Path:
    """Put a file's bytes into an encrypted database beside it; the file goes."""
    need_room(path.parent, path.stat().st_size)
    target = path.with_name(f"{path.name}{SEALED}")
    part = path.with_name(f"{path.name}{PART}")
    with storage_errors():
        part.unlink(missing_ok=True)
        create_private(part)
    with database_errors(part):
        connection = apsw.Connection(str(part))
        try:
            use_key(connection, key)
            with connection:
                connection.execute(
                    "CREATE TABLE parts(n INTEGER PRIMARY KEY, data BLOB)"
                )
                with path.open("rb") as file:
                    while block := file.read(_BLOCK):
                        connection.execute(
                            "INSERT INTO parts(data) VALUES(?)", (block,)
                        )
        finally:
            connection.close()
    with storage_errors():
        put_in_place(part, target)
        path.unlink()
        sync_folder(path.parent)
    return target


def unseal(path: Path, key: bytes) -> Path:
    """Undo `seal`."""
    target = path.with_name(path.name.removesuffix(SEALED))
    part = path.with_name(f"{path.name}{PART}")
    with database_errors(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            use_key(connection, key)
            with storage_errors():
                create_private(part)
            with storage_errors(), part.open("wb") as file:
                for (data,) in connection.execute("SELECT data FROM parts ORDER BY n"):
                    file.write(data)
                file.flush()
                os.fsync(file.fileno())
        finally:
            connection.close()
    with storage_errors():
        put_in_place(part, target)
        path.unlink()
        sync_folder(path.parent)
    return target
