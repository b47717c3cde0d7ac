"""The left side of the window: conversations, and the way to the other pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import paths
from app.i18n import N_, translate
from app.ui.chat_book import ChatBook
from app.ui.chat_commands import chat_commands, side_commands
from app.ui.chat_menu import ChatMenu, FolderMenu
from app.ui.chat_search import HitList, SearchField
from app.ui.chat_tree import ChatTree
from app.ui.chat_wording import found_text, retention_text
from app.ui.context import Context
from app.ui.glyphs import set_glyph
from app.ui.message_bar import announce
from app.ui.promise import Promise
from app.ui.side_navigation import Navigation
from app.ui.theme import GRID
from app.ui.widgets import FittingButton, glyph_button, label, set_tip
from app.values.chats import ChatHit

if TYPE_CHECKING:
    from app.ui.bin_dialog import BinDialog

_WIDEST = 16_777_215  # Qt's own word for "as wide as you like"
_LIST_ROWS = 9
_PROMISE_ROWS = 18

# So many letters wide a window must be for sidebar, page and sources side by side.
_ROOMY_LETTERS = 110


class ChatSidebar(QWidget):
    """Shows the conversations of a `ChatBook` and the navigation.

    `page_wanted` names a page ("chat", "documents", "models", "settings");
    `export_wanted` carries a conversation; `folded` tells that the bar became a narrow
    rail of icons, or wide again. What the window adds at the bottom goes to `footer`.
    """

    page_wanted = Signal(str)
    export_wanted = Signal(int)
    folded = Signal(bool)

    def __init__(
        self, context: Context, book: ChatBook, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("Side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(translate(N_("Sidebar")))
        self._context = context
        self._book = book
        self._wide = 0
        self._narrow = False
        self.is_folded = False
        self.tree = ChatTree()
        self.hits = HitList()
        self.search = SearchField(translate(N_("Search conversations")))
        self.new_button = _new_button()
        self.bin_button = FittingButton(("",), "bin", "quiet", "muted")
        self.bin_button.setObjectName("BinButton")
        self.notice = label("", "small")
        self.notice.setObjectName("ChatNotice")
        self.found = label("", "small")
        self.navigation = Navigation()
        self._lay_out()
        self._connect()
        context.commands.add(*side_commands(self), *chat_commands(self, book))
        self._show_chats()

    def start(self) -> None:
        """Load the conversations in the background."""
        self._book.start()

    def show_page(self, name: str) -> None:
        """Show which page of the window is open."""
        self.navigation.show_page(name)

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.fold_button = glyph_button("previous", "")
        self.stack = QStackedWidget()
        self.empty = label(translate(N_("Your conversations will be listed here.")))
        self.empty.setObjectName("ChatsEmpty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for page in (self.tree, self.empty, self.hits):
            self.stack.addWidget(page)
        self.footer = QVBoxLayout()
        self.footer.setSpacing(GRID)
        self._brand = _brand()
        self._gap = QWidget()
        self._gap.setSizePolicy(
            QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding
        )
        promised = Promise(self._context.services.settings, self)
        self.show_shared = promised.show_shared
        self.promise = promised.label
        self.promise.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lower = QWidget()
        lower = QVBoxLayout(self._lower)
        lower.setContentsMargins(0, 0, 0, 0)
        lower.setSpacing(GRID)
        lower.addWidget(self.notice)
        lower.addWidget(self.bin_button)
        lower.addLayout(self.footer)
        self._head = QHBoxLayout()
        self._head.setSpacing(GRID)
        self._head.addWidget(self._brand, 1)
        self._head.addWidget(self.fold_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID + 4, GRID + 4, GRID + 4, GRID + 4)
        column.setSpacing(GRID)
        column.addLayout(self._head)
        column.addWidget(self.new_button)
        column.addWidget(self.search)
        column.addWidget(self.found)
        column.addWidget(self.stack, 1)
        column.addWidget(self._gap, 1)
        column.addWidget(self._lower)
        column.addWidget(_rule())
        column.addWidget(self.navigation)
        column.addWidget(self.promise)
        self.found.hide()
        self.fold(False)

    def _connect(self) -> None:
        book, tree = self._book, self.tree
        book.changed.connect(self._show_chats)
        book.opened.connect(self._on_opened)
        book.left.connect(lambda: tree.show_opened(None))
        tree.chosen.connect(book.open)
        tree.removal_wanted.connect(book.remove)
        tree.menu_wanted.connect(self._open_menu)
        tree.chats.renamed.connect(book.rename)
        tree.chats.folder_renamed.connect(book.rename_folder)
        tree.chats.moved.connect(book.move)
        tree.chats.pinned.connect(lambda chat: book.pin(chat, True))
        self.search.searched.connect(self._search)
        self.search.results_wanted.connect(self._enter_list)
        self.search.first_wanted.connect(self.hits.choose_first)
        self.hits.chosen.connect(self._open_hit)
        self.hits.left.connect(self.search.setFocus)
        self.new_button.clicked.connect(self.begin)
        self.bin_button.clicked.connect(self.open_bin)
        self.fold_button.clicked.connect(self.toggle)
        self.navigation.wanted.connect(self.page_wanted)
        # It gets its letters after this widget; its buttons get theirs after it.
        self.navigation.letters_changed.connect(
            self._choose_form, Qt.ConnectionType.QueuedConnection
        )

    # -- showing ---------------------------------------------------------------------

    def _show_chats(self) -> None:
        self.tree.show_chats(self._book.chats, self._book.folders)
        self.tree.show_opened(self._book.current)
        self._show_list()
        self._show_notices()

    def _show_list(self) -> None:
        if self.search.text().strip():
            return
        has_rows = bool(self.tree.chats.sections)
        self.stack.setCurrentWidget(self.tree if has_rows else self.empty)

    def _show_notices(self) -> None:
        settings = self._context.services.settings
        days = settings.number("retention_days")
        kept = settings.flag("history")
        notice = retention_text(days) if days else ""
        if not kept:
            notice = translate(
                N_("Conversations are not kept. They are gone when Allmende closes.")
            )
        self.notice.setText(notice)
        self.notice.setVisible(bool(notice))
        self.notice.setProperty("strong", not kept)
        self.notice.style().unpolish(self.notice)
        self.notice.style().polish(self.notice)
        count = len(self._book.bin)
        long, short = N_("Bin"), N_("Bin ({count})")
        name = translate(short, count=count) if count else translate(long)
        self.bin_button.set_texts((name,))

    def _on_opened(self, chat: int) -> None:
        self.tree.show_opened(chat)
        self.page_wanted.emit("chat")

    def showEvent(self, event: QShowEvent) -> None:
        """Tell what the settings say now."""
        self._show_notices()
        super().showEvent(event)

    # -- searching -------------------------------------------------------------------

    def focus_search(self) -> None:
        """Go to the search field, with what is in it selected."""
        self.fold(False)
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def focus_list(self) -> None:
        """Go to the list of conversations."""
        self.fold(False)
        self._enter_list()

    def _search(self, text: str) -> None:
        self._book.search(text, self._show_hits)
        if not text:
            self.found.hide()
            self._show_list()

    def _show_hits(self, hits: list[ChatHit]) -> None:
        self.hits.show_hits(hits)
        self.stack.setCurrentWidget(self.hits)
        text = found_text(len(hits))
        self.found.setText(text)
        self.found.show()
        announce(self.search, text)

    def _open_hit(self, hit: ChatHit) -> None:
        self._book.open(hit.chat.id, hit.exchange)

    def _enter_list(self) -> None:
        shown = self.stack.currentWidget()
        target = self.hits if shown is self.hits else self.tree
        if shown is self.empty:
            self.new_button.setFocus(Qt.FocusReason.TabFocusReason)
            return
        if target is self.tree and not self.tree.currentIndex().isValid():
            self.tree.setCurrentIndex(self.tree.chats.index(0, 0))
        target.setFocus(Qt.FocusReason.TabFocusReason)

    # -- acting ----------------------------------------------------------------------

    def begin(self) -> None:
        """Begin a new conversation."""
        self._book.new()
        self.page_wanted.emit("chat")

    def rename(self, chat: int) -> None:
        """Let a title be typed in the list."""
        self.fold(False)
        self.search.clear()
        self.tree.edit_chat(chat)

    def open_bin(self) -> BinDialog:
        """Show the deleted conversations."""
        from app.ui.bin_dialog import BinDialog

        dialog = BinDialog(self._context, self._book, self.window())
        dialog.open()
        return dialog

    def _open_menu(self, index: QModelIndex, place: QPoint) -> None:
        info = self.tree.chats.chat_at(index)
        section = self.tree.chats.section_at(index)
        menu: QMenu
        if info is not None:
            chat = info.id
            menu = ChatMenu(
                self._book,
                info,
                lambda: self.rename(chat),
                lambda: self.export_wanted.emit(chat),
                self,
            )
        elif section is not None and section.is_folder:
            menu = FolderMenu(
                self._book, section.folder, lambda: self.tree.edit(index), self
            )
        else:
            return
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    # -- room ------------------------------------------------------------------------

    def toggle(self) -> None:
        """Fold the bar to a rail of icons, or unfold it."""
        self.fold(not self.is_folded)

    def fold(self, on: bool) -> None:
        """Become a rail of icons, or wide again."""
        changed = on != self.is_folded
        if on and changed:
            self._wide = self.width()
        self.is_folded = on
        for part in (self._brand, self.search, self.stack, self._lower):
            part.setVisible(not on)
        self.found.setVisible(not on and bool(self.search.text().strip()))
        self._gap.setVisible(on)
        long, short = translate(N_("New conversation")), translate(N_("New"))
        self.new_button.set_texts(("",) if on else (long, short))
        self.new_button.setAccessibleName(long)
        self.new_button.setProperty("bare", on)
        self.new_button.style().unpolish(self.new_button)
        self.new_button.style().polish(self.new_button)
        name = translate(N_("Show sidebar") if on else N_("Hide sidebar"))
        set_glyph(self.fold_button, "next" if on else "previous", "muted")
        self.fold_button.setAccessibleName(name)
        set_tip(self.fold_button, name)
        self._choose_form()
        self._take_width()
        if changed:
            self.folded.emit(on)

    def fit(self, room: int) -> None:
        """Fold where a window of this width has too little room, and unfold again."""
        narrow = room < self.fontMetrics().averageCharWidth() * _ROOMY_LETTERS
        if narrow != self._narrow:
            self._narrow = narrow
            self.fold(narrow)

    def _take_width(self) -> None:
        rail = self.fontMetrics().height() + GRID * 5
        head = self._brand.sizeHint().width() + self.fold_button.sizeHint().width()
        words = max(head, self.new_button.minimumSizeHint().width()) + GRID * 5
        least = max(self.fontMetrics().averageCharWidth() * 16 + GRID * 8, words)
        self.setMinimumWidth(rail if self.is_folded else least)
        self.setMaximumWidth(rail if self.is_folded else _WIDEST)
        splitter = self.parentWidget()
        if self._wide and not self.is_folded and isinstance(splitter, QSplitter):
            sizes = splitter.sizes()
            place = splitter.indexOf(self)
            sizes[place] = self._wide
            splitter.setSizes(sizes)

    def _choose_form(self) -> None:
        """Give the list its room: where the window is low, words become icons."""
        if self.is_folded:
            self.promise.hide()
            self.navigation.set_form("rail")
            return
        row = self.tree.rows.height()
        self.promise.setVisible(self.height() >= row * _PROMISE_ROWS)
        others = (
            self._lower.sizeHint().height() + self.new_button.sizeHint().height() * 4
        )
        least = row * _LIST_ROWS + others + self.navigation.words_height()
        margins = 3 * GRID
        fits = self.width() - margins >= self.navigation.words_width()
        fits = fits and self.height() >= least
        self.navigation.set_form("words" if fits else "icons")

    def changeEvent(self, event: QEvent) -> None:
        """Take more room when the text becomes larger."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "fold_button"):
            self._choose_form()
            # What lies in here gets its larger letters a moment later.
            QTimer.singleShot(0, self, self._take_width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the form of the navigation for the new height."""
        super().resizeEvent(event)
        self._choose_form()


def _new_button() -> FittingButton:
    button = FittingButton(("",), "new", "", "accent")
    button.setObjectName("NewChat")
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    set_tip(button, translate(N_("New conversation")))
    return button


def _brand() -> QWidget:
    icon = QIcon(str(paths.assets_dir() / "icons" / "allmende.svg"))
    picture = QLabel()
    picture.setPixmap(icon.pixmap(QSize(24, 24), picture.devicePixelRatio()))
    result = QWidget()
    row = QHBoxLayout(result)
    row.setContentsMargins(2, 0, 0, 0)
    row.setSpacing(GRID)
    row.addWidget(picture)
    row.addWidget(label("Allmende", "heading", wraps=False), 1)
    return result


def _rule() -> QFrame:
    result = QFrame()
    result.setObjectName("Rule")
    result.setFixedHeight(1)
    return result
