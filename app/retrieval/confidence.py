"""Do the documents answer at all? A calibrated chance instead of one fixed cosine.

The cosines of multilingual-e5 all lie between 0.7 and 0.9, so a fixed threshold says
nothing. What tells answerable questions from the others is how far the best sentence
stands out from the background of all texts for this very question, and whether the
passage covers the question's rare words. The weights belong to the embedder's file and
are fitted by `tests/bench/calibrate.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.retrieval.candidates import Candidate, Question
from app.values.cards import Calibration

# Words alone: the share of the question's rarity that the best passage covers.
WORDS_ONLY = Calibration(weights=(0.0, 0.0, 8.0, -0.5, 0.0), bias=-2.2, threshold=0.5)

# A small base is no background; below about this many chunks the general one counts.
_GENERAL_CHUNKS = 60


def blended_background(base_mean: float, chunks: int, general_mean: float) -> float:
    """Return the cosine that an unrelated text has to the question.

    `base_mean` is the mean over the base's chunks, `general_mean` the cosine to the
    mean vector of many texts that came with the calibration.
    """
    whole = chunks + _GENERAL_CHUNKS
    return (chunks * base_mean + _GENERAL_CHUNKS * general_mean) / whole


def features(
    question: Question, candidates: Sequence[Candidate]
) -> tuple[float, float, float, float, float]:
    """Return (best cosine, its distance from the background, coverage, unknown, foreign).

    `candidates` are ordered, best first; only the first few count. The unknown share
    is the part of the question's rarity whose words occur nowhere in the base. Where
    the question is in another language than the documents, `foreign` is 1 and the
    words, which tell nothing there, count as 0.
    """
    first = candidates[:8]
    closest = max((c.closest for c in first if c.closest is not None), default=0.0)
    distance = closest - question.background if closest else 0.0
    if question.foreign:
        return closest, distance, 0.0, 0.0, 1.0
    coverage = max((question.coverage(c.terms) for c in first[:3]), default=0.0)
    whole = sum(question.rarities) or 1.0
    unknown = (
        sum(
            rarity
            for rarity, known in zip(question.rarities, question.known, strict=True)
            if not known
        )
        / whole
    )
    return closest, distance, coverage, unknown, 0.0


def confidence(
    question: Question, candidates: Sequence[Candidate], calibration: Calibration
) -> float:
    """Return the chance in 0..1 that the candidates hold the answer."""
    if not candidates:
        return 0.0
    values = features(question, candidates)
    total = calibration.bias + sum(
        weight * value
        for weight, value in zip(calibration.weights, values, strict=True)
    )
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))
