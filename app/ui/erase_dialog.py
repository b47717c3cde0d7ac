"""Deleting everything: asked twice in one dialog, and told with a receipt."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app import paths
from app.i18n import N_, translate, translate_plural
from app.privacy import ErasureReceipt, Removed
from app.ui.regional import size_text
from app.ui.theme import GRID
from app.ui.widgets import fit_to_words, label, selectable_label, text_button

_GOES = (
    N_("all conversations and drafts, also those in the bin"),
    N_("all collections: the texts read from your documents, and their index"),
    N_("your settings, the log, the receipts and the record of connections"),
)
_STAYS = (
    N_("your own files: nothing outside Allmende's folder is touched"),
    N_("models that all users of this computer share"),
)
# Translators: the word that is typed to delete everything; short, in capitals.
_WORD = N_("DELETE")


class EraseDialog(QDialog):
    """Lists what goes and what stays. `confirmed` tells whether models go too."""

    confirmed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate(N_("Delete everything?")))
        fit_to_words(self, GRID * 62)
        word = translate(_WORD)
        self._word = word.casefold()
        self.models = QCheckBox(translate(N_("Delete my own models too")))
        self.sure = QCheckBox(translate(N_("I know that this cannot be undone")))
        self.sure.toggled.connect(self._check)
        ask = translate(N_("Type {word} to go on:"), word=word)
        self.typed = QLineEdit()
        self.typed.setAccessibleName(ask)
        self.typed.textChanged.connect(self._check)
        self.delete_button = text_button(
            translate(N_("Delete everything")), "danger", "bin", "danger"
        )
        self.delete_button.clicked.connect(self._confirm)
        cancel = text_button(translate(N_("Cancel")))
        cancel.clicked.connect(self.reject)
        cancel.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID)
        column.addWidget(label(self.windowTitle(), "heading"))
        column.addWidget(_listed(N_("This goes:"), _GOES))
        column.addWidget(_listed(N_("This stays:"), _STAYS))
        column.addWidget(label(translate(_DISKS), "small"))
        column.addSpacing(GRID)
        for widget in (self.models, self.sure, label(ask), self.typed):
            column.addWidget(widget)
        column.addSpacing(GRID)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.delete_button)
        column.addLayout(row)
        self._check()
        cancel.setFocus()

    def _check(self) -> None:
        typed = self.typed.text().strip().casefold() == self._word
        self.delete_button.setEnabled(typed and self.sure.isChecked())

    def _confirm(self) -> None:
        self.confirmed.emit(self.models.isChecked())
        self.accept()


_DISKS = N_(
    "No program can promise that a modern disk overwrites what was deleted. If that"
    " matters, encrypt the disk."
)


class ReceiptDialog(QDialog):
    """Says what was deleted, to read and to copy."""

    def __init__(self, receipt: ErasureReceipt, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate(N_("Everything is deleted")))
        if receipt.failed:
            self.setWindowTitle(translate(N_("Not everything could be deleted")))
        fit_to_words(self, GRID * 56)
        self.text = receipt_text(receipt)
        shown = selectable_label(self.text)
        copy = text_button(translate(N_("Copy")), glyph="copy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        close = text_button(translate(N_("Close")), "primary")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(copy)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(self.windowTitle(), "heading"))
        column.addWidget(shown)
        column.addLayout(row)


def receipt_text(receipt: ErasureReceipt) -> str:
    """Return a receipt in lines."""
    lines = [_line(part) for part in receipt.removed]
    if receipt.failed:
        lines.append("")
        lines.append(
            translate(
                N_("These are still there. Close Allmende and delete them by hand:")
            )
        )
        lines += receipt.failed
    lines.append("")
    lines.append(translate(N_("Folder: {folder}"), folder=paths.home()))
    return "\n".join(lines)


def _line(part: Removed) -> str:
    return translate_plural(
        "{title}: {count} file, {size}",
        "{title}: {count} files, {size}",
        part.files,
        title=translate(part.title),
        size=size_text(part.bytes),
    )


def _listed(title: str, items: tuple[str, ...]) -> QWidget:
    lines = [translate(title), *(f"• {translate(item)}" for item in items)]
    return label("\n".join(lines))
