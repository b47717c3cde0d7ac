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
from app.files import write_atomically
from app.values.classroom import Lesson

_RUBBISH = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
NAMES = ("running.json", "running.copy.json")


@dataclass(frozen=True, slots=True)
class State:
    """A lesson that has begun. `wrong` counts wrong codes, `wait_until` in lesson time."""

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
            write_atomically(path, _text(state).encode())

    def last(self) -> State | None:
        """Return the lesson that was left last, so that its log can be handed in."""
        try:
            return _state(json.loads(self._last.read_bytes()))
        except (OSError, *_RUBBISH):
            return None

    def write_last(self, state: State) -> None:
        """Keep a lesson as the one that was left last. Raises StorageError."""
        write_atomically(self._last, _text(state).encode())

    def clear(self) -> None:
        """Forget the lesson."""
        for path in self._paths:
            path.unlink(missing_ok=True)


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
