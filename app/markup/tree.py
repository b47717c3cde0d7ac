"""The tree of a Markdown text: blocks that hold inlines.

Image keeps only its description; HTML never becomes anything but text. A Mark is a
point without width: sentences cross the borders of bold words, list items and cells.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Bold."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Italic."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strike:
    """Struck through."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Code within a line."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A reference with any target: whoever shows it decides which ones lead on."""

    href: str
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """The description of a picture; its address is dropped."""

    alt: str


@dataclass(frozen=True, slots=True)
class Math:
    """A formula in TeX; `display` when it was written to stand alone."""

    tex: str
    display: bool = False


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A new line in the same paragraph."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A number in brackets that names a known source."""

    number: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the unsupported sentence with this index begins (`opens`) or ends."""

    sentence: int
    opens: bool


Inline = (
    Text
    | Strong
    | Emphasis
    | Strike
    | Code
    | Link
    | Image
    | Math
    | LineBreak
    | Citation
    | Mark
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of `level` 1..6."""

    level: int
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class BulletList:
    """Items, each with blocks of its own."""

    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True)
class OrderedList:
    """Items with numbers, counted from `start`."""

    start: int
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Blocks that are quoted."""

    children: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Code as it was written; `language` is the first word after the fence."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Cells by row; an alignment is "left", "center", "right" or ""."""

    alignments: tuple[str, ...]
    head: tuple[tuple[Inline, ...], ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class MathBlock:
    """A formula on lines of its own."""

    tex: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Block = (
    Paragraph
    | Heading
    | BulletList
    | OrderedList
    | Quote
    | CodeBlock
    | Table
    | MathBlock
    | Rule
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A top-level block, or one item of a list, and where its lines lie in the text.

    `continues` tells that the item before it belongs to the same list.
    """

    block: Block
    start: int
    end: int
    continues: bool = False
