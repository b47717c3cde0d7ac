"""Writes the blocks of a tree, one below the other: paragraphs, lists, frames, tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCursor,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextListFormat,
    QTextTableFormat,
)

from app.i18n import N_, translate
from app.markup.tree import (
    Block,
    BulletList,
    CodeBlock,
    Heading,
    Inline,
    Math,
    MathBlock,
    OrderedList,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
)
from app.ui.rich_parts import COPY, LINE, line_height, spacer, tiny
from app.ui.theme import GRID, font
from app.ui.widgets import tip

if TYPE_CHECKING:
    from app.ui.rich_text import RichText

_LINE_PERCENT = 130.0
_HEADINGS = {1: 1.35, 2: 1.2, 3: 1.1}
_TABLE_CELLS = 3_000


class Flow:
    """Writes blocks one below the other into the document or one of its frames.

    Qt keeps an empty block behind every frame. `fresh` tells that such a block lies at
    the cursor and can be used for words; before another frame it stays tiny.
    """

    def __init__(self, text: RichText, cursor: QTextCursor, fresh: bool) -> None:
        self._text = text
        self._cursor = cursor
        self.fresh = fresh

    def write(self, block: Block, depth: int = 0) -> None:
        """Write one block."""
        match block:
            case Paragraph(children):
                self._words(children, depth=depth)
            case Heading():
                self._heading(block, depth)
            case BulletList() | OrderedList():
                self._list(block, depth)
            case Quote(children):
                self._quote(children, depth)
            case CodeBlock():
                self._code(block, depth)
            case Table():
                self._table(block)
            case MathBlock(tex):
                self._display(tex, depth)
            case Rule():
                self._rule()

    # -- paragraphs ------------------------------------------------------------------

    def _begin(self, look: QTextBlockFormat) -> None:
        if self.fresh:
            self._cursor.setBlockFormat(look)
            self._cursor.setBlockCharFormat(self._text.plain())
        else:
            self._cursor.insertBlock(look, self._text.plain())
        self.fresh = False

    def _words(self, children: Sequence[Inline], depth: int = 0) -> None:
        self._begin(_paragraph(depth))
        self._text.inlines(self._cursor, children, self._text.plain())

    def _heading(self, heading: Heading, depth: int) -> None:
        look = self._text.plain()
        look.setFontWeight(QFont.Weight.DemiBold)
        size = look.fontPointSize() * _HEADINGS.get(heading.level, 1.0)
        look.setFontPointSize(size)
        block = _paragraph(depth)
        block.setTopMargin(GRID)
        block.setHeadingLevel(heading.level)
        self._begin(block)
        self._text.inlines(self._cursor, heading.children, look)

    def _display(self, tex: str, depth: int) -> None:
        block = _paragraph(depth)
        block.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        block.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        block.setLineHeight(100.0, line_height("ProportionalHeight"))
        self._begin(block)
        self._text.inlines(self._cursor, [Math(tex, True)], self._text.plain())

    def _rule(self) -> None:
        block = QTextBlockFormat()
        block.setProperty(
            QTextFormat.Property.BlockTrailingHorizontalRulerWidth,
            QTextLength(QTextLength.Type.PercentageLength, 100),
        )
        block.setBottomMargin(GRID)
        self._begin(block)

    # -- lists -----------------------------------------------------------------------

    def _list(self, block: BulletList | OrderedList, depth: int) -> None:
        number = block.start if isinstance(block, OrderedList) else None
        for item in block.items:
            self._item(item, number, depth)
            number = None if number is None else number + 1

    def _item(self, item: Sequence[Block], number: int | None, depth: int) -> None:
        look = QTextListFormat()
        look.setIndent(depth + 1)
        if number is None:
            bullets = ("ListDisc", "ListCircle", "ListSquare")
            look.setStyle(QTextListFormat.Style[bullets[depth % 3]])
        else:
            look.setStyle(QTextListFormat.Style.ListDecimal)
            look.setStart(number)
        opening = item[0] if item else None
        first: Sequence[Inline] = ()
        if isinstance(opening, Paragraph):
            first, item = opening.children, item[1:]
        paragraph = _paragraph(0)
        paragraph.setBottomMargin(GRID // 2)
        self._begin(paragraph)
        self._cursor.createList(look)
        self._text.inlines(self._cursor, first, self._text.plain())
        for block in item:
            self.write(block, depth + 1)

    # -- frames ----------------------------------------------------------------------

    def _spaced(self) -> None:
        """Make the empty block before a frame as low as Qt allows."""
        if self.fresh:
            self._cursor.setBlockFormat(spacer())
            self._cursor.setBlockCharFormat(tiny())

    def _left(self) -> None:
        """Go on behind the frame that was written."""
        self.fresh = True
        self._cursor.setBlockFormat(spacer())
        self._cursor.setBlockCharFormat(tiny())

    def _framed(self, ground: str, line: str, depth: int) -> Callable[[], None]:
        self._spaced()
        look = QTextFrameFormat()
        look.setBackground(QColor(ground))
        look.setBorder(1)
        look.setBorderBrush(QBrush(QColor(line)))
        look.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        look.setPadding(GRID)
        look.setBottomMargin(GRID)
        look.setLeftMargin(depth * 4 * GRID)
        frame = self._cursor.insertFrame(look)
        self.fresh = True

        def leave() -> None:
            self._cursor.setPosition(frame.lastPosition() + 1)
            self._left()

        return leave

    def _quote(self, children: Sequence[Block], depth: int) -> None:
        shown = self._text.palette
        leave = self._framed(shown.side, shown.side, depth)
        for child in children:
            self.write(child)
        leave()

    def _code(self, block: CodeBlock, depth: int) -> None:
        text = self._text
        leave = self._framed(text.palette.side, text.palette.line, depth)
        head = QTextBlockFormat()
        head.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._begin(head)
        quiet = text.plain()
        quiet.setForeground(QColor(text.palette.muted))
        quiet.setFontPointSize(font("small").pointSizeF())
        link = text.anchor(f"{COPY}{len(text.codes)}", quiet)
        link.setToolTip(tip(translate(N_("Copy this code"))))
        if block.language:
            self._cursor.insertText(f"{block.language}  ·  ", quiet)
        self._cursor.insertText(translate(N_("Copy")), link)
        text.codes.append(block.text)
        body = QTextBlockFormat()
        body.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        body.setTopMargin(GRID // 2)
        body.setProperty(QTextFormat.Property.BlockCodeLanguage, block.language)
        self._cursor.insertBlock(body, text.code_format("plain"))
        # A large library that no window needs before its first code (warm_up.py).
        from app.markup.highlight import highlight

        for token in highlight(block.language, block.text):
            words = token.text.replace("\n", LINE)
            self._cursor.insertText(words, text.code_format(token.kind))
        leave()

    def _table(self, table: Table) -> None:
        columns = max(1, len(table.head))
        rows = table.rows[: max(1, _TABLE_CELLS // columns)]
        self._spaced()
        grid = self._cursor.insertTable(1 + len(rows), columns, self._table_look())
        for row, cells in enumerate((table.head, *rows)):
            for column, cell in enumerate(cells[:columns]):
                cursor = grid.cellAt(row, column).firstCursorPosition()
                align = (
                    table.alignments[column] if column < len(table.alignments) else ""
                )
                self._cell(cursor, cell, align, row == 0)
        self._cursor.setPosition(grid.lastPosition() + 1)
        self._left()
        self._rest(table.rows[len(rows) :])

    def _rest(self, rows: Sequence[Sequence[Sequence[Inline]]]) -> None:
        """Write what a grid has no room for in plain lines."""
        for row in rows:
            self._words([i for cell in row for i in (*cell, Text("   "))])

    def _cell(
        self, cursor: QTextCursor, cell: Sequence[Inline], align: str, head: bool
    ) -> None:
        look = self._text.plain()
        if head:
            look.setFontWeight(QFont.Weight.DemiBold)
        flags = {
            "center": Qt.AlignmentFlag.AlignHCenter,
            "right": Qt.AlignmentFlag.AlignRight,
        }
        if align in flags:
            block = QTextBlockFormat()
            block.setAlignment(flags[align])
            cursor.setBlockFormat(block)
        cursor.setBlockCharFormat(look)
        self._text.inlines(cursor, cell, look)
        if any(isinstance(inline, Math) for inline in cell):
            # A letter without ink keeps the base line of a row's other cells.
            cursor.insertText("\u200a", look)

    def _table_look(self) -> QTextTableFormat:
        look = QTextTableFormat()
        look.setBorder(1)
        look.setBorderCollapse(True)
        look.setBorderBrush(QBrush(QColor(self._text.palette.line)))
        look.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        look.setCellPadding(GRID * 3 / 4)
        look.setCellSpacing(0)
        look.setHeaderRowCount(1)
        look.setBottomMargin(GRID)
        return look


def _paragraph(depth: int) -> QTextBlockFormat:
    result = QTextBlockFormat()
    result.setLineHeight(_LINE_PERCENT, line_height("ProportionalHeight"))
    result.setBottomMargin(GRID)
    result.setIndent(depth)
    return result
