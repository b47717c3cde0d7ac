"""The window: puts the panes together and passes on what they ask for.

It holds no state of its own but which turn's sources are shown; bases belong to
`Library`, questions to `Asking`.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.errors import AppError
from app.i18n import N_, translate
from app.services import Services
from app.ui.asking import Asking, Question
from app.ui.background import Background
from app.ui.base_list import BaseList
from app.ui.composer import NO_MODEL, Composer
from app.ui.conversation import Conversation
from app.ui.drop_area import DropArea, dropped_paths, target_of
from app.ui.library import Library
from app.ui.message_bar import MessageBar, MistakeBox
from app.ui.messages import Messages
from app.ui.places import Place
from app.ui.sources import Sources
from app.ui.theme import GRID
from app.ui.turn import Turn
from app.ui.unread_dialog import UnreadDialog

_SIZE = QSize(1280, 800)
_COLUMNS = [296, 540, 444]


class MainWindow(QMainWindow):
    """The one window. `start` loads what it shows; `closed` tells that it went."""

    closed = Signal()

    def __init__(self, services: Services, wanted_base: str = "") -> None:
        super().__init__()
        self.setWindowTitle("Allmende")
        self.resize(_SIZE.boundedTo(self.screen().availableSize()))
        self.setAcceptDrops(True)
        self._services = services
        self._wanted_base = wanted_base
        self._shown_turn: Turn | None = None
        self.messages = Messages(self)
        self.background = Background(self)
        self.background.failed.connect(self.messages.failure)
        self.library = Library(services, self.background, self.messages, self)
        self.asking = Asking(services, self.background, self.messages, self)
        self.bases = BaseList()
        self.message_bar = MessageBar()
        self.conversation = Conversation()
        self.composer = Composer()
        self.sources = Sources(services, self.background, self.messages)
        self.sources.hide()
        self._lay_out()
        self.drop_area = DropArea(self.middle)
        self._connect()
        self._add_shortcuts()
        self.conversation.welcome.show_base("", loading=True)
        self.composer.setEnabled(False)

    def start(self) -> None:
        """Load bases and models in the background."""
        self.library.start()
        self.background.run(self._load_models, self._show_models)
        self.composer.setFocus()

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.middle = QWidget()
        self.middle.setObjectName("Middle")
        self.middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.middle.setMinimumWidth(316)
        below = QHBoxLayout()
        below.setContentsMargins(GRID * 3, GRID, GRID * 3, GRID * 3)
        self.composer.setMaximumWidth(712)
        below.addStretch(1)
        below.addWidget(self.composer, 100)
        below.addStretch(1)
        above = QHBoxLayout()
        above.setContentsMargins(GRID * 2, GRID, GRID * 2, 0)
        above.addWidget(self.message_bar)
        column = QVBoxLayout(self.middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(above)
        column.addWidget(self.conversation, 1)
        column.addLayout(below)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(4)
        self.splitter.setChildrenCollapsible(False)
        for place, pane in enumerate((self.bases, self.middle, self.sources)):
            self.splitter.addWidget(pane)
            self.splitter.setStretchFactor(place, (0, 3, 2)[place])
        self.splitter.setSizes(_COLUMNS)
        self.setCentralWidget(self.splitter)

    def _connect(self) -> None:
        self.messages.said.connect(self.message_bar.show_message)
        self.messages.mistaken.connect(self._show_mistake)
        self.library.changed.connect(self._show_bases)
        self.library.progressed.connect(self.bases.indexing.show_progress)
        self.library.added.connect(self._want_base)
        self.bases.chosen.connect(self._on_base_chosen)
        self.bases.folder_wanted.connect(self._choose_folder)
        self.bases.files_wanted.connect(self._choose_files)
        self.bases.sync_wanted.connect(self.library.sync)
        self.bases.removal_wanted.connect(self._confirm_removal)
        self.bases.unread_wanted.connect(self._show_unread)
        self.bases.indexing.stopped.connect(self.library.stop)
        self.conversation.add_wanted.connect(lambda: self._choose_folder(""))
        self.conversation.found.connect(self._show_sources)
        self.conversation.opened.connect(self._open)
        self.composer.asked.connect(self._ask)
        self.composer.stopped.connect(self.asking.stop)
        self.composer.model_chosen.connect(self._keep_model)
        self.asking.running.connect(self.composer.set_running)

    def _add_shortcuts(self) -> None:
        for keys, action in (
            ("Ctrl+L", self.composer.edit.setFocus),
            ("Ctrl+O", self.bases.add_button.click),
            ("Esc", self.asking.stop),
            ("F6", lambda: self._cycle_panes(1)),
            ("Shift+F6", lambda: self._cycle_panes(-1)),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(action)

    # -- bases -----------------------------------------------------------------------

    def _show_bases(self) -> None:
        self.bases.show_entries(self.library.entries, self.library.busy_with)
        if self._wanted_base and self.bases.choose(self._wanted_base):
            self._wanted_base = ""

    def _want_base(self, name: str) -> None:
        self._wanted_base = name

    def _on_base_chosen(self, base: str) -> None:
        self.conversation.welcome.show_base(base, loading=not self.library.loaded)
        self.composer.setEnabled(bool(base))

    def _choose_folder(self, base: str) -> None:
        folder = QFileDialog.getExistingDirectory(
            self, translate(N_("Which folder shall be asked?"))
        )
        if folder:
            self.library.add([folder], base)

    def _choose_files(self, base: str) -> None:
        files, _ = QFileDialog.getOpenFileNames(
            self, translate(N_("Which files shall be asked?"))
        )
        if files:
            self.library.add(files, base)

    def _confirm_removal(self, base: str) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(translate(N_("Remove the collection “{name}”?"), name=base))
        box.setInformativeText(
            translate(N_("Allmende forgets its contents. Your files stay untouched."))
        )
        remove = box.addButton(
            translate(N_("Remove")), QMessageBox.ButtonRole.DestructiveRole
        )
        box.addButton(translate(N_("Cancel")), QMessageBox.ButtonRole.RejectRole)
        remove.clicked.connect(lambda: self.library.remove(base))
        box.open()

    def _show_unread(self, base: str) -> None:
        for entry in self.library.entries:
            if entry.base.name == base and entry.unread:
                dialog = UnreadDialog(entry, self)
                dialog.retried.connect(self.library.sync)
                dialog.open()

    # -- questions -------------------------------------------------------------------

    def _ask(self, text: str) -> None:
        composer = self.composer
        turn = self.conversation.add_turn(
            text, self.bases.current, composer.model_title
        )
        question = Question(
            text, self.bases.current, composer.model, composer.sources_only.isChecked()
        )
        self.asking.ask(question, turn)

    def _load_models(self) -> tuple[list[tuple[str, str]], str]:
        installed = self._services.models.installed()
        models = [(m.card.id, m.card.title) for m in installed if m.card.kind == "chat"]
        chosen = self._services.chat_model()
        return models, chosen.card.id if chosen else NO_MODEL

    def _show_models(self, found: tuple[list[tuple[str, str]], str]) -> None:
        self.composer.show_models(*found)

    def _keep_model(self, id_: str) -> None:
        try:
            self._services.settings.change("model", id_)
        except AppError as error:
            self.messages.failure(error)

    # -- sources ---------------------------------------------------------------------

    def _show_sources(self, turn: Turn) -> None:
        self._shown_turn = turn
        self.sources.show_places(turn.places)
        self.sources.show()

    def _open(self, turn: Turn, place: Place) -> None:
        if turn is not self._shown_turn:
            self._show_sources(turn)
        self.sources.open(place)

    # -- the rest --------------------------------------------------------------------

    def _show_mistake(self, details: str) -> None:
        box = MistakeBox(details, self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _cycle_panes(self, step: int) -> None:
        stops = [self.bases.list, self.composer.edit]
        if self.sources.isVisible():
            stops += [self.sources.list, self.sources.viewer.reading]
        focus = self.focusWidget()
        here = stops.index(focus) if focus in stops else -1
        stops[(here + step) % len(stops)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome local files and folders."""
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Say where they would go."""
        self.drop_area.show_target(self._drop_target(event))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Take the sign away."""
        self.drop_area.hide()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add what was dropped."""
        self.drop_area.hide()
        self.library.add(dropped_paths(event.mimeData()), self._drop_target(event))
        event.acceptProposedAction()

    def _drop_target(self, event: QDropEvent) -> str:
        point = self.bases.mapFrom(self, event.position().toPoint())
        row = self.bases.base_at(point) if self.bases.rect().contains(point) else ""
        return target_of(dropped_paths(event.mimeData()), row, self.bases.current)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End all work; whoever built the services closes them."""
        self.background.close()
        event.accept()
        self.closed.emit()
