"""The way into a private session."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app import private
from app.__main__ import main
from app.ui import start
from app.ui.commands import Commands
from app.ui.context import Context
from app.ui.main_window import MainWindow
from app.ui.private_window import command_line, private_command, private_sign


def test_the_first_argument_begins_one(monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[bool] = []

    def run_window(base: str = "", is_private: bool = False) -> int:
        began.append(is_private)
        return 0

    monkeypatch.setattr(start, "run_window", run_window)
    assert command_line()[-1] == "--private"
    assert main(command_line()[-1:]) == 0
    assert main([]) == 0
    assert began == [True, False]


def test_inside_one_no_other_begins(
    qtbot: QtBot, desk: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert private_sign() is None
    context = Context(
        desk._services, desk.background, desk.messages, Commands(desk.middle)
    )
    command = private_command(context, "Window")
    assert command.enabled()
    home = os.environ["ALLMENDE_HOME"]
    with private.session():
        assert not command.enabled()
        sign = private_sign()
        assert sign is not None
        qtbot.addWidget(sign)
        assert "gone when you close" in sign.text()  # type: ignore[attr-defined]
    assert command.enabled()
    assert os.environ["ALLMENDE_HOME"] == home
