"""The layers default < policy < user, and the user's choices in one small file.

What is damaged in the user's file costs nothing, and what a newer Allmende wrote there
is kept. Nothing here knows Qt: whoever wants to know of changes gives a callback.

Invariant: what only administrators decide (the group `RULES`) comes from a policy or is
the default; the user's file is not asked (`tests/settings/test_policies_hold.py`).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from app import paths
from app.errors import PolicyError, UsageError
from app.files import write_atomically
from app.i18n import N_
from app.log import get_logger
from app.settings.carriers import machine_policy
from app.settings.option import RULES, Value
from app.settings.options import OPTIONS, fitting
from app.settings.policy import Policy

_log = get_logger("settings")
OnChange = Callable[[str], None]


class Settings:
    """Reads and writes options. Layers: default, policy, the user's choice.

    An option that the policy locks has the policy's value, whatever the user chose.
    """

    def __init__(self, path: Path, policy: Policy | None = None) -> None:
        self._path = path
        self.policy = policy or Policy()
        # What administrators laid down; a lesson binds `policy` alone.
        self.machine = self.policy
        self._chosen, self._foreign = _read(path)
        self._listeners: list[OnChange] = []
        self._lock = threading.Lock()

    # -- reading ---------------------------------------------------------------------

    def text(self, name: str) -> str:
        """Return an option that is a text."""
        return str(self.value(name))

    def number(self, name: str) -> int:
        """Return an option that is a whole number."""
        return int(self.value(name))

    def fraction(self, name: str) -> float:
        """Return an option that is a number with a fraction."""
        return float(self.value(name))

    def flag(self, name: str) -> bool:
        """Return an option that is on or off."""
        return bool(self.value(name))

    def value(self, name: str) -> Value:
        """Return an option in its own type."""
        if name in self.policy.locked:
            return self.policy.locked[name]
        return self._chosen.get(name, self.default(name))

    def default(self, name: str) -> Value:
        """Return what an option is while the user has not chosen."""
        return self.policy.defaults.get(name, OPTIONS[name].default)

    def all(self) -> Mapping[str, Value]:
        """Return every option with its value."""
        return {name: self.value(name) for name in OPTIONS}

    def locked(self, name: str) -> str:
        """Return who locked an option, as a gettext template; "" for nobody."""
        return self.policy.who if name in self.policy.locked else ""

    # -- changing --------------------------------------------------------------------

    def change(self, name: str, value: Value) -> None:
        """Choose a value and keep it.

        Raises UsageError when it does not fit, or only administrators decide it, and
        PolicyError when it is locked.
        """
        good = fitting(name, value)
        if good is None:
            raise UsageError(
                N_("“{value}” is no value for the setting {name}."),
                N_("See the README for what it may be."),
                value=value,
                name=name,
            )
        self.need_unlocked(name)
        if _is_rule(name):
            raise UsageError(
                N_("“{title}” is decided by administrators alone, in a policy."),
                N_("The guide for administrators says how."),
                title=OPTIONS[name].title,
            )
        with self._lock:
            self._keep({**self._chosen, name: good})
        self._tell(name)

    def reset(self, name: str) -> None:
        """Go back to the default. Raises PolicyError when the option is locked."""
        self.need_unlocked(name)
        with self._lock:
            self._keep({key: v for key, v in self._chosen.items() if key != name})
        self._tell(name)

    def forget_all(self) -> None:
        """Drop every choice together with the file."""
        with self._lock:
            changed = [n for n, v in self._chosen.items() if v != self.default(n)]
            self._chosen, self._foreign = {}, {}
            self._path.unlink(missing_ok=True)
        for name in changed:
            self._tell(name)

    def need(self, name: str) -> None:
        """Raise PolicyError where an option that allows something is off."""
        if not self.flag(name):
            raise PolicyError(
                N_("“{title}” was switched off by {who}."),
                self._remedy,
                title=OPTIONS[name].title,
                who=self.policy.who,
                contact=self.policy.contact,
            )

    def said(self, name: str, wanted: Value | None) -> Value:
        """Return what counts where one call wants a value of its own; None: it does not.

        Raises PolicyError when the option is locked to another one.
        """
        usual = self.value(name)
        if wanted is None or wanted == usual:
            return usual
        self.need_unlocked(name)
        return wanted

    def need_unlocked(self, name: str) -> None:
        """Raise PolicyError where the policy decides over an option."""
        if name not in self.policy.locked:
            return
        raise PolicyError(
            N_("“{title}” was set by {who} and cannot be changed here."),
            self._remedy,
            title=OPTIONS[name].title,
            who=self.policy.who,
            contact=self.policy.contact,
        )

    def bind(self, locked: Mapping[str, Value], by: str) -> None:
        """Lock options on top of the policy, until the program ends: a lesson runs."""
        self.policy = replace(
            self.policy,
            locked={**self.policy.locked, **locked},
            by=by,
            contact="",
            present=True,
        )

    def on_change(self, callback: OnChange) -> Callable[[], None]:
        """Call `callback` with the name of every option that changes.

        It is called on the thread that made the change. What is returned ends it.
        """
        self._listeners.append(callback)

        def end() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return end

    @property
    def _remedy(self) -> str:
        if self.policy.contact:
            return N_("If you need it otherwise, ask {contact}.")
        return N_("If you need it otherwise, ask whoever cares for this computer.")

    def _keep(self, chosen: dict[str, Value]) -> None:
        """Write first: a choice that could not be kept is not taken."""
        data = json.dumps({**self._foreign, **chosen}, ensure_ascii=False, indent=2)
        write_atomically(self._path, data.encode())
        self._chosen = chosen

    def _tell(self, name: str) -> None:
        for listener in list(self._listeners):
            listener(name)


def load_settings() -> Settings:
    """Return the settings of this user on this computer."""
    return Settings(paths.settings_file(), machine_policy())


def _is_rule(name: str) -> bool:
    return name in OPTIONS and OPTIONS[name].group == RULES


def _read(path: Path) -> tuple[dict[str, Value], dict[str, object]]:
    """Return the choices we know, and what is not known here."""
    if path.exists() and not path.is_file():
        # A pipe would keep the start waiting for ever.
        _log.warning("settings are no file; defaults are used")
        return {}, {}
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}, {}
    except (OSError, ValueError, RecursionError):
        _log.warning("settings could not be read; defaults are used")
        return {}, {}
    if not isinstance(data, dict):
        return {}, {}
    known = {name: fitting(name, value) for name, value in data.items()}
    chosen = {
        name: value
        for name, value in known.items()
        if value is not None and not _is_rule(name)
    }
    foreign = {name: value for name, value in data.items() if name not in OPTIONS}
    return chosen, foreign
