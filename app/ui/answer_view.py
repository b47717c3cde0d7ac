"""The model's words: as they stream, then with our marks on them.

Clickable numbers are citations; a sentence for which no source was found is grey and
dotted beneath. Text gets in only through `QTextCursor.insertText`, never as HTML or
Markdown; should a document ever name a resource, it is given an empty picture.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from app.i18n import N_, translate
from app.ui.theme import colours, font
from app.values.answers import Answer, AnswerSentence

_NUMBER = re.compile(r"\[(\d+)\]")
_LINK = "citation:"
_LINE_PERCENT = 130.0


class AnswerView(QTextBrowser):
    """A text as high as its content. `cited` carries the number that was clicked."""

    cited = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answer: Answer | None = None
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(font("reading"))
        self.setAccessibleName(translate(N_("Answer")))
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(off)
        self.setVerticalScrollBarPolicy(off)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.anchorClicked.connect(self._on_anchor)
        self._fit()

    def loadResource(  # noqa: N802 - Qt's name
        self, _kind: int, _name: QUrl | str
    ) -> object:
        """Give nothing away: no text may make Qt open a file."""
        return QImage(1, 1, QImage.Format.Format_ARGB32)

    def append_text(self, text: str) -> None:
        """Add a piece of the answer as it streams."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, self._plain())
        self._space_lines()

    def show_answer(self, answer: Answer) -> None:
        """Show the checked answer with citations and marks."""
        self._answer = answer
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        known = {citation.number for citation in answer.citations}
        place = 0
        for sentence in answer.sentences:
            self._insert(cursor, answer.text[place : sentence.start], None, known)
            self._insert(
                cursor, answer.text[sentence.start : sentence.end], sentence, known
            )
            place = sentence.end
        self._insert(cursor, answer.text[place:], None, known)
        self._space_lines()

    def _space_lines(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        look = QTextBlockFormat()
        look.setLineHeight(
            _LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
        )
        cursor.mergeBlockFormat(look)

    def _insert(
        self,
        cursor: QTextCursor,
        text: str,
        sentence: AnswerSentence | None,
        known: set[int],
    ) -> None:
        """Insert a stretch of the answer, its numbers as links."""
        plain = self._plain()
        if sentence is not None and not sentence.supported:
            plain = self._unsupported()
        place = 0
        for match in _NUMBER.finditer(text):
            number = int(match.group(1))
            if number in known:
                cursor.insertText(text[place : match.start()], plain)
                cursor.insertText(match.group(), self._link(number))
                place = match.end()
        cursor.insertText(text[place:], plain)

    def _plain(self) -> QTextCharFormat:
        result = QTextCharFormat()
        result.setForeground(QColor(colours().text))
        return result

    def _unsupported(self) -> QTextCharFormat:
        shown = colours()
        result = QTextCharFormat()
        result.setForeground(QColor(shown.muted))
        result.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        result.setUnderlineColor(QColor(shown.danger))
        result.setToolTip(translate(N_("No place found for this in the sources")))
        return result

    def _link(self, number: int) -> QTextCharFormat:
        result = QTextCharFormat()
        result.setForeground(QColor(colours().accent))
        result.setFontWeight(QFont.Weight.DemiBold)
        result.setAnchor(True)
        result.setAnchorHref(f"{_LINK}{number}")
        result.setToolTip(translate(N_("Show source {number}"), number=number))
        return result

    def _on_anchor(self, url: QUrl) -> None:
        number = url.toString().removeprefix(_LINK)
        if number.isdecimal():
            self.cited.emit(int(number))

    # -- as high as its content ------------------------------------------------------

    def _fit(self) -> None:
        height = round(self.document().size().height())
        self.setFixedHeight(max(height, self.fontMetrics().height()) + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the height follow the width."""
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave scrolling to the conversation."""
        event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        """Use the new colours when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self._answer is not None:
            self.show_answer(self._answer)
