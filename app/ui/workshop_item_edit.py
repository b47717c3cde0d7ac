"""Editing one question: its text, its answers, its explanation.

What stands there is an item at every moment (`item`), so that what is still wrong with
it can be said while one writes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.theme import GRID
from app.ui.widgets import glyph_button, label, text_button
from app.ui.workshop_parts import TextBox
from app.ui.workshop_pictures import Choose, PictureRows
from app.ui.workshop_wording import kind_text, problem_texts
from app.values.quiz import Item
from app.workshop.checks import problems
from app.workshop.editing import (
    answers_from,
    gaps_from,
    options_from,
    pairs_from,
    with_gaps_shown,
)

_LEAST_ROWS = {"single": 4, "multiple": 4, "short": 1, "matching": 3}


class ItemEdit(QFrame):
    """`done` carries the edited Item, `left` tells that nothing shall change.

    `choose` asks for a picture to add; without it none can be added.
    """

    done = Signal(object)
    left = Signal()

    def __init__(self, item: Item, name: str, choose: Choose | None = None) -> None:
        super().__init__()
        self.setObjectName("WorkEdit")
        self.setAccessibleName(name)
        self._item = item
        self._parts: Callable[[], Item] = lambda: item
        asked = with_gaps_shown(item) if item.kind == "cloze" else item.text
        self.text = TextBox(asked, translate(N_("Question")))
        self.pictures = PictureRows(item.pictures, choose)
        self.pictures.changed.connect(self._look)
        self.feedback = TextBox(item.feedback, translate(N_("Explanation")))
        self.problem = label("")
        self.problem.setProperty("tone", "danger")
        self.done_button = text_button(translate(N_("Done")), "primary", "check")
        self.cancel_button = text_button(translate(N_("Cancel")))
        self._lay_out(name)
        self.done_button.clicked.connect(lambda: self.done.emit(self.item))
        self.cancel_button.clicked.connect(self.left)
        for box in (self.text, self.feedback):
            box.on_change(self._look)
        self._look()

    @property
    def item(self) -> Item:
        """The item as it stands there now."""
        item = self._parts()
        if item.kind == "cloze":
            text, gaps = gaps_from(self.text.text.strip())
            item = replace(item, text=text, gaps=gaps)
        else:
            item = replace(item, text=self.text.text.strip())
        shown = self.pictures.pictures
        return replace(item, feedback=self.feedback.text.strip(), pictures=shown)

    def focus(self) -> None:
        """Give the keyboard to the question."""
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def _look(self) -> None:
        """Say what is wrong now; whether it is true, only a person can say."""
        wrong = problems(self.item)
        self.problem.setText(problem_texts(wrong))
        self.problem.setVisible(bool(wrong))

    # -- building --------------------------------------------------------------------

    def _lay_out(self, name: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
        column.setSpacing(GRID)
        head = label(f"{name} · {kind_text(self._item.kind)}")
        head.setProperty("strong", True)
        column.addWidget(head)
        column.addWidget(self.text)
        if self._item.kind == "cloze":
            help_ = N_("Gaps stand in braces: {example}. A bar parts right answers.")
            example = "{" + translate(N_("word|other word")) + "}"
            column.addWidget(label(translate(help_, example=example), "small"))
        column.addWidget(self.pictures)
        make = {
            "single": self._choices,
            "multiple": self._choices,
            "truefalse": self._truth,
            "short": self._lines,
            "numerical": self._number,
            "matching": self._pairs,
        }.get(self._item.kind)
        if make is not None:
            column.addWidget(make())
        what = (
            N_("A good answer holds")
            if self._item.kind == "essay"
            else N_("Explanation, shown after answering")
        )
        column.addWidget(label(translate(what), "small"))
        column.addWidget(self.feedback)
        column.addWidget(self.problem)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self.done_button)
        foot.addWidget(self.cancel_button)
        foot.addStretch(1)
        column.addLayout(foot)

    def _choices(self) -> QWidget:
        one = self._item.kind == "single"
        rows = _Rows(translate(N_("Add an answer")), one)
        for option in self._item.options:
            rows.add((option.text,), option.fraction > 0)
        for _ in range(_LEAST_ROWS[self._item.kind] - len(self._item.options)):
            rows.add(("",), False)
        rows.changed.connect(self._look)
        feedbacks = {o.text: o.feedback for o in self._item.options if o.feedback}

        def parts() -> Item:
            made = options_from([(texts[0], on) for texts, on in rows.values()])
            options = tuple(
                replace(o, feedback=feedbacks.get(o.text, "")) for o in made
            )
            return replace(self._item, options=options)

        self._parts = parts
        return rows

    def _truth(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        true = QRadioButton(translate(N_("True")))
        false = QRadioButton(translate(N_("False")))
        (true if self._item.truth else false).setChecked(True)
        for button in (true, false):
            row.addWidget(button)
        row.addStretch(1)
        self._parts = lambda: replace(self._item, truth=true.isChecked())
        return holder

    def _lines(self) -> QWidget:
        rows = _Rows(translate(N_("Add an answer")), None)
        for option in self._item.options:
            rows.add((option.text,), True)
        rows.changed.connect(self._look)
        self._parts = lambda: replace(
            self._item, options=answers_from([texts[0] for texts, _ in rows.values()])
        )
        return rows

    def _number(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        first = self._item.options[0] if self._item.options else None
        number = QLineEdit(first.text if first else "")
        number.setAccessibleName(translate(N_("Number")))
        give = QDoubleSpinBox()
        give.setRange(0, 1_000_000)
        give.setDecimals(3)
        give.setValue(first.tolerance if first else 0.0)
        give.setAccessibleName(translate(N_("Tolerance")))
        row.addWidget(label(translate(N_("Number")), wraps=False))
        row.addWidget(number, 1)
        row.addWidget(label(translate(N_("Tolerance ±")), wraps=False))
        row.addWidget(give)
        number.textChanged.connect(self._look)
        others = self._item.options[1:]
        self._parts = lambda: replace(
            self._item,
            options=(*answers_from([number.text()], give.value()), *others),
        )
        return holder

    def _pairs(self) -> QWidget:
        rows = _Rows(translate(N_("Add a pair")), None, cells=2)
        for pair in self._item.pairs:
            rows.add((pair.left, pair.right), True)
        for _ in range(_LEAST_ROWS["matching"] - len(self._item.pairs)):
            rows.add(("", ""), True)
        rows.changed.connect(self._look)
        self._parts = lambda: replace(
            self._item,
            pairs=pairs_from([(texts[0], texts[1]) for texts, _ in rows.values()]),
        )
        return rows


class _Rows(QWidget):
    """Lines of text, each with a mark before it (`one`: only one may have it; None: none)."""

    changed = Signal()

    def __init__(self, add: str, one: bool | None, cells: int = 1) -> None:
        super().__init__()
        self._one, self._cells = one, cells
        self._rows: list[tuple[QWidget, list[QLineEdit], QAbstractButton | None]] = []
        self._group = QButtonGroup(self)
        self._group.setExclusive(bool(one))
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        self._add = text_button(add, "quiet", "add")
        self._add.clicked.connect(self._on_add)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        whole.addLayout(self._column)
        whole.addWidget(self._add, 0, Qt.AlignmentFlag.AlignLeft)

    def values(self) -> list[tuple[tuple[str, ...], bool]]:
        """Return the texts of all lines, and whether they are marked."""
        return [
            (tuple(edit.text() for edit in edits), mark is None or mark.isChecked())
            for _, edits, mark in self._rows
        ]

    def add(self, texts: tuple[str, ...], on: bool) -> None:
        """Add a line."""
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GRID)
        number = len(self._rows) + 1
        mark: QAbstractButton | None = None
        if self._one is not None:
            mark = QRadioButton() if self._one else QCheckBox()
            said = translate(N_("Answer {number} is right"), number=number)
            mark.setAccessibleName(said)
            mark.setChecked(on)
            self._group.addButton(mark)
            mark.toggled.connect(lambda _on: self.changed.emit())
            line.addWidget(mark)
        edits = [QLineEdit(text) for text in texts]
        for place, edit in enumerate(edits):
            template = N_("Answer {number}")
            if self._cells > 1:
                template = (
                    N_("Pair {number}, right") if place else N_("Pair {number}, left")
                )
            edit.setAccessibleName(translate(template, number=number))
            edit.setCursorPosition(0)
            edit.textChanged.connect(lambda _text: self.changed.emit())
            line.addWidget(edit, 1)
        remove = glyph_button(
            "close", translate(N_("Remove line {number}"), number=number)
        )
        remove.clicked.connect(lambda: self._remove(row))
        line.addWidget(remove)
        self._rows.append((row, edits, mark))
        self._column.addWidget(row)

    def _on_add(self) -> None:
        self.add(("",) * self._cells, on=False)
        self._rows[-1][1][0].setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _remove(self, row: QWidget) -> None:
        self._rows = [one for one in self._rows if one[0] is not row]
        row.hide()
        row.deleteLater()
        self.changed.emit()
