"""Backups in the window: seen, made, and put back while all else is at work."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QMessageBox
from pytestqt.qtbot import QtBot

from app.answering.ask import Speaker
from app.ui.backups_page import BackupsPage
from app.ui.main_window import MainWindow
from app.ui.widgets import SECOND_LINE
from app.values.chats import Scope
from tests.ui.screens import _CARD, HaltingEngine

PATIENCE_MS = 60_000


@pytest.fixture
def page(qtbot: QtBot, desk: MainWindow) -> BackupsPage:
    desk.open_settings("backup")
    settled(qtbot, desk)
    return desk.settings_page.backups


def settled(qtbot: QtBot, desk: MainWindow) -> None:
    qtbot.waitUntil(lambda: not desk.background._tasks, timeout=PATIENCE_MS)


def rows(list_: QListWidget) -> list[str]:
    items = [list_.item(row) for row in range(list_.count())]
    return [f"{item.text()} | {item.data(SECOND_LINE)}" for item in items]


def choose(page: BackupsPage, word: str) -> None:
    found = [n for n, row in enumerate(rows(page.list)) if word in row]
    page.list.setCurrentRow(found[0])


def answer_question(page: BackupsPage, role: QMessageBox.ButtonRole) -> None:
    (box,) = [box for box in page.findChildren(QMessageBox) if box.isVisible()]
    next(b for b in box.buttons() if box.buttonRole(b) == role).click()


def test_a_backup_is_made_and_tells_what_is_in_it(
    qtbot: QtBot, desk: MainWindow, page: BackupsPage
) -> None:
    assert page.state.text() == "There are no backups yet."
    assert not page.restore_button.isEnabled()
    desk._services.chats.create("Holiday")
    qtbot.mouseClick(page.make_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.list.count() == 2, timeout=PATIENCE_MS)
    (chats,) = [row for row in rows(page.list) if "Conversations" in row]
    (bases,) = [row for row in rows(page.list) if "Collections" in row]
    assert "1 conversation, 0 questions" in chats
    assert "Schule (" in bases
    assert page.restore_button.isEnabled()


def test_what_was_deleted_comes_back_and_that_can_be_undone(
    qtbot: QtBot, desk: MainWindow, page: BackupsPage
) -> None:
    services = desk._services
    chat = services.chats.create("Holiday").id
    page.make()
    qtbot.waitUntil(lambda: page.list.count() == 2, timeout=PATIENCE_MS)
    services.chats.remove(chat)
    services.chats.create("Later")
    choose(page, "Conversations")
    qtbot.mouseClick(page.restore_button, Qt.MouseButton.LeftButton)
    answer_question(page, QMessageBox.ButtonRole.RejectRole)
    assert [info.title for info in services.chats.chats()] == ["Later"]
    page.list.setFocus()
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    with qtbot.waitSignal(page._handover.over, timeout=PATIENCE_MS):
        answer_question(page, QMessageBox.ButtonRole.AcceptRole)
    qtbot.waitUntil(
        lambda: [info.title for info in desk.book.chats] == ["Holiday"],
        timeout=PATIENCE_MS,
    )
    assert desk.page_name == "settings"
    settled(qtbot, desk)
    before = [r for r in rows(page.list) if "Conversations" in r]
    assert len(before) == 2
    page.list.setCurrentRow(0)
    with qtbot.waitSignal(page._handover.over, timeout=PATIENCE_MS):
        page.restore(page._copies[rows(page.list).index(before[0])])
    qtbot.waitUntil(
        lambda: [info.title for info in desk.book.chats] == ["Later"],
        timeout=PATIENCE_MS,
    )
    settled(qtbot, desk)


def test_it_works_while_documents_are_read_and_an_answer_is_given(
    qtbot: QtBot, desk: MainWindow, page: BackupsPage, tmp_path: Path
) -> None:
    services = desk._services
    page.make()
    qtbot.waitUntil(lambda: page.list.count() >= 1, timeout=PATIENCE_MS)
    folder = tmp_path / "new"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number}.txt").write_text(f"Brief {number}. " * 40, "utf-8")
    engine = HaltingEngine("Ein Schließfach kostet achtzehn Euro im Jahr [1]. " * 3)

    services.speaker = lambda _choice="": Speaker(engine, _CARD)  # type: ignore[method-assign]
    desk.library.add([str(folder)], "Schule")
    desk.show_page("chat")
    desk.chat.show_scope(Scope("Schule"))
    desk.chat.ask("Was kostet ein Schließfach?")
    qtbot.waitUntil(lambda: bool(engine.prompts), timeout=PATIENCE_MS)
    desk.open_settings("backup")
    choose(page, "Collections")
    chosen = page.chosen
    assert chosen is not None
    engine.go.set()
    with qtbot.waitSignal(page._handover.over, timeout=PATIENCE_MS):
        page.restore(chosen)
    settled(qtbot, desk)
    assert [base.name for base in services.knowledge.bases()] == ["Schule"]
    found = services.knowledge.search("Schule", "Schließfach")
    assert found.passages
    assert not [s for s in said(desk) if "unexpected" in s or "died" in s]
    # What was asked is still there: only collections went back.
    assert [info.exchanges for info in services.chats.chats()] == [1]


def test_without_kept_conversations_none_are_offered(
    qtbot: QtBot, desk: MainWindow, page: BackupsPage
) -> None:
    desk._services.chats.create("Holiday")
    page.make()
    qtbot.waitUntil(lambda: page.list.count() == 2, timeout=PATIENCE_MS)
    desk._services.settings.change("history", False)
    page.refresh()
    qtbot.waitUntil(lambda: page.list.count() == 1, timeout=PATIENCE_MS)
    assert "Collections" in rows(page.list)[0]


def said(desk: MainWindow) -> list[str]:
    return [part.text() for part in desk.message_bar.findChildren(QLabel)]
