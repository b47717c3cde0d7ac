"""The Engine that llama.cpp runs in a child process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from app.i18n import N_
from app.inference.messages import ANSWERS, Generate, ModelSpec
from app.values.generation import EngineEvent
from app.values.prompts import Prompt, Sampling
from app.workers.worker import Worker


class LlamaEngine:
    """Runs one GGUF model. The child starts with the first prompt and again after a crash.

    Invariant: whatever happens in the child, `generate` ends with `Done`, a ModelError
    or WorkerDied, and the next prompt is answered by a fresh child.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self._worker = Worker(N_("language model"), _run_child, (), ANSWERS)

    @property
    def pid(self) -> int | None:
        """The process number of the model child while it runs."""
        return self._worker.pid

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Stream the continuation of `prompt`; closing the iterator cancels it."""
        stream = self._worker.ask(Generate(self.spec, prompt, sampling))
        with contextlib.closing(stream):
            yield from stream

    def close(self) -> None:
        """End the child."""
        self._worker.close()


def _run_child(connection: object) -> None:
    from app.inference.llama_child import run

    run(connection)  # type: ignore[arg-type]
