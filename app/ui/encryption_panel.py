"""Whether the data of this folder is encrypted on the disk, and the way to change it.

Invariant: the recovery code is on the screen before anybody can go on working, and again
on request until somebody said that it is written down.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QVBoxLayout, QWidget

from app import encryption
from app.errors import LockedError
from app.i18n import N_, translate
from app.keys import FILE, OFF, ON
from app.ui.context import Context
from app.ui.flow import FlowLayout
from app.ui.handover import Handover
from app.ui.recovery_code import ShowCodeDialog
from app.ui.theme import GRID
from app.ui.widgets import label, text_button

_WHAT = N_(
    "Once encrypted, your conversations, collections and backups cannot be read by"
    " whoever takes this computer or its disk. Your own files stay as they are. Allmende"
    " opens everything by itself as long as you are logged in."
)
_WHAT_HAPPENS = N_(
    "All conversations, collections and backups are rewritten, which can take some"
    " minutes. You then get a recovery code to write down."
)
_WHAT_HAPPENS_OFF = N_(
    "All conversations, collections and backups are rewritten, and whoever gets the disk"
    " can read them."
)


class EncryptionPanel(QWidget):
    """Tells how the data lies on the disk; turns encryption on and off."""

    def __init__(
        self, context: Context, handover: Handover, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._handover = handover
        self._busy = False
        self._in_file = False
        self.state = label("")
        self.on_button = text_button(translate(N_("Encrypt …")), glyph="lock")
        self.on_button.clicked.connect(self.ask_to_encrypt)
        self.off_button = text_button(translate(N_("Decrypt …")))
        self.off_button.clicked.connect(self.ask_to_decrypt)
        self.code_button = text_button(translate(N_("Show the recovery code")))
        self.code_button.clicked.connect(lambda: self.encrypt(self._in_file))
        self._lay_out()
        self._check(None)

    def refresh(self) -> None:
        """Look how the data lies on the disk."""
        self._context.background.run(encryption.status, self._show)

    # -- asking ----------------------------------------------------------------------

    def ask_to_encrypt(self) -> None:
        """Ask whether everything shall be encrypted."""
        question = translate(N_("Encrypt your data?"))
        self._ask(question, _WHAT_HAPPENS, N_("Encrypt"), self.encrypt)

    def ask_to_decrypt(self) -> None:
        """Ask whether everything shall lie readable on the disk again."""
        question = translate(N_("Decrypt your data?"))
        self._ask(question, _WHAT_HAPPENS_OFF, N_("Decrypt"), self.decrypt)

    def _ask_for_file(self, error: LockedError) -> None:
        """There is no key store: offer a file, and say what that is worth."""
        question = translate(error.sentence)
        self._ask(
            question,
            encryption.IN_FILE,
            N_("Keep the key in a file"),
            lambda: self.encrypt(True),
        )

    def _ask(
        self, question: str, what: str, yes_text: str, act: Callable[[], None]
    ) -> None:
        if self._busy:
            return
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(question)
        box.setInformativeText(translate(what))
        no = box.addButton(translate(N_("Cancel")), QMessageBox.ButtonRole.RejectRole)
        yes = box.addButton(translate(yes_text), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(no)
        box.setEscapeButton(no)
        yes.clicked.connect(lambda _checked: act())
        box.open()

    # -- doing -----------------------------------------------------------------------

    def encrypt(self, in_file: bool = False) -> None:
        """Encrypt everything, then show the recovery code until it was written down."""
        services = self._context.services

        def failed(error: Exception) -> None:
            self._end()
            if isinstance(error, LockedError) and not in_file:
                self._ask_for_file(error)
            else:
                self._context.messages.failure(error)

        self._begin(
            translate(N_("Encrypting … Please do not switch the computer off."))
        )
        self._handover.run(
            lambda: services.upkeep.encrypt(True, in_file), self._on_encrypted, failed
        )

    def decrypt(self) -> None:
        """Decrypt everything."""
        services = self._context.services

        def done(_nothing: object) -> None:
            self._end()
            self._context.messages.info(translate(encryption.STAGES[OFF]))

        def failed(error: Exception) -> None:
            self._end()
            self._context.messages.failure(error)

        self._begin(
            translate(N_("Decrypting … Please do not switch the computer off."))
        )
        self._handover.run(lambda: services.upkeep.encrypt(False), done, failed)

    def _on_encrypted(self, code: str) -> None:
        self._end()
        self._context.messages.info(translate(encryption.STAGES[ON]))
        if code:
            dialog = ShowCodeDialog(code, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.finished.connect(lambda _result: self.refresh())
            dialog.open()

    def _begin(self, text: str) -> None:
        self._busy = True
        self.state.setText(text)
        self._check(None)

    def _end(self) -> None:
        self._busy = False
        self.refresh()

    # -- showing ---------------------------------------------------------------------

    def _show(self, found: encryption.Status) -> None:
        if self._busy:
            return
        self._in_file = found.store == FILE
        self.state.setText("\n".join(encryption.lines_of(found)))
        self._check(found)

    def _check(self, found: encryption.Status | None) -> None:
        settings = self._context.services.settings
        off = found is not None and found.stage == OFF
        offered = settings.text("encryption") != encryption.REFUSED
        self.on_button.setVisible(found is None or off)
        self.on_button.setEnabled(off and offered)
        self.off_button.setVisible(found is not None and not off)
        self.off_button.setEnabled(not encryption.required(settings))
        self.code_button.setVisible(found is not None and not off and not found.told)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GRID * 2, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(label(translate(N_("Encryption")), "heading"))
        column.addWidget(label(translate(_WHAT)))
        column.addWidget(self.state)
        buttons = QWidget()
        row = FlowLayout(buttons, GRID)
        for button in (self.on_button, self.code_button, self.off_button):
            row.addWidget(button)
        column.addWidget(buttons)
