"""A language model small enough to see through: it counts which word follows which.

    practice text ─► pieces ─► counts of pieces after 0, 1 and 2 pieces ─► probabilities

An n-gram model with interpolation (Jelinek and Mercer, 1980): the longer the beginning it
has seen, the more that counts. It is a `Prober` like a real model, so the laboratory works
where no model is installed, and pupils can choose what it learns from.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from app.errors import UsageError
from app.i18n import N_
from app.literacy.tokens.shaping import shape
from app.values.generation import Done, EngineEvent, Reading, Token
from app.values.ports import Stop
from app.values.prompts import Prompt, PromptPart, Sampling
from app.values.tokens import Candidate, NextTokens, Score, TextToken

TITLE = N_("Small text machine")
_PIECE = re.compile(r"\s*[^\W\d_]+|\s*\d|\s*[^\w\s]|_|\s+")
# Longest pieces: what is rarer than twice in the practice text falls into such parts.
_PART = 4
_WEIGHTS = (0.03, 0.22, 0.75)
_LEAST = 20
_Key = tuple[str, ...]


class NgramModel:
    """Learns from `text` when it is made. Raises UsageError for fewer than 20 words."""

    def __init__(self, text: str) -> None:
        words = _PIECE.findall(text)
        if len(words) < _LEAST:
            raise UsageError(
                N_("The practice text is too short."),
                N_("Take at least a paragraph; a whole story is better."),
            )
        self._known = {word for word, count in Counter(words).items() if count > 1}
        pieces = self._pieces(text)
        self._counts: list[dict[_Key, Counter[str]]] = [
            defaultdict(Counter) for _ in _WEIGHTS
        ]
        for place, piece in enumerate(pieces):
            for size, counts in enumerate(self._counts):
                if place >= size:
                    counts[tuple(pieces[place - size : place])][piece] += 1
        self._ids = {piece: id_ for id_, piece in enumerate(dict.fromkeys(pieces))}
        self.learned = len(pieces)

    @property
    def vocabulary(self) -> int:
        """How many different tokens it knows."""
        return len(self._ids)

    def tokens(self, text: str, stop: Stop = lambda: False) -> tuple[TextToken, ...]:
        """Return the tokens of a text; -1 is the number of those it never saw."""
        del stop
        return tuple(TextToken(self._ids.get(p, -1), p) for p in self._pieces(text))

    def next_tokens(
        self, prompt: Prompt, count: int, stop: Stop = lambda: False
    ) -> NextTokens:
        """Return the most probable tokens to follow."""
        del stop
        before = self._pieces(prompt.text)
        chances = self._distribution(before)
        best = sorted(chances.items(), key=lambda item: (-item[1], item[0]))[:count]
        found = tuple(Candidate(self._ids[p], p, chance) for p, chance in best)
        return NextTokens(found, len(before))

    def score(
        self,
        prompt: Prompt,
        options: Sequence[str],
        stop: Stop = lambda: False,
        fresh: bool = False,
    ) -> tuple[Score, ...]:
        """Return how likely each option is; a token never seen counts as one in a million."""
        del stop, fresh
        scores = []
        for option in options:
            before, total = self._pieces(prompt.text), 0.0
            pieces = self._pieces(option)
            for piece in pieces:
                total += math.log(self._distribution(before).get(piece, 0.0) or 1e-6)
                before.append(piece)
            scores.append(Score(total, len(pieces)))
        return tuple(scores)

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Stream a continuation, as an engine does."""
        chance = random.Random(sampling.seed)  # noqa: S311 - a game of dice, no secret
        text, said = prompt.text, 0
        count = len(self._pieces(text))
        yield Reading(count, count, 0)
        while said < sampling.max_tokens:
            likely = self.next_tokens(_prompt(text), 40).candidates
            shaped = shape(likely, sampling.temperature, sampling.top_p)
            piece = chance.choices(shaped, [s.chance for s in shaped])[0].candidate.text
            text, said = text + piece, said + 1
            yield Token(piece)
        yield Done("length", prompt_tokens=count, answer_tokens=said)

    def prepare(self, prompt: Prompt) -> Iterator[EngineEvent]:
        """Do nothing: it reads in no time."""
        del prompt
        yield from ()

    def close(self) -> None:
        """Nothing is held."""

    def _distribution(self, before: list[str]) -> dict[str, float]:
        """Return the probability of each token that may follow; they add up to 1."""
        chances: dict[str, float] = defaultdict(float)
        left = 1.0
        for size in range(len(_WEIGHTS) - 1, -1, -1):
            key = tuple(before[len(before) - size :]) if size else ()
            counts = self._counts[size].get(key) if len(before) >= size else None
            if not counts:
                continue
            # What a longer beginning leaves goes to the shorter ones.
            weight = left if size == 0 else left * _WEIGHTS[size]
            left -= weight
            total = counts.total()
            for piece, count in counts.items():
                chances[piece] += weight * count / total
        return chances

    def _pieces(self, text: str) -> list[str]:
        found: list[str] = []
        for word in _PIECE.findall(text):
            if word in self._known or len(word) <= _PART:
                found.append(word)
            else:
                found += [word[n : n + _PART] for n in range(0, len(word), _PART)]
        return found


def _prompt(text: str) -> Prompt:
    return Prompt((PromptPart(text),))
