"""The left pane: the bases, how to add to them, and what is being indexed."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from app import paths
from app.i18n import N_, translate
from app.ui.indexing_panel import IndexingPanel
from app.ui.library import Entry
from app.ui.theme import GRID
from app.ui.widgets import (
    SECOND_LINE,
    FittingButton,
    TwoLineDelegate,
    label,
    no_mnemonics,
)
from app.ui.wording import documents_text, unread_short_text, unread_text

_NAME = int(Qt.ItemDataRole.UserRole)


class BaseList(QWidget):
    """Lists the bases.

    `chosen` names the base that questions go to, "" for none; the other signals ask
    for what their names say. `*_wanted` carry a base's name, or "" for a new one.
    """

    chosen = Signal(str)
    folder_wanted = Signal(str)
    files_wanted = Signal(str)
    sync_wanted = Signal(str)
    removal_wanted = Signal(str)
    unread_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._entries: dict[str, Entry] = {}
        self.list = _list_widget()
        self.list.currentItemChanged.connect(self._on_current_changed)
        self.list.customContextMenuRequested.connect(self._open_menu)
        self.add_button = FittingButton(
            (translate(N_("Add folder or files …")), translate(N_("Add …"))), "add"
        )
        self.add_button.clicked.connect(self._open_add_menu)
        self.unread_button = FittingButton(("",), "warning", "quiet", "danger")
        self.unread_button.clicked.connect(
            lambda: self.unread_wanted.emit(self.current)
        )
        self.unread_button.hide()
        self.indexing = IndexingPanel()
        promise = label(translate(N_("Nothing leaves this computer.")), "small")
        promise.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
        column.setSpacing(GRID)
        column.addLayout(_brand())
        column.addSpacing(GRID)
        column.addWidget(self.add_button)
        column.addSpacing(GRID)
        column.addWidget(label(translate(N_("Your collections")), "small"))
        column.addWidget(self.list, 1)
        column.addWidget(self.unread_button)
        column.addWidget(self.indexing)
        column.addWidget(promise)

    @property
    def current(self) -> str:
        """The name of the chosen base, or ""."""
        row = self.list.currentRow()
        return str(self.list.item(row).data(_NAME)) if row >= 0 else ""

    def show_entries(self, entries: list[Entry], busy_with: str) -> None:
        """Show the bases; the choice is kept, or falls on the first."""
        wanted = self.current
        self._entries = {entry.base.name: entry for entry in entries}
        self.list.blockSignals(True)
        self.list.clear()
        for entry in entries:
            self.list.addItem(_item(entry, entry.base.name == busy_with))
        self.list.blockSignals(False)
        if not self.choose(wanted) and entries:
            self.list.setCurrentRow(0)
        self._on_current_changed()

    def choose(self, name: str) -> bool:
        """Choose a base; tell whether it is there."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_NAME) == name:
                self.list.setCurrentRow(row)
                return True
        return False

    def base_at(self, point: QPoint) -> str:
        """Return the base whose row lies at a point of this pane, or ""."""
        item = self.list.itemAt(self.list.viewport().mapFrom(self, point))
        return str(item.data(_NAME)) if item is not None else ""

    def _on_current_changed(self) -> None:
        entry = self._entries.get(self.current)
        unread = len(entry.unread) if entry else 0
        self.unread_button.set_texts((unread_text(unread), unread_short_text(unread)))
        self.unread_button.setVisible(unread > 0)
        self.chosen.emit(self.current)

    def _open_add_menu(self) -> None:
        menu = QMenu(self)
        new = menu.addAction(translate(N_("Folder as a new collection …")))
        new.triggered.connect(lambda: self.folder_wanted.emit(""))
        if self.current:
            self._add_to_current(menu)
        else:
            files = menu.addAction(translate(N_("Files as a new collection …")))
            files.triggered.connect(lambda: self.files_wanted.emit(""))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.add_button.mapToGlobal(self.add_button.rect().bottomLeft()))

    def _add_to_current(self, menu: QMenu) -> None:
        base = self.current
        name = no_mnemonics(base)
        folder = menu.addAction(translate(N_("Folder to “{name}” …"), name=name))
        folder.triggered.connect(lambda: self.folder_wanted.emit(base))
        files = menu.addAction(translate(N_("Files to “{name}” …"), name=name))
        files.triggered.connect(lambda: self.files_wanted.emit(base))

    def _open_menu(self, point: QPoint) -> None:
        item = self.list.itemAt(point)
        if item is None:
            return
        base = str(item.data(_NAME))
        menu = QMenu(self)
        self._add_to_current(menu)
        menu.addSeparator()
        sync = menu.addAction(translate(N_("Look for changes")))
        sync.triggered.connect(lambda: self.sync_wanted.emit(base))
        unread = menu.addAction(translate(N_("Files not read …")))
        unread.setEnabled(bool(self._entries[base].unread))
        unread.triggered.connect(lambda: self.unread_wanted.emit(base))
        menu.addSeparator()
        remove = menu.addAction(translate(N_("Remove collection …")))
        remove.triggered.connect(lambda: self.removal_wanted.emit(base))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.list.viewport().mapToGlobal(point))


def _list_widget() -> QListWidget:
    result = QListWidget()
    result.setItemDelegate(TwoLineDelegate(result))
    result.setAccessibleName(translate(N_("Collections")))
    result.setMouseTracking(True)
    result.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    result.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    result.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    result.setMinimumSize(QSize(120, 96))
    return result


def _brand() -> QHBoxLayout:
    icon = QIcon(str(paths.assets_dir() / "icons" / "allmende.svg"))
    picture = QLabel()
    picture.setPixmap(icon.pixmap(QSize(28, 28), picture.devicePixelRatio()))
    row = QHBoxLayout()
    row.setSpacing(GRID)
    row.addWidget(picture)
    row.addWidget(label("Allmende", "heading"), 1)
    return row


def _item(entry: Entry, busy: bool) -> QListWidgetItem:
    item = QListWidgetItem(entry.base.name)
    item.setData(_NAME, entry.base.name)
    second = f"{documents_text(entry.base.documents)} · {_state(entry, busy)}"
    item.setData(SECOND_LINE, second)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.base.name}, {second}")
    return item


def _state(entry: Entry, busy: bool) -> str:
    base = entry.base
    if busy:
        return translate(N_("being read"))
    if not base.documents:
        return translate(N_("empty"))
    if not base.embedder:
        return translate(N_("finds words"))
    if base.vectors < base.chunks:
        share = f"{base.vectors / max(1, base.chunks):.0%}"
        return translate(N_("meaning {share}"), share=share)
    return translate(N_("ready"))
