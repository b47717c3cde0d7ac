"""Which folders may be read at all, where an administrator says so."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.errors import PolicyError
from app.i18n import N_


def folders_of(text: str) -> tuple[str, ...]:
    """Return the folders of a setting; variables and ~ stand for the user's own."""
    parts = (part.strip() for part in text.split(";"))
    return tuple(os.path.expanduser(os.path.expandvars(p)) for p in parts if p)  # noqa: PTH111


def need_allowed(paths: Iterable[str], folders: Sequence[str]) -> None:
    """Raise PolicyError for a path outside the folders; without any, all may be read.

    Links count as what they lead to.
    """
    if not folders:
        return
    roots = [_real(folder) for folder in folders]
    for path in paths:
        real = _real(path)
        if not any(real == root or root in real.parents for root in roots):
            raise PolicyError(
                N_("{path} lies outside the folders that may be read here."),
                N_("Choose something in: {folders}"),
                path=path,
                folders="; ".join(folders),
            )


def _real(path: str) -> Path:
    real = os.path.realpath(path)
    return Path(real.casefold() if sys.platform == "win32" else real)
