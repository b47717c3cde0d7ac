"""Everything the window can do, as named commands.

A page adds its commands once; menus, shortcuts, the palette (Ctrl+K) and the list under
F1 are made from them. So nothing can be done with the mouse alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.i18n import translate


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do. `title` and `group` are gettext templates (`N_`).

    `keys` is a shortcut as Qt writes it ("Ctrl+N"), "" for none. A command that is not
    `enabled` now is shown grey and does nothing.
    """

    id: str
    title: str
    group: str
    run: Callable[[], object]
    keys: str = ""
    enabled: Callable[[], bool] = _always


class Commands(QObject):
    """The commands of the window, in the order in which they were added."""

    added = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._commands: dict[str, Command] = {}

    def add(self, *commands: Command) -> None:
        """Make commands known and their shortcuts work everywhere in the window."""
        for command in commands:
            if command.id in self._commands:
                raise ValueError(f"two commands are called {command.id}")
            self._commands[command.id] = command
            if command.keys:
                shortcut = QShortcut(QKeySequence(command.keys), self._window)
                shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
                shortcut.activated.connect(lambda id_=command.id: self.run(id_))
        self.added.emit()

    def all(self) -> list[Command]:
        """Return every command."""
        return list(self._commands.values())

    def run(self, id_: str) -> bool:
        """Do what a command does; False when it cannot be done now."""
        command = self._commands[id_]
        if not command.enabled():
            return False
        command.run()
        return True

    def title(self, id_: str) -> str:
        """Return a command's title in the user's language."""
        return translate(self._commands[id_].title)

    def keys_text(self, id_: str) -> str:
        """Return a command's shortcut as this system writes it, "" for none."""
        keys = self._commands[id_].keys
        return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
