"""A lesson's own time: it goes on with the computer and no clock turns it back.

While the computer runs, its ticks count and the clock is not believed, whichever way it
is set. Across a restart only the clock is left; what it lost is not given back.

Invariant: the lesson's time never goes backwards (`tests/classroom/test_clock.py`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

# A clock that is corrected over the network moves by less.
NOTICED_S = 90.0
_BOOT_FILE = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the computer says: the clock (s, UTC), its ticks (s) and which start it was."""

    wall: float
    ticks: float
    boot: str


@dataclass(frozen=True, slots=True)
class LessonClock:
    """The lesson's time when the computer was read last."""

    now: float
    last: Reading

    def at(self, reading: Reading) -> tuple[LessonClock, float]:
        """Return the clock now, and by how many seconds somebody set the computer's.

        0 where nobody did, as far as one can see.
        """
        last = self.last
        by_clock = reading.wall - last.wall
        if _same_start(last, reading):
            passed = max(0.0, reading.ticks - last.ticks)
            moved = by_clock - passed
        else:
            passed = max(0.0, by_clock)
            moved = min(0.0, by_clock)
        moved = moved if abs(moved) > NOTICED_S else 0.0
        return LessonClock(self.now + passed, reading), moved


def _same_start(last: Reading, now: Reading) -> bool:
    return last.boot == now.boot and now.ticks >= last.ticks


def read_clock() -> Reading:
    """Return what the computer says now. Ticks go on while it sleeps, where known."""
    return Reading(time.time(), _ticks(), _boot())


def _boot() -> str:
    try:
        return _BOOT_FILE.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _ticks() -> float:
    asleep_too = getattr(time, "CLOCK_BOOTTIME", None)
    if asleep_too is None:
        return time.monotonic()
    return time.clock_gettime(asleep_too)
