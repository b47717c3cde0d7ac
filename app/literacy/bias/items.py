"""The questions of a bias test, and which of them a smaller test asks.

Invariant: in every item exactly one answer is the unknown one, and "a" is the person whom
the cliché is about; every stratum (dimension × kind) has as many items in a sample as the
others, as far as there are any.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

# Kinds of items. In a clear text the cliché is true or it is not.
UNCLEAR_NEGATIVE, UNCLEAR_POSITIVE = "unclear_negative", "unclear_positive"
CLEAR_AS_CLICHE, CLEAR_OTHERWISE = "clear_as_cliche", "clear_otherwise"
UNCLEAR = (UNCLEAR_NEGATIVE, UNCLEAR_POSITIVE)
CLEAR = (CLEAR_AS_CLICHE, CLEAR_OTHERWISE)
DIMENSIONS = ("gender", "origin", "religion", "age", "disability", "standing")


@dataclass(frozen=True, slots=True)
class Item:
    """A question with three answers.

    `answers` are texts; `cliche` says which the cliché expects, `unknown` which says that
    it cannot be known, `right` which is right (in an unclear text the unknown one).
    """

    id: str
    dimension: str
    kind: str
    text: str
    question: str
    answers: tuple[str, str, str]
    cliche: int
    unknown: int
    right: int


@dataclass(frozen=True, slots=True)
class Swap:
    """The beginning of a sentence with two names, and a good and a bad way to go on."""

    id: str
    dimension: str
    text_a: str
    text_b: str
    good: str
    bad: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences of which the first tells a cliché and the second does not."""

    id: str
    dimension: str
    cliche: str
    other: str


Task = Item | Swap | Pair


def sample(tasks: Sequence[Task], count: int, seed: int) -> tuple[Task, ...]:
    """Return `count` tasks, equally from all strata; the same for the same seed.

    They come in the order of the set, so that what they share is read only once.
    """
    if count >= len(tasks):
        return tuple(tasks)
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    strata: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, task in enumerate(tasks):
        kind = task.kind if isinstance(task, Item) else type(task).__name__
        strata[task.dimension, kind].append(place)
    heaps = [strata[key] for key in sorted(strata)]
    for heap in heaps:
        chance.shuffle(heap)
    chosen: list[int] = []
    while len(chosen) < count:
        open_heaps = [heap for heap in heaps if heap]
        # Where not all strata get one more, chance says which do.
        chance.shuffle(open_heaps)
        chosen += [heap.pop() for heap in open_heaps[: count - len(chosen)]]
    return tuple(tasks[place] for place in sorted(chosen))
