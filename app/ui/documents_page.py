"""The page "Documents": collections on the left, what is in the chosen one on the right.

It shows what `Library` knows and passes on what a person wants; the only state of its
own is which collection is chosen.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.collection_header import CollectionHeader
from app.ui.collection_list import CollectionList, NoCollection
from app.ui.commands import Command
from app.ui.context import Context
from app.ui.document_actions import DocumentActions
from app.ui.document_details import DocumentDetails
from app.ui.documents_table import DocumentsTable
from app.ui.flow import FlowLayout
from app.ui.indexing_panel import IndexingPanel
from app.ui.library import Library
from app.ui.library_work import Entry
from app.ui.message_bar import announce
from app.ui.model_rows import embedder_choices
from app.ui.stacking import Stacking
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, label, make_clearable, text_button
from app.ui.wording import documents_text, unread_short_text
from app.values.bases import DocumentDone, DocumentInfo, ReadingBegan
from app.values.chats import Scope

_RELOAD_MS = 150
# Hundreds of small documents are read in a second.
_NEWS_MS = 100
_COLUMNS = [216, 784]


class DocumentsPage(QWidget):
    """Everything one can do with documents. `ask_wanted` carries a Scope."""

    ask_wanted = Signal(object)

    def __init__(self, context: Context, library: Library) -> None:
        super().__init__()
        self.setObjectName("DocumentsPage")
        self._context = context
        self._library = library
        self._actions = DocumentActions(self, context, library)
        self._loaded_for = ""
        self._wanted = ""
        self._reload = QTimer(self, singleShot=True, interval=_RELOAD_MS)
        self._reload.timeout.connect(self._load_documents)
        self._told: list[ReadingBegan | DocumentDone] = []
        self._news = QTimer(self, singleShot=True, interval=_NEWS_MS)
        self._news.timeout.connect(self._show_news)
        self.list = CollectionList()
        self.nothing = NoCollection()
        self.add = text_button(translate(N_("New collection …")), glyph="add")
        self.header = CollectionHeader()
        self.indexing = IndexingPanel()
        self.filter = QLineEdit()
        self.table = DocumentsTable()
        self.details = DocumentDetails()
        self._make_tools()
        self._lay_out()
        self._connect()
        self._add_commands()

    def start(self) -> None:
        """Show what is known already; load which embedders there are, and the best here."""
        if self._library.loaded:
            self._show_entries()
        services = self._context.services
        self._context.background.run(
            lambda: embedder_choices(services), self._show_embedders
        )

    @property
    def current(self) -> str:
        """The name of the chosen collection, or ""."""
        return self.list.current

    def choose(self, base: str) -> bool:
        """Choose a collection; tell whether it is there."""
        return self.list.choose(base)

    def base_at(self, point: QPoint) -> str:
        """Return the collection whose row lies at a point of this page, or ""."""
        inside = self.list.mapFrom(self, point)
        return self.list.base_at(inside) if self.list.rect().contains(inside) else ""

    # -- building --------------------------------------------------------------------

    def _make_tools(self) -> None:
        self.filter.setPlaceholderText(translate(N_("Filter documents")))
        self.filter.setAccessibleName(translate(N_("Filter documents")))
        make_clearable(self.filter)
        self.unread = text_button("", "toggle", "warning", "danger")
        self.unread.setCheckable(True)
        self.ask_these = text_button(translate(N_("Ask only these")), glyph="chat")
        self.forget = text_button(translate(N_("Forget …")), glyph="bin")
        self.counted = ElidedLabel("", "small")

    def _lay_out(self) -> None:
        left = QWidget()
        left.setObjectName("Collections")
        left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(left)
        column.setContentsMargins(*[GRID * 2] * 4)
        column.setSpacing(GRID)
        column.addWidget(label(translate(N_("Your collections")), "heading"))
        column.addWidget(self.list, 1)
        column.addWidget(self.add)
        self.right = QStackedWidget()
        self.right.addWidget(self.nothing)
        self.right.addWidget(self._collection())
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(4)
        for place, pane in enumerate((left, self.right)):
            splitter.addWidget(pane)
            splitter.setStretchFactor(place, place)
        splitter.setSizes(_COLUMNS)
        self.stacking = Stacking(splitter, left, self.list, self.add)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.stacking)

    def _collection(self) -> QWidget:
        tools = QHBoxLayout()
        tools.setSpacing(GRID)
        tools.addWidget(self.filter, 1)
        tools.addWidget(self.unread)
        actions = QHBoxLayout()
        actions.setSpacing(GRID)
        buttons = QWidget()
        flow = FlowLayout(buttons, GRID)
        flow.addWidget(self.forget)
        flow.addWidget(self.ask_these)
        actions.addWidget(self.counted, 1)
        actions.addWidget(buttons)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, GRID * 2)
        column.setSpacing(GRID)
        column.addWidget(self.header)
        column.addWidget(self.indexing)
        column.addLayout(tools)
        column.addWidget(self.table, 1)
        column.addWidget(self.details)
        column.addLayout(actions)
        area = QScrollArea()
        area.setObjectName("PageArea")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(page)
        return area

    def _connect(self) -> None:
        library, header, table = self._library, self.header, self.table
        library.changed.connect(self._show_entries)
        library.progressed.connect(self.indexing.show_progress)
        library.told.connect(self._on_told)
        library.added.connect(self._want)
        self.indexing.stopped.connect(library.stop)
        self.indexing.paused.connect(library.hold)
        self.list.chosen.connect(self._on_chosen)
        self.list.customContextMenuRequested.connect(self._open_collection_menu)
        self.add.clicked.connect(self._open_add_menu)
        self.nothing.choose.clicked.connect(lambda: self._actions.choose_folder(""))
        header.ask_wanted.connect(lambda: self._ask(()))
        header.folder_wanted.connect(lambda: self._actions.choose_folder(self.current))
        header.files_wanted.connect(lambda: self._actions.choose_files(self.current))
        header.sync_wanted.connect(self._sync)
        header.removal_wanted.connect(self._remove)
        header.source_removal_wanted.connect(self._remove_source)
        header.embedder_chosen.connect(self._change_embedder)
        self.filter.textChanged.connect(self._narrow)
        self.unread.toggled.connect(self._narrow)
        table.chosen.connect(self._show_choice)
        table.opened.connect(self._open)
        table.forget_wanted.connect(self._forget)
        table.customContextMenuRequested.connect(self._open_table_menu)
        self.details.open_wanted.connect(self._open)
        self.ask_these.clicked.connect(self._ask_selected)
        self.forget.clicked.connect(self._forget)

    def _add_commands(self) -> None:
        self._command("add_folder", N_("Add folder …"), self._add_folder, keys="Ctrl+O")
        self._command("add_files", N_("Add files …"), self._add_files)
        self._command("sync", N_("Look for changes"), self._sync, self._has_own)
        self._command(
            "pause", N_("Pause or go on reading"), self._toggle_pause, self._is_busy
        )
        self._command("stop", N_("Stop indexing"), self._library.stop, self._is_busy)
        self._command(
            "ask_only",
            N_("Ask only the chosen documents"),
            self._ask_selected,
            self._has_selection,
        )
        self._command(
            "forget",
            N_("Forget the chosen documents …"),
            self._forget,
            lambda: self._has_selection() and self._has_own(),
        )
        self._command(
            "unread",
            N_("Show only what was not read"),
            self.unread.toggle,
            self._has_unread,
        )

    def _command(
        self,
        name: str,
        title: str,
        run: Callable[[], object],
        enabled: Callable[[], bool] = lambda: True,
        keys: str = "",
    ) -> None:
        group = N_("Documents")
        self._context.commands.add(
            Command(f"documents.{name}", title, group, run, keys, enabled)
        )

    def _has_collection(self) -> bool:
        return bool(self.current)

    def _has_own(self) -> bool:
        return self._has_collection() and self._library.is_own(self.current)

    def _has_selection(self) -> bool:
        return bool(self.table.selected())

    def _has_unread(self) -> bool:
        return not self.unread.isHidden()

    def _is_busy(self) -> bool:
        return self._library.progress is not None

    # -- showing ---------------------------------------------------------------------

    def _show_entries(self) -> None:
        library = self._library
        self.list.show_entries(library.entries, library.busy_with)
        if self._wanted and self.choose(self._wanted):
            self._wanted = ""
        self.right.setCurrentIndex(1 if library.entries else 0)
        self._show_header()
        self._reload.start()

    def _show_embedders(self, choices: list[tuple[str, str]]) -> None:
        self.header.show_embedders(choices)
        self._show_header()

    def _on_chosen(self, base: str) -> None:
        if base != self._loaded_for:
            self._told.clear()
            self.filter.clear()
            self.unread.setChecked(False)
            self.table.documents.show((), by_meaning=False)
            self._load_documents()
        self._show_header()

    def _want(self, base: str) -> None:
        # It may be in the list only once the library has loaded it.
        self._wanted = "" if self.choose(base) else base

    def _entry(self) -> Entry | None:
        return self._library.entry(self.current)

    def _show_header(self) -> None:
        entry = self._entry()
        if entry is None:
            return
        watched = self._context.services.settings.flag("watch_folders")
        self.header.show_entry(entry, watched)
        count = len(entry.unread)
        self.unread.setText(unread_short_text(count))
        self.unread.setVisible(count > 0)
        if not count:
            self.unread.setChecked(False)

    def _load_documents(self) -> None:
        base = self.current
        if not base:
            return

        def loaded(documents: list[DocumentInfo]) -> None:
            if base == self.current:
                self._loaded_for = base
                self._told.clear()
                self.table.documents.show(documents, self._by_meaning())
                self._show_choice()

        self._library.load_documents(base, loaded)

    def _by_meaning(self) -> bool:
        entry = self._entry()
        return bool(entry and entry.base.embedder)

    def _on_told(self, base: str, event: ReadingBegan | DocumentDone) -> None:
        if base == self.current and getattr(event, "status", "") != "removed":
            self._told.append(event)
            if not self._news.isActive():
                self._news.start()

    def _show_news(self) -> None:
        told, self._told = self._told, []
        for event in told:
            self.table.documents.take(event)

    def _narrow(self) -> None:
        self.table.documents.narrow(self.filter.text(), self.unread.isChecked())
        shown = self.table.documents.rowCount()
        announce(self.table, documents_text(shown))

    def _show_choice(self) -> None:
        selected = self.table.selected()
        model = self.table.documents
        shown = model.rowCount()
        self.counted.setText(
            translate(N_("{count} of {shown} chosen"), count=len(selected), shown=shown)
            if selected
            else documents_text(shown)
        )
        self.forget.setEnabled(bool(selected) and self._has_own())
        self.ask_these.setEnabled(any(d.status == "indexed" for d in selected))
        one = selected[0] if len(selected) == 1 else None
        self.details.show_document(one, self._by_meaning())

    # -- doing -----------------------------------------------------------------------

    def _ask(self, documents: tuple[str, ...]) -> None:
        if self.current:
            self.ask_wanted.emit(Scope(self.current, documents))

    def _ask_selected(self) -> None:
        files = [d.file for d in self.table.selected() if d.status == "indexed"]
        if files:
            self._ask(tuple(files))

    def _add_folder(self) -> None:
        shown = self.isVisible() and self._library.is_own(self.current)
        self._actions.choose_folder(self.current if shown else "")

    def _add_files(self) -> None:
        self._actions.choose_files(self.current if self._has_own() else "")

    def _sync(self) -> None:
        self._library.sync(self.current)

    def _toggle_pause(self) -> None:
        self._library.hold(not self._library.paused)

    def _change_embedder(self, id_: str) -> None:
        entry = self._entry()
        if entry and id_ != (entry.base.changing_to or entry.base.embedder):
            self._library.set_embedder(entry.base.name, id_)

    def _open(self) -> None:
        document = self.table.current()
        if document is not None:
            self._actions.open(document.file)

    def _remove(self) -> None:
        self._actions.remove_collection(self.current)

    def _remove_source(self, path: str) -> None:
        self._actions.remove_source(self.current, path)

    def _forget(self) -> None:
        files = tuple(document.file for document in self.table.selected())
        if self._has_own():
            self._actions.forget(self.current, files)

    # -- menus -----------------------------------------------------------------------

    def _open_add_menu(self) -> None:
        menu = QMenu(self)
        folder = menu.addAction(translate(N_("From a folder …")))
        folder.triggered.connect(lambda: self._actions.choose_folder(""))
        files = menu.addAction(translate(N_("From files …")))
        files.triggered.connect(lambda: self._actions.choose_files(""))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.add.mapToGlobal(self.add.rect().topLeft()))

    def _open_collection_menu(self, point: QPoint) -> None:
        if self.list.itemAt(point) is None:
            return
        menu = QMenu(self)
        entries: list[tuple[str, Callable[[], object]]] = [
            (N_("Ask this collection"), lambda: self._ask(()))
        ]
        if self._has_own():
            entries += [
                (N_("Look for changes"), self._sync),
                (N_("Add folder …"), lambda: self._actions.choose_folder(self.current)),
                (N_("Add files …"), lambda: self._actions.choose_files(self.current)),
                (N_("Remove collection …"), self._remove),
            ]
        for title, run in entries:
            menu.addAction(translate(title)).triggered.connect(run)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.list.viewport().mapToGlobal(point))

    def _open_table_menu(self, point: QPoint) -> None:
        if not self.table.selected():
            return
        menu = QMenu(self)
        ask = menu.addAction(translate(N_("Ask only these")))
        ask.setEnabled(self.ask_these.isEnabled())
        ask.triggered.connect(self._ask_selected)
        menu.addAction(translate(N_("Open …"))).triggered.connect(self._open)
        menu.addSeparator()
        forget = menu.addAction(translate(N_("Forget …")))
        forget.setEnabled(self._has_own())
        forget.triggered.connect(self._forget)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(point))
