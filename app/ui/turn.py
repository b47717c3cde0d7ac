"""One question with everything that came of it, from top to bottom in its order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QVBoxLayout, QWidget

from app.i18n import N_, translate, translate_plural
from app.ui.answer_view import AnswerView
from app.ui.evidence_card import EvidenceCard
from app.ui.places import Place, grouped, place_of_citation, places_of
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, label
from app.ui.wording import why_no_model
from app.values.answers import (
    Answer,
    AnswerEvent,
    AnswerFinished,
    Citation,
    EvidenceFound,
    Progress,
    TextAdded,
)
from app.values.passages import Passage

_SELECTABLE = (
    Qt.TextInteractionFlag.TextSelectableByMouse
    | Qt.TextInteractionFlag.TextSelectableByKeyboard
)


class Turn(QWidget):
    """A question, its evidence, its answer.

    `opened` carries the Place that was clicked; `found` tells that `places` are new.
    """

    opened = Signal(object)
    found = Signal()

    def __init__(
        self, question: str, base: str, model: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.places: tuple[Place, ...] = ()
        self._citations: dict[int, Place] = {}
        self._model = model
        self.question = label(question, "heading")
        self.question.setTextInteractionFlags(_SELECTABLE)
        self.status = label(translate(N_("Searching your documents …")), "small")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(translate(N_("Progress")))
        self.cards = QWidget()
        self._card_column = QVBoxLayout(self.cards)
        self._card_column.setContentsMargins(0, 0, 0, 0)
        self._card_column.setSpacing(GRID)
        self.cards.hide()
        self.answer_title = label("", "small")
        self.answer_title.hide()
        self.answer = AnswerView()
        self.answer.cited.connect(self._on_cited)
        self.answer.hide()
        self.refusal = label("", "reading")
        self.abstained = _abstained_box(self.refusal)
        self.abstained.hide()
        self.note = label("", "small")
        self.note.setTextInteractionFlags(_SELECTABLE)
        self.note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, GRID * 3)
        column.setSpacing(GRID)
        column.addWidget(ElidedLabel(base, "small"))
        column.addWidget(self.question)
        column.addWidget(self.cards)
        column.addWidget(self.abstained)
        column.addWidget(self.answer_title)
        column.addWidget(self.answer)
        column.addWidget(self.status)
        column.addWidget(self.bar)
        column.addWidget(self.note)

    def take(self, event: AnswerEvent) -> None:
        """Show what an event brings."""
        if isinstance(event, EvidenceFound):
            self._show_evidence(event)
        elif isinstance(event, Progress):
            self._show_progress(event)
        elif isinstance(event, TextAdded):
            self._show_text(event.text)
        elif isinstance(event, AnswerFinished):
            self._show_answer(event.answer)

    def fail(self, text: str) -> None:
        """Show that there will be no answer, and why."""
        self._end_waiting()
        self._show_note(text, "danger")

    # -- as it comes -----------------------------------------------------------------

    def _show_evidence(self, event: EvidenceFound) -> None:
        if not event.answerable:
            return
        self._card_column.addWidget(
            label(translate(N_("From your documents")), "small")
        )
        above = 0
        for citation in grouped(event.citations):
            place = place_of_citation(citation, event.passages)
            card = EvidenceCard(place, continues=place.number == above)
            above = place.number
            card.clicked.connect(lambda _=False, c=card: self.opened.emit(c.place))
            self._card_column.addWidget(card)
        self.cards.show()
        self.status.setText(translate(N_("The language model is being prepared …")))
        self._set_places(event.passages, event.citations)

    def _show_progress(self, event: Progress) -> None:
        text = (
            N_("The language model is being loaded …")
            if event.stage == "loading"
            else N_("The language model reads the places …")
        )
        self.status.setText(translate(text))
        self.bar.setRange(0, 100)
        self.bar.setValue(round(event.fraction * 100))

    def _show_text(self, text: str) -> None:
        if self.answer.isHidden():
            text = text.lstrip()
            self._show_answer_title()
            self.answer.show()
            self.bar.hide()
            self.status.setText(translate(N_("The language model is writing …")))
        self.answer.append_text(text)

    def _show_answer(self, answer: Answer) -> None:
        self._end_waiting()
        if answer.abstained:
            self.answer.hide()
            self.answer_title.hide()
            self.refusal.setText(answer.text)
            self.abstained.show()
        elif answer.spoken_by_model:
            self._show_answer_title()
            self.answer.show_answer(answer)
            self.answer.show()
            self._set_places(answer.passages, answer.citations)
        else:
            self.answer.hide()
            self.answer_title.hide()
        notes = [_checked_text(answer), why_no_model(answer)]
        tone = "danger" if answer.why_no_model == "failed" else ""
        self._show_note("\n".join(note for note in notes if note), tone)

    # -- parts -----------------------------------------------------------------------

    def _show_answer_title(self) -> None:
        title = translate(N_("Answer, worded by AI ({model})"), model=self._model)
        self.answer_title.setText(title)
        self.answer_title.show()

    def _end_waiting(self) -> None:
        self.status.hide()
        self.bar.hide()

    def _show_note(self, text: str, tone: str) -> None:
        self.note.setProperty("tone", tone)
        self.note.style().polish(self.note)
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _set_places(
        self, passages: Sequence[Passage], citations: Sequence[Citation]
    ) -> None:
        self.places = places_of(passages, citations)
        self._citations = {place.number: place for place in self.places}
        self.found.emit()

    def _on_cited(self, number: int) -> None:
        if number in self._citations:
            self.opened.emit(self._citations[number])


def _abstained_box(text: QLabel) -> QFrame:
    box = QFrame()
    box.setObjectName("Abstained")
    hint = translate(
        N_("Ask in other words, or add documents in which the answer stands.")
    )
    column = QVBoxLayout(box)
    column.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
    column.setSpacing(GRID // 2)
    column.addWidget(text)
    column.addWidget(label(hint, "small"))
    return box


def _checked_text(answer: Answer) -> str:
    """Return what our check found, for those who cannot see the marks, too."""
    if not answer.spoken_by_model or answer.abstained:
        return ""
    bad = [sentence for sentence in answer.sentences if not sentence.supported]
    if not bad:
        return (
            translate(N_("Every sentence was found in the sources."))
            if answer.sentences
            else ""
        )
    text = translate_plural(
        "{count} sentence was not found in the sources (dotted).",
        "{count} sentences were not found in the sources (dotted).",
        len(bad),
    )
    unknown = dict.fromkeys(word for sentence in bad for word in sentence.unknown)
    if unknown:
        words = ", ".join(unknown)
        text += " " + translate(N_("In no source: {words}."), words=words)
    return text
