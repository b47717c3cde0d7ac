"""Encryption in the window: turned on and off, the code shown once, and asked for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app import encryption, keys
from app.errors import LockedError
from app.keys.store import MemoryStore
from app.paths import chats_file
from app.ui.application import unlock
from app.ui.encryption_panel import EncryptionPanel
from app.ui.main_window import MainWindow
from app.ui.recovery_code import AskCodeDialog, ShowCodeDialog, locked_reason
from tests.key_stores import kept

assert kept  # a fixture

PATIENCE_MS = 60_000


@pytest.fixture
def panel(qtbot: QtBot, kept: MemoryStore, desk: MainWindow) -> EncryptionPanel:
    desk.open_settings("privacy")
    settled(qtbot, desk)
    return desk.settings_page.encryption


def settled(qtbot: QtBot, desk: MainWindow) -> None:
    qtbot.waitUntil(lambda: not desk.background._tasks, timeout=PATIENCE_MS)


def say_yes(panel: EncryptionPanel) -> None:
    (box,) = [box for box in panel.findChildren(QMessageBox) if box.isVisible()]
    role = QMessageBox.ButtonRole.AcceptRole
    next(b for b in box.buttons() if box.buttonRole(b) == role).click()


def shown_code(qtbot: QtBot, panel: EncryptionPanel) -> ShowCodeDialog:
    qtbot.waitUntil(
        lambda: bool(panel.findChildren(ShowCodeDialog)), timeout=PATIENCE_MS
    )
    return panel.findChildren(ShowCodeDialog)[-1]


def test_turned_on_the_code_is_shown_until_it_is_written_down(
    qtbot: QtBot, desk: MainWindow, panel: EncryptionPanel
) -> None:
    desk._services.chats.create("Holiday")
    assert panel.state.text() == "Your data is not encrypted."
    assert not panel.code_button.isVisible()
    qtbot.mouseClick(panel.on_button, Qt.MouseButton.LeftButton)
    say_yes(panel)
    dialog = shown_code(qtbot, panel)
    code = dialog.code.toPlainText().replace("\n", "-")
    assert len(code.split("-")) == 8
    assert keys.is_encrypted(chats_file())
    assert [info.title for info in desk._services.chats.chats()] == ["Holiday"]
    assert not dialog.done_button.isEnabled()
    dialog.reject()
    settled(qtbot, desk)
    assert panel.state.text().startswith("Your data is encrypted.")
    qtbot.waitUntil(panel.code_button.isVisible, timeout=PATIENCE_MS)
    panel.code_button.click()
    settled(qtbot, desk)
    again = shown_code(qtbot, panel)
    assert again.code.toPlainText().replace("\n", "-") == code
    again.copy_button.click()
    assert QApplication.clipboard().text() == code
    again.noted.setChecked(True)
    again.done_button.click()
    settled(qtbot, desk)
    assert encryption.status().told
    qtbot.waitUntil(lambda: not panel.code_button.isVisible(), timeout=PATIENCE_MS)


def test_turned_off_everything_can_be_read_again(
    qtbot: QtBot, desk: MainWindow, panel: EncryptionPanel
) -> None:
    desk._services.chats.create("Holiday")
    panel.encrypt()
    shown_code(qtbot, panel).reject()
    settled(qtbot, desk)
    qtbot.waitUntil(panel.off_button.isVisible, timeout=PATIENCE_MS)
    panel.off_button.click()
    with qtbot.waitSignal(panel._handover.over, timeout=PATIENCE_MS):
        say_yes(panel)
    settled(qtbot, desk)
    assert panel.state.text() == "Your data is not encrypted."
    assert keys.is_plain(chats_file())
    assert [info.title for info in desk._services.chats.chats()] == ["Holiday"]


def test_without_a_key_store_a_file_is_offered_and_its_worth_is_told(
    qtbot: QtBot, desk: MainWindow, panel: EncryptionPanel, kept: MemoryStore
) -> None:
    kept.takes = False
    panel.encrypt()
    qtbot.waitUntil(
        lambda: any(b.isVisible() for b in panel.findChildren(QMessageBox)),
        timeout=PATIENCE_MS,
    )
    (box,) = [box for box in panel.findChildren(QMessageBox) if box.isVisible()]
    assert "nobody who takes the whole folder is kept out" in box.informativeText()
    assert encryption.status().stage == keys.OFF
    say_yes(panel)
    shown_code(qtbot, panel).reject()
    settled(qtbot, desk)
    assert encryption.status().store == keys.FILE


def test_a_policy_locks_the_buttons(
    qtbot: QtBot, desk: MainWindow, panel: EncryptionPanel
) -> None:
    assert panel.on_button.isEnabled()
    settings = desk._services.settings
    settings.text = lambda name: "off" if name == "encryption" else ""  # type: ignore[method-assign]
    panel.refresh()
    qtbot.waitUntil(lambda: not panel.on_button.isEnabled(), timeout=PATIENCE_MS)


def lost_key(kept: MemoryStore) -> str:
    """Encrypt an empty folder and lose its key; return the recovery code."""
    code = encryption.turn_on()
    kept.keys.clear()
    keys.forget()
    return code


def test_the_code_opens_what_is_locked(
    qtbot: QtBot, home: str, kept: MemoryStore
) -> None:
    assert locked_reason() == ""
    code = lost_key(kept)
    why = locked_reason()
    assert why.startswith("Your data is encrypted, and its key is not in")
    dialog = AskCodeDialog(why)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.code.setText("nonsense")
    dialog.open_button.click()
    assert dialog.isVisible()
    assert "8" in dialog.told.text() or "eight" in dialog.told.text()
    dialog.again_button.click()
    assert dialog.isVisible()
    dialog.code.setText(code.lower().replace("-", " "))
    with qtbot.waitSignal(dialog.opened):
        qtbot.keyClick(dialog.code, Qt.Key.Key_Return)
    assert locked_reason() == ""
    assert kept.keys


def test_a_key_store_that_is_unlocked_meanwhile_opens_it_too(
    qtbot: QtBot, home: str, kept: MemoryStore
) -> None:
    encryption.turn_on()
    held = dict(kept.keys)
    kept.keys.clear()
    keys.forget()
    dialog = AskCodeDialog(locked_reason())
    qtbot.addWidget(dialog)
    kept.keys.update(held)
    with qtbot.waitSignal(dialog.opened):
        dialog.again_button.click()


def test_a_code_opens_it_where_no_store_takes_the_key(
    qtbot: QtBot, home: str, kept: MemoryStore
) -> None:
    code = lost_key(kept)
    kept.takes = False
    dialog = AskCodeDialog(locked_reason())
    qtbot.addWidget(dialog)
    dialog.code.setText(code)
    with qtbot.waitSignal(dialog.opened):
        dialog.open_button.click()


def test_where_nobody_can_type_the_start_says_why(
    qapp: QApplication, home: str, kept: MemoryStore
) -> None:
    assert unlock(qapp)
    lost_key(kept)
    if QGuiApplication.platformName() != "offscreen":
        pytest.skip("somebody could type here")
    with pytest.raises(LockedError):
        unlock(qapp)
