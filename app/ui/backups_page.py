"""The copies of conversations and collections: what is in them, and the way back.

Invariant: nothing is put back without a question, and what is there now becomes a backup
first (`upkeep.restore_backup`), so that every step can be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from app.backups import Backup
from app.i18n import N_, translate, translate_plural
from app.safekeeping import Content
from app.services import Services
from app.ui.chat_wording import one_line, when_text
from app.ui.context import Context
from app.ui.dialogs import careful_question
from app.ui.handover import Handover
from app.ui.open_question import show_folder
from app.ui.regional import size_text
from app.ui.theme import GRID
from app.ui.widgets import SECOND_LINE, label, show_two_lines, text_button
from app.ui.wording import documents_text

_MOST_NAMES = 3
_SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class Copy:
    """A backup with what is in it; None where it cannot be read."""

    backup: Backup
    content: Content | None


class BackupsPage(QWidget):
    """Lists the backups, newest first; makes one; puts one back.

    Everything else lets go of what is there while a backup takes its place.
    """

    def __init__(
        self, context: Context, handover: Handover, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._handover = handover
        self._copies: list[Copy] = []
        self.state = label("", "small")
        self.list = _list()
        self.list.currentRowChanged.connect(self._check)
        self.list.itemActivated.connect(lambda _item: self.ask_to_restore())
        self.make_button = text_button(
            translate(N_("Make a backup now")), "primary", "add"
        )
        self.make_button.clicked.connect(self.make)
        self.restore_button = text_button(translate(N_("Restore …")), glyph="restore")
        self.restore_button.clicked.connect(self.ask_to_restore)
        self.folder_button = text_button(translate(N_("Open folder")), glyph="folder")
        self.folder_button.clicked.connect(self._open_folder)
        self._busy = False
        self._lay_out()
        self._show([])

    def refresh(self) -> None:
        """Look which backups there are."""
        services = self._context.services
        self._context.background.run(lambda: _gather(services), self._show)

    @property
    def chosen(self) -> Copy | None:
        """The backup that is chosen in the list."""
        row = self.list.currentRow()
        return self._copies[row] if 0 <= row < len(self._copies) else None

    # -- making ----------------------------------------------------------------------

    def make(self) -> None:
        """Copy everything now."""
        self._begin(translate(N_("Making a backup …")))
        keeping = self._context.services.safekeeping
        self._context.background.run(keeping.make, self._on_made, self._on_failed)

    def _on_made(self, made: list[Backup]) -> None:
        text = N_("The backup is made.")
        if not made:
            text = N_("There is nothing to back up yet.")
        self._context.messages.info(translate(text))
        self._end()

    # -- putting back ----------------------------------------------------------------

    def ask_to_restore(self) -> None:
        """Ask whether the chosen backup shall take its place."""
        chosen = self.chosen
        if chosen is None or chosen.content is None or self._busy:
            return
        when = when_text(chosen.backup.made_at)
        question = N_("Restore the collections of {when}?")
        if _holds_chats(chosen.backup):
            question = N_("Restore the conversations of {when}?")
        more = f"{_content_text(chosen)}\n\n{translate(_WHAT_HAPPENS)}"
        box = careful_question(self, translate(question, when=when), more)
        yes = box.addButton(translate(N_("Restore")), QMessageBox.ButtonRole.AcceptRole)
        yes.clicked.connect(lambda: self.restore(chosen))
        box.open()

    def restore(self, chosen: Copy) -> None:
        """Put a backup in place."""
        if self._busy:
            return
        self._begin(translate(N_("Restoring … Please do not switch the computer off.")))
        services, backup = self._context.services, chosen.backup
        self._handover.run(
            lambda: services.upkeep.restore_backup(backup.name),
            lambda _none: self._on_restored(backup),
            self._on_failed,
        )

    def _on_restored(self, backup: Backup) -> None:
        text = N_(
            "The backup of {when} is in place. What was there before is a backup now."
        )
        self._context.messages.info(translate(text, when=when_text(backup.made_at)))
        self._end()

    # -- showing ---------------------------------------------------------------------

    def _begin(self, text: str) -> None:
        self._busy = True
        self.state.setText(text)
        self._check()

    def _end(self) -> None:
        self._busy = False
        self.refresh()

    def _on_failed(self, error: Exception) -> None:
        self._context.messages.failure(error)
        self._end()

    def _show(self, copies: list[Copy]) -> None:
        before = self.chosen
        self._copies = copies
        self.list.clear()
        for copy in copies:
            self.list.addItem(_item(copy))
        rows = [n for n, copy in enumerate(copies) if before and copy == before]
        self.list.setCurrentRow(rows[0] if rows else 0 if copies else -1)
        self.list.setVisible(bool(copies))
        if not self._busy:
            self.state.setText(self._state_text())
        self._check()

    def _state_text(self) -> str:
        settings = self._context.services.settings
        if not settings.number("backups"):
            text = translate(
                N_("By itself Allmende makes no backups: none shall be kept.")
            )
        elif self._copies:
            return translate_plural(
                "{count} backup is there.",
                "{count} backups are there.",
                len(self._copies),
            )
        else:
            text = translate(N_("There are no backups yet."))
        return text

    def _check(self) -> None:
        chosen = self.chosen
        readable = chosen is not None and chosen.content is not None
        self.restore_button.setEnabled(readable and not self._busy)
        self.make_button.setEnabled(not self._busy)
        self.folder_button.setEnabled(bool(self._copies))

    def _open_folder(self) -> None:
        if self._copies:
            path = self._copies[0].backup.path
            show_folder(self, path, self._context.messages.error)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(label(translate(N_("Backups")), "heading"))
        column.addWidget(label(translate(_WHAT)))
        column.addSpacing(GRID)
        column.addWidget(self.make_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(GRID)
        column.addWidget(self.state)
        column.addWidget(self.list)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.restore_button)
        row.addWidget(self.folder_button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)


_WHAT = N_(
    "Once a day Allmende copies your conversations and collections. Here you go back to"
    " an earlier day. Your own files are in no backup and stay as they are. When you"
    " delete something for good, the backups that could hold it go as well."
)
_WHAT_HAPPENS = N_(
    "What is there now becomes a backup first, so that you can go back. An answer that is"
    " being written and the reading of documents are stopped."
)


def _list() -> QListWidget:
    result = QListWidget()
    result.setObjectName("BackupList")
    result.setAccessibleName(translate(N_("Backups")))
    show_two_lines(result)
    result.setMinimumHeight(_SHOWN_ROWS * GRID * 7)
    return result


def _gather(services: Services) -> list[Copy]:
    keeping = services.safekeeping
    return [Copy(b, keeping.content(b)) for b in keeping.restorable()]


def _item(copy: Copy) -> QListWidgetItem:
    kind = translate(N_("Collections"))
    if _holds_chats(copy.backup):
        kind = translate(N_("Conversations"))
    first = f"{when_text(copy.backup.made_at)} · {kind}"
    second = f"{_content_text(copy)} · {size_text(copy.backup.size_bytes)}"
    item = QListWidgetItem(first)
    item.setData(SECOND_LINE, second)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{first}, {second}")
    return item


def _content_text(copy: Copy) -> str:
    content = copy.content
    if content is None:
        return translate(N_("Cannot be read"))
    if _holds_chats(copy.backup):
        chats = translate_plural(
            "{count} conversation", "{count} conversations", content.chats
        )
        asked = translate_plural(
            "{count} question", "{count} questions", content.questions
        )
        return f"{chats}, {asked}"
    names = [one_line(name) for name in content.collections[:_MOST_NAMES]]
    if len(content.collections) > _MOST_NAMES:
        names.append("…")
    documents = documents_text(content.documents)
    return f"{', '.join(names)} ({documents})" if names else documents


def _holds_chats(backup: Backup) -> bool:
    return backup.of.startswith("chats")
