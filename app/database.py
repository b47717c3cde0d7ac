"""SQLite, opened the one safe way: WAL, full sync, numbered migrations, backups.

On a network share the write-ahead log is not safe; there the older rollback journal is
used, which needs no memory that processes share.

This module, `ciphers.py` and `recoding.py` own `apsw`, which brings its own SQLite (newer than 3.51.3,
so without the WAL-reset bug) on every system, with SQLite3 Multiple Ciphers in it: a
database that is encrypted is one whose every page is (ChaCha20, each page with a
Poly1305 tag, so that a flipped bit is noticed), its log of changes too.

Invariants: what `transaction` acknowledged is on disk; a migration that was released
is never edited; before migrations run on a file with data, a copy of it is kept beside
it; a file from a newer Allmende is refused, not damaged.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from app import keys
from app.ciphers import use_key, vacuum_into
from app.errors import AppError, DamagedError, StorageError
from app.files import (
    create_private,
    make_folder,
    not_writable,
    put_in_place,
    storage_errors,
    sync_folder,
)
from app.i18n import N_
from app.log import get_logger
from app.mounts import network_kind

_FIRST_SAFE_VERSION = 3_051_003
_BUSY_TIMEOUT_MS = 15_000
_log = get_logger("database")

SQLITE_VERSION: str = apsw.sqlite_lib_version()
Connection = apsw.Connection
Rows = list[tuple[Any, ...]]
Migration = Callable[[apsw.Connection], None]


def open_database(path: Path, migrations: Sequence[Migration]) -> apsw.Connection:
    """Open (or create) a database and bring it up to the newest migration.

    Raises StorageError when the disk or the file does not allow it.
    """
    if apsw.SQLITE_VERSION_NUMBER < _FIRST_SAFE_VERSION:
        raise StorageError(
            N_("The SQLite on this computer is too old to be safe."),
            N_("Install Allmende again, so that it brings its own."),
        )
    with storage_errors(path.parent):
        make_folder(path.parent)
    keys.need_no_turning()
    with database_errors(path):
        before = identity(path)
        connection = _connection(path)
        on_share = network_kind(path.parent)
        for pragma in (
            f"journal_mode={'DELETE' if on_share else 'WAL'}",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            # Of a large base a search reads some megabytes; the usual 2 MB thrash.
            "cache_size=-32768",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        if before not in (None, identity(path)):
            # While we waited for our turn, another file took this one's place.
            connection.close()
            return open_database(path, migrations)
        _migrate(connection, path, migrations)
    return connection


def _connection(
    path: Path, flags: int | None = None, like: Path | None = None
) -> apsw.Connection:
    """Open a file as what it is, encrypted or plain; a new one may be `like` another.

    A new one is its owner's alone, as are the files that SQLite puts beside it, which
    have its rights. Raises LockedError without the key that is needed.
    """
    key = keys.key_for(like or path)
    usual = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    if flags is None and path.name != ":memory:":
        with storage_errors(path.parent):
            create_private(path)
    connection = apsw.Connection(str(path), flags=usual if flags is None else flags)
    connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
    if key is not None:
        use_key(connection, key)
    return connection


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one that took its name; None without one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _migrate(
    connection: apsw.Connection, path: Path, migrations: Sequence[Migration]
) -> None:
    version = connection.pragma("user_version")
    if version > len(migrations):
        raise StorageError(
            N_("The data was written by a newer version of Allmende."),
            N_("Install the newest version; the data has not been touched."),
        )
    if version == len(migrations):
        return
    if version:
        backup(connection, path.with_name(f"{path.name}.before-{version + 1}"))
    for number, migration in enumerate(migrations, 1):
        with connection:
            # Read again inside the transaction: another process may have been faster.
            if connection.pragma("user_version") < number:
                migration(connection)
                connection.pragma("user_version", number)
                _log.info("migration %d of %s done", number, path.suffix)


def backup(connection: apsw.Connection, target: Path) -> None:
    """Write a consistent copy of the open database to `target`."""
    partial = target.with_name(target.name + ".part")
    with storage_errors():
        partial.unlink(missing_ok=True)
    copy = _connection(partial, like=Path(connection.filename))
    try:
        with copy.backup("main", connection, "main") as job:
            while not job.done:
                job.step(256)
        # One file that needs no second one beside it, wherever it is taken.
        copy.pragma("journal_mode", "delete")
    finally:
        copy.close()
    with storage_errors():
        put_in_place(partial, target)


def open_for_reading(path: Path) -> apsw.Connection:
    """Open a database that somebody else keeps; nothing is written, nor beside it."""
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(f"{path.absolute().as_uri()}?mode=ro", flags=flags)
    connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
    connection.execute("PRAGMA query_only=ON; PRAGMA trusted_schema=OFF")
    return connection


@contextmanager
def rewritten(path: Path) -> Iterator[apsw.Connection]:
    """Give a copy to take things out of; what was taken out is not in the file after."""
    with database_errors(path):
        connection = apsw.Connection(str(path))
        try:
            connection.execute("PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON")
            yield connection
            connection.execute("VACUUM")
        finally:
            connection.close()


def copy_file(source: Path, target: Path) -> None:
    """Write a consistent copy of a database that others may be writing to `target`.

    Nothing is left at `target` when SQLite finds the copy damaged. Raises StorageError.
    """
    with database_errors(source):
        connection = _connection(source, apsw.SQLITE_OPEN_READWRITE)
        try:
            partial = target.with_name(target.name + ".new")
            backup(connection, partial)
        finally:
            connection.close()
        try:
            if not is_sound(partial):
                raise apsw.CorruptError("quick_check")
            with storage_errors():
                put_in_place(partial, target)
        finally:
            # What cannot be removed now is removed before the next copy is made.
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)


def overwrite(target: Path, source: Path) -> None:
    """Give a database the content of another one: all of it or, whatever happens, none.

    Nobody else may have `target` open. It stays what it is, encrypted or plain. Raises
    StorageError.
    """
    key = keys.key_for(target)
    if (key is None) == keys.is_encrypted(source):
        fitting = target.with_name(f"{target.name}.fitting")
        try:
            copy_recoded(source, fitting, key)
            overwrite(target, fitting)
        finally:
            fitting.unlink(missing_ok=True)
        return
    with database_errors(target):
        new = _connection(source, apsw.SQLITE_OPEN_READONLY)
        old = _connection(target)
        try:
            old.execute("PRAGMA synchronous=FULL")
            with old.backup("main", new, "main") as job:
                while not job.done:
                    job.step()
        finally:
            old.close()
            new.close()


def copy_recoded(source: Path, target: Path, key: bytes | None) -> None:
    """Write a copy of a database, encrypted with a key or plain. Raises StorageError."""
    with database_errors(source):
        connection = _connection(
            source, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI
        )
        try:
            vacuum_into(connection, target, key)
        finally:
            connection.close()


def look_into(path: Path, *queries: str) -> list[Rows]:
    """Return the rows of queries on a copy that nobody writes to. Raises StorageError."""
    with database_errors(path):
        connection = _connection(path, apsw.SQLITE_OPEN_READONLY)
        try:
            return [fetch(connection, query) for query in queries]
        except apsw.SQLError as error:
            raise apsw.CorruptError("a table is missing") from error
        finally:
            connection.close()


def version_of(path: Path) -> int:
    """Return the number of the last migration of a database. Raises StorageError."""
    return int(look_into(path, "PRAGMA user_version")[0][0][0])


def is_sound(path: Path, thoroughly: bool = False) -> bool:
    """Tell whether SQLite finds a database whole (`quick_check`).

    `thoroughly` also compares indexes and words with their tables, and reads all texts.
    Raises StorageError for a file that may not be opened: that is no damage.
    """
    with database_errors(path):
        connection = _connection(path, apsw.SQLITE_OPEN_READWRITE)
        try:
            if not thoroughly:
                return str(connection.pragma("quick_check")) == "ok"
            whole = str(connection.pragma("integrity_check")) == "ok"
            return whole and _reads(connection)
        except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError, UnicodeDecodeError):
            return False
        finally:
            connection.close()


def _reads(connection: apsw.Connection) -> bool:
    """Read every row; FTS5's tables say themselves whether they fit their content."""
    tables = fetch(
        connection, "SELECT name, sql FROM sqlite_schema WHERE type = 'table'"
    )
    for name, sql in tables:
        if "fts5vocab" in (sql or ""):
            continue
        for _ in connection.execute(f'SELECT * FROM "{name}"'):
            pass
        if "USING fts5" in (sql or "") and "content=''" not in sql:
            with contextlib.suppress(apsw.ReadOnlyError):
                connection.execute(
                    f'INSERT INTO "{name}"("{name}", rank) VALUES(\'integrity-check\', 1)'
                )
    return True


def ended_badly(path: Path) -> bool:
    """Tell whether whoever wrote a database last did not come to close it.

    True also while another process has it open: SQLite's log of changes is there then.
    """
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except OSError:
        return False


def suspect(path: Path) -> None:
    """Note that a database was found damaged, so that the next start looks at it."""
    with contextlib.suppress(OSError):
        _note(path).touch()


def is_suspect(path: Path) -> bool:
    """Tell whether a database was found damaged by whoever used it last."""
    return _note(path).exists()


def trust_again(path: Path) -> None:
    """Drop the note of `suspect`."""
    with contextlib.suppress(OSError):
        _note(path).unlink(missing_ok=True)


def set_aside(path: Path, name: str) -> Path:
    """Give a damaged database another name beside it; nobody may have it open."""
    target = path.with_name(f"{path.name}.{name}")
    with storage_errors():
        for ending in ("-shm", "-wal", ""):
            file = path.with_name(path.name + ending)
            if file.exists():
                file.replace(target.with_name(target.name + ending))
        sync_folder(path.parent)
    return target


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.suspect")


def fetch(connection: apsw.Connection, query: str, *values: Any) -> Rows:
    """Return all rows of a query."""
    return list(connection.execute(query, values))


def fetch_value(connection: apsw.Connection, query: str, *values: Any) -> Any:
    """Return the first value of the first row, None where there is no row."""
    found = fetch(connection, query, *values)
    return found[0][0] if found else None


def change_version(connection: apsw.Connection) -> tuple[int, int]:
    """Return a value that changes with every change, ours or another connection's."""
    return (
        int(str(connection.pragma("data_version"))),
        connection.total_changes(),
    )


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[apsw.Connection]:
    """Do all of the block or nothing; acknowledged and on disk when it ends."""
    with database_errors(Path(connection.filename)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            # A full disk makes SQLite roll back by itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


@contextmanager
def hasty_transaction(connection: apsw.Connection) -> Iterator[apsw.Connection]:
    """Do all of the block or nothing; safe from a killed process, not from a power cut.

    The disk is not waited for, which makes it several times faster.
    """
    connection.execute("PRAGMA synchronous=NORMAL")
    try:
        with transaction(connection):
            yield connection
    finally:
        connection.execute("PRAGMA synchronous=FULL")


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's complaints about the disk into sentences; ours stay ours."""
    try:
        yield
    except (apsw.FullError, apsw.IOError) as error:
        raise StorageError(
            N_("The disk is full or does not answer."),
            N_("Free some space and try again; nothing that was saved is lost."),
        ) from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise not_writable(path.parent) from error
    except (apsw.CorruptError, apsw.NotADBError, UnicodeDecodeError) as error:
        suspect(path)
        raise DamagedError(
            N_("The file {file} is damaged."),
            N_(
                "Start Allmende again: it keeps the damaged file and puts the last"
                " backup in its place."
            ),
            file=path.name,
        ) from error
    except apsw.BusyError as error:
        raise StorageError(
            N_("Another program holds the data of Allmende."),
            N_("Close it and try again."),
        ) from error


@contextmanager
def reading_errors(path: Path, damaged: AppError) -> Iterator[None]:
    """Turn SQLite's complaints about a file that is only read into sentences."""
    try:
        yield
    except (apsw.CantOpenError, apsw.PermissionsError, apsw.IOError) as error:
        raise StorageError(
            N_("{file} cannot be read."),
            N_("Whoever administers this computer looks at its rights and its disk."),
            file=str(path),
        ) from error
    except (apsw.Error, UnicodeDecodeError) as error:
        raise damaged from error
