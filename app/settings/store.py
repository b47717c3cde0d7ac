"""The user's choices in one small file; what is damaged or unknown costs nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from app.errors import UsageError
from app.files import write_atomically
from app.i18n import N_
from app.log import get_logger
from app.settings.options import OPTIONS, Value

_log = get_logger("settings")


class Settings:
    """Reads and writes options. Layers: default, then the user's choice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._chosen = _read(path)

    def text(self, name: str) -> str:
        """Return an option that is a text."""
        return str(self._value(name))

    def number(self, name: str) -> int:
        """Return an option that is a whole number."""
        return int(self._value(name))

    def fraction(self, name: str) -> float:
        """Return an option that is a number with a fraction."""
        return float(self._value(name))

    def flag(self, name: str) -> bool:
        """Return an option that is on or off."""
        return bool(self._value(name))

    def all(self) -> Mapping[str, Value]:
        """Return every option with its value."""
        return {name: self._value(name) for name in OPTIONS}

    def change(self, name: str, value: Value) -> None:
        """Choose a value and keep it. Raises UsageError when it does not fit."""
        option = OPTIONS.get(name)
        if option is None or not _fits(name, value):
            raise UsageError(
                N_("“{value}” is no value for the setting {name}."),
                N_("See the README for what it may be."),
                value=value,
                name=name,
            )
        self._chosen[name] = value
        data = json.dumps(self._chosen, ensure_ascii=False, indent=2)
        write_atomically(self._path, data.encode())

    def _value(self, name: str) -> Value:
        return self._chosen.get(name, OPTIONS[name].default)


def _fits(name: str, value: object) -> bool:
    option = OPTIONS.get(name)
    if option is None or type(value) is not type(option.default):
        return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        return option.least <= value <= option.most
    return not option.choices or value in dict(option.choices)


def _read(path: Path) -> dict[str, Value]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        _log.warning("settings could not be read; defaults are used")
        return {}
    if not isinstance(data, dict):
        return {}
    return {name: value for name, value in data.items() if _fits(name, value)}
