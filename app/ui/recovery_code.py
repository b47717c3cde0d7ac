"""The recovery code of encrypted data: shown once, and typed when the key is lost."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from app import encryption
from app.errors import AppError, LockedError
from app.i18n import N_, translate, translate_error
from app.keys import SYSTEM, current, state
from app.ui.dialogs import lay_out
from app.ui.theme import GRID
from app.ui.widgets import fit_to_words, label, resize_to_words, text_button

_WIDTH = 520


class ShowCodeDialog(QDialog):
    """Shows the code; it closes well only for who says that it is written down."""

    def __init__(self, code: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate(N_("Your recovery code")))
        fit_to_words(self, _WIDTH)
        groups = code.split("-")
        rows = (groups[:4], groups[4:])
        self.code = QPlainTextEdit("\n".join(map("-".join, rows)))
        self.code.setReadOnly(True)
        self.code.setAccessibleName(self.windowTitle())
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.font().pointSizeF() * 1.2)
        self.code.setFont(fixed)
        self.code.setFixedHeight(self.code.fontMetrics().lineSpacing() * 2 + GRID * 3)
        self.code.setTabChangesFocus(True)
        self.copy_button = text_button(translate(N_("Copy")), "", "copy")
        self.copy_button.clicked.connect(lambda: QApplication.clipboard().setText(code))
        self.noted = QCheckBox(translate(N_("I have written it down.")))
        self.done_button = text_button(translate(N_("Done")), "primary")
        self.done_button.setEnabled(False)
        self.noted.toggled.connect(self.done_button.setEnabled)
        self.done_button.clicked.connect(self.accept)
        parts = (label(translate(encryption.KEEP_CODE)), self.code, self.noted)
        lay_out(self, parts, (self.done_button, self.copy_button))

    def accept(self) -> None:
        """Note that it was shown, so that it is shown no more."""
        encryption.code_was_told()
        super().accept()


class AskCodeDialog(QDialog):
    """Asks for the code before anything is opened. `opened` tells that it fits."""

    opened = Signal()

    def __init__(self, why: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate(N_("Your data is locked")))
        fit_to_words(self, _WIDTH)
        self.code = QLineEdit()
        self.code.setAccessibleName(translate(N_("Recovery code")))
        self.code.setPlaceholderText(translate(N_("Recovery code")))
        self.code.returnPressed.connect(self.try_code)
        self.told = label("", "small")
        self.told.hide()
        self.again_button = text_button(translate(N_("Ask the key store again")))
        self.again_button.clicked.connect(self.try_store)
        self.open_button = text_button(translate(N_("Open")), "primary")
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(self.try_code)
        cancel = text_button(translate(N_("Close")), "quiet")
        cancel.clicked.connect(self.reject)
        parts = (label(why), label(translate(_WHAT_TO_DO)), self.code, self.told)
        lay_out(self, parts, (self.open_button, self.again_button, cancel))
        self.code.setFocus(Qt.FocusReason.OtherFocusReason)

    def try_code(self) -> None:
        """Open the data with the code."""
        try:
            encryption.recover(self.code.text(), _kind())
        except LockedError as error:
            if encryption.key_is_there():
                # No store keeps it, so that the next start asks again.
                self._end()
            else:
                self._tell(error)
        except AppError as error:
            self._tell(error)
        else:
            self._end()

    def try_store(self) -> None:
        """Look whether the key store has the key now."""
        try:
            current()
        except LockedError as error:
            self._tell(error)
        else:
            self._end()

    def _end(self) -> None:
        self.accept()
        self.opened.emit()

    def _tell(self, error: AppError) -> None:
        self.told.setText(
            translate_error(error.sentence, error.remedy, error.parameters)
        )
        self.told.show()
        resize_to_words(self, self.width())
        self.code.selectAll()
        self.code.setFocus()


_WHAT_TO_DO = N_(
    "Unlock the key store of your computer, or type the recovery code that you wrote down."
    " Nothing is lost until then."
)


def locked_reason() -> str:
    """Return why the data cannot be opened now; "" where it can, or is not encrypted."""
    if not encryption.is_on() or encryption.key_is_there():
        return ""
    try:
        current()
    except LockedError as error:
        return translate(error.sentence)
    return ""


def _kind() -> str:
    """Return where the key goes: where it was, in the key store if that is not known."""
    try:
        return state().store or SYSTEM
    except LockedError:
        return SYSTEM
