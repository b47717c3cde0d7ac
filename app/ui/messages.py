"""Every word to the user that is not an answer passes here; a bar and a box listen.

Two families: what the world did (sentence and remedy, in the bar) and what we did
wrong (a box with details to copy, which hold type and place, never content).
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, Signal

from app.errors import AppError
from app.i18n import translate_error
from app.log import describe, get_logger
from app.version import __version__

_log = get_logger("ui")


class Kind(Enum):
    """How much a message matters."""

    INFO = "info"
    ERROR = "error"


Action = tuple[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Message:
    """One message in the user's language, as plain text.

    `action` is what can be done about it, with its title in the user's language.
    """

    kind: Kind
    text: str
    action: Action | None = None


class Messages(QObject):
    """The one mouth of the window.

    `said` carries a Message; `mistaken` the details of a mistake of ours, as text.
    """

    said = Signal(object)
    mistaken = Signal(str)

    def info(self, text: str, action: Action | None = None) -> None:
        """Say something good to know; it goes away by itself."""
        self.said.emit(Message(Kind.INFO, text, action))

    def error(self, text: str) -> None:
        """Say that something did not work; it stays until it is closed."""
        self.said.emit(Message(Kind.ERROR, text))

    def failure(self, error: BaseException) -> None:
        """Say what an exception means: the world's fault, or ours."""
        if isinstance(error, AppError):
            self.error(translate_error(error.sentence, error.remedy, error.parameters))
            return
        details = describe(error)
        _log.error("unexpected: %s", details)
        self.mistaken.emit(
            f"Allmende {__version__} · Python {platform.python_version()} ·"
            f" {platform.system()} {platform.release()}\n{details}"
        )
