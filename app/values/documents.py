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
class Part:
    """A piece of an unpaged document that people have a name for.

    `kind` is "slide", "sheet", "chapter", "message", "time" (of a recording) or
    "section"; `number` counts the parts of a document from 1; `label` is the part's own
    name (that of a sheet, the title of a slide or chapter, the subject of a message,
    the time as 0:12:40). Parts are in order, never overlap, and no chunk spans two.
    """

    kind: str
    number: int
    start: int
    end: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose cells can be computed with, and where it stands in the text.

    `text[start:end]` has one line for each row: first `header`, then `rows`, their
    cells joined by " | ". `row_numbers[i]` is the number that the spreadsheet gives to
    `rows[i]` (from 1), `header_row` that of the header, 0 where the sheet has none and
    its columns are called A, B, C; `first_column` counts from 0 (A). Cells are texts as a person reads them; numbers keep a form that
    `decimal` understands, with "." as decimal point, dates are ISO 8601.
    """

    name: str
    start: int
    end: int
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_numbers: tuple[int, ...]
    header_row: int = 1
    first_column: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands in an unpaged document: its part, and its cells.

    `kind`, `number` and `label` as in `Part`, `cells` as "A2:D9" or "". An empty `kind`
    means that the format has no such parts.
    """

    kind: str = ""
    number: int = 0
    label: str = ""
    cells: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in fractions of its width and height, origin top left."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Placed:
    """Where `start`..`end` of the text is drawn, if its page has no letters for it.

    That is so for words that were recognised on a picture and for the fields and
    comments of a form. What is drawn nowhere, such as the name of an attachment, has
    an empty box.
    """

    start: int
    end: int
    box: Box


@dataclass(frozen=True, slots=True)
class Recognised:
    """A page whose text was recognised on its picture; `confidence` in percent."""

    number: int
    confidence: int


@dataclass(frozen=True, slots=True)
class ExtractedDocument:
    """The text of a file. `pages` is empty for unpaged formats, `parts` for paged ones.

    What stands before `body_start` (a Markdown file's front matter) is text but no part
    of what the document says: it makes no chunks. `warnings` are reason words for what
    could not be read or was left out, such as single pages or hidden text. `placed` is
    in the order of the text and never overlaps; `recognised` in that of the pages.
    """

    text: str
    pages: tuple[Page, ...] = ()
    headings: tuple[Heading, ...] = ()
    title: str = ""
    format: str = ""
    warnings: tuple[str, ...] = ()
    body_start: int = 0
    parts: tuple[Part, ...] = ()
    tables: tuple[Table, ...] = ()
    placed: tuple[Placed, ...] = ()
    recognised: tuple[Recognised, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document that is found, embedded and cited as one.

    `heading` is the path of headings above it, joined by " › "; `page` is the page
    on which it starts (None where there are no pages); `language` a two-letter code
    or "" where it is too short to tell; `place` is where it stands in a document of
    parts.
    """

    ordinal: int
    start: int
    end: int
    text: str
    page: int | None = None
    heading: str = ""
    language: str = ""
    place: Place = field(default_factory=Place)


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A rendered page: PNG bytes, size in pixels, and where the marked passage lies."""

    number: int
    page_count: int
    png: bytes
    width_px: int
    height_px: int
    marks: tuple[Box, ...] = field(default=())
