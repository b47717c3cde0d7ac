"""What a model has read, kept on disk, so that a restart need not read it again.

A state is the key-value cache of one sequence as llama.cpp writes it. llama.cpp trusts
such bytes: cut ones end the process, changed ones become wrong memory. So each lies in
a container of our own and is handed on only when every byte is as it was written:

    "ALLMSTA1" · key (32 bytes) · length (8, big endian) · BLAKE2b of the payload (32) · payload

The key covers model, build, settings and the very tokens, so a state fits exactly or is
not found. States hold text of documents: the folder is the user's alone, `forget`
empties it, and where no conversations are kept no states are.

Invariant: `get` returns what was put or None, whatever lies on the disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import struct
import time
from pathlib import Path
from typing import BinaryIO

from app.log import get_logger

_log = get_logger("inference.states")
_MAGIC = b"ALLMSTA1"
_HEADER = struct.Struct(">8s32sQ32s")
_ENDING, _PART = ".state", ".part"
_STALE_S = 600
_UNUSED_S = 30 * 86_400
# A cache must not be what fills the disk.
_KEEP_FREE = 1_000_000_000


def state_key(*parts: bytes) -> bytes:
    """Return the 32 bytes that name a state; each part is length-prefixed."""
    digest = hashlib.blake2b(digest_size=32)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


class StateStore:
    """The states in one folder, at most `most_bytes` together.

    Those used longest ago go first; after a month without use they go anyway.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most = most_bytes

    def has(self, key: bytes) -> bool:
        """Tell whether there is a state, without looking into it."""
        return self._path(key).is_file()

    def takes(self, size: int) -> bool:
        """Tell whether a state of this size is worth its place: half of all at most."""
        return 0 < size <= self._most // 2

    def get(self, key: bytes) -> bytes | None:
        """Return a state's bytes; None where there is none or it is damaged."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                payload = _read(file.read(_HEADER.size), key, file, path)
        except FileNotFoundError:
            return None
        except OSError:
            _log.warning("a state could not be read")
            return None
        if payload is None:
            _log.warning("a damaged state was thrown away")
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return payload

    def put(self, key: bytes, payload: bytes) -> bool:
        """Keep a state; tell whether it is there now. A full disk is no failure."""
        size = len(payload)
        part = self._path(key).with_suffix(f".{os.getpid()}{_PART}")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(size)
            if shutil.disk_usage(self._folder).free < size + _KEEP_FREE:
                return False
            digest = hashlib.blake2b(payload, digest_size=32).digest()
            with open(part, "wb", opener=_private) as file:
                file.write(_HEADER.pack(_MAGIC, key, size, digest))
                file.write(payload)
            part.replace(self._path(key))
        except OSError:
            _log.warning("a state could not be kept")
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            return False
        return True

    def clear(self) -> None:
        """Remove all states."""
        for path in self._files(_ENDING) + self._files(_PART):
            with contextlib.suppress(OSError):
                path.unlink()

    def size_bytes(self) -> int:
        """Return how much room the states take."""
        return sum(_stat(path)[1] for path in self._files(_ENDING))

    def _make_room(self, size: int) -> None:
        now = time.time()
        for path in self._files(_PART):
            if now - _stat(path)[0] > _STALE_S:
                path.unlink(missing_ok=True)
        kept = sorted((*_stat(path), path) for path in self._files(_ENDING))
        total = sum(length for _, length, _ in kept) + size
        for used, length, path in kept:
            if total <= self._most and now - used < _UNUSED_S:
                break
            path.unlink(missing_ok=True)
            total -= length

    def _path(self, key: bytes) -> Path:
        return self._folder / f"{key.hex()}{_ENDING}"

    def _files(self, ending: str) -> list[Path]:
        return list(self._folder.glob(f"*{ending}"))


def _read(header: bytes, key: bytes, file: BinaryIO, path: Path) -> bytes | None:
    """Return the payload behind a header, None if anything is not as it was written."""
    if len(header) != _HEADER.size:
        return None
    magic, kept_key, size, digest = _HEADER.unpack(header)
    if magic != _MAGIC or kept_key != key:
        return None
    if path.stat().st_size != _HEADER.size + size:
        return None
    payload = file.read(size)
    if hashlib.blake2b(payload, digest_size=32).digest() != digest:
        return None
    return payload


def _stat(path: Path) -> tuple[float, int]:
    """Return (when it was used last, size); zeros for what has gone meanwhile."""
    try:
        found = path.stat()
    except OSError:
        return 0.0, 0
    return found.st_mtime, found.st_size


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
