"""A share with its range, as a bar: where it may lie, and where no bias would be."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import colours
from app.values.laboratory import Finding

_HEIGHT, _DOT = 18, 5


class RangeBar(QWidget):
    """Draws one figure. What it shows is always said beside it in words."""

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self._finding = finding
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)

    def sizeHint(self) -> QSize:
        """Return the room of a bar."""
        return QSize(200, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground, range, neutral mark and value."""
        shown, share = colours(), self._finding.share
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isRightToLeft():
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        # Room at both ends for the dot.
        painter.translate(_DOT + 1, 0)
        wide, middle = float(self.width() - 2 * _DOT - 2), self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(shown.line))
        painter.drawRoundedRect(QRectF(0, middle - 3, wide, 6), 3, 3)
        if not share.total:
            return
        painter.setBrush(QColor(shown.accent))
        left, right = share.low * wide, share.high * wide
        painter.drawRoundedRect(QRectF(left, middle - 4, max(right - left, 4), 8), 4, 4)
        if self._finding.neutral is not None:
            pen = QPen(QColor(shown.text), 2, Qt.PenStyle.DotLine)
            painter.setPen(pen)
            x = self._finding.neutral * wide
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setPen(QPen(QColor(shown.window), 1))
        painter.setBrush(QColor(shown.text))
        painter.drawEllipse(QPointF(share.value * wide, middle), _DOT, _DOT)
