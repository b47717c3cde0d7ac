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
from app.values.classroom import Lesson

ALWAYS_PRIVATE = "always_private"
# What lies in a data folder that somebody has worked in; models and logs are no sign.
_TRACES = ("chats.db", "knowledge.db", "settings.json", "lesson")


def is_usual(folder: Path) -> bool:
    """Tell whether a lesson's folder is in the data folder that this user opens usually.

    Where `ALLMENDE_HOME` leads everybody elsewhere, as administrators may arrange it,
    nobody's data lie in the usual one.
    """
    usual = paths.usual_home()
    return _same(folder, _lessons_in(usual)) or not _is_used(usual)


def takes_prescribed(folder: Path, settings: Settings, lesson: Lesson) -> bool:
    """Tell whether what administrators prescribe begins in a lesson's folder.

    One of minutes alone would begin anew in each new folder.
    """
    if _same(folder, _lessons_in(paths.usual_home())) or is_private_account(settings):
        return True
    return bool(lesson.ends_at) and is_usual(folder)


def is_private_account(settings: Settings) -> bool:
    """Tell whether this is a private session because there is no other window here."""
    return private.current() is not None and settings.flag(ALWAYS_PRIVATE)


def others(folder: Path) -> list[Path]:
    """Return this user's other folders in which a lesson may run."""
    session = private.current()
    homes = [paths.usual_home(), *([session.real_home] if session else ())]
    found = {_lessons_in(home) for home in homes}
    return sorted(other for other in found if not _same(other, folder))


def _is_used(home: Path) -> bool:
    return any((home / name).exists() for name in _TRACES)


def _lessons_in(home: Path) -> Path:
    return home / paths.lesson_dir().name


def _same(one: Path, other: Path) -> bool:
    return one == other or os.path.realpath(one) == os.path.realpath(other)
