"""How rows of the sidebar are drawn: headings, conversations, and what was found."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPen,
    QPixmap,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.chat_model import ChatModel, Index, Section
from app.ui.chat_wording import one_line, shown_title
from app.ui.glyphs import pixmap
from app.ui.regional import date_text
from app.ui.theme import GRID, colours, font
from app.ui.utf16 import utf16
from app.values.chats import ChatHit

HIT = int(Qt.ItemDataRole.UserRole)
_LINE = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
LINE_END = _LINE | int(Qt.AlignmentFlag.AlignRight)
_ROUND = 6
_SNIPPET_LINES = 2


class RowPainter:
    """What drawing a row needs, with leading and trailing as the language reads."""

    def __init__(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        self.painter = painter
        self.colours = colours()
        self.direction = option.direction
        self.outer = option.rect.adjusted(0, 1, 0, -1)
        self.inner = self.outer.adjusted(GRID + 2, 0, -GRID, 0)
        self.hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        self.focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        self.selected = bool(option.state & QStyle.StateFlag.State_Selected)

    def ground(self, colour: str) -> None:
        """Draw the rounded ground of a row and the ring of the focus."""
        pen = QPen(QColor(self.colours.accent), 2) if self.focused else None
        if not colour and pen is None:
            return
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.painter.setPen(pen if pen is not None else Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(colour) if colour else Qt.BrushStyle.NoBrush)
        self.painter.drawRoundedRect(self.outer.adjusted(1, 1, -1, -1), _ROUND, _ROUND)

    def take_start(self, width: int) -> QRect:
        """Return a strip at the leading edge and go on behind it."""
        strip = QRect(self.inner.topLeft(), QSize(width, self.inner.height()))
        result = self._visual(strip)
        self.inner.setLeft(self.inner.left() + width)
        return result

    def take_end(self, width: int) -> QRect:
        """Return a strip at the trailing edge and end before it."""
        left = self.inner.right() + 1 - width
        strip = QRect(left, self.inner.top(), width, self.inner.height())
        result = self._visual(strip)
        self.inner.setRight(left - 1)
        return result

    def rest(self) -> QRect:
        """Return what is left between the strips."""
        return self._visual(self.inner)

    def text(
        self, rect: QRect, text: str, kind: QFont, colour: str, flags: int = _LINE
    ) -> None:
        """Draw one line, as much of it as fits."""
        self.painter.setFont(kind)
        self.painter.setPen(QColor(colour))
        elided = QFontMetrics(kind).elidedText(
            text, Qt.TextElideMode.ElideRight, rect.width()
        )
        # Isolated, a title keeps its own direction in a window of the other one.
        self.painter.drawText(rect, flags, f"\u2068{elided}\u2069")

    def picture(self, rect: QRect, drawn: QPixmap) -> None:
        """Draw a glyph in the middle of a strip."""
        size = drawn.deviceIndependentSize().toSize()
        place = QRect(QPoint(), size)
        place.moveCenter(rect.center())
        self.painter.drawPixmap(place, drawn)

    def _visual(self, rect: QRect) -> QRect:
        return QStyle.visualRect(self.direction, self.outer, rect)


class ChatRows(QStyledItemDelegate):
    """Draws headings and conversations, and lets titles be typed in place."""

    def __init__(self, view: QTreeView) -> None:
        super().__init__(view)
        self._view = view
        self._drawn: dict[tuple[str, str, int], QPixmap] = {}

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Draw one row."""
        model = self._view.model()
        assert isinstance(model, ChatModel)
        section = model.section_at(index)
        painter.save()
        row = RowPainter(painter, option)
        if section is not None:
            self._draw_heading(row, section, self._is_open(index))
        else:
            self._draw_chat(row, model, index)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the height that all rows have."""
        return QSize(80, self.height())

    def height(self) -> int:
        """Return how high a row is."""
        return QFontMetrics(font("body")).height() + GRID * 2 - 2

    def more_rect(self, row_rect: QRect) -> QRect:
        """Return where the three dots of a row are that open its menu."""
        side = self._side()
        left = row_rect.right() + 1 - GRID - side
        strip = QRect(left, row_rect.top(), side, row_rect.height())
        return QStyle.visualRect(self._view.layoutDirection(), row_rect, strip)

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index
    ) -> QWidget:
        """Return a line to type a title in."""
        result = QLineEdit(parent)
        result.setObjectName("RowEditor")
        result.setAccessibleName(translate(N_("Title")))
        result.setMaxLength(200)
        return result

    def updateEditorGeometry(  # noqa: N802 - Qt's name
        self, editor: QWidget, option: QStyleOptionViewItem, _index: Index
    ) -> None:
        """Lay the line over the whole row."""
        editor.setGeometry(option.rect)

    def _draw_heading(self, row: RowPainter, section: Section, is_open: bool) -> None:
        shown = row.colours
        row.ground(shown.line if row.hovered else "")
        side = self._side()
        arrow = row.take_end(side)
        if section.is_folder or row.hovered or row.focused or not is_open:
            row.picture(arrow, self._glyph("down" if is_open else "next", shown.muted))
        if section.is_folder:
            row.picture(row.take_start(side), self._glyph("folder", shown.muted))
            row.take_start(_ROUND)
            row.text(row.rest(), section.title, font("body"), shown.text)
            return
        small = font("small")
        small.setWeight(QFont.Weight.DemiBold)
        row.text(row.rest(), section.title, small, shown.muted)

    def _draw_chat(self, row: RowPainter, model: ChatModel, index: Index) -> None:
        info = model.chat_at(index)
        if info is None:
            return
        shown = row.colours
        is_shown = info.id == model.opened
        row.ground(shown.soft if is_shown else shown.line if row.hovered else "")
        colour = shown.on_soft if is_shown else shown.text
        parent = model.section_at(index.parent())
        if parent is not None and parent.is_folder:
            row.take_start(self._side() + _ROUND)
        if row.hovered:
            row.picture(row.take_end(self._side()), self._glyph("more", colour))
        row.text(row.rest(), shown_title(info), font("body"), colour)

    def _is_open(self, index: Index) -> bool:
        return self._view.isExpanded(index)

    def _side(self) -> int:
        return QFontMetrics(font("body")).height()

    def _glyph(self, name: str, colour: str) -> QPixmap:
        key = (name, colour, self._side() - 2)
        if key not in self._drawn:
            self._drawn[key] = pixmap(*key)
        return self._drawn[key]


class HitRows(QStyledItemDelegate):
    """Draws what a search found: title, day, and the words around the place."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Draw one row."""
        hit = index.data(HIT)
        if not isinstance(hit, ChatHit):
            return
        painter.save()
        row = RowPainter(painter, option)
        shown = row.colours
        row.ground(shown.line if row.hovered else "")
        row.inner.adjust(0, GRID - 2, 0, 2 - GRID)
        whole = QRect(row.inner)
        small = font("small")
        row.inner.setHeight(QFontMetrics(font("body")).height())
        day = date_text(hit.chat.changed_at)
        strip = row.take_end(QFontMetrics(small).horizontalAdvance(day) + 2)
        row.text(strip, day, small, shown.muted)
        row.take_end(GRID)
        row.text(row.rest(), shown_title(hit.chat), font("body"), shown.text)
        whole.setTop(row.inner.bottom() + 2)
        _draw_snippet(painter, whole, hit)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the height of a title and two lines."""
        small = QFontMetrics(font("small")).height()
        body = QFontMetrics(font("body")).height()
        return QSize(80, body + _SNIPPET_LINES * small + 2 * GRID + 2)


def _draw_snippet(painter: QPainter, rect: QRect, hit: ChatHit) -> None:
    shown = colours()
    layout = QTextLayout(one_line(hit.snippet), font("small"))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.setFormats([_marked(hit.snippet, start, end) for start, end in hit.marks])
    layout.beginLayout()
    top = 0.0
    for _ in range(_SNIPPET_LINES):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(rect.width())
        line.setPosition(QPointF(0, top))
        top += line.height()
    layout.endLayout()
    painter.setClipRect(rect)
    painter.setPen(QColor(shown.muted))
    layout.draw(painter, QPointF(rect.topLeft()))


def _marked(text: str, start: int, end: int) -> QTextLayout.FormatRange:
    shown = colours()
    result = QTextLayout.FormatRange()
    result.start = utf16(text, start)
    result.length = utf16(text, end) - result.start
    look = QTextCharFormat()
    look.setBackground(QColor(shown.mark))
    look.setForeground(QColor(shown.mark_text))
    result.format = look
    return result
