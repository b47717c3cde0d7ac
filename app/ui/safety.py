"""Backups and retention while the window is open, and a word about what was damaged.

A window may stay open for weeks: what is old goes then, too, and not only at a start.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from app import paths
from app.backups import Healed
from app.i18n import N_, translate
from app.mounts import ON_SHARE, network_kind
from app.services import Services
from app.ui.background import Background
from app.ui.messages import Messages

FIRST_MS = 45_000
SHARE_MS = 3_000
EVERY_MS = 3_600_000


class Safety(QObject):
    """Looks now and then whether a backup is due. Belongs to one window.

    `tidied` is told when old conversations may have gone.
    """

    tidied = Signal()

    def __init__(
        self,
        services: Services,
        background: Background,
        messages: Messages,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._background = background
        self._messages = messages
        self._told_until = time.time() - 60.0
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        QTimer.singleShot(FIRST_MS, self, self.look)
        QTimer.singleShot(FIRST_MS // 10, self, self.tell)
        QTimer.singleShot(SHARE_MS, self, self.tell_of_share)

    def look(self) -> None:
        """Make what is due, off the main thread; then tell what was found."""
        if not self._background.closed:
            tidy = self._services.tidy_chats
            self._background.run(tidy, lambda _gone: self.tidied.emit())
            keep = self._services.safekeeping.keep
            self._background.run(keep, lambda _made: self.tell())

    def tell_of_share(self) -> None:
        """Say, once at the start, that the data lie on another computer."""
        if kind := network_kind(paths.home()):
            self._messages.info(translate(ON_SHARE, kind=kind))

    def tell(self) -> None:
        """Say which damaged files were replaced since the last time."""
        for healed in self._services.safekeeping.healed():
            if healed.at > self._told_until:
                self._messages.error(healed_text(healed))
        self._told_until = time.time()


def healed_text(healed: Healed) -> str:
    """Tell that a damaged file was replaced, as far as people need it."""
    if healed.backup:
        return translate(
            N_(
                "The file {file} was damaged. Allmende has put the last backup in its"
                " place and kept the damaged file."
            ),
            file=healed.file,
        )
    return translate(
        N_(
            "The file {file} was damaged, and there was no backup yet. Allmende has begun"
            " a new one and kept the damaged file."
        ),
        file=healed.file,
    )
