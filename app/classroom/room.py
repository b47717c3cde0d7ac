"""The lesson that runs here: begun, asked about, guarded, handed in, ended.

Whoever does something for the user asks the room first (`need_…`), in each process and
each time, so that a window that was open before, a second one, the command line and the
network service are bound alike; a lesson in this user's usual data folder counts in
every other one. While administrators prescribe one, no other lesson counts.

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
from app.classroom import places, prescribed, refusals
from app.classroom.clock import LessonClock, Reading, read_clock
from app.classroom.codes import opens, proof_of
from app.classroom.lesson import checked, checksum
from app.classroom.log import NAME, LogFile, is_linked, is_log_of, is_whole
from app.classroom.state import NAMES, State, StateFile
from app.errors import BusyError, PolicyError, UsageError
from app.files import FileLock, make_folder, storage_errors
from app.i18n import N_
from app.settings.store import Settings
from app.values.classroom import Lesson, ProcessLog, Running

_TRIES, _WAIT_S = 5, 30.0
_KEEP_S = 20.0
_PATIENCE_S = 3.0


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
        self._log = LogFile(folder / NAME)
        self._lock = threading.RLock()
        self._depth = 0

    # -- what runs -------------------------------------------------------------------

    def running(self) -> Running | None:
        """Return the lesson that has begun here, also when its time is up; else None.

        Raises PolicyError where a prescribed lesson cannot be read, and while this
        user's lesson runs in another data folder.
        """
        if (there := self._elsewhere()) is not None:
            raise refusals.elsewhere(there)
        if not self._file.exists() and not self._is_prescribed:
            return None
        with self._alone():
            state = self._state()
            return state.running if state is not None else None

    def binding(self) -> Running | None:
        """Return the lesson that binds here: this folder's, or that of another one.

        Raises PolicyError where a prescribed lesson cannot be read.
        """
        return self._elsewhere() or self.running()

    @property
    def binds_everywhere(self) -> bool:
        """Whether a lesson of this folder also binds this user's other data folders."""
        return places.is_usual(self._folder)

    def need_place(self, anywhere: bool = False) -> None:
        """Raise PolicyError where a lesson that begins would bind too few or too many.

        `anywhere`: whoever begins it is told that it binds this data folder alone.
        """
        if self._settings.flag(places.ALWAYS_PRIVATE):
            raise refusals.on_shared_account()
        if private.current() is not None:
            raise refusals.in_private()
        if not (anywhere or self.binds_everywhere):
            raise refusals.in_another_folder()

    def begin(self, lesson: Lesson, anywhere: bool = False) -> Running:
        """Begin a lesson here; `anywhere` as in `need_place`.

        Raises PolicyError while one runs, UsageError.
        """
        lesson = checked(lesson)
        self._settings.need("lessons")
        self.need_place(anywhere)
        with self._alone():
            if self._file.exists():
                raise PolicyError(
                    N_("A lesson is already running here."), refusals.TEACHER
                )
            reading = self._clock()
            if lesson.ends_at and reading.wall >= lesson.ends_at:
                raise UsageError(
                    N_("This lesson is over already."), N_("Make a new one.")
                )
            if lesson.begins_at > reading.wall:
                raise UsageError(
                    N_("This lesson has not begun yet."), N_("Begin it later.")
                )
            clock = LessonClock(reading.wall, reading)
            return self._begin(State(lesson, reading.wall, clock)).running

    def _begin(self, state: State) -> State:
        self._log.clear()
        # First: a crash may lose the entry, not the lesson.
        self._file.write(state)
        if state.lesson.kept:
            state = self._logged_begin(state)
            self._file.write(state)
        return state

    def end(self, code: str) -> None:
        """End the lesson with its code. Raises UsageError for a wrong one.

        After some wrong codes one has to wait, also after a restart.
        """
        with self._alone():
            state = self._need()
            if state.clock.now < state.wait_until and not state.damaged:
                raise refusals.too_many(state.wait_until - state.clock.now)
            proof = proof_of(code, state.lesson.salt) if state.lesson.salt else ""
            if not opens(proof, state.lesson.lock):
                self._count_wrong(state)
            state = self._add(state, "ended", {})
            prescribed.note_ended(self._folder, state.lesson, proof)
            self._forget(state)

    def leave(self) -> None:
        """Leave a lesson whose time is up. Raises PolicyError before."""
        with self._alone():
            state = self._need()
            if not state.running.over:
                raise PolicyError(
                    N_("The lesson is not over yet."),
                    N_("It ends by itself, or with the code of whoever began it."),
                )
            if state.prescribed:
                prescribed.note_left(self._folder, state)
            self._forget(state)

    # -- what is allowed -------------------------------------------------------------

    def need_nothing_runs(self) -> None:
        """Raise PolicyError while a lesson runs."""
        if (running := self.running()) is not None:
            raise refusals.refused(running)

    def need_question(self, base: str) -> Running | None:
        """Raise PolicyError where a question to a collection is not allowed now."""
        running = self._need_time()
        if running is None:
            return None
        if not running.lesson.asks or base != running.lesson.base:
            raise refusals.refused(running)
        return running

    def need_task(self, task: str, base: str) -> Running | None:
        """Raise PolicyError where a task of the workshop is not allowed now.

        `base` "" is a text of the pupil's own.
        """
        running = self._need_time()
        if running is None:
            return None
        if task not in running.lesson.tasks or base not in ("", running.lesson.base):
            raise refusals.refused(running)
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
            state = self._state()
            if state is not None and not state.damaged:
                self._keep_log(self._add(state, what, data))

    def process_log(self, pupil: str = "") -> ProcessLog | None:
        """Return the log of the lesson, or of the last one; None where none is kept."""
        with self._alone():
            state = self._state() or self._file.last()
            if state is None or state.damaged or not state.lesson.kept:
                return None
            if not self._log.holds(state.entries, state.last_entry):
                self._keep_log(self._logged(state, "restored", {"files": [NAME]}))
            entries = tuple(self._log.entries())
            whole = is_whole(state.lesson, entries)
            return ProcessLog(state.lesson, entries, " ".join(pupil.split()), whole)

    def need_handing_in(self) -> None:
        """Raise PolicyError where exports are locked and anybody could begin the lesson.

        Else one would begin a lesson of one's own and hand in what was answered.
        """
        if self._settings.machine.locked.get("exports", True):
            return
        state = self._file.read() or self._file.last()
        if state is not None and not state.prescribed:
            raise refusals.without_exports(self._settings.machine.who)

    def handed_in(self) -> None:
        """Remember that the log was written to where the pupil wanted it."""
        with self._alone():
            state = self._state()
            if state is not None:
                state = self._add(state, "handed_in", {})
                self._file.write(replace(state, handed_in=True))

    @property
    def was_handed_in(self) -> bool:
        """Whether the log was handed in."""
        state = self._file.read()
        return state is not None and state.handed_in

    # -- inside ----------------------------------------------------------------------

    @property
    def _is_prescribed(self) -> bool:
        return prescribed.is_anything_prescribed(self._settings)

    def _begins(self, lesson: Lesson) -> bool:
        return places.takes_prescribed(self._folder, self._settings, lesson)

    def _elsewhere(self) -> Running | None:
        """Return the lesson that runs in another data folder of this user.

        A prescribed one does not bind the windows of an account that are all private:
        each of them begins it by itself.
        """
        alone = places.is_private_account(self._settings)
        if alone and self._settings.locked(places.ALWAYS_PRIVATE):
            return None
        for folder in places.others(self._folder):
            running = prescribed.binding(folder, self._settings, self._clock())
            if running is None or running.over:
                continue
            if running.prescribed and (alone or self._begins(running.lesson)):
                continue
            return running
        return None

    def _need(self) -> State:
        state = self._state()
        if state is None:
            raise UsageError(
                N_("No lesson is running here."),
                N_("`allmende lesson start` begins one."),
            )
        return state

    def _state(self) -> State | None:
        """Return the lesson that counts here, brought up to date."""
        state = self._file.read()
        if self._is_prescribed:
            state = self._with_prescribed(state)
        return self._now(state)

    def _now(self, state: State | None) -> State | None:
        """Bring a state up to date: time, copies that are gone, the end."""
        if state is None or state.damaged:
            return state
        clock, moved = state.clock.at(self._clock())
        late = clock.now - state.clock.now > _KEEP_S
        new = replace(state, clock=clock, missing=())
        if moved:
            new = self._add(new, "clock", {"seconds": round(moved)})
        if state.missing:
            new = self._add(new, "restored", {"files": list(state.missing)})
        if not state.over and new.running.over:
            new = self._add(replace(new, over=True), "over", {})
        if moved or late or state.missing or new.over != state.over:
            self._file.write(new)
            return new
        # Kept as it was read, so that small steps add up.
        return replace(new, over=state.over)

    def _with_prescribed(self, state: State | None) -> State | None:
        """Put what administrators prescribe in the place of any other lesson."""
        reading = self._clock()
        try:
            lesson = prescribed.due(self._settings, reading.wall)
        except PolicyError:
            if state is None or not state.prescribed:
                raise
            return state  # It has begun, and goes on without its file.
        if lesson is None or (state is not None and state.lesson == lesson):
            return state
        if not self._begins(lesson):
            return state
        if prescribed.is_done(lesson, [self._folder, *places.others(self._folder)]):
            return state
        entries = self._log.entries()
        ours = is_log_of(lesson, entries)
        if state is not None:
            self._put_away(state, with_log=not ours)
        begun, now = reading.wall, reading.wall
        if ours and is_linked(entries):
            begun, now = entries[0].at, max(now, entries[-1].at)
        new = State(lesson, begun, LessonClock(now, reading), prescribed=True)
        if not ours:
            return self._begin(new)
        # It has begun before: somebody took its files away or put others in their place.
        new = self._add(new, "restored", {"files": [*NAMES, NAME]})
        self._file.write(new)
        return new

    def _put_away(self, state: State, with_log: bool) -> None:
        """Make room for another lesson; nothing of this one is lost."""
        name = f"put-away-{checksum(state.lesson)[:16]}"
        self._file.put_away(name)
        if with_log:
            self._log.put_away(name)

    def _forget(self, state: State) -> None:
        if not state.damaged:
            self._file.write_last(state)
        self._file.clear()

    def _add(self, state: State, what: str, data: dict[str, Any]) -> State:
        """Add to the log and return the state that knows of it, for the caller to keep.

        Before, what was done to the log by hand is noted; it is not whole then.
        """
        if not state.lesson.kept or state.damaged:
            return state
        if not state.entries and not self._log.entries():
            # A crash came between.
            state = self._logged_begin(state)
        if not self._log.holds(state.entries, state.last_entry):
            state = self._logged(state, "restored", {"files": [NAME]})
        return self._logged(state, what, data)

    def _logged_begin(self, state: State) -> State:
        return self._logged(state, "begun", {"lesson": checksum(state.lesson)})

    def _logged(self, state: State, what: str, data: dict[str, Any]) -> State:
        entry = self._log.append(state.clock.now, what, data)
        return replace(state, entries=entry.number, last_entry=entry.sha256)

    def _keep_log(self, state: State) -> None:
        """Keep what a state knows of its log, and nothing else."""
        kept = self._file.read()
        if kept is None:
            self._file.write_last(state)
            return
        count, last = state.entries, state.last_entry
        self._file.write(replace(kept, missing=(), entries=count, last_entry=last))

    def _count_wrong(self, state: State) -> None:
        if not state.damaged:
            wrong = state.wrong + 1
            wait = state.clock.now + _WAIT_S if wrong % _TRIES == 0 else 0.0
            self._file.write(replace(state, wrong=wrong, wait_until=wait))
        raise UsageError(
            N_("This is not the code of the lesson."), N_("Check it and try again.")
        )

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
