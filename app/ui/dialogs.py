"""How our small dialogs are laid out, and the question before what cannot be undone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QMessageBox, QPushButton, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.ui.flow import FlowLayout
from app.ui.theme import GRID
from app.ui.widgets import breakable, label


def lay_out(
    dialog: QDialog, parts: Sequence[QWidget], buttons: Sequence[QPushButton]
) -> None:
    """Lay out a dialog under its title; buttons that find no room go below."""
    column = QVBoxLayout(dialog)
    column.setContentsMargins(*[GRID * 3] * 4)
    column.setSpacing(GRID * 2)
    column.addWidget(label(dialog.windowTitle(), "heading"))
    for part in parts:
        column.addWidget(part)
    foot = QWidget()
    row = FlowLayout(foot, GRID)
    for button in buttons:
        row.addWidget(button)
    column.addWidget(foot)


def careful_question(parent: QWidget, text: str, more: str = "") -> QMessageBox:
    """Return a question that Enter and Escape answer with "Cancel".

    The caller adds the button that acts, and opens it.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(breakable(text))
    box.setInformativeText(breakable(more))
    no = box.addButton(translate(N_("Cancel")), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    return box
