"""Zip and tar files from strangers, read one member after the other.

`checked_archive` is for formats that are one document in a zip; here each member is a
document of its own, and most (films, pictures) are never unpacked. Limits: how much one
member and all of them together may unpack to, how many there are, and how far they are
squeezed; the real size counts, whatever the archive declares. Nothing is written.

Invariant: a member's blocks can be read only until the next member is asked for; a
damaged, locked or huge member fails alone where the format permits it.
"""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import DocumentError
from app.readers.archive import BROKEN_ZIP, MAX_RATIO
from app.readers.failures import MAX_FILE_BYTES, failure, reading
from app.readers.names import zip_name
from app.readers.opening import file_status, open_file
from app.readers.progress import step

MAX_ENTRIES = 100_000
MAX_MEMBERS = 10_000
MAX_TOTAL_BYTES = 2 << 30
MAX_STREAM_BYTES = 8 << 30
_RATIO_MATTERS_BYTES = 10 << 20
_BLOCK_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
BROKEN = (*BROKEN_ZIP, IndexError, OverflowError, struct.error, lzma.LZMAError)
BROKEN_TAR = (
    tarfile.TarError, zlib.error, EOFError, KeyError, ValueError, IndexError,
    OverflowError, struct.error,
)  # fmt: skip

Blocks = Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive or an attachment, by the name it has there.

    `blocks` yields its content and raises DocumentError where it cannot be read.
    """

    name: str
    size_bytes: int
    blocks: Blocks

    def read(self, limit_bytes: int = MAX_FILE_BYTES) -> bytes:
        """Return the whole content; raise when it is more than `limit_bytes`."""
        data = bytearray()
        for block in self.blocks():
            data += block
            if len(data) > limit_bytes:
                raise failure("too_big", Path(self.name))
        return bytes(data)


class Budget:
    """Counts what an archive has unpacked to, so that it ends somewhere."""

    def __init__(self) -> None:
        self._left = MAX_TOTAL_BYTES

    def spend(self, size_bytes: int, name: str) -> None:
        """Note that so much was unpacked. Raises DocumentError when it is too much."""
        self._left -= size_bytes
        if self._left < 0:
            raise failure("too_big", Path(name))


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip file without unpacking any of it."""
    with (
        reading(path, *BROKEN),
        open_file(path) as file,
        zipfile.ZipFile(file) as archive,
    ):
        if len(archive.infolist()) > MAX_ENTRIES:
            raise failure("too_big", path)
        yield archive


def is_zip(path: Path) -> bool:
    """Tell by its first bytes whether a file is a zip archive."""
    with reading(path), open_file(path) as file:
        return file.read(2) == b"PK"


def entries(path: Path) -> Iterator[Member]:
    """Yield the files in a zip or tar archive in its order."""
    return _zip_entries(path) if is_zip(path) else _tar_entries(path)


def names_in(path: Path) -> list[str]:
    """Return what the archive calls its files."""
    return [entry.name for entry in entries(path)]


def _zip_entries(path: Path) -> Iterator[Member]:
    budget = Budget()
    with opened_zip(path) as archive:
        for info in archive.infolist():
            if info.filename and not info.is_dir():
                blocks = _ZipBlocks(archive, info, budget)
                yield Member(zip_name(info), info.file_size, blocks)


@dataclass(frozen=True, slots=True)
class _ZipBlocks:
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    budget: Budget

    def __call__(self) -> Iterator[bytes]:
        name = self.info.filename
        self._check_declared(Path(name))
        with (
            reading(Path(name), *BROKEN),
            self.archive.open(self.info) as stream,
        ):
            while block := stream.read(_BLOCK_BYTES):
                self.budget.spend(len(block), name)
                yield block

    def _check_declared(self, path: Path) -> None:
        size, packed = self.info.file_size, max(1, self.info.compress_size)
        if self.info.flag_bits & 1:
            raise failure("encrypted", path)
        is_bomb = size > _RATIO_MATTERS_BYTES and size / packed > MAX_RATIO
        if is_bomb or size > MAX_FILE_BYTES:
            raise failure("too_big", path)


class _Unpacking(io.RawIOBase):
    """The unpacked bytes of a gzip file; refuses to go on where they have no end."""

    def __init__(self, file: io.BufferedIOBase | gzip.GzipFile, path: Path) -> None:
        super().__init__()
        self._file = file
        self._path = path
        self._packed_bytes = max(1, file_status(path).st_size)
        self._done_bytes = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; one request for very many is a bomb as well."""
        if not 0 <= size <= MAX_FILE_BYTES:
            raise failure("too_big", self._path)
        data = self._file.read(size)
        step(0, 0)
        self._done_bytes += len(data)
        ratio = self._done_bytes / self._packed_bytes
        is_bomb = self._done_bytes > 5 * _RATIO_MATTERS_BYTES and ratio > MAX_RATIO
        if is_bomb or self._done_bytes > MAX_STREAM_BYTES:
            raise failure("too_big", self._path)
        return data


def _tar_entries(path: Path) -> Iterator[Member]:
    budget = Budget()
    count = 0
    with (
        reading(path, *BROKEN_TAR),
        open_file(path) as file,
        _plain(file) as plain,
        tarfile.open(fileobj=_Unpacking(plain, path), mode="r|") as archive,
    ):
        for info in archive:
            count += 1
            if count > MAX_ENTRIES:
                raise failure("too_big", path)
            if info.isreg():
                yield Member(info.name, info.size, _TarBlocks(archive, info, budget))
            # What tarfile remembers of each file would grow with the archive.
            vars(archive)["members"] = []


@contextmanager
def _plain(file: io.BufferedReader) -> Iterator[io.BufferedIOBase | gzip.GzipFile]:
    head = file.peek(2)[:2]
    if head != _GZIP:
        yield file
        return
    with gzip.GzipFile(fileobj=file) as unpacked:
        yield unpacked


@dataclass(frozen=True, slots=True)
class _TarBlocks:
    archive: tarfile.TarFile
    info: tarfile.TarInfo
    budget: Budget

    def __call__(self) -> Iterator[bytes]:
        name = self.info.name
        if self.info.size > MAX_FILE_BYTES:
            raise failure("too_big", Path(name))
        with reading(Path(name), *BROKEN_TAR):
            stream = self.archive.extractfile(self.info)
            while stream is not None and (block := stream.read(_BLOCK_BYTES)):
                self.budget.spend(len(block), name)
                yield block


def readable(entry: Member, limit_bytes: int) -> bytes | None:
    """Return the content of a member that helps to understand an archive, or None."""
    try:
        return entry.read(limit_bytes)
    except DocumentError:
        return None
