"""Where the value of a field stands in a table: below its name, or right of it.

A sheet's own tables are taken as they were read; other lines with cells (" | ", bars of
Markdown, tabs) are tables too. Invariant: a cell's `text` is what stands at its
`start`..`end` of the document, without marks of emphasis.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from app import words
from app.values.documents import Table
from app.workshop.checks import key
from app.workshop.material import SourceText

_BAR, _TAB, _MARKDOWN = " | ", "\t", "|"
_RULE = re.compile(r"[\s|:+-]*-[\s|:+-]*")
# What says more of a name than the name: "Betrag (EUR)", "Preis in Euro".
_TAIL = re.compile(r"\(.*?\)|\[.*?\]|\s+in\s+\S+\s*$")
_VALUE = re.compile(
    r"[-+]?\d[\d.,:/ '\u00a0\u202f-]*\s?(?:%|€|EUR|Euro|[$£])?"
    r"|(?:€|EUR|[$£])\s?\d[\d.,]*|[A-Za-z]{1,4}[-/]?\d[\d/-]*"
    r"|\d{1,2}\.\s?[A-ZÄ]\w+(?:\s\d{2,4})?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_SUM = re.compile(
    r"(?:zwischen|gesamt)?summe|gesamt(?:betrag)?|insgesamt|(?:sub|grand )?total|sum",
    re.IGNORECASE,
)
_LEAST_COMPOUND, _LONGEST_NAME = 4, 120
# Names stand above or beside what they name: nobody looks for them in row 3,000.
_NAMES_WITHIN = 1_000


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a table at `start`..`end` of its document."""

    text: str
    start: int
    end: int


Line = tuple[GridCell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines of cells. `read` tells that a reader brought its numbers into one form."""

    lines: tuple[Line, ...]
    read: bool = False


@dataclass(slots=True)
class TableValues:
    """What tables say of fields: `single` values, and `records` of a row each."""

    single: dict[str, GridCell] = field(default_factory=dict)
    records: list[dict[str, GridCell]] = field(default_factory=list)


def table_values(document: SourceText, fields: Sequence[str]) -> TableValues:
    """Return what the tables of a document say of fields, each value with its cell."""
    found = TableValues()
    groups: list[tuple[frozenset[str], list[dict[str, GridCell]]]] = []
    for grid in grids(document):
        below: dict[int, dict[str, int]] = {}
        places = _places(grid, fields, document.tongue)
        for name, (row, column) in places.items():
            right = _right_of(grid.lines[row], column)
            if not _reads_right(grid, row, column, places):
                below.setdefault(row, {})[name] = column
            elif right is not None:
                found.single.setdefault(name, right)
        for row, columns in below.items():
            groups.append((frozenset(columns), list(_records(grid, row, columns))))
    _join(found, groups)
    return found


def _join(
    found: TableValues,
    groups: Sequence[tuple[frozenset[str], list[dict[str, GridCell]]]],
) -> None:
    """Take the rows of the tables with the most fields; of smaller ones a single row."""
    filled = [group for group in groups if group[1]]
    for names, records in filled:
        if not any(names < others for others, _ in filled):
            found.records += records
        elif len(records) == 1:
            for name, cell in records[0].items():
                found.single.setdefault(name, cell)


# -- tables ------------------------------------------------------------------------------


def grids(document: SourceText) -> Iterator[Grid]:
    """Yield the tables of a document, in order: those of sheets, then those of text."""
    taken = sorted((table.start, table.end) for table in document.tables)
    for table in document.tables:
        yield Grid(tuple(_of_table(table)), read=True)
    edges = [0, *(place for span in taken for place in span), len(document.text)]
    for start, end in list(pairwise(edges))[::2]:
        yield from _of_text(document.text, start, end)


def in_tables(document: SourceText) -> list[tuple[int, int]]:
    """Return where tables stand that are more than one line, as spans of the text."""
    return [
        (grid.lines[0][0].start, grid.lines[-1][-1].end)
        for grid in grids(document)
        if len(grid.lines) > 1
    ]


def _of_table(table: Table) -> Iterator[Line]:
    place = table.start
    for number, texts in enumerate((table.header, *table.rows)):
        line = []
        for text in texts:
            line.append(GridCell(text, place, place + len(text)))
            place += len(text) + len(_BAR)
        place += 1 - len(_BAR)
        # Columns without names are called A, B, C: that stands in no cell.
        if number or table.header_row:
            yield tuple(line)


def _of_text(text: str, start: int, end: int) -> Iterator[Grid]:
    lines: list[Line] = []
    place = start
    for raw in text[start:end].splitlines(keepends=True):
        line = tuple(_cells(raw.rstrip("\r\n"), place))
        place += len(raw)
        if len(line) > 1:
            lines.append(line)
        elif lines and not _RULE.fullmatch(raw.strip()):
            yield Grid(tuple(lines))
            lines = []
    if lines:
        yield Grid(tuple(lines))


def _cells(line: str, place: int) -> Iterator[GridCell]:
    if _TAB not in line and _BAR not in line and not line.startswith(_MARKDOWN):
        return
    if _RULE.fullmatch(line):
        return
    bar = _TAB if _TAB in line else _MARKDOWN
    parts = line.split(bar)
    for number, part in enumerate(parts):
        told = part.strip(" *_\u00a0")
        outside = bar == _MARKDOWN and number in (0, len(parts) - 1) and not told
        if not outside:
            start = place + part.index(told)
            yield GridCell(told, start, start + len(told))
        place += len(part) + len(bar)


# -- fields ------------------------------------------------------------------------------


def _places(
    grid: Grid, fields: Sequence[str], language: str
) -> Mapping[str, tuple[int, int]]:
    """Return line and column of each field's name in a table."""
    firsts: dict[str, tuple[int, int]] = {}
    for row, line in enumerate(grid.lines[:_NAMES_WITHIN]):
        for column, cell in enumerate(line):
            if cell.text and len(cell.text) <= _LONGEST_NAME:
                firsts.setdefault(cell.text, (row, column))
    forms = [(_forms(text, language), place) for text, place in firsts.items()]
    found: dict[str, tuple[int, int]] = {}
    for name in fields:
        exact, _, terms = wanted = _forms(name, language)
        for like in range(len(wanted)):
            same = [p for f, p in forms if wanted[like] and f[like] == wanted[like]]
            if same:
                found.setdefault(name, same[0])
        # "Rechnungsdatum" where a date is looked for, if it is the only one.
        made = [p for f, p in forms if _is_made_of(f[0], exact) and 0 in p]
        if len(made) == 1 and terms:
            found.setdefault(name, made[0])
    return found


def _forms(text: str, language: str) -> tuple[str, str, tuple[str, ...]]:
    """Return a name as it is, without what only says more of it, and by its words."""
    terms = tuple(words.terms(text, language))
    return key(text), key(_TAIL.sub("", text)), terms


def _is_made_of(told: str, wanted: str) -> bool:
    long_enough = len(wanted) >= _LEAST_COMPOUND
    return long_enough and told.endswith(wanted) and " " not in told


def _reads_right(
    grid: Grid, row: int, column: int, places: Mapping[str, tuple[int, int]]
) -> bool:
    """Tell whether a field's value stands right of its name, not below it."""
    line = grid.lines[row]
    right = _right_of(line, column)
    below = _below(grid, row, column)
    if right is None or below is None:
        return right is not None
    others = [p for p in places.values() if p != (row, column)]
    beside = sum(p[0] == row for p in others)
    under = sum(p[1] == column for p in others)
    if line[column].text.endswith(":") or beside < under:
        return True
    if beside:
        # Names of columns stand together; a value among them is that of a name.
        return any(_is_value(cell.text) for cell in line)
    if _is_value(right.text) != _is_value(below.text):
        return _is_value(right.text)
    if row and (column == 0 or len(line) == 2):
        return True
    return not row and column == 0 and _is_form(grid)


def _is_form(grid: Grid) -> bool:
    """Tell two columns of names and values: the values are of different kinds."""
    kinds = {_is_value(line[-1].text) for line in grid.lines}
    pairs = all(len(line) == 2 for line in grid.lines)
    named = not any(_is_value(line[0].text) for line in grid.lines)
    return pairs and named and len(kinds) == 2


def _is_value(text: str) -> bool:
    return bool(_VALUE.fullmatch(text)) and not _YEAR.fullmatch(text)


def _right_of(line: Line, column: int) -> GridCell | None:
    return next((cell for cell in line[column + 1 :] if cell.text), None)


def _below(grid: Grid, row: int, column: int) -> GridCell | None:
    under = grid.lines[row + 1] if row + 1 < len(grid.lines) else ()
    return under[column] if column < len(under) and under[column].text else None


def _records(
    grid: Grid, row: int, columns: Mapping[str, int]
) -> Iterator[dict[str, GridCell]]:
    """Yield the rows below names of columns; sums and repeated names are left out."""
    names = {name: key(grid.lines[row][place].text) for name, place in columns.items()}
    for line in grid.lines[row + 1 :]:
        first = next((cell.text for cell in line if cell.text), "")
        if _SUM.fullmatch(first.strip(" :")):
            continue
        record = {
            name: line[place]
            for name, place in columns.items()
            if place < len(line) and line[place].text
        }
        again = any(key(cell.text) == names[name] for name, cell in record.items())
        if record and not again:
            yield record
