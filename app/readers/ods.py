"""OpenDocument spreadsheets, read from their XML.

Repeated rows and cells stand once in the file with a number beside them: a million
empty rows below a table are usual, a million full ones are an attack and end at the
limits of `sheets`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from app.readers.archive import checked_archive
from app.readers.builder import TextBuilder, one_line
from app.readers.failures import failure, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.odt import document_body, document_title, joined
from app.readers.sheets import MAX_ROWS, Room, Row, add_sheet, number_text
from app.values.documents import ExtractedDocument

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_MAX_COLUMNS = 16_384


class OdsReader:
    """Reads spreadsheets as LibreOffice Calc writes them."""

    name = "ods"
    suffixes = SUFFIXES_OF["ods"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; rows beyond the limits are left out with a warning."""
        builder, room = TextBuilder(), Room()
        with (
            checked_archive(path) as archive,
            reading(path, ElementTree.ParseError, LookupError),
        ):
            for kind in document_body(path, archive):
                for number, table in enumerate(kind.findall(f"{_TABLE}table"), 1):
                    name = table.get(f"{_TABLE}name", "")
                    rows = [*_filled(table, room)]
                    if rows:
                        builder.begin_part("sheet", number, name)
                        builder.heading(name, 1)
                        add_sheet(builder, rows, name)
            title = document_title(path, archive)
            has_pictures = any(n.startswith("Pictures/") for n in archive.namelist())
        document = builder.build("ods", title, room.warnings)
        if not document.text:
            raise failure("no_text" if has_pictures else "empty", path)
        return document


def _filled(table: Element, room: Room) -> Iterator[Row]:
    """Yield the rows that hold something, each as often as it is repeated."""
    number = 1
    for element in table.iter(f"{_TABLE}table-row"):
        repeated = _repeated(element, "rows")
        cells = tuple(_cells(element))
        if any(cells):
            for step in range(min(repeated, MAX_ROWS + 1)):
                if not room.take(cells):
                    return
                yield Row(number + step, cells)
        number += repeated


def _cells(row: Element) -> Iterator[str]:
    """Yield the texts of a row up to its last cell that holds something."""
    gap, count = 0, 0
    for cell in row:
        if cell.tag not in _CELLS:
            continue
        repeated = min(_repeated(cell, "columns"), _MAX_COLUMNS - count)
        count += repeated
        text = _text(cell)
        if not text:
            gap += repeated
            continue
        yield from [""] * gap
        gap = 0
        yield from [text] * repeated


def _repeated(element: Element, what: str) -> int:
    value = element.get(f"{_TABLE}number-{what}-repeated", "1")
    return max(1, int(value)) if value.isdecimal() and len(value) < 10 else 1


def _text(cell: Element) -> str:
    """Return what a cell holds: numbers and dates as such, everything else as shown."""
    kind = cell.get(f"{_OFFICE}value-type", "")
    if kind in ("float", "currency", "percentage"):
        try:
            return number_text(float(cell.get(f"{_OFFICE}value", "")))
        except (ValueError, OverflowError):
            pass
    if kind == "date" and (date := cell.get(f"{_OFFICE}date-value")):
        return one_line(date.replace("T00:00:00", "").replace("T", " "))
    if kind == "boolean":
        return one_line(cell.get(f"{_OFFICE}boolean-value", ""))
    return one_line(" ".join(joined(p) for p in cell.findall(f"{_TEXT}p")))
