"""The parts of a turn: the question, an honest no, and what can be done with an answer."""

from __future__ import annotations

import re
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.literacy.energy.words import energy_text
from app.metering import as_energy
from app.ui.rating import RatingButtons
from app.ui.regional import figure_text
from app.ui.theme import GRID
from app.ui.widgets import (
    ElidedLabel,
    glyph_button,
    label,
    selectable_label,
    text_button,
)
from app.ui.wording import date_text, number_text, time_text
from app.values.answers import Answer
from app.values.chats import Exchange, Scope
from app.values.places import file_name

_LONG = 1_200
# So many sentences a person reads at the place itself as quickly.
_SHORT = 2
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|$~!&]")
_SOURCES = re.compile(r"(?: \[\d+\])+$")


class QuestionBox(QFrame):
    """The question as it was asked, what was asked, and the button to edit it."""

    def __init__(self, exchange: Exchange, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("QuestionBox")
        self._whole = exchange.question
        self.text = selectable_label("", "reading")
        self.text.setSizePolicy(
            QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum
        )
        self.scope = ElidedLabel(scope_text(exchange.scope), "small")
        self.edit = glyph_button("edit", translate(N_("Edit the question")))
        self.more = text_button(translate(N_("Show all of it")), "quiet")
        self.more.clicked.connect(self._show_all)
        below = QHBoxLayout()
        below.setSpacing(GRID)
        below.addWidget(self.scope, 1)
        below.addWidget(self.edit)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 2, GRID + 2, GRID, GRID // 2)
        column.setSpacing(GRID // 2)
        column.addWidget(self.text)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeading)
        column.addLayout(below)
        long = len(self._whole) > _LONG
        self.text.setText(self._whole[:_LONG] + " …" if long else self._whole)
        self.more.setVisible(long)

    def _show_all(self) -> None:
        self.more.hide()
        self.text.setText(self._whole)


class AbstainedBox(QFrame):
    """An honest no, with the way to the places that were nearest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Abstained")
        self.text = selectable_label("", "reading")
        self.nearest = text_button(translate(N_("Show the nearest places")), "quiet")
        hint = translate(
            N_("Ask in other words, or add documents in which the answer stands.")
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID)
        column.setSpacing(GRID // 2)
        column.addWidget(self.text)
        column.addWidget(label(hint, "small"))
        column.addWidget(self.nearest, 0, Qt.AlignmentFlag.AlignLeading)


class Actions(QWidget):
    """What can be done with an answer, and the way to its other variants."""

    variant_wanted = Signal(int)

    def __init__(self, exchange: Exchange, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.copy = glyph_button("copy", translate(N_("Copy the answer")))
        self.quote = glyph_button("quote", translate(N_("Quote in a new question")))
        self.again = glyph_button("again", translate(N_("Ask again")))
        self.details = glyph_button("info", translate(N_("How this answer came about")))
        self.details.setCheckable(True)
        self.previous = glyph_button("previous", translate(N_("Previous version")))
        self.next = glyph_button("next", translate(N_("Next version")))
        self.which = label("", "small", wraps=False)
        self.rating = RatingButtons()
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for part in (self.copy, self.quote, self.again, self.details):
            row.addWidget(part)
        row.addSpacing(GRID)
        row.addWidget(self.rating)
        row.addSpacing(GRID)
        for switch in (self.previous, self.which, self.next):
            row.addWidget(switch)
        row.addStretch(1)
        self.show_exchange(exchange)

    def show_exchange(self, exchange: Exchange) -> None:
        """Show which of its variants this is; one alone needs no switch."""
        self._exchange = exchange
        self.rating.show_exchange(exchange)
        variants = exchange.variants
        many = len(variants) > 1
        for part in (self.previous, self.which, self.next):
            part.setVisible(many)
        if many:
            place = variants.index(exchange.id)
            text = translate(
                N_("{number} of {total}"), number=place + 1, total=len(variants)
            )
            self.which.setText(text)
            self.previous.setEnabled(place > 0)
            self.next.setEnabled(place + 1 < len(variants))

    def focus_switch(self) -> None:
        """Go where the next switch can be made."""
        target = self.next if self.next.isEnabled() else self.previous
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _step(self, by: int) -> None:
        variants = self._exchange.variants
        place = variants.index(self._exchange.id) + by
        if 0 <= place < len(variants):
            self.variant_wanted.emit(variants[place])


def scope_text(scope: Scope) -> str:
    """Return what a question was asked of."""
    if not scope.documents:
        return scope.base
    names = ", ".join(file_name(path) for path in scope.documents)
    return translate(N_("only {documents}"), documents=names)


def as_written(answer: Answer) -> Answer:
    """Return a computed answer whose cells keep their stars and brackets when shown.

    They are no Markdown; the numbers of the sources at the end are.
    """
    match = _SOURCES.search(answer.text)
    cut = match.start() if match else len(answer.text)
    # Not with a backslash: a backslash and a bracket begin a formula.
    text = _MARKUP.sub(lambda found: f"&#{ord(found[0])};", answer.text[:cut])
    return replace(answer, text=text + answer.text[cut:])


def details_text(exchange: Exchange) -> str:
    """Return how an answer came about: model, settings, times."""
    settings, answer = exchange.settings, exchange.answer
    lines = [date_text(exchange.asked_at) + ", " + time_text(exchange.asked_at)]
    if settings.model and not settings.sources_only:
        lines.append(
            translate(
                N_("Model: {model} · temperature {temperature} · seed {seed}"),
                model=settings.model_title or settings.model,
                temperature=number_text(settings.sampling.temperature),
                seed=settings.sampling.seed,
            )
        )
    if answer is not None:
        timings = answer.timings
        lines.append(
            translate(
                N_("Search {search} s · whole answer {total} s"),
                search=number_text(round(timings.retrieve_ms / 1000, 2)),
                total=number_text(round(timings.total_ms / 1000, 1)),
            )
        )
        if timings.tokens_per_second:
            lines.append(
                translate(
                    N_("{tokens} tokens at {speed} tokens a second"),
                    tokens=timings.answer_tokens,
                    speed=number_text(round(timings.tokens_per_second, 1)),
                )
            )
        lines += _energy_lines(answer)
    if settings.version:
        lines.append(f"Allmende {settings.version}")
    return "\n".join(lines)


def _energy_lines(answer: Answer) -> list[str]:
    """Return what an answer used, and whether the search alone would have done."""
    lines = []
    if answer.energy is not None and answer.energy.joules > 0:
        lines.append(energy_text(as_energy(answer.energy), translate, figure_text))
    if needed_no_model(answer):
        text = N_("One place says all of this: “Sources only” would have been enough.")
        lines.append(translate(text))
    return lines


def needed_no_model(answer: Answer) -> bool:
    """Tell whether a model only repeated what one place in the documents says."""
    if not answer.spoken_by_model or answer.abstained or not answer.sentences:
        return False
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    supported = all(sentence.supported for sentence in answer.sentences)
    return supported and len(cited) == 1 and len(answer.sentences) <= _SHORT
