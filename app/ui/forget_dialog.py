"""Forgetting documents: the question before, and the receipt after."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QMessageBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate, translate_plural
from app.ui.dialogs import careful_question
from app.ui.library_work import Forgotten
from app.ui.theme import GRID
from app.ui.widgets import label, text_button
from app.ui.wording import number_text, size_text
from app.values.places import file_name

_NAMED = 5


def ask_to_forget(
    parent: QWidget, files: Sequence[str], on_yes: Callable[[], None]
) -> None:
    """Ask whether documents shall be forgotten."""
    title = translate_plural(
        "Forget {count} document?", "Forget {count} documents?", len(files)
    )
    names = [file_name(file) for file in files[:_NAMED]]
    if len(files) > _NAMED:
        names.append("…")
    more = translate(
        N_(
            "Allmende removes their text, what was made of it, and quotes in your"
            " conversations. Your files stay untouched."
        )
    )
    box = careful_question(parent, title, "\n".join([*names, "", more]))
    yes = box.addButton(translate(N_("Forget")), QMessageBox.ButtonRole.AcceptRole)
    yes.clicked.connect(on_yes)
    box.open()


def ask_to_remove_source(
    parent: QWidget, path: str, on_yes: Callable[[bool], None]
) -> None:
    """Ask whether a folder shall leave; `on_yes` gets whether its documents go too."""
    title = translate(N_("Remove this folder from the collection?"))
    box = careful_question(parent, title, path)
    forget = QCheckBox(translate(N_("Also forget the documents that came from it")))
    forget.setChecked(True)
    box.setCheckBox(forget)
    yes = box.addButton(translate(N_("Remove")), QMessageBox.ButtonRole.AcceptRole)
    yes.clicked.connect(lambda: on_yes(forget.isChecked()))
    box.open()


def ask_to_remove_collection(
    parent: QWidget, name: str, on_yes: Callable[[], None]
) -> None:
    """Ask whether a collection shall go."""
    title = translate(N_("Remove the collection “{name}”?"), name=name)
    more = translate(
        N_("Allmende forgets its contents, also in backups. Your files stay untouched.")
    )
    box = careful_question(parent, title, more)
    yes = box.addButton(translate(N_("Remove")), QMessageBox.ButtonRole.AcceptRole)
    yes.clicked.connect(on_yes)
    box.open()


def receipt_text(base: str, forgotten: Forgotten) -> str:
    """Return what was removed, as lines that can be kept."""
    receipts = forgotten.receipts
    counts = (
        (N_("Documents"), sum(r.documents for r in receipts)),
        (N_("Passages"), sum(r.chunks for r in receipts)),
        (N_("Entries of words"), sum(r.words for r in receipts)),
        (N_("Vectors"), sum(r.vectors for r in receipts)),
        (N_("Vectors in the cache"), sum(r.cached for r in receipts)),
        (N_("Quotes in conversations"), forgotten.quotes.passages),
    )
    lines = [f"{translate(N_('Collection'))}: {base}"]
    lines += [f"{translate(title)}: {number_text(count)}" for title, count in counts]
    size = size_text(sum(r.bytes for r in receipts))
    lines.append(f"{translate(N_('Text'))}: {size}")
    waiting = sum(receipt.waiting for receipt in receipts)
    if waiting:
        text = N_(
            "{count} vectors are still on the Chroma server, which does not answer"
            " now; they are removed there when it does."
        )
        lines.append(translate(text, count=number_text(waiting)))
    if any(receipt.shared for receipt in receipts):
        shared = N_("The same text is still there through another document.")
        lines.append(translate(shared))
    return "\n".join([*lines, "", *(receipt.file for receipt in receipts)])


class ReceiptDialog(QDialog):
    """Shows what was removed, to read and to copy."""

    def __init__(self, base: str, forgotten: Forgotten, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = translate(N_("Removed"))
        self.setWindowTitle(title)
        self.resize(520, 400)
        self.text = QPlainTextEdit(receipt_text(base, forgotten))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(translate(N_("Receipt")))
        hint = label(translate(N_("This is gone for good. Your files are untouched.")))
        copy = text_button(translate(N_("Copy receipt")), glyph="copy")
        copy.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self.text.toPlainText())
        )
        close = text_button(translate(N_("Close")), "primary")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(copy)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(title, "heading"))
        column.addWidget(hint)
        column.addWidget(self.text, 1)
        column.addLayout(buttons)
