"""A document as sections and paragraphs, the way its author laid it out.

Sections lie between headings and never reach over a slide, sheet, chapter or message,
nor into a table; paragraphs between blank lines. Front matter, tables of
contents and rules of dashes are passed over here, so they never become chunks.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.values.documents import ExtractedDocument, Heading, Part, Place, Table

_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_LETTER = re.compile(r"[^\W_]")
_LEADER_LINE = re.compile(r"(?:\.{4}|(?:\. ){4}|…{2}|(?:_ ?){6}).*\d\s*$")
# What each of those lines holds: most paragraphs hold none of it.
_LEADERS = ("....", ". . . . ", "……", "__", "_ _")
_ITEM = re.compile(r"(?:[-–—*•▪◦‣·+]|\(?[a-z]{1,2}\)|\d{1,3}[.)]|[ivx]{1,4}[.)])\s")
_NUMBERED = re.compile(r"\(\d{1,3}[a-z]?\)|\d{1,2}(?:\.\d{1,2})+\.?\s")
_STOPS = tuple(".!?…;:。！？؟۔।")
_CLOSERS = "\"'”“’‘»«)]"
_HEADING_LEVELS = 3
_LONG_ENOUGH_TO_RUN_ON = 60
_INTRODUCTION_WORDS = 12


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading; `path` holds the headings above, topmost first.

    `part` is where it stands in a document of parts; `table` the table that it is.
    """

    start: int
    end: int
    path: tuple[str, ...]
    part: Part | None = None
    table: Table | None = None

    @property
    def heading(self) -> str:
        """Return the topmost and the two nearest headings as one line.

        Where there is none, the name of a chapter or message speaks for its text.
        """
        path = self.path
        if not path and self.part is not None and self.part.kind != "time":
            return self.part.label
        if len(path) > _HEADING_LEVELS:
            path = (path[0], *path[1 - _HEADING_LEVELS :])
        return " › ".join(path)

    def place(self, cells: str = "") -> Place:
        """Return its place, or that of some cells of its table."""
        if self.part is None:
            return Place(cells=cells)
        part = self.part
        return Place(part.kind, part.number, part.label, cells)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph with its list, table or continuation on the same page."""

    start: int
    end: int
    page: int | None
    parts: tuple[tuple[int, int], ...]
    is_numbered: bool


def sections(document: ExtractedDocument) -> Iterator[Section]:
    """Yield all sections with text, in order; they never overlap."""
    headings = sorted(document.headings, key=lambda heading: heading.start)
    heading_starts = [heading.start for heading in headings]
    table_starts = [table.start for table in document.tables]
    for start, end, part in _ranges(document):
        first, last = (bisect_left(heading_starts, place) for place in (start, end))
        for section in _under_headings(headings[first:last], start, end, part):
            first_table = bisect_left(table_starts, section.start)
            last_table = bisect_left(table_starts, section.end)
            yield from _around(section, document.tables[first_table:last_table])


def _ranges(document: ExtractedDocument) -> Iterator[tuple[int, int, Part | None]]:
    """Yield the parts of a document and what stands between them."""
    start = document.body_start
    for part in document.parts:
        if part.start > start:
            yield start, part.start, None
        yield max(start, part.start), part.end, part
        start = max(start, part.end)
    if start < len(document.text):
        yield start, len(document.text), None


def _under_headings(
    headings: Sequence[Heading], start: int, end: int, part: Part | None
) -> Iterator[Section]:
    """Yield the sections of a stretch; headings of another part do not speak for it."""
    above: list[tuple[int, str]] = []
    for heading in headings:
        if heading.start < start:
            continue
        yield Section(start, heading.start, tuple(title for _, title in above), part)
        above = [entry for entry in above if entry[0] < heading.level]
        above.append((heading.level, heading.title))
        start = heading.end
    yield Section(start, end, tuple(title for _, title in above), part)


def _around(section: Section, tables: Sequence[Table]) -> Iterator[Section]:
    """Yield the tables of a section and the text around them."""
    start = section.start
    for table in tables:
        yield replace(section, start=start, end=table.start)
        yield replace(section, start=table.start, end=table.end, table=table)
        start = table.end
    yield replace(section, start=start)


def blocks(document: ExtractedDocument, section: Section) -> list[Block]:
    """Return the paragraphs of a section, each with what belongs to it."""
    text = document.text
    page_starts = [page.start for page in document.pages]
    groups: list[tuple[int | None, list[tuple[int, int]]]] = []
    for start, end in _paragraphs(text, section, page_starts):
        page = page_at(document, page_starts, start)
        if groups:
            last_page, parts = groups[-1]
            before = text[parts[-1][0] : parts[-1][1]]
            if page == last_page and _belongs(before, text[start:end]):
                parts.append((start, end))
                continue
            if page != last_page and _runs_on(before, text[start:end]):
                parts[-1] = (parts[-1][0], end)
                continue
        groups.append((page, [(start, end)]))
    return [
        Block(
            start=parts[0][0],
            end=parts[-1][1],
            page=page,
            parts=tuple(parts),
            is_numbered=bool(_NUMBERED.match(text, parts[0][0])),
        )
        for page, parts in groups
    ]


def _paragraphs(
    text: str, section: Section, page_starts: list[int]
) -> Iterator[tuple[int, int]]:
    """Yield the spans between blank lines and page boundaries that hold words."""
    first = bisect_right(page_starts, section.start)
    last = bisect_right(page_starts, section.end)
    cuts = [(start, start) for start in page_starts[first:last]]
    cuts += [
        match.span() for match in _BLANK.finditer(text, section.start, section.end)
    ]
    start = section.start
    for end, after in (*sorted(cuts), (section.end, section.end)):
        if end > start:
            yield from _trimmed(text, start, end)
        start = max(start, after)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    stripped = piece.strip()
    if _LETTER.search(stripped) and not _is_contents(stripped):
        start += len(piece) - len(piece.lstrip())
        yield start, start + len(stripped)


def _is_contents(paragraph: str) -> bool:
    """Tell a table of contents by the dots that lead to its page numbers."""
    if not any(map(paragraph.__contains__, _LEADERS)):
        return False
    lines = paragraph.split("\n")
    return 2 * sum(bool(_LEADER_LINE.search(line)) for line in lines) > len(lines)


def page_at(
    document: ExtractedDocument, page_starts: list[int], position: int
) -> int | None:
    """Return the number of the page at `position`, None in unpaged documents."""
    if not page_starts:
        return None
    return document.pages[max(0, bisect_right(page_starts, position) - 1)].number


def _belongs(before: str, paragraph: str) -> bool:
    """Tell whether a paragraph continues what `before` began on the same page."""
    if _ITEM.match(paragraph):
        return True
    if _NUMBERED.match(paragraph):
        return False
    return paragraph[0].islower() or _introduces(before)


def _introduces(paragraph: str) -> bool:
    """Tell a line that only announces what follows, as a colon does."""
    ending = paragraph.rstrip(_CLOSERS)[-1:]
    if ending == ":":
        return True
    is_line = "\n" not in paragraph and not _ITEM.match(paragraph)
    is_short = len(paragraph.split()) <= _INTRODUCTION_WORDS
    return is_line and is_short and ending not in _STOPS


def _runs_on(before: str, paragraph: str) -> bool:
    """Tell whether a sentence goes on over a page boundary."""
    ending = before.rstrip(_CLOSERS)[-1:]
    if ending in _STOPS or _ITEM.match(paragraph) or _NUMBERED.match(paragraph):
        return False
    if paragraph[0].islower():
        return True
    last_line = len(before) - before.rfind("\n") - 1
    return last_line >= _LONG_ENOUGH_TO_RUN_ON and paragraph[0].isalpha()
