"""Reads what a Windows program or library needs, from its import tables.

The format is Microsoft's "PE Format", sections "Optional Header Data Directories", "The
.idata Section" and "Delay-Load Import Tables". objdump stops reading at a table that a
wheel's tool has moved to a section of its own, without a word; so it is read here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

_PE32_PLUS = 0x20B
_IMPORTS, _DELAYED = 1, 13
# By directory: bytes of a row, and where in it the addresses of the name and of the list of
# functions stand.
_ROWS = {_IMPORTS: (20, 12, 0), _DELAYED: (32, 4, 16)}


def imports(path: Path, delayed: bool = False) -> dict[str, list[str]]:
    """Return the libraries that a file names, each with the functions wanted by name.

    `delayed` adds those that are loaded when first used. Raises `ValueError` for a file
    that is none of Windows'.
    """
    image = _Image(path.read_bytes())
    found: dict[str, list[str]] = {}
    for directory in (_IMPORTS, _DELAYED)[: 2 if delayed else 1]:
        for name, functions in image.imports(directory):
            found.setdefault(name, []).extend(functions)
    return found


class _Image:
    """The bytes of a file, read by the addresses that it has in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            (at,) = struct.unpack_from("<I", data, 0x3C)
            signature, _, sections, options_size, _, self._magic = struct.unpack_from(
                "<4sHH12xHHH", data, at
            )
        except struct.error:
            raise ValueError("too short for a program") from None
        if signature != b"PE\0\0":
            raise ValueError("no program of Windows")
        self._is_wide = self._magic == _PE32_PLUS
        options = at + 24
        self._directories = options + (112 if self._is_wide else 96)
        self._sections = [
            struct.unpack_from("<IIII", data, options + options_size + 40 * number + 8)
            for number in range(sections)
        ]

    def imports(self, directory: int) -> Iterator[tuple[str, list[str]]]:
        """Yield the libraries of one table and the functions wanted from each."""
        (table,) = struct.unpack_from(
            "<I", self._data, self._directories + 8 * directory
        )
        size, name_at, functions_at = _ROWS[directory]
        while table:
            row = self._offset(table)
            (name,) = struct.unpack_from("<I", self._data, row + name_at)
            if not name:
                return
            (functions,) = struct.unpack_from("<I", self._data, row + functions_at)
            yield self._text(name), list(self._functions(functions))
            table += size

    def _functions(self, address: int) -> Iterator[str]:
        form, size = ("<Q", 8) if self._is_wide else ("<I", 4)
        while address:
            (entry,) = struct.unpack_from(form, self._data, self._offset(address))
            if not entry:
                return
            # The highest bit: wanted by its number.
            if not entry >> (size * 8 - 1):
                yield self._text((entry & 0x7FFFFFFF) + 2)
            address += size

    def _offset(self, address: int) -> int:
        for size, start, raw_size, raw in self._sections:
            if start <= address < start + max(size, raw_size):
                return raw + address - start
        raise ValueError(f"no section holds {address:#x}")

    def _text(self, address: int) -> str:
        start = self._offset(address)
        return self._data[start : self._data.index(b"\0", start)].decode("ascii")
