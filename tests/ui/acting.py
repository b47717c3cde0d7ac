"""What a person does in the window, and what they see."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.inference.fake import FakeEngine
from app.ui.main_window import MainWindow
from app.ui.turn import Turn
from app.values.generation import EngineEvent
from app.values.prompts import Prompt, Sampling
from tests.ui.keys import type_text

LOCKER = "Was kostet ein Schließfach?"
ANSWER = "Ein Schließfach kostet 18 Euro im Schuljahr [1]."
PATIENCE_MS = 60_000


class HeldEngine(FakeEngine):
    """Says `before` events of its answer, then waits until `gate` is opened."""

    def __init__(self, *answers: str | Exception, before: int = 4) -> None:
        super().__init__(*answers)
        self.gate = threading.Event()
        self._before = before

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Stream the next answer, with a rest in it."""
        for number, event in enumerate(super().generate(prompt, sampling)):
            if number == self._before:
                self.gate.wait(20)
            yield event


def texts(widget: QWidget) -> str:
    """Return what labels say in a widget now."""
    shown = [part for part in widget.findChildren(QLabel) if part.isVisibleTo(widget)]
    return "\n".join(part.text() for part in shown)


def idle(window: MainWindow) -> bool:
    """Tell whether nothing is answered, read or loaded."""
    return not window.chat.asking.busy and not window.background._tasks


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until nothing is answered, read or loaded."""
    qtbot.waitUntil(lambda: idle(window), timeout=PATIENCE_MS)


def type_question(window: MainWindow, text: str = LOCKER) -> None:
    """Type a question and send it."""
    edit = window.chat.composer.edit
    edit.setFocus()
    type_text(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def ask(qtbot: QtBot, window: MainWindow, text: str = LOCKER) -> Turn:
    """Ask, wait for the end, and return the turn."""
    conversation = window.chat.conversation
    before = len(conversation.exchanges)
    type_question(window, text)
    qtbot.waitUntil(
        lambda: len(conversation.exchanges) > before and idle(window),
        timeout=PATIENCE_MS,
    )
    return conversation.turns[-1]


def drop(window: MainWindow, paths: Sequence[Path | str], point: QPoint) -> bool:
    """Drag files over a point of the window and let go; tell whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(point), action, data, button, none)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if not enter.isAccepted():
        return False
    let_go = QDropEvent(QPointF(point), action, data, button, none)
    QApplication.sendEvent(window, let_go)
    return True
