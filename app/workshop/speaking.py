"""Prompt + JSON schema → text: the port between tasks and a model, and its fake.

The engine forces the answer into the schema token by token; what arrives is still only
text of that form, and `checks` decide whether it is any good.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from app.errors import Cancelled
from app.prompting.templates import Message, build_prompt
from app.values.cards import ModelCard
from app.values.generation import Token
from app.values.ports import Engine, Stop
from app.values.prompts import Sampling

# Below these, in millions of parameters: measured with SmolLM2-135M, none of whose
# questions passed the checks, within its form or not.
_TINY_MODEL_M, _SMALL_MODEL_M = 300, 1_000


class StructuredSpeaker(Protocol):
    """A model that tasks can ask. `languages` are the codes it really speaks.

    A `small` one is asked only what can be verified, a `tiny` one nothing.
    """

    id: str
    languages: tuple[str, ...]
    small: bool
    tiny: bool

    def stream(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        max_tokens: int,
        seed: int,
        stop: Stop,
    ) -> Iterator[str]:
        """Stream the answer; `schema` {} means free text. Raises Cancelled, AppError."""


def is_tiny(card: ModelCard) -> bool:
    """Tell whether a model is so small that tasks ask it nothing."""
    return 0 < card.parameters_m < _TINY_MODEL_M


class FakeSpeaker:
    """Says the next of `answers` (texts, or data that becomes JSON); remembers prompts."""

    def __init__(
        self,
        *answers: object,
        languages: tuple[str, ...] = ("de", "en"),
        small: bool = False,
        tiny: bool = False,
    ) -> None:
        self.id = "fake"
        self.tiny = tiny
        self.languages = languages
        self.small = small
        self.answers = list(answers)
        self.prompts: list[str] = []
        self.asked: list[tuple[Mapping[str, Any], int, int]] = []

    def stream(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        max_tokens: int,
        seed: int,
        stop: Stop,
    ) -> Iterator[str]:
        """Stream the next answer; an answer that is an exception is raised."""
        self.prompts.append("\n".join(message.text for message in messages))
        self.asked.append((schema, max_tokens, seed))
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, Exception):
            raise answer
        text = answer if isinstance(answer, str) else json.dumps(answer)
        for place in range(0, len(text), 40):
            if stop():
                raise Cancelled
            yield text[place : place + 40]


class EngineSpeaker:
    """The engine of a model, asked for text of a form."""

    def __init__(self, engine: Engine, card: ModelCard) -> None:
        self._engine = engine
        self._card = card
        self.id = card.id
        self.languages = card.languages
        self.small = 0 < card.parameters_m < _SMALL_MODEL_M
        self.tiny = is_tiny(card)

    def stream(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        max_tokens: int,
        seed: int,
        stop: Stop,
    ) -> Iterator[str]:
        """Stream the answer."""
        prompt = build_prompt(self._card.template, messages)
        if schema:
            form = json.dumps(schema, ensure_ascii=False)
            prompt = replace(prompt, schema=form)
        sampling = Sampling(max_tokens=max_tokens, temperature=0.0, seed=seed)
        events = self._engine.generate(prompt, sampling)
        with contextlib.closing(events) as stream:  # type: ignore[type-var]
            for event in stream:
                if stop():
                    raise Cancelled
                if isinstance(event, Token):
                    yield event.text
