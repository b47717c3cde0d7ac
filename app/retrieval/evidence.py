"""The best sentences of the best passages: what a person needs to see first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.retrieval.candidates import Question, expanded_terms
from app.values.passages import Passage, Sentence
from app.values.places import narrowed
from app.values.quotes import letters_of

_ROW = re.compile(r"[^\n]*\w[^\n]*")
_SHORTEST = 12
_LONGEST = 700
_MOST = 10
_PROSE = 0.65
# A sentence far behind the best one is no evidence, only a neighbour.
_WORTH_SHOWING = 0.72

Split = Callable[[str], Sequence[tuple[int, int]]]
Telling = Callable[[str], float]


def spans_of(
    text: str, split: Split, cells: str = "", telling: Telling | None = None
) -> list[tuple[int, int]]:
    """Return the sentences of a passage that can stand as evidence, at most ten.

    A passage of a table (`cells` is not "") is split into its rows. Of many rows those
    are taken that say most by `telling`: a name may stand in the last of them.
    """
    if not cells:
        spans = split(text)
    else:
        spans = [match.span() for match in _ROW.finditer(text)]
    found = [(start, end) for start, end in spans if _says_something(text[start:end])]
    if cells and telling is not None and len(found) > _MOST:
        best = sorted(found, key=lambda span: -telling(text[slice(*span)]))
        found = sorted(best[:_MOST])
    return found[:_MOST]


def _says_something(sentence: str) -> bool:
    """Tell prose and rows from the blanks and boxes of a form."""
    solid = "".join(sentence.replace(" | ", " ").split())
    if not solid or not _SHORTEST <= len(sentence.strip()) <= _LONGEST:
        return False
    return sum(map(str.isalnum, solid)) >= _PROSE * len(solid)


def sentences_of(
    passages: Sequence[Passage],
    split: Split,
    first: int = 4,
    telling: Telling | None = None,
) -> list[Sentence]:
    """Return the sentences of the `first` passages, unscored, in reading order."""
    return [
        Sentence(
            passage=passage.rank,
            score=0.0,
            start=passage.start + start,
            end=passage.start + end,
            text=passage.text[start:end],
            page=passage.page,
            place=narrowed(passage.place, passage.text, start, end),
        )
        for passage in passages[:first]
        for start, end in spans_of(passage.text, split, passage.place.cells, telling)
    ]


def best_sentences(
    question: Question,
    passages: Sequence[Passage],
    sentences: Sequence[Sentence],
    cosines: Sequence[float] | None,
    languages: dict[int, str],
    compounds: dict[str, tuple[str, ...]],
    count: int = 3,
) -> tuple[Sentence, ...]:
    """Return the `count` sentences that speak most to the question, best first.

    Score: closeness in meaning, words in common, and the passage's own score, since
    a sentence is worth no more than the passage it stands in. `languages` maps a
    passage's rank to its language.
    """
    if not sentences:
        return ()
    meaning = _spread(cosines) if cosines is not None else [0.0] * len(sentences)
    rank_score = {passage.rank: passage.score for passage in passages}
    top = max(rank_score.values(), default=1.0) or 1.0
    scored = []
    for sentence, close in zip(sentences, meaning, strict=True):
        terms = expanded_terms(
            sentence.text, languages.get(sentence.passage, ""), compounds
        )
        cover = question.coverage(frozenset(terms))
        own = 0.6 * close + 0.4 * cover if cosines is not None else cover
        score = 0.62 * own + 0.38 * rank_score.get(sentence.passage, 0.0) / top
        scored.append((score, sentence))
    scored.sort(key=lambda pair: -pair[0])
    enough = scored[0][0] * _WORTH_SHOWING
    return tuple(
        replace(s, score=round(score, 4))
        for score, s in _once(scored)[:count]
        if score >= enough
    )


def _once(scored: Sequence[tuple[float, Sentence]]) -> list[tuple[float, Sentence]]:
    """Leave out what another passage says in the same words and was found better."""
    said: dict[str, int] = {}
    return [
        (score, sentence)
        for score, sentence in scored
        if said.setdefault(letters_of(sentence.text), sentence.passage)
        == sentence.passage
    ]


def _spread(values: Sequence[float]) -> list[float]:
    low, high = min(values), max(values)
    if high - low < 1e-6:
        return [1.0] * len(values)
    return [(value - low) / (high - low) for value in values]
