"""One question as a card: what it asks, what is right, where it stands, what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.ui.flow import FlowLayout
from app.ui.theme import GRID
from app.ui.widgets import (
    FittingButton,
    glyph_button,
    label,
    selectable_label,
    text_button,
)
from app.ui.workshop_pictures import picture_label
from app.ui.workshop_wording import (
    failed_text,
    kind_text,
    place_short,
    place_text,
    problem_texts,
)
from app.values.quiz import FailedItem, Item, Problem

_BLANK = "______"


class ItemCard(QFrame):
    """Shows an item. Each signal is about this card.

    While `busy`, nothing can be changed.
    """

    edit_wanted = Signal()
    again_wanted = Signal()
    removal_wanted = Signal()
    move_wanted = Signal(int)
    source_wanted = Signal()

    def __init__(self, item: Item, number: int, wrong: tuple[Problem, ...]) -> None:
        super().__init__()
        self.item = item
        self.setObjectName("WorkCard")
        name = translate(N_("Question {number}"), number=number)
        self.setAccessibleName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID)
        column.setSpacing(GRID)
        column.addLayout(self._head(name))
        column.addWidget(selectable_label(_asked(item)))
        for picture in item.pictures:
            column.addWidget(picture_label(picture))
            if picture.alt:
                said = translate(N_("Alternative text: {words}"), words=picture.alt)
                column.addWidget(selectable_label(said, "small"))
        column.addLayout(_answers(item))
        if item.feedback:
            column.addWidget(selectable_label(item.feedback, "small"))
        if wrong:
            warning = label(problem_texts(wrong))
            warning.setProperty("tone", "danger")
            column.addWidget(warning)
        column.addWidget(self._actions(name))

    def set_busy(self, busy: bool, is_this: bool = False) -> None:
        """Allow or refuse changes; `is_this` one is being made anew."""
        for button in self._changing:
            button.setEnabled(not busy)
        self.state.setText(translate(N_("is being made anew …")) if is_this else "")

    def _head(self, name: str) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        number = label(name, wraps=False)
        number.setProperty("strong", True)
        head.addWidget(number)
        origin = {
            "model": N_("by the language model"),
            "text": N_("built from the text"),
            "imported": N_("imported"),
        }.get(self.item.origin, "")
        facts = [kind_text(self.item.kind), self.item.level, translate(origin)]
        head.addWidget(label(" · ".join(f for f in facts if f), "small"), 1)
        self.state = label("", "small", wraps=False)
        head.addWidget(self.state)
        return head

    def _actions(self, name: str) -> QWidget:
        row = QWidget()
        flow = FlowLayout(row, 2)
        edit = text_button(translate(N_("Edit")), "quiet", "edit")
        again = text_button(translate(N_("Another one")), "quiet", "again")
        up = glyph_button("up", translate(N_("Move up")))
        down = glyph_button("down", translate(N_("Move down")))
        remove = glyph_button("bin", translate(N_("Take out")))
        edit.clicked.connect(self.edit_wanted)
        again.clicked.connect(self.again_wanted)
        up.clicked.connect(lambda: self.move_wanted.emit(-1))
        down.clicked.connect(lambda: self.move_wanted.emit(1))
        remove.clicked.connect(self.removal_wanted)
        self._changing = [edit, again, up, down, remove]
        for button in self._changing:
            # Read out alone, "Edit" would not tell what is edited.
            said = button.text() or button.accessibleName()
            button.setAccessibleName(f"{said} – {name}")
        source = self.item.source
        if source is not None:
            places = (place_text(source), place_short(source), translate(N_("Source")))
            self.source_button = FittingButton(places, "quote", "quiet")
            self.source_button.clicked.connect(self.source_wanted)
            place = place_text(source)
            told = translate(N_("Show the place: {place}"), place=place)
            self.source_button.setAccessibleName(f"{told} – {name}")
        self.edit_button = edit
        for button in self._changing:
            flow.addWidget(button)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        if source is not None:
            column.addWidget(self.source_button)
        column.addWidget(row)
        return whole


class FailedCard(QFrame):
    """What did not pass the checks, with the reason."""

    edit_wanted = Signal()
    removal_wanted = Signal()

    def __init__(self, failed: FailedItem) -> None:
        super().__init__()
        self.failed = failed
        self.setObjectName("WorkFailed")
        self.setAccessibleName(translate(N_("Did not pass the checks")))
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID)
        column.setSpacing(GRID)
        head = label(translate(N_("Did not pass the checks")))
        head.setProperty("strong", True)
        column.addWidget(head)
        column.addWidget(label(failed_text(failed)))
        asked = _asked(failed.item)
        if asked:
            column.addWidget(selectable_label(asked, "small"))
        row = QWidget()
        flow = FlowLayout(row, 2)
        edit = text_button(translate(N_("Mend it and take it over")), "quiet", "edit")
        remove = text_button(translate(N_("Leave it out")), "quiet", "close")
        edit.clicked.connect(self.edit_wanted)
        remove.clicked.connect(self.removal_wanted)
        self._changing = [edit, remove]
        for button in self._changing:
            flow.addWidget(button)
        column.addWidget(row)

    def set_busy(self, busy: bool) -> None:
        """Allow or refuse changes."""
        for button in self._changing:
            button.setEnabled(not busy)


def _asked(item: Item) -> str:
    """Return the text of a question; a gap is a line with its answer behind it."""
    if item.kind != "cloze":
        return item.text
    parts: list[str] = []
    place = 0
    for gap in item.gaps:
        answers = " / ".join((item.answer_of(gap), *gap.also))
        parts += [item.text[place : gap.start], f"{_BLANK} ({answers})"]
        place = gap.end
    return "".join([*parts, item.text[place:]])


def _answers(item: Item) -> QGridLayout:
    """Return the answers, the right ones told by a sign and by strong letters."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(GRID)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(1, 1)
    rows: list[tuple[bool, str]] = []
    if item.kind == "truefalse":
        rows = [
            (item.truth, translate(N_("True"))),
            (not item.truth, translate(N_("False"))),
        ]
    elif item.kind == "matching":
        rows = [(True, f"{pair.left} → {pair.right}") for pair in item.pairs]
    elif item.kind != "essay":
        rows = [(option.fraction > 0, option.text) for option in item.options]
    for place, (right, text) in enumerate(rows):
        sign = label("✓" if right else "○", wraps=False)
        sign.setProperty("tone", "good" if right else "")
        sign.setAccessibleName(translate(N_("right") if right else N_("wrong")))
        words = selectable_label(text)
        words.setProperty("strong", right and item.kind != "matching")
        grid.addWidget(sign, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(words, place, 1)
    return grid
