"""Energy with its uncertainty. Joules inside; faces show watt-hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

RAPL, NVML, BATTERY, ESTIMATE = "rapl", "nvml", "battery", "estimate"


@dataclass(frozen=True, slots=True)
class Energy:
    """What something used, in joules: the value and the band it surely lies in.

    `method`: "rapl", "nvml", "battery", "rapl+nvml" or "estimate". `seconds`: how long
    it took. `whole_machine`: what other programs used meanwhile is within.
    """

    joules: float
    low: float
    high: float
    method: str
    seconds: float
    whole_machine: bool = True

    @property
    def watt_hours(self) -> float:
        """The value in watt-hours."""
        return self.joules / 3600


class Counter(Protocol):
    """A source that counts energy upwards. `name` is the method it stands for."""

    name: str

    def read(self) -> float | None:
        """Return the joules counted so far, or None when it cannot be read now.

        Only differences of two readings mean anything.
        """
        ...
