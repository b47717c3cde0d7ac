"""Every screen by screen reader and keyboard: no control without a name, no trap.

On a small screen and in German, whose words are long: nothing is cut either.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.ui.ax import faults, stops, traps
from tests.ui.cut_text import cut_texts
from tests.ui.more_screens import MORE
from tests.ui.screens import SCREENS, Stage, demo_window
from tests.ui.screens_of_documents import OF_DOCUMENTS
from tests.ui.screens_of_laboratory import OF_LABORATORY
from tests.ui.screens_of_network import OF_NETWORK
from tests.ui.screens_of_workshop import OF_WORKSHOP

pytestmark = pytest.mark.slow
LEAST_SCREENS = 60
PARTS = {
    "first": SCREENS,
    "more": MORE,
    "documents": OF_DOCUMENTS,
    "workshop": OF_WORKSHOP,
    "laboratory": OF_LABORATORY,
    "sharing": {"sharing": OF_NETWORK["sharing"]},
}
SMALL = (1024, 600)


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Iterator[Stage]:
    with demo_window("de", size=SMALL, home=tmp_path / "demo") as stage:
        yield stage


def test_nearly_every_screen_is_walked_through() -> None:
    assert len({name for part in PARTS.values() for name in part}) >= LEAST_SCREENS


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", PARTS)
def test_on_every_screen_all_has_a_name_tab_goes_round_and_nothing_is_cut(
    stage: Stage, part: str
) -> None:
    wrong: list[str] = []
    for name, build in PARTS[part].items():
        shown = build(stage)
        assert stops(shown), name
        window = stage.window
        wrong += [f"{name}: {text} is cut" for text in cut_texts(shown)]
        wrong += [f"{name}: {line}" for line in (*faults(shown), *traps(shown))]
        if (window.width(), window.height()) != SMALL:
            wrong.append(f"{name}: the window grew to {window.size()}")
            window.resize(*SMALL)
        if isinstance(shown, QDialog):
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
            wrong += [f"{name}: Esc does not close it"] * shown.isVisible()
        stage.clear()
    assert not wrong, "\n".join(wrong)


def test_tab_goes_from_pane_to_pane_as_one_reads(stage: Stage, qtbot: QtBot) -> None:
    """Sidebar, conversation, question, sources."""
    window = SCREENS["conversation-source"](stage)
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    sidebar, chat = stage.window.sidebar, stage.window.chat
    panes = [sidebar, chat.conversation, chat.composer, chat.sources]
    stage.window.sidebar.new_button.setFocus(Qt.FocusReason.TabFocusReason)
    seen: list[QWidget] = []
    while True:
        focus = QApplication.focusWidget()
        assert focus is not None
        pane = next(p for p in panes if p is focus or p.isAncestorOf(focus))
        if not seen or seen[-1] is not pane:
            seen.append(pane)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is sidebar.new_button:
            break
    order = [pane for place, pane in enumerate(seen) if pane not in seen[:place]]
    assert order == panes


# -- the proofs themselves ---------------------------------------------------------------


@pytest.fixture
def panel(qtbot: QtBot) -> QWidget:
    panel = QWidget()
    qtbot.addWidget(panel)
    column = QVBoxLayout(panel)
    for part in (QPushButton("One"), QCheckBox("Two")):
        column.addWidget(part)
    return panel


def test_what_is_right_is_not_reported(panel: QWidget) -> None:
    panel.show()
    assert faults(panel) == traps(panel) == []


def test_a_field_without_a_name_is_found(panel: QWidget) -> None:
    field = QLineEdit()
    layout = panel.layout()
    assert layout is not None
    layout.addWidget(field)
    panel.show()
    (line,) = faults(panel)
    assert "QLineEdit" in line
    field.setAccessibleName("Name")
    assert faults(panel) == []
    seen = QAccessible.queryAccessibleInterface(field)
    assert seen is not None
    assert seen.state().focusable


def test_a_trap_is_found(panel: QWidget) -> None:
    field = QPlainTextEdit()
    field.setAccessibleName("Text")
    layout = panel.layout()
    assert layout is not None
    layout.addWidget(field)
    button = QPushButton("Behind it")
    layout.addWidget(button)
    panel.show()
    found = "\n".join(traps(panel))
    assert "never reaches QPushButton" in found
    field.setTabChangesFocus(True)
    assert traps(panel) == []
