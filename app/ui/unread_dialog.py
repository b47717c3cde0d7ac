"""The files of a base that could not be read: which, why, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.library import Entry
from app.ui.places import file_name
from app.ui.theme import GRID
from app.ui.widgets import label, text_button
from app.ui.wording import unread_text
from app.values.bases import DocumentInfo


class UnreadDialog(QDialog):
    """Lists unread files with reason and remedy. `retried` asks to try them again."""

    retried = Signal(str)

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = unread_text(len(entry.unread))
        self.setWindowTitle(f"{title} – {entry.base.name}")
        self.resize(560, 440)
        rows = QWidget()
        rows.setObjectName("Turns")
        list_ = QVBoxLayout(rows)
        list_.setContentsMargins(0, 0, GRID, 0)
        list_.setSpacing(GRID * 2)
        for document in entry.unread:
            list_.addWidget(_row(document))
        list_.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(rows)
        area.setAccessibleName(title)
        close = text_button(translate(N_("Close")), "primary")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        retry = text_button(translate(N_("Try again")))
        retry.clicked.connect(lambda: self.retried.emit(entry.base.name))
        retry.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(retry)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(title, "heading"))
        column.addWidget(
            label(translate(N_("All other files are there and can be asked.")), "small")
        )
        column.addWidget(area, 1)
        column.addLayout(buttons)


def _row(document: DocumentInfo) -> QFrame:
    parameters = {key: translate(value) for key, value in document.parameters}
    row = QFrame()
    column = QVBoxLayout(row)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    name = label(file_name(document.file))
    bold = name.font()
    bold.setBold(True)
    name.setFont(bold)
    column.addWidget(name)
    column.addWidget(label(translate(document.sentence, **parameters)))
    if document.remedy:
        column.addWidget(label(translate(document.remedy, **parameters), "small"))
    for text in row.findChildren(type(name)):
        text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return row
