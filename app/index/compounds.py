"""German compounds: where they are split, and the terms that a text is indexed by.

Compounds are split with the base's own vocabulary (after Koehn and Knight, 2003,
"Empirical Methods for Compound Splitting"): a word is split where both parts occur in
the documents by themselves, at the place with the best geometric mean of frequencies.

Invariant: `IndexTerms.line` is a pure function of text, language and known splits; what
it remembers of single words only saves time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from app import words

_LINKS = ("", "s", "es", "n", "en", "er", "e", "ens")
_SHORTEST_PART = 4
SHORTEST_COMPOUND = 9
# Some megabytes: a collection's vocabulary grows without end.
_REMEMBERED_WORDS = 1 << 16

Splits = Mapping[str, tuple[str, ...]]
Frequency = Callable[[str], int | None]


class IndexTerms:
    """Turns texts into what the word index holds, by the splits that a base knows.

    Texts repeat their words, so what became of a word is remembered.
    """

    def __init__(self, splits: Splits) -> None:
        self.splits = splits
        # German words that may be compounds, of all that was turned since the beginning.
        self.candidates: set[str] = set()
        self._lines: dict[str, _Lines] = {}

    def line(self, text: str, language: str) -> str:
        """Return stems and parts of compounds in order, stop words left out."""
        lines = self._lines.get(language)
        if lines is None or len(lines) > _REMEMBERED_WORDS:
            lines = self._lines[language] = _Lines(self, language)
        return " ".join(
            filter(None, map(lines.__getitem__, words.words(text, language)))
        )


class _Lines(dict[str, str]):
    """The terms of each word of one language, made when it is first asked for."""

    def __init__(self, terms: IndexTerms, language: str) -> None:
        super().__init__()
        self._splits = terms.splits
        self._language = language
        self._candidates = terms.candidates if language == "de" else None

    def __missing__(self, word: str) -> str:
        if self._candidates is not None and len(word) >= SHORTEST_COMPOUND:
            self._candidates.add(word)
        line = ""
        if word not in words.stop_words(self._language):
            term = words.stem(word, self._language)
            line = " ".join((term, *self._splits.get(term, ())))
        self[word] = line
        return line


def split_compound(word: str, language: str, frequency: Frequency) -> tuple[str, ...]:
    """Return the stems of a compound's parts, () when it is better left whole.

    `frequency` tells in how many chunks a stem occurs.
    """
    places = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    count = len(places)
    stems = words.stems(
        [*(word[:place] for place in places), *(word[place:] for place in places)],
        language,
    )
    heads = dict(zip(places, stems[:count], strict=True))
    best, parts = 0.0, ("", "")
    for cut, tail in zip(places, stems[count:], strict=True):
        tail_count = frequency(tail)
        if not tail_count or word[cut:] in words.stop_words(language):
            continue
        for place in _head_ends(word, cut):
            head = heads[place]
            score = math.sqrt((frequency(head) or 0) * tail_count)
            if score > best and head != tail:
                best, parts = score, (head, tail)
    if not best:
        return ()
    whole = frequency(words.stem(word, language)) or 0
    return parts if best > whole * 0.5 else ()


def _head_ends(word: str, cut: int) -> list[int]:
    """Return where the first part of a compound may end, its link being left out."""
    return [
        cut - len(link)
        for link in _LINKS
        if word.endswith(link, 0, cut) and cut - len(link) >= _SHORTEST_PART
    ]
