"""Energy of real answers: the meter of `literacy` around what the services do.

    metered(events)        an answer's events, with what it used in the last one
    compare(…)             the same short task by several models, and the search alone

Invariant: whatever the meter cannot read, the answer comes all the same, and no figure is
more sure than its method.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from app.errors import Cancelled
from app.inference.hardware import physical_cores, tree_cpu_seconds
from app.literacy.energy.estimate import Work, estimate
from app.literacy.energy.meter import Meter, find_counters
from app.literacy.energy.values import Energy
from app.services import Services
from app.values.answers import AnswerEvent, AnswerFinished, EnergyUse
from app.values.generation import Done, Token
from app.values.ports import Stop
from app.values.prompts import Prompt, PromptPart, Sampling

_TOKENS = 48
_TASK = "In one sentence: why are leaves green? Because"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one model, or the search, used for the task. `tokens` 0: it wrote nothing."""

    title: str
    energy: Energy
    tokens: int = 0


def metered(events: Iterator[AnswerEvent]) -> Iterator[AnswerEvent]:
    """Yield an answer's events; the finished answer carries what it used."""
    meter = Meter(find_counters(), physical_cores())
    before = tree_cpu_seconds()
    meter.start()
    for event in events:
        if isinstance(event, AnswerFinished):
            used = meter.stop(tree_cpu_seconds() - before)
            kept = EnergyUse(
                used.joules, used.low, used.high, used.method, used.seconds
            )
            event = AnswerFinished(replace(event.answer, energy=kept))  # noqa: PLW2901
        yield event


def as_energy(use: EnergyUse) -> Energy:
    """Return what was kept with an answer as the meter's own value."""
    return Energy(use.joules, use.low, use.high, use.method, use.seconds)


def compare(
    services: Services,
    choices: Sequence[str],
    base: str = "",
    stop: Stop = lambda: False,
) -> Iterator[Measured]:
    """Yield what each model uses to write the same 48 tokens, and one search uses.

    Each model writes one token first, so that loading is not counted. Raises what
    `Services.speaker` does, and Cancelled.
    """
    meter = Meter(find_counters(), physical_cores())
    if meter.methods:
        meter.learn_idle()
    for choice in choices:
        speaker = services.speaker(choice)
        if speaker is None:
            continue
        engine = speaker.engine
        prompt = Prompt((PromptPart(_TASK),))
        for sampling in (Sampling(1), Sampling(_TOKENS)):
            before, tokens = tree_cpu_seconds(), 0
            meter.start()
            with closing(engine.generate(prompt, sampling)) as events:  # type: ignore[type-var]
                for event in events:
                    if stop():
                        raise Cancelled
                    if isinstance(event, Token):
                        meter.sample()
                    elif isinstance(event, Done):
                        tokens = event.answer_tokens
            energy = meter.stop(tree_cpu_seconds() - before)
        yield Measured(speaker.card.title, energy, tokens)
    if base and not stop():
        yield Measured("", _search(services, base))


def _search(services: Services, base: str) -> Energy:
    """Return what one search uses: too short for sensors, so always an estimate."""
    services.knowledge.search(base, _TASK, 8)
    before, started = tree_cpu_seconds(), time.monotonic()
    times = 5
    for _ in range(times):
        services.knowledge.search(base, _TASK, 8)
    seconds = (time.monotonic() - started) / times
    cpu = (tree_cpu_seconds() - before) / times
    return estimate(Work(seconds, cpu, physical_cores()))
