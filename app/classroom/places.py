"""Which data folders of one user a lesson binds, and in which one it may begin.

A lesson that a teacher began lies in the usual data folder and binds every other one.
One that administrators prescribe lies there, too, and in the private sessions of an
account whose windows are all private.
"""

from __future__ import annotations

import os
from pathlib import Path

from app import paths, private
from app.settings.store import Settings

ALWAYS_PRIVATE = "always_private"


def is_usual(folder: Path) -> bool:
    """Tell whether a lesson's folder is the one in the usual data folder."""
    return _same(folder, _lessons_in(paths.usual_home()))


def takes_prescribed(folder: Path, settings: Settings) -> bool:
    """Tell whether what administrators prescribe begins in a lesson's folder."""
    return is_usual(folder) or is_private_account(settings)


def is_private_account(settings: Settings) -> bool:
    """Tell whether this is a private session because there is no other window here."""
    return private.current() is not None and settings.flag(ALWAYS_PRIVATE)


def others(folder: Path) -> list[Path]:
    """Return this user's other folders in which a lesson may run."""
    session = private.current()
    homes = [paths.usual_home(), *([session.real_home] if session else ())]
    found = {_lessons_in(home) for home in homes}
    return sorted(other for other in found if not _same(other, folder))


def _lessons_in(home: Path) -> Path:
    return home / paths.lesson_dir().name


def _same(one: Path, other: Path) -> bool:
    return one == other or os.path.realpath(one) == os.path.realpath(other)
