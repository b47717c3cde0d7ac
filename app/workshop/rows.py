"""Questions about tables: what stands in a row under the name of a column.

A sheet is read as lines of cells with " | " between. The first line of neighbouring lines
names the columns, the first cell of each the row. Nothing is asked where either is not
clear.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.i18n import N_
from app.values.quiz import Item, Option
from app.workshop.checks import key
from app.workshop.grids import is_sum
from app.workshop.ground import named
from app.workshop.material import SourceText, source_of
from app.workshop.terms import chance_of, value_of, written

PHRASES = {
    "cell": N_("What stands under “{column}” in the row “{row}”?"),
    "cell_is": N_("In the row “{row}”, “{value}” stands under “{column}”."),
    "row_says": N_("The row says: “{quote}”"),
}
KINDS = ("single", "short", "numerical", "truefalse")
_BAR = " | "
_LEAST_ROWS, _MOST_WORDS, _MOST_LETTERS, _OPTIONS = 3, 2, 60, 4


@dataclass(frozen=True, slots=True)
class Row:
    """A row at `start`..`end` of its document; its cells stand under `heads`."""

    document: SourceText
    start: int
    end: int
    heads: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Cell:
    row: Row
    column: str
    value: str
    others: tuple[str, ...]


def cell_items(
    documents: Sequence[SourceText],
    kind: str,
    say: Callable[[str], str],
    seed: int,
    language: str = "",
) -> Iterator[Item]:
    """Yield items of a kind about the cells of tables, one a row by turns.

    Numbers and dates are written as `language` does.
    """
    if kind not in KINDS:
        return
    chance = chance_of(seed)
    truth = chance.random() < 0.5
    for cell in _by_turns(_cells(documents), chance):
        item = _item(_as_written(cell, language), kind, say, chance, truth)
        if item is not None:
            truth = not truth
            yield item


def table_rows(document: SourceText) -> Iterator[list[Row]]:
    """Yield the tables of a document, each with its rows below the names of columns."""
    table: list[tuple[int, int, tuple[str, ...]]] = []
    place = 0
    for line in [*document.text.splitlines(keepends=True), ""]:
        text = line.rstrip("\r\n")
        cells = tuple(cell.strip() for cell in text.split(_BAR))
        if table and len(cells) != len(table[0][2]):
            yield from _table(document, table)
            table = []
        # Tables of Markdown, with bars around, are part of a text.
        if len(cells) > 1 and not text.startswith("|"):
            table.append((place, place + len(text), cells))
        place += len(line)


def _table(
    document: SourceText, lines: Sequence[tuple[int, int, tuple[str, ...]]]
) -> Iterator[list[Row]]:
    heads, names = lines[0][2], [cells[0] for _, _, cells in lines[1:]]
    clear = all(heads) and len({key(head) for head in heads}) == len(heads)
    named_once = all(names) and len({key(name) for name in names}) == len(names)
    numbers = any(value_of(head) is not None for head in heads)
    if clear and named_once and not numbers and len(names) >= _LEAST_ROWS:
        yield [
            Row(document, at, end, heads, row)
            for at, end, row in lines[1:]
            if not is_sum(row[0])
        ]


def _cells(documents: Sequence[SourceText]) -> list[_Cell]:
    found = []
    for table in (table for document in documents for table in table_rows(document)):
        for number, column in enumerate(table[0].heads[1:], 1):
            values = [row.cells[number] for row in table]
            if not all(_is_short(value) for value in values if value):
                continue
            for row in table:
                value = row.cells[number]
                others = {key(v): v for v in values if v and key(v) != key(value)}
                if value:
                    found.append(_Cell(row, column, value, tuple(others.values())))
    return found


def _as_written(cell: _Cell, language: str) -> _Cell:
    row = replace(cell.row, cells=(written(cell.row.cells[0], language),))
    value, *others = (written(v, language) for v in (cell.value, *cell.others))
    return _Cell(row, cell.column, value, tuple(others))


def _is_short(value: str) -> bool:
    return len(value.split()) <= _MOST_WORDS and len(value) <= _MOST_LETTERS


def _by_turns(cells: Sequence[_Cell], chance: random.Random) -> Iterator[_Cell]:
    """Yield a cell of each row, then a second one of each."""
    left = list(cells)
    chance.shuffle(left)
    while left:
        seen: set[tuple[str, int]] = set()
        rest = []
        for cell in left:
            place = (cell.row.document.file, cell.row.start)
            if place in seen:
                rest.append(cell)
            else:
                seen.add(place)
                yield cell
        left = rest


def _item(
    cell: _Cell,
    kind: str,
    say: Callable[[str], str],
    chance: random.Random,
    truth: bool,
) -> Item | None:
    names = {"row": cell.row.cells[0], "column": cell.column}
    text = say(PHRASES["cell"]).format(**names)
    options: tuple[Option, ...] = (Option(cell.value, 100.0),)
    if kind == "truefalse":
        if not truth and not cell.others:
            return None
        value = cell.value if truth else chance.choice(cell.others)
        text, options = say(PHRASES["cell_is"]).format(**names, value=value), ()
    elif kind == "numerical":
        number = value_of(cell.value)
        if number is None:
            return None
        options = (Option(f"{number:.10g}", 100.0),)
    elif kind == "single":
        if len(cell.others) < _OPTIONS - 1:
            return None
        wrong = chance.sample(cell.others, _OPTIONS - 1)
        mixed = [*options, *(Option(other) for other in wrong)]
        chance.shuffle(mixed)
        options = tuple(mixed)
    row = cell.row
    source = source_of(row.document, row.start, row.end)
    item = Item(
        kind,
        text,
        options=options,
        truth=truth,
        feedback=say(PHRASES["row_says"]).format(quote=source.quote),
        bloom="remember",
        origin="text",
        source=source,
    )
    return replace(item, name=named(item))
