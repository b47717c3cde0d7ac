"""The pages of a PDF become one document; the boxes of glyphs become marked lines."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.readers.pdf_layout import (
    Line,
    outline_headings,
    printed_headings,
    without_running_heads,
)
from app.readers.pdf_page import INSERTED, PageText
from app.values.documents import (
    Box,
    ExtractedDocument,
    Heading,
    Page,
    Placed,
    Recognised,
)

BETWEEN_PAGES = "\n\n"
_PROGRAM_TITLE = re.compile(
    r"^(?:microsoft word|untitled|unbenannt|dokument\d*$)"
    r"|\.(?:docx?|odt|rtf|indd|tex|dvi|qxd)$",
    re.IGNORECASE,
)


NOWHERE = Box(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was found on one page.

    `boxes` belong to the glyphs of a recognised page, `confidence` is that of the
    recognition; `second` is text without glyphs, read where `text` is empty. `notes`
    are fields and comments with their boxes: they stand below the text.
    """

    text: PageText
    second: str = ""
    boxes: Sequence[Box] = ()
    confidence: int | None = None
    notes: Sequence[tuple[str, Box]] = ()


def assembled(
    sheets: Sequence[Sheet],
    outline: Sequence[tuple[int, int, str]],
    title: str,
    format_: str,
    warnings: tuple[str, ...],
) -> ExtractedDocument:
    """Join the pages without their running heads and find the headings."""
    kept = without_running_heads([sheet.text.lines for sheet in sheets])
    parts: list[str] = []
    pages: list[Page] = []
    placed: list[Placed] = []
    moved: list[list[Line]] = []
    offset = 0
    for sheet, (first, last) in zip(sheets, kept, strict=True):
        lines = sheet.text.lines[first:last]
        start, end = (lines[0].start, lines[-1].end) if lines else (0, 0)
        part = sheet.text.text[start:end] if lines else sheet.second
        placed += _placed_words(sheet, start, end, offset)
        part = _with_notes(part, sheet.notes, offset, placed)
        pages.append(Page(len(pages) + 1, offset, offset + len(part)))
        shift = offset - start
        moved.append(
            [
                replace(line, start=line.start + shift, end=line.end + shift)
                for line in lines
            ]
        )
        parts.append(part)
        offset += len(part) + len(BETWEEN_PAGES)
    whole = BETWEEN_PAGES.join(parts)
    found = printed_headings(moved, outline_headings(moved, outline))
    headings = tuple(_with_title(heading, whole) for heading in found)
    title = " ".join(title.split())
    if not title or _PROGRAM_TITLE.search(title):
        title = headings[0].title if headings else ""
    return ExtractedDocument(
        text=whole,
        pages=tuple(pages),
        headings=headings,
        title=title,
        format=format_,
        warnings=warnings,
        placed=tuple(placed),
        recognised=tuple(
            Recognised(number, sheet.confidence)
            for number, sheet in enumerate(sheets, 1)
            if sheet.confidence is not None
        ),
    )


def _placed_words(sheet: Sheet, start: int, end: int, offset: int) -> Iterator[Placed]:
    """Yield the words of a recognised page that lie in `start`..`end` of its text."""
    if not sheet.boxes:
        return
    glyphs = sheet.text.glyphs[start:end]
    begin = 0
    box = NOWHERE
    for index, glyph in enumerate((*glyphs, INSERTED)):
        here = NOWHERE if glyph == INSERTED else sheet.boxes[glyph]
        if here == box:
            continue
        if box != NOWHERE:
            yield Placed(offset + begin, offset + index, box)
        begin, box = index, here


def _with_notes(
    text: str, notes: Sequence[tuple[str, Box]], offset: int, placed: list[Placed]
) -> str:
    """Return the text with its notes below it, and note where these stand."""
    for number, (note, box) in enumerate(notes):
        if text:
            text += "\n" if number else BETWEEN_PAGES
        start = offset + len(text)
        text += note
        placed.append(Placed(start, start + len(note), box))
    return text


def placed_on(document: ExtractedDocument, page: Page) -> Sequence[Placed]:
    """Return what is placed on a page."""
    first = bisect_left(document.placed, page.start, key=lambda place: place.start)
    last = bisect_left(document.placed, page.end, key=lambda place: place.start)
    return document.placed[first:last]


def marked_boxes(places: Iterable[Placed], start: int, end: int) -> Iterator[Box]:
    """Yield where `start`..`end` of the text is drawn."""
    for place in places:
        if place.start < end and place.end > start and place.box != NOWHERE:
            yield place.box


def _with_title(heading: Heading, text: str) -> Heading:
    title = " ".join(text[heading.start : heading.end].split())
    return replace(heading, title=title)


def by_line(boxes: Iterable[Box]) -> Iterator[Box]:
    """Merge the boxes of neighbouring glyphs into one for each line."""
    line: Box | None = None
    for box in boxes:
        if line is None:
            line = box
            continue
        height = max(line.bottom - line.top, box.bottom - box.top)
        shared = min(line.bottom, box.bottom) - max(line.top, box.top)
        distance = max(box.left - line.right, line.left - box.right)
        if shared > 0.4 * height and distance < 3 * height:
            line = Box(
                min(line.left, box.left), min(line.top, box.top),
                max(line.right, box.right), max(line.bottom, box.bottom),
            )  # fmt: skip
        else:
            yield line
            line = box
    if line is not None:
        yield line
