"""OLE containers, the boxes of old Office files: what they hold, read with suspicion.

Follows [MS-CFB]. Chains of sectors may not come back to where they were, and no stream
is longer than its file, whatever the container says. `repacked` puts one stream into
a plain new container, for libraries that trust what they are given.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.readers.failures import read_bytes

_HEADER_BYTES = 512
_ENTRY_BYTES = 128
_MINI_BYTES = 64
_NO_SECTOR = 0xFFFF_FFFA  # from here on numbers are marks, not sectors
_END, _FREE, _TABLE = 0xFFFF_FFFE, 0xFFFF_FFFF, 0xFFFF_FFFD
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PLAIN_BYTES = 4096
BROKEN_OLE = (struct.error, ValueError, IndexError)


def stream_names(path: Path) -> frozenset[str]:
    """Return the names at the root; none where the container is damaged."""
    try:
        return frozenset(Container(read_bytes(path)).entries)
    except BROKEN_OLE:
        return frozenset()


class Container:
    """A container in memory. Raises one of `BROKEN_OLE` where it makes no sense.

    `entries` maps the names at the root to start and size of their streams.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        (shift,) = struct.unpack_from("<H", data, 30)
        if not data.startswith(_MAGIC) or shift not in (9, 12):
            raise ValueError("no container")
        self._size = 1 << shift
        self._table = self._sector_table()
        directory = self._chain(self._number(48))
        found = [
            _entry(directory, offset)
            for offset in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES)
        ]
        self._root = found[0]
        self.entries = {
            entry[0]: entry[4:] for entry in (found[n] for n in _root_places(found))
        }

    def stream(self, name: str) -> bytes:
        """Return the bytes of a stream at the root."""
        start, size = self.entries[name]
        (smallest,) = struct.unpack_from("<I", self._data, 56)
        if size >= smallest:
            return self._chain(start)[:size]
        mini = self._chain(self._root[4])
        table = _numbers(self._chain(self._number(60)))
        pieces = (
            mini[place * _MINI_BYTES : (place + 1) * _MINI_BYTES]
            for place in _followed(start, table)
        )
        return b"".join(pieces)[:size]

    def _number(self, offset: int) -> int:
        (value,) = struct.unpack_from("<I", self._data, offset)
        return int(value)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        if start >= len(self._data):
            raise ValueError("a sector behind the end")
        return self._data[start : start + self._size]

    def _chain(self, start: int) -> bytes:
        return b"".join(map(self._sector, _followed(start, self._table)))

    def _sector_table(self) -> Sequence[int]:
        """Return the number of the next sector for each sector."""
        places = [*struct.unpack_from("<109I", self._data, 76)]
        more, seen = self._number(68), set()
        while more < _NO_SECTOR:
            if more in seen:
                raise ValueError("a chain without end")
            seen.add(more)
            *numbers, more = _numbers(self._sector(more))
            places += numbers
        sectors = (self._sector(place) for place in places if place < _NO_SECTOR)
        return _numbers(b"".join(sectors))


def repacked(name: str, stream: bytes) -> bytes:
    """Return a container that holds nothing but `stream` under `name`."""
    count = max(1, -(-len(stream) // _PLAIN_BYTES))
    body = stream.ljust(count * _PLAIN_BYTES, b"\0")
    tables = -(-(count + 2) // (_PLAIN_BYTES // 4 - 1)) + 1
    if tables > 109:
        raise ValueError("too big")
    following = [*range(1, count), _END, _END, *[_TABLE] * tables]
    following += [_FREE] * (tables * _PLAIN_BYTES // 4 - len(following))
    header = _MAGIC + bytes(16) + struct.pack("<5H", 62, 4, 0xFFFE, 12, 6) + bytes(6)
    header += struct.pack("<9I", 1, tables, count, 0, _PLAIN_BYTES, _END, 0, _END, 0)
    places = [*range(count + 1, count + 1 + tables), *[_FREE] * (109 - tables)]
    header += struct.pack("<109I", *places)
    entries = (
        # Readers want a beginning of the small streams, be there any or not.
        _entry_bytes("Root Entry", 5, 1, count, 0)
        + _entry_bytes(name, 2, _FREE, 0, max(len(stream), _PLAIN_BYTES))
    ).ljust(_PLAIN_BYTES, b"\0")
    table = struct.pack(f"<{len(following)}I", *following)
    return header.ljust(_PLAIN_BYTES, b"\0") + body + entries + table


def _entry_bytes(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + bytes(2)
    head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1)
    head += struct.pack("<3I", _FREE, _FREE, child) + bytes(36)
    return head + struct.pack("<IQ", start, size)


def _numbers(data: bytes) -> Sequence[int]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _followed(start: int, table: Sequence[int]) -> Iterator[int]:
    """Yield the sectors of a chain; none of them twice."""
    seen: set[int] = set()
    while start < _NO_SECTOR:
        if start in seen:
            raise ValueError("a chain without end")
        seen.add(start)
        yield start
        start = table[start]


def _entry(data: bytes, offset: int) -> tuple[str, int, int, int, int, int]:
    """Return name, left, right, child, start and size of an entry."""
    (length,) = struct.unpack_from("<H", data, offset + 64)
    raw = data[offset : offset + max(0, min(length, 64) - 2)]
    left, right, child = struct.unpack_from("<3I", data, offset + 68)
    start, size = struct.unpack_from("<II", data, offset + 116)
    return raw.decode("utf-16-le", "replace"), left, right, child, start, size


def _root_places(entries: Sequence[tuple[str, int, int, int, int, int]]) -> set[int]:
    """Return the places of the entries at the root, a tree of neighbours."""
    waiting, seen = [entries[0][3]], set()
    while waiting:
        place = waiting.pop()
        if place not in seen and 0 < place < len(entries):
            seen.add(place)
            waiting += entries[place][1:3]
    return seen
