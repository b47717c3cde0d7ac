"""A message as text: what all mail formats have in common.

    heading   the subject
    lines     Von, An, Kopie, Datum (as this computer's clock shows it)
    body      plain text as it was sent, or the page (HTML) as a browser shows it

The labels are German whatever the mail's language: a text must not depend on the
language that the window had when it was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from app.readers.builder import TextBuilder, tidy
from app.readers.failures import failure
from app.readers.html import HTML_ERRORS, html_document
from app.readers.packed import Member
from app.values.documents import ExtractedDocument, Heading, Part

_DAYS = (
    "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag",
)  # fmt: skip
_LONGEST_LINE = 2000
# A plain text that says only “your program shows no HTML” is no match for the page.
_POOR_SHARE = 1 / 4
_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `sent` is None where its date is missing or nonsense."""

    subject: str = ""
    sender: str = ""
    recipients: str = ""
    copies: str = ""
    sent: datetime | None = None
    plain: str = ""
    page: str = ""
    attachments: tuple[Member, ...] = ()
    is_locked: bool = False


@dataclass(slots=True)
class Joined:
    """Grows a document from documents; the headings and parts of each move along."""

    _texts: list[str] = field(default_factory=list)
    _headings: list[Heading] = field(default_factory=list)
    _parts: list[Part] = field(default_factory=list)
    length: int = 0

    def add(self, document: ExtractedDocument, deeper: int = 0) -> tuple[int, int]:
        """Append a document, its headings `deeper` levels down; return start and end."""
        if not document.text:
            return self.length, self.length
        if self._texts:
            self._texts.append(_BETWEEN)
            self.length += len(_BETWEEN)
        start = self.length
        self._texts.append(document.text)
        self.length += len(document.text)
        for heading in document.headings:
            moved = replace(
                heading,
                level=heading.level + deeper,
                start=heading.start + start,
                end=heading.end + start,
            )
            self._headings.append(moved)
        return start, self.length

    def part(self, kind: str, document: ExtractedDocument, label: str) -> None:
        """Append a document as a part of its own."""
        start, end = self.add(document)
        if end > start:
            number = len(self._parts) + 1
            self._parts.append(Part(kind, number, start, end, label))

    def build(
        self, name: str, title: str, warnings: tuple[str, ...] = ()
    ) -> ExtractedDocument:
        """Return what was collected."""
        return ExtractedDocument(
            text="".join(self._texts),
            headings=tuple(self._headings),
            title=title,
            format=name,
            warnings=warnings,
            parts=tuple(self._parts),
        )


def letter_document(letter: Letter, path: Path) -> ExtractedDocument:
    """Return a message as document. Raises DocumentError where only a lock is seen."""
    body = _body(letter)
    if letter.is_locked and not body.text:
        raise failure("encrypted", path)
    head = TextBuilder()
    head.heading(letter.subject[:_LONGEST_LINE], 1)
    lines = "\n".join(_head_lines(letter))
    head.paragraph(lines)
    joined = Joined()
    joined.add(head.build("mail"))
    joined.add(body, deeper=1)
    return joined.build("mail", tidy(letter.subject[:_LONGEST_LINE]))


def local_time(sent: datetime) -> str:
    """Return when a message was sent, by this computer's clock, as Germans write it."""
    try:
        here = sent.astimezone()
    except (OverflowError, ValueError, OSError):
        here = sent
    return f"{_DAYS[here.weekday()]}, {here:%d.%m.%Y, %H:%M} Uhr"


def plain_document(text: str) -> ExtractedDocument:
    """Return plain text as paragraphs: an empty line ends one."""
    builder = TextBuilder()
    for paragraph in re.split(r"\n[ \t>]*\n", text):
        builder.paragraph(paragraph)
    return builder.build("mail")


def _head_lines(letter: Letter) -> Iterator[str]:
    sent = local_time(letter.sent) if letter.sent is not None else ""
    files = ", ".join(attachment.name for attachment in letter.attachments)
    for label, value in (
        ("Von", letter.sender),
        ("An", letter.recipients),
        ("Kopie", letter.copies),
        ("Datum", sent),
        ("Anhang", files),
    ):
        line = tidy(value).replace("\n", " ")
        if line:
            yield f"{label}: {line[:_LONGEST_LINE]}"


def _body(letter: Letter) -> ExtractedDocument:
    plain = plain_document(letter.plain)
    if not letter.page.strip():
        return plain
    try:
        page = html_document(letter.page)
    except HTML_ERRORS:
        return plain
    poor = len(plain.text) < _POOR_SHARE * len(page.text)
    return page if poor else plain


def recipients(names: Iterable[str]) -> str:
    """Return several addresses as one line."""
    return "; ".join(name for name in names if name)
