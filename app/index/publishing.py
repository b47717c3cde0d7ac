"""One base as a file of its own, which everybody on a computer may read and nobody changes.

    knowledge.db ── copied ──► NAME.db.part ── all other bases out, packed ──► NAME.db

Invariants: the file holds nothing of other bases, nor of what was forgotten; it is there
whole or not at all; opening it writes nothing, neither in it nor beside it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from app.database import Connection, backup, database_errors, transaction
from app.errors import StorageError
from app.files import make_folder, storage_errors
from app.i18n import N_
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.values.bases import Base

ENDING = ".db"
# Everybody reads, nobody but the owner writes.
_MODE = 0o644
_BUSY_TIMEOUT_MS = 5_000


def publish(connection: Connection, base: Base, embedder_key: str, target: Path) -> int:
    """Write a base with its texts, words and vectors to `target`; return its size in bytes.

    Only vectors of `embedder_key` go along. Raises StorageError.
    """
    partial = target.with_name(target.name + ".part")
    with storage_errors():
        make_folder(target.parent)
    try:
        with database_errors(partial):
            backup(connection, partial)
            _keep_only(partial, base, embedder_key)
        with storage_errors():
            partial.chmod(_MODE)
            os.replace(partial, target)  # noqa: PTH105 - over one that is there
    finally:
        with storage_errors():
            partial.unlink(missing_ok=True)
    return target.stat().st_size


def _keep_only(path: Path, base: Base, embedder_key: str) -> None:
    connection = apsw.Connection(str(path))
    try:
        connection.execute("PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON")
        store = Store(connection)
        for other in store.bases(automatic=True):
            if other.id != base.id:
                store.remove_base(other)
        with transaction(connection):
            # Where the documents came from, what was left out and what was not read
            # concern whoever made the base.
            connection.execute("DELETE FROM sources; DELETE FROM forgotten")
            connection.execute("DELETE FROM documents WHERE status != 'indexed'")
            connection.execute(
                "DELETE FROM vectors WHERE embedder != ?", (embedder_key,)
            )
            connection.execute(
                "UPDATE bases SET automatic = 0, changing_to = '', used_at = 0"
            )
            store.drop_unused_contents()
        connection.execute("VACUUM")
    finally:
        connection.close()


def file_name(base: str) -> str:
    """Return a name for a base's file that every system takes."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", base).strip(". ") or "_"


def open_published(path: Path) -> Connection:
    """Open such a file for reading only.

    Raises StorageError for a file that is damaged or of another version of Allmende.
    """
    with published_errors(path):
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        connection = apsw.Connection(f"{path.absolute().as_uri()}?mode=ro", flags=flags)
        try:
            connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
            connection.execute("PRAGMA query_only=ON; PRAGMA trusted_schema=OFF")
            if connection.pragma("user_version") != len(MIGRATIONS):
                raise _of_another_version(path)
            if len(Store(connection).bases()) != 1:
                raise _no_base(path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def published_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's complaints about such a file into sentences; ours stay ours."""
    try:
        yield
    except (apsw.CantOpenError, apsw.PermissionsError, apsw.IOError) as error:
        raise StorageError(
            N_("{file} cannot be read."),
            N_("Whoever administers this computer looks at its rights and its disk."),
            file=str(path),
        ) from error
    except (apsw.Error, UnicodeDecodeError) as error:
        raise _no_base(path) from error


def _of_another_version(path: Path) -> StorageError:
    return StorageError(
        N_("{file} was published by another version of Allmende."),
        N_("Publish the collection again with this version: `allmende base publish`."),
        file=str(path),
    )


def _no_base(path: Path) -> StorageError:
    return StorageError(
        N_("{file} is damaged, or is no published collection."),
        N_("Publish the collection again with this version: `allmende base publish`."),
        file=str(path),
    )
