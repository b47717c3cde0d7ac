"""A lesson or an exam with Allmende: what is allowed, how long, and its process log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KINDS = ("lesson", "exam")
LESSON, EXAM = KINDS


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a teacher laid down. Times are seconds since 1970 (UTC), 0 for none.

    `base` is the only collection that may be asked, `model` the only model ("": the
    computer's own choice, "none": without one), `tasks` the allowed tasks of the
    workshop. It ends `minutes` after it was begun or at `ends_at`, whatever comes first;
    one of the two is given. `kept` says whether a process log is written. `salt` and
    `lock` (hexadecimal) tell the code from any other; see `classroom.codes`.
    """

    id: str
    name: str
    base: str
    kind: str = LESSON
    model: str = ""
    asks: bool = True
    tasks: tuple[str, ...] = ()
    sources_only: bool = False
    minutes: int = 0
    begins_at: float = 0.0
    ends_at: float = 0.0
    kept: bool = True
    salt: str = ""
    lock: str = ""

    def end(self, started_at: float) -> float:
        """Return when it ends if it was begun at `started_at`."""
        ends = [self.ends_at] if self.ends_at else []
        if self.minutes:
            ends.append(started_at + self.minutes * 60)
        return min(ends)


@dataclass(frozen=True, slots=True)
class Running:
    """A lesson that has begun here and was not left yet.

    `now` is the lesson's own time, which no clock turns back. `prescribed`: whoever
    manages the computer laid it down. `damaged`: what is kept of it was changed by hand,
    so that nothing is allowed until the code is given.
    """

    lesson: Lesson
    started_at: float
    ends_at: float
    now: float
    prescribed: bool = False
    damaged: bool = False

    @property
    def over(self) -> bool:
        """Whether its time is up."""
        return self.now >= self.ends_at and not self.damaged

    @property
    def left_s(self) -> float:
        """How many seconds are left."""
        return max(0.0, self.ends_at - self.now)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing that happened. `what` is one of `WHAT`, `data` belongs to it.

    `at` is the lesson's time, `sha256` covers the entry and the one before it.
    """

    number: int
    at: float
    what: str
    data: dict[str, Any]
    before: str
    sha256: str


WHAT = (
    "begun",
    "opened",
    "asked",
    "answered",
    "made",
    "clock",
    "restored",
    "over",
    "handed_in",
    "ended",
)


@dataclass(frozen=True, slots=True)
class ProcessLog:
    """What a pupil hands in: the lesson and all that happened in it.

    `whole` says whether each entry fits the one before it.
    """

    lesson: Lesson
    entries: tuple[LogEntry, ...]
    pupil: str = ""
    whole: bool = True
