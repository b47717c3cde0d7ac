"""How our small dialogs are laid out: a heading, parts below each other, buttons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from app.ui.flow import FlowLayout
from app.ui.theme import GRID
from app.ui.widgets import label


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
