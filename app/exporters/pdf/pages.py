"""Blocks → pages of marked content, and the tree that says what each mark is.

Lengths in points, from the lower left. Invariant: every operator that paints stands
either in content that the tree names, or in an artifact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.exporters.pdf.truetype import TrueType
from app.exporters.quiz.paper import (
    Block,
    Figure,
    Heading,
    Lines,
    Options,
    Paragraph,
    Table,
    figure_size_cm,
)
from app.values.pictures import Picture

WIDTH, HEIGHT = 595.28, 841.89
_MARGIN, _FOOT = 62.0, 56.0
_SIZES = {"title": 20.0, "part": 14.0, "head": 12.0, "body": 10.5, "small": 9.0}
_LEADING = 1.4
_INDENT = 18.0
_CELL_PAD = 4.0
_REGULAR, _BOLD = "F1", "F2"
_LEAST_COLUMN, _MOST_WEIGHT = 42.0, 60


@dataclass
class Node:
    """One element of the structure: its type, and what stands in it, in reading order.

    A kid is another Node, or the page and number of marked content. `alt` and `box` (its
    corners) are those of a picture.
    """

    kind: str
    kids: list[Node | tuple[int, int]] = field(default_factory=list)
    scope: str = ""
    alt: str = ""
    box: tuple[float, ...] = ()

    def add(self, kind: str, scope: str = "") -> Node:
        """Add an element inside this one."""
        made = Node(kind, scope=scope)
        self.kids.append(made)
        return made


@dataclass
class Page:
    """What is painted on a page; `owners` are the elements of its marks, by number."""

    painted: list[str] = field(default_factory=list)
    owners: list[Node] = field(default_factory=list)


class Setter:
    """Sets blocks line by line; `pages` and `root` are the result."""

    def __init__(self, regular: TrueType, bold: TrueType) -> None:
        self._fonts = {_REGULAR: regular, _BOLD: bold}
        self.used: dict[str, dict[int, str]] = {_REGULAR: {}, _BOLD: {}}
        self.missing: dict[str, int] = {}
        self.pictures: dict[str, Picture] = {}
        self._names: dict[str, str] = {}
        self.root = Node("Document")
        self.pages: list[Page] = []
        self._y = 0.0
        self._new_page()

    def set_all(self, blocks: Iterable[Block]) -> None:
        """Set blocks one after the other."""
        for block in blocks:
            self._set(block)
        self._number_pages()

    def _set(self, block: Block) -> None:
        if isinstance(block, Heading):
            self._heading(block)
        elif isinstance(block, Paragraph):
            self._paragraph(block)
        elif isinstance(block, Options):
            self._options(block)
        elif isinstance(block, Lines):
            self._lines(block.count)
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Figure):
            self._figure(block)
        elif self._y < HEIGHT - _MARGIN:
            self._new_page()

    # -- blocks ----------------------------------------------------------------

    def _heading(self, block: Heading) -> None:
        size = {1: _SIZES["title"], 2: _SIZES["part"]}.get(block.level, _SIZES["head"])
        self._space(size * 0.7)
        lines = self._broken(block.text, _BOLD, size, self._room())
        # A heading alone at the foot of a page would lead nowhere.
        self._need(size * _LEADING * len(lines) + 3 * _SIZES["body"] * _LEADING)
        self._text(self.root.add(f"H{block.level}"), lines, _BOLD, size)
        self._space(3)

    def _paragraph(self, block: Paragraph) -> None:
        small = block.role in ("hint", "source", "notice")
        size = _SIZES["small" if small else "body"]
        font = _BOLD if block.role == "answer" else _REGULAR
        node = self.root.add("P")
        self._text(node, self._broken(block.text, font, size, self._room()), font, size)
        self._space(5)

    def _options(self, block: Options) -> None:
        size = _SIZES["body"]
        top = self.root.add("L")
        for line in block.lines:
            item = top.add("LI")
            lines = self._broken(line, _REGULAR, size, self._room() - _INDENT)
            self._need(size * _LEADING)
            y = self._y
            sign = "☐" if block.boxes else "•"
            self._mark(item.add("Lbl"), [(_MARGIN, y - size, sign)], _REGULAR, size)
            self._text(item.add("LBody"), lines, _REGULAR, size, _INDENT)
            self._space(2)
        self._space(4)

    def _lines(self, count: int) -> None:
        for _ in range(count):
            self._need(24)
            self._y -= 24
            self._artifact(
                f"0.5 w {_MARGIN:.2f} {self._y:.2f} m {WIDTH - _MARGIN:.2f}"
                f" {self._y:.2f} l S"
            )
        self._space(6)

    def _figure(self, block: Figure) -> None:
        width, height = (cm / 2.54 * 72 for cm in figure_size_cm(block.picture))
        self._need(height)
        self._y -= height
        name = self._names.setdefault(block.picture.name, f"I{len(self._names) + 1}")
        self.pictures[name] = block.picture
        node = self.root.add("Figure")
        node.alt = block.alt
        node.box = (_MARGIN, self._y, _MARGIN + width, self._y + height)
        self._begin(node)
        self.pages[-1].painted.append(
            f"q {width:.2f} 0 0 {height:.2f} {_MARGIN:.2f} {self._y:.2f} cm"
            f" /{name} Do Q EMC"
        )
        self._space(6)

    def _table(self, block: Table) -> None:
        count = max((len(row) for row in block.rows), default=0)
        if not count:
            return
        widths = self._columns(block.rows, count)
        top = self.root.add("Table")
        self._space(4)
        for number, row in enumerate(block.rows):
            self._row(top.add("TR"), row, widths, head=number == 0)
        self._space(8)

    def _row(
        self, node: Node, row: Sequence[str], widths: Sequence[float], head: bool
    ) -> None:
        size, font = _SIZES["small"], _BOLD if head else _REGULAR
        cells = [*row, *[""] * (len(widths) - len(row))]
        left = [
            self._broken(text, font, size, width - 2 * _CELL_PAD)
            for text, width in zip(cells, widths, strict=True)
        ]
        kinds = [node.add("TH", "Column") if head else node.add("TD") for _ in widths]
        leading = size * _LEADING
        if self._y - leading * min(3, max(map(len, left))) - 2 * _CELL_PAD < _FOOT:
            self._new_page()
        while any(left):
            fits = int((self._y - _FOOT - 2 * _CELL_PAD) / leading)
            if fits < 1:
                self._new_page()
                continue
            shown = [lines[:fits] for lines in left]
            left = [lines[fits:] for lines in left]
            height = leading * max(map(len, shown)) + 2 * _CELL_PAD
            self._boxes(widths, height)
            x = _MARGIN
            for cell, lines, width in zip(kinds, shown, widths, strict=True):
                y = self._y - _CELL_PAD
                placed = [
                    (x + _CELL_PAD, y - size - leading * n, line)
                    for n, line in enumerate(lines)
                ]
                self._mark(cell, placed, font, size)
                x += width
            self._y -= height

    def _boxes(self, widths: Sequence[float], height: float) -> None:
        parts, x = ["0.5 w 0.6 G"], _MARGIN
        for width in widths:
            parts.append(
                f"{x:.2f} {self._y - height:.2f} {width:.2f} {height:.2f} re S"
            )
            x += width
        self._artifact(" ".join([*parts, "0 G"]))

    def _columns(self, rows: Sequence[Sequence[str]], count: int) -> list[float]:
        """Return widths by how much stands in a column, none too narrow to read."""
        weights = [
            min(_MOST_WEIGHT, max((len(r[n]) for r in rows if n < len(r)), default=1))
            for n in range(count)
        ]
        total = sum(max(weight, 4) for weight in weights)
        room = self._room()
        wanted = [room * max(weight, 4) / total for weight in weights]
        # No word is broken as long as there is any room for it.
        longest = [
            max(
                (
                    self._length(word, _BOLD, _SIZES["small"])
                    for row in rows
                    for word in (row[n].split() if n < len(row) else ())
                ),
                default=0.0,
            )
            for n in range(count)
        ]
        least = min(_LEAST_COLUMN, room / count)
        most = 1.4 * room / count
        wanted = [
            max(least, min(word + 2 * _CELL_PAD + 1, most), width)
            for word, width in zip(longest, wanted, strict=True)
        ]
        scale = room / sum(wanted)
        return [width * scale for width in wanted]

    # -- lines -----------------------------------------------------------------

    def _room(self) -> float:
        return WIDTH - 2 * _MARGIN

    def _broken(self, text: str, font: str, size: float, room: float) -> list[str]:
        """Return the lines of a text, broken at spaces, else within a word."""
        lines: list[str] = []
        for part in text.replace("\u00ad", "").replace("\t", "    ").split("\n"):
            line = ""
            for word in part.split(" "):
                longer = f"{line} {word}" if line else word
                if self._length(longer, font, size) <= room:
                    line = longer
                    continue
                if line:
                    lines.append(line)
                line = word
                while self._length(line, font, size) > room and len(line) > 1:
                    cut = self._cut(line, font, size, room)
                    lines.append(line[:cut])
                    line = line[cut:]
            lines.append(line)
        return lines

    def _cut(self, word: str, font: str, size: float, room: float) -> int:
        cut = 1
        while cut < len(word) and self._length(word[: cut + 1], font, size) <= room:
            cut += 1
        return cut

    def _length(self, text: str, font: str, size: float) -> float:
        return self._fonts[font].length(text) * size / 1000

    def _text(
        self,
        node: Node,
        lines: Sequence[str],
        font: str,
        size: float,
        indent: float = 0,
    ) -> None:
        """Set lines below each other, on the next page where there is no more room."""
        leading = size * _LEADING
        placed: list[tuple[float, float, str]] = []
        for line in lines:
            if self._y - leading < _FOOT:
                self._mark(node, placed, font, size)
                placed = []
                self._new_page()
            placed.append((_MARGIN + indent, self._y - size, line))
            self._y -= leading
        self._mark(node, placed, font, size)

    def _mark(
        self,
        node: Node,
        placed: Sequence[tuple[float, float, str]],
        font: str,
        size: float,
    ) -> None:
        """Paint lines as content of an element."""
        if not placed:
            return
        page = self.pages[-1]
        self._begin(node)
        page.painted.append(f"BT /{font} {size} Tf")
        for x, y, line in placed:
            page.painted.append(
                f"1 0 0 1 {x:.2f} {y:.2f} Tm {self._glyphs(line, font)} Tj"
            )
        page.painted.append("ET EMC")

    def _begin(self, node: Node) -> None:
        """Begin marked content that belongs to an element."""
        page = self.pages[-1]
        number = len(page.owners)
        page.owners.append(node)
        node.kids.append((len(self.pages) - 1, number))
        page.painted.append(f"/{node.kind} <</MCID {number}>> BDC")

    def _glyphs(self, line: str, font: str) -> str:
        """Return a line as glyph numbers; what has no glyph becomes a sign that says so."""
        face, used = self._fonts[font], self.used[font]
        numbers = []
        for sign in line:
            shown, glyph = sign, face.glyph(sign)
            if not glyph:
                self.missing[sign] = self.missing.get(sign, 0) + 1
                shown = "\ufffd"
                glyph = face.glyph(shown)
            used[glyph] = shown
            numbers.append(f"{glyph:04x}")
        return f"<{''.join(numbers)}>"

    # -- pages -----------------------------------------------------------------

    def _space(self, points: float) -> None:
        if self._y < HEIGHT - _MARGIN:
            self._y -= points

    def _need(self, points: float) -> None:
        if self._y - points < _FOOT and self._y < HEIGHT - _MARGIN:
            self._new_page()

    def _new_page(self) -> None:
        self.pages.append(Page())
        self._y = HEIGHT - _MARGIN

    def _artifact(self, operators: str) -> None:
        self.pages[-1].painted.append(f"/Artifact BMC {operators} EMC")

    def _number_pages(self) -> None:
        size = _SIZES["small"]
        for number, page in enumerate(self.pages, 1):
            text = f"{number} / {len(self.pages)}"
            x = (WIDTH - self._length(text, _REGULAR, size)) / 2
            shown = self._glyphs(text, _REGULAR)
            page.painted.append(
                f"/Artifact <</Type /Pagination>> BDC BT /{_REGULAR} {size} Tf"
                f" 1 0 0 1 {x:.2f} {_FOOT / 2:.2f} Tm {shown} Tj ET EMC"
            )
