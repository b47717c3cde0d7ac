"""Document text to read, select and have read out, with a passage marked in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from app.ui.theme import colours, font
from app.ui.utf16 import utf16


class ReadingView(QPlainTextEdit):
    """Plain text, read-only, with a cursor so that keyboards can move in it.

    `search_wanted` asks for the field that finds words.
    """

    search_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Reading")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFont(font("reading"))
        self.setAccessibleName(name)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(10)
        self._passage = QTextCursor()
        self._shown = ""

    def clear(self) -> None:
        """Show nothing."""
        self._shown = ""
        super().clear()

    def show_text(self, text: str, start: int, end: int) -> None:
        """Show a text with the characters `start`..`end` marked and in view."""
        if text != self._shown:
            self._shown = text
            self.setPlainText(text)
        first, last = utf16(text, start), utf16(text, end)
        cursor = self.textCursor()
        cursor.setPosition(first)
        self.setTextCursor(cursor)
        self._passage = QTextCursor(cursor)
        self._passage.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
        self._mark()
        # The layout knows where lines are only after the view got its size.
        QTimer.singleShot(0, self, self._scroll_to_passage)

    def marked_text(self) -> str:
        """Return the marked passage as it is shown."""
        return self._passage.selectedText().replace("\u2029", "\n")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Find words with /."""
        if event.text() == "/":
            self.search_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _mark(self) -> None:
        if not self._passage.hasSelection():
            self.setExtraSelections([])
            return
        shown = colours()
        selection = QTextEdit.ExtraSelection()
        selection.cursor = self._passage
        look = QTextCharFormat()
        look.setBackground(QColor(shown.mark))
        look.setForeground(QColor(shown.mark_text))
        selection.format = look
        self.setExtraSelections([selection])

    def _scroll_to_passage(self) -> None:
        """Bring the passage's begin into the upper part of the view."""
        self.ensureCursorVisible()
        top = self.cursorRect().top()
        line = max(1, self.fontMetrics().lineSpacing())
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + (top - self.viewport().height() // 4) // line)

    def changeEvent(self, event: QEvent) -> None:
        """Mark in the new colours when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_passage"):
            self._mark()
