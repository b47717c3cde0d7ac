"""From an ordered list of candidates to what a person reads: no twins, no scraps.

The numbered paragraphs of a section speak of each other ("im Falle des Absatzes 1"), and
an everyday question is about the section: a found paragraph grows by its neighbours as
long as it stays readable. Prose is left as its author cut it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from app.retrieval.candidates import Candidate
from app.values.passages import Elsewhere
from app.values.places import same_part, united
from app.values.quotes import letters_of

# Joined passages must stay readable, and short enough for a small model's prompt.
LONGEST_JOINED = 1_100
LONGEST_GROWN = 1_300
REACH = 8
_TWIN_SHARE = 0.85
# A heading or "Yours sincerely" stands in many files and says nothing of them.
_LEAST_SAME = 40
_MOST_PLACES = 8
_NUMBERED = re.compile(r"\(?(?:\d{1,3}[a-z]?|[a-z]{1,2})[.)]")

TextOf = Callable[[int, int, int], str]
SentenceSpans = Callable[[str], Iterable[tuple[int, int]]]
# A candidate → (start, end, first characters) of the chunks of its section, in order.
SectionOf = Callable[[Candidate], Sequence[tuple[int, int, str]]]


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


def elsewhere(
    shown: Candidate,
    candidates: Sequence[tuple[Candidate, str]],
    sharers: Mapping[int, Sequence[tuple[int, str]]],
    spans: SentenceSpans,
) -> tuple[Elsewhere, ...]:
    """Return the other files that say what a passage says, or a sentence of it.

    `candidates` come with the letters of their texts (`quotes.letters_of`), `sharers`
    are the documents (id, path) of a content, by its id. Another file must
    have the very same words, white space and divided words aside: what is only alike
    may differ in the one number that matters.
    """
    result = [
        Elsewhere(path, shown.page, shown.start, shown.end, id_)
        for id_, path in sharers.get(shown.content_id, ())
        if id_ != shown.document_id
    ]
    sentences = [letters_of(shown.text[start:end]) for start, end in spans(shown.text)]
    telling = [sentence for sentence in sentences if len(sentence) >= _LEAST_SAME]
    seen = {shown.content_id}
    for other, letters in candidates:
        if other.content_id in seen:
            continue
        if any(sentence in letters for sentence in telling):
            seen.add(other.content_id)
            for id_, path in sharers.get(other.content_id, ()):
                result.append(
                    Elsewhere(path, other.page, other.start, other.end, id_, other.text)
                )
    return tuple(result[:_MOST_PLACES])


def _triples(text: str) -> frozenset[tuple[str, ...]]:
    tokens = text.casefold().split()
    if len(tokens) < 3:
        return frozenset([tuple(tokens)])
    return frozenset(zip(tokens, tokens[1:], tokens[2:], strict=False))


def _alike(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> bool:
    smaller, larger = sorted((len(a), len(b)))
    if smaller < larger * _TWIN_SHARE or a.isdisjoint(b):
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


def grown(
    candidates: Sequence[Candidate],
    scores: dict[tuple[int, int], float],
    section_of: SectionOf,
    text_of: TextOf,
    count: int,
) -> list[Candidate]:
    """Return the first `count` passages, each with what belongs to it of its section.

    Of the two neighbours the better found one joins first, else the one that follows;
    `scores` tells for (content id, start) how well a chunk was found. What is already
    part of a better passage is passed over.
    """
    result: list[Candidate] = []
    taken: list[tuple[int, int, int]] = []
    for candidate in candidates:
        if len(result) == count:
            break
        document, start = candidate.document_id, candidate.start
        if any(d == document and a <= start < b for d, a, b in taken):
            continue
        held = [(a, b) for d, a, b in taken if d == document]
        start, end = _grow(candidate, scores, section_of(candidate), held)
        taken.append((document, start, end))
        if (start, end) == (candidate.start, candidate.end):
            result.append(candidate)
        else:
            text = text_of(document, start, end)
            result.append(replace(candidate, start=start, end=end, text=text))
    return result


def _grow(
    candidate: Candidate,
    scores: dict[tuple[int, int], float],
    section: Sequence[tuple[int, int, str]],
    held: Sequence[tuple[int, int]],
) -> tuple[int, int]:
    """Return the span of a candidate with its numbered neighbours."""
    start, end = candidate.start, candidate.end
    inside = [n for n, (a, b, _) in enumerate(section) if a < end and b > start]
    if not inside:
        return start, end
    first, last = inside[0], inside[-1]

    def fits(a: int, b: int) -> bool:
        free = all(b <= x or a >= y for x, y in held)
        return free and b - a <= LONGEST_GROWN

    while True:
        ways: list[tuple[float, int]] = []
        if last + 1 < len(section) and _NUMBERED.match(section[last + 1][2]):
            after = section[last + 1]
            if fits(start, after[1]):
                ways.append((scores.get((candidate.content_id, after[0]), -1.0), 1))
        if first > 0 and _NUMBERED.match(section[first][2]):
            before = section[first - 1]
            if fits(before[0], end):
                ways.append((scores.get((candidate.content_id, before[0]), -1.0), -1))
        if not ways:
            return start, end
        if max(ways)[1] > 0:
            last += 1
            end = section[last][1]
        else:
            first -= 1
            start = section[first][0]
