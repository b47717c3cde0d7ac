"""Text as a model sees it: tokens, what may follow, and how likely a text is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextToken:
    """One token of a text. Not `whole`: its bytes `data` are only part of a character."""

    id: int
    text: str
    whole: bool = True
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token that may follow, and its probability among all tokens (0..1).

    `ends`: the model would stop here. Such tokens, and marks of turns, have no text.
    """

    id: int
    text: str
    probability: float
    whole: bool = True
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text in tokens."""

    tokens: tuple[TextToken, ...]


@dataclass(frozen=True, slots=True)
class NextTokens:
    """The most probable tokens to follow, best first, after `prompt_tokens` tokens."""

    candidates: tuple[Candidate, ...]
    prompt_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """How likely a continuation is: the sum of log-probabilities (natural) of its tokens."""

    logprob: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of continuations, in the order in which they were given."""

    scores: tuple[Score, ...]
