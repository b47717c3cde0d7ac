"""What items are built from: all statements of some documents and their terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.values.quiz import Item
from app.workshop.material import SourceText, Statement, statements
from app.workshop.terms import Lexicon, terms_of


@dataclass(frozen=True, slots=True)
class Ground:
    """What items are built from: the documents' statements and all their terms."""

    documents: tuple[SourceText, ...]
    statements: tuple[Statement, ...]
    lexicon: Lexicon
    language: str


def survey(documents: Sequence[SourceText], language: str) -> Ground:
    """Return the statements and terms of documents, read once."""
    found = tuple(s for document in documents for s in statements(document))
    lexicon = Lexicon((statement.text for statement in found), language)
    return Ground(tuple(documents), found, lexicon, language)


def by_turns(statements: Sequence[Statement]) -> Iterator[Statement]:
    """Yield the first statement of each section, then the second of each."""
    left = list(statements)
    while left:
        seen: set[tuple[str, str]] = set()
        rest = []
        for statement in left:
            place = (statement.document.file, statement.heading)
            if place in seen:
                rest.append(statement)
            else:
                seen.add(place)
                yield statement
        left = rest


def counts(statement: Statement, language: str) -> bool:
    """Tell whether a statement holds a number or a date: good to ask for."""
    return any(t.kind != "word" for t in terms_of(statement.text, language))


def named(item: Item) -> str:
    """Return a name for lists: the beginning of the text, at whole words."""
    text = " ".join(item.text.split())
    if len(text) <= 70:
        return text
    return text[:70].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"
