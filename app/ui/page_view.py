"""The pages of a document as pictures below one another, with a passage marked.

A picture is asked for in the width in which it is shown, device pixels included, so it
is sharp at every zoom; until it comes, the one at hand is stretched, or an empty sheet
shows where it will be. Nothing jumps when a page turns out higher than was guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QAbstractSlider, QWidget

from app.i18n import N_, translate
from app.ui.page_layout import GAP, PageLayout
from app.ui.page_paint import draw_marks, draw_picture, draw_sheet, mark_rect
from app.ui.page_source import PageSource
from app.ui.theme import GRID
from app.values.documents import Box

LEAST_ZOOM, MOST_ZOOM = 0.25, 5.0
_STEP = 1.2
_MOST_WIDTH_PX = 6000
_BESIDE_PIXELS = 4_000_000
_SETTLING_MS = 150
__all__ = ["PageView", "mark_rect"]
FIT_WIDTH, FIT_PAGE, FREE = "width", "page", "free"


class PageView(QAbstractScrollArea):
    """Shows the pages of a PageSource.

    `turned` carries the number of the page that is being read, `counted` how many there
    are, `zoomed` the zoom; `found` tells that a passage came into view, and whether it
    is marked there. `search_wanted` asks for the field that finds words.
    """

    turned = Signal(int)
    counted = Signal(int)
    zoomed = Signal(float)
    found = Signal(bool)
    search_wanted = Signal()

    def __init__(self, source: PageSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        # A page is the same from whatever side its reader's script begins.
        self.horizontalScrollBar().setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.viewport().setAutoFillBackground(False)
        self.zoom, self.fit = 1.0, FIT_WIDTH
        self.page = 0
        self._source = source
        self._source.arrived.connect(self._on_arrived)
        self._pages = PageLayout()
        self._passage = ""
        self._goal: tuple[int, bool] | None = None
        self._moving = False
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLING_MS)
        self._settling.timeout.connect(self._ask)
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.valueChanged.connect(self._on_scrolled)
        self._name_page()

    # -- what is shown ---------------------------------------------------------------

    def show_pages(self, count: int) -> None:
        """Begin a document that has at least so many pages."""
        self._pages.reset(count)
        self.page, self._goal = 0, None
        self._lay_out()

    def set_count(self, count: int) -> None:
        """Take over how many pages there are."""
        if self._pages.set_count(count):
            with self._in_place():
                self._lay_out()
            self.counted.emit(count)

    @property
    def count(self) -> int:
        """How many pages there are, as far as is known."""
        return self._pages.count

    def go_to(self, number: int, to_mark: bool = False, passage: str = "") -> None:
        """Scroll to a page, or to what is marked on it as soon as that is known."""
        self._passage = passage
        self._goal = (min(max(number, 1), max(1, self._pages.count)), to_mark)
        self._pursue_goal()
        self._ask()

    @property
    def marks(self) -> tuple[Box, ...]:
        """What is marked on the page that is being read."""
        return self._source.marks(self.page)

    def needed_px(self) -> int:
        """Return the width in device pixels in which pages are shown now."""
        width = round(self._pages.width * self.devicePixelRatioF())
        return min(_MOST_WIDTH_PX, max(64, width))

    # -- zoom ------------------------------------------------------------------------

    def zoom_to(self, zoom: float, fit: str = FREE) -> None:
        """Zoom; 1.0 is as wide as the view. What is being read stays in sight."""
        self.fit = fit
        with self._in_place():
            self.zoom = min(MOST_ZOOM, max(LEAST_ZOOM, zoom))
            self._lay_out()
        self.zoomed.emit(self.zoom)
        self._settling.start()

    def zoom_in(self) -> None:
        """Show pages larger."""
        self.zoom_to(self.zoom * _STEP)

    def zoom_out(self) -> None:
        """Show pages smaller."""
        self.zoom_to(self.zoom / _STEP)

    def fit_width(self) -> None:
        """Show pages as wide as the view."""
        self.zoom_to(1.0, FIT_WIDTH)

    def fit_page(self) -> None:
        """Show the page as a whole."""
        self.zoom_to(self._whole_page_zoom(), FIT_PAGE)
        self.go_to(self.page, passage=self._passage)

    def _whole_page_zoom(self) -> float:
        room = self.viewport().height() - 2 * GAP
        return min(1.0, room / self._pages.share(self.page) / self._room())

    # -- geometry --------------------------------------------------------------------

    def _room(self) -> int:
        return max(80, self.viewport().width() - 2 * GRID)

    def _rect_of(self, number: int) -> QRectF:
        width = self._pages.width
        left = max(GRID, (self.viewport().width() - width) // 2)
        left -= self.horizontalScrollBar().value()
        top = self._pages.top(number) - self.verticalScrollBar().value()
        return QRectF(left, top, width, self._pages.height(number))

    def _page_rect(self) -> QRectF:
        """Return where the page that is being read lies in the viewport."""
        return self._rect_of(self.page)

    def _reading_height(self) -> int:
        """Return the height in the viewport at which people read."""
        return self.viewport().height() // 3

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """Change sizes inside so that what is being read stays where it is."""
        bar, at = self.verticalScrollBar(), self._reading_height()
        y = bar.value() + at
        number = self._pages.page_at(y)
        height = max(1, self._pages.height(number))
        share = (y - self._pages.top(number)) / height
        yield
        y = round(self._pages.top(number) + share * self._pages.height(number))
        self._scroll(y - at)
        self._pursue_goal()

    def _lay_out(self) -> None:
        """Bring the scroll bars in line with the sizes of the pages."""
        self._pages.set_width(round(self._room() * self.zoom))
        wide = self._pages.width + 2 * GRID
        self._moving = True
        for bar, whole, room in (
            (self.horizontalScrollBar(), wide, self.viewport().width()),
            (self.verticalScrollBar(), self._pages.total, self.viewport().height()),
        ):
            bar.setRange(0, max(0, whole - room) if self._pages.count else 0)
            bar.setPageStep(room)
            bar.setSingleStep(GRID * 5)
        self._moving = False
        self.viewport().update()

    def _scroll(self, top: int, left: int | None = None) -> None:
        self._moving = True
        self.verticalScrollBar().setValue(top)
        if left is not None:
            self.horizontalScrollBar().setValue(left)
        self._moving = False
        self._note_page()
        self.viewport().update()

    def _pursue_goal(self) -> None:
        """Scroll to where someone wants to be, as exactly as it is known by now."""
        if self._goal is None:
            return
        number, to_mark = self._goal
        marks = self._source.marks(number) if to_mark else ()
        if not marks:
            self._scroll(self._pages.top(number) - GAP)
            self._set_page(number)
        else:
            size = self._rect_of(number).size()
            top = round(min(mark.top for mark in marks) * size.height())
            left = round(min(mark.left for mark in marks) * size.width())
            self._scroll(
                self._pages.top(number) + top - self._reading_height(), left - GRID * 2
            )
            self._set_page(number)
        self._end_goal(number, to_mark)

    def _end_goal(self, number: int, to_mark: bool) -> None:
        """Stop following the goal when everything about it is known."""
        picture = self._source.picture(number)
        if picture is None or (to_mark and not self._source.knows_marks(number)):
            return
        self._goal = None
        if to_mark:
            self.found.emit(bool(self._source.marks(number)))
        self._name_page()

    def _note_page(self) -> None:
        """Note which page is being read after something moved."""
        y = self.verticalScrollBar().value() + self._reading_height()
        self._set_page(self._pages.page_at(y))

    def _set_page(self, number: int) -> None:
        if number != self.page and self._pages.count:
            self.page = number
            self._name_page()
            self.turned.emit(number)

    def _name_page(self) -> None:
        """Tell screen readers what the picture shows."""
        if not self.page:
            name = translate(N_("Page"))
        elif self._passage and self.marks:
            name = translate(
                N_("Picture of page {number} of {total}, marked: {quote}"),
                number=self.page,
                total=self._pages.count,
                quote=self._passage,
            )
        else:
            name = translate(
                N_("Picture of page {number} of {total}"),
                number=self.page,
                total=self._pages.count,
            )
        self.setAccessibleName(name)

    # -- pictures --------------------------------------------------------------------

    def _seen(self) -> range:
        top = self.verticalScrollBar().value()
        return self._pages.visible(top, top + self.viewport().height())

    def _ask(self) -> None:
        """Ask for the pages in sight, and for those beside them where they are cheap."""
        if not self._pages.count or self.isHidden():
            return
        seen, width = self._seen(), self.needed_px()
        beside: list[int] = []
        if width * width * self._pages.share(self.page) <= _BESIDE_PIXELS:
            beside = [
                n for n in (seen.stop, seen.start - 1) if 1 <= n <= self._pages.count
            ]
        self._source.want(self._most_read_first(seen), beside, width)

    def _most_read_first(self, seen: range) -> list[int]:
        return sorted(seen, key=lambda number: number != self.page)

    def _on_arrived(self, number: int) -> None:
        picture = self._source.picture(number)
        if picture is None or picture.image.isNull():
            return
        self.set_count(picture.page_count)
        share = picture.image.height() / max(1, picture.image.width())
        # A sharper picture of the same page differs by a rounded pixel.
        if abs(share - self._pages.share(number)) > 2 / self.needed_px() or not (
            self._pages.learned(number)
        ):
            with self._in_place():
                self._pages.learn(number, share)
                self._lay_out()
        if self._goal is not None and self._goal[0] == number:
            self._pursue_goal()
        elif number == self.page:
            self._name_page()
        self.viewport().update()
        self._settling.start()

    # -- events ----------------------------------------------------------------------

    def _on_scrolled(self) -> None:
        if self._moving:
            return
        self._goal = None
        self._note_page()
        self._ask()
        self.viewport().update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pages in sight, then the marks so that the letters stay black."""
        if not self._pages.count:
            return
        painter = QPainter(self.viewport())
        for number in self._seen():
            page, marks = self._rect_of(number), self._source.marks(number)
            draw_sheet(painter, page, number)
            picture = self._source.picture(number)
            if picture is not None and not picture.image.isNull():
                draw_picture(painter, page, picture.image, self.devicePixelRatioF())
                draw_marks(painter, page, marks)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep pages as large as the view wants them."""
        super().resizeEvent(event)
        with self._in_place():
            if self.fit == FIT_PAGE:
                self.zoom = max(LEAST_ZOOM, self._whole_page_zoom())
                self.zoomed.emit(self.zoom)
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
        """Zoom with + − 0, turn pages with Ctrl, find with /; the rest scrolls."""
        held = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        bar = self.verticalScrollBar()
        slide = QAbstractSlider.SliderAction
        key = event.key()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif key == Qt.Key.Key_Minus:
            self.zoom_out()
        elif key == Qt.Key.Key_0:
            self.fit_width()
        elif key == Qt.Key.Key_Slash or event.text() == "/":
            self.search_wanted.emit()
        elif held and key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.go_to(self.page + (1 if key == Qt.Key.Key_PageDown else -1))
        elif key in _SCROLL_KEYS:
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            back = back and key == Qt.Key.Key_Space
            bar.triggerAction(slide.SliderPageStepSub if back else _SCROLL_KEYS[key])
        else:
            super().keyPressEvent(event)

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:  # noqa: N802 - Qt's name
        """Draw anew at the new place."""
        self.viewport().update()


_SCROLL_KEYS: dict[int, QAbstractSlider.SliderAction] = {
    Qt.Key.Key_Space: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
}
