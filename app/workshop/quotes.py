"""A quotation → the place where it stands, found by our own matching.

What a model copies differs in spaces, quotation marks and case; what it makes up does
not stand anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app import words
from app.workshop.material import Statement

_WORD = re.compile(r"[^\W_]+")
_ENOUGH = 0.6


def find_quote(
    text: str, quote: str, start: int = 0, end: int = -1
) -> tuple[int, int] | None:
    """Return start and end of a quotation in `text[start:end]`, None where it is not."""
    parts = _WORD.findall(quote)
    if len(parts) < 2:
        return None
    pattern = r"[\W_]+".join(re.escape(part) for part in parts)
    limit = len(text) if end < 0 else end
    match = re.compile(pattern, re.IGNORECASE).search(text, start, limit)
    if match is None:
        return None
    finish = match.end()
    while finish < limit and text[finish] in ".!?)“”\"'»":
        finish += 1
    return match.start(), finish


def nearest(
    statements: Sequence[Statement], said: str, language: str
) -> Statement | None:
    """Return the statement that most of the words of `said` stand in, None if too few."""
    wanted = set(words.terms(said, language))
    if not wanted:
        return None
    best, score = None, _ENOUGH
    for statement in statements:
        inside = set(words.terms(statement.text, language))
        share = len(wanted & inside) / len(wanted)
        if share >= score:
            best, score = statement, share + 1e-9
    return best
