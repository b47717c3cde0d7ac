"""Small line icons, drawn in the colours of the theme.

Each is a path on a 24 × 24 grid. Drawn here instead of loaded, they are sharp at every
scale, follow light and dark, and cost no library at start.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QIcon,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton

from app.ui.theme import colours

# Each stroke: a list of points; a closed one ends where it began.
_STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "add": [[(12, 5), (12, 19)], [(5, 12), (19, 12)]],
    "minus": [[(5, 12), (19, 12)]],
    "send": [[(12, 19), (12, 5)], [(6, 11), (12, 5), (18, 11)]],
    "close": [[(6, 6), (18, 18)], [(18, 6), (6, 18)]],
    "previous": [[(15, 5), (8, 12), (15, 19)]],
    "next": [[(9, 5), (16, 12), (9, 19)]],
    "width": [
        [(3, 12), (21, 12)],
        [(7, 8), (3, 12), (7, 16)],
        [(17, 8), (21, 12), (17, 16)],
    ],
    "more": [[(5, 12), (5.1, 12)], [(12, 12), (12.1, 12)], [(19, 12), (19.1, 12)]],
    "text": [[(5, 6), (19, 6)], [(5, 11), (19, 11)], [(5, 16), (14, 16)]],
    "warning": [
        [(12, 4), (21, 19.5), (3, 19.5), (12, 4)],
        [(12, 10), (12, 14)],
        [(12, 16.9), (12, 17)],
    ],
    "check": [[(5, 12.5), (10, 17.5), (19, 7)]],
    "down": [[(6, 9), (12, 15), (18, 9)]],
    "folder": [
        [
            (3.5, 18.5),
            (3.5, 5.5),
            (9.5, 5.5),
            (11.5, 8),
            (20.5, 8),
            (20.5, 18.5),
            (3.5, 18.5),
        ]
    ],
}
_FILLED = {"stop": QRectF(7, 7, 10, 10)}
SIZE = 18


def pixmap(name: str, colour: str, size: int = SIZE) -> QPixmap:
    """Return one glyph, sharp on every screen that is connected."""
    screens = QGuiApplication.screens()
    ratio = max((screen.devicePixelRatio() for screen in screens), default=1.0)
    result = QPixmap(round(size * ratio), round(size * ratio))
    result.setDevicePixelRatio(ratio)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / 24, size / 24)
    draw(painter, name, QColor(colour))
    painter.end()
    return result


def draw(painter: QPainter, name: str, colour: QColor) -> None:
    """Draw a glyph on the painter's 24 × 24 grid."""
    if name in _FILLED:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(_FILLED[name], 2, 2)
        return
    path = QPainterPath()
    for stroke in _STROKES[name]:
        path.moveTo(QPointF(*stroke[0]))
        for point in stroke[1:]:
            path.lineTo(QPointF(*point))
    width = 3.0 if name == "more" else 2.0
    painter.setPen(
        QPen(
            colour,
            width,
            Qt.PenStyle.SolidLine,
            Qt.PenCapStyle.RoundCap,
            Qt.PenJoinStyle.RoundJoin,
        )
    )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


def set_glyph(button: QAbstractButton, name: str, role: str = "text") -> None:
    """Give a button a glyph in the colour `role`, kept when the theme changes."""
    for old in button.findChildren(_Tint):
        old.setParent(None)
    button.installEventFilter(_Tint(button, name, role))


class _Tint(QObject):
    """Draws a button's glyph anew when the colours change."""

    def __init__(self, button: QAbstractButton, name: str, role: str) -> None:
        super().__init__(button)
        self._button = button
        self._name = name
        self._role = role
        self._drawn = ""
        button.setIconSize(QSize(SIZE, SIZE))
        self._draw()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw()
        return False

    def _draw(self) -> None:
        shown = colours()
        colour = getattr(shown, self._role)
        if colour == self._drawn:
            return
        self._drawn = colour
        icon = QIcon(pixmap(self._name, colour))
        icon.addPixmap(pixmap(self._name, shown.control), QIcon.Mode.Disabled)
        self._button.setIcon(icon)
