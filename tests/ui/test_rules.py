"""What administrators decide, as the window shows and keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from app import mounts
from app.errors import PolicyError
from app.services import Services
from app.settings.policy import parse_policy
from app.settings.store import Settings
from app.ui.assistants_dialog import AssistantsDialog
from app.ui.background import Background
from app.ui.chat_export import export_conversation
from app.ui.main_window import MainWindow
from app.ui.messages import Messages
from app.ui.safety import Safety
from app.ui.theme import Theme, motion
from tests.ui.acting import PATIENCE_MS, ask, idle

RULES = """{"locked": {"exports": false, "welcomed": true, "embedder": "none",
"notice": "<b>Ask</b> room 214 \u202efirst"}, "by": "Goethe school"}"""


@pytest.fixture
def ruled(qtbot: QtBot, real: Services, theme: Theme, home: Path) -> MainWindow:
    real.settings.policy = parse_policy(RULES)
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


def test_locked_looks_are_those_of_the_window(qapp: QApplication, home: Path) -> None:
    home.mkdir()
    wished = '{"theme": "light", "text_percent": 100, "motion": true}'
    (home / "settings.json").write_text(wished)
    policy = parse_policy(
        '{"locked": {"theme": "dark", "text_percent": 150, "motion": false}}'
    )
    size = qapp.font().pointSizeF()
    Theme(qapp, Settings(home / "settings.json", policy))
    try:
        assert qapp.palette().window().color().lightness() < 80
        assert qapp.font().pointSizeF() == pytest.approx(size * 1.5)
        assert not motion()
    finally:
        Theme(qapp, Settings(home / "plain.json"))
    assert motion()


def test_no_folder_is_watched_where_a_policy_says_so(
    qtbot: QtBot, real: Services, theme: Theme, home: Path
) -> None:
    (home / "settings.json").write_text('{"watch_folders": true, "welcomed": true}')
    policy = parse_policy('{"locked": {"watch_folders": false}}')
    real.settings.policy = policy
    window = MainWindow(real)
    qtbot.addWidget(window)
    window.start()
    qtbot.waitUntil(lambda: window.library.loaded and idle(window), timeout=PATIENCE_MS)
    assert any(entry.sources for entry in window.library.entries)
    window.library.watch()
    assert window.library._folders is None
    window.close()
    assert window.background.wait(10)


def test_where_a_model_is_locked_no_other_one_is_offered(
    qtbot: QtBot, real: Services, theme: Theme, home: Path
) -> None:
    policy = parse_policy('{"locked": {"model": "none", "welcomed": true}}')
    real.settings.policy = policy
    window = MainWindow(real)
    qtbot.addWidget(window)
    window.start()
    qtbot.waitUntil(lambda: window.library.loaded and idle(window), timeout=PATIENCE_MS)
    choice = window.chat.composer.models
    assert [choice.itemData(n) for n in range(choice.count())] == ["none"]
    window.close()
    assert window.background.wait(10)


@pytest.mark.parametrize("which", ["everything", "assistant"])
def test_other_ways_to_save_are_shut_too(
    ruled: MainWindow, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: asked.append(1) or ("", "")
    )
    if which == "everything":
        ruled.open_settings("export")
    else:
        dialog = AssistantsDialog(ruled.context, ruled)
        dialog._choose_share()
    assert "switched off by Goethe school" in ruled.message_bar.text.text()
    assert not asked
    ruled.close()
    assert ruled.background.wait(10)


@pytest.mark.expects_warnings
def test_a_broken_policy_stands_above_every_page_with_line_and_key(
    qtbot: QtBot, real: Services, theme: Theme, home: Path
) -> None:
    policy = parse_policy('{"locked": {\n"exports": "off",\n"welcomed": true}}', "P")
    real.settings.policy = policy
    window = MainWindow(real)
    qtbot.addWidget(window)
    window.show()
    strip = window.findChild(QLabel, "Notice")
    assert strip is not None
    for page in ("chat", "settings"):
        window.show_page(page)
        assert strip.isVisible()
    assert "P, line 2, locked.exports: " in strip.text()
    shown = [part.text() for part in window.settings_page.findChildren(QLabel)]
    assert any(text.startswith("P, line 2, locked.exports: ") for text in shown)
    with pytest.raises(PolicyError):
        real.settings.need("exports")
    window.close()
    assert window.background.wait(10)


def test_data_on_a_network_share_are_told_with_a_remedy(
    qtbot: QtBot,
    real: Services,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = QObject()
    said = Messages(window)
    heard: list[str] = []
    said.said.connect(lambda message: heard.append(message.text))
    safety = Safety(real, Background(window), said, window)
    safety.tell_of_share()
    assert heard == []
    table = tmp_path / "mounts"
    table.write_text(f"server:/homes {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(mounts, "MOUNTS", table)
    safety.tell_of_share()
    assert "network share (nfs4)" in heard[0]
    assert "ALLMENDE_HOME" in heard[0]
