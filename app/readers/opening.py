"""The one place where a reader opens the file it was asked to read.

A process that reads for another may open nothing itself (`app.workers.confine`); its
parent hands the file over already open, and `handed` says which path that is. Every
other file is opened as usual.

Invariant: a reader opens its file by `open_file` alone (`tests/readers/test_opening.py`).
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_handed: dict[Path, int] = {}


@contextmanager
def handed(path: Path, number: int | None) -> Iterator[None]:
    """Let `open_file(path)` give the open file `number` inside; None changes nothing."""
    if number is None:
        yield
        return
    _handed[path] = number
    try:
        yield
    finally:
        del _handed[path]


def is_handed(path: Path) -> bool:
    """Tell whether the file cannot be opened by its path."""
    return path in _handed


def open_file(path: Path) -> io.BufferedReader:
    """Open a file for reading, from its beginning. Raises OSError."""
    number = _handed.get(path)
    return path.open("rb") if number is None else io.BufferedReader(_Handed(number))


def file_status(path: Path) -> os.stat_result:
    """Return what the system knows of the file. Raises OSError."""
    number = _handed.get(path)
    return path.stat() if number is None else os.fstat(number)


class _Handed(io.RawIOBase):
    """An open file with a place of its own: several may read the same one at once."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self._place = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def fileno(self) -> int:
        """Return the number of the open file, for `mmap`."""
        return self._number

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into a buffer; return how many bytes."""
        count = os.preadv(self._number, [buffer], self._place)
        self._place += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; return it."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place}.get(whence)
        if start is None:
            start = os.fstat(self._number).st_size
        if start + offset < 0:
            raise OSError("before the beginning")
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        """Return the place."""
        return self._place
