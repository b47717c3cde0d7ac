r"""Where an administrator's decisions come from, and which of them counts.

From the weakest to the strongest: `policies.json`, the files of `policies.d` in the
order of their names, then what the system's own administration says: the registry below
HKLM\Software\Policies\Allmende (group policy, Intune), or macOS' managed preferences.
Of each option the strongest that speaks of it counts; lists and objects are not merged.

Invariant: only what an administrator alone can write is believed. A file that others may
change counts as one with mistakes, which shuts every door.
"""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from app import paths
from app.i18n import N_
from app.settings.options import OPTIONS
from app.settings.policy import (
    Policy,
    broken_policy,
    merged,
    policy_of,
    read_policy,
)

REGISTRY_KEY = r"Software\Policies\Allmende"
RECOMMENDED = "Recommended"
MANAGED_BY, CONTACT = "ManagedBy", "Contact"


class Registry(Protocol):
    """Reads one key of HKEY_LOCAL_MACHINE."""

    def values(self, key: str) -> Mapping[str, object]:
        """Return names and values, empty where there is no such key."""


def machine_policy() -> Policy:
    """Return what counts on this computer."""
    return merged(_policies())


def _policies() -> Iterator[Policy]:
    yield from (_trusted(path) for path in policy_files(paths.policy_file()))
    if sys.platform == "win32":
        from app.settings.registry import WindowsRegistry

        yield registry_policy(WindowsRegistry())
    elif sys.platform == "darwin":
        yield preferences_policy(paths.managed_preferences())


def policy_files(main: Path) -> list[Path]:
    """Return the files that may hold decisions, the weakest first."""
    try:
        more = sorted(main.with_name("policies.d").glob("*.json"))
    except OSError:
        more = []
    return [main, *more]


def _trusted(path: Path) -> Policy:
    policy = read_policy(path)
    if policy.present and _others_may_write(path):
        sentence = N_("Not only administrators can change this file.")
        return merged([policy, broken_policy(sentence, str(path))])
    return policy


def _others_may_write(path: Path, owner: int = 0) -> bool:
    """Tell whether anybody but `owner` can change a file or put another in its place."""
    if sys.platform == "win32":
        # Owners are not told this way; group policy, which outranks files, is the
        # place for decisions there.
        return False
    try:
        infos = [path.stat(), path.parent.stat()]
    except OSError:
        return True
    return any(
        info.st_uid != owner or info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        for info in infos
    )


def registry_policy(registry: Registry) -> Policy:
    """Return what group policy wrote. Numbers on and off are 1 and 0."""
    locked = dict(registry.values(REGISTRY_KEY))
    defaults = dict(registry.values(f"{REGISTRY_KEY}\\{RECOMMENDED}"))
    if not locked and not defaults:
        return Policy()
    data: dict[str, object] = {
        "by": locked.pop(MANAGED_BY, ""),
        "contact": locked.pop(CONTACT, ""),
        "locked": {name: _typed(name, value) for name, value in locked.items()},
        "defaults": {name: _typed(name, value) for name, value in defaults.items()},
    }
    return policy_of(data, f"HKLM\\{REGISTRY_KEY}")


def _typed(name: str, value: object) -> object:
    """Return a value of the registry, which knows only numbers and texts, as meant."""
    option = OPTIONS.get(name)
    if option is None:
        return value
    if isinstance(option.default, bool) and value in (0, 1):
        return bool(value)
    if isinstance(option.default, float) and isinstance(value, str):
        try:
            return float(value.replace(",", "."))
        except ValueError:
            return value
    return value


def preferences_policy(path: Path) -> Policy:
    """Return what a device management wrote on macOS; keys as in the JSON file."""
    import plistlib

    try:
        data = plistlib.loads(path.read_bytes())
    except FileNotFoundError:
        return Policy()
    except (OSError, ValueError, plistlib.InvalidFileException):
        return broken_policy(N_("The file cannot be read."), str(path))
    if not isinstance(data, dict):
        return broken_policy(N_("The file cannot be read."), str(path))
    return policy_of(data, str(path))
