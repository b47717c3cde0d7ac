"""Everyday words find their written ones, in one direction only."""

from __future__ import annotations

import pytest

from app import words
from app.retrieval import everyday
from app.retrieval.everyday import in_writing, written_words


def test_every_line_of_the_table_has_both_sides() -> None:
    for line in everyday._TABLE.strip().splitlines():
        spoken, colon, written = line.partition(":")
        assert colon
        assert spoken.split()
        assert written.split()


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("Darf der Chef das?", "arbeitgeber"),
        ("Wann darf ein Azubi gehen?", "auszubildende"),
        ("Ab wann brauche ich ein Attest?", "bescheinigung"),
        ("Wurde ich zu Recht gefeuert?", "kündigung"),
    ],
)
def test_questions_are_said_in_writing(question: str, written: str) -> None:
    said = in_writing(question)
    assert said.startswith(question)
    assert written in said.split()


def test_written_words_stay_what_they_are() -> None:
    assert in_writing("Welche Pflichten hat der Arbeitgeber?").endswith("?")
    assert written_words("Arbeitgeber") == ()


def test_written_words_join_the_group_of_their_word() -> None:
    groups = words.query_terms("Darf der Chef kündigen?", ["de"], written_words)
    assert ("chef", "arbeitgeb") in groups
    assert all("arbeitgeb" not in group for group in groups if "chef" not in group)
