"""What can be done with a conversation or a folder: a menu, and asking for a name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.chat_book import ChatBook
from app.ui.glyphs import pixmap
from app.ui.theme import GRID, colours
from app.ui.widgets import fit_to_words, label, no_mnemonics, text_button
from app.values.chats import ChatInfo

_NAME_CHARACTERS = 100


class NameDialog(QDialog):
    """Asks for a name; `on_named` gets it when it is not empty."""

    def __init__(
        self,
        title: str,
        name: str,
        on_named: Callable[[str], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        fit_to_words(self, 360)
        self._on_named = on_named
        self.line = QLineEdit(name)
        self.line.setObjectName("Search")
        self.line.setAccessibleName(title)
        self.line.setMaxLength(_NAME_CHARACTERS)
        self.line.selectAll()
        cancel = text_button(translate(N_("Cancel")))
        cancel.clicked.connect(self.reject)
        self.done_button = text_button(translate(N_("Save")), "primary")
        self.done_button.setDefault(True)
        self.done_button.clicked.connect(self._on_done)
        self.line.textChanged.connect(self._on_changed)
        self._on_changed(name)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.done_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(title, "heading"))
        column.addWidget(self.line)
        column.addLayout(buttons)

    def _on_changed(self, text: str) -> None:
        self.done_button.setEnabled(bool(text.strip()))

    def _on_done(self) -> None:
        self._on_named(self.line.text())
        self.accept()


class ChatMenu(QMenu):
    """All that can be done with one conversation."""

    def __init__(
        self,
        book: ChatBook,
        info: ChatInfo,
        rename: Callable[[], object],
        export: Callable[[], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("ChatMenu")
        self._book = book
        self._info = info
        self._add("chat", N_("Open"), lambda: book.open(info.id))
        self._add("edit", N_("Rename"), rename, "F2")
        if info.pinned:
            self._add("unpin", N_("Unpin"), lambda: book.pin(info.id, False))
        else:
            self._add("pin", N_("Pin"), lambda: book.pin(info.id, True))
        self.addMenu(folder_menu(book, info, self, parent))
        self._add("export", N_("Export …"), export)
        self.addSeparator()
        self._add("bin", N_("Delete"), lambda: book.remove(info.id), "Del")

    def _add(
        self, glyph: str, title: str, run: Callable[[], object], keys: str = ""
    ) -> None:
        action = self.addAction(pixmap(glyph, colours().muted), translate(title))
        if keys:
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.setShortcutVisibleInContextMenu(True)
        action.triggered.connect(run)


def folder_menu(
    book: ChatBook, info: ChatInfo, menu_parent: QMenu, parent: QWidget
) -> QMenu:
    """Return the folders a conversation can be laid into."""
    menu = QMenu(translate(N_("Move to folder")), menu_parent)
    menu.setIcon(pixmap("folder", colours().muted))
    for folder in ("", *book.folders):
        title = no_mnemonics(folder) or translate(N_("No folder"))
        action = menu.addAction(title)
        action.setCheckable(True)
        action.setChecked(folder == info.folder)
        action.triggered.connect(
            lambda _on=False, folder=folder: book.move(info.id, folder)
        )
    menu.addSeparator()
    new = menu.addAction(translate(N_("New folder …")))
    # The menu is gone when the dialog opens: it cannot be its parent.
    new.triggered.connect(lambda: ask_for_folder(book, info.id, parent))
    return menu


def ask_for_folder(book: ChatBook, chat: int, parent: QWidget) -> NameDialog:
    """Ask for a new folder's name and lay a conversation into it."""
    dialog = NameDialog(
        translate(N_("New folder")),
        "",
        lambda name: book.move(chat, name),
        parent.window(),
    )
    dialog.open()
    return dialog


class FolderMenu(QMenu):
    """What can be done with a folder."""

    def __init__(
        self, book: ChatBook, folder: str, rename: Callable[[], object], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("ChatMenu")
        muted = colours().muted
        renaming = self.addAction(pixmap("edit", muted), translate(N_("Rename")))
        renaming.triggered.connect(rename)
        dissolving = self.addAction(
            pixmap("close", muted), translate(N_("Remove folder, keep conversations"))
        )
        dissolving.triggered.connect(lambda: book.rename_folder(folder, ""))
