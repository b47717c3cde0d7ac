"""One thing at a time: what must rest while a model speaks, and how many speak."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from app.values.generation import EngineEvent
from app.values.ports import Engine
from app.values.prompts import Prompt, Sampling


class Turns:
    """How many engines speak at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Count one more while the block lasts."""
        with self._lock:
            self.count += 1
        try:
            yield
        finally:
            with self._lock:
                self.count -= 1


class QuietEngine:
    """An engine that lets indexing rest while it speaks: their threads stall each other.

    `pause` is called with True before and with False after each generation.
    """

    def __init__(
        self, engine: Engine, pause: Callable[[bool], object], turns: Turns
    ) -> None:
        self._engine = engine
        self._pause = pause
        self._turns = turns

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Stream the continuation of a prompt."""
        with self._turns.taken():
            yield from self._generate(prompt, sampling)

    def _generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        self._pause(True)
        try:
            events = self._engine.generate(prompt, sampling)
            with contextlib.closing(events) as stream:  # type: ignore[type-var]
                yield from stream
        finally:
            self._pause(False)

    def prepare(self, prompt: Prompt) -> Iterator[EngineEvent]:
        """Evaluate the beginning of a prompt; indexing rests meanwhile.

        Not counted as speaking: a question ends it at once.
        """
        self._pause(True)
        try:
            events = self._engine.prepare(prompt)
            with contextlib.closing(events) as stream:  # type: ignore[type-var]
                yield from stream
        finally:
            self._pause(False)

    def close(self) -> None:
        """Leave closing to whoever owns the engine."""
