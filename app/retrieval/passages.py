"""From an ordered list of candidates to what a person reads: no twins, no scraps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.retrieval.candidates import Candidate
from app.values.places import same_part, united

# Joined passages must stay readable, and short enough for a small model's prompt.
LONGEST_JOINED = 1_100
_TWIN_SHARE = 0.85

TextOf = Callable[[int, int, int], str]


def without_twins(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out candidates that say what a better one said already.

    Two are twins when their word triples overlap by `_TWIN_SHARE` (Jaccard); the
    same paragraph in two files is shown once.
    """
    kept: list[tuple[Candidate, frozenset[tuple[str, ...]]]] = []
    for candidate in candidates:
        triples = _triples(candidate.text)
        if not any(_alike(triples, other) for _, other in kept):
            kept.append((candidate, triples))
    return [candidate for candidate, _ in kept]


def _triples(text: str) -> frozenset[tuple[str, ...]]:
    tokens = text.casefold().split()
    if len(tokens) < 3:
        return frozenset([tuple(tokens)])
    return frozenset(zip(tokens, tokens[1:], tokens[2:], strict=False))


def _alike(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> bool:
    smaller, larger = sorted((len(a), len(b)))
    if smaller < larger * _TWIN_SHARE:
        return False
    shared = len(a & b)
    return shared >= _TWIN_SHARE * (len(a) + len(b) - shared)


def joined_neighbours(
    candidates: Sequence[Candidate], text_of: TextOf
) -> list[Candidate]:
    """Join candidates that follow each other under one heading of one page or part.

    The joined passage takes the better place. `text_of(document_id, start, end)`
    returns the exact slice of the document.
    """
    result: list[Candidate] = []
    for candidate in candidates:
        for place, other in enumerate(result):
            joined = _join(other, candidate, text_of)
            if joined is not None:
                result[place] = joined
                break
        else:
            result.append(candidate)
    return result


def _join(a: Candidate, b: Candidate, text_of: TextOf) -> Candidate | None:
    same_place = (
        a.document_id == b.document_id and a.heading == b.heading and a.page == b.page
    )
    if (
        not same_place
        or not same_part([a.place, b.place])
        or abs(a.ordinal - b.ordinal) != 1
    ):
        return None
    start, end = min(a.start, b.start), max(a.end, b.end)
    if end - start > LONGEST_JOINED:
        return None
    return replace(
        a,
        start=start,
        end=end,
        text=text_of(a.document_id, start, end),
        ordinal=max(a.ordinal, b.ordinal) if b.ordinal > a.ordinal else b.ordinal,
        terms=a.terms | b.terms,
        place=united(a.place, b.place),
    )
