"""A prompt as parts, so that text from documents can never become a control token."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PromptPart:
    """A stretch of prompt. Only `control` parts may be tokenised as special tokens."""

    text: str
    control: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """A whole prompt, stable parts first so that its evaluation can be reused.

    `schema` is a JSON schema: the answer is then JSON of that form and nothing else
    (cut short only where `Done.reason` is "length").
    """

    parts: tuple[PromptPart, ...]
    stops: tuple[str, ...] = ()
    schema: str = ""

    @property
    def text(self) -> str:
        """The prompt as one string, for fakes and tests."""
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. `seed` fixed means: same prompt, same answer."""

    max_tokens: int = 400
    temperature: float = 0.0
    top_p: float = 0.95
    repeat_penalty: float = 1.05
    seed: int = 0
