"""Whether the databases are encrypted, and with which key.

    encryption.json ── which stage, which key (its name), which store
    key store of the system ── the key itself, 256 random bits ──► database.py
    recovery code ── the same key for people to write down, shown once

A plain database begins with SQLite's own words, so whether one file is encrypted is seen
from the file: while encryption is being turned on or off, both kinds lie side by side,
and each is opened as what it is.

Invariants: a key is used only when its name is the one that is noted, so that a missing
or a wrong key is told as such and never taken for damage (`LockedError`); the key stands
in no file of the data folder unless a person wanted that (`FileStore`), and in no log.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from app import paths
from app.errors import BusyError, LockedError
from app.files import FileLock, write_atomically
from app.i18n import N_
from app.keys.store import FILE, SYSTEM, KeyStore, store_of

OFF, TURNING_ON, ON, TURNING_OFF = "off", "turning on", "on", "turning off"
STAGES = (OFF, TURNING_ON, ON, TURNING_OFF)
KEY_BYTES = 32
_PLAIN = b"SQLite format 3\x00"
# What SQLite leaves readable of an encrypted file's first page: 32 bytes of each page
# are the cipher's, and three numbers that never change.
_HEAD = 24
_CIPHER = b"\x20\x40\x20\x20"


@dataclass(frozen=True, slots=True)
class State:
    """What `encryption.json` notes.

    `key` is the name of the key, "" while there never was one; `store` where it lies,
    `file` the file if that is one. `told` is False until the recovery code was shown.
    """

    stage: str = OFF
    key: str = ""
    store: str = ""
    file: str = ""
    told: bool = True

    @property
    def encrypts(self) -> bool:
        """Whether new files are encrypted."""
        return self.stage in (TURNING_ON, ON)


class _Held:
    """What this process knows of keys. A child is given its key and asks nobody."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}
        self.is_child = False


_held = _Held()


def new_key() -> bytes:
    """Return a random key."""
    return secrets.token_bytes(KEY_BYTES)


def name_of(key: bytes) -> str:
    """Return the name of a key: 16 hex digits that tell nothing about it."""
    return hashlib.blake2b(key, digest_size=8, person=b"allmende key").hexdigest()


def state() -> State:
    """Return what is noted in the data folder. Raises LockedError if it is unreadable."""
    try:
        data = json.loads(paths.encryption_file().read_text("utf-8"))
        found = State(**data)
        if found.stage not in STAGES or not all(
            isinstance(text, str) for text in (found.key, found.store, found.file)
        ):
            raise ValueError
    except (FileNotFoundError, NotADirectoryError):
        return State()
    except (OSError, ValueError, TypeError) as error:
        raise LockedError(
            N_("Whether your data is encrypted cannot be read any more."),
            N_("Type your recovery code: `allmende encryption recover`."),
        ) from error
    return found


def note(new: State) -> None:
    """Write a state down, on disk before the call returns. Raises StorageError."""
    data = json.dumps(asdict(new), indent=1).encode()
    write_atomically(paths.encryption_file(), data)


def turning_lock() -> FileLock:
    """Return what whoever turns encryption on or off holds meanwhile."""
    return FileLock(paths.encryption_file().with_suffix(".lock"))


def need_no_turning() -> None:
    """Raise BusyError while databases are being encrypted or decrypted just now."""
    if state().stage not in (TURNING_ON, TURNING_OFF):
        return
    lock = turning_lock()
    if not lock.acquire():
        raise BusyError(
            N_("Your data is being encrypted or decrypted just now."),
            N_("Try again in a moment."),
        )
    lock.release()


def give(key: bytes) -> None:
    """Let this process, a child, use this key, b"" for none, and ask no key store."""
    _held.is_child = True
    _held.known = {name_of(key): key} if key else {}


def forget() -> None:
    """Forget the keys that this process was given or has read."""
    _held.is_child = False
    _held.known = {}


def keep(key: bytes) -> None:
    """Remember a key that was just made or typed in."""
    _held.known[name_of(key)] = key


def current(of: State | None = None) -> bytes:
    """Return the key. Raises LockedError where it is not to be had."""
    wanted = of or state()
    if wanted.key and wanted.key in _held.known:
        return _held.known[wanted.key]
    key = None
    if wanted.key and not _held.is_child:
        key = store_of(wanted.store, wanted.file).read(wanted.key)
    if key is None or name_of(key) != wanted.key:
        raise _locked(wanted)
    keep(key)
    return key


def given() -> bytes:
    """Return the key for a child, b"" where there is none or it is not to be had."""
    try:
        return current() if state().key else b""
    except LockedError:
        return b""


def _locked(of: State) -> LockedError:
    if of.store == FILE:
        return LockedError(
            N_("Your data is encrypted, and the file with its key is gone."),
            N_(
                "Put the file back, or type your recovery code:"
                " `allmende encryption recover --key-file`."
            ),
        )
    return LockedError(
        N_("Your data is encrypted, and its key is not in this computer's key store."),
        N_(
            "Unlock the key store, or type your recovery code:"
            " `allmende encryption recover`."
        ),
    )


def is_encrypted(path: Path) -> bool:
    """Tell whether a file looks like an encrypted database, from its first bytes."""
    head = _head(path)
    return head[20:_HEAD] == _CIPHER and not head.startswith(_PLAIN)


def is_plain(path: Path) -> bool:
    """Tell whether a file is an unencrypted database."""
    return _head(path).startswith(_PLAIN)


def key_for(path: Path) -> bytes | None:
    """Return the key to open a database with, None for a plain one.

    One that is not there yet, or is empty, is made as the state says. Raises
    LockedError for an encrypted one without its key.
    """
    if path.name == ":memory:":
        return None
    head = _head(path)
    if head.startswith(_PLAIN):
        return None
    noted = state()
    if not head:
        return current(noted) if noted.encrypts else None
    if is_encrypted(path) or noted.stage != OFF:
        return current(noted)
    # Neither plain nor encrypted: SQLite says what it makes of it.
    return None


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


__all__ = [
    "FILE",
    "SYSTEM",
    "KeyStore",
    "State",
]
