"""What a reranker may change, and when it is too slow for a question."""

from __future__ import annotations

import pytest

from app.retrieval.candidates import Candidate
from app.retrieval.rerank import BUDGET_S, FEWEST, MOST, affordable, reranked

FOUND = [
    Candidate(n, 1, 1, "a.md", n, 0, 1, f"text {n}", score=1 - n / 10) for n in range(8)
]


def ids(candidates: list[Candidate]) -> list[int]:
    return [candidate.chunk_id for candidate in candidates]


def test_only_what_was_scored_changes_places() -> None:
    found = reranked(FOUND, [0.0, 1.0, 5.0, 9.0])
    assert ids(found) == [3, 2, 1, 0, 4, 5, 6, 7]


def test_scores_stay_ordered_and_between_0_and_1() -> None:
    found = reranked(FOUND, [-3.0, 11.0, 2.0, -7.0, 0.5])
    scores = [candidate.score for candidate in found]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] <= scores[0] <= 1
    assert found[5:] == FOUND[5:]


def test_a_close_call_is_left_to_the_search() -> None:
    found = reranked(FOUND[:4], [0.90, 0.91, 0.0, 0.0])
    assert ids(found) == [0, 1, 2, 3]


@pytest.mark.parametrize("scores", [[], [1.0, 2.0, 3.0], [0.5] * 6])
def test_too_few_or_equal_scores_change_nothing(scores: list[float]) -> None:
    assert reranked(FOUND, scores) == FOUND


def test_nothing_at_all_is_no_error() -> None:
    assert reranked([], []) == []
    flat = [candidate._replace(score=0.0) for candidate in FOUND]
    assert ids(reranked(flat, [0.0, 0.0, 0.0, 1.0]))[0] == 3


def test_what_is_affordable_follows_the_measured_speed() -> None:
    assert affordable(0.0) == 0
    assert affordable((FEWEST - 0.1) / BUDGET_S) == 0
    assert affordable((FEWEST + 0.1) / BUDGET_S) == FEWEST
    assert affordable(1_000_000) == MOST
