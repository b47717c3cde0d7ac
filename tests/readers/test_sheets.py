"""Sheets and CSV: titles, headers, typed cells and what fills the memory."""

from __future__ import annotations

import datetime
import random
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from app.chunking import chunk_document
from app.errors import DocumentError
from app.readers import ole, read_document
from app.readers.builder import TextBuilder
from app.readers.sheets import MAX_ROWS, Room, add_sheet, cell_text, rows_of
from app.values.documents import ExtractedDocument, Table
from tests.readers.make import ods_members, write_zip, xlsx_members

FILES = Path(__file__).parent / "files"
BOOKS = ("Titel", "Anzahl", "Preis", "Bestellt am")


def sheet(*grid: Sequence[object]) -> ExtractedDocument:
    builder = TextBuilder()
    add_sheet(builder, rows_of(grid, Room()), "Blatt")
    document = builder.build("xlsx")
    check(document)
    return document


def check(document: ExtractedDocument) -> None:
    """Every table stands in the text, line by line."""
    for table in document.tables:
        lines = document.text[table.start : table.end].split("\n")
        assert lines == [" | ".join(row) for row in (table.header, *table.rows)]
        assert len(table.row_numbers) == len(table.rows)
        assert {len(row) for row in (table.header, *table.rows)} == {len(table.header)}
    for chunk in chunk_document(document):
        assert chunk.text == document.text[chunk.start : chunk.end]


def read(path: Path) -> ExtractedDocument:
    document = read_document(path)
    check(document)
    return document


def csv(
    tmp_path: Path, text: str, encoding: str = "utf-8", name: str = "a.csv"
) -> Table:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    (table,) = read(path).tables
    return table


@pytest.mark.parametrize("name", ["buecher.ods", "buecher.xlsx", "buecher.xls"])
def test_workbooks_of_libreoffice(name: str) -> None:
    document = read(FILES / name)
    orders, staff = document.tables
    assert orders.name == "Bestellungen der Schülerbücherei"
    assert (orders.header, orders.header_row) == (BOOKS, 3)
    assert orders.rows[0] == ("Die Räuber", "30", "4.8", "2026-02-09")
    assert (orders.row_numbers, orders.first_column) == ((4, 5), 0)
    assert staff.rows == (("Jürgen Weiß", "Erdkunde"),)
    assert [(p.kind, p.number, p.label) for p in document.parts] == [
        ("sheet", 1, "Bücher"),
        ("sheet", 2, "Personal"),
    ]
    first, second = chunk_document(document)
    assert (first.place.label, first.place.cells) == ("Bücher", "A4:D5")
    assert second.place.cells == "A2:B2"
    assert "Titel | Anzahl" in first.heading
    assert first.page is None


def test_cells_are_typed() -> None:
    values = [3.0, 0.1 + 0.2, 1e20, -0.5, True, None, "  a\nb "]
    texts = ["3", "0.3", "1e+20", "-0.5", "true", "", "a b"]
    assert [cell_text(value) for value in values] == texts
    for text in texts[:4]:
        assert Decimal(text).is_finite()
    assert cell_text(datetime.date(2026, 2, 9)) == "2026-02-09"
    assert cell_text(datetime.datetime(2026, 2, 9)) == "2026-02-09"
    assert cell_text(datetime.datetime(2026, 2, 9, 8, 5)) == "2026-02-09 08:05"
    assert cell_text(datetime.time(8, 5, 3)) == "08:05:03"
    assert cell_text(datetime.timedelta(hours=30, minutes=2)) == "30:02"


def test_titles_and_notes_above_a_header_are_text() -> None:
    document = sheet(
        ["Haushalt 2026"],
        ["Stand", "1. März"],
        ["Posten", "Plan", "Ist", "Rest"],
        ["Papier", 100.0, 80.0, 20.0],
    )
    (table,) = document.tables
    assert (table.name, table.header_row) == ("Haushalt 2026", 3)
    assert document.text.startswith("Haushalt 2026\n\nStand | 1. März\n\nPosten |")
    assert document.headings[0].title == "Haushalt 2026"


def test_empty_rows_do_not_end_a_table_but_a_new_header_does() -> None:
    document = sheet(
        ["Name", "Note"],
        ["A", 1.0],
        ["", ""],
        ["B", 2.0],
        ["", ""],
        ["Raum", "Plätze"],
        ["Aula", 200.0],
    )
    first, second = document.tables
    assert first.row_numbers == (2, 4)
    assert (second.header, second.header_row) == (("Raum", "Plätze"), 6)


def test_empty_columns_at_the_edge_are_left_out_and_letters_stay_right() -> None:
    (table,) = sheet(["", "", "Name", "", "Note"], ["", "", "A", "", 1.0]).tables
    assert table.first_column == 2
    assert table.header == ("Name", "", "Note")
    chunk = chunk_document(sheet(["", "Name", "N"], ["", "A", 1.0]))[0]
    assert chunk.place.cells == "B2:C2"


def test_columns_without_header_have_the_letters_of_the_screen() -> None:
    (table,) = sheet([1.0, 2.0], [3.0, 4.0]).tables
    assert (table.header, table.header_row) == (("A", "B"), 0)
    assert table.rows == (("1", "2"), ("3", "4"))


def test_years_may_name_columns() -> None:
    (table,) = sheet(["Posten", 2025.0, 2026.0], ["Papier", 90.0, 95.0]).tables
    assert table.header == ("Posten", "2025", "2026")


def test_a_column_of_numbers_may_have_a_name_and_one_of_words_is_text() -> None:
    assert sheet(["Punkte"], [12.0], [15.0]).tables[0].header == ("Punkte",)
    words = sheet(["Milch"], ["Brot"], ["Butter"])
    assert (words.tables, words.text) == ((), "Milch\nBrot\nButter")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_german_csv(tmp_path: Path, encoding: str) -> None:
    text = (
        "Name;Klasse;Beitrag;PLZ;Am\r\nMüller;7a;12,50;01234;01.02.2026\r\n"
        "Groß;7b;1.234,00;50667;3.2.2026\r\nÖzil;;3;10115;32.13.2026\r\n"
    )
    table = csv(tmp_path, text, encoding)
    assert table.name == "a"
    assert table.rows == (
        ("Müller", "7a", "12.50", "01234", "2026-02-01"),
        ("Groß", "7b", "1234.00", "50667", "2026-02-03"),
        ("Özil", "", "3", "10115", "32.13.2026"),
    )


def test_english_csv_and_tabs(tmp_path: Path) -> None:
    table = csv(tmp_path, 'Name,Amount\n"Miller, Ann",12.50\nLee,1.234\n')
    assert table.rows == (("Miller, Ann", "12.50"), ("Lee", "1.234"))
    table = csv(tmp_path, "Name\tOrt\nA\tKöln\n", name="b.tsv")
    assert table.rows == (("A", "Köln"),)


def test_csv_of_unequal_rows_with_line_breaks_in_cells(tmp_path: Path) -> None:
    text = 'sep=;\nName;Text;Zahl\nA;"eins\nzwei";1\nB\nC;drei;3;zu viel\n\nD;vier;4\n'
    table = csv(tmp_path, text)
    assert table.header == ("Name", "Text", "Zahl", "")
    assert table.rows[0] == ("A", "eins zwei", "1", "")
    assert table.rows[2] == ("C", "drei", "3", "zu viel")
    assert table.row_numbers == (2, 3, 4, 6)


def test_csv_without_columns_is_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Nur ein Satz ohne Trenner\nund noch einer\n", "utf-8")
    document = read(path)
    assert (document.tables, document.format) == ((), "text")
    path.write_text('Name;"nie zu Ende\n' * 3, "utf-8")
    assert "nie zu Ende" in read(path).text


def test_excel_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    path.write_text("Name\tOrt\nA\tKöln\n", "utf-8")
    document = read(path)
    assert document.warnings == ("mislabelled",)
    assert document.tables[0].rows == (("A", "Köln"),)
    path.write_text("<html><body><table><tr><td>A</td><td>B</td></tr></table></body>")
    assert read(path).text == "A | B"


def test_hidden_sheets_are_left_out(tmp_path: Path) -> None:
    members = xlsx_members([["Name", "Note"], ["A", 1]], [["Geheim", "Wort"], ["x", 2]])
    book = members["xl/workbook.xml"].replace(
        b'sheetId="2"', b'sheetId="2" state="hidden"'
    )
    path = write_zip(tmp_path / "a.xlsx", members | {"xl/workbook.xml": book})
    document = read(path)
    assert "Geheim" not in document.text
    assert document.warnings == ("hidden",)


def test_200_000_rows_are_read_up_to_the_limit_and_said_so(tmp_path: Path) -> None:
    rows = [["Name", "Betrag"], *([f"Kind {i}", i] for i in range(200_000))]
    path = write_zip(tmp_path / "a.xlsx", xlsx_members(rows))
    document = read_document(path)
    assert document.warnings == ("rows_left_out",)
    assert len(document.tables[0].rows) == MAX_ROWS - 1
    path = tmp_path / "a.csv"
    path.write_text("\n".join(f"{a};{b}" for a, b in rows), "utf-8")
    document = read_document(path)
    assert document.warnings == ("rows_left_out",)
    assert len(document.tables[0].rows) == MAX_ROWS - 1


def reason_of(path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    return caught.value.reason


def test_two_cells_in_opposite_corners_do_not_fill_the_memory(tmp_path: Path) -> None:
    members = xlsx_members([["a"]])
    name = "xl/worksheets/sheet1.xml"
    far = b'<c r="XFD1048576"><v>1</v></c></row>'
    members[name] = members[name].replace(b"<c t=", b'<c r="A1" t=')
    members[name] = members[name].replace(b"</row>", far)
    assert reason_of(write_zip(tmp_path / "a.xlsx", members)) == "too_big"


def test_a_long_text_shared_by_all_cells_does_not_fill_the_memory(
    tmp_path: Path,
) -> None:
    members = xlsx_members([["a"]])
    name = "xl/worksheets/sheet1.xml"
    cells = b'<row><c t="s"><v>0</v></c></row>' * 20_000
    head, _, tail = members[name].partition(b"<row")
    members[name] = head + cells + b"</sheetData></worksheet>"
    noise = random.Random(1).randbytes(20_000).hex()
    members["xl/sharedStrings.xml"] = f"<sst><si><t>{noise}</t></si></sst>".encode()
    assert tail
    assert reason_of(write_zip(tmp_path / "a.xlsx", members)) == "too_big"


def test_a_million_repeated_rows_end_at_the_limit(tmp_path: Path) -> None:
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    sheets = (
        '<table:table table:name="A"><table:table-row table:number-rows-repeated='
        f'"1048576">{cell}</table:table-row></table:table>'
    )
    document = read_document(write_zip(tmp_path / "a.ods", ods_members(sheets)))
    assert document.warnings == ("rows_left_out",)
    assert len(document.text) < 10_000_000


def test_empty_and_encrypted_workbooks(tmp_path: Path) -> None:
    assert reason_of(write_zip(tmp_path / "a.xlsx", xlsx_members([]))) == "empty"
    assert reason_of(write_zip(tmp_path / "a.ods", ods_members(""))) == "empty"
    with zipfile.ZipFile(FILES / "buecher.ods") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["META-INF/manifest.xml"] = b"<manifest:encryption-data/>"
    assert reason_of(write_zip(tmp_path / "b.ods", members)) == "encrypted"


def test_a_wrong_name_is_only_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes((FILES / "buecher.xlsx").read_bytes())
    document = read(path)
    assert document.warnings == ("mislabelled",)
    assert len(document.tables) == 2


def test_any_grid_keeps_all_its_words() -> None:
    random_ = random.Random(11)
    for _ in range(300):
        grid = [
            [
                _cell(random_, f"w{row}x{column}")
                for column in range(random_.randrange(7))
            ]
            for row in range(random_.randrange(1, 14))
        ]
        document = sheet(*grid)
        wanted = {cell for row in grid for cell in row if isinstance(cell, str)}
        assert wanted - {""} <= set(document.text.replace("\n", " ").split(" "))


def _cell(random_: random.Random, word: str) -> object:
    return random_.choice([word, "", "", random_.randrange(99) / 4, word])


def old_workbook(tmp_path: Path, change: Callable[[bytearray], None]) -> Path:
    """Return a .xls of LibreOffice with its records changed."""
    container = ole.Container((FILES / "buecher.xls").read_bytes())
    stream = bytearray(container.stream("Workbook"))
    change(stream)
    path = tmp_path / "a.xls"
    path.write_bytes(ole.repacked("Workbook", bytes(stream)))
    return path


def test_an_old_workbook_survives_being_packed_anew(tmp_path: Path) -> None:
    path = old_workbook(tmp_path, lambda stream: None)
    assert read(path) == read(FILES / "buecher.xls")


def test_a_container_longer_than_its_first_tables_is_read_and_written() -> None:
    stream = random.Random(3).randbytes(9_000_000)
    assert ole.Container(ole.repacked("Book", stream)).stream("Book") == stream


@pytest.mark.parametrize(
    ("kind", "offset", "lie"),
    [
        (
            0x0200,
            0,
            (2**31).to_bytes(4, "little"),
        ),  # a sheet that ends before it begins
        (0x0200, 4, (2**31).to_bytes(4, "little")),  # more rows than there are
        (0x0200, 10, b"\xff\xff"),  # more columns than there are
        (0x00FC, 4, b"\xff\xff\xff\xff"),  # four milliards of texts
        (0x00FD, 2, b"\xff\xff"),  # a cell in column 65,536
    ],
)
def test_old_workbooks_that_lie_about_their_size_do_not_end_the_process(
    tmp_path: Path, kind: int, offset: int, lie: bytes
) -> None:
    def change(stream: bytearray) -> None:
        place = 0
        while int.from_bytes(stream[place : place + 2], "little") != kind:
            place += 4 + int.from_bytes(stream[place + 2 : place + 4], "little")
        place += 4 + offset
        stream[place : place + len(lie)] = lie

    assert reason_of(old_workbook(tmp_path, change)) == "unreadable"


def test_chains_without_end_are_left(tmp_path: Path) -> None:
    data = bytearray((FILES / "buecher.xls").read_bytes())
    table = 512 * (1 + int.from_bytes(data[76:80], "little"))
    for place in range(128):
        data[table + 4 * place : table + 4 * place + 4] = bytes(4)
    path = tmp_path / "a.xls"
    path.write_bytes(data)
    assert reason_of(path) == "unreadable"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ('<row r="1"><c r="A99999999999999999999"><v>1</v></c></row>', "unreadable"),
        ('<row r="1"><c r="ZZZZZZZZ1"><v>1</v></c></row>', "unreadable"),
        ('<row r="1"><c r="A&#49;"><v>1</v></c></row>', "unreadable"),
        ('<row r="1"><c r="a1"/><c r="xfd1048576"><v>1</v></c></row>', "too_big"),
        (
            '<row r="1"><c r="XFD1"/></row><row r="1048576"><c><v>1</v></c></row>',
            "too_big",
        ),
        ('<row r="99999999999"><c><v>1</v></c></row>', "unreadable"),
    ],
)
def test_cells_far_outside_of_any_sheet(
    tmp_path: Path, place: str, reason: str
) -> None:
    members = xlsx_members([["a"]])
    name = next(n for n in members if "worksheets/" in n and n.endswith(".xml"))
    whole = members[name].decode()
    start, end = whole.index("<sheetData>") + 11, whole.index("</sheetData>")
    members[name] = f"{whole[:start]}{place}{whole[end:]}".encode()
    with pytest.raises(DocumentError) as caught:
        read_document(write_zip(tmp_path / "a.xlsx", members))
    assert caught.value.reason == reason
