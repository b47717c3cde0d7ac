"""How well a few typed letters fit a title: whole words first, then letters in order."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_STARTS = 3.0
_BEGINS_WORD = 2.0
_INSIDE = 1.0
_SCATTERED = 0.4


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Return a text without case and accents: ü is u, ß is ss."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def fit(query: str, title: str, group: str = "") -> float:
    """Return how well all words of a query fit, 0 when one of them does not.

    The title counts more than the group; shorter titles win between equals.
    """
    words = folded(query).split()
    own, other = folded(title), folded(group)
    total = 0.0
    for word in words:
        best = max(_fit_word(word, own), 0.5 * _fit_word(word, other, loose=False))
        if not best:
            return 0.0
        total += best
    return total + 1 / (2 + len(own)) if words else 0.0


def _fit_word(word: str, text: str, loose: bool = True) -> float:
    if text.startswith(word):
        return _STARTS
    if f" {word}" in text:
        return _BEGINS_WORD
    if word in text:
        return _INSIDE
    return _scattered(word, text) if loose and len(word) > 1 else 0.0


def _scattered(word: str, text: str) -> float:
    """Return more the closer together the letters stand; they begin a word."""
    starts = [0, *(i + 1 for i, letter in enumerate(text) if letter == " ")]
    best = 0.0
    for start in starts:
        if text[start : start + 1] != word[0]:
            continue
        place = start
        for letter in word[1:]:
            place = text.find(letter, place + 1)
            if place < 0:
                break
        else:
            spread = (place - start + 1) / len(word)
            best = max(best, _SCATTERED / spread)
    return best if best > _SCATTERED / 4 else 0.0
