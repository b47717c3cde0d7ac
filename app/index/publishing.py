"""One base as a file of its own, which everybody on a computer may read and nobody changes.

    knowledge.db ── copied ──► NAME.db.part ── all other bases out, packed ──► NAME.db

Invariants: the file holds nothing of other bases, nor of what was forgotten; it is there
whole or not at all; opening it writes nothing, neither in it nor beside it.
"""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager
from pathlib import Path

from app.database import (
    Connection,
    backup,
    database_errors,
    open_for_reading,
    reading_errors,
    rewritten,
    transaction,
)
from app.errors import StorageError
from app.files import make_folder, storage_errors
from app.i18n import N_
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.values.bases import Base

ENDING = ".db"
# Everybody reads, nobody but the owner writes.
_MODE = 0o644


def publish(connection: Connection, base: Base, embedder_key: str, target: Path) -> int:
    """Write a base with its texts, words and vectors to `target`; return its size in bytes.

    Only vectors of `embedder_key` go along. Raises StorageError.
    """
    partial = target.with_name(target.name + ".part")
    with storage_errors(target.parent):
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
    with rewritten(path) as connection:
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


def file_name(base: str) -> str:
    """Return a name for a base's file that every system takes."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", base).strip(". ") or "_"


def open_published(path: Path) -> Connection:
    """Open such a file for reading only.

    Raises StorageError for a file that is damaged or of another version of Allmende.
    """
    with published_errors(path):
        connection = open_for_reading(path)
        try:
            if connection.pragma("user_version") != len(MIGRATIONS):
                raise _of_another_version(path)
            if len(Store(connection).bases()) != 1:
                raise _no_base(path)
        except BaseException:
            connection.close()
            raise
    return connection


def published_errors(path: Path) -> AbstractContextManager[None]:
    """Turn SQLite's complaints about such a file into sentences; ours stay ours."""
    return reading_errors(path, _no_base(path))


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
