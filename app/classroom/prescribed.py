"""What administrators prescribe for everybody on a computer, and when it is done.

    due(…) ─ a lesson, while its time lasts ─► begun by itself ─► ended or left: noted

A note lies beside the lesson: so that one that is done does not begin anew. That it was
ended with the code nobody can make up. That its minutes were up whoever may write to
the folder can: an end by the clock (`ends_at`) needs no note (`tests/classroom/test_prescribed.py`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.classroom.clock import Reading
from app.classroom.codes import opens
from app.classroom.lesson import checksum, read_lesson
from app.classroom.state import State, StateFile, read_state, write_state
from app.errors import AppError, PolicyError
from app.files import write_atomically
from app.i18n import N_
from app.settings.store import Settings
from app.values.classroom import Lesson, Running

LESSON_FILE = "lesson_file"


def is_anything_prescribed(settings: Settings) -> bool:
    """Tell whether administrators named a file with a lesson."""
    return bool(settings.text(LESSON_FILE))


def due(settings: Settings, now: float) -> Lesson | None:
    """Return the lesson that is prescribed, while its time lasts; else None.

    Raises PolicyError where it cannot be read.
    """
    wanted = settings.text(LESSON_FILE)
    path = Path(wanted)
    if not wanted or not path.exists():
        return None
    try:
        lesson = read_lesson(path)
    except AppError as error:
        raise PolicyError(
            N_("The lesson that is prescribed on this computer cannot be read."),
            N_("Tell whoever manages this computer: {file}"),
            file=path.name,
        ) from error
    is_over = bool(lesson.ends_at) and now >= lesson.ends_at
    return lesson if lesson.begins_at <= now and not is_over else None


def binding(folder: Path, settings: Settings, reading: Reading) -> Running | None:
    """Return the lesson that binds the user of a folder, changing nothing on the disk.

    One that is prescribed counts from its begin on, also before anything was opened.
    Raises PolicyError; see `due`.
    """
    state = StateFile(folder).read()
    lesson = due(settings, reading.wall)
    counts = lesson is None or (state is not None and state.lesson == lesson)
    if lesson is not None and not counts and not is_done(lesson, [folder]):
        now = reading.wall
        return Running(lesson, now, lesson.end(now), now, prescribed=True)
    if state is None or state.damaged:
        return state.running if state is not None else None
    clock, _moved = state.clock.at(reading)
    return replace(state, clock=clock).running


def note_ended(folder: Path, lesson: Lesson, proof: str) -> None:
    """Note that somebody who knew the code ended a lesson. Raises StorageError."""
    write_atomically(_ended(folder, lesson), proof.encode())


def note_left(folder: Path, state: State) -> None:
    """Note that a lesson was left when its time was up. Raises StorageError."""
    write_state(_left(folder, state.lesson), state)


def is_done(lesson: Lesson, folders: list[Path]) -> bool:
    """Tell whether a prescribed lesson was ended, or left when its minutes were up."""
    return any(_was_ended(f, lesson) or _was_left(f, lesson) for f in folders)


def _was_ended(folder: Path, lesson: Lesson) -> bool:
    try:
        return opens(_ended(folder, lesson).read_text("ascii"), lesson.lock)
    except (OSError, UnicodeDecodeError):
        return False


def _was_left(folder: Path, lesson: Lesson) -> bool:
    if not lesson.minutes:
        return False
    state = read_state(_left(folder, lesson))
    return state is not None and state.lesson == lesson and state.running.over


def _ended(folder: Path, lesson: Lesson) -> Path:
    return folder / f"ended-{checksum(lesson)[:16]}"


def _left(folder: Path, lesson: Lesson) -> Path:
    return folder / f"left-{checksum(lesson)[:16]}"
