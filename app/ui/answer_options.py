"""How answers are written, behind "Advanced": the options of the group "answers"."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.errors import AppError
from app.i18n import N_, translate
from app.settings.option import Value
from app.settings.options import OPTIONS
from app.settings.store import Settings
from app.ui.messages import Messages
from app.ui.settings_form import OptionRow
from app.ui.theme import GRID
from app.ui.widgets import label, text_button

GROUP = "answers"


class AnswerOptions(QWidget):
    """Closed until someone wants it. What is changed here is kept at once."""

    # Settings may change on any thread; a signal brings it to that of the window.
    _setting_changed = Signal(str)

    def __init__(
        self, settings: Settings, messages: Messages, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._messages = messages
        self.toggle = text_button(translate(N_("Advanced: how answers are written")))
        self.toggle.setCheckable(True)
        self.toggle.setProperty("kind", "toggle")
        self.body = QFrame()
        self.body.setObjectName("OptionCard")
        self.reset_all = text_button(translate(N_("All back to the defaults")))
        self.reset_all.clicked.connect(self._reset_all)
        self.rows: dict[str, OptionRow] = {}
        self._lay_out()
        self.toggle.toggled.connect(self._on_toggled)
        self._on_toggled(False)
        self._follow_settings()

    def _lay_out(self) -> None:
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.setSpacing(0)
        for option in OPTIONS.values():
            if option.group == GROUP:
                row = self.rows[option.name] = OptionRow(option)
                row.setProperty("first", len(self.rows) == 1)
                row.picked.connect(self._change)
                row.reset_wanted.connect(self._reset)
                inner.addWidget(row)
        self._hint = label(
            translate(N_("They hold for every model and every new question.")), "small"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        for widget in (self.toggle, self._hint, self.body, self.reset_all):
            column.addWidget(widget)
        for button in (self.toggle, self.reset_all):
            column.setAlignment(button, Qt.AlignmentFlag.AlignLeft)

    def refresh(self, name: str) -> None:
        """Show an option as it is now."""
        row = self.rows.get(name)
        if row is not None:
            settings = self._settings
            value, default = settings.value(name), settings.default(name)
            row.show_state(value, default, settings.locked(name))
        self.reset_all.setEnabled(bool(self._changed()))

    def _changed(self) -> list[str]:
        settings = self._settings
        return [
            name
            for name in self.rows
            if settings.value(name) != settings.default(name)
            and not settings.locked(name)
        ]

    def _follow_settings(self) -> None:
        for name in self.rows:
            self.refresh(name)
        self._setting_changed.connect(self.refresh)
        end = self._settings.on_change(self._setting_changed.emit)
        self.destroyed.connect(lambda _object=None: end())

    def _on_toggled(self, shown: bool) -> None:
        for widget in (self._hint, self.body, self.reset_all):
            widget.setVisible(shown)

    def _change(self, name: str, value: Value) -> None:
        try:
            self._settings.change(name, value)
        except AppError as error:
            self._messages.failure(error)
            self.refresh(name)

    def _reset(self, name: str) -> None:
        try:
            self._settings.reset(name)
        except AppError as error:
            self._messages.failure(error)

    def _reset_all(self) -> None:
        for name in self._changed():
            self._reset(name)
