"""Collects paragraphs and headings into one text with offsets.

For formats that know their paragraphs (Word, OpenDocument, HTML): paragraphs are
separated by an empty line, items of a list and rows of a table by a line end.
Formats of slides, sheets or chapters begin each with `begin_part`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.invisible import hides_text, visible
from app.values.documents import ExtractedDocument, Heading, Part, Table

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\u00ad]")
_SEPARATOR = "\n\n"
_BLANKS = re.compile("[^\\S\n]+")
_LINE_EDGES = re.compile(" ?\n[ \n]*")


def tidy(text: str) -> str:
    """Return `text` with single spaces and no empty lines.

    Control characters and those that nobody sees are left out.
    """
    text = _BLANKS.sub(" ", _CONTROL.sub("", visible(text)))
    return _LINE_EDGES.sub("\n", text).strip()


def one_line(text: str) -> str:
    """Return `text` tidied on one line; what is tidy already stays as it is."""
    if text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]:
        return text
    return tidy(text).replace("\n", " ")


class TextBuilder:
    """Grows a document piece by piece; empty pieces are ignored."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._in_list = False
        self._headings: list[Heading] = []
        self._tables: list[Table] = []
        self._begun: list[tuple[str, int, int, str]] = []
        self._warnings: dict[str, None] = {}

    @property
    def length(self) -> int:
        """The number of characters so far."""
        return self._length

    def begin_part(self, kind: str, number: int, label: str = "") -> None:
        """Begin a slide, sheet, chapter or message; one without text is left out."""
        self._in_list = False
        label = tidy(label).replace("\n", " ")
        self._begun.append((kind, number, self._length, label))

    def paragraph(self, text: str) -> None:
        """Add a paragraph."""
        self._add(self._tidied(text), in_list=False)

    def item(self, text: str, marker: str = "•") -> None:
        """Add an item of a list on a line of its own."""
        if text := self._tidied(text):
            self._add(f"{marker} {text}".lstrip(), in_list=True)

    def row(self, cells: list[str]) -> None:
        """Add a row of a table, its cells separated by " | "."""
        texts = [self._tidied(cell).replace("\n", " ") for cell in cells]
        if any(texts):
            self._add(" | ".join(texts).strip(), in_list=True)

    def end_list(self) -> None:
        """Let what follows begin a new paragraph, be it an item or not."""
        self._in_list = False

    def heading(self, text: str, level: int) -> None:
        """Add a heading; `level` 1 is the topmost."""
        title = self._tidied(text).replace("\n", " ")
        if title:
            start = self._add(title, in_list=False)
            self._headings.append(Heading(level, start, self._length, title))

    def table(
        self,
        name: str,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        row_numbers: Sequence[int],
        header_row: int = 1,
        first_column: int = 0,
    ) -> None:
        """Add a table that can be computed with; all its rows are of like length."""
        lines = [tuple(map(one_line, cells)) for cells in (header, *rows)]
        text = "\n".join(" | ".join(cells) for cells in lines)
        self._in_list = False
        start = self._add(text, in_list=False)
        self._in_list = False
        table = Table(
            name=name,
            start=start,
            end=self._length,
            header=lines[0],
            rows=tuple(lines[1:]),
            row_numbers=tuple(row_numbers),
            header_row=header_row,
            first_column=first_column,
        )
        self._tables.append(table)

    def warn(self, word: str) -> None:
        """Note what was left out of the document, once."""
        self._warnings[word] = None

    def build(
        self, name: str, title: str = "", warnings: tuple[str, ...] = ()
    ) -> ExtractedDocument:
        """Return what was collected; without a `title`, the top heading is it."""
        top = min(self._headings, key=lambda h: (h.level, h.start), default=None)
        return ExtractedDocument(
            text="".join(self._parts),
            headings=tuple(self._headings),
            title=tidy(title).replace("\n", " ") or (top.title if top else ""),
            format=name,
            warnings=tuple(dict.fromkeys((*self._warnings, *warnings))),
            parts=tuple(self._finished_parts()),
            tables=tuple(self._tables),
        )

    def _finished_parts(self) -> Iterator[Part]:
        ends = [start for _, _, start, _ in self._begun[1:]]
        for (kind, number, start, label), end in zip(
            self._begun, [*ends, self._length], strict=False
        ):
            if end > start:
                # What was begun after other text lies behind the separator.
                shift = len(_SEPARATOR) if start else 0
                yield Part(kind, number, start + shift, end, label)

    def _tidied(self, text: str) -> str:
        if hides_text(text):
            self.warn("invisible_characters")
        return tidy(text)

    def _add(self, text: str, in_list: bool) -> int:
        """Append `text` after its separator and return its offset."""
        if not text:
            return self._length
        if self._parts:
            separator = "\n" if in_list and self._in_list else _SEPARATOR
            self._parts.append(separator)
            self._length += len(separator)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        self._in_list = in_list
        return start
