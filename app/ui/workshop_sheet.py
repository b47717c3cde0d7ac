"""A sheet line by line: each can be edited, taken out, and looked up in its document."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.i18n import N_, translate
from app.ui.theme import GRID
from app.ui.widgets import (
    FittingButton,
    glyph_button,
    label,
    selectable_label,
    text_button,
)
from app.ui.workshop_parts import TextBox
from app.ui.workshop_wording import place_short, place_text
from app.values.sheets import SheetLine


class LineCard(QFrame):
    """Shows one line; `heads` are the names of a table's columns."""

    edit_wanted = Signal()
    again_wanted = Signal()
    removal_wanted = Signal()
    source_wanted = Signal()

    def __init__(
        self,
        line: SheetLine,
        number: int,
        heads: tuple[str, ...] = (),
        made: bool = False,
        fixed: bool = False,
    ) -> None:
        """`made`: the task can make another line in its place; `fixed`: nobody edits it.

        What names the columns of a table cannot be taken out either.
        """
        super().__init__()
        self.line = line
        self.setObjectName("WorkHeading" if line.kind == "heading" else "WorkLine")
        name = translate(N_("Line {number}"), number=number)
        self.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 2, GRID, GRID, GRID)
        row.setSpacing(GRID)
        words = QVBoxLayout()
        words.setSpacing(2)
        for text, small in _texts(line, heads):
            shown = selectable_label(text, "small" if small else "body")
            shown.setProperty("strong", line.kind == "heading")
            words.addWidget(shown)
        if line.source is not None:
            place = place_text(line.source)
            places = (place, place_short(line.source), translate(N_("Source")))
            button = FittingButton(places, "quote", "quiet")
            told = translate(N_("Show the place: {place}"), place=place)
            button.setAccessibleName(f"{told} – {name}")
            button.clicked.connect(self.source_wanted)
            words.addWidget(button)
            self.source_button = button
        row.addLayout(words, 1)
        self.edit_button = glyph_button("edit", translate(N_("Edit")))
        remove = glyph_button("bin", translate(N_("Take out")))
        self.edit_button.clicked.connect(self.edit_wanted)
        remove.clicked.connect(self.removal_wanted)
        self.again_button = glyph_button("again", translate(N_("Another one")))
        self.again_button.clicked.connect(self.again_wanted)
        self.again_button.setVisible(made)
        self._changing = [self.edit_button, self.again_button, remove]
        for button_ in self._changing:
            button_.setAccessibleName(f"{button_.accessibleName()} – {name}")
            row.addWidget(button_, 0, Qt.AlignmentFlag.AlignTop)
        if fixed:
            self.edit_button.hide()
            remove.setVisible(line.kind != "row")

    def set_busy(self, busy: bool) -> None:
        """Allow or refuse changes."""
        for button in self._changing:
            button.setEnabled(not busy)


class LineEdit(QFrame):
    """`done` carries the edited SheetLine, `left` tells that nothing shall change."""

    done = Signal(object)
    left = Signal()

    def __init__(self, line: SheetLine, name: str, heads: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.setObjectName("WorkEdit")
        self.setAccessibleName(name)
        self._line = line
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
        column.setSpacing(GRID)
        self.boxes: list[TextBox] = []
        for place, cell in enumerate(line.cells):
            head = heads[place] if place < len(heads) else name
            if len(line.cells) > 1:
                column.addWidget(label(head, "small"))
            box = TextBox(cell, head, least=1 if len(line.cells) > 1 else 2)
            self.boxes.append(box)
            column.addWidget(box)
        done = text_button(translate(N_("Done")), "primary", "check")
        cancel = text_button(translate(N_("Cancel")))
        done.clicked.connect(self._on_done)
        cancel.clicked.connect(self.left)
        foot = QHBoxLayout()
        foot.addWidget(done)
        foot.addWidget(cancel)
        foot.addStretch(1)
        column.addLayout(foot)

    def focus(self) -> None:
        """Give the keyboard to the first text."""
        self.boxes[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_done(self) -> None:
        cells = tuple(box.text.strip() for box in self.boxes)
        self.done.emit(SheetLine(self._line.kind, cells, self._line.source))


def _texts(line: SheetLine, heads: tuple[str, ...]) -> list[tuple[str, bool]]:
    """Return what a line shows; a table's row names its columns before its cells."""
    if line.kind != "row":
        return [("\n".join(line.cells), line.kind == "note")]
    if not heads:
        return [(" · ".join(cell for cell in line.cells if cell), True)]
    named = [
        (head, cell)
        for head, cell in zip((*heads, "", ""), line.cells, strict=False)
        if cell
    ]
    return [(f"{head}: {cell}" if head else cell, False) for head, cell in named]


def heads_before(lines: tuple[SheetLine, ...], place: int) -> tuple[str, ...]:
    """Return the names of the columns for a row, () for a row that names them."""
    first = place
    while first > 0 and lines[first - 1].kind == "row":
        first -= 1
    return lines[first].cells if lines[place].kind == "row" and first < place else ()
