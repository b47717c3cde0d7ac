"""When background work rests: while a model speaks, and while a person says so."""

from __future__ import annotations

import threading
from collections import Counter


class Rest:
    """Counts the reasons to rest; `awake` is set while there is none.

    "model" is counted, because several may speak; "user" holds until it is taken back.
    """

    def __init__(self) -> None:
        self.awake = threading.Event()
        self.awake.set()
        self._lock = threading.Lock()
        self._reasons: Counter[str] = Counter()

    def change(self, reason: str, on: bool) -> None:
        """Note that a reason begins or ends; ending what never began is harmless."""
        with self._lock:
            count = max(0, self._reasons[reason] + (1 if on else -1))
            self._reasons[reason] = int(on) if reason == "user" else count
            if self._reasons.total():
                self.awake.clear()
            else:
                self.awake.set()
