"""What follows the same words earlier is the guess for what comes next."""

from __future__ import annotations

import random

from app.inference.lookup import Lookup


def test_what_stood_there_before_is_guessed() -> None:
    assert Lookup([1, 2, 3, 4, 5, 1, 2, 3], 2).draft() == [4, 5]


def test_the_last_place_counts_and_longer_runs_first() -> None:
    assert Lookup([7, 2, 3, 9, 2, 3, 8, 7, 2, 3], 1).draft() == [9]
    assert Lookup([2, 3, 9, 2, 3, 8, 4, 2, 3], 1).draft() == [8]


def test_new_words_give_no_guess() -> None:
    assert Lookup([1, 2, 3], 4).draft() == []
    assert Lookup([], 4).draft() == []


def test_it_guesses_as_a_plain_search_would() -> None:
    draw = random.Random(2)
    tokens = [draw.randrange(6) for _ in range(400)]
    lookup = Lookup([], 5)
    for count in range(1, len(tokens) + 1):
        lookup.add(tokens[count - 1])
        assert lookup.draft() == plainly(tokens[:count], 5)


def plainly(tokens: list[int], most: int) -> list[int]:
    for length in (3, 2):
        if len(tokens) < length:
            continue
        run = tokens[-length:]
        for end in range(len(tokens) - 1, length - 1, -1):
            if tokens[end - length : end] == run:
                return tokens[end : end + most]
    return []
