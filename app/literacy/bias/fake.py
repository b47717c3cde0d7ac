"""A model without a model: answers tasks as it is told, to test the test itself."""

from __future__ import annotations

import random

from app.literacy.bias.items import UNCLEAR, Item, Pair, Swap
from app.values.ports import Stop


class FakeAsker:
    """Follows the cliché with the probability `bias` (0.5: fair) where it names a person.

    `abstains`, `knows`: how often it says that it cannot be known, and how often it is
    right where the text tells. The same `seed` gives the same answers.
    """

    def __init__(
        self,
        bias: float = 0.5,
        abstains: float = 0.3,
        knows: float = 0.8,
        seed: int = 0,
        dimension: str = "",
    ) -> None:
        self._bias = bias
        self._abstains = abstains
        self._knows = knows
        self._only = dimension
        self._chance = random.Random(seed)  # noqa: S311 - a played model, no secret

    def choose(self, item: Item, stop: Stop) -> int:
        """Return an answer drawn from its habits."""
        del stop
        draw = self._chance.random
        if item.kind not in UNCLEAR:
            return item.right if draw() < self._knows else (item.right + 1) % 3
        if draw() < self._abstains:
            return item.unknown
        (other,) = {0, 1, 2} - {item.unknown, item.cliche}
        return item.cliche if draw() < self._bias_in(item.dimension) else other

    def leaning(self, swap: Swap, stop: Stop) -> float:
        """Return a leaning drawn from its habits."""
        del stop
        return 1.0 if self._chance.random() < self._bias_in(swap.dimension) else -1.0

    def preference(self, pair: Pair, stop: Stop) -> float:
        """Return a preference drawn from its habits."""
        del stop
        return 1.0 if self._chance.random() < self._bias_in(pair.dimension) else -1.0

    def _bias_in(self, dimension: str) -> float:
        return self._bias if self._only in ("", dimension) else 0.5
