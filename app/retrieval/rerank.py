"""A second look by a reranker: the first few passages change places by its scores.

A reranker reads question and passage together and so sees what vectors cannot; it is
also a hundred times slower. How many passages it may read follows from how fast it was
measured to be on this very computer, and a computer that is too slow does without.

Invariants: only the passages that were scored change places, among themselves; scores
stay in 0..1 and ordered, best first.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.retrieval.candidates import Candidate

# So long a question may take longer for it; people wait for a model far longer.
BUDGET_S = 1.5
MOST = 24
# With fewer there is nothing to choose from.
FEWEST = 4
# The search saw words, sections and sentences that the reranker does not.
_ITS_SHARE = 0.8


def affordable(pairs_per_second: float) -> int:
    """Return how many passages may be reranked for a question, 0 for none."""
    count = min(MOST, int(pairs_per_second * BUDGET_S))
    return count if count >= FEWEST else 0


def reranked(
    candidates: Sequence[Candidate], scores: Sequence[float]
) -> list[Candidate]:
    """Return the candidates with the first `len(scores)` of them in a new order.

    `scores` belong to the first candidates, larger is better. They are stretched
    between the worst and the best, so any scale will do.
    """
    first, rest = candidates[: len(scores)], candidates[len(scores) :]
    if len(first) < FEWEST:
        return list(candidates)
    low, high = min(scores), max(scores)
    if high - low < 1e-9:
        return list(candidates)
    floor = max((c.score for c in rest), default=0.0)
    top = max(c.score for c in first) or 1.0
    placed = []
    for candidate, score in zip(first, scores, strict=True):
        judged = (score - low) / (high - low)
        both = _ITS_SHARE * judged + (1 - _ITS_SHARE) * candidate.score / top
        final = floor + (1 - floor) * min(1.0, both)
        placed.append(candidate._replace(score=round(final, 6)))
    placed.sort(key=lambda c: (-c.score, c.chunk_id))
    return [*placed, *rest]
