"""What one can do with collections and documents, each with the question it needs."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.i18n import N_, translate
from app.ui.context import Context
from app.ui.forget_dialog import (
    ReceiptDialog,
    ask_to_forget,
    ask_to_remove_collection,
    ask_to_remove_source,
)
from app.ui.library import Library
from app.ui.library_work import Forgotten
from app.ui.open_question import ask_to_open_file


class DocumentActions(QObject):
    """Asks, and then lets `Library` do it. Dialogs belong to `page`."""

    def __init__(self, page: QWidget, context: Context, library: Library) -> None:
        super().__init__(page)
        self._page = page
        self._context = context
        self._library = library

    def choose_folder(self, base: str) -> None:
        """Let a folder be chosen for a collection; "" makes a new one."""
        folder = QFileDialog.getExistingDirectory(
            self._page, translate(N_("Which folder shall be asked?"))
        )
        if folder:
            self._library.add([folder], base)

    def choose_files(self, base: str) -> None:
        """Let files be chosen for a collection; "" makes a new one."""
        files, _ = QFileDialog.getOpenFileNames(
            self._page, translate(N_("Which files shall be asked?"))
        )
        if files:
            self._library.add(files, base)

    def open(self, file: str) -> None:
        """Open a document in the system's program, after a question."""
        ask_to_open_file(self._page, file, self._context.messages.error)

    def remove_collection(self, base: str) -> None:
        """Remove a collection, after a question."""
        ask_to_remove_collection(self._page, base, lambda: self._library.remove(base))

    def remove_source(self, base: str, path: str) -> None:
        """Part a collection from a folder, after a question."""

        def on_yes(forget: bool) -> None:
            self._library.remove_source(
                base, path, forget, lambda gone: self._show_receipt(base, gone)
            )

        ask_to_remove_source(self._page, path, on_yes)

    def forget(self, base: str, files: tuple[str, ...]) -> None:
        """Forget documents after a question, and show the receipt."""
        if not files:
            return

        def on_yes() -> None:
            self._library.forget(
                base, files, lambda gone: self._show_receipt(base, gone)
            )

        ask_to_forget(self._page, files, on_yes)

    def _show_receipt(self, base: str, forgotten: Forgotten) -> None:
        if any(receipt.documents for receipt in forgotten.receipts):
            ReceiptDialog(base, forgotten, self._page).open()
