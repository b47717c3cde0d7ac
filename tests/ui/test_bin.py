"""The bin, and messages that can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app.ui.bin_dialog import BinDialog
from app.ui.chat_wording import receipt_text
from app.ui.message_bar import MessageBar
from app.ui.messages import Message, Messages
from app.values.chats import ChatReceipt
from tests.ui.side_world import World


@pytest.fixture
def world(qtbot: QtBot, tmp_path: Path, theme: object) -> Iterator[World]:
    world = World(qtbot, tmp_path)
    for title in ("Travel costs", "Rules", "Library"):
        world.now += 60
        world.store.remove(world.add(title).id)
    world.start()
    yield world
    world.close()


@pytest.fixture
def dialog(world: World) -> BinDialog:
    return world.side.open_bin()


def titles(dialog: BinDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def answer(dialog: BinDialog, word: str) -> None:
    box = dialog.findChild(QMessageBox)
    assert box is not None
    assert box.textFormat() is Qt.TextFormat.PlainText
    next(b for b in box.buttons() if b.text() == word).click()


def test_enter_restores(world: World, dialog: BinDialog) -> None:
    assert sorted(titles(dialog)) == ["Library", "Rules", "Travel costs"]
    dialog.list.setFocus()
    chosen = dialog.chosen
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    world.settle()
    assert [c.id for c in world.book.chats] == [chosen]
    assert dialog.list.count() == 2
    assert dialog.isVisible()


def test_deleting_for_good_asks_first(world: World, dialog: BinDialog) -> None:
    before = len(world.book.bin)
    QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
    answer(dialog, "Cancel")
    world.settle()
    assert len(world.book.bin) == before


def test_deleting_for_good_gives_a_receipt(world: World, dialog: BinDialog) -> None:
    chosen = dialog.chosen
    dialog.purge_button.click()
    answer(dialog, "Delete for good")
    world.settle()
    assert chosen not in [c.id for c in world.book.bin]
    assert len(world.book.bin) == 2
    assert dialog.receipt.text() == (
        "Deleted for good: 1 conversation, 1 question with its answer,"
        " 0 stored passages."
    )


def test_emptying_gives_a_receipt_and_says_it_is_empty(
    world: World, dialog: BinDialog
) -> None:
    dialog.empty_button.click()
    answer(dialog, "Delete for good")
    world.settle()
    assert world.book.bin == []
    assert "3 conversations, 3 questions" in dialog.receipt.text()
    assert not dialog.empty_button.isEnabled()
    assert not dialog.restore_button.isEnabled()
    dialog.accept()
    assert world.side.open_bin().receipt.text() == "The bin is empty."


def test_a_purged_conversation_cannot_be_taken_back(world: World) -> None:
    kept = world.add("Kept")
    world.settle()
    world.book.remove(kept.id)
    world.settle()
    assert world.book.can_undo
    world.book.purge(kept.id)
    world.settle()
    assert not world.book.can_undo
    assert world.bar.text.text().startswith("Deleted for good: 1 conversation")


def test_a_receipt_of_nothing() -> None:
    assert receipt_text(ChatReceipt()) == "Nothing was there to delete."


# -- messages with an action -----------------------------------------------------------


def test_an_action_is_done_once_and_by_keyboard(qtbot: QtBot, theme: object) -> None:
    bar, messages, done = MessageBar(), Messages(), []
    qtbot.addWidget(bar)
    messages.said.connect(bar.show_message)
    messages.info("Gone.", ("Undo & go", lambda: done.append(1)))
    assert bar.action.isVisible()
    assert bar.action.text() == "Undo && go"
    assert bar.action.focusPolicy() & Qt.FocusPolicy.TabFocus
    QTest.keyClick(bar.action, Qt.Key.Key_Space)
    assert done == [1]
    assert bar.isHidden()
    messages.info("News.")
    assert not bar.action.isVisible()
    assert bar.isVisible()


def test_an_action_stays_ten_seconds_and_while_it_has_the_focus(
    qtbot: QtBot, theme: object
) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    heard: list[Message] = []
    messages = Messages()
    messages.said.connect(heard.append)
    messages.info("Gone.", ("Undo", lambda: None))
    # Away from where the mouse may be.
    bar.setGeometry(400, 400, 300, 50)
    bar.show_message(heard[0])
    assert bar._timer.remainingTime() >= 10_000
    with qtbot.waitActive(bar):
        bar.activateWindow()
    bar.action.setFocus()
    bar._timer.timeout.emit()
    assert bar.isVisible()
    bar.action.clearFocus()
    bar._timer.timeout.emit()
    assert bar.isHidden()
