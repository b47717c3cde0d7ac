"""What the workshop can do, as cards to choose from, and the drafts that wait."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, language, translate, translate_plural
from app.ui.first_steps_parts import ChoiceCard
from app.ui.flow import FlowLayout
from app.ui.message_bar import announce
from app.ui.regional import date_text
from app.ui.scrolling import page_column
from app.ui.theme import GRID, text_factor
from app.ui.widgets import (
    ElidedLabel,
    FittingButton,
    glyph_button,
    label,
    make_clearable,
    set_tip,
    text_button,
)
from app.values.works import WorkInfo
from app.workshop.tasks import Task, matches

_ROLES = {
    "": N_("All"),
    "school": N_("School"),
    "office": N_("Office"),
}
_GLYPHS = {"quiz": "help", "text": "text", "table": "width", "cards": "copy"}
_CARD_WIDTH = 300
_MOST_DRAFTS = 3
_FEW_LETTERS = 24


class CardGrid(QWidget):
    """Cards side by side, as many as fit, all of one width; rows are of one height."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[ChoiceCard] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GRID)
        self.installEventFilter(self)

    def show_cards(self, cards: Sequence[ChoiceCard]) -> None:
        """Show these cards."""
        for card in self._cards:
            self._grid.removeWidget(card)
            card.hide()
        self._cards = list(cards)
        self._columns = 0
        self._lay_out()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Lay out anew for another width, or other letters."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.StyleChange):
            self._lay_out()
        return False

    def _lay_out(self) -> None:
        least = round(_CARD_WIDTH * text_factor())
        columns = max(1, (self.width() + GRID) // (least + GRID))
        if columns == self._columns:
            return
        for column in range(max(columns, self._columns)):
            self._grid.setColumnStretch(column, int(column < columns))
        self._columns = columns
        for place, card in enumerate(self._cards):
            self._grid.addWidget(card, place // columns, place % columns)
            card.show()


class Gallery(QWidget):
    """`chosen` carries a Task, `opened` and `removed` a WorkInfo, `read` opens a file."""

    chosen = Signal(object)
    opened = Signal(object)
    removed = Signal(object)
    import_wanted = Signal()

    def __init__(self, tasks: Sequence[Task], role: str) -> None:
        super().__init__()
        self._tasks = tasks
        self._drafts: Sequence[WorkInfo] = ()
        self._all_drafts = False
        self.cards = {task.id: self._card(task) for task in tasks}
        self.search = QLineEdit()
        self.search.setPlaceholderText(translate(N_("What do you want to make?")))
        self.search.setAccessibleName(translate(N_("Search the workshop")))
        make_clearable(self.search)
        self.roles = {name: self._role(name) for name in _ROLES}
        self.grid = CardGrid()
        self.nothing = label(
            translate(N_("No task is called so. Try another word, or choose “All”."))
        )
        self.drafts = QWidget()
        self._lay_out()
        self.search.textChanged.connect(self._narrow)
        self.roles[role if role in self.roles else ""].setChecked(True)
        self._narrow()

    def show_drafts(self, drafts: Sequence[WorkInfo]) -> None:
        """Show the drafts, the newest first."""
        self._drafts = drafts
        while (item := self._draft_rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        shown = drafts if self._all_drafts else drafts[:_MOST_DRAFTS]
        for info in shown:
            self._draft_rows.addWidget(self._draft(info))
        if len(shown) < len(drafts):
            self._draft_rows.addWidget(self._more_drafts(len(drafts) - len(shown)))
        self.drafts.setVisible(bool(drafts))

    def focus(self) -> None:
        """Give the keyboard to the search."""
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the button below the title where they have no room beside each other."""
        super().resizeEvent(event)
        parts = (self._title, self.import_button)
        needed = sum(part.sizeHint().width() + 4 * GRID for part in parts)
        way = QBoxLayout.Direction
        self._head.setDirection(
            way.LeftToRight if needed <= self.width() else way.TopToBottom
        )

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        column = page_column(self, translate(N_("Workshop")))
        self._head = head = QHBoxLayout()
        self._title = label(translate(N_("Workshop")), "title", wraps=False)
        head.addWidget(self._title, 1)
        self.import_button = text_button(
            translate(N_("Open questions …")), glyph="import"
        )
        self.import_button.clicked.connect(self.import_wanted)
        head.addWidget(self.import_button)
        column.addLayout(head)
        about = N_(
            "A form instead of a prompt: choose what you want to make, fill in what"
            " matters, and look every result through before it goes."
        )
        column.addWidget(label(translate(about), "small"))
        chips = QWidget()
        flow = FlowLayout(chips, GRID)
        for button in self.roles.values():
            flow.addWidget(button)
        column.addWidget(self.drafts)
        column.addWidget(self.search)
        column.addWidget(chips)
        column.addWidget(self.grid)
        column.addWidget(self.nothing)
        drafts = QVBoxLayout(self.drafts)
        drafts.setContentsMargins(0, 0, 0, 0)
        drafts.setSpacing(GRID)
        drafts.addWidget(label(translate(N_("Your drafts")), "heading"))
        self._draft_rows = QVBoxLayout()
        self._draft_rows.setSpacing(4)
        drafts.addLayout(self._draft_rows)
        column.addStretch(1)
        self.drafts.hide()

    def _role(self, name: str) -> QPushButton:
        button = text_button(translate(_ROLES[name]), "toggle")
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.toggled.connect(self._on_role)
        return button

    def _card(self, task: Task) -> ChoiceCard:
        title = task.said(task.title, language())
        about = task.said(task.description, language())
        card = ChoiceCard(title, about, _GLYPHS.get(task.output, ""), checkable=False)
        card.setParent(self)
        card.hide()
        card.clicked.connect(lambda: self.chosen.emit(task))
        return card

    def _draft(self, info: WorkInfo) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GRID)
        title = info.title or translate(N_("Without a title"))
        short = shorten(title, _FEW_LETTERS, placeholder=" …")
        open_ = FittingButton((title, short), "edit", "quiet")
        set_tip(open_, title)
        open_.clicked.connect(lambda: self.opened.emit(info))
        when = ElidedLabel(
            translate(N_("changed {date}"), date=date_text(info.changed_at)), "small"
        )
        fixed = QSizePolicy.Policy.Fixed
        when.setSizePolicy(QSizePolicy.Policy.Preferred, fixed)
        remove = glyph_button(
            "bin", translate(N_("Delete the draft “{title}”"), title=title)
        )
        remove.clicked.connect(lambda: self.removed.emit(info))
        line.addWidget(open_, 1)
        line.addWidget(when)
        line.addWidget(remove)
        return row

    def _more_drafts(self, count: int) -> QWidget:
        text = translate_plural(
            "Show {count} more draft", "Show {count} more drafts", count
        )
        button = text_button(text, "quiet", "down")

        def show() -> None:
            self._all_drafts = True
            self.show_drafts(self._drafts)

        button.clicked.connect(show)
        return button

    # -- showing ---------------------------------------------------------------------

    @property
    def role(self) -> str:
        """The role whose tasks are shown, "" for all."""
        return next(name for name, button in self.roles.items() if button.isChecked())

    def _on_role(self, on: bool) -> None:
        if on:
            self._narrow()

    def _narrow(self) -> None:
        words = self.search.text()
        found = [task for task in self._tasks if matches(task, self.role, words)]
        self.grid.show_cards([self.cards[task.id] for task in found])
        self.nothing.setVisible(not found)
        if self.isVisible():
            announce(
                self.search,
                translate_plural("{count} task", "{count} tasks", len(found)),
            )
