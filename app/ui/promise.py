"""The line at the edge of the window that says whether anything leaves this computer.

Invariant: it never promises what the settings do not keep (`tests/ui/test_promise.py`).
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel

from app.i18n import N_, translate
from app.settings.store import Settings
from app.ui.widgets import label

_WATCHED = ("remote", "remote_address", "remote_outside", "vector_server")


class Promise(QObject):
    """Keeps the words of a label true while settings change."""

    _setting_changed = Signal(str)

    def __init__(self, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self._is_shared = False
        self.label: QLabel = label(promise_text(settings), "small")
        self._setting_changed.connect(self._on_changed)
        end = settings.on_change(self._setting_changed.emit)
        self.destroyed.connect(lambda _object=None: end())

    def show_shared(self, is_shared: bool) -> None:
        """Say whether others in the own network can ask now."""
        self._is_shared = is_shared
        self._show()

    def _on_changed(self, name: str) -> None:
        if name in _WATCHED:
            self._show()

    def _show(self) -> None:
        self.label.setText(promise_text(self._settings, self._is_shared))


def promise_text(settings: Settings, is_shared: bool = False) -> str:
    """Return what can be promised as the settings are, and while others may ask."""
    remote = settings.flag("remote") and settings.text("remote_address").strip()
    if remote and settings.flag("remote_outside"):
        return translate(N_("A server outside your network may be asked."))
    if is_shared:
        return translate(N_("Shared in your own network. Nothing leaves it."))
    if remote or settings.text("vector_server").strip():
        return translate(N_("Nothing leaves your own network."))
    return translate(N_("Nothing leaves this computer."))
