"""A computation carried out, exactly, with the cells it used.

Invariant: every number is a sum, quotient or cell in decimal arithmetic; rows without a
usable value are counted in `skipped`, never taken for 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from app.tables.cells import cell_names
from app.tables.frame import Filter
from app.tables.plan import Computation
from app.tables.profile import Column, Profile
from app.tables.shown import (
    cell_figure,
    cell_rows,
    figure,
    number_figure,
    plain_number,
    same_cell,
    shown_condition,
    unique,
)
from app.values.tables import ComputedAnswer, Figure, Item

MOST_ITEMS = 12
_MEAN_DECIMALS = 6
_LONGEST_HEADING = 300
_EXACT = Context(prec=200, rounding=ROUND_HALF_EVEN)


def compute(
    computation: Computation, profiles: Sequence[Profile]
) -> ComputedAnswer | None:
    """Return the result of a computation; None where there is nothing to tell."""
    profile = profiles[computation.table]
    places = _rows_of(computation.filters, profile)
    with localcontext(_EXACT):
        work = _Work(computation, profile, places)
        if computation.group is not None:
            return work.grouped()
        if computation.operation in ("count", "distinct"):
            return work.counted()
        if not places:
            return None
        return {
            "sum": work.added,
            "mean": work.added,
            "maximum": work.extreme,
            "minimum": work.extreme,
        }.get(computation.operation, work.looked_up)()


def _rows_of(filters: Sequence[Filter], profile: Profile) -> list[int]:
    """Return the rows that meet all conditions, as indexes into `profile.positions`."""
    places: list[int] | None = None
    for condition in filters:
        column = profile.columns[condition.column]
        if condition.kind == "text" and condition.relation == "=":
            wanted = set(condition.values)
            found = [i for i, cell in enumerate(column.cells) if cell in wanted]
        else:
            meets = _test_of(condition)
            values: Sequence[Decimal | str | None]
            values = column.dates if condition.kind == "date" else column.numbers
            found = [
                i
                for i, value in enumerate(values)
                if value is not None and meets(value)
            ]
        if places is None:
            places = found
        else:
            kept = set(found)
            places = [place for place in places if place in kept]
    return list(range(len(profile.positions))) if places is None else places


def _test_of(condition: Filter) -> Callable[[Decimal | str], bool]:
    if condition.relation == "month":
        month = condition.values[0]
        return lambda value: str(value)[5:7] == month
    bounds: list[Decimal | str] = list(condition.values)
    if condition.kind == "number":
        bounds = [Decimal(value) for value in condition.values]
    first, last = bounds[0], bounds[-1]
    tests: dict[str, Callable[[Decimal | str], bool]] = {
        "=": lambda value: value in bounds,
        "<": lambda value: value < first,  # type: ignore[operator]
        "≤": lambda value: value <= first,  # type: ignore[operator]
        ">": lambda value: value > first,  # type: ignore[operator]
        "≥": lambda value: value >= first,  # type: ignore[operator]
        "–": lambda value: first <= value <= last,  # type: ignore[operator]
    }
    return tests[condition.relation]


class _Work:
    """One computation over chosen rows."""

    def __init__(
        self, computation: Computation, profile: Profile, places: list[int]
    ) -> None:
        self._computation = computation
        self._profile = profile
        self._places = places
        self._target = self._column(computation.target)
        self._subject = self._column(computation.subject)

    def _column(self, index: int | None) -> Column | None:
        return None if index is None else self._profile.columns[index]

    # -- results ------------------------------------------------------------------

    def counted(self) -> ComputedAnswer:
        """Return how many rows, or different values, there are."""
        column = self._target
        if self._computation.operation == "distinct" and column is not None:
            cells = column.cells
            used = [place for place in self._places if cells[place]]
            number = len({same_cell(cells[place]) for place in used})
            return self._answer(
                Figure(str(number), "number"), used, [column], column.header
            )
        columns = [self._profile.columns[f.column] for f in self._computation.filters]
        if not columns and self._profile.key is not None:
            columns = [self._profile.key]
        columns = columns or self._profile.columns[:1]
        number = len(self._places)
        return self._answer(
            Figure(str(number), "number"), self._places, columns[:1], ""
        )

    def added(self) -> ComputedAnswer | None:
        """Return a sum or a mean."""
        column = self._needed_target()
        used = [place for place in self._places if column.numbers[place] is not None]
        if not used:
            return None
        value = self._aggregate(column, used, self._computation.operation)
        found = self._answer(
            value, used, [column], column.header, skipped=self._skipped(column)
        )
        # Nothing was added up or divided: the cell itself is told.
        return replace(found, operation="lookup") if len(self._places) == 1 else found

    def extreme(self) -> ComputedAnswer | None:
        """Return the largest or smallest value and where it stands."""
        column = self._needed_target()
        values: Sequence[Decimal | str | None]
        values = column.dates if column.kind == "date" else column.numbers
        known = [(values[p], p) for p in self._places if values[p] is not None]
        if not known:
            return None
        choose = max if self._computation.operation == "maximum" else min
        best = choose(value for value, _ in known)  # type: ignore[type-var]
        winners = [place for value, place in known if value == best]
        items = tuple(
            Item(self._label(place)) for place in winners if self._subject is not None
        )
        columns = [column] if self._subject is None else [self._subject, column]
        return self._answer(
            figure(column, best),
            [place for _, place in known],
            columns,
            column.header,
            items=unique(items),
            skipped=self._skipped(column),
            shown=winners,
        )

    def looked_up(self) -> ComputedAnswer | None:
        """Return the cells that were asked for."""
        column = self._target or self._subject
        assert column is not None
        listed = self._computation.operation == "list"
        cells = column.cells
        used = [place for place in self._places if listed or cells[place]]
        if not used:
            return None
        if listed:
            columns = [c for c in (self._subject, self._target) if c is not None]
            items = tuple(
                Item(self._label(p), self._cell(self._target, p)) for p in used
            )
            name = self._subject.header if self._subject else column.header
            return self._answer(None, used, columns, name, items=unique(items))
        values = [self._cell(column, place) for place in used]
        same = all(value == values[0] for value in values)
        if same:
            return self._answer(values[0], used, [column], column.header)
        items = tuple(
            Item(self._label(place), value)
            for place, value in zip(used, values, strict=True)
        )
        columns = [column] if self._subject is None else [self._subject, column]
        return self._answer(None, used, columns, column.header, items=unique(items))

    def grouped(self) -> ComputedAnswer | None:
        """Return one value for each value of a column, or the extreme among these."""
        group = self._column(self._computation.group)
        assert group is not None
        rows: dict[str, list[int]] = {}
        cells = group.cells
        column = self._target
        for place in self._places:
            if cells[place] and (column is None or column.numbers[place] is not None):
                rows.setdefault(cells[place], []).append(place)
        if not rows:
            return None
        values = {
            name: Figure(str(len(places)), "number")
            if column is None
            else self._aggregate(column, places, self._computation.of)
            for name, places in rows.items()
        }
        operation = self._computation.operation
        alone = operation == self._computation.of
        used_columns = [group] if column is None else [group, column]
        header = "" if column is None else column.header
        skipped = 0 if column is None else self._skipped(column)
        if alone:
            used = sorted(place for places in rows.values() for place in places)
            items = tuple(
                Item(cell_figure(group, name), value) for name, value in values.items()
            )
            return self._answer(
                None, used, used_columns, header, items, group.header, skipped
            )
        choose = max if operation == "maximum" else min
        best = choose(Decimal(value.text) for value in values.values())
        winners = [n for n, value in values.items() if Decimal(value.text) == best]
        used = sorted(place for places in rows.values() for place in places)
        shown = sorted(place for name in winners for place in rows[name])
        items = tuple(Item(cell_figure(group, name)) for name in winners)
        return self._answer(
            values[winners[0]],
            used,
            used_columns,
            header,
            items,
            group.header,
            skipped,
            shown,
        )

    # -- parts --------------------------------------------------------------------

    def _needed_target(self) -> Column:
        assert self._target is not None
        return self._target

    def _aggregate(self, column: Column, places: Sequence[int], how: str) -> Figure:
        numbers = [n for p in places if (n := column.numbers[p]) is not None]
        if how in ("maximum", "minimum"):
            value = max(numbers) if how == "maximum" else min(numbers)
            return number_figure(column, value)
        value = sum(numbers, Decimal(0))
        if how == "mean":
            places_shown = Decimal(1).scaleb(-max(_MEAN_DECIMALS, column.decimals))
            value = (value / len(numbers)).quantize(places_shown)
            shown = max(2, column.decimals) if value % 1 else column.decimals
            return Figure(plain_number(value), "number", column.unit, shown)
        return number_figure(column, value)

    def _skipped(self, column: Column) -> int:
        values: Sequence[Decimal | str | None]
        values = column.dates if column.kind == "date" else column.numbers
        return sum(values[place] is None for place in self._places)

    def _label(self, place: int) -> Figure:
        found = self._cell(self._subject, place)
        return found if found is not None else Figure(f"{self._row_number(place)}")

    def _cell(self, column: Column | None, place: int) -> Figure | None:
        if column is None:
            return None
        row = self._profile.table.rows[self._profile.positions[place]]
        return cell_figure(column, row[column.index])

    def _row_number(self, place: int) -> int:
        return self._profile.table.row_numbers[self._profile.positions[place]]

    def _answer(
        self,
        value: Figure | None,
        used: Sequence[int],
        columns: Sequence[Column],
        column: str,
        items: tuple[Item, ...] = (),
        group: str = "",
        skipped: int = 0,
        shown: Sequence[int] = (),
    ) -> ComputedAnswer:
        """Return a result over the rows `used`; its source are those `shown`, or all."""
        table = self._profile.table
        # Where no row meets the conditions, all that were looked at are the source.
        looked_at = used or range(len(self._profile.positions))
        positions = [self._profile.positions[place] for place in looked_at]
        sources = [self._profile.positions[place] for place in shown] or positions
        indexes = [table.first_column + c.index for c in columns]
        return ComputedAnswer(
            operation=self._computation.operation,
            column=column,
            value=value,
            rows=len(used),
            cells=cell_names(indexes, (table.row_numbers[p] for p in positions)),
            places=cell_rows(table, sources, indexes),
            conditions=tuple(
                shown_condition(f, self._profile) for f in self._computation.filters
            ),
            items=items[:MOST_ITEMS],
            group=group,
            more=max(0, len(items) - MOST_ITEMS),
            skipped=skipped,
            confidence=self._computation.confidence,
            sheet=table.name,
            heading=" | ".join(table.header)[:_LONGEST_HEADING]
            if table.header_row
            else "",
        )
