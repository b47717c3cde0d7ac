"""The widgets around a source, without what they do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.ui.flow import FlowLayout
from app.ui.page_view import PageView
from app.ui.reading_view import ReadingView
from app.ui.theme import GRID
from app.ui.viewer_bars import FindBar, PageNavigation, Stepper, Zooming
from app.ui.widgets import ElidedLabel, glyph_button, label, text_button


class ViewerFrame(QWidget):
    """Title, tools, notes, and below them the pages or the text of a source."""

    def __init__(self, page_view: PageView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page_view = page_view
        self.reading = ReadingView(translate(N_("Text of the source")))
        self._make_head()
        self._make_tools()
        self._make_notes()
        self.body = QStackedWidget()
        self.body.addWidget(self.page_view)
        self.body.addWidget(self.reading)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        for part in (
            self.head,
            self.heading,
            self.tools,
            self.find_bar,
            self.problem,
            self.note,
        ):
            column.addWidget(part)
        column.addWidget(self.body, 1)

    def _make_head(self) -> None:
        self.title = ElidedLabel("", "body", Qt.TextElideMode.ElideMiddle)
        self.heading = ElidedLabel("", "small", Qt.TextElideMode.ElideLeft)
        self.copy_button = glyph_button(
            "copy", translate(N_("Copy the passage with its source"))
        )
        self.folder_button = glyph_button("folder", translate(N_("Show in folder")))
        self.open_button = glyph_button(
            "external", translate(N_("Open in the system's program …"))
        )
        self.head = QWidget()
        row = QHBoxLayout(self.head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.title, 1)
        row.addWidget(self.copy_button)
        row.addWidget(self.folder_button)
        row.addWidget(self.open_button)

    def _make_tools(self) -> None:
        self.page_button = text_button(translate(N_("Page")), "toggle")
        self.text_button = text_button(translate(N_("Text")), "toggle")
        for button in (self.page_button, self.text_button):
            button.setCheckable(True)
            button.setAutoExclusive(True)
        self.modes = _group(self.page_button, self.text_button)
        self.navigation = PageNavigation()
        self.previous, self.next = self.navigation.previous, self.navigation.next
        self.zooming = Zooming()
        self.sightings = Stepper(
            translate(N_("Previous place in this document")),
            translate(N_("Next place in this document")),
        )
        self.find_button = glyph_button(
            "search", translate(N_("Find in this document"))
        )
        self.find_bar = FindBar()
        self.tools = QWidget()
        flow = FlowLayout(self.tools, GRID // 2)
        for part in (
            self.modes,
            self.navigation,
            self.zooming,
            self.find_button,
            self.sightings,
        ):
            flow.addWidget(part)

    def _make_notes(self) -> None:
        self.problem = label("", "small")
        self.problem.setProperty("tone", "danger")
        self.problem.hide()
        self.note = QFrame()
        self.note.setObjectName("SourceNote")
        self.note_text = label("", "small")
        self.note_button = text_button("")
        inside = QVBoxLayout(self.note)
        inside.setContentsMargins(GRID * 2, GRID, GRID * 2, GRID)
        inside.setSpacing(GRID // 2)
        inside.addWidget(self.note_text)
        inside.addWidget(self.note_button, 0, Qt.AlignmentFlag.AlignLeading)
        self.note.hide()


def _group(*parts: QWidget) -> QWidget:
    result = QWidget()
    row = QHBoxLayout(result)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2)
    for part in parts:
        row.addWidget(part)
    return result
