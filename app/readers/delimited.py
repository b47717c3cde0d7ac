"""CSV and TSV as tables: delimiter, encoding and decimal comma are told by the data.

German programs write ";" between cells and "," in numbers. A column counts as numbers
with a comma where nearly all of its cells are such; only then "1.234,50" becomes 1234.50,
and what merely looks like a number (a postcode with its zero) stays as it is.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.readers.builder import TextBuilder
from app.readers.encoding import decode
from app.readers.failures import MAX_MARKUP_BYTES, failure, read_bytes, reading
from app.readers.formats import SUFFIXES_OF, looks_binary
from app.readers.sheets import Room, Row, add_sheet, cell_text
from app.readers.text import TextReader
from app.values.documents import ExtractedDocument

_DELIMITERS = ";\t,|"
_SAMPLE_LINES = 200
_COMMA_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+")
_POINT_NUMBER = re.compile(r"[-+]?\d+\.(?:\d{1,2}|\d{4,})")
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*")
_MOSTLY = 0.9
_SEPARATOR_LINE = re.compile(r"sep=(.)\n", re.IGNORECASE)


class DelimitedReader:
    """Reads comma, semicolon and tab separated values."""

    name = "delimited"
    suffixes = SUFFIXES_OF["delimited"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; a file that has no columns is read as text."""
        data = read_bytes(path, MAX_MARKUP_BYTES)
        if looks_binary(data):
            raise failure("mislabelled", path)
        text, lossy = decode(data)
        if not text.strip():
            raise failure("empty", path)
        delimiter, start = _delimiter(text)
        if not delimiter:
            return TextReader().read(path)
        room = Room()
        with reading(path, csv.Error, ValueError):
            rows = [*_rows(text[start:], delimiter, room)]
        builder = TextBuilder()
        add_sheet(builder, _numbers_read(rows), path.stem)
        warnings = (*room.warnings, *(["encoding"] if lossy else []))
        kind = "tsv" if delimiter == "\t" else "csv"
        return builder.build(kind, warnings=warnings)


def _delimiter(text: str) -> tuple[str, int]:
    """Return what stands between cells, "" for plain text, and where the cells begin."""
    if match := _SEPARATOR_LINE.match(text):
        return match[1], match.end()
    lines = text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES]
    best, most = "", 0.0
    for delimiter in _DELIMITERS:
        try:
            rows = [*csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)]
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows if row)
        if not widths:
            continue
        # The usual width, and how many lines keep to it.
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        share = count / sum(widths.values())
        score = share * min(width, 8) if width > 1 else 0.0
        if score > most:
            best, most = delimiter, score
    return best, 0


def _rows(text: str, delimiter: str, room: Room) -> Iterator[Row]:
    """Yield the rows that hold something, numbered as a spreadsheet would do."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_MARKUP_BYTES))
    lines = (f"{line}\n" for line in text.replace("\0", "").split("\n"))
    for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), 1):
        texts = tuple(map(cell_text, cells))
        if any(texts):
            if not room.take(texts):
                return
            yield Row(number, texts)


def _numbers_read(rows: Sequence[Row]) -> list[Row]:
    """Return the rows with German numbers and dates in the form of all others."""
    width = max((len(row.cells) for row in rows), default=0)
    columns = [_Column() for _ in range(width)]
    for row in rows:
        for column, cell in zip(columns, row.cells, strict=False):
            column.see(cell)
    file_has_commas = any(column.has_commas for column in columns)
    return [
        Row(
            row.number,
            tuple(
                column.read(cell, file_has_commas)
                for column, cell in zip(columns, row.cells, strict=False)
            ),
        )
        for row in rows
    ]


class _Column:
    """What the cells of a column look like."""

    __slots__ = ("_commas", "_filled", "_grouped", "_numbers", "_points")

    def __init__(self) -> None:
        self._filled = self._numbers = 0
        self._commas = self._grouped = self._points = 0

    def see(self, cell: str) -> None:
        """Count a cell."""
        if not cell:
            return
        self._filled += 1
        if _NUMBER.fullmatch(cell):
            self._numbers += 1
            self._commas += _COMMA_NUMBER.fullmatch(cell) is not None
            self._points += _POINT_NUMBER.fullmatch(cell) is not None
            self._grouped += _GROUPED.fullmatch(cell) is not None

    @property
    def has_commas(self) -> bool:
        """Whether this is a column of numbers, some of them with a decimal comma.

        The name of the column, and one or two notes, may be no numbers.
        """
        enough = self._numbers >= max(1, _MOSTLY * (self._filled - 1))
        return enough and self._commas > 0 and not self._points

    def read(self, cell: str, file_has_commas: bool) -> str:
        """Return a cell in the common form."""
        if match := _GERMAN_DATE.fullmatch(cell):
            day, month, year = map(int, match.groups())
            valid = 1 <= month <= 12 and 1 <= day <= 31
            return f"{year:04}-{month:02}-{day:02}" if valid else cell
        if self.has_commas and _COMMA_NUMBER.fullmatch(cell):
            return cell.replace(".", "").replace(",", ".").removeprefix("+")
        all_grouped = self._grouped and self._grouped == self._numbers
        if _GROUPED.fullmatch(cell) and (
            self.has_commas or (file_has_commas and all_grouped)
        ):
            return cell.replace(".", "").removeprefix("+")
        return cell
