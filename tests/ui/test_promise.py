"""The promise at the edge of the window is true whatever is set."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.settings.store import Settings
from app.ui.promise import Promise


def test_it_says_what_the_settings_keep(qtbot: QtBot, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    owner = QObject()
    promise = Promise(settings, owner)
    qtbot.addWidget(promise.label)
    assert promise.label.text() == "Nothing leaves this computer."
    settings.change("remote", True)
    assert promise.label.text() == "Nothing leaves this computer."
    settings.change("remote_address", "https://ki.example/v1")
    assert promise.label.text() == "Nothing leaves your own network."
    settings.change("remote_outside", True)
    assert promise.label.text() == "A server outside your network may be asked."
    settings.change("remote", False)
    assert promise.label.text() == "Nothing leaves this computer."
    settings.change("vector_server", "https://chroma.example")
    assert promise.label.text() == "Nothing leaves your own network."
    promise.show_shared(True)
    assert promise.label.text() == "Shared in your own network. Nothing leaves it."
    settings.change("remote", True)
    assert promise.label.text() == "A server outside your network may be asked."
    settings.change("remote", False)
    promise.show_shared(False)
    assert promise.label.text() == "Nothing leaves your own network."
