"""The Engine that llama.cpp runs in a child process."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from app.errors import Cancelled
from app.i18n import N_
from app.inference.grants import Grants, grants_for
from app.inference.messages import (
    ANSWERS,
    Adapter,
    Forget,
    Generate,
    ModelSpec,
    Prepare,
    Tune,
    Tuned,
)
from app.values.generation import EngineEvent
from app.values.ports import Stop
from app.values.prompts import Prompt, Sampling
from app.workers.worker import Stream, Worker

TRIAL_BATCH = 512


class LlamaEngine:
    """Runs one GGUF model. The child starts with the first prompt and again after a crash.

    Invariant: whatever happens in the child, `generate` ends with `Done`, a ModelError
    or WorkerDied, and the next prompt is answered by a fresh child. What is prepared
    never holds up what is asked: `generate` ends it within one batch.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        # In a list, which engines of the same child share.
        self._grants = [grants_for(spec)]
        self._worker = Worker(
            N_("language model"), _run_child, (self._grants[0],), ANSWERS
        )
        self._lock = threading.Lock()
        self._preparing: Stream | None = None

    @property
    def pid(self) -> int | None:
        """The process number of the model child while it runs."""
        return self._worker.pid

    def adapted(self, adapters: tuple[Adapter, ...]) -> LlamaEngine:
        """Return this engine as it answers with these adapters, whatever others ask.

        Both share one child, which loads the model anew when the other one is asked.
        """
        other = copy.copy(self)
        other.spec = dataclasses.replace(self.spec, adapters=adapters)
        return other

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Stream the continuation of `prompt`; closing the iterator cancels it."""
        self._end_preparing()
        yield from self._events(self._begun(Generate(self.spec, prompt, sampling)))

    def prepare(self, prompt: Prompt) -> Iterator[EngineEvent]:
        """Evaluate the prompt's beginning; another prompt or a question ends it."""
        self._end_preparing()
        stream = self._begun(Prepare(self.spec, prompt.beginning))
        with self._lock:
            self._preparing = stream
        with contextlib.suppress(Cancelled):
            yield from self._events(stream)

    def tune(self, stop: Stop = lambda: False) -> Tuned:
        """Measure the fastest settings for this model here. Raises Cancelled."""
        self._end_preparing()
        spec = dataclasses.replace(self.spec, batch=TRIAL_BATCH)
        with contextlib.closing(self._begun(Tune(spec))) as stream:
            while True:
                try:
                    event: Any = stream.take(0.2)
                except TimeoutError:
                    event = ()
                if isinstance(event, Tuned):
                    return event
                if stop() or event is None:
                    raise Cancelled

    def ask(self, message: object) -> Stream:
        """Return the child's answers to another of its messages; for `probing`."""
        self._end_preparing()
        return self._begun(message)

    def forget(self) -> None:
        """Let the child drop all text it holds, after what it is doing now."""
        self._end_preparing()
        if self.pid is not None:
            self._worker.ask(Forget(self.spec.states))

    def close(self) -> None:
        """End the child."""
        self._worker.close()

    def _begun(self, message: object) -> Stream:
        """Ask the child; one that has given up what this needs is replaced."""
        with self._lock:
            given = self._grants[0].joined(grants_for(self.spec))
            if given != self._grants[0]:
                self._grants[0] = given
                self._worker.restart_with((given,))
                self._worker.close()
        return self._worker.ask(message)

    def _events(self, stream: Stream) -> Iterator[EngineEvent]:
        with contextlib.closing(stream):
            yield from stream

    def _end_preparing(self) -> None:
        with self._lock:
            stream, self._preparing = self._preparing, None
        if stream is not None:
            stream.cancel()


def _run_child(connection: Connection, grants: Grants) -> None:
    from app.inference.llama_child import run

    run(connection, grants)
