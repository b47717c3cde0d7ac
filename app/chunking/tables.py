"""Tables are cut between rows, and every piece knows its columns.

The header row is not repeated in the text of a chunk, which stays a slice of the
document; it goes into the heading instead, and so into the words, the vector and the
prompt. Only where it is too long for that does it also begin the first chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.values.documents import Table
from app.values.places import cell_range

_HEADER_LETTERS = 300


@dataclass(frozen=True, slots=True)
class TableSpan:
    """Some rows of a table, or a piece of one that is too long; `cells` names them."""

    start: int
    end: int
    cells: str


def table_heading(table: Table) -> str:
    """Return the header as one line, cut between cells where it is very long."""
    if not table.header_row:
        return ""
    line = ""
    for cell in table.header:
        longer = f"{line} | {cell}" if line else cell
        if len(longer) > _HEADER_LETTERS:
            return f"{line or cell[:_HEADER_LETTERS]} …"
        line = longer
    return line.strip(" |")


def table_spans(
    text: str,
    table: Table,
    size: Callable[[str], int],
    target: int,
    cut: Callable[[tuple[int, int]], list[tuple[int, int]]],
) -> Iterator[TableSpan]:
    """Yield the rows of a table, put together up to `target` tokens.

    `cut` cuts a row that is far too long for a chunk, and returns others whole.
    """
    lines = _lines(text, table)
    whole = not table.rows or table_heading(table).endswith("…")
    begin = 0 if whole and table.header_row else 1
    first, filled = begin, 0
    for place in range(begin, len(lines)):
        pieces = cut(lines[place])
        own = size(text[slice(*lines[place])])
        if place > first and (filled + own > target or len(pieces) > 1):
            yield _span(table, lines, first, place)
            first, filled = place, 0
        if len(pieces) > 1:
            cells = _cells(table, place, place + 1)
            yield from (TableSpan(start, end, cells) for start, end in pieces)
            first, filled = place + 1, 0
        else:
            filled += own
    if first < len(lines):
        yield _span(table, lines, first, len(lines))


def _lines(text: str, table: Table) -> list[tuple[int, int]]:
    """Return the span of the header and of each row."""
    spans, start = [], table.start
    for line in text[table.start : table.end].split("\n"):
        spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def _span(
    table: Table, lines: list[tuple[int, int]], first: int, last: int
) -> TableSpan:
    return TableSpan(lines[first][0], lines[last - 1][1], _cells(table, first, last))


def _cells(table: Table, first: int, last: int) -> str:
    """Name lines `first`..`last` of a table; line 0 is the header."""
    if first > 0:
        return cell_range(table, first - 1, last - 1)
    header, _, tail = cell_range(table, 0, 0).partition(":")
    rows = cell_range(table, 0, last - 1).partition(":")[2] if last > 1 else tail
    return f"{header}:{rows}"
