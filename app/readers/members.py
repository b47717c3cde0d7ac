"""Documents within documents: archives, courses, and what was sent along with mails.

    members(kurs.zip) ── Member "Woche 1/Blatt.pdf" ── private copy ── any reader

A member is known by the path of what holds it and its name there, as if that were a
folder. `opened` is the one way from such a path to a file that a reader can open: a copy
in a folder that only this user can look into, gone as soon as the reading is done.

Invariant: nothing is unpacked under a path that the archive chose; only the last part of
a name, made harmless, becomes a file name, and only in that folder of its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.errors import DocumentError
from app.readers.failures import MAX_FILE_BYTES, failure, no_room
from app.readers.formats import CONTAINERS, SUFFIXES_OF, recognise
from app.readers.leftovers import sweep
from app.readers.names import Names, file_name
from app.readers.packed import Member, entries
from app.values.ports import Reader

# A zip in a zip, or the attachment of a mail in a zip; not what lies deeper.
MAX_DEPTH = 2
COPIES = "allmende-member-"
_SUFFIXES = frozenset(suffix for kind in CONTAINERS for suffix in SUFFIXES_OF[kind])


def may_hold_members(path: Path) -> bool:
    """Tell by its name whether a file may hold documents of its own."""
    return path.suffix.lower() in _SUFFIXES or not path.suffix


def members(path: Path) -> Iterator[Member]:
    """Yield what a file holds, each under a name that is safe and its own.

    The blocks of a member can be read only until the next one is asked for. A file that
    holds nothing yields nothing. Raises DocumentError where it cannot be read (on).
    """
    kind, _ = recognise(path)
    names = Names()
    for member in _raw_members(kind, path):
        yield Member(names.of(member.name), member.size_bytes, member.blocks)


def is_archive(path: Path) -> bool:
    """Tell whether a file is nothing but a wrapping for others. Raises DocumentError."""
    return recognise(path)[0] in ("zip", "moodle", "cartridge")


class _Copyable(Protocol):
    """A member of which a file can be had."""

    @property
    def name(self) -> str:
        """Its path in the archive."""

    def copy(self) -> AbstractContextManager[Path]:
        """Give a file with its content, gone afterwards."""


def _copyable(path: Path) -> Iterator[_Copyable]:
    for member in members(path):
        yield _Unpacked(member)


@dataclass(frozen=True, slots=True)
class _Unpacked:
    member: Member

    @property
    def name(self) -> str:
        return self.member.name

    def copy(self) -> AbstractContextManager[Path]:
        return private_copy(self.member)


@contextmanager
def opened(
    path: Path, inside: Callable[[Path], Iterator[_Copyable]] = _copyable
) -> Iterator[Path]:
    """Give a file that can be opened: `path` itself, or a copy of the member it names.

    `inside` tells what a file holds. Raises DocumentError where the archive is there
    and the member is not.
    """
    holder = _holder(path)
    if holder is None:
        yield path
        return
    wanted = path.relative_to(holder).as_posix()
    for member in inside(holder):
        is_it = member.name == wanted
        holds_it = wanted.startswith(f"{member.name}/")
        if is_it or (holds_it and may_hold_members(Path(member.name))):
            rest = wanted[len(member.name) + 1 :]
            with member.copy() as copy, opened(copy / rest, inside) as file:
                yield file
            return
    raise failure("vanished", path)


@contextmanager
def private_copy(member: Member) -> Iterator[Path]:
    """Give a member as file in a folder of its own, and remove both afterwards.

    Raises DocumentError, which names the member and not the file that holds it.
    """
    sweep(COPIES)
    name = file_name(member.name)
    try:
        folder = tempfile.mkdtemp(prefix=COPIES)
    except OSError as error:
        raise no_room(Path(name)) from error
    try:
        path = Path(folder, name)
        write_member(member, path)
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def container_reader(kind: str) -> Reader:
    """Return the reader for what a container says itself."""
    match kind:
        case "mail":
            from app.readers.mail import MailReader

            return MailReader()
        case "outlook":
            from app.readers.msg import OutlookReader

            return OutlookReader()
        case "mailbox":
            from app.readers.mbox import MailboxReader

            return MailboxReader()
        case "moodle":
            from app.readers.moodle import MoodleReader

            return MoodleReader()
        case "cartridge":
            from app.readers.cartridge import CartridgeReader

            return CartridgeReader()
        case _:
            from app.readers.zip import ZipReader

            return ZipReader()


def _raw_members(kind: str, path: Path) -> Iterator[Member]:
    match kind:
        case "mail":
            from app.readers.mail import mail_attachments as found
        case "outlook":
            from app.readers.msg import outlook_attachments as found
        case "mailbox":
            from app.readers.mbox import mailbox_attachments as found
        case "moodle":
            from app.readers.moodle import moodle_members as found
        case "cartridge":
            from app.readers.cartridge import cartridge_members as found
        case "zip":
            found = entries
        case _:
            return
    yield from found(path)


def write_member(member: Member, path: Path, number: int | None = None) -> None:
    """Write a member into a new file. Raises DocumentError, which names that file.

    With `number` the file is open already, and closed afterwards.
    """
    left = MAX_FILE_BYTES
    blocks = member.blocks()
    try:
        with path.open("xb") if number is None else os.fdopen(number, "wb") as file:
            while block := _next(blocks, path):
                left -= len(block)
                if left < 0:
                    raise failure("too_big", path)
                file.write(block)
    except OSError as error:
        raise no_room(path) from error


def _next(blocks: Iterator[bytes], path: Path) -> bytes:
    """Return the next block, b"" at the end; what goes wrong names the member."""
    try:
        return next(filter(None, blocks), b"")
    except DocumentError as error:
        raise DocumentError(
            error.reason, error.sentence, error.remedy, file=path.name
        ) from error


def _holder(path: Path) -> Path | None:
    """Return the file that holds the member `path` names, None where it is a file."""
    with contextlib.suppress(OSError, ValueError):
        if path.exists():
            return None
        for parent in path.parents:
            if parent.exists():
                return parent if parent.is_file() else None
    return None
