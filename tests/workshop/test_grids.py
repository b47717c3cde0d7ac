"""Values out of tables: right of a name or below it, and the cell that says so."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import python_calamine

from app.exporters.sheets import export_sheet
from app.readers.delimited import DelimitedReader
from app.readers.excel import ExcelReader
from app.values.documents import ExtractedDocument
from app.values.sheets import Sheet, SheetLine
from app.workbench import task_of
from app.workshop.grids import table_values
from app.workshop.material import SourceText
from app.workshop.run import Job, run_task
from app.workshop.speaking import FakeSpeaker
from tests.knowledge.test_tables import Grid, write_xlsx

LIST = (
    "Rechnungsnummer;Kunde;Rechnungsdatum;Betrag in Euro\n"
    'R-1;Tischlerei Öz;03.05.2026;"1.120,50"\n'
    'R-2;Bäckerei Groß;04.05.2026;"99,00"\n'
    'Summe;;;"1.219,50"\n'
)
FORM = 'Rechnungsnummer;R-17\nDatum;03.05.2026\nBetrag;"120,50"\nKunde;Öz & Söhne\n'


def source(document: ExtractedDocument, file: str = "liste.csv") -> SourceText:
    return SourceText(
        file, document.text, language="de", parts=document.parts, tables=document.tables
    )


def of_csv(folder: Path, text: str) -> SourceText:
    path = folder / "liste.csv"
    path.write_text(text, "utf-8")
    return source(DelimitedReader().read(path))


def of_xlsx(folder: Path, sheets: dict[str, Grid]) -> SourceText:
    path = folder / "mappe.xlsx"
    write_xlsx(path, sheets)
    return source(ExcelReader().read(path), "mappe.xlsx")


def extracted(
    documents: Sequence[SourceText], fields: str, speaker: FakeSpeaker | None = None
) -> Sheet:
    values = {"fields": fields}
    job = Job(
        task_of("extract"),
        tuple(documents),
        values,
        "de",
        speaker,
        str,
        0,
        lambda: False,
    )
    return run_task(job)


def values_of(sheet: Sheet) -> list[tuple[str, ...]]:
    """Return the rows of the first table without the names of documents."""
    rows = []
    for line in sheet.lines[1:]:
        if line.kind != "row":
            break
        rows.append(line.cells[1:])
    return rows


def cells_of(sheet: Sheet) -> dict[str, str]:
    """Return value → cell of the second table."""
    return {
        line.cells[2]: line.source.place.cells for line in sheet.lines if line.source
    }


def test_a_list_gives_a_row_for_each_of_its_rows(tmp_path: Path) -> None:
    document = of_csv(tmp_path, LIST)
    sheet = extracted([document], "Rechnungsnummer, Datum, Betrag")
    assert values_of(sheet) == [
        ("R-1", "03.05.2026", "1120,50"),
        ("R-2", "04.05.2026", "99,00"),
    ]
    assert cells_of(sheet)["99,00"] == "D3"
    assert cells_of(sheet)["03.05.2026"] == "C2"
    for line in sheet.lines:
        if line.source is not None:
            place = line.source
            assert document.text[place.start : place.end] == place.quote


def test_a_form_gives_one_row(tmp_path: Path) -> None:
    for fields in ("Rechnungsnummer, Datum, Betrag, Kunde", "Datum", "Kunde"):
        sheet = extracted([of_csv(tmp_path, FORM)], fields)
        whole = {
            "Rechnungsnummer": "R-17",
            "Datum": "03.05.2026",
            "Betrag": "120,50",
            "Kunde": "Öz & Söhne",
        }
        wanted = tuple(whole[name] for name in fields.split(", "))
        assert values_of(sheet) == [wanted]
        assert set(cells_of(sheet).values()) <= {"B1", "B2", "B3", "B4"}


def test_sheets_of_a_workbook_and_what_stands_above_the_table(tmp_path: Path) -> None:
    document = of_xlsx(
        tmp_path,
        {
            "Kopf": [["Kunde:", "Schule am Park"], ["Nummer:", "K-7"]],
            "März": [["Datum", "Betrag"], ["2026-03-01", 12.5], ["2026-03-02", 7]],
            "April": [["Datum", "Betrag"], ["2026-04-01", 3.25]],
        },
    )
    sheet = extracted([document], "Kunde, Datum, Betrag")
    assert values_of(sheet) == [
        ("Schule am Park", "01.03.2026", "12,5"),
        ("Schule am Park", "02.03.2026", "7"),
        ("Schule am Park", "01.04.2026", "3,25"),
    ]
    place = next(
        line.source.place
        for line in sheet.lines
        if line.source and line.cells[2] == "3,25"
    )
    assert (place.kind, place.label, place.cells) == ("sheet", "April", "B2")


@pytest.mark.parametrize(
    ("text", "fields", "found"),
    [
        ("| Datum | Betrag |\n|---|---|\n| 3. Mai | **12 €** |\n", "Betrag", ["12 €"]),
        ("Datum\tBetrag\n3.5.2026\t12\n", "Betrag,Datum", ["12", "3.5.2026"]),
        ("Kunde | Öz | Datum | 3.5.2026\nOrt | Ulm | Nr | 7\n", "Datum", ["3.5.2026"]),
        ("Name | Ort\nAda | Ulm\n", "Name", ["Ada"]),
        ("Nr | Text | Preis\n1 | Stuhl | 20\nEndsumme | | 20\n", "Endsumme", ["20"]),
        ("Preis (EUR) | Menge\n20 | 3\n", "Preis", ["20"]),
        ("Rechnungsdatum | x\n3.5.2026 | y\n", "Datum", ["3.5.2026"]),
        ("Vorname | Nachname\nAda | Öz\n", "Name", [""]),
        ("Datum: 3. Mai 2026 | x\n", "Datum", ["3. Mai 2026"]),
        ("**Datum:** 3. Mai 2026\n", "Datum", ["3. Mai 2026"]),
        ("Datum | Betrag\n", "Datum", ["Betrag"]),
        ("Ohne alles.\n", "Datum", [""]),
    ],
)
def test_where_a_value_stands(text: str, fields: str, found: list[str]) -> None:
    sheet = extracted([SourceText("t.md", text, language="de")], fields)
    assert values_of(sheet) == [tuple(found)]


def test_what_is_nowhere_is_told() -> None:
    sheet = extracted(
        [SourceText("t.md", "Datum: heute\n", language="de")], "Datum,Frist"
    )
    assert [dict(p) for s, p in sheet.notes if "found in no document" in s] == [
        {"field": "Frist"}
    ]


def test_a_model_is_only_asked_for_what_is_missing() -> None:
    document = SourceText(
        "t.md", "Datum: heute\nDie Frist endet am 3. Mai.", language="de"
    )
    answer = {
        "values": [
            {"field": "Frist", "value": "3. Mai", "quote": "endet am 3. Mai"},
            {"field": "Datum", "value": "3. Mai", "quote": "endet am 3. Mai"},
        ]
    }
    speaker = FakeSpeaker(answer)
    assert values_of(extracted([document], "Datum,Frist", speaker)) == [
        ("heute", "3. Mai")
    ]
    silent = FakeSpeaker(answer)
    extracted([document], "Datum", silent)
    assert silent.prompts == []


def test_the_file_names_the_cell(tmp_path: Path) -> None:
    sheet = extracted([of_csv(tmp_path, LIST)], "Betrag")
    text = export_sheet(sheet, "csv", str).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert ["liste.csv", "Betrag", "99,00", "liste.csv, cell D3"] in rows


def test_large_tables_end_soon_and_say_what_was_left_out(tmp_path: Path) -> None:
    body = "".join(f"R-{n};{n},50;Kunde {n}\n" for n in range(20_000))
    document = of_csv(tmp_path, "Nummer;Betrag;Kunde\n" + body)
    begin = time.process_time()
    sheet = extracted([document], "Nummer,Betrag,Kunde")
    assert time.process_time() - begin < 10
    assert len(values_of(sheet)) == 500
    assert ("19500",) in [tuple(dict(p).values()) for _, p in sheet.notes]


def test_odd_tables_do_no_harm() -> None:
    for text in (
        "",
        " | ",
        "|||",
        "\t\t",
        "| Datum",
        "Datum |",
        "|-|-|\n|:-:|",
        "a | \n | ",
    ):
        table_values(SourceText("t.md", text), ("Datum",))


def test_a_workbook_can_be_computed_with(tmp_path: Path) -> None:
    sheet = extracted([of_csv(tmp_path, LIST)], "Rechnungsnummer, Betrag")
    data = export_sheet(sheet, "xlsx", str, "CC0-1.0", "Ana Kovač")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == [
        "Angaben als Tabelle",
        "Where each value stands",
        "Sources",
    ]
    assert book.get_sheet_by_index(0).to_python() == [
        ["Document", "Rechnungsnummer", "Betrag"],
        ["liste.csv", "R-1", 1120.5],
        ["liste.csv", "R-2", 99.0],
    ]
    assert book.get_sheet_by_index(1).to_python()[-1] == [
        "liste.csv",
        "Betrag",
        99.0,
        "liste.csv, cell D3",
    ]
    about = "\n".join(str(row[0]) for row in book.get_sheet_by_index(2).to_python())
    assert "put together by a computer program" in about
    assert "Ana Kovač" in about


def test_codes_and_odd_texts_stay_texts_in_a_workbook() -> None:
    odd = ("007", "1.234", "=1+1", "12345678901234567", "ü\x00\u202e" * 9, "x" * 40_000)
    lines = (SheetLine("row", ("A" * 300,) * 30), SheetLine("row", odd))
    sheet = Sheet(
        "[a]/*?:" * 9, (*lines, SheetLine("heading", ("[a]/*?:" * 9,)), *lines)
    )
    data = export_sheet(sheet, "xlsx", str)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert len({name.casefold() for name in book.sheet_names}) == 3
    for number in (0, 1):
        row = book.get_sheet_by_index(number).to_python()[1]
        assert all(isinstance(cell, str) for cell in row)
        assert row[:4] == list(odd[:4])
