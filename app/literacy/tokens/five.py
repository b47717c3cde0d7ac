"""The same beginning, continued several times: where the ways part, and how often.

Each way is drawn with a seed of its own, counted from the first one, so that the whole
can be repeated.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.errors import Cancelled
from app.values.generation import Token
from app.values.ports import Engine, Stop
from app.values.prompts import Prompt, Sampling

TIMES = 5


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


def parting(texts: Sequence[str]) -> int:
    """Return after how many characters the first two of some texts differ; -1 for none."""
    for place in range(max(map(len, texts), default=0)):
        if len({text[place : place + 1] for text in texts}) > 1:
            return place
    return -1


def different(texts: Sequence[str]) -> int:
    """Return how many different texts there are."""
    return len({" ".join(text.split()) for text in texts})
