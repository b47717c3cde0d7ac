"""A source, opened at its passage: the page as picture with its text, or the text.

Everything is fetched in the background from the index child. The text comes from our
own store, so it can be read even when the file is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from app.errors import AppError
from app.i18n import N_, translate, translate_error
from app.services import Services
from app.ui.background import Background
from app.ui.messages import Messages
from app.ui.page_view import PageView
from app.ui.places import Place
from app.ui.reading_view import ReadingView
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, glyph_button, label, set_tip, text_button
from app.values.documents import Page, PagePicture


@dataclass(frozen=True, slots=True)
class _Text:
    document_id: int
    text: str
    pages: Sequence[Page]


class SourceViewer(QWidget):
    """Shows one Place. Late answers to an earlier click are dropped."""

    def __init__(
        self,
        services: Services,
        background: Background,
        messages: Messages,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._background = background
        self._messages = messages
        self._place: Place | None = None
        self._text: _Text | None = None
        self._page = 0
        self._page_count = 0
        self.title = ElidedLabel("", "body", Qt.TextElideMode.ElideMiddle)
        self.heading = ElidedLabel("", "small", Qt.TextElideMode.ElideLeft)
        self.problem = label("", "small")
        self.problem.setProperty("tone", "danger")
        self.problem.hide()
        self.page_view = PageView()
        self.reading = ReadingView(translate(N_("Text of the source")))
        self.tools = self._make_tools()
        self.parts = QSplitter(Qt.Orientation.Vertical)
        self.parts.setHandleWidth(GRID)
        self.parts.addWidget(self.page_view)
        self.parts.addWidget(self.reading)
        self.parts.setSizes([700, 300])
        self.parts.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addWidget(self.title)
        column.addWidget(self.heading)
        column.addWidget(self.tools)
        column.addWidget(self.problem)
        column.addWidget(self.parts, 1)

    def _make_tools(self) -> QWidget:
        self.previous = glyph_button("previous", translate(N_("Previous page")))
        self.next = glyph_button("next", translate(N_("Next page")))
        self.page_label = label("", "small", wraps=False)
        smaller = glyph_button("minus", translate(N_("Smaller")))
        self.zoom_button = text_button("100 %", "quiet")
        self.zoom_button.setAccessibleName(translate(N_("Fit the width")))
        set_tip(self.zoom_button, translate(N_("Fit the width")))
        larger = glyph_button("add", translate(N_("Larger")))
        self.previous.clicked.connect(lambda: self._turn_to(self._page - 1))
        self.next.clicked.connect(lambda: self._turn_to(self._page + 1))
        smaller.clicked.connect(self.page_view.zoom_out)
        larger.clicked.connect(self.page_view.zoom_in)
        self.zoom_button.clicked.connect(lambda: self.page_view.zoom_to(1.0))
        self.page_view.zoomed.connect(self._on_zoomed)
        self.page_view.width_wanted.connect(lambda px: self._fetch_page(px, jump=False))
        tools = QWidget()
        row = QHBoxLayout(tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        row.addWidget(self.previous)
        row.addWidget(self.page_label)
        row.addWidget(self.next)
        row.addStretch(1)
        row.addWidget(smaller)
        row.addWidget(self.zoom_button)
        row.addWidget(larger)
        return tools

    def open(self, place: Place) -> None:
        """Show a place."""
        self._place = place
        self.title.setText(place.file_and_page)
        self.heading.setText(place.heading)
        self.heading.setVisible(bool(place.heading))
        self.problem.hide()
        paged = place.page is not None
        self.tools.setVisible(paged)
        self.page_view.setVisible(paged)
        self.page_view.clear()
        self.reading.clear()
        if place.page is not None:
            self._page, self._page_count = place.page, 0
            self._show_page_number()
            self._fetch_page(self.page_view.ask_for(), jump=True)
        if self._text is not None and self._text.document_id == place.document_id:
            self._show_text()
        else:
            self._fetch_text(place)

    # -- pages -----------------------------------------------------------------------

    def _turn_to(self, number: int) -> None:
        if 1 <= number <= self._page_count:
            self._page = number
            self._show_page_number()
            self._fetch_page(self.page_view.ask_for(), jump=True)
            self._show_text()

    def _fetch_page(self, width_px: int, jump: bool) -> None:
        place, number = self._place, self._page
        if place is None:
            return

        def fetch() -> PagePicture:
            return self._services.knowledge.page(
                place.document_id,
                number,
                width_px,
                place.start,
                place.end,
                place.quote,
            )

        def show(picture: PagePicture) -> None:
            if self._place is place and self._page == number:
                self._page_count = picture.page_count
                self._show_page_number()
                self.page_view.show_picture(picture, jump)

        def fail(error: Exception) -> None:
            if self._place is place:
                self._fail(error)

        self._background.run(fetch, show, fail)

    def _show_page_number(self) -> None:
        self.previous.setEnabled(self._page > 1)
        self.next.setEnabled(self._page < self._page_count)
        if self._page_count:
            text = translate(
                N_("Page {number} of {total}"),
                number=self._page,
                total=self._page_count,
            )
        else:
            text = translate(N_("Page {number}"), number=self._page)
        self.page_label.setText(text)

    def _on_zoomed(self, zoom: float) -> None:
        self.zoom_button.setText(f"{zoom * 100:.0f} %")

    # -- text ------------------------------------------------------------------------

    def _fetch_text(self, place: Place) -> None:
        def fetch() -> _Text:
            document = self._services.knowledge.text(
                place.document_id, place.start, place.end, place.quote
            )
            return _Text(place.document_id, document.text, document.pages)

        def show(text: _Text) -> None:
            if self._place is place:
                self._text = text
                self._show_text()

        def fail(error: Exception) -> None:
            if self._place is place:
                self._fail(error)

        self._background.run(fetch, show, fail)

    def _show_text(self) -> None:
        place, text = self._place, self._text
        if place is None or text is None:
            return
        first, last = 0, len(text.text)
        if place.page is not None:
            for page in text.pages:
                if page.number == self._page:
                    first, last = page.start, page.end
        start = min(max(place.start, first), last)
        end = min(max(place.end, first), last)
        self.reading.show_text(text.text[first:last], start - first, end - first)

    def _fail(self, error: Exception) -> None:
        """Say here what the world did; the text may still be readable below."""
        if isinstance(error, AppError):
            self.problem.setText(
                translate_error(error.sentence, error.remedy, error.parameters)
            )
            self.problem.show()
            self.page_view.hide()
            self.tools.hide()
        else:
            self._messages.failure(error)
