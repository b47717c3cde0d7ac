"""What may follow, as bars: each is a button that puts its token to the end of the text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.literacy.tokens.shaping import Shaped
from app.literacy.tokens.shown import can_continue, visible
from app.ui.regional import percent_text
from app.ui.theme import GRID, colours, font
from app.ui.widgets import TextButton

MOST = 12
_NAME, _VALUE = 0.28, 0.16


class CandidateBars(QWidget):
    """Shows the likeliest tokens. `chosen` carries the text of one that was clicked."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate(N_("What may follow")))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.rows = [_Bar() for _ in range(MOST)]
        for row in self.rows:
            column.addWidget(row)
            row.clicked.connect(self._on_clicked)
            row.hide()

    def show_candidates(self, shaped: Sequence[Shaped]) -> None:
        """Show the first twelve."""
        for row, item in zip(self.rows, shaped, strict=False):
            row.show_candidate(item)
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(shaped))

    def _on_clicked(self) -> None:
        row = self.sender()
        if isinstance(row, _Bar) and row.item is not None:
            self.chosen.emit(row.item.candidate.text)


class _Bar(TextButton):
    """One token: its text, a bar as long as its chance, and the chance in figures.

    The thin line in the bar is its probability before temperature and top-p.
    """

    def __init__(self) -> None:
        super().__init__()
        self.item: Shaped | None = None
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_candidate(self, item: Shaped) -> None:
        """Show a token."""
        self.item = item
        usable = can_continue(item.candidate)
        self.setEnabled(usable)
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if usable else Qt.CursorShape.ArrowCursor
        )
        self.setAccessibleName(
            translate(
                N_("{token}: drawn with {chance}, probability {probability}"),
                token=self._name(),
                chance=percent(item.chance),
                probability=percent(item.candidate.probability),
            )
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of a line."""
        return QSize(320, self.fontMetrics().height() + GRID + 4)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest bar that can be read."""
        return QSize(200, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw name, bar and figure."""
        if self.item is None:
            return
        shown = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = self.rect().adjusted(1, 1, -1, -1)
        if self.hasFocus() or (self.underMouse() and self.isEnabled()):
            ring = (
                QPen(QColor(shown.accent), 2) if self.hasFocus() else Qt.PenStyle.NoPen
            )
            painter.setPen(ring)
            painter.setBrush(QColor(shown.hover))
            painter.drawRoundedRect(whole, 6, 6)
        name, bar, value = self._parts(whole)
        painter.setFont(font("body"))
        painter.setPen(QColor(shown.text if self.isEnabled() else shown.muted))
        text = painter.fontMetrics().elidedText(
            self._name(), Qt.TextElideMode.ElideRight, name.width()
        )
        painter.drawText(name, int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.drawText(
            value,
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight),
            percent(self.item.chance),
        )
        self._draw_bar(painter, bar)

    def _draw_bar(self, painter: QPainter, bar: QRect) -> None:
        assert self.item is not None
        shown = colours()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(shown.line))
        painter.drawRoundedRect(bar, 3, 3)
        painter.setBrush(QColor(shown.accent))
        painter.drawRoundedRect(self._share(bar, self.item.chance), 3, 3)
        mark = self._share(bar, self.item.candidate.probability)
        line = mark.left() if self.isRightToLeft() else mark.right()
        painter.setPen(QPen(QColor(shown.text), 2))
        painter.drawLine(line, bar.top() - 2, line, bar.bottom() + 2)

    def _share(self, bar: QRect, share: float) -> QRect:
        found = QRect(bar)
        found.setWidth(max(2, round(bar.width() * share)))
        if self.isRightToLeft():
            found.moveRight(bar.right())
        return found

    def _parts(self, whole: QRect) -> tuple[QRect, QRect, QRect]:
        inner = whole.adjusted(GRID, 0, -GRID, 0)
        wide = max(inner.width(), 1)
        left = round(wide * _NAME)
        right = max(
            round(wide * _VALUE), self.fontMetrics().horizontalAdvance("100,0 %")
        )
        name = QRect(inner.left(), inner.top(), left, inner.height())
        value = QRect(inner.right() - right, inner.top(), right, inner.height())
        bar = QRect(name.right() + GRID, 0, 0, max(6, inner.height() // 2 - 2))
        bar.setWidth(max(8, value.left() - GRID - bar.left()))
        bar.moveTop(inner.center().y() - bar.height() // 2)
        if self.isRightToLeft():
            return tuple(_mirrored(part, whole) for part in (name, bar, value))  # type: ignore[return-value]
        return name, bar, value

    def _name(self) -> str:
        assert self.item is not None
        candidate = self.item.candidate
        if candidate.ends:
            return translate(N_("(end of the answer)"))
        if not candidate.whole:
            return translate(N_("(part of a letter)"))
        return visible(candidate.text) or translate(N_("(mark without text)"))


def _mirrored(part: QRect, whole: QRect) -> QRect:
    return QRect(
        whole.right() - part.right() + whole.left(),
        part.top(),
        part.width(),
        part.height(),
    )


def percent(share: float) -> str:
    """Return a share as people read it, with a decimal below ten percent."""
    return percent_text(share, 0 if share >= 0.0995 else 1)
