r"""Where an administrator's decisions come from, and which of them counts.

From the weakest to the strongest: `policies.json`, the files of `policies.d` in the
order of their names, then what the system's own administration says: the registry below
HKLM\Software\Policies\Allmende (group policy, Intune), or macOS' managed preferences.
Of each option the strongest that speaks of it counts; lists and objects are not merged.

Invariant: only what an administrator alone can write is believed. A file that others may
change counts as one with mistakes, which shuts every door.
"""

from __future__ import annotations

import os
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
    yield from (trusted_policy(path) for path in policy_files(paths.policy_file()))
    if sys.platform == "win32":
        from app.settings.registry import WindowsRegistry

        yield registry_policy(WindowsRegistry())
    elif sys.platform == "darwin":
        yield preferences_policy(paths.managed_preferences())


def policy_files(main: Path) -> list[Path]:
    """Return the files that may hold decisions, the weakest first.

    A folder of them that cannot be looked into is one of them: reading it fails.
    """
    folder = main.with_name("policies.d")
    try:
        more = sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except (FileNotFoundError, NotADirectoryError):
        return [main]
    except OSError:
        return [main, folder]
    return [main, *more]


def trusted_policy(path: Path) -> Policy:
    """Return the policy in a file, with a mistake where not only root can change it."""
    policy = read_policy(path)
    weak = _weak_place(path) if policy.present else None
    if weak is None:
        return policy
    sentence = N_("Not only administrators can change it: {place}")
    return merged([policy, broken_policy(sentence, str(path), place=str(weak))])


def _weak_place(path: Path, owner: int = 0) -> Path | None:
    """Return what anybody but `owner` and root can change on the way to a file, or None.

    The way are the file and the folders above it, those of links as well.
    """
    if sys.platform == "win32":
        # Owners are not told this way; group policy, which outranks files, is the
        # place for decisions there.
        return None
    seen: set[Path] = set()
    ahead = [path.absolute()]
    while ahead:
        place = ahead.pop()
        if place in seen:
            continue
        seen.add(place)
        try:
            info = place.lstat()
            if stat.S_ISLNK(info.st_mode):
                ahead.append(place.parent / place.readlink())
        except OSError:
            return place
        if info.st_uid not in (0, owner) or _is_open(info):
            return place
        if place != place.parent:
            ahead.append(place.parent)
    return None


def _is_open(info: os.stat_result) -> bool:
    """Tell whether others may write; in a folder like /tmp each only what is theirs."""
    if stat.S_ISLNK(info.st_mode):
        return False
    others = info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    is_shared = stat.S_ISDIR(info.st_mode) and info.st_mode & stat.S_ISVTX
    return bool(others and not is_shared)


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
