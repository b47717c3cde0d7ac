"""The server of the own network: its token, and whether it answers.

Invariant: the token is shown nowhere once it is kept, and the server is asked only when
a person presses the button.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.errors import AppError
from app.i18n import N_, translate, translate_error, translate_plural
from app.ui.context import Context
from app.ui.message_bar import announce
from app.ui.theme import GRID
from app.ui.widgets import label, text_button

_HELP = N_(
    "Some servers ask for a token. It is kept in a file that only you can read, and is"
    " sent to this server alone."
)
_NAMES_SHOWN = 5


class RemotePanel(QFrame):
    """Keeps the token of the server in the settings, and tries the server."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("OptionCard")
        self._context = context
        self._remote = context.services.remote
        self.token = QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setPlaceholderText(translate(N_("Access token")))
        self.token.setAccessibleName(translate(N_("Token of the server")))
        self.token.returnPressed.connect(self.keep)
        self.keep_button = text_button(translate(N_("Keep the token")))
        self.keep_button.clicked.connect(self.keep)
        self.forget_button = text_button(translate(N_("Forget it")), glyph="bin")
        self.forget_button.clicked.connect(self.forget)
        self.state = label("", "small")
        self.try_button = text_button(translate(N_("Ask the server")), "primary")
        self.try_button.clicked.connect(self.ask)
        self.answer = label("")
        self._lay_out()
        self.refresh()

    def refresh(self) -> None:
        """Show whether there is a token, and whether the server may be asked."""
        kept = bool(self._remote.token())
        said = N_("A token is kept.") if kept else N_("No token is kept.")
        self.state.setText(translate(said))
        self.forget_button.setVisible(kept)
        self.try_button.setEnabled(self._remote.allowed)
        if not self._remote.allowed:
            self._say(translate(N_("Name its address above to try it.")))

    def keep(self) -> None:
        """Keep what was typed."""
        if not self.token.text().strip():
            self.token.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._keep(self.token.text())

    def forget(self) -> None:
        """Forget the token."""
        self._keep("")

    def ask(self) -> None:
        """Ask the server what it offers, in the background."""
        self.try_button.setEnabled(False)
        self._say(translate(N_("Asking the server …")))
        self._context.background.run(self._offered, self._on_offered, self._failed)

    # -- showing -----------------------------------------------------------------------

    def _keep(self, text: str) -> None:
        try:
            self._remote.keep_token(text)
        except AppError as error:
            self._context.messages.failure(error)
            return
        self.token.clear()
        self._say("")
        self.refresh()
        announce(self, self.state.text())

    def _offered(self) -> list[str]:
        return [model.name for model in self._remote.models()]

    def _on_offered(self, offered: Sequence[str]) -> None:
        count = len(offered)
        names = ", ".join(offered[:_NAMES_SHOWN])
        if count > _NAMES_SHOWN:
            names += " …"
        said = translate_plural(
            "It answers and offers {count} model: {names}",
            "It answers and offers {count} models: {names}",
            count,
            names=names,
        )
        self._done(said if count else translate(N_("It answers, but offers no model.")))

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, AppError):
            self._done("")
            self._context.messages.failure(error)
            return
        self._done(translate_error(error.sentence, error.remedy, error.parameters))

    def _done(self, text: str) -> None:
        self.try_button.setEnabled(True)
        self._say(text)
        announce(self, text)

    def _say(self, text: str) -> None:
        self.answer.setText(text)
        self.answer.setVisible(bool(text))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.token, 1)
        row.addWidget(self.keep_button)
        row.addWidget(self.forget_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 2] * 4)
        column.setSpacing(GRID)
        title = label(translate(N_("Access to the server of the own network")), "body")
        title.setProperty("strong", True)
        column.addWidget(title)
        column.addWidget(label(translate(_HELP), "small"))
        column.addLayout(row)
        column.addWidget(self.state)
        column.addWidget(self.try_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.answer)
