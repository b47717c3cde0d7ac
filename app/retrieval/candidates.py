"""What the two searches know of a chunk, before and after they are fused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app import words
from app.values.documents import Place


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

    def coverage(self, terms: frozenset[str]) -> float:
        """Return which share of the question's rarity the terms cover, 0..1."""
        whole = sum(self.rarities)
        if not whole:
            return 0.0
        covered = sum(
            rarity
            for group, rarity in zip(self.groups, self.rarities, strict=True)
            if any(term in terms for term in group)
        )
        return covered / whole


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that one of the searches found.

    `bm25` is 0 where no word matched, `cosine` None where there is no vector;
    `closest` is the cosine of its best sentence. `score` is set by fusing.
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
    terms: frozenset[str] = field(default=frozenset(), repr=False)
    place: Place = field(default_factory=Place)


def with_terms(
    candidates: Sequence[Candidate], compounds: dict[str, tuple[str, ...]]
) -> list[Candidate]:
    """Return the candidates with the terms of heading and text, compounds split."""
    return [
        replace(
            candidate,
            terms=frozenset(
                expanded_terms(
                    f"{candidate.heading} {candidate.text}",
                    candidate.language,
                    compounds,
                )
            ),
        )
        for candidate in candidates
    ]


def expanded_terms(
    text: str, language: str, compounds: dict[str, tuple[str, ...]]
) -> set[str]:
    """Return the stems of a text together with the parts of its compounds."""
    found = set(words.terms(text, language))
    return found.union(*(compounds.get(term, ()) for term in tuple(found)))
