"""Where a key lies: in the key store of the system, in a file of its owner, or nowhere.

Owns `keyring`, which knows the stores of Windows and macOS. Its own choice of a store is
passed by: that could be any package that happens to be installed, also one that writes
plain text. Each system has the one store that is named here.

Invariant: a store that says it wrote a key gives the same key back (`put` looks).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Protocol

from app.errors import LockedError
from app.files import make_folder, storage_errors, sync_folder
from app.i18n import N_
from app.log import describe, get_logger

SYSTEM, FILE, PASSING = "system", "file", "passing"
_SERVICE = "Allmende"
_log = get_logger("keys")


class KeyStore(Protocol):
    """Keeps keys by their names."""

    def read(self, name: str) -> bytes | None:
        """Return a key, None where it is not to be had."""

    def write(self, name: str, key: bytes) -> bool:
        """Keep a key; tell whether that was done."""


class SystemStore:
    """Secret Service on Linux, Credential Manager on Windows, Keychain on macOS."""

    def read(self, name: str) -> bytes | None:
        """Return a key, None where it is not there or the store does not answer."""
        try:
            text = _backend().get_password(_SERVICE, name)
            return bytes.fromhex(text) if text else None
        except Exception as error:  # noqa: BLE001 - each store has errors of its own
            _log.info("the key store does not answer: %s", describe(error))
            return None

    def write(self, name: str, key: bytes) -> bool:
        """Keep a key; False where there is no store, or it is locked."""
        try:
            _backend().set_password(_SERVICE, name, key.hex())
        except Exception as error:  # noqa: BLE001 - each store has errors of its own
            _log.info("the key store takes nothing: %s", describe(error))
            return False
        return True


class FileStore:
    """A file that only its owner may read: as safe as the account, and no safer.

    It keeps conversations from whoever gets hold of a copy of the databases alone, and
    from nobody who gets hold of the whole folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> bytes | None:  # noqa: ARG002 - it holds one key
        """Return the key in the file, None where there is none."""
        try:
            return bytes.fromhex(self._path.read_text("ascii").strip())
        except (OSError, ValueError):
            return None

    def write(self, name: str, key: bytes) -> bool:  # noqa: ARG002 - it holds one key
        """Write the file, on disk when the call returns. Raises StorageError."""
        part = self._path.with_name(f"{self._path.name}.part")
        with storage_errors():
            make_folder(self._path.parent)
            part.unlink(missing_ok=True)
            with open(part, "wb", opener=_private) as file:
                file.write(key.hex().encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
            sync_folder(self._path.parent)
        return True


class MemoryStore:
    """Keys that last as long as the process, as do the data they open."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}
        self.takes = True

    def read(self, name: str) -> bytes | None:
        """Return a key, None where there is none."""
        return self.keys.get(name)

    def write(self, name: str, key: bytes) -> bool:
        """Keep a key, unless the store is locked."""
        if self.takes:
            self.keys[name] = key
        return self.takes


_passing = MemoryStore()


def store_of(kind: str, file: str = "") -> KeyStore:
    """Return the store that a state names."""
    if kind == PASSING:
        return _passing
    return FileStore(Path(file)) if kind == FILE else SystemStore()


def put(store: KeyStore, name: str, key: bytes) -> None:
    """Keep a key and see that it can be had again. Raises LockedError if it cannot."""
    if not store.write(name, key) or store.read(name) != key:
        raise LockedError(
            N_("This computer has no key store that takes the key."),
            N_(
                "Unlock it, or keep the key in a file that only you may read:"
                " `allmende encryption on --key-file`."
            ),
        )


def _backend() -> Any:
    """Return the one store of this system, not what keyring would choose."""
    if sys.platform == "win32":
        from keyring.backends.Windows import WinVaultKeyring as Backend
    elif sys.platform == "darwin":
        from keyring.backends.macOS import Keyring as Backend
    else:
        from app.keys.secret_service import SecretService as Backend
    backend: Any = Backend
    return backend()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
