"""Two ordered lists become one, with a weight that follows the question.

Scores, not ranks, are fused: measured, reciprocal ranks lose to them, and with a weak
embedder even to the words alone. BM25 is divided by the best, cosines are stretched
between the worst and the best candidate. How much the vectors count depends on how
well one passage covers the question's rare words: a question in the words of the
document trusts words, one in people's own words trusts meaning.

Then the first few are looked at again, sentence by sentence: an answer often stands in
one sentence of a paragraph that is about something else. The constants were chosen
with `tests/bench/fusion.py`.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from app.retrieval.candidates import Candidate, Question

REFINED = 8
# A passage that covers the rare words of a question is among the first by BM25.
_COVERING = 12


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """How much meaning counts against words.

    `covered`: weight of the vectors where a passage covers all rare words of the
    question; `uncovered`: where none is covered; `sentence`: how much a passage's best
    sentence counts against the passage as a whole.
    """

    covered: float = 0.75
    uncovered: float = 0.9
    sentence: float = 0.4


WEIGHTS = FusionWeights()


def vector_weight(
    question: Question, candidates: Sequence[Candidate], weights: FusionWeights
) -> float:
    """Return the weight of the vectors for this question."""
    likely = heapq.nlargest(_COVERING, candidates, key=lambda c: c.bm25)
    best = max((question.coverage(c.terms) for c in likely), default=0.0)
    return weights.uncovered - (weights.uncovered - weights.covered) * best


@dataclass(frozen=True, slots=True)
class Scale:
    """What scores are measured by: the best BM25, the range of cosines, their weight."""

    best_words: float
    low: float
    span: float
    weight: float


def scale_of(
    question: Question,
    candidates: Sequence[Candidate],
    weights: FusionWeights = WEIGHTS,
) -> Scale:
    """Return what these candidates are measured by.

    Without vectors the words alone decide, without word hits the vectors.
    """
    best_words = max((c.bm25 for c in candidates), default=0.0)
    cosines = [c.cosine for c in candidates if c.cosine is not None]
    if not cosines:
        weight = 0.0
    elif not best_words:
        weight = 1.0
    else:
        weight = vector_weight(question, candidates, weights)
    low = min(cosines, default=0.0)
    span = max(max(cosines, default=1.0) - low, 1e-6)
    return Scale(best_words, low, span, weight)


def fuse(
    question: Question,
    candidates: Sequence[Candidate],
    weights: FusionWeights = WEIGHTS,
    scale: Scale | None = None,
) -> list[Candidate]:
    """Return the candidates with `score` in 0..1 set, best first.

    Candidates whose `closest` sentence is known come before all others. `scale` is
    that of the candidates themselves unless given.
    """
    scale = scale or scale_of(question, candidates, weights)
    best_words, low, span = scale.best_words, scale.low, scale.span
    weight = scale.weight

    def score(candidate: Candidate) -> float:
        by_words = candidate.bm25 / best_words if best_words else 0.0
        if candidate.cosine is None:
            return (1 - weight) * by_words
        closeness = candidate.cosine
        if candidate.closest is not None:
            closeness += weights.sentence * (candidate.closest - closeness)
        by_meaning = (closeness - low) / span
        return weight * by_meaning + (1 - weight) * by_words

    scored = []
    for candidate in candidates:
        own = round(min(1.0, max(0.0, score(candidate))), 6)
        is_same = own == candidate.score
        scored.append(candidate if is_same else candidate._replace(score=own))
    return sorted(scored, key=lambda c: (c.closest is None, -c.score, c.chunk_id))
