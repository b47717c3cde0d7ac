"""From an ordered list of candidates to what a person reads: no twins, no scraps.

The numbered paragraphs of a section speak of each other ("im Falle des Absatzes 1"), and
an everyday question is about the section: a found paragraph grows by its neighbours as
long as it stays readable. Prose is left as its author cut it.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

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
# Stands in no text, and is no white space.
_BETWEEN = "\x00"
_NUMBERED = re.compile(r"\(?(?:\d{1,3}[a-z]?|[a-z]{1,2})[.)]")

TextOf = Callable[[int, int, int], str]
SentenceSpans = Callable[[str], Iterable[tuple[int, int]]]
# A candidate → (start, end, first characters) of the chunks of its section, in order.
SectionOf = Callable[[Candidate], Sequence[tuple[int, int, str]]]


def without_twins(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield candidates but those that say what a better one said already.

    Two are twins when their word triples overlap by `_TWIN_SHARE` (Jaccard); the
    same paragraph in two files is shown once.
    """
    kept: list[_Wording] = []
    numbers: dict[str, int] = {}
    for candidate in candidates:
        wording = _Wording(candidate.text, numbers)
        if not any(map(wording.is_like, kept)):
            kept.append(wording)
            yield candidate


class Said:
    """What the candidates say, to be searched for the sentences of one of them.

    All their letters (`quotes.letters_of`) lie in one string, since a sentence is
    looked for in a hundred and fifty passages, and that for each passage that is shown.
    """

    def __init__(self, candidates: Sequence[Candidate], spans: SentenceSpans) -> None:
        self._candidates = candidates
        self._spans = spans
        texts = [candidate.text.replace(_BETWEEN, "") for candidate in candidates]
        self._letters = letters_of(_BETWEEN.join(texts)) + _BETWEEN
        lengths = map(len, self._letters.split(_BETWEEN)[:-1])
        self._ends = list(accumulate(length + 1 for length in lengths))

    def holding(self, shown: Candidate) -> list[Candidate]:
        """Return the candidates of other contents that hold a sentence of this one."""
        found: set[int] = set()
        for start, end in self._spans(shown.text):
            sentence = letters_of(shown.text[start:end])
            if len(sentence) >= _LEAST_SAME:
                found.update(self._places(sentence))
        chosen = (self._candidates[place] for place in sorted(found))
        return [c for c in chosen if c.content_id != shown.content_id]

    def _places(self, letters: str) -> Iterator[int]:
        at = self._letters.find(letters)
        while at >= 0:
            place = bisect(self._ends, at)
            yield place
            at = self._letters.find(letters, self._ends[place])


def elsewhere(
    shown: Candidate, said: Said, sharers: Mapping[int, Sequence[tuple[int, str]]]
) -> tuple[Elsewhere, ...]:
    """Return the other files that say what a passage says, or a sentence of it.

    `sharers` are the documents (id, path) of a content, by its id. Another file must
    have the very same words, white space and divided words aside: what is only alike
    may differ in the one number that matters.
    """
    result = [
        Elsewhere(path, shown.page, shown.start, shown.end, id_)
        for id_, path in sharers.get(shown.content_id, ())
        if id_ != shown.document_id
    ]
    seen: set[int] = set()
    for other in said.holding(shown):
        if other.content_id not in seen:
            seen.add(other.content_id)
            for id_, path in sharers.get(other.content_id, ()):
                result.append(
                    Elsewhere(path, other.page, other.start, other.end, id_, other.text)
                )
    return tuple(result[:_MOST_PLACES])


class _Wording:
    """The words of a text, and its triples of words when they are needed.

    Texts whose triples overlap by s have at most (1 - s) / s words for each triple that
    only one of them has, since each such word makes a triple of its own: most pairs
    are told apart by their words alone. The words are the bits of a number, of which
    `numbers` gives each word its own: comparing two is a matter of a few machine words.
    """

    def __init__(self, text: str, numbers: dict[str, int]) -> None:
        self._tokens = text.casefold().split()
        self._words = 0
        for word in set(self._tokens):
            self._words |= numbers.setdefault(word, 1 << len(numbers))
        self._made: frozenset[tuple[str, ...]] | None = None

    def is_like(self, other: _Wording) -> bool:
        """Tell whether the triples of both overlap by `_TWIN_SHARE` (Jaccard)."""
        fewer = max(1, min(len(self._tokens), len(other._tokens)))
        most = (1 - _TWIN_SHARE) / _TWIN_SHARE * fewer
        if (self._words ^ other._words).bit_count() > most:
            return False
        mine, others = self._triples(), other._triples()
        shared = len(mine & others)
        return shared >= _TWIN_SHARE * (len(mine) + len(others) - shared)

    def _triples(self) -> frozenset[tuple[str, ...]]:
        if self._made is None:
            tokens = self._tokens
            several = zip(tokens, tokens[1:], tokens[2:], strict=False)
            self._made = frozenset(several) or frozenset([tuple(tokens)])
        return self._made


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
    return a._replace(
        start=start,
        end=end,
        text=text_of(a.document_id, start, end),
        ordinal=max(a.ordinal, b.ordinal) if b.ordinal > a.ordinal else b.ordinal,
        place=united(a.place, b.place),
    )


def grown(
    candidates: Iterable[Candidate],
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
            result.append(candidate._replace(start=start, end=end, text=text))
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
