"""What a person edits becomes an item that can be exported."""

from __future__ import annotations

import random

import pytest

from app.values.quiz import Gap, Item
from app.workshop.checks import problems
from app.workshop.editing import (
    answers_from,
    gaps_from,
    moved,
    options_from,
    pairs_from,
    with_gaps_shown,
)


@pytest.mark.parametrize(
    ("shown", "text", "answers"),
    [
        ("Der Urlaub beträgt {24} Tage.", "Der Urlaub beträgt 24 Tage.", ["24"]),
        ("{Ein} und {zwei}", "Ein und zwei", ["Ein", "zwei"]),
        ("{ Ein |eins|} Tag", "Ein Tag", ["Ein"]),
        ("Kein { } und {|} und {offen", "Kein { } und {|} und {offen", []),
        ("", "", []),
    ],
)
def test_braces_become_gaps(shown: str, text: str, answers: list[str]) -> None:
    made, gaps = gaps_from(shown)
    assert made == text
    assert [made[g.start : g.end] for g in gaps] == answers


def test_other_right_answers_are_kept() -> None:
    text, gaps = gaps_from("Es sind {24|vierundzwanzig|XXIV} Tage.")
    assert gaps == (Gap(8, 10, ("vierundzwanzig", "XXIV")),)
    item = Item("cloze", text, gaps=gaps)
    assert gaps_from(with_gaps_shown(item)) == (text, gaps)
    assert problems(item) == ()


@pytest.mark.parametrize("seed", range(300))
def test_what_is_shown_reads_back(seed: int) -> None:
    chance = random.Random(seed)
    shown = "".join(chance.choices("ab{}| ü", k=chance.randrange(40)))
    text, gaps = gaps_from(shown)
    item = Item("cloze", text, gaps=gaps)
    place = 0
    for gap in gaps:
        assert place <= gap.start < gap.end <= len(text)
        place = gap.end
    if "{" not in text and "}" not in text:
        assert gaps_from(with_gaps_shown(item)) == (text, gaps)


def test_points_are_shared_out() -> None:
    one = options_from([("a", True), ("b", False), (" ", False)])
    assert [(o.text, o.fraction) for o in one] == [("a", 100.0), ("b", 0.0)]
    several = options_from([("a", True), ("b", True), ("c", True), ("d", False)])
    assert [o.fraction for o in several] == [33.33333, 33.33333, 33.33333, -100.0]
    assert problems(Item("multiple", "?", options=several)) == ()
    assert options_from([("a", False)])[0].fraction == 0.0


def test_empty_rows_are_left_out() -> None:
    assert [o.text for o in answers_from(["", " x "])] == ["x"]
    assert len(pairs_from([("a", "b"), ("", " "), ("c", "")])) == 2


def test_moving_stops_at_the_ends() -> None:
    items = [Item("essay", text) for text in "abc"]
    assert [i.text for i in moved(items, 0, -1)] == ["a", "b", "c"]
    assert [i.text for i in moved(items, 0, 1)] == ["b", "a", "c"]
    assert [i.text for i in moved(items, 2, 5)] == ["a", "b", "c"]
