"""The window: puts the panes together and passes on what they ask for.

It holds no state of its own: collections belong to `Library`, conversations to
`ChatBook`, questions to `Asking`. Pages that are seldom needed are built when they are
needed: built before, they would stop the window while somebody begins to type.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDropEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.services import Services
from app.ui.chat_list import ChatSidebar
from app.ui.chat_page import ChatPage
from app.ui.commands import Command
from app.ui.drop_area import DropArea, DropWindow, dropped_paths, target_of
from app.ui.indexing_panel import IndexingPanel
from app.ui.message_bar import MessageRow
from app.ui.palette import Palette, PaletteItem, chat_provider
from app.ui.panes import go_on
from app.ui.private_window import private_command, private_sign, window_title
from app.ui.settings_sections import settings_commands
from app.ui.tab_order import following, give_focus, take_refuge
from app.values.chats import Scope

if TYPE_CHECKING:
    from app.ui.documents_page import DocumentsPage
    from app.ui.first_steps import FirstSteps
    from app.ui.settings_page import SettingsPage

_COLUMNS = [292, 988]
_LOOKS = {"theme", "text_percent", "motion"}


class MainWindow(DropWindow):
    """The one window; see `WorkWindow` for its signals."""

    def __init__(self, services: Services, wanted_base: str = "") -> None:
        super().__init__(services)
        self.setWindowTitle(window_title())
        self._wanted_base = wanted_base
        self.sidebar = ChatSidebar(self.context, self.book)
        self.indexing = IndexingPanel()
        self.chat = ChatPage(self.context, self.library, self.book)
        self.palette_box = Palette(
            self.context, [chat_provider(self.book), self._find_bases], self
        )
        self._late: dict[str, QWidget] = {}
        self.first_steps: FirstSteps | None = None
        self._lay_out()
        self.drop_area = DropArea(self.middle)
        self._connect()
        self._add_commands()

    @property
    def asking(self) -> object:
        """Who answers the questions."""
        return self.chat.asking

    def start(self) -> None:
        """Load collections, conversations and models in the background."""
        self.library.start()
        self.sidebar.start()
        self.chat.start()
        QTimer.singleShot(0, self, self._build_documents)
        if not self._services.settings.flag("welcomed") and not self._wanted_base:
            self.show_first_steps()
        else:
            self.chat.focus()

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        # From the outside inwards: each time something is laid into something else, Qt
        # looks up the style of all that it holds.
        self.root = QStackedWidget()
        self.setCentralWidget(self.root)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.root.addWidget(self.splitter)
        self.indexing_slot = QWidget()
        slot = QVBoxLayout(self.indexing_slot)
        slot.setContentsMargins(0, 0, 0, 0)
        slot.addWidget(self.indexing)
        self.sidebar.footer.addWidget(self.indexing_slot)
        self.splitter.addWidget(self.sidebar)
        self.middle = QWidget()
        self.splitter.addWidget(self.middle)
        column = self._column(self.middle)
        if (sign := private_sign()) is not None:
            column.insertWidget(0, sign)
        self.pages = QStackedWidget()
        column.addWidget(self.pages, 1)
        MessageRow(self.message_bar, self.middle)
        self.pages.addWidget(self.chat)
        self.splitter.setHandleWidth(4)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes(_COLUMNS)

    def _connect(self) -> None:
        self.library.changed.connect(self._choose_wanted)
        self.library.progressed.connect(self.indexing.show_progress)
        self.library.added.connect(self._on_added)
        self.indexing.stopped.connect(self.library.stop)
        self.indexing.paused.connect(self.library.hold)
        self.chat.add_wanted.connect(self._choose_folder)
        self.chat.documents_wanted.connect(lambda: self.show_page("documents"))
        self.sidebar.page_wanted.connect(self.show_page)
        self.sidebar.export_wanted.connect(self._export)
        self.book.opened.connect(lambda _chat: self.show_page("chat"))
        self.book.left.connect(lambda: self.show_page("chat"))

    def _add_commands(self) -> None:
        window = N_("Window")
        self.commands.add(
            Command("help", N_("Keyboard and help"), window, self._open_help, "F1"),
            Command("pane.next", N_("Next pane"), window, lambda: self._cycle(1), "F6"),
            Command(
                "pane.previous",
                N_("Previous pane"),
                window,
                lambda: self._cycle(-1),
                "Shift+F6",
            ),
            *settings_commands(self.open_settings),
            private_command(self.context, window),
            Command("first_steps", N_("First steps"), window, self.show_first_steps),
        )

    @property
    def documents(self) -> DocumentsPage:
        """The page of documents, built right after the window was shown."""
        return cast("DocumentsPage", self._page("documents"))

    def _build_documents(self) -> None:
        # It takes what is dropped and has commands of its own, shown or not.
        if not self.background.closed:
            self._page("documents")

    # -- pages -----------------------------------------------------------------------

    def show_page(self, name: str) -> None:
        """Show a page: "chat", "documents", "workshop", "models" or "settings"."""
        page = self._page(name)
        self.pages.setCurrentWidget(page)
        self.sidebar.show_page(name)
        # That page shows the progress itself.
        self.indexing_slot.setVisible(name != "documents")
        focus = QApplication.focusWidget()
        in_list = focus is not None and self.sidebar.isAncestorOf(focus)
        if name == "chat" and not in_list:
            self.chat.focus()

    def _page(self, name: str) -> QWidget:
        if name == "chat":
            return self.chat
        if name not in self._late:
            self._late[name] = self._build_page(name)
            self.pages.addWidget(self._late[name])
        return self._late[name]

    def _build_page(self, name: str) -> QWidget:
        # They are as large as all else, and the start need not wait for them.
        if name == "documents":
            from app.ui.documents_page import DocumentsPage

            documents = DocumentsPage(self.context, self.library)
            documents.ask_wanted.connect(self._ask_scope)
            documents.start()
            return documents
        if name == "models":
            from app.ui.models_page import ModelsPage

            models = ModelsPage(self.context, self.pages)
            models.changed.connect(self.chat.models.reload)
            models.changed.connect(self.documents.start)
            models.start()
            return models
        if name == "workshop":
            from app.ui.workshop_page import WorkshopPage

            base = self.chat.composer.scope.scope.base
            workshop = WorkshopPage(self.context, self.library, self.book, base)
            workshop.documents_wanted.connect(lambda: self.show_page("documents"))
            workshop.start()
            return workshop
        if name == "laboratory":
            from app.ui.laboratory.page import LaboratoryPage, go_to

            laboratory = LaboratoryPage(self.context, self.library, self.pages)
            laboratory.try_wanted.connect(partial(go_to, self))
            return laboratory
        from app.ui.settings_page import SettingsPage

        settings = SettingsPage(self.context, self.pages)
        settings.changed.connect(self._on_setting)
        settings.erasing.connect(self.library.stop)
        settings.erasing.connect(partial(settings.sharing.server.stop, wait=True))
        settings.erasing.connect(self.chat.forget_all)
        settings.erased.connect(self._on_erased)
        settings.handover.is_quiet = lambda: not self.chat.asking.busy
        settings.handover.letting_go.connect(self._let_go)
        settings.handover.over.connect(self._take_up)
        settings.sharing.shared.connect(self.sidebar.show_shared)
        settings.start()
        return settings

    @property
    def settings_page(self) -> SettingsPage:
        """The page of settings, built when it is first needed."""
        return cast("SettingsPage", self._page("settings"))

    def open_settings(self, section: str) -> None:
        """Show one section of the settings."""
        self.show_page("settings")
        self.settings_page.open(section)

    def _on_erased(self, _receipt: object) -> None:
        """Begin anew: nothing that is shown exists any more."""
        self.book.new()
        self.library.reload()
        self.chat.models.reload()
        if self.first_steps is not None:
            self.first_steps.deleteLater()
            self.first_steps = None
        self.show_first_steps()

    def _let_go(self) -> None:
        """End all work with what is stored: other files take its place."""
        self.library.stop()
        self.settings_page.sharing.server.stop(wait=True)
        self.chat.asking.stop()
        self.book.new()
        # That led to the conversation; who began it looks on.
        self.show_page("settings")

    def _take_up(self) -> None:
        """Show what is there now, and go through the folders again."""
        self.book.reload()
        self.library.start()

    def _on_setting(self, name: str) -> None:
        if name in _LOOKS:
            self.looks_changed.emit()
        elif name == "language":
            self.rebuild_wanted.emit()
        elif name == "model":
            self.chat.models.reload()
        elif name == "watch_folders":
            self.library.watch()

    def take_over(self, old: MainWindow) -> None:
        """Show what the window showed that this one replaces."""
        if old.first_steps is not None and old.root.currentWidget() is old.first_steps:
            self.show_first_steps()
            return
        if old.book.current is not None:
            self.book.open(old.book.current)
        self.show_page(old.page_name)

    @property
    def page_name(self) -> str:
        """The name of the page that is shown."""
        shown = self.pages.currentWidget()
        names = {"chat": self.chat, **self._late}
        return next(name for name, page in names.items() if page is shown)

    # -- first steps -----------------------------------------------------------------

    def show_first_steps(self) -> None:
        """Lead a newcomer to a first answer; everything can be skipped."""
        if self.first_steps is None:
            from app.ui.first_steps import FirstSteps

            steps = FirstSteps(self.context, self.library)
            steps.finished.connect(self._end_first_steps)
            steps.question_wanted.connect(self._ask_first)
            steps.language_changed.connect(lambda _code: self.rebuild_wanted.emit())
            self.root.addWidget(steps)
            self.first_steps = steps
        self.root.setCurrentWidget(self.first_steps)

    def _end_first_steps(self) -> None:
        self.root.setCurrentWidget(self.splitter)
        self.chat.models.reload()
        self.show_page("chat")
        self.chat.focus()

    def _ask_first(self, question: str, base: str) -> None:
        self._end_first_steps()
        self._ask_scope(Scope(base))
        self.chat.ask(question)

    # -- documents -------------------------------------------------------------------

    def _choose_wanted(self) -> None:
        names = {entry.base.name for entry in self.library.entries}
        if self._wanted_base in names:
            self.chat.show_scope(Scope(self._wanted_base))
            self._wanted_base = ""

    def _on_added(self, name: str) -> None:
        self._wanted_base = name

    def _ask_scope(self, scope: Scope) -> None:
        """Ask this from now on, in a new conversation where one is open already."""
        if self.chat.conversation.exchanges and not self.chat.asking.busy:
            self.book.new()
        self.chat.show_scope(scope)
        self.show_page("chat")

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self, translate(N_("Which folder shall be asked?"))
        )
        if folder:
            self.library.add([folder], "")

    # -- help ------------------------------------------------------------------------

    def _find_bases(self, query: str) -> list[PaletteItem]:
        wanted = query.casefold().split()
        group = translate(N_("Ask the collection"))
        return [
            PaletteItem(
                entry.base.name,
                group,
                lambda name=entry.base.name: self._ask_scope(Scope(name)),  # type: ignore[misc]
            )
            for entry in self.library.entries
            if wanted and all(word in entry.base.name.casefold() for word in wanted)
        ]

    def _open_help(self) -> None:
        from app.ui.help_page import HelpDialog

        help_ = HelpDialog(self.context, self)
        help_.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        help_.statement_wanted.connect(lambda: self.open_settings("accessibility"))
        help_.open()

    def _export(self, chat: int) -> None:
        from app.ui.chat_export import export_conversation

        export_conversation(self, self.context, self.book, chat)

    # -- the rest --------------------------------------------------------------------

    def _cycle(self, step: int) -> None:
        """Give the focus to the next of the panes that are on the screen."""
        stops: list[tuple[QWidget, Callable[[], None]]] = [
            (self.sidebar, self.sidebar.focus_list)
        ]
        if self.pages.currentWidget() is self.chat:
            stops.append((self.chat.middle, self.chat.focus))
            if self.chat.sources.isVisible():
                stops.append((self.chat.sources, self.chat.sources.focus))
        else:
            stops.append((self.pages, self._focus_page))
        go_on([stop for stop in stops if stop[0].isVisible()], step)

    def _focus_page(self) -> None:
        page = self.pages.currentWidget()
        assert page is not None
        page.setFocus(Qt.FocusReason.ShortcutFocusReason)
        page.focusNextChild()

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        """Let Tab pass the conversation at its place among the panes."""
        if take_refuge(self):
            return True
        focus, conversation = QApplication.focusWidget(), self.chat.conversation
        if focus is None or not conversation.isVisible():
            return super().focusNextPrevChild(forward)
        stop = following(focus, forward, passing=conversation)
        if stop is conversation:
            conversation.enter(forward)
        elif stop is not None:
            give_focus(stop, forward)
        return stop is not None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the page the room where there is little."""
        super().resizeEvent(event)
        self.sidebar.fit(event.size().width())

    def changeEvent(self, event: QEvent) -> None:
        """Look what the command line or another program has done meanwhile."""
        super().changeEvent(event)
        came = event.type() == QEvent.Type.ActivationChange and self.isActiveWindow()
        if came and self.library.loaded and not self.background.closed:
            self.library.reload()

    def drop_target(self, event: QDropEvent) -> str:
        """Return the collection under the mouse, or the one that fits; "" for a new one."""
        current = self.chat.composer.scope.scope.base
        row = ""
        if self.pages.currentWidget() is self._late.get("documents"):
            current = self.documents.current
            point = self.documents.mapFrom(self, event.position().toPoint())
            row = self.documents.base_at(point)
        row, current = (
            name if self.library.is_own(name) else "" for name in (row, current)
        )
        return target_of(dropped_paths(event.mimeData()), row, current)

    def take_drop(self, paths: list[str], base: str) -> None:
        """Add what was dropped to a collection."""
        self.library.add(paths, base)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Share nothing any more, then as every window."""
        if "settings" in self._late:
            self.settings_page.sharing.server.stop(wait=True)
        super().closeEvent(event)
