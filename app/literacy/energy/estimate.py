"""Energy by a rule of thumb, where no sensor may be read: time × power.

An answer keeps some cores busy; each adds its share of what the processor draws at most
above idle. The powers are typical of classes of devices and wrong by up to a factor of two
for a given one, so the band reaches from half to double.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.literacy.energy.values import ESTIMATE, Energy

# Watts above idle with all cores busy, by class of device.
LAPTOP_WATTS = 22.0
DESKTOP_WATTS = 65.0
_FACTOR = 2.0


@dataclass(frozen=True, slots=True)
class Work:
    """What an answer kept busy: wall time, processor time of all threads, cores."""

    seconds: float
    cpu_seconds: float
    cores: int


def estimate(work: Work, full_watts: float = LAPTOP_WATTS) -> Energy:
    """Return the estimated energy of some work.

    `full_watts`: what the processor draws above idle with all its cores busy.
    """
    cores = max(1, work.cores)
    busy = min(max(0.0, work.cpu_seconds), max(0.0, work.seconds) * cores)
    joules = busy / cores * full_watts
    return Energy(
        joules, joules / _FACTOR, joules * _FACTOR, ESTIMATE, work.seconds, False
    )
