"""The source of an item: the document at its page, or the place in a pasted text."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.ui.context import Context
from app.ui.reading_view import ReadingView
from app.ui.source_viewer import SourceViewer
from app.ui.theme import GRID
from app.ui.widgets import glyph_button, label
from app.ui.workshop_wording import place_of
from app.values.quiz import ItemSource
from app.values.works import PASTED


class WorkSource(QWidget):
    """Shows one place; `closed` tells that the reader wants the room back."""

    closed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("Right")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(324)
        self.viewer = SourceViewer(context)
        self.pasted = ReadingView(translate(N_("Your text")))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.viewer)
        self.stack.addWidget(self.pasted)
        self.close_button = glyph_button("close", translate(N_("Close the source")))
        self.close_button.clicked.connect(self.closed)
        top = QHBoxLayout()
        top.addWidget(label(translate(N_("Source")), "heading"), 1)
        top.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 2] * 4)
        column.setSpacing(GRID)
        column.addLayout(top)
        column.addWidget(self.stack, 1)

    def open(self, source: ItemSource, number: int, pasted: str) -> None:
        """Show a place of a document, or of the text that was pasted."""
        if source.file == PASTED:
            self.stack.setCurrentWidget(self.pasted)
            text = pasted or source.quote
            start, end = source.start, source.end
            if text[start:end] != source.quote:
                text, start, end = source.quote, 0, len(source.quote)
            self.pasted.show_text(text, start, end)
            return
        self.stack.setCurrentWidget(self.viewer)
        self.viewer.open(place_of(source, number))
