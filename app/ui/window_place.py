"""Where the window was and how large, kept from one start to the next."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtWidgets import QMainWindow

from app.errors import AppError
from app.settings.store import Settings

_SIZE = QSize(1280, 800)
# What the frame and the title take, about; it is known only once the window is shown.
_FRAME = QSize(0, 40)


def restore_place(window: QMainWindow, settings: Settings) -> None:
    """Give a window the size and place it had, or one that fits on the screen."""
    kept = QByteArray.fromBase64(settings.text("window").encode("ascii", "replace"))
    if kept.isEmpty() or not window.restoreGeometry(kept):
        window.resize(_SIZE.boundedTo(window.screen().availableSize() - _FRAME))


def keep_place(window: QMainWindow, settings: Settings) -> None:
    """Remember size and place; a full disk or a locked file is no reason to stay open."""
    kept = bytes(window.saveGeometry().toBase64().data()).decode("ascii")
    with contextlib.suppress(AppError):
        settings.change("window", kept)
