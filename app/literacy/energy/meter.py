"""Measuring one answer: the best source there is, less what the idle computer uses.

Best is what counts in hardware: processor (RAPL) and graphics card (NVML) together, then
the battery, which knows the whole device but only slowly; without any, an estimate. A
source that fails in between is never patched up: the estimate takes its place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.literacy.energy.battery import Battery
from app.literacy.energy.estimate import LAPTOP_WATTS, Work, estimate
from app.literacy.energy.nvml import find_nvml
from app.literacy.energy.rapl import READABLE, Rapl, state
from app.literacy.energy.values import BATTERY, NVML, RAPL, Counter, Energy

IDLE_SECONDS = 5.0
# Half width of the band as a share of the value: the counters themselves are good to a
# few percent (RAPL, NVML), the rest is what other programs did meanwhile.
_SHARES = {RAPL: 0.15, NVML: 0.10, BATTERY: 0.30}
# A battery's sensor settles slowly; a shorter measurement says nothing.
_SHORTEST = {RAPL: 0.2, NVML: 0.5, BATTERY: 10.0}


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at all counters. `joules` is in the order of the counters."""

    at: float
    joules: tuple[float | None, ...]


class Meter:
    """Measures between `start` and `stop`; `learn_idle` makes it take off the idle power.

    `sample` keeps slow or wrapping counters up to date and is called every second or so
    while something long runs.
    """

    def __init__(
        self,
        counters: Sequence[Counter],
        cores: int,
        clock: Callable[[], float] = time.monotonic,
        full_watts: float = LAPTOP_WATTS,
    ) -> None:
        self._counters = tuple(counters)
        self._cores = cores
        self._clock = clock
        self._full_watts = full_watts
        self._idle: tuple[float | None, ...] = (None,) * len(self._counters)
        self._started: Reading | None = None
        self._failed: set[int] = set()

    @property
    def methods(self) -> tuple[str, ...]:
        """The names of the sources, best first; none means estimates."""
        return tuple(counter.name for counter in self._counters)

    def learn_idle(self, wait: Callable[[float], None] = time.sleep) -> None:
        """Measure what the computer uses while nothing is asked of it."""
        before = self.sample()
        wait(IDLE_SECONDS)
        after = self.sample()
        seconds = after.at - before.at
        self._idle = tuple(
            (late - early) / seconds
            if early is not None and late is not None and seconds > 0
            else None
            for early, late in zip(before.joules, after.joules, strict=True)
        )

    def start(self) -> None:
        """Begin a measurement."""
        self._failed.clear()
        self._started = self.sample()

    def sample(self) -> Reading:
        """Look at all counters now."""
        at = self._clock()
        joules = tuple(counter.read() for counter in self._counters)
        self._failed.update(n for n, value in enumerate(joules) if value is None)
        return Reading(at, joules)

    def stop(self, cpu_seconds: float) -> Energy:
        """End it. `cpu_seconds`: processor time of what is measured, for the estimate.

        Raises RuntimeError when nothing was started.
        """
        if self._started is None:
            raise RuntimeError("not started")
        before, after = self._started, self.sample()
        self._started = None
        seconds = after.at - before.at
        measured = [
            found
            for place, counter in enumerate(self._counters)
            if (found := self._used(counter, place, before, after)) is not None
        ]
        hardware = [energy for energy in measured if energy.method != BATTERY]
        whole = hardware or [e for e in measured if e.method == BATTERY]
        if whole and (not hardware or any(e.method == RAPL for e in hardware)):
            return _together(whole, seconds)
        return estimate(Work(seconds, cpu_seconds, self._cores), self._full_watts)

    def _used(
        self, counter: Counter, place: int, before: Reading, after: Reading
    ) -> Energy | None:
        early, late = before.joules[place], after.joules[place]
        seconds = after.at - before.at
        if place in self._failed or early is None or late is None or late < early:
            return None
        if seconds < _SHORTEST.get(counter.name, 0.0):
            return None
        used, idle = late - early, self._idle[place]
        share = _SHARES.get(counter.name, 0.3)
        if idle is None:
            # What belongs to the answer cannot be told from what would have been used
            # anyway: anything down to nothing is possible.
            return Energy(used, 0.0, used * (1 + share), counter.name, seconds)
        base = idle * seconds
        net = max(0.0, used - base)
        # The idle power varies as much as the counter is unsure.
        band = share * net + 0.1 * base
        return Energy(net, max(0.0, net - band), net + band, counter.name, seconds)


def find_counters() -> tuple[Counter, ...]:
    """Return the sources that can be read on this computer, best first."""
    found: list[Counter] = []
    if state() == READABLE:
        found.append(Rapl())
    if (cards := find_nvml()) is not None:
        found.append(cards)
    battery = Battery()
    if battery.read() is not None:
        found.append(battery)
    return tuple(found)


def _together(parts: Sequence[Energy], seconds: float) -> Energy:
    return Energy(
        sum(part.joules for part in parts),
        sum(part.low for part in parts),
        sum(part.high for part in parts),
        "+".join(part.method for part in parts),
        seconds,
    )
