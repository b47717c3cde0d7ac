"""The same beginning, continued several times: where the ways part, and how often.

Each way is drawn with a seed of its own, counted from the first one, so that the whole
can be repeated.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.errors import Cancelled
from app.prompting.question import question_prompt
from app.prompting.templates import template_of
from app.values.generation import Token
from app.values.passages import Passage
from app.values.ports import Engine, Stop
from app.values.prompts import Prompt, Sampling

TIMES = 5
# Tokens for instructions and sources: few, so that it begins at once.
_BUDGET = 900
_REFUSALS = {
    "de": "Das steht nicht in den Unterlagen.",
    "en": "That is not in the documents.",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One continuation so far. `number` counts from 0; `done` when it has ended."""

    number: int
    text: str
    done: bool = False


def continued(
    engine: Engine,
    prompt: Prompt,
    sampling: Sampling,
    stop: Stop = lambda: False,
    times: int = TIMES,
) -> Iterator[Way]:
    """Yield the continuations as they grow, one after the other. Raises Cancelled."""
    for number in range(times):
        drawn = replace(sampling, seed=sampling.seed + number)
        text = ""
        events = engine.generate(prompt, drawn)
        with contextlib.closing(events) as stream:  # type: ignore[type-var]
            for event in stream:
                if stop():
                    raise Cancelled
                if isinstance(event, Token):
                    text += event.text
                    yield Way(number, text)
        yield Way(number, text, done=True)


def with_sources(
    template: str, language: str, question: str, passages: Sequence[Passage]
) -> Prompt:
    """Return the prompt that shows the model these passages before the question."""
    refusal = _REFUSALS.get(language, _REFUSALS["en"])
    known = template if template_of(template) is not None else "chatml"
    prompt, _ = question_prompt(known, language, refusal, question, passages, _BUDGET)
    return prompt


def parting(texts: Sequence[str]) -> int:
    """Return after how many characters the first two of some texts differ; -1 for none."""
    for place in range(max(map(len, texts), default=0)):
        if len({text[place : place + 1] for text in texts}) > 1:
            return place
    return -1


def different(texts: Sequence[str]) -> int:
    """Return how many different texts there are."""
    return len({" ".join(text.split()) for text in texts})
