"""An Engine without a model: a queue of answers that remembers its prompts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.values.generation import Done, EngineEvent, Loading, Reading, Token
from app.values.prompts import Prompt, Sampling


class FakeEngine:
    """Says the next of `answers`, word by word. Raises an answer that is an exception."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers: list[str | Exception] = list(answers)
        self.prompts: list[Prompt] = []
        self.prepared: list[Prompt] = []
        self.closed = False

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Stream the next answer."""
        self.prompts.append(prompt)
        answer = self.answers.pop(0) if self.answers else ""
        yield Loading(1.0)
        count = len(prompt.text.split())
        yield Reading(count, count, 0)
        if isinstance(answer, Exception):
            raise answer
        pieces = list(_pieces(answer))[: sampling.max_tokens]
        for piece in pieces:
            yield Token(piece)
        yield Done("stop", prompt_tokens=count, answer_tokens=len(pieces))

    def prepare(self, prompt: Prompt) -> Iterator[EngineEvent]:
        """Remember what was to be prepared."""
        self.prepared.append(prompt.beginning)
        yield Done("prepared", prompt_tokens=len(prompt.beginning.text.split()))

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


def _pieces(text: str) -> Iterable[str]:
    words = text.split(" ")
    return (word if place == 0 else f" {word}" for place, word in enumerate(words))
