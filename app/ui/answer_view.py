"""The model's words: as they stream, then with our marks on them.

Clickable numbers are citations; a sentence for which no source was found is grey and
dotted beneath. Markdown becomes our own tree (`app.markup`) and then blocks of text
(`rich_text`); nothing of it is handed to Qt as HTML or Markdown. Should a document ever
name a resource, it is given an empty picture.

While an answer streams, only its last unfinished block is written anew, at most 30 times
a second.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache

from PySide6.QtCore import QEvent, QMimeData, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QResizeEvent,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from app.i18n import N_, translate
from app.markup.clean import clean
from app.markup.tree import Block, CodeBlock, OrderedList, Piece
from app.ui.formulas import FORMULA, FormulaObject
from app.ui.rich_parts import CITATION, COPY, LINK, plain_text
from app.ui.rich_text import Checks, Place, RichText
from app.ui.theme import colours, font
from app.values.answers import Answer, AnswerSentence

# Number of a source → its title and its words.
Passages = Mapping[int, tuple[str, str]]
_UPDATE_MS = 33
_FORMULA_MS = 40


class AnswerView(QTextBrowser):
    """A text as high as its content.

    `cited` carries the number that was clicked, `link_wanted` an address of the web.
    """

    cited = Signal(int)
    link_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = ""
        self._sentences: tuple[AnswerSentence, ...] = ()
        self._numbers: frozenset[int] = frozenset()
        self._passages: dict[int, tuple[str, str]] = {}
        self._shown_with: object = None
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
        self._prepare_document()
        self._rich = RichText(self.document())
        self._stream = _Stream(self._rich)
        self._timer = _single_shot(self, _UPDATE_MS, self._update)
        self._formula_timer = _single_shot(self, _FORMULA_MS, self._show_formulas)
        self._last_update = 0.0
        self.anchorClicked.connect(self._on_anchor)
        self._fit()

    def _prepare_document(self) -> None:
        document = self.document()
        document.setDocumentMargin(0)
        option = document.defaultTextOption()
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        document.setDefaultTextOption(option)
        self._formula_object = FormulaObject(self)
        document.documentLayout().registerHandler(FORMULA, self._formula_object)
        document.documentLayout().documentSizeChanged.connect(self._fit)

    def loadResource(  # noqa: N802 - Qt's name
        self, _kind: int, _name: QUrl | str
    ) -> object:
        """Give nothing away: no text may make Qt open a file."""
        return QImage(1, 1, QImage.Format.Format_ARGB32)

    # -- what is shown ---------------------------------------------------------------

    def append_text(self, text: str) -> None:
        """Add a piece of the answer as it streams."""
        if self._sentences or self._numbers:
            self._sentences, self._numbers = (), frozenset()
        self._source += text
        self._stream.add(text)
        waited_ms = (time.monotonic() - self._last_update) * 1000
        if waited_ms >= _UPDATE_MS:
            self._update()
        elif not self._timer.isActive():
            self._timer.start(max(1, round(_UPDATE_MS - waited_ms)))

    def show_text(self, markdown: str) -> None:
        """Show a text without a check."""
        self._show(markdown, (), frozenset())

    def show_answer(self, answer: Answer, passages: Passages | None = None) -> None:
        """Show the checked answer with citations and marks, and what they cite."""
        if passages is not None:
            self._passages = dict(passages)
        known = frozenset(citation.number for citation in answer.citations)
        self._show(answer.text, answer.sentences, known)

    def set_passages(self, passages: Passages) -> None:
        """Tell title and words of each source, for those who hover its number."""
        changed = dict(passages) != self._passages
        self._passages = dict(passages)
        if changed and self._source:
            self._show(self._source, self._sentences, self._numbers)

    def markdown(self) -> str:
        """Return the text as it was written."""
        return self._source

    def _show(
        self,
        text: str,
        sentences: Sequence[AnswerSentence],
        numbers: frozenset[int],
    ) -> None:
        self._timer.stop()
        self._source, self._sentences = text, tuple(sentences)
        self._numbers = numbers
        self._shown_with = self._look()
        blocks = _parsed(text, self._sentences, numbers)
        with self._one_step():
            self._rich.clear(Checks(self._sentences, numbers, self._passages))
            self._rich.write(blocks)
        self._stream.begin_at_end()
        self._wait_for_formulas()

    def _update(self) -> None:
        """Show what has streamed in since."""
        if self._shown_with is None:
            self._shown_with = self._look()
        with self._one_step():
            self._stream.update(frozenset(self._passages))
        self._last_update = time.monotonic()
        self._wait_for_formulas()

    @contextmanager
    def _one_step(self) -> Iterator[None]:
        """Let Qt lay out once what changes within."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        try:
            yield
        finally:
            cursor.endEditBlock()

    def _wait_for_formulas(self) -> None:
        if self._rich.waits and not self._formula_timer.isActive():
            self._formula_timer.start()

    def _show_formulas(self) -> None:
        with self._one_step():
            self._rich.show_formulas()
        self._wait_for_formulas()

    # -- links -----------------------------------------------------------------------

    def _on_anchor(self, url: QUrl) -> None:
        name = url.toString()
        for kind, act in (
            (CITATION, self.cited.emit),
            (COPY, self._copy_code),
            (LINK, self._want_link),
        ):
            number = name.removeprefix(kind)
            if name.startswith(kind) and number.isdecimal():
                act(int(number))

    def _copy_code(self, number: int) -> None:
        if number < len(self._rich.codes):
            QGuiApplication.clipboard().setText(self._rich.codes[number])
            self._rich.rename_link(f"{COPY}{number}", translate(N_("Copied")))

    def _want_link(self, number: int) -> None:
        if number < len(self._rich.links):
            self.link_wanted.emit(self._rich.links[number])

    def createMimeDataFromSelection(self) -> QMimeData:  # noqa: N802 - Qt's name
        """Copy plain text: with the signs of lists and the source of formulas."""
        result = QMimeData()
        result.setText(plain_text(self.textCursor()))
        return result

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
        """Use the new colours and sizes when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self._look_changed():
            self.setFont(font("reading"))
            self._show(self._source, self._sentences, self._numbers)

    def _look_changed(self) -> bool:
        shown = getattr(self, "_shown_with", None)
        return shown is not None and shown != self._look()

    def _look(self) -> object:
        return colours(), font("reading").pointSizeF()


def prepare(answer: Answer) -> None:
    """Do ahead what costs most of showing an answer: reading its text."""
    known = frozenset(citation.number for citation in answer.citations)
    _parsed(answer.text, answer.sentences, known)


@lru_cache(maxsize=32)
def _parsed(
    text: str, sentences: tuple[AnswerSentence, ...], numbers: frozenset[int]
) -> tuple[Block, ...]:
    # A large library that no window needs before its first answer (warm_up.py).
    from app.markup.parse import parse

    return parse(text, sentences, numbers)


class _Stream:
    """The end of a text that still grows."""

    def __init__(self, rich: RichText) -> None:
        self._rich = rich
        self._tail = ""
        self._place: Place = rich.place()
        self._number: int | None = None
        self._code: CodeBlock | None = None

    def begin_at_end(self) -> None:
        """Forget what was streamed: the text is shown and complete."""
        self._tail = ""
        self._number, self._code = None, None
        self._place = self._rich.place()

    def add(self, text: str) -> None:
        """Take in what has come."""
        self._tail = clean(self._tail + text)

    def update(self, numbers: frozenset[int]) -> None:
        """Write the unfinished block anew, and what came behind it."""
        from app.markup.parse import parse_pieces

        pieces = self._counted(parse_pieces(self._tail, (), numbers))
        if not pieces:
            return
        last = pieces[-1]
        if self._extends_code(pieces):
            return
        self._rich.take_back(self._place)
        finished = [piece.block for piece in pieces[:-1]]
        if finished:
            self._rich.write(finished)
            self._place = self._rich.place()
            self._tail = self._tail[last.start :]
            self._number = None
            if last.continues and isinstance(last.block, OrderedList):
                self._number = last.block.start
        self._rich.write([last.block])
        self._code = last.block if isinstance(last.block, CodeBlock) else None

    def _extends_code(self, pieces: Sequence[Piece]) -> bool:
        """Tell whether the open code block only grew, and let it grow on the screen."""
        now, before = pieces[-1].block, self._code
        if len(pieces) > 1 or before is None or not isinstance(now, CodeBlock):
            return False
        if now.language != before.language or not now.text.startswith(before.text):
            return False
        self._rich.extend_code(now.text[len(before.text) :])
        self._code = now
        return True

    def _counted(self, pieces: list[Piece]) -> list[Piece]:
        """Go on counting where the list was cut."""
        first = pieces[0].block if pieces else None
        if self._number is None or not isinstance(first, OrderedList):
            return pieces
        shift = self._number - first.start
        result: list[Piece] = []
        for place, piece in enumerate(pieces):
            block: Block = piece.block
            if place and not piece.continues:
                return [*result, *pieces[place:]]
            if isinstance(block, OrderedList):
                block = dataclasses.replace(block, start=block.start + shift)
            result.append(dataclasses.replace(piece, block=block))
        return result


def _single_shot(parent: AnswerView, interval_ms: int, slot: object) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    timer.timeout.connect(slot)
    return timer
