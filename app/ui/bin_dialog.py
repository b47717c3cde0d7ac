"""The bin: what was deleted and can still be taken back, or deleted for good."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate, translate_plural
from app.ui.chat_book import ChatBook
from app.ui.chat_wording import bin_text, receipt_text, shown_title
from app.ui.context import Context
from app.ui.dialogs import careful_question
from app.ui.message_bar import announce
from app.ui.regional import date_text
from app.ui.theme import GRID
from app.ui.widgets import SECOND_LINE, label, show_two_lines, text_button
from app.values.chats import ChatInfo, ChatReceipt

_CHAT = int(Qt.ItemDataRole.UserRole)


class BinDialog(QDialog):
    """Lists deleted conversations. Enter restores, Delete deletes for good."""

    def __init__(
        self, context: Context, book: ChatBook, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate(N_("Bin")))
        self.resize(560, 480)
        self._book = book
        days = context.services.settings.number("bin_days")
        self.list = _BinList()
        self.list.restored.connect(self.restore)
        self.list.purged.connect(self.purge)
        self.receipt = label("")
        self.receipt.setObjectName("Receipt")
        self.receipt.hide()
        self.restore_button = text_button(translate(N_("Restore")), "", "restore")
        self.restore_button.clicked.connect(self.restore)
        self.purge_button = text_button(translate(N_("Delete for good …")))
        self.purge_button.clicked.connect(self.purge)
        self.empty_button = text_button(translate(N_("Empty the bin …")))
        self.empty_button.clicked.connect(self.empty)
        close = text_button(translate(N_("Close")), "primary")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(translate(N_("Bin")), "heading"))
        column.addWidget(label(bin_text(days), "small"))
        column.addWidget(self.list, 1)
        column.addWidget(self.receipt)
        above = QHBoxLayout()
        for button in (self.restore_button, self.purge_button):
            above.addWidget(button)
        above.addStretch(1)
        below = QHBoxLayout()
        below.addWidget(self.empty_button)
        below.addStretch(1)
        below.addWidget(close)
        column.addLayout(above)
        column.addLayout(below)
        book.changed.connect(self._show)
        self._show()

    @property
    def chosen(self) -> int | None:
        """The conversation that is chosen in the list."""
        row = self.list.currentRow()
        return int(self.list.item(row).data(_CHAT)) if row >= 0 else None

    def restore(self) -> None:
        """Take the chosen conversation back."""
        if self.chosen is not None:
            self._book.restore(self.chosen)

    def purge(self) -> None:
        """Delete the chosen conversation for good, after a question."""
        chat = self.chosen
        if chat is None:
            return
        title = self.list.currentItem().text()
        self._ask(
            translate(N_("Delete “{title}” for good?"), title=title),
            lambda: self._book.purge(chat, self._tell),
        )

    def empty(self) -> None:
        """Delete everything for good, after a question."""
        count = len(self._book.bin)
        question = translate_plural(
            "Delete {count} conversation for good?",
            "Delete {count} conversations for good?",
            count,
        )
        self._ask(question, lambda: self._book.empty_bin(self._tell))

    def _ask(self, question: str, work: Callable[[], object]) -> None:
        more = N_(
            "Questions, answers and stored passages are gone then. Your documents stay"
            " untouched."
        )
        box = careful_question(self, question, translate(more))
        delete = box.addButton(
            translate(N_("Delete for good")), QMessageBox.ButtonRole.DestructiveRole
        )
        delete.clicked.connect(work)
        box.open()

    def _tell(self, receipt: ChatReceipt) -> None:
        text = receipt_text(receipt)
        self.receipt.setText(text)
        self.receipt.show()
        announce(self, text)

    def _show(self) -> None:
        row = self.list.currentRow()
        self.list.clear()
        for info in self._book.bin:
            self.list.addItem(_item(info))
        count = self.list.count()
        self.list.setCurrentRow(min(max(row, 0), count - 1))
        for button in (self.restore_button, self.purge_button, self.empty_button):
            button.setEnabled(count > 0)
        if not count and not self.receipt.isVisible():
            self.receipt.setText(translate(N_("The bin is empty.")))
            self.receipt.show()


class _BinList(QListWidget):
    """The list with its two keys."""

    restored = Signal()
    purged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("BinList")
        self.setAccessibleName(translate(N_("Deleted conversations")))
        show_two_lines(self)
        self.setMinimumSize(QSize(120, 96))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Restore or delete."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.restored.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.purged.emit()
        else:
            super().keyPressEvent(event)


def _item(info: ChatInfo) -> QListWidgetItem:
    title = shown_title(info)
    deleted = translate(N_("deleted on {day}"), day=date_text(info.deleted_at or 0))
    questions = translate_plural(
        "{count} question", "{count} questions", info.exchanges
    )
    second = f"{deleted} · {questions}"
    item = QListWidgetItem(title)
    item.setData(_CHAT, info.id)
    item.setData(SECOND_LINE, second)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title}, {deleted}, {questions}")
    return item
