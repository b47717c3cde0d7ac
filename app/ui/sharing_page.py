"""Sharing: let others in the own network ask collections, in any browser.

Invariant: nothing is shared before a person starts it here, only released collections
are, and only with whoever holds a link. It ends with the window.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.errors import AppError
from app.i18n import N_, translate
from app.sharing import EVERYWHERE, access_file, command
from app.ui.context import Context
from app.ui.serve_process import ServeProcess
from app.ui.theme import GRID
from app.ui.widgets import label, selectable_label, text_button
from app.values.bases import Base

_WHAT = N_(
    "Pupils and colleagues can ask the collections that you release, in any browser and"
    " without installing anything. The answers are computed here; nothing goes to the"
    " internet. Sharing ends when you close the window."
)
_OPEN = N_(
    "The connection inside your network is not encrypted: whoever runs it could read"
    " along. Encryption is set up by administrators (allmende serve --tls-cert)."
)
_ONCE = N_("This link is shown only now. Give it to this person or device alone.")


class SharingPage(QWidget):
    """Starts, shows and ends sharing. `shared` tells whether others can ask now."""

    shared = Signal(bool)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._access = access_file()
        self._secrets: dict[str, str] = {}
        self.server = ServeProcess(self)
        self.server.changed.connect(self._show_state)
        self.server.failed.connect(context.messages.error)
        self.state = label("")
        self.address = selectable_label("")
        self.copy_button = text_button(translate(N_("Copy")), glyph="copy")
        self.copy_button.clicked.connect(lambda: self._copy(self.server.url))
        self.switch = text_button("", "primary")
        self.switch.clicked.connect(self.toggle)
        self.bases = _column()
        self.holders = _column()
        self.name = QLineEdit()
        self.name.setMaxLength(80)
        self.name.setPlaceholderText(translate(N_("Such as: Class 7b")))
        self.name.setAccessibleName(translate(N_("Name of a person, class or device")))
        self.name.returnPressed.connect(self.add_holder)
        self.add_button = text_button(translate(N_("Make a link")), glyph="new")
        self.add_button.clicked.connect(self.add_holder)
        self._lay_out()
        self._show_state()

    def refresh(self) -> None:
        """Show collections and holders as they are now."""
        self._context.background.run(self._context.services.knowledge.bases, self._fill)
        self._show_holders()

    def toggle(self) -> None:
        """Start sharing, or end it."""
        if self.server.url or self.server.starting:
            self.server.stop()
            return
        if not self._access.granted().tokens:
            self._context.messages.error(
                translate(N_("Make a link first, so that somebody can ask."))
            )
            self.name.setFocus()
            return
        self.server.start(command(EVERYWHERE))

    def add_holder(self) -> None:
        """Make a link for whoever is named."""
        name = self.name.text().strip()
        try:
            self._secrets[name] = self._access.create(name)
        except AppError as error:
            self._context.messages.failure(error)
            return
        self.name.clear()
        self._show_holders()

    # -- showing ---------------------------------------------------------------------

    def _show_state(self) -> None:
        url, settings = self.server.url, self._context.services.settings
        allowed = settings.flag("serve")
        if url:
            said = N_("On: collections can be asked in your network.")
        elif self.server.starting:
            said = N_("Starting …")
        elif allowed:
            said = N_("Off: nobody else can ask.")
        elif settings.locked("serve"):
            said = N_("Switched off by whoever manages this computer.")
        else:
            said = N_("Switched off in the settings.")
        self.state.setText(translate(said))
        self.address.setText(url)
        for part in (self.address, self.copy_button):
            part.setVisible(bool(url))
        is_on = bool(url) or self.server.starting
        self.switch.setText(
            translate(N_("Stop sharing") if is_on else N_("Start sharing"))
        )
        self.switch.setEnabled(is_on or allowed)
        self._show_holders()
        self.shared.emit(bool(url))

    def _fill(self, bases: list[Base]) -> None:
        _empty(self.bases)
        released = set(self._access.granted().released)
        for base in bases:
            box = QCheckBox(base.name)
            box.setChecked(base.name in released)
            box.toggled.connect(partial(self._release, base.name))
            self.bases.addWidget(box)
        if not bases:
            text = translate(N_("There is no collection yet."))
            self.bases.addWidget(label(text, "small"))

    def _release(self, name: str, on: bool) -> None:
        try:
            self._access.release(name, on=on)
        except AppError as error:
            self._context.messages.failure(error)

    def _show_holders(self) -> None:
        _empty(self.holders)
        for token in self._access.granted().tokens:
            self._add_holder_row(token.name)

    def _add_holder_row(self, name: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(label(name), 1)
        secret = self._secrets.get(name, "")
        if secret and self.server.url:
            copy = text_button(translate(N_("Copy link")), glyph="copy")
            copy.clicked.connect(lambda: self._copy(f"{self.server.url}/#{secret}"))
            row.addWidget(copy)
        drop = text_button(translate(N_("Withdraw")), glyph="bin")
        drop.setAccessibleName(translate(N_("Withdraw the link of {name}"), name=name))
        drop.clicked.connect(lambda: self._withdraw(name))
        row.addWidget(drop)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        if secret:
            said = _ONCE if self.server.url else _LATER
            column.addWidget(label(translate(said), "small"))
        self.holders.addWidget(holder)

    def _withdraw(self, name: str) -> None:
        try:
            self._access.revoke(name)
        except AppError as error:
            self._context.messages.failure(error)
        self._secrets.pop(name, None)
        self._show_holders()

    @staticmethod
    def _copy(text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        card = QFrame()
        card.setObjectName("NetworkCard")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(*[GRID * 2] * 4)
        inner.setSpacing(GRID)
        inner.addWidget(self.state)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.address, 1)
        row.addWidget(self.copy_button)
        inner.addLayout(row)
        inner.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignLeft)
        inner.addWidget(label(translate(_OPEN), "small"))
        adding = QHBoxLayout()
        adding.setSpacing(GRID)
        adding.addWidget(self.name, 1)
        adding.addWidget(self.add_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(label(translate(N_("Sharing")), "heading"))
        column.addWidget(label(translate(_WHAT)))
        column.addWidget(card)
        column.addSpacing(GRID * 2)
        column.addWidget(label(translate(N_("Released collections")), "heading"))
        column.addLayout(self.bases)
        column.addSpacing(GRID * 2)
        column.addWidget(label(translate(N_("Who may ask")), "heading"))
        column.addLayout(self.holders)
        column.addLayout(adding)
        column.addStretch(1)


_LATER = N_(
    "Start sharing to copy the link; it is shown only until you close the window."
)


def _column() -> QVBoxLayout:
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(GRID)
    return column


def _empty(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
