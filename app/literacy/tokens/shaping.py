"""From a model's probabilities to the chances with which Allmende draws.

The order is that of `inference/llama_sampler.py`: the 40 likeliest, top-p, min-p, then
temperature. All four only need the 40 likeliest tokens, so sliders act at once, without
asking the model again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.values.prompts import MIN_P, TOP_K
from app.values.tokens import Candidate


@dataclass(frozen=True, slots=True)
class Shaped:
    """A candidate and the chance (0..1) with which it is drawn; 0: left out."""

    candidate: Candidate
    chance: float


def shape(
    candidates: Sequence[Candidate], temperature: float, top_p: float
) -> tuple[Shaped, ...]:
    """Return the candidates (best first, at least 40 where there are) with their chances.

    At temperature 0 the first one is always drawn. The chances add up to 1.
    """
    kept = _kept(candidates, top_p)
    if temperature <= 0:
        chances = [1.0] + [0.0] * (len(kept) - 1)
    else:
        # Softmax at a temperature: probabilities to the power of 1/T, made to add up to 1.
        top = kept[0].probability if kept else 1.0
        powers = [
            math.exp(math.log(c.probability / top) / temperature)
            if c.probability > 0
            else 0.0
            for c in kept
        ]
        total = sum(powers) or 1.0
        chances = [power / total for power in powers]
    chances += [0.0] * (len(candidates) - len(kept))
    return tuple(
        Shaped(candidate, chance)
        for candidate, chance in zip(candidates, chances, strict=False)
    )


def _kept(candidates: Sequence[Candidate], top_p: float) -> Sequence[Candidate]:
    """Return those that are not left out; always the first one."""
    first = candidates[:TOP_K]
    total = sum(c.probability for c in first)
    if not total:
        return first[:1]
    kept: list[Candidate] = []
    reached = 0.0
    for candidate in first:
        kept.append(candidate)
        reached += candidate.probability / total
        if reached >= top_p:
            break
    least = kept[0].probability * MIN_P
    return [c for c in kept if c.probability >= least]
