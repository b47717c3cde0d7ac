"""A room with a clock that tests wind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app import paths
from app.classroom.clock import Reading
from app.classroom.lesson import locked_with
from app.classroom.room import Room
from app.classroom.state import NAMES
from app.settings.policy import Policy
from app.settings.store import Settings
from app.values.classroom import Lesson

CODE = "Birne-7b-Donau"


@dataclass
class Clock:
    """A computer's clock."""

    reading: Reading = field(
        default_factory=lambda: Reading(1_800_000_000.0, 100.0, "first")
    )

    def __call__(self) -> Reading:
        return self.reading

    def go(self, seconds: float) -> None:
        now = self.reading
        self.reading = replace(now, wall=now.wall + seconds, ticks=now.ticks + seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home / "settings.json", Policy())


@pytest.fixture
def room(clock: Clock, settings: Settings) -> Room:
    return Room(paths.lesson_dir(), settings, clock)


def a_lesson(**changes: object) -> Lesson:
    values = {"name": "Bio 7b", "base": "Schule", "minutes": 45, **changes}
    return locked_with(Lesson(id="", **values), CODE)  # type: ignore[arg-type]


def say(text: str, **more: object) -> str:
    return text.format(**more)


def kept_files() -> dict[Path, bytes]:
    return {
        paths.lesson_dir() / n: (paths.lesson_dir() / n).read_bytes() for n in NAMES
    }


def put_back(files: dict[Path, bytes]) -> None:
    for path, data in files.items():
        path.write_bytes(data)


def kinds(room: Room) -> list[str]:
    log = room.process_log()
    assert log is not None
    assert log.whole
    return [entry.what for entry in log.entries]
