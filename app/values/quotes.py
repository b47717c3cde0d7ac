"""Where quoted words stand in a text, however that breaks its lines and words.

A document that is saved or read anew may divide words elsewhere, or nowhere any more.
So white space of any kind is the same, and a word is the same with a soft hyphen in it
or with a hyphen and a line break.

Invariant: what is found are the words of the quote in their order, and nothing between
them but that.
"""

from __future__ import annotations

import re
from functools import lru_cache

_DIVIDERS = ("-", "\u2010", "\u00ad")
_BROKEN = re.compile(r"\s*[-\u2010\u00ad]\s*\n\s*")
_INSIDE = r"(?:\u00ad\s*|[-\u2010]\s*\n\s*)?"
_EMPHASIS = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_CELL_NUMBER = re.compile(r"(?m)((?:^|\|)[ \t]*-?\d+)\.(\d+)(?=[ \t]*(?:\||$))")
_DECIMAL_COMMA = frozenset(("de", "fr", "tr", "uk", "ru", "pl", "es", "it"))
_MAYBE_BROKEN = r"[-\u2010\u00ad]?\s*"


def letters_of(text: str) -> str:
    """Return a text without what its lines and divided words are broken with."""
    letters = "".join(text.split())
    for sign in _DIVIDERS:
        letters = letters.replace(sign, "")
    return letters


def readable(quote: str, language: str = "", in_cells: bool = False) -> str:
    """Return a quote on one line as people read it; what is kept stays as it stands.

    Without the signs of Markdown, and numbers in cells as the language writes them.
    """
    text = without_emphasis(quote)
    if in_cells:
        text = cells_as_written(text, language)
    return " ".join(text.split())


def cells_as_written(rows: str, language: str) -> str:
    """Return rows of a table with their numbers as a language writes them."""
    if language not in _DECIMAL_COMMA:
        return rows
    return _CELL_NUMBER.sub(r"\1,\2", rows)


def without_emphasis(text: str) -> str:
    """Return a text without the signs that make words bold or code in Markdown."""
    return _EMPHASIS.sub(r"\2", text)


def find_quote(text: str, quote: str) -> list[tuple[int, int]]:
    """Return the (start, end) of every place where the words of a quote stand."""
    pattern = _pattern(quote)
    return [match.span() for match in pattern.finditer(text)] if pattern else []


def same_words(text: str, quote: str) -> bool:
    """Tell whether a text is a quote, line breaks and divided words aside."""
    pattern = _pattern(quote)
    return pattern is not None and pattern.fullmatch(text.strip()) is not None


@lru_cache(maxsize=256)
def _pattern(quote: str) -> re.Pattern[str] | None:
    pieces = [
        r"\s+".join(_word(word) for word in piece.split())
        for piece in _BROKEN.split(quote.strip())
    ]
    whole = _MAYBE_BROKEN.join(pieces)
    return re.compile(whole) if any(pieces) else None


def _word(word: str) -> str:
    return _INSIDE.join(re.escape(letter) for letter in word if letter != "\u00ad")
