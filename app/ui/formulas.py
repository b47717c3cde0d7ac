"""Formulas as objects within a text, drawn off the GUI thread.

A view asks for a formula; what is not drawn yet is drawn by one helping thread that ends
when nothing waits. The view shows the source until `drawn` knows the formula.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict, deque
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSizeF
from PySide6.QtGui import (
    QFontMetricsF,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtSvg import QSvgRenderer

from app.markup import mathematics
from app.markup.mathematics import Formula

FORMULA = int(QTextFormat.ObjectTypes.UserObject.value) + 1
TEX = int(QTextFormat.Property.UserProperty.value) + 1
DISPLAY = TEX + 1
_KEPT = 2_000
_TURN_S = 0.0003

Key = tuple[str, bool]


class Workshop:
    """Draws formulas in the order they were asked for and keeps them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done: OrderedDict[Key, Formula | None] = OrderedDict()
        self._waiting: deque[Key] = deque()
        self._busy = False

    def knows(self, key: Key) -> bool:
        """Tell whether the formula was drawn or turned out to be impossible."""
        with self._lock:
            return key in self._done

    def drawn(self, key: Key) -> Formula | None:
        """Return the formula; None while it is waited for and where there is none."""
        with self._lock:
            return self._done.get(key)

    def ask(self, key: Key) -> None:
        """Have a formula drawn soon."""
        with self._lock:
            if key in self._done or key in self._waiting:
                return
            self._waiting.append(key)
            if self._busy:
                return
            self._busy = True
        threading.Thread(target=self._work, name="formulas", daemon=True).start()

    def _work(self) -> None:
        # Python hands over between threads every 5 ms only, and a view that draws
        # itself asks for its turn dozens of times: it would stutter.
        usual = sys.getswitchinterval()
        sys.setswitchinterval(_TURN_S)
        try:
            self._draw_all()
        finally:
            sys.setswitchinterval(usual)

    def _draw_all(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy = False
                    return
                key = self._waiting[0]
            formula = mathematics.draw(*key)
            with self._lock:
                self._waiting.popleft()
                self._done[key] = formula
                if len(self._done) > _KEPT:
                    self._done.popitem(last=False)


WORKSHOP = Workshop()


@lru_cache(maxsize=256)
def _renderer(svg: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(svg.encode("utf-8")))


class FormulaObject(QPyTextObject):
    """Lays out and draws a formula with its base line on that of the words."""

    def intrinsicSize(  # noqa: N802 - Qt's name
        self, _document: QTextDocument, _place: int, text_format: QTextFormat
    ) -> QSizeF:
        """Return the room of the formula.

        Qt centres such an object on half the height of an x. The room is as high as
        it must be for the formula's own base line to lie right then.
        """
        format_ = text_format.toCharFormat()
        formula, scale, half_x = _measures(format_)
        if formula is None:
            return QSizeF(1, 1)
        above = formula.ascent * scale
        below = (formula.height - formula.ascent) * scale
        height = max(2 * above - half_x, 2 * below + half_x)
        return QSizeF(formula.width * scale, height)

    def drawObject(  # noqa: N802 - Qt's name
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        _document: QTextDocument,
        _place: int,
        text_format: QTextFormat,
    ) -> None:
        """Draw the paths in the colour of the text: sharp at every scale."""
        format_ = text_format.toCharFormat()
        formula, scale, half_x = _measures(format_)
        if formula is None:
            return
        colour = format_.foreground().color().name()
        rect = QRectF(rect)
        base_line = rect.top() + (rect.height() + half_x) / 2
        target = QRectF(
            rect.left(),
            base_line - formula.ascent * scale,
            formula.width * scale,
            formula.height * scale,
        )
        _renderer(formula.svg.replace("currentColor", colour)).render(painter, target)


def _measures(format_: QTextCharFormat) -> tuple[Formula | None, float, float]:
    """Return the formula, its scale and half the height of an x."""
    key = (str(format_.property(TEX)), bool(format_.property(DISPLAY)))
    metrics = QFontMetricsF(format_.font())
    scale = metrics.height() / 1.2 / mathematics.SIZE_PX
    return WORKSHOP.drawn(key), scale, metrics.xHeight() / 2
