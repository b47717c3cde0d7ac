"""Counts the gaps of the event loop while the window is busy, and finds their cause.

A timer ticks every 5 ms; the time between two ticks is a gap. For each gap the time is
kept that this thread and the whole process have computed meanwhile: a long gap in which
the process computed little was made by other programs. `blame` prints where the program
stood in gaps of more than 30 ms.
"""

from __future__ import annotations

import gc
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil
from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer

MOST_MS, WORST_MS = 16.0, 100.0
_TICK_MS = 5
_SILENT_S = 0.03
_ROOT = str(Path(__file__).parents[2]) + "/"
_TRIES = 3
_BUSY_PERCENT = 15.0


@dataclass(frozen=True, slots=True)
class Gap:
    """The time between two ticks, and who computed meanwhile (all in ms)."""

    ms: float
    thread_ms: float
    process_ms: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report: what was measured, the result, its mark."""

    name: str
    text: str
    mark: str
    fine: bool

    def show(self) -> Figure:
        """Print it, and hand it on."""
        verdict = "ok" if self.fine else "TOO MUCH"
        print(f"{self.name:<52} {self.text:<46} {verdict}", flush=True)
        return self


class Stopwatch:
    """Times what is done within it, on the wall's clock and on the processor's."""

    def __init__(self) -> None:
        self._ms: list[float] = []
        self._computed_ms: list[float] = []
        self._before = (0.0, 0.0, 0.0)

    def __enter__(self) -> None:
        self._before = _clocks()

    def __exit__(self, *_error: object) -> None:
        now = _clocks()
        self._ms.append((now[0] - self._before[0]) * 1000)
        self._computed_ms.append((now[2] - self._before[2]) * 1000)

    def figure(self, name: str, most_ms: float) -> Figure:
        """Return the median, which may be `most_ms`."""
        median = statistics.median(self._ms)
        text = (
            f"median {median:.0f}, worst {max(self._ms):.0f} ms"
            f" ({statistics.median(self._computed_ms):.0f} ms computed)"
        )
        return Figure(name, text, f"{most_ms:.0f} ms", median < most_ms)


class Watchdog:
    """Counts the gaps of the event loop while something else goes on."""

    def __init__(self, blame: bool = False) -> None:
        self.gaps: list[Gap] = []
        self.others_percent = 0.0
        self._before = (0.0, 0.0, 0.0)
        self._blame = Blame() if blame else None
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        now = _clocks()
        gap = Gap(*((b - a) * 1000 for a, b in zip(self._before, now, strict=True)))
        self.gaps.append(gap)
        if self._blame is not None:
            self._blame.tick(gap)
        self._before = now

    def watch(self, done: Callable[[], bool], most_s: float = 240.0) -> None:
        """Run the event loop until `done`."""
        self.gaps.clear()
        # What was made ready before the measuring is not cleared away within it.
        gc.collect()
        others = _Others()
        until = time.monotonic() + most_s
        self._before = _clocks()
        self._timer.start(_TICK_MS)
        while not done() and time.monotonic() < until:
            QCoreApplication.processEvents(
                QEventLoop.ProcessEventsFlag.WaitForMoreEvents
            )
        self._timer.stop()
        # The last gap counts too: no tick may have come since something long.
        self._tick()
        self.others_percent = others.percent()
        if time.monotonic() >= until:
            raise TimeoutError(f"not done within {most_s:.0f} s")

    def figure(self, name: str, most_ms: float = MOST_MS) -> Figure:
        """Return what was measured last; 99 % of the gaps may have `most_ms`."""
        gaps = sorted(gap.ms for gap in self.gaps)
        p99 = gaps[int(len(gaps) * 0.99)]
        worst = max(self.gaps, key=lambda gap: gap.ms)
        text = (
            f"median {statistics.median(gaps):.1f}, 99 % {p99:.1f},"
            f" worst {worst.ms:.0f} ms"
            f" ({worst.process_ms:.0f} ms computed)"
        )
        fine = p99 < most_ms and worst.ms < WORST_MS
        return Figure(
            name, text, f"99 % < {most_ms:.0f} ms, worst < {WORST_MS:.0f} ms", fine
        )


def repeated(measure: Callable[[], Figure], dog: Watchdog) -> Figure:
    """Measure; again where the mark was missed while other programs computed a lot."""
    for _ in range(_TRIES - 1):
        figure = measure()
        if figure.fine or dog.others_percent < _BUSY_PERCENT:
            return figure.show()
        figure.show()
        print(
            f"  again: other programs took {dog.others_percent:.0f} % of the computer"
        )
    return measure().show()


def _clocks() -> tuple[float, float, float]:
    return time.perf_counter(), time.thread_time(), time.process_time()


class _Others:
    """How much of the computer is used by programs that are not ours."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._all, self._ours = self._used()

    def percent(self) -> float:
        """Return their share of all processors since the beginning."""
        everything, ours = self._used()
        passed = (time.monotonic() - self._began) * (psutil.cpu_count() or 1)
        others = (everything - self._all) - (ours - self._ours)
        return max(0.0, others / passed * 100)

    def _used(self) -> tuple[float, float]:
        times = psutil.cpu_times()
        here = psutil.Process()
        ours = 0.0
        for process in (here, *here.children(recursive=True)):
            used = process.cpu_times()
            ours += used.user + used.system
        # Time that the machine below gave to others counts as theirs.
        stolen = getattr(times, "steal", 0.0)
        return times.user + times.system + stolen, ours


class Blame:
    """Prints where the program stood when the loop was silent for 30 ms.

    A signal interrupts the main thread every 3 ms: unlike another thread it never holds
    what a frame owns, a painter for instance, longer than the frame itself does. While
    Qt works it waits; then the line of ours shows that is reached right after.
    """

    def __init__(self) -> None:
        self._stacks: Counter[str] = Counter()
        self._last_s = time.perf_counter()
        self._main = threading.get_ident()
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)

    def tick(self, gap: Gap) -> None:
        """Print the stacks of the gap that ends now, and wait for the next."""
        self._last_s = time.perf_counter()
        found, self._stacks = self._stacks, Counter()
        if gap.ms > _SILENT_S * 1000:
            print(
                f"--- {gap.ms:.0f} ms: this thread computed {gap.thread_ms:.0f} ms,"
                f" the process {gap.process_ms:.0f} ms"
            )
            for stack, times in found.most_common(6):
                print(f"  {times:>3} × {stack}", flush=True)

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        if time.perf_counter() - self._last_s < 2 * _TICK_MS / 1000:
            return
        self._stacks[_ours(frame)] += 1
        others = sys._current_frames()
        # This very frame would hold itself, and a painter further up with it.
        del others[self._main]
        for stack in map(_ours, others.values()):
            if stack:
                self._stacks[f"(beside) {stack}"] += 1


def _ours(frame: FrameType | None) -> str:
    """Return the lines of ours in a stack, innermost first; "" where it only waits."""
    lines: list[str] = []
    code = frame.f_code if frame else None
    if code is None or code.co_name in {"wait", "_recv", "__iter__"}:
        return ""
    while frame is not None and len(lines) < 7:
        path = frame.f_code.co_filename
        if path.startswith(_ROOT) and "/.venv/" not in path:
            short = path.removeprefix(_ROOT).removeprefix("app/")
            lines.append(f"{short}:{frame.f_lineno} {frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(lines)
