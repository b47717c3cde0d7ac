"""Outlook messages (MSG): properties in the streams of an OLE container.

Owner of olefile. Names of streams and types of properties: [MS-OXMSG] 2.1 to 2.4,
[MS-OXPROPS]. A message within a message has no bytes of its own; it becomes a mail.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import olefile

from app.readers.encoding import decode
from app.readers.failures import failure, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.html import html_text
from app.readers.letter import Letter, letter_document, recipients
from app.readers.names import shortened
from app.readers.packed import Member
from app.values.documents import ExtractedDocument

BROKEN_OLE = (
    struct.error, ValueError, IndexError, KeyError, TypeError,
    AttributeError, AssertionError, OverflowError,
)  # fmt: skip
_SUBJECT, _BODY, _HTML = 0x0037, 0x1000, 0x1013
_SENDER_NAME, _SENDER_ADDRESS, _SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
_SENT, _RECEIVED = 0x0039, 0x0E06
_NAME, _ADDRESS, _SMTP, _ROLE = 0x3001, 0x3003, 0x39FE, 0x0C15
_DATA, _METHOD, _LONG_NAME, _SHORT_NAME = 0x3701, 0x3705, 0x3707, 0x3704
_HIDDEN = 0x7FFE
_CLASS = 0x001A
_TEXT, _OLD_TEXT, _BYTES, _STORAGE = "001F", "001E", "0102", "000D"
_TO, _CC = 1, 2
_EMBEDDED = 5
_MAX_NAMED = 2000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

Storage = tuple[str, ...]


class OutlookReader:
    """Reads a single message saved by Outlook."""

    name = "outlook"
    suffixes = SUFFIXES_OF["outlook"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`: subject, people, date and body; attachments are members."""
        with reading(path, *BROKEN_OLE), olefile.OleFileIO(path) as ole:
            letter = _Message(ole, (), path).letter()
        return letter_document(letter, path)


def outlook_attachments(path: Path) -> Iterator[Member]:
    """Yield what was sent along with a message."""
    with reading(path, *BROKEN_OLE), olefile.OleFileIO(path) as ole:
        yield from _Message(ole, (), path).letter().attachments


class _Message:
    """A message in a storage of an OLE file."""

    def __init__(self, ole: olefile.OleFileIO, at: Storage, path: Path) -> None:
        self._ole = ole
        self._at = at
        self._path = path
        # Behind a head of 32 bytes (24 within another message) stand 16 for each value.
        self._fixed = _fixed(ole, at, 24 if at else 32)
        if not self._fixed and not self._text(_CLASS):
            raise failure("unreadable", path)

    def letter(self) -> Letter:
        """Return what the message says."""
        people = list(self._people())
        address = self._text(_SENDER_SMTP) or self._text(_SENDER_ADDRESS)
        return Letter(
            subject=self._text(_SUBJECT),
            sender=_person(self._text(_SENDER_NAME), address),
            recipients=recipients(name for role, name in people if role == _TO),
            copies=recipients(name for role, name in people if role == _CC),
            sent=self._time(_SENT) or self._time(_RECEIVED),
            plain=self._text(_BODY).replace("\r\n", "\n"),
            page=self._page(),
            attachments=tuple(self._attachments()),
            is_locked=".SMIME" in self._text(_CLASS).upper()
            and "MULTIPARTSIGNED" not in self._text(_CLASS).upper(),
        )

    def _page(self) -> str:
        data = _stream(self._ole, self._at, _HTML, _BYTES)
        return html_text(data) if data else self._text(_HTML)

    def _people(self) -> Iterator[tuple[int, str]]:
        for at in self._storages("__recip_version1.0_"):
            name = _text(self._ole, at, _NAME)
            address = _text(self._ole, at, _SMTP) or _text(self._ole, at, _ADDRESS)
            role = int.from_bytes(
                _fixed(self._ole, at, 8).get(_ROLE, b"\1")[:4], "little"
            )
            yield role, _person(name, address)

    def _attachments(self) -> Iterator[Member]:
        for number, at in enumerate(self._storages("__attach_version1.0_"), 1):
            fixed = _fixed(self._ole, at, 8)
            method = int.from_bytes(fixed.get(_METHOD, b"")[:4], "little")
            if any(fixed.get(_HIDDEN, b"")[:2]):
                continue
            if method == _EMBEDDED:
                yield self._embedded(at, number)
                continue
            name = _text(self._ole, at, _LONG_NAME) or _text(self._ole, at, _SHORT_NAME)
            size_bytes = _size(self._ole, at, _DATA, _BYTES)
            name = name or f"Anhang {number}"
            yield Member(name, size_bytes, _Blocks(self._ole, at, self._path))

    def _embedded(self, at: Storage, number: int) -> Member:
        inner = (*at, f"__substg1.0_{_DATA:04X}{_STORAGE}")
        ole, path = self._ole, self._path
        title = shortened(_text(ole, inner, _SUBJECT)) or f"Nachricht {number}"

        def blocks() -> Iterator[bytes]:
            with reading(path, *BROKEN_OLE, MessageError):
                yield as_mail(_Message(ole, inner, path).letter())

        return Member(f"{title}.eml", 0, blocks)

    def _storages(self, prefix: str) -> list[Storage]:
        depth = len(self._at)
        found = (
            tuple(entry)
            for entry in self._ole.listdir(streams=False, storages=True)
            if len(entry) == depth + 1 and tuple(entry[:depth]) == self._at
        )
        return sorted(at for at in found if at[-1].startswith(prefix))[:_MAX_NAMED]

    def _text(self, tag: int) -> str:
        return _text(self._ole, self._at, tag)

    def _time(self, tag: int) -> datetime | None:
        ticks = int.from_bytes(self._fixed.get(tag, b""), "little")
        try:
            return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None


class _Blocks:
    """The bytes of an attachment, read when they are asked for."""

    def __init__(self, ole: olefile.OleFileIO, at: Storage, path: Path) -> None:
        self._ole = ole
        self._at = at
        self._path = path

    def __call__(self) -> Iterator[bytes]:
        with reading(self._path, *BROKEN_OLE):
            yield _stream(self._ole, self._at, _DATA, _BYTES)


def as_mail(letter: Letter) -> bytes:
    """Return a message as the mail it could have been."""
    mail = EmailMessage()
    for name, value in (
        ("Subject", letter.subject),
        ("From", letter.sender),
        ("To", letter.recipients),
        ("Cc", letter.copies),
    ):
        line = " ".join(value.split())
        if line:
            mail.add_header(name, line)
    if letter.sent is not None:
        mail["Date"] = format_datetime(letter.sent)
    mail.set_content(letter.plain)
    if letter.page:
        mail.add_alternative(letter.page, subtype="html")
    for attachment in letter.attachments:
        data = b"".join(attachment.blocks())
        mail.add_attachment(
            data,
            maintype="application",
            subtype="octet-stream",
            filename=shortened(attachment.name),
        )
    return mail.as_bytes()


def _person(name: str, address: str) -> str:
    # Within an organisation the address is a path in its directory, not a mail address.
    shown = address if "@" in address else ""
    if name and shown and name != shown:
        return f"{name} <{shown}>"
    return name or shown


def _text(ole: olefile.OleFileIO, at: Storage, tag: int) -> str:
    data = _stream(ole, at, tag, _TEXT)
    if data:
        return data.decode("utf-16-le", "replace").rstrip("\0")
    return decode(_stream(ole, at, tag, _OLD_TEXT))[0].rstrip("\0")


def _fixed(ole: olefile.OleFileIO, at: Storage, head_bytes: int) -> dict[int, bytes]:
    """Return the values of fixed length: number of the property → 8 bytes."""
    name = "/".join((*at, "__properties_version1.0"))
    if not ole.exists(name):
        return {}
    data = ole.openstream(name).read()[head_bytes:]
    return {
        int.from_bytes(data[start + 2 : start + 4], "little"): data[
            start + 8 : start + 16
        ]
        for start in range(0, len(data) - 15, 16)
    }


def _stream(ole: olefile.OleFileIO, at: Storage, tag: int, kind: str) -> bytes:
    name = "/".join((*at, f"__substg1.0_{tag:04X}{kind}"))
    if not ole.exists(name) or ole.get_type(name) != olefile.STGTY_STREAM:
        return b""
    data = ole.openstream(name).read()
    return data if isinstance(data, bytes) else b""


def _size(ole: olefile.OleFileIO, at: Storage, tag: int, kind: str) -> int:
    name = "/".join((*at, f"__substg1.0_{tag:04X}{kind}"))
    return int(ole.get_size(name)) if ole.exists(name) else 0
