"""Programs of ours beside the window: the server that shares, and a second window."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from app.i18n import N_, translate

_GRACE_MS = 5_000


def start_beside(command: Sequence[str]) -> bool:
    """Start a program that outlives this window; tell whether it could be started."""
    started, _pid = QProcess.startDetached(command[0], list(command[1:]))
    return bool(started)


class ServeProcess(QObject):
    """Starts and stops the server.

    `changed` is told when `url` or `starting` changed; `failed` with a sentence when the
    server ended by itself.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.url = ""
        self._stopping = False
        self._process: QProcess | None = None

    @property
    def starting(self) -> bool:
        """Whether it was started and does not listen yet."""
        return self._process is not None and not self.url

    def start(self, command: Sequence[str]) -> None:
        """Start the server; does nothing while there is one."""
        if self._process is not None:
            return
        self._stopping = False
        process = QProcess(self)
        self._process = process
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        process.start(command[0], list(command[1:]))
        self.changed.emit()

    def stop(self, wait: bool = False) -> None:
        """Let it end; with `wait` return only when it did."""
        process = self._process
        if process is None:
            return
        self._stopping = True
        process.closeWriteChannel()
        if not wait:
            QTimer.singleShot(_GRACE_MS, process, process.kill)
        elif not process.waitForFinished(_GRACE_MS):
            process.kill()
            process.waitForFinished(_GRACE_MS)

    def _on_output(self) -> None:
        process = self._process
        while process is not None and process.canReadLine():
            try:
                row = json.loads(bytes(process.readLine().data()))
            except ValueError:
                continue
            if isinstance(row, dict) and row.get("event") == "listening":
                self.url = str(row["url"])
                self.changed.emit()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._on_finished()

    def _on_finished(self, *_how: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        self.url = ""
        said = bytes(process.readAllStandardError().data()).decode("utf-8", "replace")
        process.deleteLater()
        self.changed.emit()
        if not self._stopping:
            self.failed.emit(
                said.strip() or translate(N_("Sharing ended unexpectedly."))
            )
