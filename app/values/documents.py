r"""A document as text that remembers where it came from.

Invariant: every `start`/`end` in Allmende is a character offset into
`ExtractedDocument.text`, and `text[start:end]` is exactly what is shown or quoted.
For plain text and Markdown that text is the decoded file itself with `\n` line ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a paged document. `number` counts from 1."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading at `start`..`end` of the text. `level` 1 is the topmost."""

    level: int
    start: int
    end: int
    title: str


@dataclass(frozen=True, slots=True)
class ExtractedDocument:
    """The text of a file. `pages` is empty for unpaged formats.

    What stands before `body_start` (a Markdown file's front matter) is text but no part
    of what the document says: it makes no chunks. `warnings` are reason words for what could not be read, such as single pages.
    """

    text: str
    pages: tuple[Page, ...] = ()
    headings: tuple[Heading, ...] = ()
    title: str = ""
    format: str = ""
    warnings: tuple[str, ...] = ()
    body_start: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document that is found, embedded and cited as one.

    `heading` is the path of headings above it, joined by " › "; `page` is the page
    on which it starts (None where there are no pages); `language` a two-letter code
    or "" where it is too short to tell.
    """

    ordinal: int
    start: int
    end: int
    text: str
    page: int | None = None
    heading: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in fractions of its width and height, origin top left."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A rendered page: PNG bytes, size in pixels, and where the marked passage lies."""

    number: int
    page_count: int
    png: bytes
    width_px: int
    height_px: int
    marks: tuple[Box, ...] = field(default=())
