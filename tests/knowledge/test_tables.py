"""Spreadsheets as people have them, read, indexed, asked: the cells are the source."""

from __future__ import annotations

import threading
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from app.answering.ask import AskOptions, ask
from app.answering.computed import computed_sentence
from app.database import open_database
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.knowledge.ingest import Ingest
from app.knowledge.search import BaseSearch
from app.values.answers import AnswerFinished
from app.values.bases import Base
from app.values.passages import SearchResult
from app.values.tables import ComputedAnswer
from app.workers.child import Job

Cell = str | float
Grid = Sequence[Sequence[Cell]]

COSTS: Grid = [
    ["Datum", "Monat", "Zweck", "Betrag"],
    ["2025-01-08", "Januar", "Kopierpapier", 89.9],
    ["2025-03-03", "März", "Kreide", 23.45],
    ["2025-03-12", "März", "Bus nach Weimar", 1310.05],
    ["2025-04-01", "April", "Beamerlampe", 129],
    ["Summe", "", "", 1552.4],
]
CLASSES: Grid = [
    ["Klasse", "Klassenlehrer", "Schüler"],
    ["7a", "Frau Yılmaz", 26],
    ["7b", "Herr Brandt", 24],
    ["8a", "Frau Kowalski", 28],
]


def write_xlsx(path: Path, sheets: dict[str, Grid]) -> None:
    """Write the smallest workbook that is one."""
    kind = "http://schemas.openxmlformats.org"
    office = f"{kind}/officeDocument/2006/relationships"
    main = f'xmlns="{kind}/spreadsheetml/2006/main"'
    package = f"{kind}/package/2006"
    numbers = range(1, len(sheets) + 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/'
            'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for n in numbers
        )
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" Content'
            'Type="application/vnd.openxmlformats-package.relationships+xml"/><Override'
            ' PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
            f'officedocument.spreadsheetml.sheet.main+xml"/>{parts}</Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type='
            f'"{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        names = "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"/>'
            for n, name in zip(numbers, sheets, strict=True)
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {main} xmlns:r="{office}"><sheets>{names}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="r{n}" Type="{office}/worksheet"'
            f' Target="worksheets/sheet{n}.xml"/>'
            for n in numbers
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">{links}</Relationships>',
        )
        for n, grid in zip(numbers, sheets.values(), strict=True):
            rows = "".join(
                f'<row r="{r}">{"".join(_cell(cell, r, c) for c, cell in enumerate(row))}'
                "</row>"
                for r, row in enumerate(grid, 1)
            )
            archive.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f"<worksheet {main}><sheetData>{rows}</sheetData></worksheet>",
            )


def _cell(cell: Cell, row: int, column: int) -> str:
    place = f"{chr(65 + column)}{row}"
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'


def write_ods(path: Path, sheets: dict[str, Grid]) -> None:
    """Write the smallest OpenDocument spreadsheet."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    tables = ""
    for name, grid in sheets.items():
        rows = ""
        for row in grid:
            cells = ""
            for cell in row:
                if isinstance(cell, str):
                    cells += (
                        '<table:table-cell office:value-type="string"><text:p>'
                        f"{escape(cell)}</text:p></table:table-cell>"
                    )
                else:
                    cells += (
                        '<table:table-cell office:value-type="float" office:value='
                        f'"{cell}"><text:p>{cell}</text:p></table:table-cell>'
                    )
            rows += f"<table:table-row>{cells}</table:table-row>"
        tables += f'<table:table table:name="{escape(name)}">{rows}</table:table>'
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office='
        f'"{space}:office:1.0" xmlns:table="{space}:table:1.0" xmlns:text="{space}:text'
        ':1.0" office:version="1.3"><office:body><office:spreadsheet>'
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:'
            f'manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-'
            f'type="{kind}"/></manifest:manifest>',
        )


def write_csv(path: Path, sheets: dict[str, Grid]) -> None:
    """Write the first sheet as a German program does."""
    lines = []
    for row in next(iter(sheets.values())):
        cells = [
            cell if isinstance(cell, str) else f"{cell:.2f} €".replace(".", ",")
            for cell in row
        ]
        lines.append(";".join(cells))
    path.write_text("\n".join(lines), "cp1252")


class Desk:
    """A base with documents, searched in this process."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(open_database(folder / "knowledge.db", MIGRATIONS))
        self.base: Base = self.store.create_base("a", "")
        self._vectors = VectorIndex(self.store.connection)
        self._search = BaseSearch(self.store, self._vectors)

    def add(self, folder: Path) -> None:
        awake = threading.Event()
        awake.set()
        work = Ingest(self.store, self._vectors, self.base, None, Job(1, None), awake)
        list(work.run([str(folder)], True))

    def search(self, query: str, top_k: int = 8) -> SearchResult:
        return self._search.search(self.base, query, top_k, "words", None, None)

    def ask(self, query: str) -> ComputedAnswer:
        found = self.search(query).computed
        assert found is not None, query
        _, document = self.store.document_text(found.document_id)
        for rows in found.places:
            assert document.text[rows.start : rows.end] == rows.text
        return found


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("ending", ["xlsx", "ods", "csv"])
def test_a_real_spreadsheet_answers(tmp_path: Path, docs: Path, ending: str) -> None:
    write = {"xlsx": write_xlsx, "ods": write_ods, "csv": write_csv}[ending]
    path = docs / f"Ausgaben 2025.{ending}"
    write(path, {"Kasse": COSTS})
    desk = Desk(tmp_path)
    desk.add(docs)
    found = desk.ask("Wie hoch ist die Summe der Ausgaben im März 2025?")
    assert found.value is not None
    assert found.value.text == "1333.5"
    assert (found.rows, found.cells, found.file) == (2, "D3:D4", str(path))
    total = "1,333.50" if ending != "csv" else "€1,333.50"
    said = f"März: {total} (sum of “Betrag” over 2 rows)."
    assert computed_sentence(found, "en") == said
    everything = desk.ask("Wie hoch ist die Summe der Beträge?")
    assert everything.value is not None
    assert everything.value.text == "1552.4"
    bus = desk.ask("Wie hoch ist der Betrag für den Bus nach Weimar?")
    assert bus.places[0].text.startswith("2025-03-12 | März | Bus nach Weimar | 1")
    assert desk.search("Wie beantrage ich Sonderurlaub?").computed is None


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_the_sheet_is_named(tmp_path: Path, docs: Path, ending: str) -> None:
    write = {"xlsx": write_xlsx, "ods": write_ods}[ending]
    write(docs / f"Schule.{ending}", {"Kasse": COSTS, "Klassen": CLASSES})
    desk = Desk(tmp_path)
    desk.add(docs)
    found = desk.ask("Wie viele Schüler hat die 7b?")
    assert found.value is not None
    assert found.value.text == "24"
    assert (found.place.kind, found.place.number, found.place.label) == (
        "sheet",
        2,
        "Klassen",
    )
    assert found.places[0].cells == "C3"
    assert found.places[0].text == "7b | Herr Brandt | 24"


def test_the_answer_is_the_computed_sentence(tmp_path: Path, docs: Path) -> None:
    write_xlsx(docs / "Schule.xlsx", {"Klassen": CLASSES})
    (docs / "brief.txt").write_text("Liebe Eltern, die 7b fährt nach Weimar.", "utf-8")
    desk = Desk(tmp_path)
    desk.add(docs)
    question = "Which class has the most Schüler?"
    *_, finished = ask(question, desk, None, AskOptions(language="en"))
    assert isinstance(finished, AnswerFinished)
    answer = finished.answer
    assert answer.text == "The highest value of “Schüler” is 28: 8a. [1]"
    assert answer.citations[0].place.cells == "A4,C4"
    assert answer.citations[0].quote == "8a | Frau Kowalski | 28"


def test_chosen_documents_only(tmp_path: Path, docs: Path) -> None:
    write_xlsx(docs / "a.xlsx", {"Klassen": CLASSES})
    write_xlsx(docs / "b.xlsx", {"Klassen": [*CLASSES[:2], ["7b", "Frau Neu", 19]]})
    knowledge = Knowledge(IndexConfig(tmp_path / "k.db", tmp_path / "index"))
    try:
        knowledge.create("Schule", "")
        list(knowledge.add("Schule", (str(docs),)))
        question = "Wie viele Schüler hat die 7b?"
        assert knowledge.search("Schule", question).computed is None  # two answers
        for name, wanted in (("a", "24"), ("b", "19")):
            only = (str(docs / f"{name}.xlsx"),)
            found = knowledge.search("Schule", question, documents=only).computed
            assert found is not None
            assert found.value is not None
            assert found.value.text == wanted
        knowledge.forget("Schule", str(docs / "a.xlsx"))
        found = knowledge.search("Schule", question).computed
        assert found is not None
        assert found.file == str(docs / "b.xlsx")
    finally:
        knowledge.close()


def test_a_changed_sheet_is_computed_anew(tmp_path: Path, docs: Path) -> None:
    path = docs / "Schule.xlsx"
    write_xlsx(path, {"Klassen": CLASSES})
    desk = Desk(tmp_path)
    desk.add(docs)
    assert desk.ask("Wie viele Schüler hat die 7b?").rows == 1
    write_xlsx(path, {"Klassen": [*CLASSES[:2], ["7b", "Herr Brandt", 31]]})
    desk.add(docs)
    found = desk.ask("Wie viele Schüler hat die 7b?")
    assert found.value is not None
    assert found.value.text == "31"


def test_among_two_hundred_sheets(tmp_path: Path, docs: Path) -> None:
    sheets: dict[str, Grid] = {
        f"Liste {n}": [
            ["Eintrag", f"Merkmal {n}", "Menge"],
            *([f"Ding {n} {r}", f"Art {r % 7}", r] for r in range(40)),
        ]
        for n in range(199)
    }
    write_xlsx(docs / "viel.xlsx", {**sheets, "Klassen": CLASSES})
    desk = Desk(tmp_path)
    desk.add(docs)
    found = desk.ask("Wie viele Schüler hat die 7b?")
    assert found.place.number == 200
    desk.search("Wie hoch ist die Summe der Menge?")
    started = time.process_time()
    for _ in range(5):
        desk.ask("Wie viele Schüler hat die 7b?")
    assert (time.process_time() - started) / 5 < 0.5
