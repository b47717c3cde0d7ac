"""Rating and correcting an answer, and taking it into the data studio."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.inference.fake import FakeEngine
from app.ui.laboratory.data_view import DataView
from app.ui.laboratory.page import LaboratoryPage
from app.ui.main_window import MainWindow
from app.ui.turn import Turn
from app.values.chats import Rating
from tests.ui.acting import ANSWER, PATIENCE_MS, ask, idle
from tests.ui.test_computed_turn import ANSWER as COMPUTED
from tests.ui.test_computed_turn import turn_for


def test_without_an_answer_there_is_nothing_to_rate(qtbot: QtBot) -> None:
    turn = turn_for(None)
    qtbot.addWidget(turn)
    assert turn.actions_row.rating.isHidden()
    turn.keep(replace(turn.exchange, answer=COMPUTED))
    assert not turn.actions_row.rating.isHidden()


def test_a_kept_correction_is_shown_again(qtbot: QtBot) -> None:
    turn = turn_for(COMPUTED)
    qtbot.addWidget(turn)
    assert turn._correction_box is None
    turn.keep(replace(turn.exchange, rating=Rating(False, "It is $31.")))
    box = turn._correction_box
    assert box is not None
    assert (box.text.text(), box.isHidden()) == ("It is $31.", False)
    assert turn.actions_row.rating.poor.isChecked()
    again = Turn(turn.exchange)
    qtbot.addWidget(again)
    again.finish()
    assert again._correction_box is not None
    assert not again._correction_box.isHidden()


def test_what_is_being_written_stays_when_the_answer_is_rated(qtbot: QtBot) -> None:
    turn = turn_for(COMPUTED)
    qtbot.addWidget(turn)
    turn.actions_row.rating.correct.click()
    box = turn._correction_box
    assert box is not None
    box.editor.setPlainText("It is $3")
    turn.keep(replace(turn.exchange, rating=Rating(False)))
    assert not box.isHidden()
    assert not box.editor.isHidden()
    assert box.editor.toPlainText() == "It is $3"
    box.save.click()
    turn.keep(replace(turn.exchange, rating=Rating(False, "It is $3")))
    assert box.editor.isHidden()
    assert box.text.text() == "It is $3"
    turn.actions_row.rating.correct.click()
    box.cancel.click()
    assert (box.text.text(), box.isHidden()) == ("It is $3", False)


def test_an_unchanged_answer_is_no_correction(qtbot: QtBot) -> None:
    turn = turn_for(COMPUTED)
    qtbot.addWidget(turn)
    turn.actions_row.rating.correct.click()
    box = turn._correction_box
    assert box is not None
    assert box.editor.toPlainText() == COMPUTED.text
    with qtbot.waitSignal(turn.corrected) as corrected:
        box.save.click()
    assert corrected.args == [""]


def test_from_a_click_to_the_data_studio(
    qtbot: QtBot, desk: MainWindow, engine: FakeEngine, tmp_path: Path
) -> None:
    engine.answers.append(ANSWER)
    turn = ask(qtbot, desk)
    store = desk.context.services.chats
    chat = turn.exchange.chat
    buttons = turn.actions_row.rating
    buttons.poor.setFocus()
    QTest.keyClick(buttons.poor, Qt.Key.Key_Space)
    qtbot.waitUntil(
        lambda: store.exchanges(chat)[-1].rating.good is False, timeout=PATIENCE_MS
    )
    buttons.correct.click()
    box = turn._correction_box
    assert box is not None
    assert box.editor.hasFocus()
    box.editor.setPlainText("Ein Schließfach kostet 20 Euro.")
    box.save.click()
    qtbot.waitUntil(box.text.isVisible, timeout=PATIENCE_MS)
    kept = store.exchanges(chat)[-1].rating
    assert kept == Rating(False, "Ein Schließfach kostet 20 Euro.")
    assert buttons.poor.isChecked()
    desk.show_page("laboratory")
    page = desk.pages.currentWidget()
    assert isinstance(page, LaboratoryPage)
    view = page.open("data")
    assert isinstance(view, DataView)
    view.open(tmp_path / "p.jsonl")
    qtbot.waitUntil(view.collecting.rated_button.isVisible, timeout=PATIENCE_MS)
    view.collecting.author.setText("8b")
    view.collecting.consent.setText("alle")
    view.collecting.rated_button.click()
    qtbot.waitUntil(lambda: bool(view.records) and idle(desk), timeout=PATIENCE_MS)
    assert view.answer.toPlainText() == "Ein Schließfach kostet 20 Euro."
    assert "corrected by a person" in view.source.text()
