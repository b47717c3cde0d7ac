"""How a computation is shown: cells as figures, conditions, and the text of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from app.tables.cells import cell_names, parse_date, parse_number, runs_of
from app.tables.frame import Filter
from app.tables.profile import Column, Profile
from app.values.documents import Table
from app.values.tables import CellRows, Condition, Figure, Item

_MOST_PLACES = 4
_SEPARATOR = " | "
_LONGEST_TEXT = 2_000


def same_cell(cell: str) -> str:
    """Return a cell in the form in which equal cells are the same."""
    return " ".join(cell.split()).casefold()


def unique(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return a cell in the form in which equal cells are the same."""
    return tuple(dict.fromkeys(items))


def plain_number(number: Decimal) -> str:
    """Return a number without exponent and without zeros that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number_figure(column: Column, value: Decimal) -> Figure:
    """Return items in order, each once."""
    text = plain_number(value)
    shown = max(column.decimals, len(text.partition(".")[2]))
    return Figure(text, "number", column.unit, shown)


def figure(column: Column, value: Decimal | str | None) -> Figure:
    """Return a number or day of a column as a figure."""
    """Return a number of a column with its unit."""
    if isinstance(value, Decimal):
        return number_figure(column, value)
    return Figure(value or "", "date")


def cell_figure(column: Column, cell: str) -> Figure:
    """Return a cell as it is shown: names and odd cells just as they stand there."""
    if column.kind == "date" and (day := parse_date(cell)) and len(cell) <= 10:
        return Figure(day, "date")
    if column.is_measure and (parsed := parse_number(cell)) is not None:
        unit = parsed[1] or column.unit
        return replace(number_figure(column, parsed[0]), unit=unit)
    return Figure(" ".join(cell.split()))


def shown_condition(condition: Filter, profile: Profile) -> Condition:
    """Return a condition as it is told."""
    column = profile.columns[condition.column]
    if condition.kind == "number":
        figures = tuple(
            Figure(value)
            if column.is_label
            else Figure(value, "number", column.unit, 0)
            for value in condition.values
        )
        return Condition(column.header, condition.relation, figures)
    if condition.kind == "date":
        kind = "month" if condition.relation == "month" else "date"
        relation = "=" if kind == "month" else condition.relation
        days = dict.fromkeys(condition.values)
        if len(days) == 1 and relation == "–":
            relation = "="
        return Condition(column.header, relation, tuple(Figure(d, kind) for d in days))
    shown = condition.values
    if len(shown) > 3:
        shown = (condition.asked or shown[0],)
    return Condition(column.header, "=", tuple(Figure(value) for value in shown))


def cell_rows(
    table: Table, positions: Sequence[int], columns: Sequence[int]
) -> tuple[CellRows, ...]:
    """Return where the text of rows stands: each stretch, or all of them as one."""
    runs = runs_of(positions)
    if len(runs) > _MOST_PLACES:
        runs = [(runs[0][0], runs[-1][1])]
    used = set(positions)
    starts = _starts(table, [first for first, _ in runs])
    found = []
    for (first, last), start in zip(runs, starts, strict=True):
        text = _text_of(table.rows[first : last + 1])
        numbers = [table.row_numbers[p] for p in range(first, last + 1) if p in used]
        cells = cell_names(columns, numbers)
        found.append(CellRows(start, start + len(text), cells, text))
    return tuple(found)


def _text_of(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as they stand in the document; of very many the first."""
    text = _SEPARATOR.join(rows[0])
    for row in rows[1:]:
        line = _SEPARATOR.join(row)
        if len(text) + len(line) > _LONGEST_TEXT:
            break
        text = f"{text}\n{line}"
    return text


def _starts(table: Table, rows: Sequence[int]) -> list[int]:
    """Return where these rows, in ascending order, begin in the document's text."""
    start = table.start + _line_length(table.header) + 1
    found, before = [], 0
    for index in rows:
        start += sum(_line_length(row) + 1 for row in table.rows[before:index])
        found.append(start)
        before = index
    return found


def _line_length(cells: Sequence[str]) -> int:
    return sum(map(len, cells)) + len(_SEPARATOR) * max(0, len(cells) - 1)
