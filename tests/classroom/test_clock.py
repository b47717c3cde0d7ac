"""The lesson's time, whatever is done to the computer's clock."""

from __future__ import annotations

import random

from app.classroom.clock import LessonClock, Reading

BEGIN = Reading(1_000_000.0, 500.0, "first")
CLOCK = LessonClock(BEGIN.wall, BEGIN)


def test_ticks_count_while_the_computer_runs() -> None:
    later, moved = CLOCK.at(Reading(BEGIN.wall + 60, BEGIN.ticks + 60, "first"))
    assert (later.now, moved) == (BEGIN.wall + 60, 0.0)


def test_a_clock_set_back_is_noticed_and_gives_no_time() -> None:
    later, moved = CLOCK.at(Reading(BEGIN.wall - 3600, BEGIN.ticks + 30, "first"))
    assert later.now == BEGIN.wall + 30
    assert moved == -3630


def test_a_clock_set_forward_does_not_end_the_lesson() -> None:
    later, moved = CLOCK.at(Reading(BEGIN.wall + 86_400, BEGIN.ticks + 30, "first"))
    assert later.now == BEGIN.wall + 30
    assert moved == 86_370


def test_a_small_correction_is_no_event() -> None:
    _, moved = CLOCK.at(Reading(BEGIN.wall + 40, BEGIN.ticks + 30, "first"))
    assert moved == 0.0


def test_across_a_restart_the_clock_counts_but_never_backwards() -> None:
    later, moved = CLOCK.at(Reading(BEGIN.wall + 120, 5.0, "second"))
    assert (later.now, moved) == (BEGIN.wall + 120, 0.0)
    back, moved = later.at(Reading(BEGIN.wall - 7200, 5.0, "third"))
    assert back.now == later.now
    assert moved == -7320


def test_the_time_never_goes_backwards() -> None:
    chance = random.Random(7)
    clock = CLOCK
    for _ in range(2_000):
        reading = Reading(
            chance.uniform(-1e6, 3e6), chance.uniform(0, 2e3), chance.choice("abc")
        )
        later, _ = clock.at(reading)
        assert later.now >= clock.now
        clock = later
