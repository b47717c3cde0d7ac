"""What administrators decide, as the window shows and keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from app.services import Services
from app.settings.policy import parse_policy
from app.settings.store import Settings
from app.ui.chat_export import export_conversation
from app.ui.main_window import MainWindow
from app.ui.theme import Theme
from tests.ui.acting import PATIENCE_MS, ask, idle

RULES = """{"locked": {"exports": false, "welcomed": true, "embedder": "none",
"notice": "<b>Ask</b> room 214 \u202efirst"}, "by": "Goethe school"}"""


@pytest.fixture
def ruled(qtbot: QtBot, real: Services, theme: Theme, home: Path) -> MainWindow:
    real.settings = Settings(home / "settings.json", parse_policy(RULES))
    window = MainWindow(real)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.library.loaded and idle(window), timeout=PATIENCE_MS)
    return window


def test_a_message_to_everyone_stays_and_is_plain_text(ruled: MainWindow) -> None:
    strip = ruled.findChild(QLabel, "Notice")
    assert strip is not None
    for page in ("chat", "documents", "workshop", "models", "settings"):
        ruled.show_page(page)
        assert strip.isVisible()
    assert strip.text().startswith("<b>Ask</b>")
    ruled.close()
    assert ruled.background.wait(10)


def test_a_forbidden_export_says_who_decided_and_writes_nothing(
    qtbot: QtBot, ruled: MainWindow, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(
        QFileDialog,
        "getSaveFileName",
        lambda *_: asked.append(1) or (str(home / "x.md"), ""),
    )
    ask(qtbot, ruled, "Wann ist die Bibliothek geöffnet?")
    qtbot.waitUntil(lambda: idle(ruled), timeout=PATIENCE_MS)
    export_conversation(ruled, ruled.context, ruled.book, 1)
    assert "switched off by Goethe school" in ruled.message_bar.text.text()
    assert not asked
    assert not (home / "x.md").exists()
    ruled.close()
    assert ruled.background.wait(10)
