"""Do the documents answer at all? A calibrated chance instead of one fixed cosine.

The cosines of multilingual-e5 all lie between 0.7 and 0.9, so a fixed threshold says
nothing. What tells answerable questions from the others is how far the best sentence and
the best passage stand out from the background of all texts for this very question, and
whether the first passage covers the question's rare words. The weights belong to the
embedder's file, the thresholds to it and to the question's language; both are fitted by
`tests/bench/calibrate.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.retrieval.candidates import Candidate, Question
from app.values.cards import FOREIGN, Calibration

# Words alone: the share of the question's rarity that the best passage covers.
WORDS_ONLY = Calibration(
    weights=(0.0, 0.0, 0.0, 0.0, 8.0, -0.5, 0.0), bias=-2.2, threshold=0.5
)

# A small base is no background; below about this many chunks the general one counts.
_GENERAL_CHUNKS = 60


def blended_background(base_mean: float, chunks: int, general_mean: float) -> float:
    """Return the cosine that an unrelated text has to the question.

    `base_mean` is the mean over the base's chunks, `general_mean` the cosine to the
    mean vector of many texts that came with the calibration.
    """
    whole = chunks + _GENERAL_CHUNKS
    return (chunks * base_mean + _GENERAL_CHUNKS * general_mean) / whole


def features(question: Question, candidates: Sequence[Candidate]) -> tuple[float, ...]:
    """Return the seven values that the confidence is made of.

    In this order: cosine of the best sentence, its distance from the background, that of
    the best passage; coverage of the question's rarity by the first passage, and by the
    best of the first three; the share of it whose words occur nowhere in what is asked;
    1 for a question in another language than the documents, whose words tell nothing and
    count as 0.

    `candidates` are ordered, best first; only the first few count.
    """
    first = candidates[:8]
    closest = max((c.closest for c in first if c.closest is not None), default=0.0)
    nearest = max((c.cosine for c in first if c.cosine is not None), default=0.0)
    distance = closest - question.background if closest else 0.0
    height = nearest - question.background if nearest else 0.0
    if question.foreign:
        return closest, distance, height, 0.0, 0.0, 0.0, 1.0
    covered = [question.coverage(c.terms) for c in first[:3]] or [0.0]
    unknown = sum(
        rarity
        for rarity, known in zip(question.rarities, question.known, strict=True)
        if not known
    ) / (sum(question.rarities) or 1.0)
    return closest, distance, height, covered[0], max(covered), unknown, 0.0


def threshold(question: Question, calibration: Calibration) -> float:
    """Return the confidence from which this question is answered."""
    return calibration.threshold_for(FOREIGN if question.foreign else question.language)


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
