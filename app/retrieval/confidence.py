"""Do the documents answer at all? A calibrated chance instead of one fixed cosine.

The cosines of multilingual-e5 all lie between 0.7 and 0.9, so a fixed threshold says
nothing. What tells answerable questions from the others is how far the best passage
stands out from the base's own background, and whether it covers the question's rare
words, above all those that occur nowhere in the documents. The weights belong to the
embedder and are fitted by `tests/bench/calibrate.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.retrieval.candidates import Candidate, Question
from app.values.cards import Calibration

# Words alone: the share of the question's rarity that the best passage covers.
WORDS_ONLY = Calibration(weights=(0.0, 0.0, 6.0, -3.0), bias=-2.4, threshold=0.5)


def features(
    question: Question, candidates: Sequence[Candidate]
) -> tuple[float, float, float, float]:
    """Return (best cosine, its distance in deviations, coverage, unknown share).

    `candidates` are ordered, best first; only the first three count. The unknown
    share is the part of the question's rarity whose words occur nowhere in the base.
    """
    first = candidates[:3]
    cosine = max((c.cosine for c in first if c.cosine is not None), default=0.0)
    distance = 0.0
    if question.background and cosine:
        mean, deviation = question.background
        distance = (cosine - mean) / max(deviation, 1e-3)
    coverage = max((question.coverage(c.terms) for c in first), default=0.0)
    whole = sum(question.rarities) or 1.0
    unknown = (
        sum(
            rarity
            for rarity, known in zip(question.rarities, question.known, strict=True)
            if not known
        )
        / whole
    )
    return cosine, distance, coverage, unknown


def confidence(
    question: Question, candidates: Sequence[Candidate], calibration: Calibration
) -> float:
    """Return the chance in 0..1 that the candidates hold the answer."""
    if not candidates:
        return 0.0
    values = features(question, candidates)
    total = calibration.bias + sum(
        weight * value for weight, value in zip(calibration.weights, values, strict=True)
    )
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))
