"""Prompt lookup: guess the next tokens from what stands in the prompt already.

An answer about documents often repeats them. Where its last tokens occur earlier, what
followed them there is a guess that costs nothing; the model then checks several tokens
in one pass and keeps those that it would have said itself. Idea: A. Saxena, "Prompt
Lookup Decoding", 2023. Whether it pays is measured on each computer
(`app.inference.tuning`).
"""

from __future__ import annotations

from collections.abc import Iterable

_LENGTHS = (3, 2)


class Lookup:
    """Remembers where each short run of tokens ended last; O(1) for a token."""

    def __init__(self, tokens: Iterable[int], most: int) -> None:
        self._most = most
        self._tokens: list[int] = []
        self._ends: dict[tuple[int, ...], int] = {}
        self._before: dict[tuple[int, ...], int] = {}
        for token in tokens:
            self.add(token)

    def add(self, token: int) -> None:
        """Take the next token of the text."""
        self._tokens.append(token)
        end = len(self._tokens)
        for length in _LENGTHS:
            if end >= length:
                run = tuple(self._tokens[end - length :])
                known = self._ends.get(run)
                if known is not None:
                    self._before[run] = known
                self._ends[run] = end

    def draft(self) -> list[int]:
        """Return what may come next, nothing where the last tokens are new."""
        for length in _LENGTHS:
            # The run that ends the text is itself the last one seen.
            place = self._before.get(tuple(self._tokens[-length:]))
            if place is not None:
                return self._tokens[place : place + self._most]
        return []
