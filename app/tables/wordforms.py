"""Whether a word of the question is the word of a header or cell, and how surely."""

from __future__ import annotations

import functools

from app import words
from app.tables.lexicon import groups_of

EXACT, FORM, COMPOUND, SYNONYM = 1.0, 0.95, 0.75, 0.7
_LINKS = ("", "s", "n", "en", "es", "er", "e")
_FEMALE = ("innen", "erin", "orin")
# What a compound may add to a header's word without asking for something else.
_NEUTRAL = frozenset(
    words.words(
        "zahl anzahl zahlen summe betrag nummer wert höhe menge stand verbrauch"
    )
)
_SHORTEST = 4


@functools.lru_cache(50_000)
def forms(word: str, languages: tuple[str, ...]) -> frozenset[str]:
    """Return the stems of a folded word by the rules of each language."""
    if word.startswith("schüler"):  # its stem is that of "Schule"
        rest = word.removeprefix("schüler").removeprefix("innen").removeprefix("in")
        return frozenset({"schüler"} if rest in ("", "n", "s") else {word})
    if word.endswith(_FEMALE):
        word = word.removesuffix("nen").removesuffix("in")
    return frozenset(words.stem(word, language) for language in languages)


def closeness(asked: str, written: str, languages: tuple[str, ...]) -> float:
    """Return how surely a word that was asked means a written one; 0 for not at all."""
    if asked == written:
        return EXACT
    mine, theirs = forms(asked, languages), forms(written, languages)
    if mine & theirs:
        return FORM
    if groups_of(asked) & groups_of(written):
        return SYNONYM
    if _is_part(asked, written, languages):
        return COMPOUND
    if _adds_nothing(asked, written, languages):
        return COMPOUND
    return 0.0


def _is_part(short: str, long: str, languages: tuple[str, ...]) -> bool:
    """Tell whether a word stands at one end of a compound, as "Tage" in "Fehltage"."""
    if len(short) < _SHORTEST or len(long) < len(short) + 3:
        return False
    stems = forms(short, languages)
    if any(len(stem) >= 3 and _ends_with(long, stem, languages) for stem in stems):
        return True
    return any(len(stem) >= _SHORTEST and long.startswith(stem) for stem in stems)


def _ends_with(long: str, stem: str, languages: tuple[str, ...]) -> bool:
    return any(form.endswith(stem) and form != stem for form in forms(long, languages))


def _adds_nothing(long: str, short: str, languages: tuple[str, ...]) -> bool:
    """Tell whether a compound says no more than its first part, as "Schülerzahl"."""
    return any(
        tail in _NEUTRAL and closeness(head, short, languages) >= FORM
        for head, tail in splits(long)
    )


def splits(word: str) -> list[tuple[str, str]]:
    """Return the ways to cut a compound in two, links taken off the first part."""
    result = []
    for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
        head, tail = word[:cut], word[cut:]
        for link in _LINKS:
            bare = head[: len(head) - len(link)] if link else head
            if head.endswith(link) and len(bare) >= _SHORTEST:
                result.append((bare, tail))
    return result
