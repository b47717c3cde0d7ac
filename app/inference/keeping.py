"""Which states of a model are kept on disk, and when they are taken from there.

Kept is what the prompt marks (`PromptPart.keep`: instructions, sources) and what took
longer to read than it takes to load. Written by a thread of its own while the model
speaks already.
"""

from __future__ import annotations

import array
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.inference.hardware import memory_bytes
from app.inference.messages import ModelSpec
from app.inference.states import StateStore, state_key

if TYPE_CHECKING:
    from app.inference.llama_model import LlamaModel

_WORTH_S = 0.2
_MB = 1_000_000
_ROOM = 4


class Keeper:
    """Restores and keeps states for the one model that is loaded."""

    def __init__(self) -> None:
        self._writing: threading.Thread | None = None

    def restore(
        self,
        model: LlamaModel,
        spec: ModelSpec,
        tokens: Sequence[int],
        ends: Sequence[int],
        known: int,
    ) -> int:
        """Return how many tokens need not be read: `known`, or those of a longer state.

        `ends` tells after how many tokens a state may have been kept.
        """
        store = _store(spec)
        if store is None:
            return known
        self.finish()
        for end in sorted(ends, reverse=True):
            if end <= known:
                break
            key = _key(model, spec, tokens[:end])
            if store.has(key):
                state = store.get(key)
                if state is not None and model.restore(state, tokens[:end]):
                    return end
                # A state that llama.cpp refused has emptied the context.
                known = min(known, len(model.tokens))
        return known

    def keep(self, model: LlamaModel, spec: ModelSpec, seconds_a_token: float) -> None:
        """Keep what the model's context holds, where that is worth it."""
        store = _store(spec)
        if store is None or seconds_a_token * len(model.tokens) < _WORTH_S:
            return
        size = model.state_size()
        _, free = memory_bytes()
        key = _key(model, spec, model.tokens)
        if not store.takes(size) or size * _ROOM > free or store.has(key):
            return
        self.finish()
        state = model.state()
        self._writing = threading.Thread(
            target=store.put, args=(key, state), name="keep state"
        )
        self._writing.start()

    def forget(self, folder: str) -> None:
        """Remove all states of a folder."""
        self.finish()
        if folder:
            StateStore(Path(folder), 0).clear()

    def finish(self) -> None:
        """Wait until what is being written is there."""
        if self._writing is not None:
            self._writing.join()
            self._writing = None


def _store(spec: ModelSpec) -> StateStore | None:
    if not spec.states or not spec.states_mb:
        return None
    return StateStore(Path(spec.states), spec.states_mb * _MB)


def _key(model: LlamaModel, spec: ModelSpec, tokens: Sequence[int]) -> bytes:
    return state_key(model.identity(spec), array.array("i", tokens).tobytes())
