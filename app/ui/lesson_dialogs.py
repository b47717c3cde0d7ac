"""Handing in the process log, and the code that ends a lesson."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QWidget

from app.classroom.handing_in import HandedIn, hand_in
from app.errors import AppError
from app.i18n import N_, language, translate, translate_error
from app.ui.context import Context
from app.ui.dialogs import lay_out
from app.ui.widgets import (
    fit_to_words,
    label,
    resize_to_words,
    selectable_label,
    text_button,
)

_WIDTH = 480


class HandInDialog(QDialog):
    """Writes the log where the pupil wants it, and shows the checksum."""

    handed_in = Signal()

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.setWindowTitle(translate(N_("Hand in the process log")))
        fit_to_words(self, _WIDTH)
        self.name = QLineEdit()
        self.name.setMaxLength(120)
        self.name.setAccessibleName(translate(N_("Your name")))
        self.name.setPlaceholderText(translate(N_("Your name")))
        self.told = selectable_label("")
        self.told.setWordWrap(True)
        self.told.hide()
        self.choose = text_button(
            translate(N_("Choose a folder …")), "primary", "export"
        )
        self.choose.clicked.connect(self._choose)
        self.close_button = text_button(translate(N_("Close")))
        self.close_button.clicked.connect(self.accept)
        about = N_(
            "Two files are written: a PDF to read and a JSON file to check. Choose the"
            " folder that your teacher named."
        )
        parts = (label(translate(about)), self.name, self.told)
        lay_out(self, parts, (self.choose, self.close_button))

    def write(self, folder: Path) -> None:
        """Write the files, off the thread of the window."""
        room, pupil = self._context.services.room, self.name.text()
        self.choose.setEnabled(False)
        self._context.background.run(
            lambda: hand_in(room, folder, pupil, partial(translate), language()),
            self._on_written,
            self._on_failed,
        )

    def _choose(self) -> None:
        title = translate(N_("Where shall the log be written?"))
        folder = QFileDialog.getExistingDirectory(self, title)
        if folder:
            self.write(Path(folder))

    def _on_written(self, written: HandedIn) -> None:
        self.choose.setEnabled(True)
        text = N_(
            "Written: {paper} and {data}.\nChecksum of the second file: {sum}. Whoever"
            " notes its first eight signs can tell later that nothing was changed."
        )
        self._tell(
            translate(
                text,
                paper=written.paper.name,
                data=written.data.name,
                sum=" ".join(written.sha256[n : n + 8] for n in range(0, 64, 8)),
            )
        )
        self.handed_in.emit()

    def _on_failed(self, error: Exception) -> None:
        self.choose.setEnabled(True)
        if isinstance(error, AppError):
            self._tell(translate_error(error.sentence, error.remedy, error.parameters))
        else:
            self._context.messages.failure(error)

    def _tell(self, text: str) -> None:
        self.told.setText(text)
        self.told.show()
        resize_to_words(self, self.width())


class CodeDialog(QDialog):
    """Asks for the code. `ended` tells that it was right."""

    ended = Signal()

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.setWindowTitle(translate(N_("End the lesson")))
        fit_to_words(self, _WIDTH)
        self.code = QLineEdit()
        self.code.setEchoMode(QLineEdit.EchoMode.Password)
        self.code.setAccessibleName(translate(N_("Code of the lesson")))
        self.code.setPlaceholderText(translate(N_("Code of the lesson")))
        self.code.returnPressed.connect(self.try_code)
        self.told = label("", "small")
        self.end_button = text_button(translate(N_("End the lesson")), "primary")
        self.end_button.clicked.connect(self.try_code)
        cancel = text_button(translate(N_("Cancel")))
        cancel.clicked.connect(self.reject)
        about = N_(
            "Whoever began the lesson has the code. A wrong one changes nothing."
        )
        parts = (label(translate(about)), self.code, self.told)
        lay_out(self, parts, (self.end_button, cancel))

    def try_code(self) -> None:
        """End the lesson if the code is right."""
        room, code = self._context.services.room, self.code.text()
        self.end_button.setEnabled(False)
        self._context.background.run(
            lambda: room.end(code), lambda _none: self._on_ended(), self._on_failed
        )

    def _on_ended(self) -> None:
        self.accept()
        self.ended.emit()

    def _on_failed(self, error: Exception) -> None:
        self.end_button.setEnabled(True)
        self.code.selectAll()
        self.code.setFocus()
        if isinstance(error, AppError):
            self.told.setText(
                translate_error(error.sentence, error.remedy, error.parameters)
            )
        else:
            self._context.messages.failure(error)
