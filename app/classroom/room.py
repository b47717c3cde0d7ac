"""The lesson that runs here: begun, asked about, guarded, handed in, ended.

Whoever does something for the user asks the room first (`need_…`), in each process and
each time, so that a window that was open before, a second one, the command line and the
network service are bound alike.

Invariant: a lesson that has begun ends only with its code, or is left when its time is
up (`tests/classroom/test_room.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from app import private
from app.classroom.clock import LessonClock, Reading, read_clock
from app.classroom.codes import opens, proof_of
from app.classroom.lesson import checked, checksum, read_lesson
from app.classroom.log import LogFile, is_whole
from app.classroom.state import State, StateFile
from app.errors import AppError, BusyError, PolicyError, UsageError
from app.files import FileLock, make_folder, storage_errors, write_atomically
from app.i18n import N_
from app.settings.store import Settings
from app.values.classroom import EXAM, Lesson, ProcessLog, Running

LESSON_FILE = "lesson_file"
_TRIES, _WAIT_S = 5, 30.0
_KEEP_S = 20.0
_PATIENCE_S = 3.0
BY_LESSON = N_("the lesson that is running")
_TEACHER = N_("Ask your teacher, or wait until the lesson is over.")


class Room:
    """What runs in a data folder. Any thread and any process may ask."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        clock: Callable[[], Reading] = read_clock,
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._clock = clock
        self._file = StateFile(folder)
        self._log = LogFile(folder / "process.jsonl")
        self._lock = threading.RLock()
        self._depth = 0

    # -- what runs -------------------------------------------------------------------

    def running(self) -> Running | None:
        """Return the lesson that has begun here, also when its time is up; else None.

        Raises PolicyError where a prescribed lesson cannot be read.
        """
        if not self._file.exists() and not self._settings.text(LESSON_FILE):
            return None
        with self._alone():
            state = self._now(self._file.read())
            state = self._prescribed(state)
            return _running(state) if state is not None else None

    def running_now(self) -> Running | None:
        """Return the lesson that has begun, changing nothing on the disk."""
        state = self._file.read()
        if state is None or state.damaged:
            return _running(state) if state is not None else None
        clock, _moved = state.clock.at(self._clock())
        return _running(replace(state, clock=clock))

    def begin(self, lesson: Lesson, prescribed: bool = False) -> Running:
        """Begin a lesson here. Raises PolicyError while one runs, UsageError."""
        lesson = checked(lesson)
        if not prescribed:
            self._settings.need("lessons")
            _need_no_private_session()
        with self._alone():
            if self._file.exists():
                raise PolicyError(N_("A lesson is already running here."), _TEACHER)
            reading = self._clock()
            if lesson.ends_at and reading.wall >= lesson.ends_at:
                raise UsageError(
                    N_("This lesson is over already."), N_("Make a new one.")
                )
            if lesson.begins_at > reading.wall:
                raise UsageError(
                    N_("This lesson has not begun yet."), N_("Begin it later.")
                )
            state = State(
                lesson, reading.wall, LessonClock(reading.wall, reading), prescribed
            )
            self._log.clear()
            self._file.write(state)
            self._add(state, "begun", {"lesson": checksum(lesson)})
            return _running(state)

    def end(self, code: str) -> None:
        """End the lesson with its code. Raises UsageError for a wrong one.

        After some wrong codes one has to wait, also after a restart.
        """
        with self._alone():
            state = self._need()
            if state.clock.now < state.wait_until and not state.damaged:
                raise _too_many(state.wait_until - state.clock.now)
            proof = proof_of(code, state.lesson.salt) if state.lesson.salt else ""
            if not opens(proof, state.lesson.lock):
                self._count_wrong(state)
            self._add(state, "ended", {})
            self._note_done(state.lesson, proof)
            self._forget(state)

    def leave(self) -> None:
        """Leave a lesson whose time is up. Raises PolicyError before."""
        with self._alone():
            state = self._need()
            if not _running(state).over:
                raise PolicyError(
                    N_("The lesson is not over yet."),
                    N_("It ends by itself, or with the code of whoever began it."),
                )
            self._forget(state)

    # -- what is allowed -------------------------------------------------------------

    def need_nothing_runs(self) -> None:
        """Raise PolicyError while a lesson runs."""
        if (running := self.running()) is not None:
            raise _refused(running)

    def need_question(self, base: str) -> Running | None:
        """Raise PolicyError where a question to a collection is not allowed now."""
        running = self._need_time()
        if running is None:
            return None
        if not running.lesson.asks or base != running.lesson.base:
            raise _refused(running)
        return running

    def need_task(self, task: str, base: str) -> Running | None:
        """Raise PolicyError where a task of the workshop is not allowed now.

        `base` "" is a text of the pupil's own.
        """
        running = self._need_time()
        if running is None:
            return None
        if task not in running.lesson.tasks or base not in ("", running.lesson.base):
            raise _refused(running)
        return running

    def _need_time(self) -> Running | None:
        running = self.running()
        if running is not None and running.over:
            raise PolicyError(
                N_("The time of the lesson “{name}” is up."),
                N_("Hand in your log, then leave the lesson."),
                name=running.lesson.name,
            )
        return running

    # -- the process log -------------------------------------------------------------

    def record(self, what: str, **data: Any) -> None:
        """Add to the process log, where a lesson with one runs. Raises StorageError."""
        if not self._file.exists():
            return
        with self._alone():
            state = self._now(self._file.read())
            if state is not None and not state.damaged:
                self._add(state, what, data)

    def process_log(self, pupil: str = "") -> ProcessLog | None:
        """Return the log of the lesson, or of the last one; None where none is kept."""
        with self._alone():
            state = self._file.read() or self._file.last()
            if state is None or state.damaged or not state.lesson.kept:
                return None
            entries = tuple(self._log.entries())
            return ProcessLog(
                state.lesson, entries, " ".join(pupil.split()), is_whole(entries)
            )

    def handed_in(self) -> None:
        """Remember that the log was written to where the pupil wanted it."""
        with self._alone():
            state = self._now(self._file.read())
            if state is not None:
                self._add(state, "handed_in", {})
                self._file.write(replace(state, handed_in=True))

    @property
    def was_handed_in(self) -> bool:
        """Whether the log was handed in."""
        state = self._file.read()
        return state is not None and state.handed_in

    # -- inside ----------------------------------------------------------------------

    def _need(self) -> State:
        state = self._now(self._file.read())
        if state is None:
            raise UsageError(
                N_("No lesson is running here."),
                N_("`allmende lesson start` begins one."),
            )
        return state

    def _now(self, state: State | None) -> State | None:
        """Bring a state up to date: time, copies that are gone, the end."""
        if state is None or state.damaged:
            return state
        clock, moved = state.clock.at(self._clock())
        late = clock.now - state.clock.now > _KEEP_S
        new = replace(state, clock=clock, missing=())
        if moved:
            self._add(new, "clock", {"seconds": round(moved)})
        if state.missing:
            self._add(new, "restored", {"files": list(state.missing)})
        if not state.over and _running(new).over:
            new = replace(new, over=True)
            self._add(new, "over", {})
        if moved or late or state.missing or new.over != state.over:
            self._file.write(new)
            return new
        # Kept as it was read, so that small steps add up.
        return replace(new, over=state.over)

    def _prescribed(self, state: State | None) -> State | None:
        """Begin what administrators prescribe, once its time has come."""
        wanted = self._settings.text(LESSON_FILE)
        if state is not None or not wanted:
            return state
        path = Path(wanted)
        if not path.exists():
            return None
        try:
            lesson = read_lesson(path)
        except AppError as error:
            raise PolicyError(
                N_("The lesson that is prescribed on this computer cannot be read."),
                N_("Tell whoever manages this computer: {file}"),
                file=path.name,
            ) from error
        now = self._clock().wall
        begun = lesson.begins_at <= now and not (
            lesson.ends_at and now >= lesson.ends_at
        )
        if not begun or self._is_done(lesson):
            return None
        self.begin(lesson, prescribed=True)
        return self._file.read()

    def _forget(self, state: State) -> None:
        if not state.damaged:
            self._file.write_last(state)
        self._file.clear()

    def _add(self, state: State, what: str, data: dict[str, Any]) -> None:
        if state.lesson.kept and not state.damaged:
            self._log.append(state.clock.now, what, data)

    def _count_wrong(self, state: State) -> None:
        if not state.damaged:
            wrong = state.wrong + 1
            wait = state.clock.now + _WAIT_S if wrong % _TRIES == 0 else 0.0
            self._file.write(replace(state, wrong=wrong, wait_until=wait))
        raise UsageError(
            N_("This is not the code of the lesson."), N_("Check it and try again.")
        )

    def _note_done(self, lesson: Lesson, proof: str) -> None:
        write_atomically(self._done(lesson), proof.encode())

    def _is_done(self, lesson: Lesson) -> bool:
        """Tell whether somebody who knew the code ended a prescribed lesson here."""
        try:
            return opens(self._done(lesson).read_text("ascii"), lesson.lock)
        except (OSError, UnicodeDecodeError):
            return False

    def _done(self, lesson: Lesson) -> Path:
        return self._folder / f"ended-{checksum(lesson)[:16]}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one thread of one process work on the files."""
        with self._lock:
            if self._depth:
                yield
                return
            with storage_errors():
                make_folder(self._folder)
            lock = FileLock(self._folder / "lock")
            until = time.monotonic() + _PATIENCE_S
            while not lock.acquire():
                if time.monotonic() > until:
                    raise BusyError(
                        N_("Another Allmende is working on the lesson."),
                        N_("Try again in a moment."),
                    )
                time.sleep(0.02)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                lock.release()


def bound_options(lesson: Lesson) -> dict[str, str | int | float | bool]:
    """Return the options that a lesson locks, with their values."""
    locked: dict[str, str | int | float | bool] = {
        "history": False,
        "exports": False,
        "downloads": False,
        "serve": False,
        "welcomed": True,
        "base": lesson.base,
    }
    if lesson.model:
        locked["model"] = lesson.model
    if not lesson.model.startswith("remote:"):
        locked["remote"] = False
    return locked


def _need_no_private_session() -> None:
    """Raise PolicyError where killing the program would end the lesson as well."""
    if private.current() is not None:
        raise PolicyError(
            N_("A lesson cannot begin in a private session, which leaves nothing."),
            N_("Begin it in an ordinary window, or let administrators prescribe it."),
        )


def _running(state: State) -> Running:
    lesson = state.lesson
    return Running(
        lesson,
        state.started_at,
        lesson.end(state.started_at),
        state.clock.now,
        state.prescribed,
        state.damaged,
    )


def _refused(running: Running) -> PolicyError:
    if running.damaged:
        return PolicyError(
            N_("A lesson runs here, but its file was changed; nothing is allowed now."),
            N_("Your teacher can end it with the code."),
        )
    if running.lesson.kind == EXAM:
        sentence = N_("The exam “{name}” is running; this is not allowed in it.")
    else:
        sentence = N_("The lesson “{name}” is running; this is not allowed in it.")
    return PolicyError(sentence, _TEACHER, name=running.lesson.name)


def _too_many(seconds: float) -> UsageError:
    return UsageError(
        N_("Too many wrong codes."),
        N_("Wait {seconds} seconds, then try again."),
        seconds=max(1, round(seconds)),
    )
