"""Which models stay in memory: until they are idle, or the memory is needed.

    asked for ─► room beside the others? ─► else those at rest go, the oldest first
    later     ─► idle for long, or memory short? ─► goes, and comes back when asked

Invariant: an engine that speaks is never let go; one that was let go answers the next
prompt all the same, because it starts anew (`tests/inference/test_model_keeper.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.inference.engine import LlamaEngine
from app.inference.hardware import memory_bytes
from app.inference.messages import ModelSpec
from app.log import get_logger

_log = get_logger("inference.models")
_LOOK_S = 5.0
# With less free memory than this share, or this much, idle models go.
_SHORT_SHARE, _SHORT_BYTES = 0.06, 400_000_000


@dataclass(frozen=True, slots=True)
class Keeping:
    """`minutes` an idle model stays (0: for ever); `several` if more than one may."""

    minutes: float
    several: bool


class ModelKeeper:
    """Holds the engines, one a model file, and lets them go in time.

    `keeping` is asked each time; `speaking` tells how many engines speak now.
    """

    def __init__(
        self,
        keeping: Callable[[], Keeping],
        speaking: Callable[[], int],
        memory: Callable[[], tuple[int, int]] = memory_bytes,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keeping = keeping
        self._speaking = speaking
        self._memory = memory
        self._now = now
        self._engines: dict[str, LlamaEngine] = {}
        self._used: dict[str, float] = {}
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def engine(self, spec: ModelSpec) -> LlamaEngine:
        """Return the engine of a model, after others made room for it if need be."""
        with self._lock:
            engine = self._engines.get(spec.path)
            if engine is None:
                engine = self._engines[spec.path] = LlamaEngine(spec)
            engine.spec = spec
            self.make_room(spec.path, spec.ram_bytes)
            self._used[spec.path] = self._now()
            self._watch()
            return engine

    def loaded(self, path: str) -> ModelSpec | None:
        """Return how a model is loaded now, None if it is not."""
        with self._lock:
            engine = self._engines.get(path)
            return engine.spec if engine is not None and engine.pid else None

    def pids(self) -> list[int]:
        """Return the process numbers of the model children that run now."""
        with self._lock:
            return [e.pid for e in self._engines.values() if e.pid is not None]

    def make_room(self, path: str, needed_bytes: int) -> None:
        """Let go of models at rest that leave too little memory for another one."""
        with self._lock:
            if self._speaking() or self.loaded(path) is not None:
                return
            for other, engine in self._loaded():
                fits = 0 < needed_bytes <= self._memory()[1] * 0.9
                if other != path and not (self._keeping().several and fits):
                    engine.close()

    def forget(self) -> None:
        """Let all engines drop the text they hold."""
        with self._lock:
            for engine in self._engines.values():
                engine.forget()

    def tidy(self) -> None:
        """Let go of what is idle for long, and of all that is idle when memory is short."""
        with self._lock:
            if self._speaking():
                # Whoever speaks is in use up to now.
                self._used = dict.fromkeys(self._used, self._now())
                return
            total, free = self._memory()
            short = free < max(_SHORT_SHARE * total, _SHORT_BYTES)
            most = self._keeping().minutes * 60
            for path, engine in self._loaded():
                idle = self._now() - self._used.get(path, 0.0)
                if short or (most and idle >= most):
                    _log.info("an idle model was let go (memory short: %s)", short)
                    engine.close()

    def close(self) -> None:
        """Let go of all engines, whatever they do."""
        self._ended.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        with self._lock:
            for engine in self._engines.values():
                engine.close()
        self._ended = threading.Event()

    def _loaded(self) -> list[tuple[str, LlamaEngine]]:
        """Return the engines that hold a model, the one used longest ago first."""
        loaded = [(p, e) for p, e in self._engines.items() if e.pid is not None]
        return sorted(loaded, key=lambda pair: self._used.get(pair[0], 0.0))

    def _watch(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._look, args=(self._ended,), name="model-keeper", daemon=True
            )
            self._thread.start()

    def _look(self, ended: threading.Event) -> None:
        while not ended.wait(_LOOK_S):
            self.tidy()
