"""Zip containers from strangers: opened only after their real size is known.

Word and OpenDocument files are zip archives, and a megabyte of zip can hold gigabytes.
Every member is therefore unpacked once block by block and counted before any library
sees the file. Nothing is ever unpacked to disk.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.readers.failures import failure, reading
from app.readers.opening import open_file

MAX_TOTAL_BYTES = 200 * 1024 * 1024
MAX_XML_BYTES = 50 * 1024 * 1024
MAX_MEMBERS = 10_000
MAX_RATIO = 300
_RATIO_MATTERS_BYTES = 10 * 1024 * 1024
_BLOCK_BYTES = 1 << 20
BROKEN_ZIP = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


@contextmanager
def checked_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip file whose members are all intact and within the limits above."""
    with (
        reading(path, *BROKEN_ZIP),
        open_file(path) as file,
        zipfile.ZipFile(file) as archive,
    ):
        _check_declared(path, archive)
        _check_real(path, archive)
        yield archive


def _check_declared(path: Path, archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise failure("encrypted", path)
    if len(members) > MAX_MEMBERS:
        raise failure("too_big", path)
    for member in members:
        size, packed = member.file_size, max(1, member.compress_size)
        is_bomb = size > _RATIO_MATTERS_BYTES and size / packed > MAX_RATIO
        if is_bomb or (size > MAX_XML_BYTES and _is_markup(member.filename)):
            raise failure("too_big", path)
    if sum(member.file_size for member in members) > MAX_TOTAL_BYTES:
        raise failure("too_big", path)


def _check_real(path: Path, archive: zipfile.ZipFile) -> None:
    total = 0
    for member in archive.infolist():
        with archive.open(member) as stream:
            while block := stream.read(_BLOCK_BYTES):
                total += len(block)
                if total > MAX_TOTAL_BYTES:
                    raise failure("too_big", path)


def _is_markup(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels"))
