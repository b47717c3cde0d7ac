"""What the two searches know of a chunk, before and after they are fused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from app import words
from app.values.documents import Place


class Terms(Protocol):
    """The terms of a passage: a set of stems, or what makes it when it is asked."""

    def isdisjoint(self, other: Iterable[str], /) -> bool:
        """Tell whether none of the other terms is among them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as words: groups of equivalent stems, and how rare each group is.

    `rarities` are inverse document frequencies, `known` tells which groups occur in
    the documents at all. `background` is the cosine that unrelated texts have to it;
    `foreign` tells that no document is in the question's `language` ("": not clear).
    """

    text: str
    groups: tuple[tuple[str, ...], ...] = ()
    rarities: tuple[float, ...] = ()
    known: tuple[bool, ...] = ()
    background: float = 0.0
    foreign: bool = False
    language: str = ""

    def coverage(self, terms: Terms) -> float:
        """Return which share of the question's rarity the terms cover, 0..1."""
        whole = sum(self.rarities)
        if not whole:
            return 0.0
        covered = sum(
            rarity
            for group, rarity in zip(self.groups, self.rarities, strict=True)
            if not terms.isdisjoint(group)
        )
        return covered / whole


class Candidate(NamedTuple):
    """A chunk that one of the searches found.

    `bm25` is 0 where no word matched, `cosine` None where there is no vector;
    `closest` is the cosine of its best sentence. `score` is set by fusing. (A tuple: a
    search changes some hundred of them, which takes a dataclass ten times as long.)
    """

    chunk_id: int
    document_id: int
    content_id: int
    file: str
    ordinal: int
    start: int
    end: int
    text: str
    page: int | None = None
    heading: str = ""
    language: str = ""
    bm25: float = 0.0
    cosine: float | None = None
    closest: float | None = None
    score: float = 0.0
    terms: Terms = frozenset()
    place: Place = Place()


class PassageTerms:
    """The terms of a passage, cut when they are first asked for.

    Of a hundred and fifty candidates a search asks some twenty for their words.
    """

    __slots__ = ("_compounds", "_found", "_heading", "_language", "_text")

    def __init__(
        self,
        heading: str,
        text: str,
        language: str,
        compounds: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._heading = heading
        self._text = text
        self._language = language
        self._compounds = compounds
        self._found: set[str] | None = None

    def isdisjoint(self, other: Iterable[str], /) -> bool:
        """Tell whether none of the other terms is in heading or text."""
        if self._found is None:
            whole = f"{self._heading} {self._text}"
            self._found = expanded_terms(whole, self._language, self._compounds)
        return self._found.isdisjoint(other)


_REMEMBERED_WORDS = 1 << 16


class Compounds(dict[str, tuple[str, ...]]):
    """The splits a base knows, and what its words become with them.

    Every search turns a hundred passages into terms, and their words are mostly the
    same ones: remembered, that takes a fifth of the time.
    """

    def __init__(self, splits: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(splits)
        self._words: dict[str, _Words] = {}

    def words_of(self, language: str) -> dict[str, tuple[str, ...]]:
        """Return what a word of this language becomes, made when it is asked for."""
        known = self._words.get(language)
        if known is None or len(known) > _REMEMBERED_WORDS:
            known = self._words[language] = _Words(self, language)
        return known


class _Words(dict[str, tuple[str, ...]]):
    def __init__(self, compounds: Compounds, language: str) -> None:
        super().__init__()
        self._compounds = compounds
        self._language = language

    def __missing__(self, word: str) -> tuple[str, ...]:
        terms: tuple[str, ...] = ()
        if word not in words.stop_words(self._language):
            stem = words.stem(word, self._language)
            terms = (stem, *self._compounds.get(stem, ()))
        self[word] = terms
        return terms


def expanded_terms(
    text: str, language: str, compounds: Mapping[str, tuple[str, ...]]
) -> set[str]:
    """Return the stems of a text together with the parts of its compounds."""
    known = compounds if isinstance(compounds, Compounds) else Compounds(compounds)
    found = set(words.words(text, language))
    return set().union(*map(known.words_of(language).__getitem__, found))
