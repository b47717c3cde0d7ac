"""How a page is painted: paper, picture, and marks like those of a highlighter."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.ui.theme import LIGHT, colours, font
from app.values.documents import Box


def draw_sheet(painter: QPainter, page: QRectF, number: int) -> None:
    """Draw the paper, with the number of a page whose picture is still to come."""
    painter.setPen(QPen(QColor(colours().line), 1))
    painter.setBrush(QColor("white"))
    painter.drawRect(page.adjusted(-0.5, -0.5, 0.5, 0.5))
    painter.setFont(font("heading"))
    painter.setPen(QColor(LIGHT.muted))
    painter.drawText(page, Qt.AlignmentFlag.AlignCenter, str(number))


def draw_picture(painter: QPainter, page: QRectF, image: QImage, ratio: float) -> None:
    """Draw a picture: pixel on pixel where it has the right size, scaled otherwise."""
    target = page
    is_exact = abs(image.width() - page.width() * ratio) < 1.5
    if is_exact:
        left, top = round(page.left() * ratio), round(page.top() * ratio)
        corner = QPointF(left / ratio, top / ratio)
        target = QRectF(corner, QSizeF(image.width(), image.height()) / ratio)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_exact)
    painter.drawImage(target, image, QRectF(image.rect()))


def draw_marks(painter: QPainter, page: QRectF, marks: Iterable[Box]) -> None:
    """Draw marks so that the letters beneath stay black."""
    painter.save()
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(LIGHT.mark))
    for mark in marks:
        painter.drawRoundedRect(mark_rect(mark, page), 2, 2)
    painter.restore()


def mark_rect(mark: Box, page: QRectF) -> QRectF:
    """Return where a mark lies when the page is drawn at `page`."""
    return QRectF(
        page.left() + mark.left * page.width(),
        page.top() + mark.top * page.height(),
        (mark.right - mark.left) * page.width(),
        (mark.bottom - mark.top) * page.height(),
    ).adjusted(-1, -1, 1, 1)
