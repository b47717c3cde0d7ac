"""What nobody plans for: a sentence, and nothing lost."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app import paths
from app.i18n import use_language
from app.services import Services, build_services
from app.ui.main_window import MainWindow
from app.ui.theme import Theme
from tests.ui.acting import PATIENCE_MS, ask, drop, idle, settle, type_question
from tests.ui.keys import type_text

BOOK = "Wort und Zeile\n" * 350_000
SMALL_SCREEN = (1024, 600)


def opened(qtbot: QtBot, services: Services) -> MainWindow:
    window = MainWindow(services)
    qtbot.addWidget(window)
    window.show()
    window.start()
    return window


def loaded(qtbot: QtBot, services: Services) -> MainWindow:
    window = opened(qtbot, services)
    qtbot.waitUntil(lambda: window.library.loaded and idle(window), timeout=PATIENCE_MS)
    return window


def closed(window: MainWindow) -> None:
    window.close()
    assert window.background.wait(10)


# -- pasting -----------------------------------------------------------------------------


def test_five_megabytes_in_any_field_are_told_or_cut_and_nothing_is_lost(
    qtbot: QtBot, desk: MainWindow
) -> None:
    QGuiApplication.clipboard().setText(BOOK)
    type_text(desk.chat.composer.edit, "halb fertig")
    pasted = 0
    for page in ("chat", "documents", "workshop", "models", "settings"):
        desk.show_page(page)
        settle(qtbot, desk)
        for field in _fields(desk):
            field.setFocus()
            began_s = time.thread_time()
            QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
            assert time.thread_time() - began_s < 3, field.accessibleName()
            pasted += 1
            if field is desk.chat.composer.edit:
                assert "too long" in desk.message_bar.text.text()
            if isinstance(field, QLineEdit):
                assert len(field.text()) < 40_000
                field.clear()
    assert pasted >= 5
    desk.show_page("chat")
    settle(qtbot, desk)
    assert desk.chat.composer.text == "halb fertig"


def _fields(window: QWidget) -> list[QLineEdit | QPlainTextEdit]:
    found = [*window.findChildren(QLineEdit), *window.findChildren(QPlainTextEdit)]
    return [field for field in found if field.isVisible() and not field.isReadOnly()]


# -- dropping ----------------------------------------------------------------------------


def test_ten_thousand_dropped_files_do_not_hold_the_window_up(
    qtbot: QtBot, desk: MainWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "viele"
    folder.mkdir()
    files = [folder / f"{number}.txt" for number in range(10_000)]
    for file in files:
        file.touch()
    began_s = time.thread_time()
    assert drop(desk, files, desk.rect().center())
    assert time.thread_time() - began_s < 1
    qtbot.waitUntil(desk.indexing.isVisible, timeout=PATIENCE_MS)
    desk.indexing.stop_button.click()
    qtbot.waitUntil(desk.indexing.isHidden, timeout=PATIENCE_MS)
    settle(qtbot, desk)
    assert "Indexing was stopped." in desk.message_bar.text.text()


@pytest.mark.skipif(sys.platform == "win32", reason="has no such files")
def test_devices_and_pipes_are_not_opened_but_told(
    qtbot: QtBot, desk: MainWindow, real: Services, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    odd = ["/dev/zero", "/dev/full", str(pipe)]
    drop(desk, odd, desk.rect().center())
    qtbot.waitUntil(
        lambda: len(real.knowledge.documents("Schule", unread=True)) == len(odd),
        timeout=PATIENCE_MS,
    )
    settle(qtbot, desk)
    for document in real.knowledge.documents("Schule", unread=True):
        assert document.sentence, document.file
    turn = ask(qtbot, desk)
    assert turn.places


def test_what_is_no_file_is_not_taken(desk: MainWindow) -> None:
    assert not drop(desk, [], desk.rect().center())


# -- closing in the middle ---------------------------------------------------------------


def test_closing_while_documents_are_read_loses_none(
    qtbot: QtBot, real: Services, theme: Theme, tmp_path: Path
) -> None:
    folder = tmp_path / "Akten"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.txt").write_text(f"Akte {number} liegt hier.", "utf-8")
    window = loaded(qtbot, real)
    drop(window, [folder], window.rect().center())
    qtbot.waitUntil(
        lambda: (
            window.library.progress is not None and window.library.progress.done > 0
        ),
        timeout=PATIENCE_MS,
    )
    closed(window)
    real.close()

    again = build_services()
    second = loaded(qtbot, again)

    def read() -> int:
        entry = second.library.entry("Akten")
        return entry.base.documents if entry else 0

    qtbot.waitUntil(lambda: read() == 40 and idle(second), timeout=PATIENCE_MS)
    closed(second)
    again.close()


def test_closing_at_once_and_closing_with_a_question_open(
    qtbot: QtBot, real: Services, theme: Theme
) -> None:
    window = opened(qtbot, real)
    closed(window)
    second = loaded(qtbot, real)
    second.commands.run("help")
    second.commands.run("palette")
    type_question(second)
    closed(second)


def test_closing_while_a_conversation_is_exported_writes_it_whole_or_not(
    qtbot: QtBot, real: Services, theme: Theme, tmp_path: Path
) -> None:
    from app.ui.chat_export import write_conversation

    window = loaded(qtbot, real)
    ask(qtbot, window)
    file = tmp_path / "halb.json"
    assert window.book.current is not None
    write_conversation(window.context, window.book, window.book.current, file)
    closed(window)
    assert not file.exists() or file.read_text("utf-8").rstrip().endswith("}")


# -- data of a newer Allmende ------------------------------------------------------------


def _make_newer(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _said(window: MainWindow) -> str:
    return window.message_bar.text.text()


def test_conversations_of_a_newer_version_are_told_and_left_alone(
    qtbot: QtBot, real: Services, theme: Theme
) -> None:
    real.chats.create("Von morgen")
    real.close()
    before = _make_newer(paths.chats_file())
    services = build_services()
    window = loaded(qtbot, services)
    qtbot.waitUntil(window.message_bar.isVisible, timeout=PATIENCE_MS)
    assert "newer" in _said(window)
    assert window.isVisible()
    type_question(window, "Geht das?")
    settle(qtbot, window)
    assert window.chat.composer.text == "Geht das?"
    closed(window)
    services.close()
    assert hashlib.sha256(paths.chats_file().read_bytes()).hexdigest() == before


def test_collections_of_a_newer_version_are_told_and_left_alone(
    qtbot: QtBot, real: Services, theme: Theme, tmp_path: Path
) -> None:
    real.close()
    file = paths.home() / "knowledge.db"
    assert file.exists()
    before = _make_newer(file)
    services = build_services()
    window = opened(qtbot, services)
    qtbot.waitUntil(window.message_bar.isVisible, timeout=PATIENCE_MS)
    assert "newer" in _said(window)
    settle(qtbot, window)
    (tmp_path / "a.txt").write_text("Text", "utf-8")
    drop(window, [tmp_path / "a.txt"], window.rect().center())
    settle(qtbot, window)
    assert "newer" in _said(window)
    closed(window)
    services.close()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before


# -- a small screen ----------------------------------------------------------------------


@pytest.fixture
def german(real: Services) -> Iterator[None]:
    use_language("de")
    yield
    use_language("en")


def test_every_page_fits_on_a_small_screen(
    qtbot: QtBot, german: None, desk: MainWindow
) -> None:
    desk.resize(*SMALL_SCREEN)
    ask(qtbot, desk)
    desk.chat.toggle_sources()
    for page in ("chat", "documents", "workshop", "models", "settings"):
        desk.show_page(page)
        settle(qtbot, desk)
        QApplication.processEvents()
        least = desk.minimumSizeHint()
        assert least.width() <= SMALL_SCREEN[0], page
        assert least.height() <= SMALL_SCREEN[1], page
        assert (desk.width(), desk.height()) == SMALL_SCREEN, page
