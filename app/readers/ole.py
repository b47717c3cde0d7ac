"""What an OLE container holds: old Office files, and new ones with a password.

Only the names at its root are read, following [MS-CFB]; the streams stay closed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from app.readers.failures import reading

_HEADER_BYTES = 512
_ENTRY_BYTES = 128
_MOST_SECTORS = 512
_NONE = 0xFFFF_FFFA  # from here on numbers are marks, not sectors


def stream_names(path: Path) -> frozenset[str]:
    """Return the names at the root; none where the container is damaged."""
    with reading(path), path.open("rb") as file:
        try:
            return frozenset(_root_names(list(_entries(file))))
        except (struct.error, ValueError, IndexError):
            return frozenset()


def _entries(file: IO[bytes]) -> Iterator[tuple[str, int, int, int]]:
    """Yield name, left, right and child of each entry of the directory."""
    header = file.read(_HEADER_BYTES)
    (shift,) = struct.unpack_from("<H", header, 30)
    if shift not in (9, 12):
        raise ValueError("no sector size")
    size = 1 << shift
    (sector,) = struct.unpack_from("<I", header, 48)
    tables = struct.unpack_from("<109I", header, 76)
    for _ in range(_MOST_SECTORS):
        if sector >= _NONE:
            return
        data = _sector(file, sector, size)
        for offset in range(0, size, _ENTRY_BYTES):
            yield _entry(data, offset)
        table, place = divmod(sector, size // 4)
        if table >= len(tables) or tables[table] >= _NONE:
            return
        (sector,) = struct.unpack_from(
            "<I", _sector(file, tables[table], size), place * 4
        )


def _sector(file: IO[bytes], number: int, size: int) -> bytes:
    file.seek((number + 1) * size)
    return file.read(size)


def _entry(data: bytes, offset: int) -> tuple[str, int, int, int]:
    (length,) = struct.unpack_from("<H", data, offset + 64)
    raw = data[offset : offset + max(0, min(length, 64) - 2)]
    left, right, child = struct.unpack_from("<3I", data, offset + 68)
    return raw.decode("utf-16-le", "replace"), left, right, child


def _root_names(entries: list[tuple[str, int, int, int]]) -> Iterator[str]:
    waiting, seen = [entries[0][3]], {0}
    while waiting:
        place = waiting.pop()
        if place in seen or place >= len(entries):
            continue
        seen.add(place)
        name, left, right, _ = entries[place]
        yield name
        waiting += [left, right]
