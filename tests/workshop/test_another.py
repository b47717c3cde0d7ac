"""Another line of a sheet: it fits, and nothing comes twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.values.sheets import Sheet, SheetLine
from app.workbench import task_of
from app.workshop.another import another_line, can_be_another
from app.workshop.material import SourceText
from app.workshop.run import Job, run_task
from tests.workshop.test_built import RULES


def job(task: str, **values: str) -> Job:
    found = task_of(task)
    given = {**{f.name: f.default for f in found.fields}, **values}
    documents = (SourceText("t.md", RULES, language="de"),)
    return Job(found, documents, given, "de", None, str, 0, lambda: False)


def test_a_word_is_replaced_by_one_that_is_not_there() -> None:
    work = job("vocabulary", count="4")
    sheet = run_task(work)
    assert len(sheet.lines) == 5
    for place in range(1, 5):
        line = another_line(work, sheet, place)
        assert line is not None
        assert line.cells[0] not in {old.cells[0] for old in sheet.lines}
        assert line.source is not None
        assert line.source.quote in RULES
        lines = (*sheet.lines[:place], line, *sheet.lines[place + 1 :])
        sheet = replace(sheet, lines=lines)


def test_asking_again_and_again_shows_more_than_two() -> None:
    work = job("vocabulary", count="4")
    sheet = run_task(work)
    found = {another_line(replace(work, seed=n), sheet, 2) for n in range(1, 5)}
    assert len(found) > 2


def test_a_text_without_more_words_yields_none() -> None:
    work = job("vocabulary", count="200")
    assert another_line(work, run_task(work), 3) is None


def test_a_sentence_of_a_summary_is_replaced_by_another() -> None:
    work = job("summary", points="3")
    sheet = run_task(work)
    places = [n for n in range(len(sheet.lines)) if can_be_another("summary", sheet, n)]
    line = another_line(work, sheet, places[0])
    assert line is not None
    assert line.kind == sheet.lines[places[0]].kind
    assert line.cells not in {old.cells for old in sheet.lines}


@pytest.mark.parametrize(
    ("place", "able"), [(0, False), (1, False), (2, True), (3, True), (4, False)]
)
def test_headings_columns_and_notes_stay(place: int, able: bool) -> None:
    kinds = [
        ("heading", "Wörter"),
        ("row", "Wort"),
        ("row", "Buch"),
        ("bullet", "eins"),
        ("note", "zwei"),
    ]
    lines = tuple(SheetLine(kind, (text,)) for kind, text in kinds)
    assert can_be_another("vocabulary", Sheet("x", lines), place) is able
    assert not can_be_another("extract", Sheet("x", lines), place)
