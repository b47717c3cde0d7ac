"""The sources of an answer as cards: what it cites stands out, the rest is quieter.

Each card tells number, file, page, heading and the first lines of the passage. They are
rows of one list, so that arrows, Home, End and typing a name work as everywhere, and a
screen reader says "3 of 8".
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPen,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.places import Place
from app.ui.theme import GRID, colours, font

_PLACE = int(Qt.ItemDataRole.UserRole)
_HEADER = _PLACE + 1
_GAP, _PAD = 4, 12
_LINES_CITED, _LINES_FOUND = 3, 2


class SourceList(QListWidget):
    """Lists places. `opened` carries the Place that was clicked or entered."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("SourceList")
        self.given: tuple[Place, ...] = ()
        self.setItemDelegate(_CardDelegate(self))
        self.setAccessibleName(translate(N_("Sources")))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(GRID * 3)
        self.itemClicked.connect(self._on_item)
        self.itemActivated.connect(self._on_item)

    def show_places(self, places: Sequence[Place]) -> None:
        """List places: first those that the answer cites, then what else was found."""
        self.given = tuple(places)
        self.clear()
        cited = [place for place in places if place.cited]
        found = [place for place in places if not place.cited]
        for place in (*cited, *found):
            item = QListWidgetItem(place.file_and_page)
            item.setData(_PLACE, place)
            item.setData(_HEADER, bool(cited) and place is found[0] if found else False)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken_text(place))
            self.addItem(item)

    def places(self) -> list[Place]:
        """Return the places in the order in which they are listed."""
        return [self.item(row).data(_PLACE) for row in range(self.count())]

    def place_beside(self, step: int) -> Place | None:
        """Return the place after (1) or before (-1) the current one, around the ends."""
        if not self.count():
            return None
        row = self.currentRow()
        if row < 0:
            row = 0 if step > 0 else self.count() - 1
        else:
            row = (row + step) % self.count()
        place: Place = self.item(row).data(_PLACE)
        return place

    def choose(self, place: Place) -> None:
        """Show which source is open."""
        for row, listed in enumerate(self.places()):
            if listed.number == place.number:
                self.setCurrentRow(row)
                self.scrollToItem(self.item(row))

    def _on_item(self, item: QListWidgetItem) -> None:
        self.opened.emit(item.data(_PLACE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the passages anew for the new width."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()


def spoken_text(place: Place) -> str:
    """Return what a screen reader says for a place."""
    template = (
        N_("Source {number}, {place}: {quote}")
        if place.cited
        else N_("Also found, {number}, {place}: {quote}")
    )
    quote = f"{place.heading}. {place.words}" if place.heading else place.words
    return translate(
        template, number=place.number, place=place.file_and_page, quote=quote
    )


class _CardDelegate(QStyledItemDelegate):
    """Draws a place as a card."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one card, with the words "Also found" above the first that is not cited."""
        place: Place = index.data(_PLACE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A text in another script than the window's still runs in its own direction.
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        rect = QRect(option.rect)
        if index.data(_HEADER):
            head = QRect(rect.adjusted(_PAD, GRID, -_PAD, 0))
            head.setHeight(_height("small"))
            _line(painter, head, translate(N_("Also found")), "small", colours().muted)
            rect.setTop(rect.top() + _header_height())
        card = rect.adjusted(1, _GAP // 2, -1, -_GAP // 2)
        _draw_ground(painter, card, option, place.cited)
        _draw_content(
            painter, card.adjusted(_PAD, _PAD - 2, -_PAD, -_PAD), place, option
        )
        painter.restore()

    def sizeHint(
        self,
        _option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QSize:
        """Return the height of a card as wide as the list."""
        place: Place = index.data(_PLACE)
        view = self.parent()
        assert isinstance(view, QListWidget)
        width = view.viewport().width()
        height = _height("body") + 2 * _PAD + _GAP
        if place.heading:
            height += _height("small") + 2
        lines = _wrapped(place, width - 2 * (_PAD + 1))
        height += 4 + len(lines) * _height("small")
        if index.data(_HEADER):
            height += _header_height()
        return QSize(80, height)


def _draw_ground(
    painter: QPainter, card: QRect, option: QStyleOptionViewItem, cited: bool
) -> None:
    shown = colours()
    state = option.state
    selected = bool(state & QStyle.StateFlag.State_Selected)
    hovered = bool(state & QStyle.StateFlag.State_MouseOver)
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(QColor(shown.accent), 2))
    elif selected:
        painter.setPen(QPen(QColor(shown.accent), 1))
    elif hovered:
        painter.setPen(QPen(QColor(shown.control), 1))
    else:
        painter.setPen(QPen(QColor(shown.line), 1) if cited else Qt.PenStyle.NoPen)
    ground = shown.soft if selected else shown.surface if cited or hovered else ""
    painter.setBrush(QColor(ground) if ground else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)


def _draw_content(
    painter: QPainter, inner: QRect, place: Place, option: QStyleOptionViewItem
) -> None:
    """Draw badge, file and page, heading and passage, mirrored where people read so."""
    shown = colours()
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    strong = shown.on_soft if selected else shown.text
    quiet = shown.on_soft if selected else shown.muted
    top = QRect(inner.left(), inner.top(), inner.width(), _height("body"))
    badge = _badge_rect(top, place.number)
    name = top.adjusted(badge.width() + GRID, 0, 0, 0)
    _draw_badge(
        painter,
        QStyle.visualRect(option.direction, inner, badge),
        str(place.number),
        place.cited,
    )
    name = QStyle.visualRect(option.direction, inner, name)
    title = font("body")
    if place.cited:
        title.setWeight(QFont.Weight.DemiBold)
    colour = strong if place.cited else quiet
    middle = Qt.TextElideMode.ElideMiddle
    _line(painter, name, place.file_and_page, title, colour, middle)
    top.moveTop(top.bottom() + 3)
    if place.heading:
        top.setHeight(_height("small"))
        end = Qt.TextElideMode.ElideRight
        _line(painter, top, place.last_heading, "small", quiet, end)
        top.moveTop(top.bottom() + 3)
    painter.setPen(QColor(strong if place.cited else quiet))
    painter.setFont(font("small"))
    y = top.top() + 2
    for line in _wrapped(place, inner.width()):
        rect = QRect(inner.left(), y, inner.width(), _height("small"))
        painter.drawText(rect, _flags(), line)
        y += _height("small")


def _badge_rect(top: QRect, number: int) -> QRect:
    metrics = QFontMetrics(font("small"))
    height = metrics.height() + 2
    width = max(height, metrics.horizontalAdvance(str(number)) + GRID)
    return QRect(top.left(), top.top() + (top.height() - height) // 2, width, height)


def _draw_badge(painter: QPainter, badge: QRect, text: str, cited: bool) -> None:
    shown = colours()
    painter.setPen(Qt.PenStyle.NoPen if cited else QPen(QColor(shown.control), 1))
    painter.setBrush(QColor(shown.accent) if cited else Qt.BrushStyle.NoBrush)
    round_ = badge.height() / 2
    painter.drawRoundedRect(
        QRectF(badge).adjusted(0.5, 0.5, -0.5, -0.5), round_, round_
    )
    painter.setFont(font("small"))
    painter.setPen(QColor(shown.on_accent if cited else shown.muted))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


def _line(
    painter: QPainter,
    rect: QRect,
    text: str,
    kind: str | QFont,
    colour: str,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """Draw one line, shortened where it does not fit."""
    used = font(kind) if isinstance(kind, str) else kind
    painter.setFont(used)
    painter.setPen(QColor(colour))
    painter.drawText(
        rect, _flags(), QFontMetrics(used).elidedText(text, mode, rect.width())
    )


def _flags() -> int:
    """Return how a line is set: at the side on which the window's language begins."""
    mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
    place = side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
    return int(place) | int(Qt.TextFlag.TextSingleLine)


def _wrapped(place: Place, width: int) -> list[str]:
    """Return the first lines of the passage; the last ends in … where there is more."""
    most = _LINES_CITED if place.cited else _LINES_FOUND
    # More than fits in no list is not laid out at all.
    text = place.words[: 200 * most]
    layout = QTextLayout(text, font("small"))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    lines: list[str] = []
    layout.beginLayout()
    for _ in range(most):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(max(40, width))
        line.setPosition(QPointF(0, 0))
        start = line.textStart()
        # Qt counts in 16-bit units.
        raw = text.encode("utf-16-le", "surrogatepass")
        piece = raw[2 * start : 2 * (start + line.textLength())]
        rest = raw[2 * start :]
        chosen = rest if len(lines) == most - 1 else piece
        lines.append(chosen.decode("utf-16-le", "replace").strip())
    layout.endLayout()
    if len(lines) == most:
        metrics = QFontMetrics(font("small"))
        last = lines[-1] + ("…" if len(place.words) > len(text) else "")
        lines[-1] = metrics.elidedText(
            last, Qt.TextElideMode.ElideRight, max(40, width)
        )
    return lines


def _height(kind: str) -> int:
    return QFontMetrics(font(kind)).height()


def _header_height() -> int:
    return _height("small") + 2 * GRID
