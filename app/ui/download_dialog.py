"""The question before a download: what comes, from which host, and who allowed it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.catalogue.download import host_at
from app.i18n import N_, translate
from app.settings.store import Settings
from app.ui.model_rows import ModelRow
from app.ui.regional import size_text
from app.ui.theme import GRID
from app.ui.widgets import fit_to_words, label, text_button


class DownloadDialog(QDialog):
    """Asks whether to download a model, and to allow it where it is off.

    `wanted` carries the address the user agreed to; `file_wanted` asks to import instead.
    """

    wanted = Signal(str)
    file_wanted = Signal()

    def __init__(
        self, row: ModelRow, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._row = row
        self._settings = settings
        title = translate(N_("Install {title}"), title=row.card.title)
        self.setWindowTitle(title)
        fit_to_words(self, 480)
        self.address = QLineEdit(settings.text("model_source"))
        self.address.setPlaceholderText("https://")
        self.address.setAccessibleName(translate(N_("Address of the source")))
        self.address.setEnabled(not settings.locked("model_source"))
        self.host = label()
        self.allow = text_button(translate(self._allow_text()), "primary", "download")
        self.allow.setDefault(True)
        self._lay_out(title)
        self.address.textChanged.connect(self._show_host)
        self.allow.clicked.connect(self._on_allowed)
        self._show_host()

    @property
    def _forbidden(self) -> str:
        """Who keeps downloads switched off, "" for nobody."""
        if self._settings.flag("downloads"):
            return ""
        return self._settings.locked("downloads")

    def _allow_text(self) -> str:
        if self._settings.flag("downloads"):
            return N_("Download")
        return N_("Allow downloads and install")

    def _lay_out(self, title: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(title, "heading"))
        column.addWidget(label(self._sentence()))
        buttons = QHBoxLayout()
        file = text_button(translate(N_("Import from a file …")), glyph="import")
        file.clicked.connect(self._on_file)
        cancel = text_button(translate(N_("Cancel")))
        cancel.clicked.connect(self.reject)
        buttons.addWidget(file)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        if not self._forbidden:
            name = label(translate(N_("Address of the source")), "small")
            name.setBuddy(self.address)
            column.addWidget(name)
            column.addWidget(self.address)
            self.hint = label(self._hint(), "small")
            column.addWidget(self.hint)
            column.addWidget(self.host)
            buttons.addWidget(self.allow)
        column.addLayout(buttons)

    def _hint(self) -> str:
        """What belongs into the field, and who knows it."""
        who = self._settings.policy.contact
        if who:
            return translate(
                N_(
                    "The address of the server that keeps models for your school or"
                    " office. Ask {who} for it."
                ),
                who=who,
            )
        return translate(
            N_(
                "The address of the server that keeps models for your school or office;"
                " whoever looks after your computers knows it."
            )
        )

    def _sentence(self) -> str:
        if self._forbidden:
            return translate(
                N_("Downloads are switched off here; {who} decided so."),
                who=translate(self._forbidden),
            )
        parts = [
            self._size_text(),
            translate(
                N_("Nothing of yours is sent: only this file is asked for by its name.")
            ),
        ]
        if not self._settings.flag("downloads"):
            parts.insert(
                0,
                translate(
                    N_(
                        "So far Allmende fetches nothing from the internet. If you allow"
                        " it, the setting stays on until you switch it off."
                    )
                ),
            )
        if not self._row.room.enough:
            free = size_text(self._row.room.free_bytes)
            parts.append(
                translate(
                    N_("There is not enough room for it: {free} are free on the disk."),
                    free=free,
                )
            )
        return " ".join(parts)

    def _size_text(self) -> str:
        whole = self._row.card.size_bytes
        if not whole:
            return translate(
                N_(
                    "The file will be downloaded and checked; how large it is shows then."
                )
            )
        size = size_text(whole - self._row.arrived_bytes)
        return translate(N_("{size} will be downloaded and checked."), size=size)

    def _show_host(self) -> None:
        host = host_at(self.address.text().strip())
        if host:
            text = translate(N_("Allmende will connect to: {host}"), host=host)
        else:
            text = translate(
                N_("Enter the address of a model hub or of your own server: https://…")
            )
        self.host.setText(text)
        self.allow.setEnabled(bool(host) and self._row.room.enough)

    def _on_allowed(self) -> None:
        self.accept()
        self.wanted.emit(self.address.text().strip())

    def _on_file(self) -> None:
        self.reject()
        self.file_wanted.emit()
