"""A graphics card that fails is left alone, and the processor answers instead.

    generate with the card ─fails before a word─► child ended ─► generate without it
                           └fails amid the words─► told; the next answer without it

Invariant: a fault that the processor has too (a damaged file) is never blamed on the
card (`tests/inference/test_fallback.py`).
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator

from app.errors import AppError, ModelError, WorkerDied
from app.i18n import N_
from app.inference.engine import LlamaEngine
from app.log import get_logger
from app.values.generation import EngineEvent, Loading, Token
from app.values.prompts import Prompt, Sampling

_log = get_logger("inference.fallback")


class FallingBack:
    """An engine that computes on the card while that works.

    `tell` gets the sentence when it no longer does, once.
    """

    def __init__(self, engine: LlamaEngine, tell: Callable[[AppError], None]) -> None:
        self._engine = engine
        self._tell = tell

    @property
    def context(self) -> int:
        """How many tokens fit into a prompt and its answer."""
        return self._engine.spec.context

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Stream the continuation of a prompt."""
        if not self._engine.spec.gpu_layers:
            yield from self._once(prompt, sampling)
            return
        spoken = False
        try:
            for event in self._once(prompt, sampling):
                spoken = spoken or isinstance(event, Token)
                yield event
        except (WorkerDied, ModelError) as error:
            self._leave_card()
            if spoken:
                self._tell(card_failed(error))
                raise
        else:
            return
        yield from self._without_card(prompt, sampling)

    def prepare(self, prompt: Prompt) -> Iterator[EngineEvent]:
        """Evaluate the beginning of a prompt; a fault of the card waits for the question."""
        yield from self._engine.prepare(prompt)

    def close(self) -> None:
        """End the engine's child."""
        self._engine.close()

    def _without_card(
        self, prompt: Prompt, sampling: Sampling
    ) -> Iterator[EngineEvent]:
        told = False
        for event in self._once(prompt, sampling):
            if not told and not isinstance(event, Loading):
                # Only now it is known that the file is not to blame.
                self._tell(card_failed(None))
                told = True
            yield event

    def _once(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        events = self._engine.generate(prompt, sampling)
        with contextlib.closing(events) as stream:  # type: ignore[type-var]
            yield from stream

    def _leave_card(self) -> None:
        _log.warning("the graphics card failed; the processor goes on")
        self._engine.close()
        spec = self._engine.spec
        self._engine.spec = dataclasses.replace(spec, gpu_layers=0)


def card_failed(error: AppError | None) -> ModelError:
    """Return the sentence for a card that failed; `error` is what ended the answer."""
    if error is not None:
        return ModelError(
            N_("The graphics card failed in the middle of the answer."),
            N_("Ask again: the processor computes from now on."),
        )
    return ModelError(
        N_("The graphics card failed; the processor computes instead, more slowly."),
        N_("A newer driver may help; “Graphics card” in the settings turns it off."),
    )
