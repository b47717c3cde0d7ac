"""Parts that the pages of the workshop share."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import GRID, font

WIDEST = 840


def page_column(page: QWidget, name: str) -> QVBoxLayout:
    """Fill a page with a column in the middle that scrolls; return the empty column.

    It is filled where it stays: each time something is laid into something else, Qt
    looks up the style of all that it holds.
    """
    inner = QWidget()
    inner.setObjectName("Turns")
    inner.setMaximumWidth(WIDEST)
    middle = QWidget()
    middle.setObjectName("Turns")
    line = QHBoxLayout(middle)
    line.setContentsMargins(0, 0, 0, 0)
    line.addStretch(1)
    line.addWidget(inner, 100)
    line.addStretch(1)
    area = QScrollArea()
    area.setObjectName("PageArea")
    area.setWidgetResizable(True)
    area.setWidget(middle)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName(name)
    whole = page.layout()
    if whole is None:
        whole = QVBoxLayout(page)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
    whole.addWidget(area)
    column = QVBoxLayout(inner)
    column.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
    column.setSpacing(GRID * 2)
    return column


class CountBox(QSpinBox):
    """A number from 1; the wheel scrolls the page and does not change it in passing."""

    def __init__(self, most: int, least: int = 1) -> None:
        super().__init__()
        self.setRange(least, most)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the page instead."""
        event.ignore()


class TextBox(QPlainTextEdit):
    """Some lines of text to edit; it grows with what is written, up to `most` lines.

    Tab leaves it, as it does any other field.
    """

    def __init__(self, text: str, name: str, least: int = 2, most: int = 10) -> None:
        super().__init__()
        self._least, self._most = least, most
        self.setFont(font("body"))
        self.setReadOnly(False)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self.setPlainText(text)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.document().documentLayout().documentSizeChanged.connect(
            lambda _size: self._fit()
        )
        self._fit()

    @property
    def text(self) -> str:
        """What stands there."""
        return self.toPlainText()

    def on_change(self, told: Callable[[], None]) -> None:
        """Call `told` at each change."""
        self.textChanged.connect(told)

    def sizeHint(self) -> QSize:
        """Return the room for the least lines."""
        return QSize(240, self._height(self._least))

    def _height(self, lines: int) -> int:
        return self.fontMetrics().lineSpacing() * lines + 3 * GRID

    def _fit(self) -> None:
        # A plain text document counts its height in lines.
        lines = int(self.document().size().height())
        shown = max(self._least, min(self._most, lines))
        self.setFixedHeight(self._height(shown))
