"""The battery's own sensor: what the whole device draws, while it is unplugged.

Linux shows either energy (`energy_now`, microwatt-hours) and power (`power_now`,
microwatts), or charge and current (`charge_now`, `current_now`) with a voltage in
microvolts. Sources: Linux, Documentation/ABI/testing/sysfs-class-power. The energy
counter moves in coarse steps, so power is summed over time where it can be read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from app.literacy.energy.values import BATTERY

POWER_SUPPLY = Path("/sys/class/power_supply")

_MICRO = 1e-6


class Battery:
    """Joules drawn from all batteries, summed from their power between readings."""

    name = BATTERY

    def __init__(
        self, root: Path = POWER_SUPPLY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._root = root
        self._clock = clock
        self._total = 0.0
        self._last: tuple[float, float] | None = None

    def read(self) -> float | None:
        """Return joules since the first reading; None while plugged in or unreadable."""
        watts = discharge_watts(self._root)
        if watts is None:
            self._last = None
            return None
        now = self._clock()
        if self._last is not None:
            before, earlier = self._last
            # The trapezium between two readings of a slowly changing power.
            self._total += (watts + before) / 2 * (now - earlier)
        self._last = watts, now
        return self._total


def discharge_watts(root: Path = POWER_SUPPLY) -> float | None:
    """Return what the device draws from its batteries now, or None.

    None also when it is charging: the sensor then tells what goes in, not what is used.
    """
    try:
        folders = sorted(root.glob("BAT*"))
    except OSError:
        return None
    states = [_text(folder / "status") for folder in folders]
    if "Discharging" not in states or "Charging" in states:
        return None
    found = [
        _watts(folder)
        for folder, state in zip(folders, states, strict=True)
        if state == "Discharging"
    ]
    known = [watts for watts in found if watts is not None]
    return sum(known) if known and len(known) == len(found) else None


def remaining_joules(root: Path = POWER_SUPPLY) -> float | None:
    """Return what all batteries together still hold, or None where none tells."""
    total, seen = 0.0, False
    for folder in sorted(root.glob("BAT*")):
        energy = _number(folder / "energy_now")
        if energy is None:
            charge, volts = (
                _number(folder / "charge_now"),
                _number(folder / "voltage_now"),
            )
            if charge is None or volts is None:
                return None
            energy = charge * volts * _MICRO
        total += energy * _MICRO * 3600
        seen = True
    return total if seen else None


def _watts(folder: Path) -> float | None:
    power = _number(folder / "power_now")
    if power is None:
        current, volts = (
            _number(folder / "current_now"),
            _number(folder / "voltage_now"),
        )
        if current is None or volts is None:
            return None
        power = current * volts * _MICRO
    # Some drivers count what leaves the battery as negative.
    watts = abs(power) * _MICRO
    return watts or None


def _number(path: Path) -> float | None:
    try:
        return float(int(path.read_text("ascii")))
    except (OSError, ValueError):
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""
