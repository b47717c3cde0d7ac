"""How fast something arrives, and how long it still takes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

_WINDOW_S = 8.0
_PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Transfer:
    """Bytes that are there of those in all; `total_bytes` is 0 while unknown.

    `bytes_per_second` and `seconds_left` are None while too little is known to tell.
    """

    done_bytes: int
    total_bytes: int
    bytes_per_second: float | None = None
    seconds_left: float | None = None

    @property
    def fraction(self) -> float:
        """How much is there, 0..1."""
        return min(1.0, self.done_bytes / self.total_bytes) if self.total_bytes else 0.0


class Pace:
    """Turns counts of bytes into transfers; the speed is that of the last seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, done_bytes: int, total_bytes: int) -> Transfer:
        """Take a count and return how it goes."""
        now = self._now()
        self._seen.append((now, done_bytes))
        while len(self._seen) > 2 and now - self._seen[1][0] > _WINDOW_S:
            self._seen.popleft()
        began, before = self._seen[0]
        if now - began < _PATIENCE_S or done_bytes <= before:
            return Transfer(done_bytes, total_bytes)
        speed = (done_bytes - before) / (now - began)
        left = (total_bytes - done_bytes) / speed if total_bytes else None
        return Transfer(done_bytes, total_bytes, speed, left)
