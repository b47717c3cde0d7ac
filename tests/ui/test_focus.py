"""The keyboard stays where somebody looks: no key presses a button that was not chosen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.services import Services
from app.ui.dialogs import careful_question
from app.ui.laboratory.lessons_view import LessonsView
from app.ui.laboratory.page import LaboratoryPage
from app.ui.main_window import MainWindow
from app.ui.tab_order import stops_in
from app.ui.theme import Theme
from app.ui.widgets import glyph_button, text_button
from tests.ui.acting import (
    ANSWER,
    PATIENCE_MS,
    HeldEngine,
    ask,
    idle,
    settle,
    type_question,
)
from tests.ui.keys import type_text

UI = Path(__file__).parents[2] / "app" / "ui"
PAGES = ("chat", "documents", "workshop", "laboratory", "models", "settings")


@pytest.fixture
def engine() -> HeldEngine:
    """The model of `real`, which waits before its first word."""
    return HeldEngine(before=2)


@pytest.fixture
def active(qtbot: QtBot, desk: MainWindow) -> Iterator[MainWindow]:
    """The window, as somebody has it before them."""
    desk.activateWindow()
    qtbot.waitUntil(desk.isActiveWindow)
    return desk


def focus() -> QWidget | None:
    return QApplication.focusWidget()


def press(key: Qt.Key) -> None:
    found = focus()
    assert found is not None
    QTest.keyClick(found, key)


def said(widget: QWidget | None) -> str:
    name = widget.accessibleName() if widget is not None else ""
    return f"{type(widget).__name__} “{name}”"


# -- what has the focus goes -----------------------------------------------------------


@pytest.mark.parametrize("way", ["disabled", "hidden", "its page hidden"])
def test_no_button_gets_the_focus_of_one_that_goes(
    qtbot: QtBot, active: MainWindow, engine: HeldEngine, way: str
) -> None:
    engine.gate.set()
    engine.answers.append(ANSWER)
    ask(qtbot, active)
    strays = []
    for name in PAGES:
        active.show_page(name)
        settle(qtbot, active)
        for stop in stops_in(active):
            gone = stop.parentWidget() if way == "its page hidden" else stop
            if not stop.isVisible() or gone is None or gone is active.centralWidget():
                continue
            stop.setFocus()
            if focus() is not stop:
                continue
            if way == "disabled":
                gone.setEnabled(False)
            else:
                gone.hide()
            if isinstance(focus(), QAbstractButton):
                strays.append(f"{name}: {said(stop)} → {said(focus())}")
            gone.setEnabled(True)
            gone.show()
    assert strays == []


def test_after_stopping_one_types_the_next_question(
    qtbot: QtBot, active: MainWindow, engine: HeldEngine
) -> None:
    engine.answers.append(ANSWER)
    send, edit = active.chat.composer.send, active.chat.composer.edit
    type_question(active)
    qtbot.waitUntil(lambda: len(engine.prompts) == 1, timeout=PATIENCE_MS)
    qtbot.mouseClick(send, Qt.MouseButton.LeftButton)
    engine.gate.set()
    settle(qtbot, active)
    assert focus() is edit
    type_text(edit, "Und 2 Fächer?")
    assert active.chat.composer.text == "Und 2 Fächer?"
    assert active.chat.sources.isVisible()


def test_no_button_gets_the_focus_behind_another_window(
    qtbot: QtBot, active: MainWindow
) -> None:
    composer = active.chat.composer
    composer.show_text("Wie lange?")
    composer.send.setFocus()
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    composer.show_text("")
    active.activateWindow()
    qtbot.waitUntil(active.isActiveWindow)
    assert focus() is composer.edit


def test_the_send_button_gives_the_focus_back(active: MainWindow) -> None:
    composer = active.chat.composer
    composer.show_text("Wie lange?")
    composer.send.setFocus()
    composer.show_text("")
    assert focus() is composer.edit


def test_after_the_first_steps_one_types_a_question(
    qtbot: QtBot, real: Services, theme: Theme, engine: HeldEngine
) -> None:
    engine.gate.set()
    engine.answers.append(ANSWER)
    real.settings.change("welcomed", False)
    active = MainWindow(real)
    qtbot.addWidget(active)
    active.show()
    active.activateWindow()
    active.start()
    qtbot.waitUntil(lambda: active.library.loaded and idle(active), timeout=PATIENCE_MS)
    steps = active.first_steps
    assert steps is not None
    assert focus() is steps.languages.cards["en"]
    steps.go_to(4)
    qtbot.waitUntil(
        lambda: any(card.isEnabled() for card in steps.questions.cards[:1]),
        timeout=PATIENCE_MS,
    )
    steps.questions.cards[0].setFocus()
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: bool(active.chat.conversation.exchanges) and idle(active),
        timeout=PATIENCE_MS,
    )
    assert focus() is active.chat.composer.edit
    active.show_first_steps()
    steps.skip_all_button.click()
    assert focus() is active.chat.composer.edit
    active.close()
    real.close()
    assert active.background.wait(5)


def test_a_lesson_has_the_focus_and_gives_it_back(
    qtbot: QtBot, active: MainWindow
) -> None:
    active.show_page("laboratory")
    page = active.pages.currentWidget()
    assert isinstance(page, LaboratoryPage)
    view = page.open("lessons")
    assert isinstance(view, LessonsView)
    begin = view.begin_buttons[view.lessons[1].id]
    begin.setFocus()
    press(Qt.Key.Key_Return)
    assert focus() is view.page.text
    view.page.go_on.setFocus()
    press(Qt.Key.Key_Return)
    assert focus() is view.page.go_on
    view.page.back.setFocus()
    press(Qt.Key.Key_Return)
    assert not view.page.back.isEnabled()
    assert focus() is view.page.text
    view.page.list_button.setFocus()
    press(Qt.Key.Key_Return)
    assert focus() is begin


# -- Enter -----------------------------------------------------------------------------


def test_the_first_steps_go_on_with_enter(
    qtbot: QtBot, active: MainWindow, real: Services
) -> None:
    active.show_first_steps()
    steps = active.first_steps
    assert steps is not None
    assert focus() is steps.languages.cards["en"]
    steps.next_button.setFocus()
    press(Qt.Key.Key_Return)
    assert steps.step == 1
    assert focus() is steps.roles.cards["school"]
    steps.go_to(3)
    steps.collection.samples.setFocus()
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(steps.next_button.isVisible, timeout=PATIENCE_MS)
    assert focus() is steps.next_button
    press(Qt.Key.Key_Return)
    assert steps.step == 4
    settle(qtbot, active)
    steps.go_to(1)
    steps.skip_all_button.setFocus()
    press(Qt.Key.Key_Return)
    assert real.settings.flag("welcomed")
    assert active.root.currentWidget() is active.splitter


def test_enter_presses_the_button_that_has_the_focus(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    column = QVBoxLayout(dialog)
    pressed: list[str] = []
    buttons: list[QAbstractButton] = [
        text_button("default", "primary"),
        text_button("words"),
        glyph_button("close", "glyph"),
    ]
    for button, name in zip(buttons, ("default", "words", "glyph"), strict=True):
        button.clicked.connect(lambda _on=False, name=name: pressed.append(name))
        column.addWidget(button)
    first = buttons[0]
    assert isinstance(first, QPushButton)
    first.setDefault(True)
    dialog.show()
    for button in buttons[1:]:
        button.setFocus()
        QTest.keyClick(button, Qt.Key.Key_Return)
    assert pressed == ["words", "glyph"]


# -- questions -------------------------------------------------------------------------


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_a_careful_question_is_answered_with_no(qtbot: QtBot, key: Qt.Key) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    done: list[bool] = []
    box = careful_question(parent, "Delete it?", "It is gone for good.")
    delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
    delete.clicked.connect(lambda: done.append(True))
    parent.show()
    box.open()
    QTest.keyClick(box, key)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert done == []


def test_every_question_says_what_enter_does() -> None:
    """A box without a default button takes the first, which may be "Delete"."""
    without = []
    for path in sorted(UI.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            called = [
                getattr(node.func, "attr", getattr(node.func, "id", ""))
                for node in ast.walk(function)
                if isinstance(node, ast.Call)
            ]
            asks = "QMessageBox" in called and "addButton" in called
            if asks and "setDefaultButton" not in called:
                without.append(f"{path.name}: {function.name}")
    assert without == []
