"""The log and the crashes: to look at, to copy, to delete. Nothing is sent."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QGuiApplication, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from app import diagnostics
from app.diagnostics import Diagnosis, diagnose
from app.i18n import N_, translate, translate_plural
from app.paths import log_file
from app.ui.chat_wording import when_text
from app.ui.context import Context
from app.ui.flow import FlowLayout
from app.ui.message_bar import announce
from app.ui.open_question import show_folder
from app.ui.theme import GRID
from app.ui.widgets import label, text_button


class DiagnosticsPage(QWidget):
    """Shows what `diagnostics` tells. `refresh` reads it, whenever the page is shown."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._found = Diagnosis()
        self.state = label("")
        self.crashes = _view(translate(N_("Crashes")), GRID * 20)
        self.log = _view(translate(N_("Log")), GRID * 36)
        self.copy_button = text_button(translate(N_("Copy details")), "primary", "copy")
        self.copy_button.clicked.connect(self.copy)
        self.folder_button = text_button(translate(N_("Open folder")), glyph="folder")
        self.folder_button.clicked.connect(self._open_folder)
        self.delete_button = text_button(translate(N_("Delete both")), glyph="bin")
        self.delete_button.clicked.connect(self.delete)
        self._lay_out()
        self._show(self._found)

    def refresh(self) -> None:
        """Read the files again."""
        self._context.background.run(diagnose, self._show)

    def copy(self) -> None:
        """Put the details on the clipboard."""
        QGuiApplication.clipboard().setText(diagnostics.details(self._found))
        text = translate(N_("The details are on the clipboard."))
        self._context.messages.info(text)

    def delete(self) -> None:
        """Empty the log and the crashes."""

        def deleted(_none: object) -> None:
            text = translate(N_("The log and the crashes are deleted."))
            self._context.messages.info(text)
            self.refresh()

        self._context.background.run(diagnostics.delete, deleted)

    def _open_folder(self) -> None:
        show_folder(self, str(log_file()), self._context.messages.error)

    def _show(self, found: Diagnosis) -> None:
        self._found = found
        text = translate(N_("No part of Allmende has crashed."))
        if found.crashes:
            text = translate_plural(
                "{count} crash, the last on {when}.",
                "{count} crashes, the last on {when}.",
                len(found.crashes),
                when=when_text(found.crashed_at),
            )
        self.state.setText(text)
        announce(self, text)
        self.crashes.setPlainText("\n\n".join(found.crashes))
        self.crashes.setVisible(bool(found.crashes))
        self.log.setPlainText("\n".join(found.log))
        bar = self.log.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(label(translate(N_("Diagnostics")), "heading"))
        column.addWidget(label(translate(_WHAT)))
        actions = QWidget()
        flow = FlowLayout(actions, GRID)
        for button in (self.copy_button, self.folder_button, self.delete_button):
            flow.addWidget(button)
        column.addSpacing(GRID)
        column.addWidget(actions)
        column.addSpacing(GRID * 2)
        column.addWidget(label(translate(N_("Crashes")), "heading"))
        column.addWidget(self.state)
        column.addWidget(self.crashes)
        column.addSpacing(GRID * 2)
        column.addWidget(label(translate(N_("Log")), "heading"))
        column.addWidget(self.log)
        column.addStretch(1)


_WHAT = N_(
    "Times, numbers and places in the program, to find mistakes. What you write, ask or"
    " read never stands there, and nothing is sent: if you want to report something,"
    " copy the details and pass them on yourself."
)


def _view(name: str, height: int) -> QPlainTextEdit:
    result = QPlainTextEdit()
    result.setObjectName("Libraries")
    result.setReadOnly(True)
    result.setTabChangesFocus(True)
    result.setAccessibleName(name)
    result.setMinimumHeight(height)
    result.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    result.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    return result
