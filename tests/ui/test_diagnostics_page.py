"""The log and the crashes in the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.log import crashes_file
from app.paths import log_file
from app.ui.main_window import MainWindow
from app.version import __version__

CRASH = (
    "Fatal Python error: Aborted\n\nCurrent thread 0x1 (most recent call first):\n"
    '  File "/home/erika/x/app/ui/turn.py", line 3 in show\n'
)


def test_crashes_are_shown_copied_and_deleted(qtbot: QtBot, desk: MainWindow) -> None:
    desk.open_settings("diagnostics")
    page = desk.settings_page.diagnostics
    qtbot.waitUntil(lambda: not desk.background._tasks, timeout=20_000)
    assert page.state.text() == "No part of Allmende has crashed."
    assert not page.crashes.isVisible()
    crashes_file().parent.mkdir(parents=True, exist_ok=True)
    crashes_file().write_text(CRASH)
    log_file().write_text("2026-11-28 ERROR 1 allmende.workers reader died with 9\n")
    page.refresh()
    qtbot.waitUntil(page.crashes.isVisible, timeout=20_000)
    assert page.state.text().startswith("1 crash, the last on ")
    assert 'File "app/ui/turn.py", line 3 in show' in page.crashes.toPlainText()
    assert "reader died" in page.log.toPlainText()
    qtbot.mouseClick(page.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith(f"Allmende {__version__}")
    assert "erika" not in copied
    assert "reader died" in copied
    qtbot.mouseClick(page.delete_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.crashes.isVisible(), timeout=20_000)
    assert page.log.toPlainText() == ""
    assert crashes_file().stat().st_size == 0
