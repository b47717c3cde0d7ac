"""What is known while a question is read against a table.

Invariant: a reading is complete only when every word that a table has to explain is
explained (`unexplained` is empty). That is what keeps questions about something else
from being computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.tables.lexicon import groups_of
from app.tables.profile import Column, Profile
from app.tables.question import Question, Token
from app.tables.wordforms import SYNONYM, closeness

_COST = frozenset({"price", "amount", "spent"})


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a column. `values` are cells, plain numbers or days.

    `kind` says what they are compared as: "text", "number" or "date". `cells` are all
    that may stand there with "="; `asked` is how the question said it, for the sentence.
    """

    column: int
    relation: str
    values: tuple[str, ...]
    kind: str = "text"
    asked: str = ""


@dataclass(slots=True)
class Reading:
    """What the words of a question mean in a table."""

    question: Question
    profile: Profile
    columns: dict[int, dict[int, float]] = field(default_factory=dict)
    filters: list[Filter] = field(default_factory=list)
    by_name: set[int] = field(default_factory=set)
    by_value: set[int] = field(default_factory=set)
    scores: list[float] = field(default_factory=list)
    failed: bool = False
    wide: int = -1
    operation: str = ""

    def named(self, token: Token) -> dict[int, float]:
        """Return the columns that a token may mean."""
        return self.columns.get(token.index, {})

    def score_of(self, column: Column) -> float:
        """Return how much of the question names a column."""
        score = sum(
            found.get(column.index, 0.0)
            for token, found in self.columns.items()
            if token not in self.by_value
        )
        if score:
            said = sum(
                any(
                    closeness(t.text, word, self.question.languages) >= SYNONYM
                    for t in self.question.tokens
                )
                for word in column.words
            )
            score += 0.2 * said / max(1, len(column.words))
        return score

    def unexplained(self) -> list[Token]:
        """Return the words that mean nothing in this table."""
        return [
            token
            for token in self.question.content()
            if token.index not in self.by_value
            and token.index not in self.by_name
            and not self.named(token)
            and not (self.wide >= 0 and groups_of(token.text) & _COST)
        ]
