"""Parts that the pages of the workshop share."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QPlainTextEdit,
    QSpinBox,
)

from app.ui.theme import GRID, font


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
