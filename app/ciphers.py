"""Keys on connections: SQLite with SQLite3 Multiple Ciphers (`apsw-sqlite3mc`).

Every page is encrypted with ChaCha20 and carries a Poly1305 tag; the log of changes and
the rollback journal hold encrypted pages, too. SQLite's temporary files would not: they
stay in memory.

Invariant: a key is 32 random bytes and is handed on as it is, nothing is derived from it.
"""

from __future__ import annotations

from pathlib import Path

import apsw

from app.errors import StorageError
from app.files import create_private, storage_errors
from app.i18n import N_

CAN_ENCRYPT = hasattr(apsw, "mc_version")


def use_key(connection: apsw.Connection, key: bytes) -> None:
    """Read and write a database that has just been opened with a key of 32 bytes."""
    if not CAN_ENCRYPT:
        raise no_ciphers()
    # "raw:" is no passphrase: nothing is derived from it, which would take its time.
    connection.pragma("key", f"raw:{key.hex()}")
    # SQLite's own temporary files are not encrypted.
    connection.pragma("temp_store", "memory")


def vacuum_into(connection: apsw.Connection, target: Path, key: bytes | None) -> None:
    """Write all of a database, opened with SQLITE_OPEN_URI, into a new file."""
    if key is not None and not CAN_ENCRYPT:
        raise no_ciphers()
    with storage_errors(target.parent):
        target.unlink(missing_ok=True)
        create_private(target)
    value = f"raw:{key.hex()}" if key is not None else ""
    connection.execute(
        "VACUUM INTO ?", (f"{target.absolute().as_uri()}?key={value}",)
    ).fetchall()


def opens(path: Path, key: bytes) -> bool:
    """Tell whether a key opens an encrypted database."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        use_key(connection, key)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except apsw.Error:
        return False
    finally:
        connection.close()
    return True


def no_ciphers() -> StorageError:
    """Return the sentence for an SQLite without ciphers."""
    return StorageError(
        N_("This Allmende cannot open encrypted data: its SQLite has no ciphers."),
        N_("Install Allmende again, so that it brings its own."),
    )
