"""Asks before a link of an answer is opened, and shows where it really leads.

The whole host stands alone on its line, in letters and in the form the network uses when
the two differ. Only addresses of the web can be opened; "Cancel" is the default.
"""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.theme import GRID
from app.ui.widgets import breakable, fit_to_words, label


class LinkQuestion(QDialog):
    """One address and the question whether to open it."""

    def __init__(self, url: QUrl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.url = url
        self.setWindowTitle(translate(N_("Open this page?")))
        shown = "\n".join(hosts(url))
        self.host = label(breakable(shown), "heading")
        self.host.setAccessibleName(f"{translate(N_('Host'))}: {shown}")
        self.warning = label(_warning(url))
        self.warning.setProperty("tone", "danger")
        self.warning.setVisible(bool(self.warning.text()))
        self.address = QPlainTextEdit(_written(url))
        self.address.setReadOnly(True)
        self.address.setTabChangesFocus(True)
        self.address.setAccessibleName(translate(N_("The whole address")))
        self.address.setFixedHeight(self.fontMetrics().height() * 4 + 2 * GRID)
        buttons = QDialogButtonBox()
        self.cancel = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.cancel.setText(translate(N_("Cancel")))
        self.open_button = buttons.addButton(
            translate(N_("Open")), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.open_button.setAutoDefault(False)
        self.cancel.setDefault(True)
        self.cancel.setFocus()
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        said = N_("This address stands in the answer. Your browser would open:")
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        column.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
        column.addWidget(label(translate(said)))
        column.addWidget(self.host)
        column.addWidget(self.warning)
        column.addWidget(self.address)
        column.addWidget(buttons)
        fit_to_words(self, GRID * 56)


def ask_and_open(href: str, parent: QWidget | None = None) -> bool:
    """Show the question; open the page when the user says so, and tell whether."""
    from app.ui.rich_parts import web_address

    url = web_address(href)
    if url is None:
        return False
    question = LinkQuestion(url, parent)
    if question.exec() != QDialog.DialogCode.Accepted:
        return False
    return QDesktopServices.openUrl(url)


def hosts(url: QUrl) -> list[str]:
    """Return the host as people and as the network write it; one when they are equal."""
    encoded = url.host(QUrl.ComponentFormattingOption.FullyEncoded)
    every = QUrl.AceProcessingOption.IgnoreIDNWhitelist
    decoded = QUrl.fromAce(encoded.encode("ascii", "replace"), every)
    return list(dict.fromkeys((decoded, encoded)))


def _written(url: QUrl) -> str:
    return url.toString(QUrl.ComponentFormattingOption.FullyEncoded)


def _warning(url: QUrl) -> str:
    sentences = []
    if url.scheme() != "https":
        sentences.append(translate(N_("The connection would not be encrypted (http).")))
    if url.userInfo():
        said = N_("The address begins with a name that is not its host.")
        sentences.append(translate(said))
    if len(hosts(url)) > 1:
        said = N_("The host holds letters that may look like others.")
        sentences.append(translate(said))
    return " ".join(sentences)
