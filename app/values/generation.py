"""What an engine says while it works, in this order: Loading*, Reading*, Token*, Done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loading:
    """The model file is being loaded; `fraction` 0..1."""

    fraction: float


@dataclass(frozen=True, slots=True)
class Reading:
    """The prompt is being evaluated: `done` of `total` tokens, `reused` of them for free."""

    done: int
    total: int
    reused: int


@dataclass(frozen=True, slots=True)
class Token:
    """Text that can be shown; whole characters only."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a generation. `reason`: "stop", "length" or "prepared".

    `prompt_tokens_reused` of the prompt's tokens had been evaluated before.
    """

    reason: str
    prompt_tokens: int = 0
    prompt_tokens_reused: int = 0
    answer_tokens: int = 0
    prompt_ms: float = 0.0
    answer_ms: float = 0.0


EngineEvent = Loading | Reading | Token | Done
