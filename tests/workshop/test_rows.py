"""Questions about tables: right as far as the sheet is, and nothing where it is unclear."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from app.errors import UsageError
from app.readers.delimited import DelimitedReader
from app.values.quiz import ItemAdded, QuizRequest
from app.workbench import task_of
from app.workshop.checks import problems
from app.workshop.material import SourceText
from app.workshop.quiz import make_quiz
from app.workshop.rows import KINDS, cell_items, table_rows
from app.workshop.run import Job, run_task

TABLE = (
    "Gerät | Raum | Preis in Euro | Gekauft\n"
    "Beamer | 101 | 450 | 2021\n"
    "Laptop | 102 | 899 | 2023\n"
    "Drucker | Sekretariat | 320 | 2020\n"
    "Kamera | Medienraum | 610 | 2022\n"
    "Mikroskop | Biologie | 1250 | 2019"
)
DOCUMENT = SourceText("geraete.csv", TABLE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_what_is_called_right_stands_in_the_row(kind: str, seed: int) -> None:
    items = list(cell_items([DOCUMENT], kind, str, seed))
    assert len(items) >= 5
    rows = [line.split(" | ") for line in TABLE.splitlines()]
    for item in items:
        assert problems(item, {"geraete.csv": TABLE}, (), "de") == ()
        assert item.source is not None
        cells = item.source.quote.split(" | ")
        assert cells in rows
        column = next(n for n, head in enumerate(rows[0]) if f"“{head}”" in item.text)
        said = [o.text for o in item.options if o.fraction == 100]
        if kind == "truefalse":
            assert (f"“{cells[column]}”" in item.text) is item.truth
        else:
            assert said == [cells[column]]
        wrong = [o.text for o in item.options if o.fraction <= 0]
        assert cells[column] not in wrong


def test_true_and_false_take_turns() -> None:
    truths = [item.truth for item in cell_items([DOCUMENT], "truefalse", str, 1)]
    assert set(itertools.pairwise(truths)) == {(True, False), (False, True)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a | b",
        "Name | Wert\nx | 1\nx | 2\nx | 3",
        "Name | Name\na | 1\nb | 2\nc | 3",
        "1 | 2\n3 | 4\n5 | 6\n7 | 8",
        "Name | Wert\na | 1\nb | 2",
        " | Wert\na | 1\nb | 2\nc | 3",
        "| Name | Wert |\n| --- | --- |\n| a | 1 |\n| b | 2 |\n| c | 3 |",
    ],
)
def test_unclear_tables_are_left_alone(text: str) -> None:
    assert list(table_rows(SourceText("t", text))) == []


def test_two_tables_of_a_document_are_not_mixed() -> None:
    text = f"{TABLE}\n\nOrt | Tag\nAula | Montag\nHof | Dienstag\nKeller | Freitag\n"
    tables = list(table_rows(SourceText("t", text)))
    assert [len(table) for table in tables] == [5, 3]
    assert text[tables[1][2].start : tables[1][2].end] == "Keller | Freitag"


def test_a_quiz_of_a_sheet() -> None:
    request = QuizRequest(8, ("single", "truefalse"), language="de")
    *events, _ = make_quiz([DOCUMENT], request, task_of("quiz"), None, str)
    items = [event.item for event in events if isinstance(event, ItemAdded)]
    assert len(items) == 8
    assert len({item.text for item in items}) == 8


def test_a_sheet_cannot_be_summed_up_and_that_is_said() -> None:
    task = task_of("summary")
    values = {field.name: field.default for field in task.fields}
    job = Job(task, (DOCUMENT,), values, "de", None, str, 0, lambda: False)
    with pytest.raises(UsageError, match="no whole sentence"):
        run_task(job)


def test_numbers_and_dates_are_written_as_the_language_does() -> None:
    text = (
        "Tag | Betrag\n2025-03-01 | 23.45\n2025-03-02 | 7.5\n2025-03-03 | 120\n"
        "2025-03-04 | 3.25\nSumme | 154.2"
    )
    document = SourceText("kosten.csv", text)
    for kind in KINDS:
        items = list(cell_items([document], kind, str, 1, "de"))
        assert items
        assert not any("Summe" in item.text for item in items)
        for item in items:
            assert problems(item, {"kosten.csv": text}, (), "de") == ()
            assert "“0" in item.text  # the row's name: “01.03.2025”
    answers = {
        o.text for o in next(cell_items([document], "single", str, 1, "de")).options
    }
    assert answers == {"23,45", "7,5", "120", "3,25"}


def test_a_quiz_names_the_cells_of_its_row(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    path.write_text(TABLE.replace(" | ", ";"), "utf-8")
    read = DelimitedReader().read(path)
    document = SourceText("g.csv", read.text, tables=read.tables)
    places = {
        i.source.place.cells
        for i in cell_items([document], "short", str, 1)
        if i.source
    }
    assert places == {f"A{n}:D{n}" for n in range(2, 7)}
