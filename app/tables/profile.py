"""A table as a question meets it: columns with kind and unit, rows without totals.

Everything is found out when it is first needed and then remembered, so that a sheet of
a hundred thousand cells costs little: whoever asks often keeps the profile.

Invariant: positions are indexes into `Table.rows`; rows of totals and empty rows are in
no result.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from app import words
from app.tables.cells import CURRENCIES, decimals_of, parse_date, parse_number, unit_of
from app.tables.lexicon import (
    LABEL_ENDINGS,
    LABELS,
    NOT_ADDED,
    OF_TOTALS,
    TOTALS,
    groups_of,
)
from app.values.documents import Table

_SAMPLE = 200
_MOSTLY = 0.8
_UNIT = re.compile(
    r"[(\[]\s*(?P<unit>[^)\]]{1,12})\s*[)\]]|\b(?:in|en)\s+(?P<in>\S{1,8})$"
)
_VOWELS = {"a": "[aä]", "o": "[oö]", "u": "[uü]"}
_LONG_CELL = 8
_BEGINNINGS = frozenset(word[:3] for word in TOTALS)
# A column names the rows from this share of different cells on.
_NAMING, _SURELY_NAMING = 0.8, 0.95


class Column:
    """One column; `name` is its header or, without one, its letter."""

    def __init__(self, profile: Profile, index: int, header: str) -> None:
        self._profile = profile
        self.index = index
        self.header = header
        match = _UNIT.search(header)
        self.head_unit = unit_of(match["unit"] or match["in"]) if match else ""
        bare = header[: match.start()] if match else header
        self.words = words.words(bare or header)
        self.groups = frozenset[str]().union(*(groups_of(word) for word in self.words))

    @functools.cached_property
    def cells(self) -> list[str]:
        """The cells of the rows that count."""
        rows, index = self._profile.table.rows, self.index
        return [rows[position][index] for position in self._profile.positions]

    @functools.cached_property
    def _sample(self) -> list[str]:
        positions, rows = self._profile.positions, self._profile.table.rows
        step = max(1, len(positions) // _SAMPLE)
        sample = [rows[p][self.index] for p in positions[::step]]
        return [cell for cell in sample if cell.strip()]

    @functools.cached_property
    def kind(self) -> str:
        """What most cells are: "number", "date", "text", or "empty"."""
        cells = self._sample
        if not cells:
            return "empty"
        enough = _MOSTLY * len(cells)
        if sum(parse_date(cell) is not None for cell in cells) >= enough:
            return "date"
        numbers = sum(parse_number(cell) is not None for cell in cells)
        return "number" if numbers >= enough else "text"

    @functools.cached_property
    def is_label(self) -> bool:
        """Whether its numbers name things (a room, a year) instead of measuring them."""
        if self.kind != "number":
            return False
        if any(w in LABELS or w.endswith(LABEL_ENDINGS) for w in self.words):
            return not {"anzahl", "number"} & set(self.words)
        leading = [
            c for c in self._sample if c.startswith(("0", "+")) and c.isdecimal()
        ]
        return any(len(cell) > 1 for cell in leading)

    @property
    def is_measure(self) -> bool:
        """Whether one can compute with it."""
        return self.kind == "number" and not self.is_label

    @property
    def is_text(self) -> bool:
        """Whether its cells are searched for words."""
        return self.kind == "text" or self.is_label

    @property
    def is_added(self) -> bool:
        """Whether the sum over rows means something without being asked for."""
        return (
            self.is_measure
            and self.unit != "%"
            and not any(word in NOT_ADDED for word in self.words)
        )

    @functools.cached_property
    def _parsed(self) -> tuple[list[Decimal | None], bool]:
        units: set[str] = set()
        result: list[Decimal | None] = []
        for cell in self.cells:
            parsed = parse_number(cell) if cell else None
            if parsed is None:
                result.append(None)
                continue
            result.append(parsed[0])
            units.add(parsed[1])
        return result, len(units - {""}) > 1

    @property
    def numbers(self) -> list[Decimal | None]:
        """The number of each row that counts, None where there is none."""
        return self._parsed[0]

    @functools.cached_property
    def unit(self) -> str:
        """The unit of its numbers, from the cells or the header."""
        for cell in self._sample[:20]:
            parsed = parse_number(cell)
            if parsed is not None and parsed[1]:
                return parsed[1]
        return self.head_unit

    @functools.cached_property
    def decimals(self) -> int:
        """How many digits behind the point its numbers usually have; 2 for money."""
        parsed = filter(None, map(parse_number, self._sample))
        decimals = max((decimals_of(number) for number, _ in parsed), default=0)
        return max(2, decimals) if self.unit in CURRENCIES and decimals else decimals

    @property
    def mixes_units(self) -> bool:
        """Whether its cells have several units, so that they cannot be added."""
        return self._parsed[1]

    @functools.cached_property
    def dates(self) -> list[str | None]:
        """The day of each row that counts, as ISO 8601."""
        return [parse_date(cell) if cell else None for cell in self.cells]

    @functools.cached_property
    def distinct(self) -> dict[str, None]:
        """The different cell texts, in order."""
        found = dict.fromkeys(self.cells)
        found.pop("", None)
        return found

    @functools.cached_property
    def filled(self) -> int:
        """How many rows have a cell here."""
        return len(self.cells) - self.cells.count("")

    @functools.cached_property
    def distinctness(self) -> float:
        """The share of the rows that have a cell here of their own."""
        return len(self.distinct) / max(1, len(self._profile.positions))

    @functools.cached_property
    def _folded(self) -> tuple[str, list[str], list[int]]:
        values = list(self.distinct)
        lines = words.fold("\n".join(" ".join(v.split()) for v in values))
        starts = [0]
        starts.extend(match.end() for match in re.finditer("\n", lines))
        return lines, values, starts

    def words_like(self, beginnings: Sequence[str]) -> set[str]:
        """Return the folded words of its cells that begin so, umlauts or not."""
        pattern = "|".join(_beginning(text) for text in beginnings if text)
        if not pattern:
            return set()
        return set(re.findall(rf"(?<!\w)(?:{pattern})\w*", self._folded[0]))

    def cells_with(self, word: str) -> list[str]:
        """Return the distinct cells that hold a folded word; long cells are left out."""
        lines, values, starts = self._folded
        found: dict[str, None] = {}
        for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", lines):
            value = values[bisect.bisect_right(starts, match.start()) - 1]
            if value.count(" ") < _LONG_CELL:
                found[value] = None
        return list(found)


def _beginning(text: str) -> str:
    return "".join(_VOWELS.get(sign, re.escape(sign)) for sign in text)


class Profile:
    """A table with its columns. `context` are words that its file or heading adds."""

    def __init__(self, table: Table, context: str = "") -> None:
        self.table = table
        self.name_words = frozenset(words.words(f"{table.name} {context}"))
        headers = [" ".join(header.split()) for header in table.header]
        self.columns = [Column(self, i, header) for i, header in enumerate(headers)]
        repeated = Counter(words.fold(header) for header in headers)
        self.repeated = {
            i for i, header in enumerate(headers) if repeated[words.fold(header)] > 1
        }

    @functools.cached_property
    def positions(self) -> list[int]:
        """The indexes of the rows that count."""
        headers = {word for c in self.table.header for word in words.words(c)}
        kept = [
            index
            for index, row in enumerate(self.table.rows)
            if any(row) and not _is_total(row, headers)
        ]
        if len(kept) > 2 and _adds_up(self.table.rows, kept):
            kept.pop()
        return kept

    @functools.cached_property
    def key(self) -> Column | None:
        """The column that names the rows: the first of words whose cells differ."""
        texts = [c for c in self.columns if c.kind == "text" and c.header]
        best = max((c.distinctness for c in texts), default=0.0)
        if best < _NAMING:
            return texts[0] if texts else None
        enough = min(best, _SURELY_NAMING)
        return next(c for c in texts if c.distinctness >= enough)


def _is_total(row: Sequence[str], headers: set[str]) -> bool:
    """Tell whether one of a row's first two cells says only that here is a total."""
    seen = 0
    for cell in row:
        if not cell:
            continue
        if cell[:3].casefold() in _BEGINNINGS and _says_total(cell, headers):
            return True
        seen += 1
        if seen == 2:
            return False
    return False


def _says_total(cell: str, headers: set[str]) -> bool:
    said = words.words(cell)
    if not said or said[0] not in TOTALS:
        return False
    known = TOTALS | OF_TOTALS | headers
    return all(word in known or word.isdigit() for word in said[1:])


def _adds_up(rows: Sequence[Sequence[str]], kept: Sequence[int]) -> bool:
    """Tell whether the last row has numbers only, one of them the sum of those above."""
    last = rows[kept[-1]]
    filled = [index for index, cell in enumerate(last) if cell]
    if len(filled) == len(last) or any(parse_number(last[i]) is None for i in filled):
        return False
    for index in filled:
        total = parse_number(last[index])
        parsed = (parse_number(rows[p][index]) for p in kept[:-1] if rows[p][index])
        above = [number for number in parsed if number is not None]
        whole = sum((number for number, _ in above), Decimal(0))
        if total is not None and len(above) > 1 and total[0] == whole:
            return True
    return False
