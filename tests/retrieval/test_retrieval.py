"""Fusing, cleaning and judging, on candidates made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.retrieval.candidates import Candidate, Question
from app.retrieval.confidence import (
    WORDS_ONLY,
    blended_background,
    confidence,
    features,
    threshold,
)
from app.retrieval.evidence import sentences_of, spans_of
from app.retrieval.fuse import WEIGHTS, fuse, vector_weight
from app.retrieval.passages import grown, joined_neighbours, without_twins
from app.sentences import sentence_spans
from app.values.cards import Calibration
from app.values.documents import Place
from app.values.passages import Passage

QUESTION = Question(
    "Urlaub Frist", (("urlaub",), ("frist",)), (2.0, 4.0), (True, True), 0.75
)


def candidate(
    id_: int, bm25: float = 0.0, cosine: float | None = None, **more: object
) -> Candidate:
    values = {
        "chunk_id": id_,
        "document_id": 1,
        "content_id": 1,
        "file": "a",
        "ordinal": id_,
        "start": id_ * 100,
        "end": id_ * 100 + 90,
        "text": f"text {id_} " * 8,
        "bm25": bm25,
        "cosine": cosine,
    }
    return Candidate(**{**values, **more})  # type: ignore[arg-type]


def order(candidates: list[Candidate]) -> list[int]:
    return [c.chunk_id for c in candidates]


def test_words_alone_and_meaning_alone() -> None:
    assert order(fuse(QUESTION, [candidate(1, 1.0), candidate(2, 3.0)])) == [2, 1]
    by_meaning = [candidate(1, cosine=0.8), candidate(2, cosine=0.9)]
    assert order(fuse(QUESTION, by_meaning)) == [2, 1]
    assert fuse(QUESTION, []) == []


def test_scores_lie_between_0_and_1() -> None:
    found = fuse(QUESTION, [candidate(1, 5.0, 0.9), candidate(2, 1.0, 0.7)])
    assert [c.score for c in found] == [1.0, pytest.approx(0.01, abs=0.05)]


def test_covered_words_make_words_count_more() -> None:
    knows = candidate(1, terms=frozenset({"urlaub", "frist"}))
    ignorant = candidate(2, terms=frozenset())
    assert vector_weight(QUESTION, [knows], WEIGHTS) == pytest.approx(WEIGHTS.covered)
    assert vector_weight(QUESTION, [ignorant], WEIGHTS) == WEIGHTS.uncovered


def test_a_telling_sentence_lifts_its_passage() -> None:
    whole = candidate(1, cosine=0.86, closest=0.86)
    telling = candidate(2, cosine=0.85, closest=0.92)
    unseen = candidate(3, cosine=0.88)
    assert order(fuse(QUESTION, [whole, telling, unseen])) == [2, 1, 3]


def test_coverage_follows_rarity() -> None:
    assert QUESTION.coverage(frozenset({"frist"})) == pytest.approx(4 / 6)
    assert QUESTION.coverage(frozenset()) == 0.0
    assert Question("").coverage(frozenset({"x"})) == 0.0


def test_twins_are_shown_once() -> None:
    text = "Der Urlaub beträgt vierundzwanzig Werktage im Jahr für alle Beschäftigten."
    other = "Die Bibliothek öffnet am Montag um acht Uhr für alle Klassen der Schule."
    found = without_twins(
        [
            candidate(1, text=text),
            candidate(2, text=text + " "),
            candidate(3, text=other),
        ]
    )
    assert order(list(found)) == [1, 3]


def test_neighbours_are_joined_into_one_exact_slice() -> None:
    whole = "x" * 1000
    found = joined_neighbours(
        [candidate(2), candidate(5), candidate(1)],
        lambda _d, start, end: whole[start:end],
    )
    assert [(c.start, c.end) for c in found] == [(100, 290), (500, 590)]
    assert found[0].text == whole[100:290]


def test_pages_headings_and_length_keep_neighbours_apart() -> None:
    first = candidate(1)
    for other in (
        candidate(2, page=3),
        candidate(2, heading="Other"),
        candidate(2, document_id=9),
        candidate(2)._replace(end=5000),
        candidate(2, place=Place("sheet", 2, "B", "A2:B9")),
    ):
        assert len(joined_neighbours([first, other], lambda *_: "")) == 2


def test_neighbours_in_a_table_are_joined_with_their_cells() -> None:
    first = candidate(1, place=Place("sheet", 2, "B", "A2:D9"))
    second = candidate(2, place=Place("sheet", 2, "B", "A10:D12"))
    (joined,) = joined_neighbours([second, first], lambda *_: "x")
    assert joined.place == Place("sheet", 2, "B", "A2:D12")


def test_the_rows_of_a_table_are_its_sentences_the_telling_ones_first() -> None:
    rows = [f"Schülerin {n} | Klasse 7a | {n}.50" for n in range(30)]
    text = "\n".join(rows)
    place = Place("sheet", 1, "Noten", "A2:C31")
    passage = Passage(1, 1.0, "a.xlsx", None, 50, 50 + len(text), "", text, 1, place)
    found = sentences_of(
        [passage], sentence_spans, telling=lambda row: float("27" in row)
    )
    assert len(found) == 10
    (wanted,) = [s for s in found if "27" in s.text]
    assert wanted.text == rows[27]
    assert wanted.place.cells == "A29:C29"
    assert text[wanted.start - 50 : wanted.end - 50] == wanted.text


def test_confidence_grows_with_what_was_found() -> None:
    calibration = Calibration((60.0, 47.0, 0.0, 8.0, 0.0, -1.0, 3.0), -57.0, 0.43)
    near = candidate(1, 3.0, 0.88, closest=0.9, terms=frozenset({"urlaub", "frist"}))
    far = candidate(2, 0.0, 0.76, closest=0.77)
    assert confidence(QUESTION, [near], calibration) > 0.9
    assert confidence(QUESTION, [far], calibration) < 0.43
    assert confidence(QUESTION, [], calibration) == 0.0
    assert confidence(QUESTION, [near._replace(closest=None)], WORDS_ONLY) > 0.5


def test_features_name_what_is_unknown() -> None:
    strange = replace(QUESTION, known=(True, False))
    found = features(strange, [candidate(1, closest=0.85)])
    closest, distance, height, first, best, unknown, foreign = found
    assert (closest, first, best) == (0.85, 0.0, 0.0)
    assert distance == pytest.approx(0.1)
    assert height == 0.0  # nobody knows the passage's own cosine
    assert unknown == pytest.approx(4 / 6)
    assert foreign == 0.0
    abroad = replace(strange, foreign=True)
    found = features(abroad, [candidate(1, cosine=0.8, closest=0.85)])
    assert found[2] == pytest.approx(0.05)
    assert found[3:] == (0.0, 0.0, 0.0, 1.0)


def test_the_first_passage_and_the_best_of_three_are_told_apart() -> None:
    held = candidate(2, closest=0.8, terms=frozenset({"urlaub", "frist"}))
    found = features(QUESTION, [candidate(1, closest=0.85), held])
    assert found[3] == 0.0
    assert found[4] == pytest.approx(1.0)


def test_each_language_has_its_own_threshold() -> None:
    calibration = Calibration(threshold=0.5, thresholds=(("en", 0.7), ("foreign", 0.3)))
    for language, foreign, expected in (
        ("en", False, 0.7),
        ("de", False, 0.5),
        ("", False, 0.5),
        ("en", True, 0.3),
    ):
        asked = replace(QUESTION, language=language, foreign=foreign)
        assert threshold(asked, calibration) == expected


def test_a_small_base_borrows_a_background() -> None:
    assert blended_background(0.9, 0, 0.75) == pytest.approx(0.75)
    assert blended_background(0.8, 60_000, 0.7) == pytest.approx(0.8, abs=0.001)


def test_blanks_of_a_form_are_no_evidence() -> None:
    text = "☐ ja ☐ nein  Name: ______________________\n\nDie Fahrt kostet 285 Euro."
    spans = spans_of(text, sentence_spans)
    assert [text[start:end] for start, end in spans] == ["Die Fahrt kostet 285 Euro."]


def section(*firsts: str) -> list[tuple[int, int, str]]:
    """Return chunks of 400 characters, 10 apart, with these beginnings."""
    return [(n * 410, n * 410 + 400, first) for n, first in enumerate(firsts)]


def grow(
    found: list[Candidate],
    parts: list[tuple[int, int, str]],
    scores: dict[tuple[int, int], float] | None = None,
) -> list[tuple[int, int]]:
    passages = grown(found, scores or {}, lambda _: parts, lambda *_: "text", 5)
    return [(c.start, c.end) for c in passages]


def part(n: int) -> Candidate:
    return candidate(n, start=n * 410, end=n * 410 + 400)


def test_a_numbered_paragraph_grows_by_those_that_follow() -> None:
    parts = section("(1) Der", "(2) Als", "(3) Im", "(4) Wer")
    assert grow([part(0)], parts) == [(0, 1220)]
    assert grow([part(3)], parts) == [(410, 1630)]


def test_the_better_found_neighbour_joins_first() -> None:
    parts = section("(1) Der", "(2) Als", "(3) Im", "(4) Wer", "(5) Es")
    assert grow([part(2)], parts, {(1, 410): 0.9, (1, 0): 0.8}) == [(0, 1220)]


def test_prose_is_left_as_its_author_cut_it() -> None:
    assert grow([part(1)], section("Der", "Als", "Im")) == [(410, 810)]


def test_what_a_better_passage_holds_is_not_shown_again() -> None:
    parts = section("(1) Der", "(2) Als", "(3) Im", "(4) Wer")
    assert grow([part(0), part(1), part(3)], parts) == [(0, 1220), (1230, 1630)]


def test_a_passage_outside_any_section_stays() -> None:
    assert grow([part(1)], []) == [(410, 810)]
