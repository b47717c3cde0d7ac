"""Grids of cells become titles, text and tables, the way people lay sheets out.

A sheet is read in stretches between empty rows. What stands above a header row, one or
two cells wide, is the title of the table; a stretch that does not begin with a header
of its own goes on with the table before it. Columns of a table without a header are
called A, B, C, as on the screen.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.readers.builder import TextBuilder, one_line
from app.values.places import column_letters

MAX_ROWS = 50_000
MAX_CELLS = 1_000_000
MAX_LETTERS = 20_000_000
ROWS_LEFT_OUT = "rows_left_out"

_VALUE = re.compile(
    r"[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?\s?[%€$£]?"
    r"|\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?|\d{1,5}:\d\d(?::\d\d)?|true|false"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_HEADER_WITHIN = 15
_HEADER_SHARE = 0.6
_TITLE_ROWS = 3
_LONGEST_TITLE = 120
_LONGEST_NAME = 400


@dataclass(slots=True)
class Room:
    """What may still be read of a file; `is_full` once something was left out."""

    rows: int = field(default_factory=lambda: MAX_ROWS)
    cells: int = field(default_factory=lambda: MAX_CELLS)
    letters: int = field(default_factory=lambda: MAX_LETTERS)
    is_full: bool = False

    def take(self, row: Sequence[str]) -> bool:
        """Tell whether a row still has room, and count it."""
        self.rows -= 1
        self.cells -= len(row)
        self.letters -= sum(map(len, row))
        if min(self.rows, self.cells, self.letters) < 0:
            self.is_full = True
        return not self.is_full

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to say about what it left out."""
        return (ROWS_LEFT_OUT,) if self.is_full else ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds something; `number` counts from 1."""

    number: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> list[int]:
        """The columns that hold something."""
        return [place for place, cell in enumerate(self.cells) if cell]


def cell_text(value: object) -> str:
    """Return a typed cell as text: numbers for `decimal`, dates as ISO 8601."""
    if isinstance(value, str):
        return one_line(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    return _time_text(value)


def _time_text(value: object) -> str:
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    if isinstance(value, datetime.time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        tail = f":{seconds:02}" if seconds else ""
        return f"{minutes // 60}:{minutes % 60:02}{tail}"
    return one_line(str(value))


def number_text(value: float) -> str:
    """Return a number without the dust of binary fractions."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}"


def rows_of(
    grid: Iterable[Sequence[object]], room: Room, first_row: int = 1
) -> list[Row]:
    """Return the rows of a sheet that hold something, as long as there is room."""
    rows = []
    for number, cells in enumerate(grid, first_row):
        if cells.count("") == len(cells):
            continue
        texts = tuple(map(cell_text, cells))
        if any(texts):
            if not room.take(texts):
                break
            rows.append(Row(number, texts))
    return rows


def add_sheet(builder: TextBuilder, rows: Sequence[Row], name: str = "") -> None:
    """Add what a sheet says; `name` is that of its tables where they have no title."""
    pending: _Table | None = None
    for stretch in _stretches(rows):
        header = _header_place(stretch)
        if header is None and pending is not None and _goes_on(pending, stretch):
            pending.rows += stretch
            continue
        if pending is not None:
            pending.add_to(builder)
            pending = None
        if header is None and max(len(row.filled) for row in stretch) < 2:
            _add_lines(builder, stretch)
            continue
        title = _add_title(builder, stretch[: header or 0]) or name
        pending = _Table.of(stretch[header or 0 :], header is not None, title)
    if pending is not None:
        pending.add_to(builder)


def _stretches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield the rows between empty ones; a title and the table below it are one."""
    title: list[Row] = []
    for stretch in _between_gaps(rows):
        if title and _header_place(stretch) == 0:
            yield title + stretch
            title = []
            continue
        if title:
            yield title
            title = []
        if _is_title(stretch):
            title = stretch
        else:
            yield stretch
    if title:
        yield title


def _is_title(stretch: Sequence[Row]) -> bool:
    one_cell_each = all(len(row.filled) == 1 for row in stretch)
    return one_cell_each and len(stretch) <= _TITLE_ROWS


def _between_gaps(rows: Sequence[Row]) -> Iterator[list[Row]]:
    stretch: list[Row] = []
    for row in rows:
        if stretch and row.number > stretch[-1].number + 1:
            yield stretch
            stretch = []
        stretch.append(row)
    if stretch:
        yield stretch


def _header_place(stretch: Sequence[Row]) -> int | None:
    """Return the index of the row that names the columns, None where there is none."""
    width = max(len(row.filled) for row in stretch)
    for place, row in enumerate(stretch[:_HEADER_WITHIN]):
        filled = row.filled
        if len(filled) >= max(2, _HEADER_SHARE * width):
            return place if _is_header(row, stretch[place + 1 :]) else None
    names = stretch[0]
    if width == 1 and len(stretch) > 1 and not _is_value(names.cells[names.filled[0]]):
        values = [_is_value(row.cells[row.filled[0]]) for row in stretch[1:]]
        return 0 if all(values) else None
    return None


def _is_header(row: Row, below: Sequence[Row]) -> bool:
    """Tell names of columns: different short texts, years among them at most."""
    names = [cell for cell in row.cells if cell]
    if len(set(names)) < len(names) or max(map(len, names)) > _LONGEST_NAME:
        return False
    if any(_is_value(name) and not _YEAR.fullmatch(name) for name in names):
        return False
    if all(_is_value(name) for name in names):
        return False
    return bool(below) or len(names) > 2


def _is_value(text: str) -> bool:
    return _VALUE.fullmatch(text) is not None


def _goes_on(table: _Table, stretch: Sequence[Row]) -> bool:
    """Tell whether rows behind an empty one belong to the table above."""
    columns = [place for row in stretch for place in row.filled]
    return table.first <= min(columns) and max(columns) <= table.last


def _add_title(builder: TextBuilder, rows: Sequence[Row]) -> str:
    """Add what stands above a header and return what names the table."""
    title = ""
    for row in rows:
        texts = [row.cells[place] for place in row.filled]
        if not title and len(texts) == 1 and len(texts[0]) <= _LONGEST_TITLE:
            title = texts[0]
            builder.heading(title, 2)
        else:
            builder.row(texts)
    builder.end_list()
    return title


def _add_lines(builder: TextBuilder, rows: Sequence[Row]) -> None:
    builder.end_list()
    for row in rows:
        builder.row([row.cells[place] for place in row.filled])
    builder.end_list()


@dataclass(slots=True)
class _Table:
    """A table that may still go on."""

    header: Row | None
    rows: list[Row]
    title: str
    first: int
    last: int

    @classmethod
    def of(cls, rows: Sequence[Row], has_header: bool, title: str) -> _Table:
        columns = [place for row in rows for place in (row.filled[0], row.filled[-1])]
        header = rows[0] if has_header else None
        body = [*rows[1 if has_header else 0 :]]
        return cls(header, body, title, min(columns), max(columns))

    def add_to(self, builder: TextBuilder) -> None:
        width = self.last + 1 - self.first
        if self.header is None:
            places = range(self.first, self.last + 1)
            names = tuple(column_letters(place) for place in places)
        else:
            names = self._cut(self.header, width)
        builder.table(
            self.title,
            names,
            [self._cut(row, width) for row in self.rows],
            [row.number for row in self.rows],
            self.header.number if self.header else 0,
            self.first,
        )

    def _cut(self, row: Row, width: int) -> tuple[str, ...]:
        cells = row.cells[self.first : self.last + 1]
        return (*cells, *[""] * (width - len(cells)))
