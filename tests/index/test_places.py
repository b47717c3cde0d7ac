"""Places of words survive being packed, within a 65,535th of a page."""

from __future__ import annotations

import random

import pytest

from app.index.places import packed, unpacked
from app.values.documents import Box, Placed


def test_places_come_back() -> None:
    chance = random.Random(4)
    places, at = [], 0
    for _ in range(2000):
        start = at + chance.choice([0, 1, 2, 500, 70_000, 200_000])
        at = start + chance.randint(1, 30)
        edges = sorted(chance.random() for _ in range(4))
        places.append(Placed(start, at, Box(edges[0], edges[1], edges[2], edges[3])))
    back = list(unpacked(packed(places)))
    assert [(p.start, p.end) for p in back] == [(p.start, p.end) for p in places]
    for old, new in zip(places, back, strict=True):
        assert new.box.left == pytest.approx(old.box.left, abs=1e-5)
        assert new.box.bottom == pytest.approx(old.box.bottom, abs=1e-5)
    assert len(packed(places)) < 40 * len(places)


def test_edges_beyond_the_page_and_nothing_at_all() -> None:
    (place,) = unpacked(packed([Placed(3, 5, Box(-0.2, 0, 1.5, 1))]))
    assert place == Placed(3, 5, Box(0, 0, 1, 1))
    assert list(unpacked(packed([]))) == []
