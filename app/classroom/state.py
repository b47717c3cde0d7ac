"""What is kept of the lesson that runs here, so that a restart or a crash frees nobody.

Two copies lie in the data folder; where one is gone or was changed, the other counts.
Where both were changed by hand the lesson still runs, as one in which nothing is allowed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from app.classroom.clock import LessonClock, Reading
from app.classroom.lesson import from_json, to_json
from app.files import storage_errors, write_atomically
from app.values.classroom import Lesson, Running

_RUBBISH = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
NAMES = ("running.json", "running.copy.json")


@dataclass(frozen=True, slots=True)
class State:
    """A lesson that has begun. `wrong` counts wrong codes, `wait_until` in lesson time.

    `entries` and `last_entry` are how many entries its log has, and the checksum of the
    last one: so it is noticed when the end of the log is gone.
    """

    lesson: Lesson
    started_at: float
    clock: LessonClock
    prescribed: bool = False
    over: bool = False
    handed_in: bool = False
    wrong: int = 0
    wait_until: float = 0.0
    damaged: bool = False
    missing: tuple[str, ...] = field(default=())
    entries: int = 0
    last_entry: str = ""

    @property
    def running(self) -> Running:
        """The lesson as others see it."""
        return Running(
            self.lesson,
            self.started_at,
            self.lesson.end(self.started_at),
            self.clock.now,
            self.prescribed,
            self.damaged,
        )


class StateFile:
    """Two copies of one state, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._paths = [folder / name for name in NAMES]
        self._last = folder / "last.json"

    def exists(self) -> bool:
        """Tell whether there is anything to read."""
        return any(path.exists() for path in self._paths)

    def read(self) -> State | None:
        """Return the state, the newest copy; None where no lesson runs.

        `missing` names the copies that were not there, or not as they were written.
        """
        found, missing, damaged = [], [], None
        for path in self._paths:
            try:
                data = json.loads(path.read_bytes())
                found.append(_state(data))
            except FileNotFoundError:
                missing.append(path.name)
            except (OSError, *_RUBBISH):
                missing.append(path.name)
                if damaged is None or not damaged.lesson.lock:
                    damaged = _salvaged(path)
        if found:
            newest = max(found, key=lambda state: state.clock.now)
            return replace(newest, missing=tuple(missing))
        return damaged

    def write(self, state: State) -> None:
        """Keep a state, in both copies. Raises StorageError."""
        for path in self._paths:
            write_state(path, state)

    def last(self) -> State | None:
        """Return the lesson that was left last, so that its log can be handed in."""
        return read_state(self._last)

    def write_last(self, state: State) -> None:
        """Keep a lesson as the one that was left last. Raises StorageError."""
        write_state(self._last, state)

    def put_away(self, name: str) -> None:
        """Keep the lesson under another name, as it lies there. Raises StorageError."""
        with storage_errors():
            for path in self._paths:
                if path.exists():
                    path.replace(path.with_name(f"{name}.json"))

    def clear(self) -> None:
        """Forget the lesson."""
        for path in self._paths:
            path.unlink(missing_ok=True)


def write_state(path: Path, state: State) -> None:
    """Keep a state in a file. Raises StorageError."""
    write_atomically(path, _text(state).encode())


def read_state(path: Path) -> State | None:
    """Return the state in a file; None where none is, or not as it was written."""
    try:
        return _state(json.loads(path.read_bytes()))
    except (OSError, *_RUBBISH):
        return None


def _text(state: State) -> str:
    data = {**asdict(replace(state, missing=())), "lesson": to_json(state.lesson)}
    # As it will be read: a tuple comes back as a list.
    data = json.loads(json.dumps(data))
    return json.dumps({**data, "seal": _seal(data)}, ensure_ascii=False, indent=1)


def _seal(data: dict[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(f"allmende {text}".encode()).hexdigest()


def _state(data: dict[str, Any]) -> State:
    seal = data.pop("seal")
    if seal != _seal(data):
        raise ValueError("changed")
    return _built(data)


def _built(data: dict[str, Any]) -> State:
    clock = data.pop("clock")
    lesson = from_json(data.pop("lesson"))
    data.pop("missing", None)
    return State(
        lesson=lesson,
        clock=LessonClock(clock["now"], Reading(**clock["last"])),
        **data,
    )


def _salvaged(path: Path) -> State:
    """Return a lesson that allows nothing, with as much as can be read of its lock."""
    lock = salt = ""
    with contextlib.suppress(OSError, *_RUBBISH):
        lesson = json.loads(path.read_bytes()).get("lesson")
        lock, salt = str(lesson["lock"]), bytes.fromhex(lesson["salt"]).hex()
    nothing = Lesson("damaged", "?", "", asks=False, minutes=1, salt=salt, lock=lock)
    return State(nothing, 0.0, LessonClock(0.0, Reading(0.0, 0.0, "")), damaged=True)
