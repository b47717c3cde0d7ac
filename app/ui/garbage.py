"""Python's garbage is collected on the main thread, between two events.

Python looks for cycles wherever the next object happens to be made. On a thread of a
worker that finds widgets, and Qt's bindings then put their end off to any later moment
of the main thread, when the widgets may be gone with their parent already; inside a
call that lists widgets, it ends some of those being listed. Both kill the program.
So as long as a `GarbageCollector` lives, Python collects nothing by itself: a timer
asks whether it would have, and does it where no call of Qt is in the way.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_LOOK_MS = 500


class GarbageCollector(QObject):
    """Collects in the event loop of the thread that made it, the main thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(_LOOK_MS)

    def look(self) -> None:
        """Collect the oldest generation that has its number, as Python would."""
        counts, limits = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > limits[generation]:
                gc.collect(generation)
                return

    def close(self) -> None:
        """Collect all there is and let Python do it itself again."""
        self._timer.stop()
        gc.collect()
        gc.enable()
