"""What a person found of an answer: good, not good, or how it should have been.

Three buttons in the row of actions, and a box below it to write a correction in. Both only
tell what is wanted; the page stores it. Built when it is first opened, so that a long
conversation is no slower for it.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.ui.flow import FlowLayout
from app.ui.theme import GRID
from app.ui.widgets import glyph_button, label, selectable_label, text_button
from app.values.chats import Exchange

_LINES = 6
_PURPOSE = N_(
    "Ratings and corrections stay on this computer. Nothing is sent, and the model does not"
    " learn from them by itself; the data studio takes them over when you collect them"
    " there."
)


class RatingButtons(QWidget):
    """Good, not good, correct.

    `rated` carries True, False or None for neither; `correcting` asks for the box.
    """

    rated = Signal(object)
    correcting = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.good = glyph_button("thumb_up", translate(N_("This answer is good")))
        self.poor = glyph_button("thumb_down", translate(N_("This answer is not good")))
        self.correct = glyph_button("edit", translate(N_("Correct the answer …")))
        for button, value in ((self.good, True), (self.poor, False)):
            button.setCheckable(True)
            button.clicked.connect(
                lambda on, v=value: self.rated.emit(v if on else None)
            )
        self.correct.clicked.connect(self.correcting)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for button in (self.good, self.poor, self.correct):
            row.addWidget(button)

    def show_exchange(self, exchange: Exchange) -> None:
        """Show what was said of an answer; without an answer there is nothing to say."""
        self.setVisible(exchange.answer is not None)
        self.good.setChecked(exchange.rating.good is True)
        self.poor.setChecked(exchange.rating.good is False)


class CorrectionBox(QFrame):
    """An answer as it should have been: shown, or being written.

    `corrected` carries it, "" to take it back.
    """

    corrected = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("QuestionBox")
        self._exchange: Exchange | None = None
        self._writing = False
        self.title = label(translate(N_("Your correction")), "small")
        self.text = selectable_label("", "reading")
        self.editor = QPlainTextEdit()
        self.editor.setTabChangesFocus(True)
        self.editor.setAccessibleName(translate(N_("Your correction")))
        height = self.editor.fontMetrics().lineSpacing() * _LINES + GRID * 2
        self.editor.setFixedHeight(height)
        self.purpose = label(translate(_PURPOSE), "small")
        self.save = text_button(translate(N_("Keep the correction")), "primary")
        self.remove = text_button(translate(N_("Remove the correction")))
        self.cancel = text_button(translate(N_("Cancel")), "quiet")
        self.save.clicked.connect(lambda: self._emit(self.editor.toPlainText().strip()))
        self.remove.clicked.connect(lambda: self._emit(""))
        self.cancel.clicked.connect(self._show_kept)
        buttons = QWidget()
        flow = FlowLayout(buttons, GRID)
        for button in (self.save, self.remove, self.cancel):
            flow.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 2, GRID, GRID * 2, GRID)
        column.setSpacing(GRID)
        for part in (self.title, self.text, self.editor, self.purpose):
            column.addWidget(part)
        column.addWidget(buttons)

    def show_exchange(self, exchange: Exchange) -> None:
        """Show the correction that is kept; without one there is nothing to see.

        What is being written stays, whatever else was said of the answer meanwhile.
        """
        self._exchange = exchange
        if not self._writing:
            self._show_kept()

    def edit(self) -> None:
        """Let the correction be written, beginning with what was said."""
        assert self._exchange is not None
        answer, kept = self._exchange.answer, self._exchange.rating.correction
        self.editor.setPlainText(kept or (answer.text if answer else ""))
        self._show_parts(writing=True)
        self.remove.setVisible(bool(kept))
        self.show()
        self.editor.setFocus()

    def _show_kept(self) -> None:
        kept = self._exchange.rating.correction if self._exchange else ""
        self.text.setText(kept)
        self._show_parts(writing=False)
        self.setVisible(bool(kept))

    def _show_parts(self, writing: bool) -> None:
        self._writing = writing
        self.text.setVisible(not writing)
        for part in (self.editor, self.purpose, self.save, self.remove, self.cancel):
            part.setVisible(writing)

    def _emit(self, correction: str) -> None:
        assert self._exchange is not None
        answer = self._exchange.answer
        if answer is not None and correction == answer.text.strip():
            correction = ""
        self._writing = False
        self.corrected.emit(correction)
