"""A complete reading → the computation it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.tables.choose import Chooser
from app.tables.frame import Filter, Reading
from app.tables.profile import Column
from app.tables.question import Token

_EXTREMES = {
    "most": "maximum",
    "fewest": "minimum",
    "maximum": "maximum",
    "minimum": "minimum",
}


@dataclass(frozen=True, slots=True)
class Computation:
    """What to compute from which table.

    `operation` is "count", "distinct", "sum", "mean", "minimum", "maximum", "lookup" or
    "list"; `target` the column computed with, `subject` the one that names the rows,
    `group` the one whose values are taken apart, with `of` telling how the rows of a
    group become one number ("sum", "count", "mean").
    """

    table: int
    operation: str
    target: int | None
    filters: tuple[Filter, ...]
    confidence: float
    subject: int | None = None
    group: int | None = None
    of: str = ""


class Planner:
    """Decides what a complete reading asks for."""

    def __init__(self, reading: Reading, index: int) -> None:
        self._reading = reading
        self._question = reading.question
        self._profile = reading.profile
        self._index = index
        self._filtered = {condition.column for condition in reading.filters}
        self._choose = Chooser(reading)

    def plan(self) -> Computation | None:
        """Return the computation; None where it is unclear."""
        operation = self._reading.operation
        if self._question.each_at >= 0 and (group := self._choose.group()) is not None:
            return self._grouped(group)
        if operation in _EXTREMES:
            return self._extreme(operation)
        if operation in ("sum", "mean"):
            return self._aggregate(operation)
        if operation == "how_many":
            return self._count()
        return self._look_up()

    def leaves_out(self, computation: Computation) -> bool:
        """Tell whether a word names only columns that the computation does not use."""
        used = {computation.target, computation.subject, computation.group}
        used |= self._filtered
        if self._profile.key is not None:
            used.add(self._profile.key.index)
        noun = self._choose.noun() if computation.operation == "count" else None
        for token in self._question.content():
            named = self._reading.named(token)
            placed = (
                token.index in self._reading.by_value
                or token.index in self._reading.by_name
            )
            if named and not placed and token is not noun and not used & named.keys():
                return True
        return False

    def _make(
        self,
        operation: str,
        target: Column | None,
        subject: Column | None = None,
        group: Column | None = None,
        of: str = "",
        trust: float = 1.0,
    ) -> Computation:
        scores = [*self._reading.scores]
        for token in self._question.content():
            if token.index not in self._reading.by_value:
                named = self._reading.named(token)
                if named:
                    scores.append(max(named.values()))
        mean = sum(scores) / len(scores) if scores else 0.0
        return Computation(
            table=self._index,
            operation=operation,
            target=None if target is None else target.index,
            filters=tuple(self._reading.filters),
            confidence=round(mean * trust, 4),
            subject=None if subject is None else subject.index,
            group=None if group is None else group.index,
            of=of,
        )

    def _grouped(self, group: Column) -> Computation | None:
        operation = self._reading.operation
        target = self._choose.measure()
        if operation == "mean" and group.distinctness == 1.0:
            return self._aggregate("mean")
        if operation in ("sum", "mean", "maximum", "minimum") and target is not None:
            return self._make(operation, target, group=group, of=operation)
        if operation in ("how_many", "how_much", ""):
            if target is not None:
                return self._make("sum", target, group=group, of="sum")
            if operation == "how_many":
                return self._make("count", None, group=group, of="count")
        return None

    def _extreme(self, operation: str) -> Computation | None:
        result = _EXTREMES[operation]
        target, subject = self._choose.measure(), self._choose.subject()
        if (
            target is None
            and operation in ("maximum", "minimum")
            and not self._question.measured
        ):
            target = self._choose.only_measure()
        if target is None:
            return self._most_rows(operation, result)
        if subject is None:
            subject = self._choose.named_text()
            if subject is not None and subject.index in self._filtered:
                subject = None
        if subject is None:
            subject = self._profile.key
        repeats = (
            subject is not None
            and operation in ("most", "fewest")
            and len(subject.distinct) < subject.filled
        )
        if repeats:
            return self._make(result, target, group=subject, of="sum")
        return self._make(result, target, subject)

    def _most_rows(self, operation: str, result: str) -> Computation | None:
        """Return which value of a column has most rows: "the author with most books"."""
        if operation not in ("most", "fewest"):
            dates = [c for c in self._profile.columns if c.kind == "date"]
            subject = self._choose.subject() or self._profile.key
            if self._question.measured == "date" and len(dates) == 1:
                return self._make(result, dates[0], subject)
            return None
        group = self._choose.subject()
        if group is None or not self._choose.counts_rows(
            self._question.operation_end, group
        ):
            return None
        return self._make(result, None, group=group, of="count")

    def _aggregate(self, operation: str) -> Computation | None:
        target, trust = self._choose.measure(), 1.0
        if target is None:
            target, trust = self._choose.only_measure(), 0.9
        if target is None or target.mixes_units:
            return None
        if (
            operation == "sum"
            and "price" in target.groups
            and self._choose.quantities()
        ):
            return None  # prices of single things: their number would count, too
        return self._make(operation, target, trust=trust)

    def _count(self) -> Computation | None:
        noun = self._choose.noun()
        if noun is None:
            return self._make("count", None) if self._reading.filters else None
        named = [self._profile.columns[i] for i in self._reading.named(noun)]
        if noun.index not in self._reading.by_value:
            measure = self._choose.measure()
            measured = [c for c in named if c.is_measure]
            if measure is not None and measure in measured:
                return self._added(measure)
            if measured or (measure is not None and self._named_alone(measure)):
                return None
            return self._count_rows(noun, named)
        return self._count_cells()

    def _named_alone(self, measure: Column) -> bool:
        """Tell whether a measure is named that no comparison explains."""
        return measure.index not in self._choose.compared()

    def _added(self, measure: Column) -> Computation | None:
        if measure.mixes_units:
            return None
        if measure.is_added:
            return self._make("sum", measure)
        return self._make("lookup", measure, self._profile.key)

    def _count_rows(self, noun: Token, named: Sequence[Column]) -> Computation | None:
        texts = [c for c in named if not c.is_measure]
        key = self._profile.key
        if not texts:
            return self._make("count", None, trust=0.95)
        if len(texts) > 1:
            return None
        quantity = self._choose.quantity_of(noun, named)
        if quantity is not None:
            return self._make("sum", quantity, texts[0], trust=0.95)
        column = texts[0]
        if column.index in self._filtered and noun.index not in self._reading.by_value:
            return None
        cells = column.filled
        if column is key and len(column.distinct) == cells:
            return self._make("count", None)
        return self._make("distinct", column)

    def _count_cells(self) -> Computation | None:
        """Return how many there are of what a cell names: of a quantity, or of rows."""
        measure = self._choose.measure()
        if measure is not None:
            return self._added(measure)
        quantities = self._choose.quantities()
        if len(quantities) == 1:
            return self._make("sum", quantities[0], trust=0.95)
        if quantities or any(
            c.is_added
            and self._profile.key
            and self._profile.key.index in self._filtered
            for c in self._profile.columns
        ):
            return None
        return self._make("count", None, trust=0.9)

    def _look_up(self) -> Computation | None:
        target = self._looked_up()
        if target is None or not self._reading.filters:
            return None
        if target.index in self._filtered and not self._is_listed():
            return None
        much = self._reading.operation == "how_much"
        if much and target.is_added:
            return None if target.mixes_units else self._make("sum", target)
        if self._question.asks in ("which", "who") and self._many():
            return self._make("list", self._shown_with(target), target)
        return self._make("lookup", target, self._named_by(target))

    def _named_by(self, target: Column) -> Column | None:
        """Return the column that tells several found rows apart."""
        for condition in self._reading.filters:
            column = self._profile.columns[condition.column]
            if len(condition.values) > 1 and column is not target:
                return column
        key = self._profile.key
        return key if key is not target else None

    def _many(self) -> bool:
        """Tell whether the conditions are no name of one row but a choice of rows."""
        return any(
            f.kind != "text" or f.relation != "=" for f in self._reading.filters
        ) or not any(
            f.column == self._profile.key.index
            for f in self._reading.filters
            if self._profile.key is not None
        )

    def _shown_with(self, target: Column) -> Column | None:
        """Return the column of a comparison, to stand beside each thing listed."""
        compared = [
            f.column
            for f in self._reading.filters
            if f.kind in ("number", "date") and f.column != target.index
        ]
        return self._profile.columns[compared[0]] if compared else None

    def _is_listed(self) -> bool:
        return self._question.asks in ("which", "who") and any(
            f.kind == "number" for f in self._reading.filters
        )

    def _looked_up(self) -> Column | None:
        """Return the column whose cells are asked for."""
        asks = self._question.asks
        if asks == "who":
            named = self._choose.named_text(self._question.asks_end)
            free = named is not None and named.index not in self._filtered
            if named is not None and free and named.kind == "text":
                return named
            return self._choose.person()
        if asks == "when":
            return self._choose.timed()
        if asks in ("where", "which"):
            subject = self._choose.subject()
            if subject is not None:
                return subject
            if asks == "which":
                by_name = self._choose.counts_rows(self._question.asks_end)
                return self._profile.key if by_name else self._choose.measure()
            return None
        target = self._choose.measure()
        if target is None and self._reading.operation == "how_much":
            return self._choose.only_measure()
        return target or self._choose.best(
            [c for c in self._profile.columns if c.index not in self._filtered]
        )
