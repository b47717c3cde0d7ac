"""Small line icons, drawn in the colours of the theme.

Each is a path on a 24 × 24 grid with one width of stroke. Drawn here instead of loaded,
they are sharp at every scale, follow light, dark and contrast, turn round for languages
that are written from right to left, and cost no library at start.

Invariant: every name is drawn, and nothing is asked for that has no drawing
(`tests/ui/test_glyphs.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QIcon,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPixmapCache,
)
from PySide6.QtWidgets import QAbstractButton, QLabel

from app.ui.theme import colours, text_factor

SIZE = 18
_WIDTH = 2.0
_NUMBERS = {"M": 2, "L": 2, "H": 1, "V": 1, "Q": 4, "C": 6, "Z": 0, "O": 3, "R": 5}
_NUMBERS |= {"A": 5, "D": 2}

# The letters are SVG's, all absolute: M move, L line, H and V along an axis, Q and C
# curves, Z close. Our own: O x y radius is a circle, R x y width height radius a box,
# A x y radius start span an arc in degrees against the clock, D x y a dot.
_LINES: dict[str, str] = {
    "add": "M12 5V19 M5 12H19",
    "again": "A12 12 7.5 -60 -270 M19.5 4.5V9.5H14.5",
    "bin": "M4 6.5H20 M9 6.5V4H15V6.5 M6 6.5L7 20H17L18 6.5 M10.2 10.5V16 M13.8 10.5V16",
    "branch": "O6.5 5.5 2.2 O6.5 18.5 2.2 O17.5 8.5 2.2 M6.5 7.7V16.3"
    " M17.5 10.7C17.5 14.5 6.5 11.5 6.5 16.3",
    "chat": "M7 4.5H17Q20.5 4.5 20.5 8V12.5Q20.5 16 17 16H12L7.5 20V16H7"
    "Q3.5 16 3.5 12.5V8Q3.5 4.5 7 4.5Z",
    "check": "M5 12.5L10 17.5L19 7",
    "clock": "O12 12 8.5 M12 7V12L15.5 14",
    "close": "M6 6L18 18 M18 6L6 18",
    "computer": "R3 4.5 18 11.5 1.5 M12 16V19.5 M8 19.5H16",
    "contrast": "O12 12 8.5",
    "copy": "R8.5 8.5 11.5 11.5 2 M15.5 8.5V6Q15.5 4 13.5 4H6Q4 4 4 6V13.5Q4 15.5 6 15.5"
    "H8.5",
    "down": "M6 9L12 15L18 9",
    "download": "M12 4V15 M7 10.5L12 15.5L17 10.5 M4.5 19.5H19.5",
    "edit": "M4.5 19.5L5.5 15.5L15.8 5.2Q17 4 18.4 5.4Q19.9 6.9 18.8 8.2L8.5 18.5Z"
    " M13.8 7.3L16.7 10.2",
    "export": "M12 14.5V3.5 M7.5 8L12 3.5L16.5 8 M5 12.5V18.5Q5 20.5 7 20.5H17Q19 20.5 19"
    " 18.5V12.5",
    "external": "M18.5 13.5V18Q18.5 20 16.5 20H6Q4 20 4 18V7.5Q4 5.5 6 5.5H10.5"
    " M14.5 4H20V9.5 M20 4L11 13",
    "folder": "M3.5 17.5V6.5Q3.5 5 5 5H8.8Q9.5 5 10 5.6L11.8 7.8H19Q20.5 7.8 20.5 9.3V17.5"
    "Q20.5 19 19 19H5Q3.5 19 3.5 17.5Z",
    "help": "O12 12 8.5 M9.4 9.8C9.4 6.4 14.7 6.6 14.6 9.7C14.5 11.7 12 11.8 12 13.7"
    " D12 16.8",
    "import": "M12 3.5V14 M7.5 9.5L12 14L16.5 9.5 M5 12.5V18.5Q5 20.5 7 20.5H17Q19 20.5 19"
    " 18.5V12.5",
    "info": "O12 12 8.5 M12 11.2V16.2 D12 7.9",
    "key": "O8 15.5 4.2 M11 12.5L19.5 4 M16 7.5L18.8 10.3 M13.2 10.3L15 12.1",
    "laboratory": "M9 3.5H15 M10.2 3.5V9.5L4.9 18Q3.8 20.5 6.5 20.5H17.5Q20.2 20.5 19.1 18"
    "L13.8 9.5V3.5 M7.6 14.5H16.4",
    "library": "R4 4 4.5 16 1 R8.5 4 4.5 16 1 M14.6 5.4L17.6 4.4Q18.2 4.2 18.4 4.8L21.9"
    " 17.8Q22 18.5 21.4 18.7L18.8 19.6Q18.2 19.7 18 19.1L14.2 6.2Q14 5.6 14.6 5.4Z",
    "lock": "R5 10.5 14 9.5 2 M8 10.5V7.8A12 7.8 4 180 -180V10.5 D12 15.2",
    "minus": "M5 12H19",
    "models": "R6.5 6.5 11 11 2 M9.5 3V6.5 M14.5 3V6.5 M9.5 17.5V21 M14.5 17.5V21"
    " M3 9.5H6.5 M3 14.5H6.5 M17.5 9.5H21 M17.5 14.5H21",
    "moon": "M19.5 14.6C17 16.3 13 15.9 10.6 13.4C8.1 11 7.7 7 9.4 4.5C5.6 5.6 3.5 9 4.1"
    " 13C4.7 16.7 7.4 19.4 11 19.9C15 20.5 18.4 18.4 19.5 14.6Z",
    "more": "D5 12 D12 12 D19 12",
    "new": "M12 4.5H7Q4 4.5 4 7.5V17Q4 20 7 20H16.5Q19.5 20 19.5 17V12"
    " M10 14L10.5 11.2L17.6 4.1Q18.5 3.3 19.6 4.4Q20.7 5.5 19.9 6.4L12.8 13.5Z",
    "next": "M9 5L16 12L9 19",
    "office": "R6 3.5 12 17 1 M9.7 7.5H9.8 M14.2 7.5H14.3 M9.7 11.5H9.8 M14.2 11.5H14.3"
    " M10.2 20V16H13.8V20 M3.5 20.5H20.5",
    "pause": "M8.5 5.5V18.5 M15.5 5.5V18.5",
    "pin": "M8.5 4H15.5 M9.5 4V9.5L6.5 13.5H17.5L14.5 9.5V4 M12 13.5V20.5",
    "play": "M7.5 5L18.5 12L7.5 19Z",
    "previous": "M15 5L8 12L15 19",
    "privacy": "M12 3.5L19.5 6V11.5C19.5 16 16.5 19 12 20.8C7.5 19 4.5 16 4.5 11.5V6Z"
    " M8.7 12L11.2 14.5L15.5 9.8",
    "quote": "M10 7.5C7 8 5 10 5 13.5V16.5H10V12H5.2 M19 7.5C16 8 14 10 14 13.5V16.5H19V12"
    "H14.2",
    "restore": "M4.5 9.5H14.5Q19.5 9.5 19.5 14.2Q19.5 19 14.5 19H9 M8.8 5L4.3 9.5L8.8 14",
    "school": "M12 5L22 9.5L12 14L2 9.5Z M6 11.5V16.2C8.5 19.3 15.5 19.3 18 16.2V11.5"
    " M22 9.5V15.5",
    "search": "O10.5 10.5 6.2 M15.2 15.2L20 20",
    "send": "M12 19V5 M6 11L12 5L18 11",
    "settings": "M4 7H10.2 M15.8 7H20 M4 17H8.2 M13.8 17H20 O13 7 2.6 O11 17 2.6",
    "sun": "O12 12 4 M12 2.8V4.6 M12 19.4V21.2 M2.8 12H4.6 M19.4 12H21.2 M5.5 5.5L6.8 6.8"
    " M17.2 17.2L18.5 18.5 M5.5 18.5L6.8 17.2 M17.2 6.8L18.5 5.5",
    "text": "M5 6H19 M5 11.5H19 M5 17H14",
    "thumb_down": "M4.5 13.5H7.5V4.5H4.5Z M7.5 12.5L11 19.5Q13.5 19.5 13 16.5L12.5 14H18"
    "Q19.8 14 19.5 12L18.3 6Q18 4.5 16.5 4.5H7.5",
    "thumb_up": "M4.5 10.5H7.5V19.5H4.5Z M7.5 11.5L11 4.5Q13.5 4.5 13 7.5L12.5 10H18"
    "Q19.8 10 19.5 12L18.3 18Q18 19.5 16.5 19.5H7.5",
    "unpin": "M10 4H15.5 M14.5 4V9.5L17.5 13.5H17 M9.3 9.8L6.5 13.5H13 M12 13.5V20.5"
    " M4 4L20 20",
    "up": "M6 15L12 9L18 15",
    "user": "O12 8 4 M4.5 20C4.5 12.8 19.5 12.8 19.5 20",
    "warning": "M12 4.2L21 19.5H3Z M12 10V14 D12 16.8",
    "workshop": "R5 5 14 15.5 2 M9.5 6.5V3.5H14.5V6.5 M8 11.5L9.3 12.8L11.5 10.2 M14 11.5"
    "H16 M8 16.5L9.3 17.8L11.5 15.2 M14 16.5H16",
    "width": "M3 12H21 M7 8L3 12L7 16 M17 8L21 12L17 16",
}
_SOLIDS: dict[str, str] = {
    "contrast": "M12 4A12 12 8 90 -180Z",
    "dot": "O12 12 5",
    "play": "M7.5 5L18.5 12L7.5 19Z",
    "stop": "R7 7 10 10 2",
}
NAMES = frozenset(_LINES) | frozenset(_SOLIDS)
# What points along the line of writing points the other way in Arabic.
_TURNING = {"chat", "external", "new", "next", "previous", "quote", "restore"}
_TURNING |= {"text", "branch"}


def pixmap(name: str, colour: str, size: int = SIZE) -> QPixmap:
    """Return one glyph, sharp on every screen. Raises KeyError for unknown names."""
    if name not in NAMES:
        raise KeyError(name)
    screens = QGuiApplication.screens()
    ratio = max((screen.devicePixelRatio() for screen in screens), default=1.0)
    turned = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    key = f"glyph {name} {colour} {size} {ratio} {turned}"
    kept = QPixmap()
    if QPixmapCache.find(key, kept):
        return kept
    result = QPixmap(round(size * ratio), round(size * ratio))
    result.setDevicePixelRatio(ratio)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / 24, size / 24)
    if turned and name in _TURNING:
        painter.translate(24, 0)
        painter.scale(-1, 1)
    draw(painter, name, QColor(colour))
    painter.end()
    QPixmapCache.insert(key, result)
    return result


def draw(painter: QPainter, name: str, colour: QColor) -> None:
    """Draw one of `NAMES` on the painter's 24 × 24 grid."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(colour, _WIDTH)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.drawPath(_path_of(_LINES.get(name, "")))
    painter.fillPath(_path_of(_SOLIDS.get(name, "")), colour)
    pen.setWidthF(_WIDTH * 1.4)
    painter.setPen(pen)
    for letter, numbers in _steps(_LINES.get(name, "")):
        if letter == "D":
            painter.drawPoint(QPointF(*numbers))


def solid_and_line(name: str) -> tuple[QPainterPath, QPainterPath]:
    """Return what of a glyph is filled and what is drawn as a line, for other media."""
    return _path_of(_SOLIDS.get(name, "")), _path_of(_LINES.get(name, ""))


def _path_of(drawing: str) -> QPainterPath:
    """Return a drawing without its dots as a path."""
    path = QPainterPath()
    for letter, numbers in _steps(drawing):
        _add_step(path, letter, numbers)
    return path


def _add_step(path: QPainterPath, letter: str, at: list[float]) -> None:
    here = path.currentPosition()
    match letter:
        case "M":
            path.moveTo(*at)
        case "L":
            path.lineTo(*at)
        case "H":
            path.lineTo(at[0], here.y())
        case "V":
            path.lineTo(here.x(), at[0])
        case "Q":
            path.quadTo(*at)
        case "C":
            path.cubicTo(*at)
        case "Z":
            path.closeSubpath()
        case _:
            _add_shape(path, letter, at)


def _add_shape(path: QPainterPath, letter: str, at: list[float]) -> None:
    if letter == "O":
        path.addEllipse(QPointF(at[0], at[1]), at[2], at[2])
    elif letter == "R":
        path.addRoundedRect(QRectF(*at[:4]), at[4], at[4])
    elif letter == "A":
        x, y, radius, start, span = at
        box = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
        if path.isEmpty():
            path.arcMoveTo(box, start)
        path.arcTo(box, start, span)


def _steps(drawing: str) -> Iterator[tuple[str, list[float]]]:
    """Yield letters with their numbers. Raises ValueError where their count is wrong."""
    for letter, rest in re.findall(r"([A-Z])([^A-Z]*)", drawing):
        numbers = [float(number) for number in rest.split()]
        if len(numbers) != _NUMBERS[letter]:
            raise ValueError(f"{letter}{rest} in {drawing}")
        yield letter, numbers


def set_glyph(widget: QAbstractButton | QLabel, name: str, role: str = "text") -> None:
    """Give a widget a glyph in the colour `role`, kept when the theme changes."""
    for old in widget.findChildren(_Tint):
        widget.removeEventFilter(old)
        old.setParent(None)
    widget.installEventFilter(_Tint(widget, name, role))


class _Tint(QObject):
    """Draws a glyph when its widget is got ready to be seen, and anew with each change.

    A window has buttons that nobody looks at, and Qt tells each of them of style, font
    and colours several times before it is shown; so nothing is drawn until then.
    """

    _CHANGES = frozenset(
        {
            QEvent.Type.Polish,
            QEvent.Type.EnabledChange,
            QEvent.Type.PaletteChange,
            QEvent.Type.StyleChange,
            QEvent.Type.FontChange,
            QEvent.Type.LayoutDirectionChange,
        }
    )

    def __init__(self, widget: QAbstractButton | QLabel, name: str, role: str) -> None:
        super().__init__(widget)
        self._widget = widget
        self._name = name
        self._role = role
        self._drawn: tuple[object, ...] = ()
        self._draw()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in self._CHANGES:
            self._draw(event.type() == QEvent.Type.Polish)
        return False

    def _draw(self, is_ready: bool = False) -> None:
        if not is_ready and not self._widget.testAttribute(
            Qt.WidgetAttribute.WA_WState_Polished
        ):
            return
        shown = colours()
        on = self._widget.isEnabled()
        colour = getattr(shown, self._role)
        size = round(SIZE * text_factor())
        wanted = (colour, size, on, QGuiApplication.layoutDirection())
        if wanted == self._drawn:
            return
        self._drawn = wanted
        if isinstance(self._widget, QLabel):
            self._widget.setPixmap(pixmap(self._name, colour, size))
            return
        icon = QIcon(pixmap(self._name, colour, size))
        if not on:
            icon.addPixmap(pixmap(self._name, shown.control, size), QIcon.Mode.Disabled)
        self._widget.setIconSize(QSize(size, size))
        self._widget.setIcon(icon)
