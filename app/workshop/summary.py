"""A summary whose every sentence names its place; without a model, of the text's own.

With a model: each section is summed up in a few sentences, and each of them is kept
only if our own matching finds where its words come from. Without one, the sentences
that hold most of what the document speaks of stand for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app import words
from app.values.quiz import ItemSource
from app.workshop.bearing import leans
from app.workshop.material import SourceText, Statement, statements

_LEANING = 0.4


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence of a summary and where it comes from."""

    text: str
    source: ItemSource


def own_words(documents: Sequence[SourceText], count: int) -> list[Point]:
    """Return the `count` telling sentences of documents, in their order.

    A sentence is worth the mean weight of its terms (how often they stand in the
    document); a term that was said already counts no more (as in SumBasic).
    """
    found = [s for document in documents for s in statements(document)]
    tongue = next((d.tongue for d in documents if d.tongue), "")
    terms = [words.terms(s.text, tongue) for s in found]
    counts = Counter(term for row in terms for term in set(row))
    total = sum(counts.values()) or 1
    weights = {term: number / total for term, number in counts.items()}
    chosen: list[int] = []
    while len(chosen) < min(count, len(found)):
        best = max(
            (n for n in range(len(found)) if n not in chosen),
            key=lambda n: _worth(found[n], terms[n], weights),
        )
        chosen.append(best)
        for term in set(terms[best]):
            weights[term] **= 2
    return [Point(found[n].text, found[n].source) for n in sorted(chosen)]


def _worth(
    statement: Statement, terms: Sequence[str], weights: dict[str, float]
) -> float:
    mean = sum(weights[term] for term in terms) / max(5, len(terms))
    worth = mean * (1.0 + max(-0.5, statement.score) / 2)
    # Alone in a summary it would lean on nothing.
    return worth * _LEANING if leans(statement.text) else worth
