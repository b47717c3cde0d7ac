"""The open piece of work: its items as cards, and the source of one beside them.

It shows what the `WorkDesk` has and passes on what a person wants. Cards are made anew
only where their item is another one, so that a long list stays quick while items come.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate, translate_plural
from app.ui.context import Context
from app.ui.flow import FlowLayout
from app.ui.message_bar import announce
from app.ui.scrolling import page_column
from app.ui.theme import GRID, font
from app.ui.widgets import glyph_button, label, show_value, text_button
from app.ui.workshop_desk import WorkDesk
from app.ui.workshop_item import FailedCard, ItemCard
from app.ui.workshop_item_edit import ItemEdit
from app.ui.workshop_pictures import Choose, chooser
from app.ui.workshop_sheet import LineCard, LineEdit, heads_before
from app.ui.workshop_source import WorkSource
from app.ui.workshop_wording import count_text, why_text
from app.values.quiz import FailedItem, Item, ItemSource
from app.values.sheets import SheetLine, is_frame
from app.values.works import Work
from app.workbench import task_of
from app.workshop.another import can_be_another
from app.workshop.checks import problems

_COLUMNS = [640, 460]
# Each card takes some milliseconds to build, and nobody reads hundreds at once.
_AT_ONCE = 40
_TITLE_MS = 600


class WorkEditor(QWidget):
    """`left` goes back to the gallery, `export_wanted` writes a file."""

    left = Signal()
    export_wanted = Signal()
    form_wanted = Signal()

    def __init__(self, context: Context, desk: WorkDesk) -> None:
        super().__init__()
        self._desk = desk
        self.choose_picture: Choose | None = chooser(context)
        self._shown: list[object] = []
        self._editing: tuple[str, int] | None = None
        self._limit = _AT_ONCE
        self.cards: list[QFrame] = []
        self.failed_cards: list[FailedCard] = []
        self.title = QLineEdit()
        self.title.setObjectName("WorkTitle")
        self.title.setFont(font("title"))
        self.title.setAccessibleName(translate(N_("Title")))
        self.note = label("", "small")
        self.counted = label("", "small")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.source = WorkSource(context)
        self.source.hide()
        self._titling = QTimer(self, singleShot=True, interval=_TITLE_MS)
        self._titling.timeout.connect(self._keep_title)
        self._make_buttons()
        self._lay_out()
        self._connect()

    def show_work(self) -> None:
        """Show the work as it is now."""
        work = self._desk.work
        if work is None:
            self._forget()
            return
        if not self._titling.isActive() and self.title.text() != work.title:
            self.title.setText(work.title)
            self.title.setCursorPosition(0)
        self.counted.setText(_counted(work))
        why = why_text(work)
        self.note.setText(why)
        self.note.setVisible(bool(why))
        self._show_cards(work)
        self._show_state()

    def focus(self) -> None:
        """Give the keyboard to the list."""
        self.area.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- building --------------------------------------------------------------------

    def _make_buttons(self) -> None:
        self.back_button = text_button(translate(N_("Workshop")), "quiet", "previous")
        self.form_button = text_button(
            translate(N_("Back to the form")), "quiet", "edit"
        )
        self.stop_button = text_button(translate(N_("Stop")), glyph="stop")
        self.undo_button = glyph_button("restore", translate(N_("Undo")))
        self.redo_button = glyph_button("again", translate(N_("Do again")))
        self.export_button = text_button(
            translate(N_("Write to a file …")), "primary", "export"
        )
        self.more_button = text_button(translate(N_("One more question")), glyph="add")
        self.rest_button = text_button("", "quiet", "down")

    def _lay_out(self) -> None:
        left = QWidget()
        left.setMinimumWidth(320)
        column = page_column(left, translate(N_("What was made")))
        area = left.findChild(QScrollArea, "PageArea")
        assert isinstance(area, QScrollArea)
        self.area = area
        back = QWidget()
        ways = FlowLayout(back, GRID)
        for button in (
            self.back_button,
            self.form_button,
            self.undo_button,
            self.redo_button,
        ):
            ways.addWidget(button)
        column.addWidget(back)
        column.addWidget(self.title)
        row = QWidget()
        flow = FlowLayout(row, GRID)
        flow.addWidget(self.export_button)
        flow.addWidget(self.stop_button)
        column.addWidget(row)
        column.addWidget(self.progress)
        column.addWidget(self.counted)
        column.addWidget(self.note)
        self._list = QVBoxLayout()
        self._list.setSpacing(GRID)
        column.addLayout(self._list)
        column.addWidget(self.rest_button)
        column.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._failed = QVBoxLayout()
        self._failed.setSpacing(GRID)
        column.addLayout(self._failed)
        column.addStretch(1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(4)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.source)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes(_COLUMNS)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)

    def _connect(self) -> None:
        desk = self._desk
        desk.changed.connect(self.show_work)
        desk.running.connect(self._on_running)
        self.back_button.clicked.connect(self.left)
        self.form_button.clicked.connect(self.form_wanted)
        self.stop_button.clicked.connect(self._on_stop)
        self.undo_button.clicked.connect(desk.undo)
        self.redo_button.clicked.connect(desk.redo)
        self.export_button.clicked.connect(self.export_wanted)
        self.more_button.clicked.connect(self._on_more)
        self.rest_button.clicked.connect(self._on_rest)
        self.title.textEdited.connect(lambda _text: self._titling.start())
        self.title.editingFinished.connect(self._keep_title)
        self.source.closed.connect(self.source.hide)

    # -- cards -----------------------------------------------------------------------

    def _show_cards(self, work: Work) -> None:
        rows: list[object] = list(work.items)
        if work.sheet is not None:
            rows = list(work.sheet.lines)
        shown = rows[: self._limit]
        for place, value in enumerate(shown):
            self._show_card(work, place, value)
        while len(self.cards) > len(shown):
            self._take_card(self.cards.pop())
            self._shown.pop()
        left = len(rows) - len(shown)
        self.rest_button.setVisible(left > 0)
        self.rest_button.setText(
            translate_plural("Show {count} more", "Show {count} more", left)
        )
        self._show_failed(work)

    def _show_card(self, work: Work, place: int, value: object) -> None:
        mark = (value, self._editing == ("item", place))
        if place < len(self._shown) and self._shown[place] == mark:
            return
        card = self._card(work, place, value)
        if place < len(self.cards):
            self._take_card(self.cards[place])
            self.cards[place], self._shown[place] = card, mark
        else:
            self.cards.append(card)
            self._shown.append(mark)
        self._list.insertWidget(place, card)

    def _card(self, work: Work, place: int, value: object) -> QFrame:
        if isinstance(value, SheetLine):
            return self._line_card(work, place, value)
        assert isinstance(value, Item)
        name = translate(N_("Question {number}"), number=place + 1)
        if self._editing == ("item", place):
            edit = ItemEdit(value, name, self.choose_picture)
            edit.done.connect(lambda item: self._on_edited(place, item))
            edit.left.connect(self._end_editing)
            QTimer.singleShot(0, edit, edit.focus)
            return edit
        others = (*work.items[:place], *work.items[place + 1 :])
        wrong = problems(value, None, others, work.language)
        card = ItemCard(value, place + 1, wrong)
        card.edit_wanted.connect(lambda: self._edit("item", place))
        card.again_wanted.connect(lambda: self._desk.again(place))
        card.removal_wanted.connect(lambda: self._desk.drop(place))
        card.move_wanted.connect(lambda step: self._desk.move(place, step))
        card.source_wanted.connect(lambda: self._open(value.source, place + 1))
        card.set_busy(self._desk.busy, self._desk.replacing == place)
        return card

    def _line_card(self, work: Work, place: int, line: SheetLine) -> QFrame:
        assert work.sheet is not None
        lines = work.sheet.lines
        heads = heads_before(lines, place)
        if self._editing == ("item", place):
            name = translate(N_("Line {number}"), number=place + 1)
            edit = LineEdit(line, name, heads)
            edit.done.connect(lambda new: self._on_line(place, new))
            edit.left.connect(self._end_editing)
            QTimer.singleShot(0, edit, edit.focus)
            return edit
        made = bool(work.material.base or work.material.text)
        made = made and can_be_another(task_of(work.task).rules, work.sheet, place)
        card = LineCard(line, place + 1, heads, made, is_frame(lines, place))
        card.again_wanted.connect(lambda: self._desk.another_line(place))
        card.edit_wanted.connect(lambda: self._edit("item", place))
        card.removal_wanted.connect(lambda: self._on_line(place, None))
        card.source_wanted.connect(lambda: self._open(line.source, place + 1))
        card.set_busy(self._desk.busy)
        return card

    def _show_failed(self, work: Work) -> None:
        known = [card.failed for card in self.failed_cards]
        editing = self._editing is not None and self._editing[0] == "failed"
        if (
            known == list(work.failed)
            and not editing
            and self._failed.count() == len(known)
        ):
            return
        while (entry := self._failed.takeAt(0)) is not None:
            if (widget := entry.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.failed_cards = []
        for place, failed in enumerate(work.failed):
            self._failed.addWidget(self._failed_card(place, failed))

    def _failed_card(self, place: int, failed: FailedItem) -> QWidget:
        if self._editing == ("failed", place):
            name = translate(N_("Mend the question"))
            edit = ItemEdit(failed.item, name, self.choose_picture)
            edit.done.connect(lambda item: self._on_mended(place, item))
            edit.left.connect(self._end_editing)
            return edit
        card = FailedCard(failed)
        card.edit_wanted.connect(lambda: self._edit("failed", place))
        card.removal_wanted.connect(lambda: self._desk.dismiss(place))
        card.set_busy(self._desk.busy)
        self.failed_cards.append(card)
        return card

    def _take_card(self, card: QFrame) -> None:
        self._list.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _forget(self) -> None:
        self._editing, self._limit = None, _AT_ONCE
        while self.cards:
            self._take_card(self.cards.pop())
        self._shown.clear()
        while (entry := self._failed.takeAt(0)) is not None:
            if (widget := entry.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.failed_cards = []
        self.source.hide()

    # -- doing -----------------------------------------------------------------------

    def _edit(self, what: str, place: int) -> None:
        self._editing = (what, place)
        self.show_work()

    def _end_editing(self) -> None:
        self._editing = None
        self.show_work()

    def _on_edited(self, place: int, item: Item) -> None:
        self._editing = None
        self._desk.put(place, item)
        self.show_work()

    def _on_mended(self, place: int, item: Item) -> None:
        self._editing = None
        self._desk.accept(place, item)
        self.show_work()

    def _on_line(self, place: int, line: SheetLine | None) -> None:
        work = self._desk.work
        self._editing = None
        if work is None or work.sheet is None:
            return
        lines = work.sheet.lines
        new = () if line is None else (line,)
        self._desk.put_lines((*lines[:place], *new, *lines[place + 1 :]))
        self.show_work()

    def _on_stop(self) -> None:
        self.stop_button.setEnabled(False)
        self._desk.stop()

    def _on_more(self) -> None:
        work = self._desk.work
        if work is not None:
            kind = work.items[-1].kind if work.items else "single"
            self._desk.more(kind)

    def _on_rest(self) -> None:
        self._limit += _AT_ONCE
        self.show_work()

    def _keep_title(self) -> None:
        self._titling.stop()
        work, title = self._desk.work, self.title.text().strip()
        if work is not None and title and title != work.title and not self._desk.busy:
            self._desk.change(replace(work, title=title))

    def _open(self, source: ItemSource | None, number: int) -> None:
        work = self._desk.work
        if source is None or work is None:
            return
        if self.source.isHidden():
            self.source.show()
            self.splitter.setSizes(_COLUMNS)
        self.source.open(source, number, work.material.text)

    # -- state -----------------------------------------------------------------------

    def _on_running(self, running: bool) -> None:
        self.stop_button.setEnabled(True)
        work = self._desk.work
        if not running and work is not None:
            announce(self, count_text(work))
        self._show_state()

    def _show_state(self) -> None:
        desk, work = self._desk, self._desk.work
        busy = desk.busy
        self.stop_button.setVisible(busy)
        self.progress.setVisible(busy)
        if busy and work is not None:
            total = _wanted(work)
            if desk.replacing >= 0 or not total:
                self.progress.setRange(0, 0)
            else:
                show_value(self.progress, len(work.items), total)
        self.undo_button.setEnabled(desk.can_undo)
        self.redo_button.setEnabled(desk.can_redo)
        some = work is not None and work.size > 0
        self.export_button.setEnabled(some and not busy)
        self.title.setReadOnly(busy)
        quiz = work is not None and work.sheet is None
        self.more_button.setVisible(quiz and some and not busy)
        for place, card in enumerate(self.cards):
            if isinstance(card, ItemCard):
                card.set_busy(busy, desk.replacing == place)
            elif isinstance(card, LineCard):
                card.set_busy(busy)
        for failed in self.failed_cards:
            failed.set_busy(busy)

    def sizeHint(self) -> QSize:
        """Return a size that fits any window."""
        return QSize(640, 480)


def _wanted(work: Work) -> int:
    """Return how many items there will be, 0 where nobody knows."""
    count = work.values.get("count", "")
    task = task_of(work.task)
    if task.output != "quiz" or not count.isdigit():
        return 0
    return int(count) * max(1, len(task.stages))


def _counted(work: Work) -> str:
    text = count_text(work)
    if work.checked_by:
        checked = translate(
            N_("checked by {name} on {date}"),
            name=work.checked_by,
            date=work.checked_on,
        )
        return f"{text} · {checked}"
    nobody = translate(N_("nobody has checked it yet"))
    return f"{text} · {nobody}"
