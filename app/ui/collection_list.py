"""The collections in a list: name, how many documents, and their state."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.library_work import Entry
from app.ui.theme import GRID
from app.ui.widgets import SECOND_LINE, TwoLineDelegate, label, text_button
from app.ui.wording import documents_text, percent_text, unread_short_text

_NAME = int(Qt.ItemDataRole.UserRole)


class CollectionList(QListWidget):
    """Lists the collections; `chosen` names the current one, "" for none."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(TwoLineDelegate(self))
        self.setAccessibleName(translate(N_("Collections")))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMinimumSize(QSize(120, 96))
        self.currentItemChanged.connect(lambda *_: self.chosen.emit(self.current))

    @property
    def current(self) -> str:
        """The name of the chosen collection, or ""."""
        row = self.currentRow()
        return str(self.item(row).data(_NAME)) if row >= 0 else ""

    def show_entries(self, entries: list[Entry], busy_with: str) -> None:
        """Show the collections; the choice is kept, or falls on the first."""
        wanted = self.current
        names = [entry.base.name for entry in entries]
        shown = [str(self.item(row).data(_NAME)) for row in range(self.count())]
        if names == shown:
            for row, entry in enumerate(entries):
                _fill(self.item(row), entry, entry.base.name == busy_with)
            return
        self.blockSignals(True)
        self.clear()
        for entry in entries:
            item = QListWidgetItem()
            _fill(item, entry, entry.base.name == busy_with)
            self.addItem(item)
        self.blockSignals(False)
        if not self.choose(wanted):
            self.setCurrentRow(0)
        self.chosen.emit(self.current)

    def choose(self, name: str) -> bool:
        """Choose a collection; tell whether it is there."""
        for row in range(self.count()):
            if self.item(row).data(_NAME) == name:
                self.setCurrentRow(row)
                return True
        return False

    def base_at(self, point: QPoint) -> str:
        """Return the collection whose row lies at a point of this list, or ""."""
        item = self.itemAt(self.viewport().mapFrom(self, point))
        return str(item.data(_NAME)) if item is not None else ""


class NoCollection(QWidget):
    """What stands there before there is a collection."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        text = label(
            translate(
                N_(
                    "A collection is a folder, or some files, that you want to ask. Drop"
                    " them anywhere in the window, or choose them here. Nothing leaves"
                    " this computer."
                )
            )
        )
        title = label(translate(N_("No collection yet")), "title")
        for words in (title, text):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.choose = text_button(translate(N_("Choose folder …")), "primary", "folder")
        column = QVBoxLayout(self)
        column.setSpacing(GRID * 2)
        column.addStretch(1)
        column.addWidget(title)
        column.addWidget(text)
        column.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)


def _fill(item: QListWidgetItem, entry: Entry, busy: bool) -> None:
    second = f"{documents_text(entry.base.documents)} · {state_of(entry, busy)}"
    item.setText(entry.base.name)
    item.setData(_NAME, entry.base.name)
    item.setData(SECOND_LINE, second)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.base.name}, {second}")


def state_of(entry: Entry, busy: bool) -> str:
    """Return in a word or two what a collection can do now."""
    base = entry.base
    if busy:
        return translate(N_("being read"))
    if not base.documents:
        unread = len(entry.unread)
        return unread_short_text(unread) if unread else translate(N_("empty"))
    if base.offered:
        return translate(N_("for everybody"))
    if not base.embedder:
        return translate(N_("finds words"))
    if base.vectors < base.chunks:
        share = percent_text(base.vectors / max(1, base.chunks))
        return translate(N_("meaning {share}"), share=share)
    return translate(N_("ready"))
