"""A computed result in an answer: first, cited by its cells, never recomputed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.answering.ask import AskOptions, Speaker, ask, interrupted_answer
from app.answering.computed import computed_sentence
from app.answering.figures import figure_text
from app.cli.ask import computed_json
from app.inference.fake import FakeEngine
from app.values.answers import Answer, AnswerFinished, EvidenceFound
from app.values.cards import ModelCard
from app.values.documents import Place
from app.values.passages import Passage, SearchResult
from app.values.tables import CellRows, ComputedAnswer, Condition, Figure, Item

QUESTION = "What is the sum of the amounts in March?"
SUM = ComputedAnswer(
    operation="sum",
    column="Amount",
    value=Figure("1234.5", "number", "€", 2),
    rows=2,
    cells="C3:C4",
    places=(
        CellRows(20, 45, "C3:C4", "March | Bus | 1000.00\nMarch | Museum | 234.50"),
    ),
    conditions=(Condition("Month", "=", (Figure("March"),)),),
    confidence=0.9,
    file="costs.xlsx",
    document_id=7,
    heading="Month | What | Amount",
    place=Place("sheet", 2, "2025"),
)
OTHER = Passage(1, 0.4, "other.md", None, 0, 12, "", "Other words.", 3)
CARD = ModelCard(
    id="fake", kind="chat", title="Fake", file="f.gguf", size_bytes=1, sha256="ab",
    licence="MIT", languages=("de", "en"), context=4096, template="chatml",
    parameters_m=3_000,
)  # fmt: skip
SENTENCE = "March: €1,234.50 (sum of “Amount” over 2 rows)."


class Found:
    def __init__(
        self, computed: ComputedAnswer = SUM, answerable: bool = False
    ) -> None:
        self.result = SearchResult(
            QUESTION, (OTHER,), (), 0.2, answerable, computed=computed
        )

    def search(self, query: str, top_k: int) -> SearchResult:
        return self.result


def run(
    *said: str, card: ModelCard | None = CARD, sources_only: bool = False
) -> tuple[EvidenceFound, Answer, FakeEngine]:
    engine = FakeEngine(*said)
    speaker = Speaker(engine, card) if card else None
    options = AskOptions(sources_only=sources_only, language="en")
    events = list(ask(QUESTION, Found(), speaker, options))
    evidence, finished = events[0], events[-1]
    assert isinstance(evidence, EvidenceFound)
    assert isinstance(finished, AnswerFinished)
    return evidence, finished.answer, engine


def test_the_sentence_is_the_answer_and_the_cells_its_source() -> None:
    evidence, answer, _ = run(card=None)
    assert answer.text == f"{SENTENCE} [1]"
    assert answer.computed
    assert not answer.abstained
    assert answer.why_no_model == "computed"
    (citation,) = answer.citations
    assert (citation.number, citation.file, citation.document_id) == (
        1,
        "costs.xlsx",
        7,
    )
    assert citation.place == Place("sheet", 2, "2025", "C3:C4")
    assert citation.quote == SUM.places[0].text
    assert evidence.computed == SUM
    assert evidence.answerable
    assert [passage.rank for passage in evidence.passages] == [1, 2]
    assert evidence.passages[1].text == OTHER.text


@pytest.mark.parametrize(
    ("card", "sources_only"),
    [
        (replace(CARD, parameters_m=135, languages=("en",)), False),
        (replace(CARD, languages=("de",)), False),
        (CARD, True),
    ],
)
def test_a_small_or_foreign_model_is_not_asked(
    card: ModelCard, sources_only: bool
) -> None:
    _, answer, engine = run("never", card=card, sources_only=sources_only)
    assert engine.prompts == []
    assert answer.text == f"{SENTENCE} [1]"


def test_a_model_gets_only_the_sentence_and_phrases_it() -> None:
    _, answer, engine = run("In March, the sum of amounts is €1,234.50 [1].")
    assert SENTENCE in str(engine.prompts[0])
    assert "Other words" not in str(engine.prompts[0])
    assert answer.spoken_by_model
    assert answer.text == "In March, the sum of amounts is €1,234.50 [1]."
    assert answer.citations[0].quote == SUM.places[0].text


@pytest.mark.parametrize(
    "said",
    [
        "The sum is €1,334.50 [1].",
        "The sum of the amounts in March is €1,234.50, that is 3 more than in May [1].",
        "The sum is high [1].",
        "The sum of “Amount” is €21,234.50 [1].",
        "The sum of “Amount” is €1,234.505 [1].",
        "That is not in your documents.",
    ],
)
def test_a_model_that_computes_or_leaves_out_is_not_believed(said: str) -> None:
    _, answer, _ = run(said)
    assert not answer.spoken_by_model
    assert answer.text == f"{SENTENCE} [1]"


def test_an_interrupted_answer_is_the_computed_one() -> None:
    evidence, _, _ = run(card=None)
    answer = interrupted_answer(QUESTION, evidence, "The sum is €99", "en")
    assert answer.text == f"{SENTENCE} [1]"


def test_scripts_get_numbers_as_numbers() -> None:
    assert computed_json(SUM) == {
        "operation": "sum",
        "value": 1234.5,
        "rows": 2,
        "cells": "C3:C4",
    }
    assert computed_json(None) is None
    items = (
        Item(Figure("7a"), Figure("26", "number")),
        Item(Figure("7b"), Figure("24", "number")),
    )
    groups = replace(SUM, value=None, group="Class", items=items)
    assert (computed_json(groups) or {})["value"] == {"7a": 26, "7b": 24}
    listed = replace(SUM, operation="list", value=None, items=items)
    assert (computed_json(listed) or {})["value"] == ["7a", "7b"]


@pytest.mark.parametrize(
    ("figure", "german", "english"),
    [
        (Figure("1234567.5", "number", "€", 2), "1.234.567,50\u00a0€", "€1,234,567.50"),
        (Figure("-3", "number", "", 0), "\u22123", "\u22123"),
        (Figure("-3.5", "number", "$", 2), "\u22123,50\u00a0$", "\u2212$3.50"),
        (Figure("25.333333", "number", "", 2), "25,33", "25.33"),
        (Figure("0.995", "number", "", 2), "1,00", "1.00"),
        (Figure("12.5", "number", "%", 1), "12,5\u00a0%", "12.5%"),
        (Figure("2025-03-04", "date"), "04.03.2025", "4 Mar 2025"),
        (Figure("0361 5550"), "0361 5550", "0361 5550"),
    ],
)
def test_numbers_and_dates_are_written_as_in_the_language(
    figure: Figure, german: str, english: str
) -> None:
    assert figure_text(figure, "de") == german
    assert figure_text(figure, "en") == english


@pytest.mark.parametrize(
    ("computed", "sentence"),
    [
        (
            replace(SUM, operation="count", column="", value=Figure("1", "number"), rows=1),
            "There is 1 row with Month = March.",
        ),
        (
            replace(SUM, operation="maximum", items=(Item(Figure("Bus")),), conditions=()),
            "The highest value of “Amount” is €1,234.50: Bus.",
        ),
        (
            replace(SUM, operation="lookup", value=Figure("A03"), column="Room"),
            "March: A03 (“Room”).",
        ),
        (
            replace(
                SUM, operation="list", value=None, column="What", more=2,
                items=(Item(Figure("Bus"), Figure("1000", "number", "€", 2)),),
            ),
            "2 rows with Month = March, “What”: Bus (€1,000.00); and 2 more.",
        ),
        (
            replace(SUM, skipped=1),
            f"{SENTENCE} 1 cell without a number was left out.",
        ),
        (
            replace(
                SUM, conditions=(
                    Condition("Date", "–", (
                        Figure("2025-03-01", "date"), Figure("2025-03-31", "date"))),
                ),
            ),
            ("The sum of “Amount” over 2 rows with Date = 1 Mar 2025 – 31 Mar 2025 is"
            " €1,234.50."),
        ),
        (
            replace(
                SUM, operation="distinct", column="Book", value=Figure("1", "number")
            ),
            "Different entries in “Book” with Month = March: 1.",
        ),
    ],
)  # fmt: skip
def test_every_result_has_its_sentence(computed: ComputedAnswer, sentence: str) -> None:
    assert computed_sentence(computed, "en") == sentence
