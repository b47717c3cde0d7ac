"""Work for which everything else lets go of what is stored, and takes it up afterwards.

A backup that takes its place, or a database that is encrypted, replaces files that the
rest of the window has open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.ui.background import Background

_LOOK_MS, _PATIENCE_MS = 50, 10_000


class Handover(QObject):
    """Runs such work. `letting_go` is told before it begins, `over` when it ended.

    `is_quiet` tells when those who let go are done; `over` comes after a failure too.
    """

    letting_go = Signal()
    over = Signal()

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self.is_quiet: Callable[[], bool] = lambda: True

    def run(
        self,
        work: Callable[[], Any],
        on_done: Callable[[Any], None],
        on_failed: Callable[[Exception], None],
    ) -> None:
        """Let the others let go, then do the work off the main thread."""

        def done(result: object) -> None:
            on_done(result)
            self.over.emit()

        def failed(error: Exception) -> None:
            on_failed(error)
            self.over.emit()

        def begin(patience_ms: int) -> None:
            # An answer that was stopped is kept first, where it belongs.
            if not self.is_quiet() and patience_ms > 0:
                QTimer.singleShot(_LOOK_MS, self, lambda: begin(patience_ms - _LOOK_MS))
                return
            self._background.run(work, done, failed)

        self.letting_go.emit()
        begin(_PATIENCE_MS)
