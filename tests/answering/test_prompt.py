"""Which of the talk before a model is told, and what stays the same between questions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.answering.ask import AskOptions, Speaker, ask, prepare
from app.answering.prompt import answer_prompt
from app.inference.fake import FakeEngine
from app.values.answers import Answer, AnswerFinished
from app.values.cards import ModelCard
from app.values.passages import SearchResult
from app.values.prompts import Prompt, Sampling
from tests.answering.test_ask import CARD, PASSAGES, QUESTION, FakeSearcher

LARGE = replace(CARD, parameters_m=3_000)
FOUND = SearchResult(QUESTION, PASSAGES, answerable=True)
FIRST = Answer(
    QUESTION,
    "Mindestens 24 Werktage [1].",
    abstained=False,
    passages=PASSAGES,
    spoken_by_model=True,
)
LEANS = "Und wie lange bei Angestellten?"


def prompt(
    question: str, history: tuple[Answer, ...] = (), card: ModelCard = LARGE
) -> Prompt:
    earlier = [answer.question for answer in history]
    return answer_prompt(question, "de", FOUND, card, Sampling(), earlier, history)[0]


def test_a_question_that_leans_on_another_is_told_with_it() -> None:
    text = prompt(LEANS, (FIRST,)).text
    places = [text.index(p) for p in (PASSAGES[0].text, QUESTION, "24 W", FIRST.text)]
    assert text.endswith("assistant\n")
    assert places[0] < places[1] < text.index(FIRST.text) < text.index(LEANS)


def test_a_question_of_its_own_is_told_alone() -> None:
    text = prompt("Wann hat die Bibliothek geöffnet?", (FIRST,)).text
    assert FIRST.text not in text
    assert QUESTION not in text


def test_a_small_model_gets_one_question_and_no_talk() -> None:
    small = replace(CARD, parameters_m=135)
    text = prompt(LEANS, (FIRST,), small).text
    assert FIRST.text not in text
    assert f"{QUESTION} {LEANS}" in text


@pytest.mark.parametrize(
    "answer",
    [
        replace(FIRST, abstained=True),
        replace(FIRST, spoken_by_model=False),
        replace(FIRST, text="Lang. " * 1_000),
    ],
)
def test_what_no_model_said_or_is_too_long_is_not_told(answer: Answer) -> None:
    text = prompt(LEANS, (answer,)).text
    assert answer.text not in text
    assert f"{QUESTION} {LEANS}" in text


def test_numbers_of_other_sources_are_left_out() -> None:
    other = replace(FIRST, passages=PASSAGES[1:])
    text = prompt(LEANS, (other,)).text
    assert "Mindestens 24 Werktage." in text
    assert "Werktage [1]" not in text


def test_the_talk_does_not_change_what_was_read() -> None:
    alone = prompt(QUESTION)
    beginning = alone.beginning.parts
    assert prompt(LEANS, (FIRST,)).parts[: len(beginning)] == beginning
    # All that was read for the first question is read for the second one, too.
    assert prompt(LEANS, (FIRST,)).parts[: len(alone.parts)] == alone.parts


def test_asking_hands_the_talk_on() -> None:
    engine = FakeEngine("Sechs Wochen.")
    speaker = Speaker(engine, LARGE)
    events = list(
        ask(
            LEANS,
            FakeSearcher(),
            speaker,
            AskOptions(),
            earlier=[QUESTION],
            history=[FIRST],
        )
    )
    assert isinstance(events[-1], AnswerFinished)
    assert FIRST.text in engine.prompts[0].text


def test_preparing_reads_what_the_question_will_need() -> None:
    engine = FakeEngine("Mindestens 24 Werktage.")
    speaker = Speaker(engine, CARD)
    prepare("Wie viele Tage Urlaub", FOUND, speaker, AskOptions())
    list(ask(QUESTION, FakeSearcher(), speaker, AskOptions()))
    (prepared,) = engine.prepared
    assert prepared.parts
    assert engine.prompts[0].parts[: len(prepared.parts)] == prepared.parts


@pytest.mark.parametrize(
    ("found", "options", "card"),
    [
        (replace(FOUND, answerable=False), AskOptions(), CARD),
        (FOUND, AskOptions(sources_only=True), CARD),
        (FOUND, AskOptions(), replace(CARD, languages=("en",))),
    ],
)
def test_nothing_is_prepared_where_no_model_will_speak(
    found: SearchResult, options: AskOptions, card: ModelCard
) -> None:
    engine = FakeEngine()
    prepare(QUESTION, found, Speaker(engine, card), options)
    assert engine.prepared == []
