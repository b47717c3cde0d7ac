"""A question and tables → what to compute, or None where anything stays unclear.

Precision before recall: every content word has to be explained by the table, the
column and the rows have to be unambiguous, and of several tables one has to be clearly
meant. What is not understood is left to the search in texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.tables.frame import Filter, Reading
from app.tables.lexicon import CLOCK
from app.tables.profile import Column, Profile
from app.tables.question import Question, Token, read_question
from app.tables.reading import read

LEAST_CONFIDENCE = 0.6
_CLEARLY = 0.05
_AGGREGATES = {"sum": "sum", "mean": "mean", "maximum": "maximum", "minimum": "minimum"}
_EXTREMES = {"most": "maximum", "fewest": "minimum", "maximum": "maximum"} | {
    "minimum": "minimum"
}
_PEOPLE = ("who", "teacher", "pupil", "author", "customer")
_WIDEST = 400
_OR = re.compile(r"\b(?:oder|or|ou|lub|або|или)\b")


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


def understand(
    question: str, tables: Sequence[Profile], language: str = ""
) -> Computation | None:
    """Return the computation that a question asks of one of the tables."""
    asked = read_question(question, language)
    if asked.blocked or not asked.tokens or len(asked.tokens) > 60:
        return None
    found: list[tuple[float, Computation]] = []
    for index, profile in enumerate(tables):
        if len(profile.columns) > _WIDEST or not profile.positions:
            continue
        computation = _for_table(asked, index, profile)
        if computation and computation.confidence >= LEAST_CONFIDENCE:
            found.append((computation.confidence, computation))
    if not found:
        return None
    found.sort(key=lambda pair: (-pair[0], pair[1].table))
    best = found[0][1]
    for confidence, other in found[1:]:
        if found[0][0] - confidence >= _CLEARLY:
            break
        if tables[other.table].table.rows != tables[best.table].table.rows:
            return None
    return best


def _for_table(question: Question, index: int, profile: Profile) -> Computation | None:
    reading = read(question, profile)
    if reading.failed or reading.unexplained():
        return None
    plan = _Planner(reading, index)
    computation = plan.plan()
    if computation is None or _uses_repeated(computation, profile):
        return None
    if plan.leaves_out(computation) or _chooses_across(reading):
        return None
    return computation


def _chooses_across(reading: Reading) -> bool:
    """Tell whether an "or" may stand between conditions on different columns."""
    columns = {condition.column for condition in reading.filters}
    return len(columns) > 1 and _OR.search(reading.question.text) is not None


def _uses_repeated(computation: Computation, profile: Profile) -> bool:
    """Tell whether a column is used whose header stands over another one too."""
    used = {computation.target, computation.group, computation.subject}
    used |= {condition.column for condition in computation.filters}
    return bool(used & profile.repeated)


class _Planner:
    """Decides what a complete reading asks for."""

    def __init__(self, reading: Reading, index: int) -> None:
        self._reading = reading
        self._question = reading.question
        self._profile = reading.profile
        self._index = index
        self._filtered = {condition.column for condition in reading.filters}

    def plan(self) -> Computation | None:
        """Return the computation; None where it is unclear."""
        operation = self._reading.operation
        if self._question.each_at >= 0 and (group := self._group()) is not None:
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
        noun = self._noun() if computation.operation == "count" else None
        for token in self._question.content():
            named = self._reading.named(token)
            placed = (
                token.index in self._reading.by_value
                or token.index in self._reading.by_name
            )
            if named and not placed and token is not noun and not used & named.keys():
                return True
        return False

    # -- parts of a plan ----------------------------------------------------------

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

    def _measure(self) -> Column | None:
        """Return the one column of numbers that the question names."""
        if self._reading.wide >= 0:
            return self._profile.columns[self._reading.wide]
        columns = [c for c in self._profile.columns if c.is_measure]
        group = self._question.measured
        if group:
            columns = [c for c in columns if group in c.groups]
            if len(columns) == 1:
                return columns[0]
        free = [c for c in columns if c.index not in self._compared()]
        return self._best(free) or (None if free else self._best(columns))

    def _compared(self) -> set[int]:
        return {f.column for f in self._reading.filters if f.kind == "number"}

    def _best(self, columns: Sequence[Column]) -> Column | None:
        """Return the column the question names best; None where two are named alike."""
        rated = sorted(
            ((self._reading.score_of(column), column.index) for column in columns),
            reverse=True,
        )
        rated = [pair for pair in rated if pair[0]]
        if not rated or (len(rated) > 1 and rated[0][0] - rated[1][0] < 0.04):
            return None
        return self._profile.columns[rated[0][1]]

    def _only_measure(self) -> Column | None:
        """Return the only column that can be added up, where the sheet's name was said."""
        columns = [
            c
            for c in self._profile.columns
            if c.is_added and c.index not in self._compared()
        ]
        if len(columns) != 1 or not (self._reading.by_name or self._reading.filters):
            return None
        named = {i for found in self._reading.columns.values() for i in found}
        if any(self._profile.columns[i].is_measure for i in named):
            return None
        return columns[0]

    def _person(self) -> Column | None:
        for group in _PEOPLE:
            columns = [
                c
                for c in self._profile.columns
                if group in c.groups and c.kind == "text"
            ]
            if len(columns) == 1:
                return columns[0]
            if columns:
                return self._best(columns)
        key = self._profile.key
        return key if key is not None and key.groups & set(_PEOPLE) else None

    def _named_text(self, after: int = 0) -> Column | None:
        """Return the column of words that the question names first behind a place."""
        for token in self._question.content():
            if token.start < after or token.index in self._reading.by_value:
                continue
            named = [self._profile.columns[i] for i in self._reading.named(token)]
            texts = [c for c in named if not c.is_measure]
            if len(texts) == 1:
                return texts[0]
            if named or token.index in self._reading.by_name:
                return None
        return None

    def _subject(self) -> Column | None:
        """Return the column whose cells answer "who" or "which"."""
        if self._question.asks == "who":
            return self._person()
        if self._question.asks in ("which", "where", "what"):
            named = self._named_text(self._question.asks_end)
            if named is not None and named.index not in self._filtered:
                return named
        if self._question.asks == "where":
            return self._placed()
        return None

    def _placed(self) -> Column | None:
        columns = [c for c in self._profile.columns if "where" in c.groups]
        return columns[0] if len(columns) == 1 else self._best(columns)

    def _group(self) -> Column | None:
        """Return the column behind "per", where it is one of words or dates."""
        for token in self._question.tokens:
            if token.start != self._question.each_at:
                continue
            columns = [self._profile.columns[i] for i in self._reading.named(token)]
            columns = [
                c for c in columns if not c.is_measure and c.index not in self._filtered
            ]
            return columns[0] if len(columns) == 1 else None
        return None

    # -- plans --------------------------------------------------------------------

    def _grouped(self, group: Column) -> Computation | None:
        operation = self._reading.operation
        target = self._measure()
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
        target, subject = self._measure(), self._subject()
        if target is None and operation in _AGGREGATES and not self._question.measured:
            target = self._only_measure()
        if target is None:
            return self._most_rows(operation, result)
        if subject is None:
            subject = self._named_text()
            if subject is not None and subject.index in self._filtered:
                subject = None
        if subject is None:
            subject = self._profile.key
        repeats = (
            subject is not None
            and operation in ("most", "fewest")
            and len(subject.distinct) < sum(map(len, subject.distinct.values()))
        )
        if repeats:
            return self._make(result, target, group=subject, of="sum")
        return self._make(result, target, subject)

    def _most_rows(self, operation: str, result: str) -> Computation | None:
        """Return which value of a column has most rows: "the author with most books"."""
        if operation not in ("most", "fewest"):
            dates = [c for c in self._profile.columns if c.kind == "date"]
            subject = self._subject() or self._profile.key
            if self._question.measured == "date" and len(dates) == 1:
                return self._make(result, dates[0], subject)
            return None
        group = self._subject()
        if group is None or not self._counts_rows(self._question.operation_end, group):
            return None
        return self._make(result, None, group=group, of="count")

    def _counts_rows(self, after: int, group: Column | None = None) -> bool:
        """Tell whether the word behind a place names the rows of the table."""
        token = next((t for t in self._question.content() if t.start >= after), None)
        if token is None:
            return False
        if token.index in self._reading.by_name:
            return True
        key = self._profile.key
        return (
            key is not None
            and key is not group
            and key.index in self._reading.named(token)
        )

    def _aggregate(self, operation: str) -> Computation | None:
        target, trust = self._measure(), 1.0
        if target is None:
            target, trust = self._only_measure(), 0.9
        if target is None or target.mixes_units:
            return None
        if operation == "sum" and "price" in target.groups and self._quantities():
            return None  # prices of single things: their number would count, too
        return self._make(_AGGREGATES[operation], target, trust=trust)

    def _count(self) -> Computation | None:
        noun = self._noun()
        if noun is None:
            return self._make("count", None) if self._reading.filters else None
        named = [self._profile.columns[i] for i in self._reading.named(noun)]
        if noun.index not in self._reading.by_value:
            measure = self._measure()
            measured = [c for c in named if c.is_measure]
            if measure is not None and measure in measured:
                return self._added(measure)
            if measured or (measure is not None and self._named_alone(measure)):
                return None
            return self._count_rows(noun, named)
        return self._count_cells()

    def _noun(self) -> Token | None:
        """Return the word behind "how many"."""
        after = self._question.operation_end
        return next((t for t in self._question.content() if t.start >= after), None)

    def _named_alone(self, measure: Column) -> bool:
        """Tell whether a measure is named that no comparison explains."""
        return measure.index not in self._compared()

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
        column = texts[0]
        if column.index in self._filtered and noun.index not in self._reading.by_value:
            return None
        cells = sum(map(len, column.distinct.values()))
        if column is key and len(column.distinct) == cells:
            return self._make("count", None)
        return self._make("distinct", column)

    def _count_cells(self) -> Computation | None:
        """Return how many there are of what a cell names: of a quantity, or of rows."""
        quantities = self._quantities()
        if len(quantities) == 1:
            return self._make("sum", quantities[0], trust=0.95)
        if quantities or any(
            c.is_added and self._profile.key and self._profile.key.index in self._filtered
            for c in self._profile.columns
        ):
            return None
        return self._make("count", None, trust=0.9)

    def _quantities(self) -> list[Column]:
        return [
            c
            for c in self._profile.columns
            if c.is_measure and c.groups & {"number", "copies"}
        ]

    def _look_up(self) -> Computation | None:
        target = self._looked_up()
        if target is None or not self._reading.filters:
            return None
        if target.index in self._filtered and not self._listed(target):
            return None
        much = self._reading.operation == "how_much"
        if much and target.is_added:
            return None if target.mixes_units else self._make("sum", target)
        subject = self._profile.key
        if subject is target or (subject and subject.index in self._filtered and
                                 self._one_cell(subject)):
            subject = None
        if self._question.asks in ("which", "who") and self._many():
            return self._make("list", self._shown_with(target), target)
        return self._make("lookup", target, self._named_by(target))

    def _one_cell(self, column: Column) -> bool:
        return any(
            f.column == column.index and len(f.values) == 1 and f.relation == "="
            for f in self._reading.filters
        )

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

    def _listed(self, target: Column) -> bool:
        return self._question.asks in ("which", "who") and any(
            f.kind == "number" for f in self._reading.filters
        )

    def _looked_up(self) -> Column | None:
        """Return the column whose cells are asked for."""
        asks = self._question.asks
        if asks == "who":
            named = self._named_text(self._question.asks_end)
            if named is not None and named.index not in self._filtered:
                return named
            return self._person()
        if asks == "when":
            return self._timed()
        if asks in ("where", "which"):
            subject = self._subject()
            if subject is not None:
                return subject
            if asks == "which":
                by_name = self._counts_rows(self._question.asks_end)
                return self._profile.key if by_name else self._measure()
            return None
        target = self._measure()
        if target is None and self._reading.operation == "how_much":
            return self._only_measure()
        return target or self._best(
            [c for c in self._profile.columns if c.index not in self._filtered]
        )

    def _timed(self) -> Column | None:
        named = [
            c
            for c in self._profile.columns
            if self._reading.score_of(c) and c.groups & {"when", "time", "birthday"}
        ]
        if CLOCK.search(self._question.text):
            clocks = [c for c in self._profile.columns if "time" in c.groups]
            return clocks[0] if len(clocks) == 1 else self._best(clocks)
        if len(named) == 1:
            return named[0]
        dates = [c for c in self._profile.columns if c.kind == "date"]
        if not dates:
            dates = [c for c in self._profile.columns if c.groups & {"when", "time"}]
        return dates[0] if len(dates) == 1 else self._best(dates)
