"""Pictures of pages, fetched in the background and kept as long as they are near.

Asked is only for what is in sight and beside it; what is no longer wanted before its
turn came is dropped. Pictures are decoded where they are fetched, so that the window
only draws them.

Invariant: not more than `MOST_PICTURES` are kept, nor more than `_MOST_BYTES` beyond
those in sight (`tests/ui/test_sources_panel.py`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal
from PySide6.QtGui import QImage, QImageReader

from app.services import Services
from app.ui.background import Background, Task
from app.values.documents import Box, PagePicture

MOST_PICTURES = 8
_MOST_BYTES = 64 << 20
_AT_ONCE = 2
_MARKS_PX = 48


@dataclass(frozen=True, slots=True)
class Mark:
    """What is marked: characters of the document's text, and the words that stand there.

    An empty `quote` means that nobody remembers what stood there.
    """

    start: int = 0
    end: int = 0
    quote: str = ""


@dataclass(frozen=True, slots=True)
class PageImage:
    """A decoded page. `asked_px` is the width that was asked for; it may be less."""

    number: int
    page_count: int
    image: QImage
    asked_px: int
    marks: tuple[Box, ...]


class PageSource(QObject):
    """Fetches the pages of one document.

    `arrived` carries the number of a page whose picture or marks are new, `failed` the
    error instead of a page.
    """

    arrived = Signal(int)
    failed = Signal(object)

    def __init__(self, services: Services, background: Background) -> None:
        super().__init__()
        self._services = services
        self._background = background
        self._document = 0
        self._mark = Mark()
        self._pictures: OrderedDict[int, PageImage] = OrderedDict()
        self._marks: dict[int, tuple[Box, ...]] = {}
        self._wanted: list[tuple[int, int]] = []
        self._seen: frozenset[int] = frozenset()
        self._running: dict[tuple[int, int, int, Mark], Task] = {}

    def open(self, document: int, mark: Mark) -> None:
        """Turn to a document and a passage of it; pictures of the same are kept."""
        if document != self._document:
            self._pictures.clear()
        self._document, self._mark = document, mark
        self._marks, self._wanted = {}, []

    def forget(self) -> None:
        """Keep nothing: the document is not what it was."""
        self._document = 0
        self._pictures.clear()
        self._marks, self._wanted = {}, []

    def picture(self, number: int) -> PageImage | None:
        """Return a page's picture, if it is there."""
        return self._pictures.get(number)

    def marks(self, number: int) -> tuple[Box, ...]:
        """Return where the passage lies on a page, as far as is known."""
        return self._marks.get(number, ())

    def knows_marks(self, number: int) -> bool:
        """Tell whether it is known what is marked on a page."""
        return number in self._marks

    @property
    def kept(self) -> tuple[int, ...]:
        """The numbers of the pages whose pictures are kept."""
        return tuple(self._pictures)

    def want(self, seen: Sequence[int], beside: Sequence[int], width_px: int) -> None:
        """Say which pages are in sight and which beside it, and how wide they are."""
        self._seen = frozenset(seen)
        self._wanted = []
        for number in (*seen, *beside):
            kept = self._pictures.get(number)
            if kept is None or not _fits(kept.asked_px, width_px):
                self._wanted.append((number, width_px))
            elif number not in self._marks:
                self._wanted.append((number, min(width_px, _MARKS_PX)))
            if kept is not None:
                self._pictures.move_to_end(number)
        self._trim()
        self._fetch_next()

    # -- fetching --------------------------------------------------------------------

    def _fetch_next(self) -> None:
        while self._wanted and len(self._running) < _AT_ONCE:
            number, width_px = self._wanted.pop(0)
            key = (self._document, number, width_px, self._mark)
            if self._document and key not in self._running:
                self._fetch(key)

    def _fetch(self, key: tuple[int, int, int, Mark]) -> None:
        document, number, width_px, mark = key

        def fetch() -> PageImage:
            picture = self._services.knowledge.page(
                document, number, width_px, mark.start, mark.end, mark.quote
            )
            return decoded(picture, width_px)

        def show(page: PageImage) -> None:
            del self._running[key]
            if document == self._document:
                self._take(page, mark)
            self._fetch_next()

        def fail(error: Exception) -> None:
            del self._running[key]
            if document == self._document and mark == self._mark:
                self._wanted = []
                self.failed.emit(error)
            else:
                self._fetch_next()

        self._running[key] = self._background.run(fetch, show, fail)

    def _take(self, page: PageImage, mark: Mark) -> None:
        if mark == self._mark:
            self._marks[page.number] = page.marks
        kept = self._pictures.get(page.number)
        # A tiny picture was asked for its marks alone.
        if kept is None or page.asked_px > _MARKS_PX:
            self._pictures[page.number] = page
            self._pictures.move_to_end(page.number)
            self._trim()
        self.arrived.emit(page.number)

    def _trim(self) -> None:
        """Let go of the pictures that were out of sight for the longest time."""
        for number in [n for n in self._pictures if n not in self._seen]:
            size = sum(p.image.sizeInBytes() for p in self._pictures.values())
            if len(self._pictures) <= MOST_PICTURES and size <= _MOST_BYTES:
                return
            del self._pictures[number]


def decoded(picture: PagePicture, asked_px: int) -> PageImage:
    """Return a picture as pixels, on any thread.

    `QImageReader` lets the other threads run meanwhile; `QImage.fromData` does not.
    """
    buffer = QBuffer()
    buffer.setData(picture.png)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    image = QImageReader(buffer, b"PNG").read()
    return PageImage(picture.number, picture.page_count, image, asked_px, picture.marks)


def _fits(have_px: int, wanted_px: int) -> bool:
    """Tell whether a picture is sharp enough, and not far too large."""
    return wanted_px <= have_px * 1.02 and have_px <= wanted_px * 2.5
