"""A prompt as parts, so that text from documents can never become a control token."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PromptPart:
    """A stretch of prompt. Only `control` parts may be tokenised as special tokens.

    `keep`: the prompt up to the end of this part will come again (instructions, then
    sources), so an engine does well to remember what it has evaluated up to here.
    """

    text: str
    control: bool = False
    keep: bool = False


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

    @property
    def beginning(self) -> Prompt:
        """The prompt up to the last part that is kept; without parts if none is."""
        kept = [place for place, part in enumerate(self.parts, 1) if part.keep]
        return Prompt(self.parts[: kept[-1] if kept else 0])


# Before chance decides, all but the likeliest tokens are left out: all but the first 40,
# then those below a share of the first one's probability.
TOP_K, MIN_P = 40, 0.05


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. `seed` fixed means: same prompt, same answer."""

    max_tokens: int = 400
    temperature: float = 0.0
    top_p: float = 0.95
    repeat_penalty: float = 1.05
    seed: int = 0
