"""One window a data folder: a second start shows the first one's window.

A lock file in the data folder decides who is first; it frees itself when its process
dies. The second one knocks through a local socket (never TCP), named after the folder.
"""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QLockFile, QObject, QThread, Signal

from app.files import make_folder

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

_PATIENCE_MS = 2_000
# From an old disk a window takes seconds, in which people click again.
_START_MS = 10_000
_AGAIN_MS = 50


class SingleInstance(QObject):
    """Claims a data folder. `knocked` tells that somebody started a second window."""

    knocked = Signal()

    def __init__(self, home: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._home = home
        self._lock = QLockFile(str(home / "window.lock"))
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None

    @functools.cached_property
    def _name(self) -> str:
        import hashlib  # late: the first picture needs no name

        digest = hashlib.sha256(str(self._home).encode()).hexdigest()[:24]
        return f"allmende-{digest}"

    def claim(self) -> bool:
        """Become the first; False when there is one."""
        with contextlib.suppress(OSError):
            make_folder(self._home)
        if not self._lock.tryLock(0):
            # A folder that cannot be written is no second window: its own error tells.
            return self._lock.error() != QLockFile.LockError.LockFailedError
        return True

    def listen(self) -> None:
        """Hear from now on who knocks; only for the first.

        Apart from `claim`, because Qt's part for it takes longer to import than the
        first picture takes to be drawn: it is called when the window stands there.
        """
        from PySide6.QtNetwork import QLocalServer

        QLocalServer.removeServer(self._name)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._server.listen(self._name)

    def knock(self) -> bool:
        """Ask the first to show its window; tell whether it heard.

        One that is starting does not listen yet, so it is asked again for a while.
        """
        from PySide6.QtNetwork import QLocalSocket

        socket, patience = QLocalSocket(), QDeadlineTimer(_START_MS)
        while True:
            socket.connectToServer(self._name)
            heard = socket.waitForConnected(_PATIENCE_MS)
            if heard or patience.hasExpired():
                break
            QThread.msleep(_AGAIN_MS)
        if heard:
            socket.waitForDisconnected(_PATIENCE_MS)
        socket.abort()
        return heard

    def release(self) -> None:
        """Let the next one be first."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _on_connection(self) -> None:
        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnectFromServer()
            socket.deleteLater()
            self.knocked.emit()
