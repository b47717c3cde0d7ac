"""Mailboxes: many mails in one file, each a part of the document (MBOX, RFC 4155).

The file is read line by line and holds one mail in memory at a time; attachments are
members. A mail that cannot be read costs only itself and leaves a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from app.errors import DocumentError
from app.readers.builder import tidy
from app.readers.failures import failure, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.letter import Joined, Letter, letter_document
from app.readers.mail import letter_of
from app.readers.names import shortened
from app.readers.opening import open_file
from app.readers.packed import MAX_MEMBERS, Member
from app.readers.progress import step
from app.values.documents import ExtractedDocument

MAX_MESSAGE_BYTES = 100 << 20
MAX_TEXT_LENGTH = 50_000_000
_LINE_BYTES = 1 << 20
# “From name date”, as every program writes it; in a text somebody may write “From …” too.
_BEGIN = re.compile(rb"From .{0,200}?\d?\d:\d\d.{0,80}$", re.DOTALL)
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


class MailboxReader:
    """Reads the mails of a mailbox in their order."""

    name = "mailbox"
    suffixes = SUFFIXES_OF["mailbox"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; each mail is a part "message" with its subject as label."""
        joined = Joined()
        broken = False
        for number, letter in enumerate(letters(path), 1):
            step(number, 0)
            if letter is None:
                broken = True
                continue
            try:
                document = letter_document(letter, path)
            except DocumentError:
                broken = True
                continue
            joined.part("message", document, tidy(document.title).replace("\n", " "))
            if joined.length > MAX_TEXT_LENGTH:
                raise failure("too_big", path)
        if not joined.length:
            raise failure("unreadable" if broken else "empty", path)
        return joined.build("mailbox", "", ("messages",) if broken else ())


def mailbox_attachments(path: Path) -> Iterator[Member]:
    """Yield what was sent along with each mail, in a folder named after it."""
    count = 0
    for number, letter in enumerate(letters(path), 1):
        if letter is None:
            continue
        folder = f"{number} {shortened(letter.subject)}".rstrip()
        for attachment in letter.attachments:
            count += 1
            if count > MAX_MEMBERS:
                raise failure("too_big", path)
            yield replace(attachment, name=f"{folder}/{shortened(attachment.name)}")


def letters(path: Path) -> Iterator[Letter | None]:
    """Yield each mail of a mailbox, None where one cannot be read."""
    for data in _messages(path):
        if data is None:
            yield None
            continue
        try:
            yield letter_of(data, path)
        except DocumentError:
            yield None


def _messages(path: Path) -> Iterator[bytes | None]:
    """Yield the bytes of each mail without its first line, None for a far too big one."""
    lines: list[bytes] = []
    size_bytes = 0
    after_blank, is_first = True, True
    with reading(path), open_file(path) as file:
        while line := file.readline(_LINE_BYTES):
            if after_blank and line.startswith(b"From ") and _begins(line, is_first):
                whole = None if is_first else _whole(lines, size_bytes)
                lines.clear()
                if not is_first:
                    yield whole
                whole, size_bytes, is_first, after_blank = None, 0, False, False
                continue
            size_bytes += len(line)
            if size_bytes <= MAX_MESSAGE_BYTES:
                lines.append(line)
            after_blank = line in (b"\n", b"\r\n")
    if lines:
        yield _whole(lines, size_bytes)


def _begins(line: bytes, is_first: bool) -> bool:
    return is_first or bool(_BEGIN.match(line.rstrip(b"\r\n")))


def _whole(lines: list[bytes], size_bytes: int) -> bytes | None:
    if size_bytes > MAX_MESSAGE_BYTES:
        return None
    return _QUOTED.sub(rb"\1", b"".join(lines))
