"""The model reads ahead of a question, and never when that would be in the way."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.inference.fake import FakeEngine
from app.services import Services
from app.ui.main_window import MainWindow
from app.values.answers import Answer
from tests.ui.acting import ANSWER, LOCKER, ask, settle
from tests.ui.keys import type_text

PAUSE_MS = 900


@pytest.fixture
def asked(real: Services, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was to be read ahead: (question, found)."""
    asked: list[tuple[Any, ...]] = []

    def prepare(
        question: str, _scope: Any, choice: str, _options: Any, _stop: Any, *rest: Any
    ) -> None:
        assert choice == "tiny"
        asked.append((question, rest[1]))

    monkeypatch.setattr(real, "prepare", prepare)
    return asked


@pytest.fixture
def desk_with_model(desk: MainWindow) -> MainWindow:
    desk.chat.composer.show_models([("tiny", "Tiny")], "tiny")
    return desk


def test_a_pause_in_writing_lets_the_model_read(
    qtbot: QtBot, desk_with_model: MainWindow, asked: list[tuple[Any, ...]]
) -> None:
    type_text(desk_with_model.chat.composer.edit, LOCKER)
    qtbot.waitUntil(lambda: bool(asked), timeout=10_000)
    settle(qtbot, desk_with_model)
    assert asked == [(LOCKER, None)]


@pytest.mark.parametrize("why", ["few words", "sources only", "no model"])
def test_where_no_model_would_be_asked_none_reads(
    qtbot: QtBot, desk_with_model: MainWindow, asked: list[tuple[Any, ...]], why: str
) -> None:
    composer = desk_with_model.chat.composer
    if why == "sources only":
        composer.sources_only.setChecked(True)
    if why == "no model":
        composer.show_models([], "")
    type_text(composer.edit, "Was kostet" if why == "few words" else LOCKER)
    QTest.qWait(PAUSE_MS)
    settle(qtbot, desk_with_model)
    assert asked == []


def test_a_sent_question_is_not_read_ahead(
    qtbot: QtBot,
    desk_with_model: MainWindow,
    asked: list[tuple[Any, ...]],
    engine: FakeEngine,
) -> None:
    engine.answers.append(ANSWER)
    ask(qtbot, desk_with_model)
    QTest.qWait(PAUSE_MS)
    assert asked == []


def test_places_that_were_shown_alone_are_read(
    qtbot: QtBot, desk_with_model: MainWindow, asked: list[tuple[Any, ...]]
) -> None:
    desk_with_model.chat.composer.sources_only.setChecked(True)
    turn = ask(qtbot, desk_with_model)
    qtbot.waitUntil(lambda: bool(asked), timeout=10_000)
    settle(qtbot, desk_with_model)
    ((question, found),) = asked
    answer = turn.exchange.answer
    assert isinstance(answer, Answer)
    assert question == LOCKER
    assert found.passages == answer.passages
    assert found.answerable
