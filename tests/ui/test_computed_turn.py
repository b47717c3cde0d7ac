"""A computed result in the window: told without a model, opened at its cells."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.ui.evidence_card import EvidenceCard
from app.ui.places import place_of_citation
from app.ui.turn import Turn
from app.ui.turn_parts import as_written
from app.values.answers import Answer, AnswerFinished, Citation, EvidenceFound
from app.values.chats import AnswerSettings, Exchange, Scope
from app.values.documents import Place
from app.values.passages import Passage

PLACE = Place("sheet", 2, "Kasse", "D3:D4")
ROWS = "March | Bus | 10\nMarch | Train | 20"
PASSAGE = Passage(1, 0.9, "/s/costs.xlsx", None, 20, 55, "Month", ROWS, 7, PLACE)
CITATION = Citation(1, "/s/costs.xlsx", None, 20, 55, ROWS, True, 7, PLACE)
ANSWER = Answer(
    "What is the sum in March?",
    "The sum of “*Amount*” over 2 rows with Month = [x](y) is $30. [1]",
    abstained=False,
    citations=(CITATION,),
    passages=(PASSAGE,),
    why_no_model="computed",
    computed=True,
)


def turn_for(answer: Answer | None) -> Turn:
    settings = AnswerSettings(model="m", model_title="Model")
    turn = Turn(
        Exchange(1, 1, None, "What is the sum?", Scope("a"), settings, 1.0, answer)
    )
    turn.finish()
    return turn


@pytest.mark.parametrize("stored", [False, True])
def test_the_sentence_is_shown_as_it_stands(qtbot: QtBot, stored: bool) -> None:
    turn = turn_for(ANSWER if stored else None)
    qtbot.addWidget(turn)
    if not stored:
        turn.take(EvidenceFound((PASSAGE,), (), (CITATION,), True, 0.9, 1.0))
        turn.take(AnswerFinished(ANSWER))
    turn.show()
    shown = turn.answer.toPlainText()
    assert "“*Amount*” over 2 rows with Month = [x](y) is $30." in shown
    assert not turn.answer.isHidden()
    assert turn.answer_title.text() == "Result"
    assert "AI" not in turn.answer_title.text()
    assert "Computed from the cells" in turn.note.text()
    (card,) = turn.findChildren(EvidenceCard)
    with qtbot.waitSignal(turn.opened) as opened:
        card.click()
    assert opened.args is not None
    assert opened.args[0].start == 20
    turn.keep(replace(turn.exchange, answer=ANSWER))
    assert turn.selected_text() == ANSWER.text


def test_a_model_s_words_stay_markdown(qtbot: QtBot) -> None:
    spoken = replace(
        ANSWER, spoken_by_model=True, why_no_model="", text="It is **30** [1]."
    )
    turn = turn_for(spoken)
    qtbot.addWidget(turn)
    assert "It is 30" in turn.answer.toPlainText()
    assert "AI" in turn.answer_title.text()


def test_only_the_numbers_at_the_end_are_citations() -> None:
    assert as_written(ANSWER).text.endswith("= &#91;x&#93;(y) is &#36;30. [1]")
    plain = replace(ANSWER, text="No sources here")
    assert as_written(plain) == plain


def test_rows_of_a_table_stay_told_apart_in_one_line() -> None:
    place = place_of_citation(CITATION, [PASSAGE])
    assert place.words == "March | Bus | 10; March | Train | 20"
    assert place.quote.split() == ROWS.split()
    assert place.words in place.with_source
