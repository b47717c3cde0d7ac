"""A source, opened at its passage: the pages as pictures, or the text.

Everything is fetched in the background from the index child. The text comes from our
own store, so it can be read even when the file is gone; and when the document itself
has changed or is gone, the passage that was stored with the answer is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.errors import AppError, UsageError
from app.i18n import N_, translate, translate_error
from app.ui.context import Context
from app.ui.document_search import DocumentSearch
from app.ui.document_text import Part, part_at, parts_of
from app.ui.message_bar import announce
from app.ui.open_question import ask_to_open_file, show_folder
from app.ui.page_source import Mark, PageSource
from app.ui.page_view import PageView
from app.ui.places import Place
from app.ui.reading_view import ReadingView
from app.ui.source_lookup import Fate, Found, look_up, still_there
from app.ui.viewer_frame import ViewerFrame

_TELLING_MS = 400


class SourceViewer(ViewerFrame):
    """Shows one Place. Late answers to an earlier click are dropped.

    `wanted` carries another place of the answer that stands in the same document.
    """

    wanted = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        pages = PageSource(context.services, context.background)
        super().__init__(PageView(pages), parent)
        self.pages = pages
        self._context = context
        self._place: Place | None = None
        self._siblings: list[Place] = []
        self._found: Found | None = None
        self._parts: tuple[Part, ...] = ()
        self._mark = Mark()
        self._part = 0
        self._prefers_text = False
        self._asked_again: Place | None = None
        self.search = DocumentSearch(self.find_bar, context.background)
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(_TELLING_MS)
        self._telling.timeout.connect(self._tell_page)
        self._connect()

    def _connect(self) -> None:
        self.copy_button.clicked.connect(self.copy_passage)
        self.open_button.clicked.connect(self.ask_to_open)
        self.folder_button.clicked.connect(self.show_folder)
        self.page_button.clicked.connect(lambda: self.show_mode(as_text=False))
        self.text_button.clicked.connect(lambda: self.show_mode(as_text=True))
        self.navigation.wanted.connect(self._turn_to)
        view, zooming = self.page_view, self.zooming
        zooming.smaller.connect(view.zoom_out)
        zooming.larger.connect(view.zoom_in)
        zooming.width_wanted.connect(view.fit_width)
        zooming.page_wanted.connect(view.fit_page)
        zooming.zoom_wanted.connect(view.zoom_to)
        view.zoomed.connect(zooming.show_zoom)
        view.turned.connect(self._on_turned)
        view.counted.connect(lambda _count: self._show_number())
        view.found.connect(self._on_found)
        view.search_wanted.connect(self.find_words)
        self.reading.search_wanted.connect(self.find_words)
        self.pages.failed.connect(self._on_page_failed)
        self.sightings.stepped.connect(self._step_sighting)
        self.find_button.clicked.connect(self.find_words)
        self.search.hit.connect(self._on_hit)
        self.find_bar.closed.connect(
            lambda: self.shown.setFocus(Qt.FocusReason.OtherFocusReason)
        )
        self.note_button.clicked.connect(self._on_offer)

    # -- opening ---------------------------------------------------------------------

    def open(self, place: Place, siblings: Sequence[Place] = ()) -> None:
        """Show a place; `siblings` are all places of the answer."""
        self._place = place
        same = [p for p in siblings if p.document_id == place.document_id]
        self._siblings = sorted(same, key=lambda p: (p.start, p.number))
        self.title.setText(place.file_and_page)
        self.heading.setText(place.heading)
        self.heading.setVisible(bool(place.heading))
        self.problem.hide()
        self.find_bar.close_bar()
        self._show_sightings()
        known = self._found
        if known is not None and still_there(known, place):
            self._show_found(known, place)
        else:
            known = None
            self._clear()
        knowledge = self._context.services.knowledge

        def show(found: Found) -> None:
            if self._place is place and found != known:
                self._show_found(found, place)

        def fail(error: Exception) -> None:
            if self._place is place:
                self._show_stored("")
                self._fail(error)

        # Also where it is known: it may have changed since.
        self._context.background.run(lambda: look_up(knowledge, place), show, fail)

    def _clear(self) -> None:
        self._found, self._parts = None, ()
        self.pages.forget()
        self.page_view.show_pages(0)
        self.reading.clear()
        self.tools.hide()
        self.note.hide()

    def _show_found(self, found: Found, place: Place) -> None:
        """Show the document, or the stored passage where it is not what it was."""
        if found.fate is Fate.CHANGED:
            self._found = found
            self._show_stored(
                N_(
                    "The document has changed since this answer; this is the passage"
                    " as it was then."
                ),
                N_("Look at the document as it is now"),
            )
        elif found.fate is Fate.GONE:
            self._show_stored(
                N_(
                    "This document is no longer in your collections; this is the"
                    " passage as it was when the answer was given."
                )
            )
        else:
            self._show_document(found, Mark(place.start, place.end, place.quote))
            if found.fate is Fate.MOVED:
                note = N_("The document has moved since this answer: {file}")
                self._show_note(translate(note, file=found.file))

    def _show_stored(self, note: str, offer: str = "") -> None:
        assert self._place is not None
        text, start, end = self._place.stored
        self.tools.hide()
        self._show_note(translate(note), translate(offer))
        self.body.setCurrentWidget(self.reading)
        self.reading.show_text(text, start, end)

    def _show_note(self, text: str, offer: str = "") -> None:
        self.note_text.setText(text)
        self.note.setVisible(bool(text))
        self.note_button.setText(offer)
        self.note_button.setVisible(bool(offer))
        if text:
            announce(self, text)

    def _on_offer(self) -> None:
        """Change between the document as it is now and the passage as it was."""
        found, place = self._found, self._place
        if found is None or place is None:
            return
        if self.tools.isHidden():
            quote = found.text[found.start : found.end]
            self._show_document(found, Mark(found.start, found.end, quote))
            self._show_note(
                translate(N_("This is the document as it is now.")),
                translate(N_("Back to the passage as it was then")),
            )
        else:
            self._show_found(found, place)

    def _show_document(self, found: Found, mark: Mark) -> None:
        if found is not self._found or not self._parts:
            self._parts = parts_of(found.text, found.pages)
        if found is not self._found or not self.page_view.count:
            self.page_view.show_pages(len(found.pages))
        self._found = found
        self.note.hide()
        paged = bool(found.pages)
        self.tools.show()
        self.modes.setVisible(paged)
        self._go_to(mark, self._number_to_open(mark))
        self.show_mode(as_text=not paged or self._prefers_text, by_hand=False)

    def _number_to_open(self, mark: Mark) -> int:
        """Return the index of the part with the passage, or of the page it stood on."""
        page = self._place.page if self._place else None
        if mark.start == mark.end and page is not None:
            numbers = [part.page for part in self._parts]
            return numbers.index(page) if page in numbers else 0
        return part_at(self._parts, mark.start)

    # -- pages and text --------------------------------------------------------------

    @property
    def shown(self) -> PageView | ReadingView:
        """What is being read: pictures or text. It takes the focus."""
        as_text = self.body.currentWidget() is self.reading
        return self.reading if as_text else self.page_view

    def show_mode(self, as_text: bool, by_hand: bool = True) -> None:
        """Show the text, or the pictures of the pages."""
        if by_hand:
            self._prefers_text = as_text
            self.problem.hide()
        before = self.body.currentWidget()
        # What comes into view would otherwise be taken for what is being read.
        page = self._parts[self._part].page or 1
        (self.text_button if as_text else self.page_button).setChecked(True)
        self.zooming.setVisible(not as_text)
        self.body.setCurrentWidget(self.reading if as_text else self.page_view)
        several = len(self._parts) > 1 or not as_text
        self.navigation.setVisible(several)
        if not as_text and (before is self.reading or not by_hand):
            self._part = next(
                (n for n, part in enumerate(self._parts) if part.page == page), 0
            )
            self.page_view.go_to(page, self._is_marked(), self._passage())
        self._show_number()

    def _go_to(self, mark: Mark, part: int) -> None:
        """Mark something and read there, in the text and on the page."""
        assert self._found is not None
        self._mark, self._part = mark, part
        self.pages.open(self._found.document_id, mark)
        self._show_text()
        page = self._parts[part].page
        if page is not None and self.shown is self.page_view:
            self.page_view.go_to(page, self._is_marked(), self._passage())
        self._show_number()

    def _is_marked(self) -> bool:
        return part_at(self._parts, self._mark.start) == self._part and (
            self._mark.end > self._mark.start
        )

    def _passage(self) -> str:
        if self._found is None:
            return ""
        return " ".join(self._found.text[self._mark.start : self._mark.end].split())

    def _show_text(self) -> None:
        if self._found is None or not self._parts:
            return
        part, mark = self._parts[self._part], self._mark
        start = min(max(mark.start, part.start), part.end) - part.start
        end = min(max(mark.end, part.start), part.end) - part.start
        text = self._found.text[part.start : part.end]
        self.reading.show_text(text, start, end)

    def _turn_to(self, number: int) -> None:
        """Go to a page, or to a part of a text without pages."""
        if self.shown is self.page_view:
            self.page_view.go_to(number, passage=self._passage())
            return
        step = number - self._number()
        numbers = [part.page for part in self._parts]
        if abs(step) == 1 or number not in numbers:
            self._part = min(max(self._part + step, 0), len(self._parts) - 1)
        else:
            self._part = numbers.index(number)
        self._show_text()
        self._show_number()
        self._telling.start()

    def _on_turned(self, number: int) -> None:
        """Let the text follow the page that is being read."""
        if self.shown is not self.page_view:
            return
        numbers = [part.page for part in self._parts]
        if number in numbers:
            self._part = numbers.index(number)
        self._show_number()
        self._telling.start()

    def _number(self) -> int:
        if self.shown is self.page_view:
            return self.page_view.page
        if not self._parts:
            return 0
        return self._parts[self._part].page or self._part + 1

    def _total(self) -> int:
        paged = self._found is not None and bool(self._found.pages)
        return self.page_view.count if paged else len(self._parts)

    def _show_number(self) -> None:
        self.navigation.show_page(self._number(), self._total())

    def _tell_page(self) -> None:
        """Say the page once the reader has come to rest on it."""
        if self.shown is self.page_view:
            self._show_text()
        text = N_("Page {number} of {total}")
        values = {"number": self._number(), "total": self._total()}
        announce(self, translate(text, **values))

    def _on_found(self, is_marked: bool) -> None:
        """Say where the passage can be read when it could not be marked on the page."""
        if not is_marked and self._found is not None:
            note = N_(
                "The passage cannot be marked on this page; the file may have changed"
                " since it was read. “Text” shows it."
            )
            self._show_note(translate(note))

    def _on_page_failed(self, error: Exception) -> None:
        """Say here what the world did; the text can still be read."""
        if self._place is None or self._found is None:
            return
        if isinstance(error, UsageError) and self._place is not self._asked_again:
            # Other words stand there since we looked: look again.
            self._asked_again, self._found = self._place, None
            self.open(self._place, self._siblings)
            return
        self._fail(error)
        self.show_mode(as_text=True, by_hand=False)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, AppError):
            text = translate_error(error.sentence, error.remedy, error.parameters)
            self.problem.setText(text)
            self.problem.show()
            announce(self, text)
        else:
            self._context.messages.failure(error)

    # -- other places of the answer in this document ---------------------------------

    def _show_sightings(self) -> None:
        numbers = [place.number for place in self._siblings]
        several = len(numbers) > 1
        self.sightings.setVisible(several)
        if several and self._place is not None and self._place.number in numbers:
            text = translate(
                N_("Place {number} of {total}"),
                number=numbers.index(self._place.number) + 1,
                total=len(numbers),
            )
            self.sightings.show_text(text, can_step=True)

    def _step_sighting(self, step: int) -> None:
        numbers = [place.number for place in self._siblings]
        if self._place is not None and self._place.number in numbers:
            here = numbers.index(self._place.number)
            self.wanted.emit(self._siblings[(here + step) % len(numbers)])

    # -- finding words ---------------------------------------------------------------

    def find_words(self) -> None:
        """Open the field that finds words in this document."""
        if self._found is not None and not self.tools.isHidden():
            start = self._parts[self._part].start if self._parts else 0
            self.search.begin(self._found.text, start)

    def _on_hit(self, start: int, end: int) -> None:
        assert self._found is not None
        mark = Mark(start, end, self._found.text[start:end])
        self._go_to(mark, part_at(self._parts, start))

    # -- taking it elsewhere ---------------------------------------------------------

    def copy_passage(self) -> None:
        """Put the passage with file and page on the clipboard."""
        if self._place is not None:
            QGuiApplication.clipboard().setText(self._place.with_source)
            self._context.messages.info(
                translate(N_("The passage and its source are on the clipboard."))
            )

    def ask_to_open(self) -> None:
        """Ask whether the system's program may open the file."""
        if self._place is not None:
            ask_to_open_file(self, self._file(), self._context.messages.error)

    def show_folder(self) -> None:
        """Show the file's folder in the system's file manager."""
        if self._place is not None:
            show_folder(self, self._file(), self._context.messages.error)

    def _file(self) -> str:
        """Return the path of the file, where it lies now."""
        if self._found is not None and self._found.fate is Fate.MOVED:
            return self._found.file
        return self._place.file if self._place else ""
