"""Which questions lean on the one before, and what is searched then."""

from __future__ import annotations

import pytest

from app.answering.followup import leans_back, standalone


@pytest.mark.parametrize(
    "question",
    [
        "Und wie lange ist sie bei Angestellten?",
        "Gilt das auch für Lehrlinge?",
        "Und samstags?",
        "Warum?",
        "Wie hoch ist sie?",
        "And for teachers?",
        "How long does it last?",
        "Peki öğretmenler için?",
    ],
)
def test_these_lean_back(question: str) -> None:
    assert leans_back(question)


@pytest.mark.parametrize(
    "question",
    [
        "Wie lange ist die Probezeit bei Angestellten?",
        "Können Sie mir sagen, wann die Bibliothek öffnet?",
        "Und wie lange dauert die Probezeit für Auszubildende im zweiten Lehrjahr?",
        "How long is the probation period?",
        "Wann endet die Schule?",
    ],
)
def test_these_stand_by_themselves(question: str) -> None:
    assert not leans_back(question)


def test_a_follow_up_is_searched_with_what_came_before() -> None:
    first = "Wie lange ist die Probezeit?"
    assert standalone("Und bei Azubis?", [first]) == f"{first} Und bei Azubis?"


def test_a_new_subject_leaves_the_old_one() -> None:
    earlier = ["Wie lange ist die Probezeit?", "Wann öffnet die Bibliothek?"]
    query = standalone("Und sonntags?", earlier)
    assert query == "Wann öffnet die Bibliothek? Und sonntags?"


def test_a_chain_of_follow_ups_keeps_its_subject() -> None:
    earlier = ["Wie lange ist die Probezeit?", "Und bei Azubis?"]
    query = standalone("Warum?", earlier)
    assert query == "Wie lange ist die Probezeit? Und bei Azubis? Warum?"


def test_the_first_question_is_searched_as_it_is() -> None:
    assert standalone("Und samstags?", []) == "Und samstags?"
