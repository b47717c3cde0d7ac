"""Assistants in the window: chosen in the question line, made and shared in a dialog."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.i18n import use_language
from app.inference.fake import FakeEngine
from app.ui.assistants_dialog import AssistantsDialog
from app.ui.main_window import MainWindow
from app.values.assistants import Assistant
from app.values.chats import Scope
from tests.ui.acting import ANSWER, PATIENCE_MS, ask, settle


@pytest.fixture
def dialog(qtbot: QtBot, desk: MainWindow) -> AssistantsDialog:
    desk.commands.run("chat.assistants")
    settle(qtbot, desk)
    found = desk.findChildren(AssistantsDialog)[-1]
    qtbot.waitUntil(lambda: found.list.count() > 0, timeout=PATIENCE_MS)
    return found


def test_an_assistant_is_made_shared_and_taken_over(
    qtbot: QtBot, desk: MainWindow, dialog: AssistantsDialog, tmp_path: Path
) -> None:
    assert "comes with Allmende" in dialog.hint.text()
    assert not dialog.remove_button.isEnabled()
    dialog.new_button.click()
    assert not dialog.save_button.isEnabled()
    dialog.name.setText("Mathe 8b")
    dialog.instruction.setPlainText("Kurz und in Schritten.")
    dialog.starters.setPlainText("Was ist ein Bruch?\n\nUnd eine Dezimalzahl?")
    dialog.save_button.click()
    assert dialog.list.currentItem().text() == "Mathe 8b"
    assert dialog.remove_button.isEnabled()
    path = tmp_path / "m.assistant.json"
    dialog.share(path)
    dialog.remove_button.click()
    names = [dialog.list.item(n).text() for n in range(dialog.list.count())]
    assert "Mathe 8b" not in names
    dialog.take_over(path)
    assert dialog.list.currentItem().text() == "Mathe 8b"
    assert dialog.assistant.starters == ("Was ist ein Bruch?", "Und eine Dezimalzahl?")
    said: list[str] = []
    desk.messages.said.connect(lambda message: said.append(message.text))
    path.write_text(path.read_text("utf-8").replace("Kurz", "Lang"), "utf-8")
    dialog.take_over(path)
    assert "was changed" in said[-1]


def test_a_built_in_one_becomes_a_copy(
    qtbot: QtBot, desk: MainWindow, dialog: AssistantsDialog
) -> None:
    before = dialog.list.count()
    dialog.name.setText("Meiner")
    dialog.save()
    assert dialog.list.count() == before + 1
    assert not dialog.assistant.built_in


def test_the_chosen_assistant_words_the_answer(
    qtbot: QtBot, desk: MainWindow, engine: FakeEngine
) -> None:
    engine.answers.extend([ANSWER, ANSWER])
    picker = desk.chat.assistants
    one = Assistant(
        "x", "Lernhilfe", instruction="Sprich wie ein Pirat.", base="Schule"
    )
    picker.choose(one)
    assert picker.button.text() == "Lernhilfe"
    assert desk.chat.composer.scope.scope == Scope("Schule")
    desk.chat.composer.models.addItem("Tiny", "tiny")
    desk.chat.composer.models.setCurrentIndex(desk.chat.composer.models.count() - 1)
    ask(qtbot, desk)
    assert "Sprich wie ein Pirat." in _last(engine)
    picker.choose(None)
    ask(qtbot, desk)
    assert "Pirat" not in _last(engine)


def _last(engine: FakeEngine) -> str:
    return "".join(part.text for part in engine.prompts[-1].parts)


def test_the_menu_offers_assistants_and_their_questions(
    qtbot: QtBot, desk: MainWindow
) -> None:
    picker = desk.chat.assistants
    picker.choose(Assistant("x", "A & B", starters=("Womit beginnt es?",)))
    picker.button.click()
    qtbot.waitUntil(
        lambda: bool(picker.button.findChildren(QMenu)), timeout=PATIENCE_MS
    )
    menu = picker.button.findChildren(QMenu)[-1]
    titles = [action.text() for action in menu.actions()]
    assert "No assistant" in titles
    assert "Learning partner" in titles
    next(a for a in menu.actions() if a.text() == "Womit beginnt es?").trigger()
    assert desk.chat.composer.text == "Womit beginnt es?"
    menu.close()
    use_language("en")
