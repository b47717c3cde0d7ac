"""Places in documents: cells of a table, and how people call a place.

A table's text has one line for each of its rows, so a span of the text is a range of
rows and the other way round. Kept by `tests/chunking/test_parts.py`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import accumulate

from app.i18n import N_
from app.values.documents import Place, Table
from app.values.passages import Elsewhere

_RANGE = re.compile(r"([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?")

PLACE_SENTENCES = {
    "page": N_("page {number}"),
    "slide": N_("slide {number}"),
    "sheet": N_("sheet {label}"),
    "chapter": N_("chapter {number}"),
    "message": N_("message {number}"),
    "section": N_("section {number}"),
    "cells": N_("cells {cells}"),
}
_BETWEEN = " | "
_NAMED = ("chapter", "message", "section")


def column_letters(index: int) -> str:
    """Return the letters of a column, counted from 0: A, B … Z, AA."""
    letters = ""
    index += 1
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def cell_range(table: Table, start: int, end: int) -> str:
    """Return the cells that `text[start:end]` shows of a table, such as "A2:D9".

    `start` and `end` count rows from 0, the header not among them; the header alone is
    named only where there is no row.
    """
    numbers = table.row_numbers[start:end] or (max(1, table.header_row),)
    first = column_letters(table.first_column)
    last = column_letters(table.first_column + max(1, len(table.header)) - 1)
    return f"{first}{numbers[0]}:{last}{numbers[-1]}"


def cells_at(table: Table, text: str, start: int, end: int) -> str:
    """Return the cells that `text[start:end]` shows of a table, such as "B2" or "A2:D9".

    `start`..`end` lie within the table; `text` is that of the whole document.
    """
    top = text.count("\n", table.start, start)
    bottom = text.count("\n", table.start, max(start, end - 1))
    numbers = (max(1, table.header_row), *table.row_numbers)
    lines = (table.header, *table.rows)
    first, last = 0, max(1, len(table.header)) - 1
    if top == bottom:
        begin = max(table.start, text.rfind("\n", 0, start) + 1)
        ends = list(accumulate(len(cell) + len(_BETWEEN) for cell in lines[top]))
        first = min(bisect_right(ends, start - begin), last)
        last = min(bisect_right(ends, max(start, end - 1) - begin), last)
    left = f"{column_letters(table.first_column + first)}{numbers[top]}"
    right = f"{column_letters(table.first_column + last)}{numbers[bottom]}"
    return left if left == right else f"{left}:{right}"


def united(one: Place, other: Place) -> Place:
    """Return the place of two passages of one part that follow each other."""
    found = [_RANGE.fullmatch(place.cells) for place in (one, other)]
    matches = [match for match in found if match]
    if len(matches) < 2:
        return replace(one, cells=one.cells or other.cells)
    columns = [c for m in matches for c in (m[1], m[3] or m[1])]
    rows = [int(r) for m in matches for r in (m[2], m[4] or m[2])]
    columns.sort(key=lambda letters: (len(letters), letters))
    return replace(one, cells=f"{columns[0]}{min(rows)}:{columns[-1]}{max(rows)}")


def narrowed(place: Place, text: str, start: int, end: int) -> Place:
    """Return the place of `text[start:end]`, where `text` stands at `place`.

    Rows are counted by their lines; where a sheet left rows out, or the lines hold
    more than rows, the whole range stays.
    """
    match = _RANGE.fullmatch(place.cells)
    if match is None:
        return place
    first, last = int(match[2]), int(match[4] or match[2])
    lines = text.count("\n") + 1
    header = lines - (last - first + 1)
    if header not in (0, 1):
        return place
    begin = text.count("\n", 0, start) - header
    finish = begin + text.count("\n", start, end)
    top, bottom = first + max(0, begin), first + max(0, finish)
    return replace(place, cells=f"{match[1]}{top}:{match[3] or match[1]}{bottom}")


def place_words(page: int | None, place: Place, sentences: Callable[[str], str]) -> str:
    """Return where something stands for people, "" where there is nothing to say.

    `sentences` gives the template of a key of `PLACE_SENTENCES` in their language.
    """
    if not place.kind:
        said = [] if page is None else [sentences("page").format(number=page)]
        if place.cells:
            said.append(sentences("cells").format(cells=place.cells))
        return ", ".join(said)
    if place.kind == "time":
        return place.label
    label = place.label or str(place.number)
    kind = place.kind if place.kind in PLACE_SENTENCES else "section"
    said = [sentences(kind).format(number=place.number, label=label)]
    if kind in _NAMED and place.label:
        said = [f"{said[0]}: {place.label}"]
    if place.cells:
        said.append(place.cells)
    return ", ".join(said)


def file_name(path: str) -> str:
    """Return the last part of a path of any system."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def also_text(also: Iterable[Elsewhere], sentences: Callable[[str], str]) -> str:
    """Return the other files in which a quote stands, with their pages, in a row.

    `sentences` as in `place_words`.
    """
    return ", ".join(
        " · ".join(
            filter(
                None,
                (file_name(other.file), place_words(other.page, Place(), sentences)),
            )
        )
        for other in also
    )


def place_json(place: Place) -> dict[str, str | int] | None:
    """Return a place as scripts read it, None where there is none."""
    if not place.kind and not place.cells:
        return None
    return {
        "kind": place.kind,
        "number": place.number,
        "label": place.label,
        "cells": place.cells,
    }


def same_part(places: Sequence[Place]) -> bool:
    """Tell whether all places lie in one part of their document."""
    return len({(place.kind, place.number) for place in places}) <= 1
