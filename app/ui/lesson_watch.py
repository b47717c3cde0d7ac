"""Looks now and then which lesson runs, off the main thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.services import Services
from app.ui.background import Background
from app.values.classroom import Running

EVERY_MS = 3_000


class LessonWatch(QObject):
    """`told` carries the Running that binds here, or None, each time it was looked."""

    told = Signal(object)

    def __init__(
        self, services: Services, background: Background, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._background = background
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._looking = False
        self._timer.start()

    def look(self) -> None:
        """Look, unless that is being done."""
        if self._looking or self._background.closed:
            return
        self._looking = True
        self._background.run(self._services.room.binding, self._tell, self._fail)

    def _tell(self, running: Running | None) -> None:
        self._looking = False
        self.told.emit(running)

    def _fail(self, _error: Exception) -> None:
        # What cannot be read refuses each question by itself; the next look may tell.
        self._looking = False
