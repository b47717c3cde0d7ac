"""A page as picture, with the passage marked on it like with a highlighter.

The picture is asked for in the width in which it is shown, device pixels included, so
it is sharp at every zoom; until it comes, the one at hand is stretched.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.i18n import N_, translate
from app.ui.theme import GRID, LIGHT
from app.values.documents import Box, PagePicture

_LEAST_ZOOM, _MOST_ZOOM, _STEP = 0.5, 5.0, 1.2
_MOST_WIDTH_PX = 4000
_SETTLING_MS = 150


class PageView(QAbstractScrollArea):
    """Shows one page. `width_wanted` asks for a picture of so many pixels."""

    width_wanted = Signal(int)
    zoomed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setAutoFillBackground(False)
        self.zoom = 1.0
        self.marks: tuple[Box, ...] = ()
        self._pixmap = QPixmap()
        self._asked_px = 0
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLING_MS)
        self._settling.timeout.connect(self._ask_if_needed)
        self.clear()

    def clear(self) -> None:
        """Show no page."""
        self._pixmap = QPixmap()
        self.marks = ()
        self._asked_px = 0
        self.setAccessibleName(translate(N_("Page")))
        self._lay_out()

    def show_picture(self, picture: PagePicture, jump: bool) -> None:
        """Show a page; with `jump` its first mark (or its top) is scrolled into view."""
        pixmap = QPixmap()
        pixmap.loadFromData(picture.png, "PNG")
        self._pixmap = pixmap
        self.marks = picture.marks
        self._asked_px = max(self._asked_px, picture.width_px)
        self.setAccessibleName(
            translate(
                N_("Picture of page {number} of {total}; its text is below"),
                number=picture.number,
                total=picture.page_count,
            )
        )
        self._lay_out()
        if jump:
            self._scroll_to_mark()

    def needed_px(self) -> int:
        """Return the width in device pixels in which a page is shown now."""
        width = self._page_size().width() or self._fit_width() * self.zoom
        return min(_MOST_WIDTH_PX, max(200, round(width * self.devicePixelRatioF())))

    def ask_for(self) -> int:
        """Note that a picture of the needed width is under way, and return the width."""
        self._asked_px = self.needed_px()
        return self._asked_px

    def zoom_to(self, zoom: float) -> None:
        """Zoom; 1.0 is as wide as the view. The middle of the view stays there."""
        zoom = min(_MOST_ZOOM, max(_LEAST_ZOOM, zoom))
        bar = self.verticalScrollBar()
        height = max(1, self._page_size().height())
        middle = (bar.value() + self.viewport().height() / 2) / height
        self.zoom = zoom
        self._lay_out()
        height = self._page_size().height()
        bar.setValue(round(middle * height - self.viewport().height() / 2))
        self.zoomed.emit(zoom)
        self._settling.start()

    def zoom_in(self) -> None:
        """Show the page larger."""
        self.zoom_to(self.zoom * _STEP)

    def zoom_out(self) -> None:
        """Show the page smaller."""
        self.zoom_to(self.zoom / _STEP)

    # -- geometry --------------------------------------------------------------------

    def _fit_width(self) -> int:
        return max(80, self.viewport().width() - 2 * GRID)

    def _page_size(self) -> QSize:
        if self._pixmap.isNull():
            return QSize(0, 0)
        width = round(self._fit_width() * self.zoom)
        share = self._pixmap.height() / max(1, self._pixmap.width())
        return QSize(width, round(width * share))

    def _page_rect(self) -> QRectF:
        size = self._page_size()
        spare = self.viewport().width() - size.width()
        left = max(GRID, spare // 2) - self.horizontalScrollBar().value()
        top = GRID - self.verticalScrollBar().value()
        return QRectF(left, top, size.width(), size.height())

    def _lay_out(self) -> None:
        size, view = self._page_size(), self.viewport().size()
        for bar, page, room in (
            (self.horizontalScrollBar(), size.width(), view.width()),
            (self.verticalScrollBar(), size.height(), view.height()),
        ):
            bar.setRange(0, max(0, page + 2 * GRID - room) if page else 0)
            bar.setPageStep(room)
            bar.setSingleStep(GRID * 4)
        self.viewport().update()

    def _scroll_to_mark(self) -> None:
        size = self._page_size()
        top = min((mark.top for mark in self.marks), default=0.0)
        third = self.viewport().height() / 3
        self.verticalScrollBar().setValue(round(top * size.height() - third))
        left = min((mark.left for mark in self.marks), default=0.0)
        self.horizontalScrollBar().setValue(round(left * size.width()) - GRID * 2)

    def _ask_if_needed(self) -> None:
        if not self._pixmap.isNull() and self.needed_px() > self._asked_px * 1.05:
            self.width_wanted.emit(self.ask_for())

    # -- events ----------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the page, then the marks so that the letters stay black."""
        if self._pixmap.isNull():
            return
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        page = self._page_rect()
        painter.drawPixmap(page, self._pixmap, QRectF(self._pixmap.rect()))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(LIGHT.mark))
        for mark in self.marks:
            painter.drawRoundedRect(mark_rect(mark, page), 2, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the page as wide as the view wants it."""
        super().resizeEvent(event)
        self._lay_out()
        self._settling.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl, scroll without."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_to(self.zoom * _STEP ** (event.angleDelta().y() / 120))
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom with + and −, fit with 0."""
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom_out()
        elif event.key() == Qt.Key.Key_0:
            self.zoom_to(1.0)
        else:
            super().keyPressEvent(event)

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:  # noqa: N802 - Qt's name
        """Draw anew at the new place."""
        self.viewport().update()


def mark_rect(mark: Box, page: QRectF) -> QRectF:
    """Return where a mark lies when the page is drawn at `page`."""
    return QRectF(
        page.left() + mark.left * page.width(),
        page.top() + mark.top * page.height(),
        (mark.right - mark.left) * page.width(),
        (mark.bottom - mark.top) * page.height(),
    ).adjusted(-1, -1, 1, 1)
