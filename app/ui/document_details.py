"""The strip below the table: what is known of the document one is at."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.ui.documents_table import state_text
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, label, text_button
from app.values.bases import DocumentInfo
from app.values.notes import note_sentences


class DocumentDetails(QFrame):
    """Shows where a document lies, its state, and what to do where it was not read."""

    open_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("DocumentDetails")
        self.path = ElidedLabel("", "small", Qt.TextElideMode.ElideMiddle)
        self.state = label("")
        self.remedy = label("", "small")
        self.notes = label("", "small")
        self.open = text_button(translate(N_("Open …")), glyph="external")
        self.open.clicked.connect(self.open_wanted)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.state)
        words.addWidget(self.remedy)
        words.addWidget(self.notes)
        words.addWidget(self.path)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 2, GRID, GRID, GRID)
        row.setSpacing(GRID)
        row.addLayout(words, 1)
        row.addWidget(self.open, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_document(self, document: DocumentInfo | None, by_meaning: bool) -> None:
        """Show a document; None hides the strip."""
        if document is None:
            self.hide()
            return
        parameters = {key: translate(value) for key, value in document.parameters}
        failed = bool(document.sentence)
        sentence = translate(document.sentence, **parameters)
        title = document.title or state_text(document, by_meaning)
        self.state.setText(sentence if failed else title)
        self.state.setProperty("tone", "danger" if failed else "")
        self.state.style().unpolish(self.state)
        self.state.style().polish(self.state)
        self.remedy.setText(translate(document.remedy, **parameters))
        self.remedy.setVisible(bool(document.remedy))
        notes = [translate(sentence) for sentence in note_sentences(document.notes)]
        self.notes.setText(" ".join(notes))
        self.notes.setVisible(bool(notes))
        self.path.setText(document.file)
        self.show()
