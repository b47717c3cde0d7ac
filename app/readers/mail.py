"""Mails in the form in which they travel (EML): text, and attachments as members.

Python's own parser with the policy "compat32": it only splits, and a header is decoded
here and only when it is shown. The newer policy parses every header by the grammar,
which a hostile mail can make last for minutes, and raises whatever its parser stumbles on.
"""

from __future__ import annotations

import email
import mimetypes
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import collapse_rfc2231_value, parsedate_to_datetime
from pathlib import Path

from app.readers.encoding import decode
from app.readers.failures import read_bytes, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.html import html_text
from app.readers.letter import Letter, letter_document
from app.readers.names import shortened
from app.readers.packed import Member
from app.values.documents import ExtractedDocument

MAIL_ERRORS = (
    MessageError, ValueError, LookupError, AttributeError, TypeError, AssertionError,
    OverflowError,
)  # fmt: skip
_MAX_HEADER = 20_000
_MAX_PARTS = 2000
_MAX_DEPTH = 30
_FLOWED = re.compile(r"(?<=\S) \n(?!>)")
_LOCKED = (
    "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime",
    "application/pgp-encrypted",
)  # fmt: skip
_PACKED_LINES = re.compile(rb"^(?>(?:[A-Za-z0-9+/=]{60,998}\r?\n)+)", re.MULTILINE)
_LARGE_BYTES = 40_000
_LENGTH = re.compile(rb"([0-9]{1,9}) *\r?\n")
_SIGNATURES = (
    "application/pkcs7-signature", "application/x-pkcs7-signature",
    "application/pgp-signature",
)  # fmt: skip


class MailReader:
    """Reads a single mail."""

    name = "mail"
    suffixes = SUFFIXES_OF["mail"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`: subject, people, date and body; attachments are members."""
        return letter_document(letter_of(read_bytes(path), path), path)


def mail_attachments(path: Path) -> Iterator[Member]:
    """Yield what was sent along with a mail."""
    yield from letter_of(read_bytes(path), path).attachments


def letter_of(data: bytes, path: Path) -> Letter:
    """Return the message that `data` holds; `path` is named where it cannot be read."""
    # Apple's mail program writes the length before the mail, and notes behind it.
    if length := _LENGTH.match(data):
        data = data[length.end() : length.end() + int(length[1])]
    with reading(path, *MAIL_ERRORS):
        files = _Files()
        message = email.message_from_bytes(files.cut(data), policy=compat32)
        collected = _Collected(path, files)
        collected.take(message)
        return Letter(
            subject=header(message, "Subject"),
            sender=header(message, "From"),
            recipients=header(message, "To"),
            copies=header(message, "Cc"),
            sent=sent_at(header(message, "Date")),
            plain="\n\n".join(collected.plain),
            page="\n".join(collected.pages),
            attachments=tuple(collected.attachments),
            is_locked=collected.is_locked,
        )


def header(message: Message, name: str) -> str:
    """Return a header as it is meant, "" where it is missing."""
    for key, raw in message.raw_items():
        if key.lower() == name.lower():
            return words_of(str(raw))
    return ""


def words_of(raw: str) -> str:
    """Return a header's text with its encoded words decoded, as far as they can be."""
    raw = " ".join(raw[:_MAX_HEADER].split())
    try:
        pieces = decode_header(raw)
    except MAIL_ERRORS:
        return raw_text(raw)
    return "".join(
        raw_text(piece) if isinstance(piece, str) else decode(piece, charset or "")[0]
        for piece, charset in pieces
    )


def raw_text(raw: str) -> str:
    """Return a header that was written without encoding, as old programs do."""
    data = raw.encode("utf-8", "surrogateescape")
    return raw if raw.isascii() else decode(data)[0]


def sent_at(text: str) -> datetime | None:
    """Return the moment that a date header names; without a zone it is UTC."""
    try:
        sent = parsedate_to_datetime(text)
    except (*MAIL_ERRORS, RecursionError):
        return None
    return sent if sent.tzinfo is not None else sent.replace(tzinfo=UTC)


class _Files:
    """Large attachments, taken out before the parser goes through them line by line.

    That parser reads four megabytes a second. In place of the lines stands a sign that
    no mail can know.
    """

    def __init__(self) -> None:
        self._sign = secrets.token_hex(16)
        self._taken: list[bytes] = []

    def cut(self, data: bytes) -> bytes:
        """Return a mail without its large attachments."""
        return _PACKED_LINES.sub(self._take, data)

    def put_back(self, message: Message) -> None:
        """Give a part its content again."""
        payload = message.get_payload()
        if isinstance(payload, str) and self._sign in payload:
            whole = re.sub(rf"{self._sign}-(\d+)\n?", self._taken_before, payload)
            message.set_payload(whole)

    def _take(self, match: re.Match[bytes]) -> bytes:
        if len(match[0]) < _LARGE_BYTES:
            return match[0]
        self._taken.append(match[0])
        return f"{self._sign}-{len(self._taken) - 1}\n".encode()

    def _taken_before(self, match: re.Match[str]) -> str:
        return self._taken[int(match[1])].decode("ascii")


class _Collected:
    """What is found on one walk through the parts of a mail."""

    def __init__(self, path: Path, files: _Files) -> None:
        self._files = files
        self.plain: list[str] = []
        self.pages: list[str] = []
        self.attachments: list[Member] = []
        self.is_locked = False
        self._path = path
        self._seen = 0

    def take(self, message: Message, depth: int = 0, related: bool = False) -> None:
        """Take in a part and those within it."""
        self._seen += 1
        if self._seen > _MAX_PARTS or depth > _MAX_DEPTH:
            return
        kind = message.get_content_type()
        if kind in _LOCKED and "signed" not in str(message.get_param("smime-type")):
            self.is_locked = True
        if kind == "message/rfc822":
            self._attach_message(message)
        elif message.is_multipart():
            for part in message.get_payload():
                if isinstance(part, Message):
                    self.take(part, depth + 1, kind == "multipart/related")
        elif _is_body(message, kind):
            self._take_text(message, kind)
        elif kind not in _SIGNATURES and not (related and kind.startswith("image/")):
            self._attach(message, kind)

    def _take_text(self, message: Message, kind: str) -> None:
        self._files.put_back(message)
        data = content(message)
        charset = str(message.get_content_charset() or "")
        if kind == "text/html":
            self.pages.append(html_text(data, charset))
            return
        text, _ = decode(data, charset)
        if "flowed" in str(message.get_param("format")).lower():
            text = _FLOWED.sub(" ", text)
        self.plain.append(text)

    def _attach(self, message: Message, kind: str) -> None:
        name = _file_name(message)
        if not name and _is_inline_picture(message, kind):
            return
        number = len(self.attachments) + 1
        name = name or f"Anhang {number}{mimetypes.guess_extension(kind) or ''}"
        size_bytes = len(message.get_payload() or "")
        if "base64" in str(message.get("Content-Transfer-Encoding")).lower():
            size_bytes = size_bytes * 3 // 4
        files = self._files

        def blocks() -> Iterator[bytes]:
            files.put_back(message)
            yield content(message)

        self.attachments.append(Member(name, size_bytes, blocks))

    def _attach_message(self, message: Message) -> None:
        inner = message.get_payload()
        inner = inner[0] if isinstance(inner, list) and inner else None
        if not isinstance(inner, Message):
            return
        title = _file_name(message) or header(inner, "Subject")
        title = shortened(title.removesuffix(".eml")) or "Nachricht"
        path, files = self._path, self._files

        def blocks() -> Iterator[bytes]:
            with reading(path, *MAIL_ERRORS):
                for part in inner.walk():
                    files.put_back(part)
                yield inner.as_bytes()

        self.attachments.append(Member(f"{title}.eml", 0, blocks))


def content(message: Message) -> bytes:
    """Return a part's bytes without their transfer encoding."""
    data = message.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _is_body(message: Message, kind: str) -> bool:
    if kind not in ("text/plain", "text/html"):
        return False
    return message.get_content_disposition() != "attachment" and not _file_name(message)


def _is_inline_picture(message: Message, kind: str) -> bool:
    is_inline = message.get_content_disposition() == "inline"
    return kind.startswith("image/") and (is_inline or "Content-ID" in message)


def _file_name(message: Message) -> str:
    """Return a part's file name; encoded words in it are forbidden, and common."""
    for name, where in (("filename", "Content-Disposition"), ("name", "Content-Type")):
        value = message.get_param(name, None, where)
        if value:
            text = collapse_rfc2231_value(value) if isinstance(value, tuple) else value
            return words_of(str(text))
    return ""
