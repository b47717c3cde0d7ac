"""How tokens are written for people: blanks and line breaks seen, parts of letters named."""

from __future__ import annotations

from collections.abc import Sequence

from app.values.tokens import Candidate, TextToken


def visible(text: str) -> str:
    """Return a token's text with what one cannot see."""
    return text.replace("\n", "⏎").replace("\t", "⇥").replace(" ", "·")


def labels(tokens: Sequence[TextToken]) -> list[str]:
    """Return what to write for each token.

    Where several tokens make one character, each says which part of it: "ü 1/2".
    """
    found: list[str] = []
    place = 0
    while place < len(tokens):
        if tokens[place].whole:
            found.append(visible(tokens[place].text))
            place += 1
            continue
        end, text = _character(tokens, place)
        count = end - place
        found += [f"{visible(text)} {n + 1}/{count}" for n in range(count)]
        place = end
    return found


def _character(tokens: Sequence[TextToken], start: int) -> tuple[int, str]:
    """Return where a run of partial tokens ends, and the text that it makes."""
    data = b""
    for end in range(start, len(tokens)):
        if tokens[end].whole:
            return end, "�"
        data += tokens[end].data
        try:
            return end + 1, data.decode("utf-8")
        except UnicodeDecodeError:
            continue
    return len(tokens), "�"


def can_continue(candidate: Candidate) -> bool:
    """Tell whether a candidate can be put to the end of a text."""
    return candidate.whole and bool(candidate.text) and not candidate.ends
