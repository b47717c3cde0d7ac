"""The pages of a PDF become one document; the boxes of glyphs become marked lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.readers.pdf_layout import (
    Line,
    outline_headings,
    printed_headings,
    without_running_heads,
)
from app.readers.pdf_page import PageText
from app.values.documents import Box, ExtractedDocument, Heading, Page

BETWEEN_PAGES = "\n\n"
_PROGRAM_TITLE = re.compile(
    r"^(?:microsoft word|untitled|unbenannt|dokument\d*$)"
    r"|\.(?:docx?|odt|rtf|indd|tex|dvi|qxd)$",
    re.IGNORECASE,
)


def assembled(
    texts: Sequence[PageText],
    seconds: dict[int, str],
    outline: Sequence[tuple[int, int, str]],
    title: str,
    warnings: tuple[str, ...],
) -> ExtractedDocument:
    """Join the pages without their running heads and find the headings."""
    kept = without_running_heads([text.lines for text in texts])
    parts: list[str] = []
    pages: list[Page] = []
    moved: list[list[Line]] = []
    offset = 0
    for index, (text, (first, last)) in enumerate(zip(texts, kept, strict=True)):
        lines = text.lines[first:last]
        start = lines[0].start if lines else 0
        part = text.text[start : lines[-1].end] if lines else seconds.get(index, "")
        pages.append(Page(index + 1, offset, offset + len(part)))
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
    return ExtractedDocument(whole, tuple(pages), headings, title, "pdf", warnings)


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
