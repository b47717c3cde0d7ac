"""The whole way without a mouse: keys go to whatever has the focus, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.services import Services, build_services
from app.ui.evidence_card import EvidenceCard
from app.ui.main_window import MainWindow
from app.ui.theme import Theme
from tests.ui.acting import PATIENCE_MS, idle
from tests.ui.keys import type_text

pytestmark = pytest.mark.slow
_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_NONE = Qt.KeyboardModifier.NoModifier
_MOST_TABS = 40


@pytest.fixture
def newcomer(home: Path) -> Iterator[Services]:
    """Services without a collection; words only, no model."""
    services = build_services()
    services.settings.change("embedder", "none")
    services.settings.change("model", "none")
    services.settings.change("welcomed", True)
    yield services
    services.close()


@pytest.fixture(autouse=True)
def own_dialogs() -> Iterator[None]:
    """Choose files in Qt's own dialog on every system."""
    attribute = Qt.ApplicationAttribute.AA_DontUseNativeDialogs
    before = QCoreApplication.testAttribute(attribute)
    QCoreApplication.setAttribute(attribute, True)
    yield
    QCoreApplication.setAttribute(attribute, before)


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None, "nothing has the focus"
    return found


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = _NONE) -> None:
    QTest.keyClick(focus(), key, modifiers)


def write(text: str) -> None:
    type_text(focus(), text)


def tab_to(kind: type[QWidget], back: bool = False) -> None:
    for _ in range(_MOST_TABS):
        press(Qt.Key.Key_Tab, _SHIFT if back else _NONE)
        if isinstance(focus(), kind):
            return
    raise AssertionError(f"Tab does not come to any {kind.__name__}")


def in_file_dialog(window: QWidget, path: Path, open_it: Callable[[], None]) -> None:
    """Open a dialog for files; type a path into it and press Enter."""
    typed: list[Path] = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        inside = isinstance(dialog, QFileDialog) and dialog.isAncestorOf(focus())
        if inside and not typed:
            typed.append(path)
            press(Qt.Key.Key_A, _CTRL)
            write(str(path))
            press(Qt.Key.Key_Return)

    timer = QTimer(interval=20)
    timer.timeout.connect(answer)
    timer.start()
    open_it()
    timer.stop()
    # Without a screen there is no window manager that would do this.
    window.activateWindow()
    assert typed == [path]


def test_from_a_folder_to_an_exported_conversation(
    qtbot: QtBot, newcomer: Services, theme: Theme, laws: Path, tmp_path: Path
) -> None:
    window = MainWindow(newcomer)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    window.start()
    qtbot.waitUntil(lambda: window.library.loaded and idle(window), timeout=PATIENCE_MS)

    # A collection is made: the way to it has the focus.
    assert "Add folder" in focus().accessibleName() + getattr(focus(), "text", str)()
    in_file_dialog(window, laws, lambda: press(Qt.Key.Key_Space))
    qtbot.waitUntil(
        lambda: (
            [(e.base.name, e.base.documents) for e in window.library.entries]
            == [("docs", 2)]
            and idle(window)
        ),
        timeout=PATIENCE_MS,
    )

    # A question is asked: the line for it has the focus now.
    assert focus().accessibleName() == "Your question"
    write("Wie viele Werktage Urlaub gibt es?")
    press(Qt.Key.Key_Return)
    conversation = window.chat.conversation
    qtbot.waitUntil(
        lambda: bool(conversation.exchanges) and idle(window), timeout=PATIENCE_MS
    )

    # Its source is opened.
    tab_to(EvidenceCard, back=True)
    assert "24 Werktage" in focus().accessibleName()
    press(Qt.Key.Key_Return)
    reading = window.chat.sources.viewer.reading
    qtbot.waitUntil(lambda: "24 Werktage" in reading.marked_text(), timeout=PATIENCE_MS)
    for _ in range(4):
        press(Qt.Key.Key_F6)
        if window.chat.sources.isAncestorOf(focus()):
            break
    assert focus() is reading

    # The conversation is exported.
    press(Qt.Key.Key_K, _CTRL)
    write("Export this conversation")
    file = tmp_path / "mein Export.md"
    in_file_dialog(window, file, lambda: press(Qt.Key.Key_Return))
    qtbot.waitUntil(lambda: file.exists() and idle(window), timeout=PATIENCE_MS)
    text = file.read_text("utf-8")
    assert "Wie viele Werktage Urlaub gibt es?" in text
    assert "24 Werktage" in text
    assert "urlaub.md" in text

    window.close()
    newcomer.close()
    assert window.background.wait(5)
