"""Which columns a complete reading means: to compute with, to name rows, to group by.

Where two columns are meant equally, none is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.tables.frame import Reading
from app.tables.lexicon import CLOCK
from app.tables.profile import Column
from app.tables.question import Token

_KINDS = re.compile(r"tit(?:el|le)s?\Z", re.IGNORECASE)
_DIFFERENT = re.compile(
    r"\b(?:verschieden|unterschiedlich|different|distinct)", re.IGNORECASE
)
_PEOPLE = ("who", "teacher", "pupil", "author", "customer")


class Chooser:
    """Chooses columns for one question and one table."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._question = reading.question
        self._profile = reading.profile
        self._filtered = {condition.column for condition in reading.filters}

    def measure(self) -> Column | None:
        """Return the one column of numbers that the question names."""
        if self._reading.wide >= 0:
            return self._profile.columns[self._reading.wide]
        columns = [c for c in self._profile.columns if c.is_measure]
        group = self._question.measured
        if group:
            columns = [c for c in columns if group in c.groups]
            if len(columns) == 1:
                return columns[0]
        free = [c for c in columns if c.index not in self.compared()]
        return self.best(free) or (None if free else self.best(columns))

    def compared(self) -> set[int]:
        """Return the columns whose numbers are compared."""
        return {f.column for f in self._reading.filters if f.kind == "number"}

    def best(self, columns: Sequence[Column]) -> Column | None:
        """Return the column the question names best; None where two are named alike."""
        rated = sorted(
            ((self._reading.score_of(column), column.index) for column in columns),
            reverse=True,
        )
        rated = [pair for pair in rated if pair[0]]
        if not rated or (len(rated) > 1 and rated[0][0] - rated[1][0] < 0.04):
            return None
        return self._profile.columns[rated[0][1]]

    def only_measure(self) -> Column | None:
        """Return the only column that can be added up, where the sheet's name was said."""
        columns = [
            c
            for c in self._profile.columns
            if c.is_added and c.index not in self.compared()
        ]
        if len(columns) != 1 or not (self._reading.by_name or self._reading.filters):
            return None
        named = {i for found in self._reading.columns.values() for i in found}
        if any(self._profile.columns[i].is_measure for i in named):
            return None
        return columns[0]

    def person(self) -> Column | None:
        """Return the column of the people that a table is about."""
        for group in _PEOPLE:
            columns = [
                c
                for c in self._profile.columns
                if group in c.groups and c.kind == "text"
            ]
            if len(columns) == 1:
                return columns[0]
            if columns:
                return self.best(columns)
        key = self._profile.key
        return key if key is not None and key.groups & set(_PEOPLE) else None

    def named_text(self, after: int = 0) -> Column | None:
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

    def subject(self) -> Column | None:
        """Return the column whose cells answer "who" or "which"."""
        if self._question.asks == "who":
            return self.person()
        if self._question.asks in ("which", "where", "what"):
            named = self.named_text(self._question.asks_end)
            if named is not None and named.index not in self._filtered:
                return named
        if self._question.asks == "where":
            return self.placed()
        return None

    def placed(self) -> Column | None:
        """Return the column of places."""
        columns = [c for c in self._profile.columns if "where" in c.groups]
        return columns[0] if len(columns) == 1 else self.best(columns)

    def timed(self) -> Column | None:
        """Return the column of days or, where the clock is asked for, of times."""
        named = [
            c
            for c in self._profile.columns
            if self._reading.score_of(c) and c.groups & {"when", "time", "birthday"}
        ]
        if CLOCK.search(self._question.text):
            clocks = [c for c in self._profile.columns if "time" in c.groups]
            return clocks[0] if len(clocks) == 1 else self.best(clocks)
        if len(named) == 1:
            return named[0]
        dates = [c for c in self._profile.columns if c.kind == "date"]
        if not dates:
            dates = [c for c in self._profile.columns if c.groups & {"when", "time"}]
        return dates[0] if len(dates) == 1 else self.best(dates)

    def group(self) -> Column | None:
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

    def noun(self) -> Token | None:
        """Return the word behind "how many"."""
        after = self._question.operation_end
        return next((t for t in self._question.content() if t.start >= after), None)

    def quantities(self) -> list[Column]:
        """Return the columns that say how many there are of a thing."""
        return [
            c
            for c in self._profile.columns
            if c.is_measure and c.groups & {"number", "copies"}
        ]

    def quantity_of(self, noun: Token, named: Sequence[Column]) -> Column | None:
        """Return the one column that says how many there are of what a word names.

        The word must name things of which a row has several: of "subject, book, number"
        the numbers count books. What a column "title" lists, and what is said to differ,
        is counted as rows, and so are products: one asks how many kinds there are.
        """
        quantities = self.quantities()
        if len(quantities) != 1 or quantities[0].index in self.compared():
            return None
        if _KINDS.search(noun.text) or _DIFFERENT.search(self._question.text):
            return None
        texts = [c for c in named if not c.is_measure]
        several = len(texts) == 1 and "title" in texts[0].groups
        return quantities[0] if several and not _KINDS.search(texts[0].header) else None

    def counts_rows(self, after: int, group: Column | None = None) -> bool:
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
