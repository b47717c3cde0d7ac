"""A text as a row of boxes, one a token, that goes on in the next line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.i18n import N_, translate
from app.literacy.tokens.shown import labels
from app.ui.theme import GRID, colours, font
from app.ui.widgets import tip
from app.values.tokens import TextToken

# As many as one can look at; a longer text shows its beginning.
_MOST = 400


class TokenStrip(QWidget):
    """Draws tokens in turn on four grounds, each with a border: not by colour alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tokens: tuple[TextToken, ...] = ()
        self._labels: list[str] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumHeight(self._line_height())

    def show_tokens(self, tokens: Sequence[TextToken]) -> None:
        """Show the tokens of a text."""
        self.tokens = tuple(tokens[:_MOST])
        self._labels = labels(self.tokens)
        spoken = ", ".join(self._labels)
        self.setAccessibleName(translate(N_("Tokens: {tokens}"), tokens=spoken))
        self.setMinimumHeight(self.heightForWidth(max(self.width(), 200)))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """Say that the height depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Return the height of all lines."""
        boxes = self._boxes(width)
        return boxes[-1].bottom() + 2 if boxes else self._line_height()

    def sizeHint(self) -> QSize:
        """Return the room that is needed at the width there is."""
        width = max(self.width(), 200)
        return QSize(width, self.heightForWidth(width))

    def resizeEvent(self, _event: object) -> None:
        """Take the height that the new width needs."""
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the boxes."""
        shown = colours()
        grounds = [shown.soft, shown.warn_soft, shown.hover, shown.danger_soft]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("body"))
        pairs = zip(self._boxes(self.width()), self._labels, strict=True)
        for place, (box, text) in enumerate(pairs):
            painter.setPen(QPen(QColor(shown.control), 1))
            painter.setBrush(QColor(grounds[place % len(grounds)]))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(QColor(shown.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def event(self, event: QEvent) -> bool:
        """Tell the number of the token under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            for box, token in zip(self._boxes(self.width()), self.tokens, strict=True):
                if box.contains(event.pos()):
                    text = translate(N_("Token number {number}"), number=token.id)
                    QToolTip.showText(event.globalPos(), tip(text), self, box)
                    return True
            QToolTip.hideText()
            return True
        return super().event(event)

    def _line_height(self) -> int:
        return QFontMetrics(font("body")).height() + GRID

    def _boxes(self, width: int) -> list[QRect]:
        metrics, height = QFontMetrics(font("body")), self._line_height()
        found: list[QRect] = []
        left = top = 1
        for text in self._labels:
            wide = min(metrics.horizontalAdvance(text) + GRID, max(width - 2, GRID))
            if left > 1 and left + wide > width - 1:
                left, top = 1, top + height + 4
            found.append(QRect(left, top, wide, height))
            left += wide + 3
        return found
