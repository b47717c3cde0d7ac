"""An engine for a model that cannot be used: it says why when it is asked to speak.

So whoever asks gets the places found all the same, and the reason beside them.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.errors import ModelError
from app.values.generation import EngineEvent
from app.values.prompts import Prompt, Sampling


class RefusingEngine:
    """Raises one ModelError whenever it is asked."""

    def __init__(self, error: ModelError) -> None:
        self._error = error

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Raise the error."""
        del prompt, sampling
        # Only when it is read, as engines do.
        yield from self._refused()

    def prepare(self, prompt: Prompt) -> Iterator[EngineEvent]:
        """Do nothing: nobody is told of what nobody asked for."""
        del prompt
        yield from ()

    def _refused(self) -> Iterator[EngineEvent]:
        raise self._error

    def close(self) -> None:
        """Nothing is held."""
