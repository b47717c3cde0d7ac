"""Which folders may be read at all, where an administrator says so."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from app.errors import PolicyError
from app.i18n import N_
from app.paths import account_home


def folders_of(text: str) -> tuple[str, ...]:
    """Return the folders of a setting; ~ stands for the user's own folder.

    The system is asked which folder that is: a variable such as HOME could be changed
    by the user, and the rule with it. So no variable is read, and a path with one in it
    is a folder that is not there.
    """
    parts = (part.strip() for part in text.split(";"))
    return tuple(_own(part) for part in parts if part)


def _own(folder: str) -> str:
    rest = folder.removeprefix("~")
    if rest == folder or rest[:1] not in ("", "/", os.sep):
        return folder
    try:
        return str(account_home()) + rest
    except KeyError:
        return folder


def allowed_in(folders: Sequence[str]) -> Callable[[str], bool]:
    """Return what tells whether a path lies in the folders; without any, all do.

    Links count as what they lead to. Only whole paths are folders; "-" is none.
    """
    roots = [_real(folder) for folder in folders if Path(folder).is_absolute()]

    def is_allowed(path: str) -> bool:
        real = _real(path) if folders else Path()
        return not folders or any(r == real or r in real.parents for r in roots)

    return is_allowed


def need_allowed(paths: Iterable[str], folders: Sequence[str]) -> None:
    """Raise PolicyError for a path outside the folders; see `allowed_in`."""
    is_allowed = allowed_in(folders)
    for path in paths:
        if not is_allowed(path):
            raise PolicyError(
                N_("{path} lies outside the folders that may be read here."),
                N_("Choose something in: {folders}"),
                path=path,
                folders="; ".join(folders),
            )


def _real(path: str) -> Path:
    real = os.path.realpath(path)
    return Path(real.casefold() if sys.platform == "win32" else real)
