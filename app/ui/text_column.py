"""The column in which one reads and writes: as wide as a line may be, and in the middle."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics

from app.ui.theme import GRID, font

_LETTERS = 92
_LEAST = 160


def text_column(room: int) -> tuple[int, int]:
    """Return left edge and width of the column in so much room (pixels)."""
    letters = QFontMetrics(font("reading")).averageCharWidth() * _LETTERS
    width = max(_LEAST, min(room - 4 * GRID, letters))
    return (room - width) // 2, width
