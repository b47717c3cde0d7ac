"""One exchange, from top to bottom in its order: question, evidence, answer, actions.

Built from an `Exchange` that is stored, or fed with events while the answer is given.
Of stored ones the evidence is folded away, and they are built in steps of some
milliseconds each (`step`), so that a long conversation scrolls well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.ui.answer_view import AnswerView, Passages, prepare
from app.ui.evidence_card import EvidenceCard
from app.ui.places import Place, grouped, place_of_citation, places_of
from app.ui.rating import CorrectionBox
from app.ui.rich_parts import plain_text
from app.ui.theme import GRID
from app.ui.turn_parts import (
    AbstainedBox,
    Actions,
    QuestionBox,
    as_written,
    details_text,
)
from app.ui.widgets import label, selectable_label, show_value, text_button
from app.ui.wording import checked_text, places_text, why_no_model
from app.values.answers import (
    Answer,
    AnswerEvent,
    AnswerFinished,
    Citation,
    EvidenceFound,
    Progress,
    TextAdded,
)
from app.values.chats import Exchange
from app.values.passages import Passage


class Turn(QWidget):
    """A question, its evidence, its answer.

    `opened` carries the Place that was clicked, `rated` whether it is good; `found` tells that `places` are new;
    `nearest_wanted` asks to show places that were not good enough; `grew` tells that
    the height may have changed. The other signals carry what their names say.
    """

    opened = Signal(object)
    found = Signal()
    grew = Signal()
    nearest_wanted = Signal()
    again_wanted = Signal()
    edit_wanted = Signal()
    quote_wanted = Signal(str)
    copied = Signal(str)
    variant_wanted = Signal(int)
    link_wanted = Signal(str)
    rated = Signal(object)
    corrected = Signal(str)

    def __init__(self, exchange: Exchange, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.exchange = exchange
        self.places: tuple[Place, ...] = ()
        self._correction_box: CorrectionBox | None = None
        self._citations: dict[int, Place] = {}
        self._evidence: tuple[tuple[Passage, ...], tuple[Citation, ...]] = ((), ())
        self._make_parts()
        self._lay_out()
        answer = exchange.answer
        self._steps: list[Callable[[], None]] = [self._make_actions]
        if answer is not None:
            self._steps += [
                lambda: prepare(answer),
                lambda: self._show_stored(answer),
            ]
        elif exchange.failure:
            self._steps.append(lambda: self.fail(exchange.failure))

    @property
    def complete(self) -> bool:
        """Whether everything is built that is stored."""
        return not self._steps

    def step(self) -> bool:
        """Build the next part; tell whether that was the last."""
        if self._steps:
            self._steps.pop(0)()
        return self.complete

    def finish(self) -> None:
        """Build what is missing at once."""
        while not self.step():
            pass

    # -- building --------------------------------------------------------------------

    def _make_parts(self) -> None:
        self.question_box = QuestionBox(self.exchange, self)
        self.question = self.question_box.text
        self.question_box.edit.clicked.connect(self.edit_wanted)
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
        self.unfold = text_button("", "quiet", "folder", "muted")
        self.unfold.clicked.connect(self._on_unfold)
        self.unfold.hide()
        self.answer_title = label("", "small")
        self.answer_title.hide()
        self.answer = AnswerView()
        self.answer.cited.connect(self._on_cited)
        self.answer.link_wanted.connect(self.link_wanted)
        self.answer.hide()
        self.abstained = AbstainedBox(self)
        self.refusal = self.abstained.text
        self.abstained.nearest.clicked.connect(self.nearest_wanted)
        self.abstained.hide()
        self.note = selectable_label("", "small")
        self.note.hide()
        self.details = selectable_label("", "small")
        self.details.hide()

    def _make_actions(self) -> None:
        row = self.actions_row = Actions(self.exchange, self)
        row.hide()
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(column.indexOf(self.details), row)
        row.copy.clicked.connect(self._on_copy)
        row.quote.clicked.connect(lambda: self.quote_wanted.emit(self.selected_text()))
        row.again.clicked.connect(self.again_wanted)
        row.details.toggled.connect(self._on_details)
        row.variant_wanted.connect(self.variant_wanted)
        row.rating.rated.connect(self.rated)
        row.rating.correcting.connect(lambda: self._correction().edit())
        if self.exchange.rating.correction:
            self._correction()

    def _correction(self) -> CorrectionBox:
        """Return the box of a correction, below the actions."""
        if self._correction_box is None:
            box = self._correction_box = CorrectionBox(self)
            box.show_exchange(self.exchange)
            box.corrected.connect(self.corrected)
            column = self.layout()
            assert isinstance(column, QVBoxLayout)
            column.insertWidget(column.indexOf(self.actions_row) + 1, box)
        return self._correction_box

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, GRID * 3)
        column.setSpacing(GRID)
        top = QHBoxLayout()
        top.addStretch(1)
        top.addWidget(self.question_box, 6)
        column.addLayout(top)
        for part in (
            self.cards,
            self.abstained,
            self.answer_title,
            self.answer,
            self.status,
            self.bar,
            self.unfold,
            self.note,
            self.details,
        ):
            column.addWidget(part)

    # -- from outside ----------------------------------------------------------------

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
        """Show that there will be no answer, and why; what was said stays."""
        self._end_waiting()
        if self.exchange.partial:
            self._show_answer_title()
            self.answer.show_text(self.exchange.partial)
            self.answer.show()
        self._show_note(text, "danger")
        self.actions_row.show()

    def keep(self, exchange: Exchange) -> None:
        """Take over what is now stored: the answer, and how many variants there are."""
        self.exchange = exchange
        self.actions_row.show_exchange(exchange)
        if self._correction_box is not None or exchange.rating.correction:
            self._correction().show_exchange(exchange)

    def selected_text(self) -> str:
        """Return what is selected in the answer, or all of it, or the evidence."""
        cursor = self.answer.textCursor()
        if cursor.hasSelection():
            return plain_text(cursor)
        answer = self.exchange.answer
        return answer.text if answer else self.answer.markdown()

    # -- as it comes -----------------------------------------------------------------

    def _show_evidence(self, event: EvidenceFound) -> None:
        self._evidence = (event.passages, event.citations)
        self._set_places(event.passages, event.citations)
        if not event.answerable:
            return
        self._show_cards()
        self.status.setText(translate(N_("The language model is being prepared …")))
        self.found.emit()

    def _show_cards(self) -> None:
        if self._card_column.count():
            self.cards.show()
            return
        passages, citations = self._evidence
        self._card_column.addWidget(
            label(translate(N_("From your documents")), "small")
        )
        above = 0
        for citation in grouped(citations):
            place = place_of_citation(citation, passages)
            card = EvidenceCard(place, continues=place.number == above)
            above = place.number
            card.clicked.connect(lambda _=False, c=card: self.opened.emit(c.place))
            self._card_column.addWidget(card)
        self.cards.show()

    def _show_progress(self, event: Progress) -> None:
        text = (
            N_("The language model is being loaded …")
            if event.stage == "loading"
            else N_("The language model reads the places …")
        )
        self.status.setText(translate(text))
        show_value(self.bar, round(event.fraction * 100), 100)

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
            self.abstained.nearest.setVisible(bool(answer.passages))
            self.abstained.show()
        elif answer.spoken_by_model or answer.computed:
            passages = self._take_places(answer.passages, answer.citations)
            self._show_answer_title(answer)
            spoken = answer.spoken_by_model
            self.answer.show_answer(answer if spoken else as_written(answer), passages)
            self.answer.show()
            self.found.emit()
        else:
            self.answer.hide()
            self.answer_title.hide()
        notes = [checked_text(answer), why_no_model(answer)]
        tone = "danger" if answer.why_no_model == "failed" else ""
        self._show_note("\n".join(note for note in notes if note), tone)
        self.actions_row.show()

    def _show_stored(self, answer: Answer) -> None:
        """Show an answer that was given earlier, its evidence folded away."""
        # What speaks for itself stays open: evidence without a model's words.
        self._evidence = (answer.passages, answer.citations)
        self._set_places(answer.passages, answer.citations)
        if answer.spoken_by_model and not answer.abstained:
            self._show_unfold(answer)
        elif not answer.abstained and answer.citations:
            self._show_cards()
        self._show_answer(answer)

    def _show_unfold(self, answer: Answer) -> None:
        """Offer the places of an earlier answer; all that were found if it cites none."""
        if answer.citations:
            self.unfold.setText(places_text(len(answer.citations)))
        else:
            self.unfold.setText(translate(N_("Show the nearest places")))
        self.unfold.setVisible(bool(answer.citations or answer.passages))

    # -- parts -----------------------------------------------------------------------

    def _show_answer_title(self, answer: Answer | None = None) -> None:
        model = self.exchange.settings.model_title
        title = translate(N_("Answer, worded by AI ({model})"), model=model)
        if answer is not None and answer.computed and not answer.spoken_by_model:
            title = translate(N_("Result"))
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
        self.answer.set_passages(self._take_places(passages, citations))

    def _take_places(
        self, passages: Sequence[Passage], citations: Sequence[Citation]
    ) -> Passages:
        self.places = places_of(passages, citations)
        self._citations = {place.number: place for place in self.places}
        return {p.number: (p.file_and_page, p.words) for p in self.places}

    # -- what is clicked -------------------------------------------------------------

    def _on_cited(self, number: int) -> None:
        if number in self._citations:
            self.opened.emit(self._citations[number])

    def _on_unfold(self) -> None:
        if not self._evidence[1]:
            self.nearest_wanted.emit()
            return
        self.unfold.hide()
        self._show_cards()
        first = self.cards.findChild(EvidenceCard)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_copy(self) -> None:
        self.copied.emit(self.selected_text())

    def _on_details(self, shown: bool) -> None:
        if shown:
            self.details.setText(details_text(self.exchange))
        self.details.setVisible(shown)

    # -- height and focus ------------------------------------------------------------

    def height_for(self, width: int) -> int:
        """Return the height that this turn needs at a width."""
        layout = self.layout()
        assert layout is not None
        return max(
            layout.totalHeightForWidth(width), layout.totalMinimumSize().height()
        )

    def event(self, event: QEvent) -> bool:
        """Tell when something in here wants another height."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.grew.emit()
        return super().event(event)
