"""Two ordered lists become one, with a weight that follows the question.

Scores, not ranks, are fused: measured, reciprocal ranks lose to them, and with a weak
embedder even to the words alone. BM25 is divided by the best, cosines are stretched
between the background of the base and the best. How much the vectors count depends on
how well one passage covers the question's rare words: a question in the words of the
document trusts words, one in people's own words trusts meaning. The constants were
fitted by `tests/bench/fusion.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.retrieval.candidates import Candidate, Question

_WEIGHT_LOW, _WEIGHT_HIGH = 0.5, 0.8


def vector_weight(question: Question, candidates: Sequence[Candidate]) -> float:
    """Return the weight of the vectors, between `_WEIGHT_LOW` and `_WEIGHT_HIGH`."""
    best = max((question.coverage(c.terms) for c in candidates), default=0.0)
    return _WEIGHT_HIGH - (_WEIGHT_HIGH - _WEIGHT_LOW) * best


def fuse(question: Question, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates with `score` in 0..1 set, best first.

    Without vectors the words alone decide, without word hits the vectors.
    """
    best_words = max((c.bm25 for c in candidates), default=0.0)
    cosines = [c.cosine for c in candidates if c.cosine is not None]
    if not cosines:
        weight = 0.0
    elif not best_words:
        weight = 1.0
    else:
        weight = vector_weight(question, candidates)
    low = min(cosines, default=0.0)
    span = max(max(cosines, default=1.0) - low, 1e-6)
    scored = []
    for candidate in candidates:
        by_words = candidate.bm25 / best_words if best_words else 0.0
        by_meaning = (
            (candidate.cosine - low) / span if candidate.cosine is not None else 0.0
        )
        score = weight * by_meaning + (1 - weight) * by_words
        scored.append(replace(candidate, score=round(score, 6)))
    return sorted(scored, key=lambda c: (-c.score, c.chunk_id))
