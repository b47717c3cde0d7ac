"""The processor's own counter (RAPL), as Linux shows it in the powercap folder.

`/sys/class/powercap/intel-rapl:N/energy_uj` counts microjoules of one processor package
and begins again at 0 behind `max_energy_range_uj`; AMD uses the same names. Sub-zones
(`intel-rapl:0:1`) are parts of their package and never added to it. Since 2020
(CVE-2020-8694) most systems let only root read it; we never ask for that right, we say
how an administrator can give it. Source: Linux, Documentation/power/powercap.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.literacy.energy.values import RAPL

POWERCAP = Path("/sys/class/powercap")
MISSING, FORBIDDEN, READABLE = "missing", "forbidden", "readable"

_PACKAGE = re.compile(r"intel-rapl:\d+")
_MICRO = 1e-6


class Rapl:
    """The sum of all processor packages. Reading it often enough sees every wrap."""

    name = RAPL

    def __init__(self, root: Path = POWERCAP) -> None:
        self._zones = [_Zone(folder) for folder in _packages(root)]

    def read(self) -> float | None:
        """Return joules since the first reading, or None when one package is silent."""
        counted = [zone.read() for zone in self._zones]
        known = [joules for joules in counted if joules is not None]
        if not known or len(known) < len(counted):
            return None
        return sum(known)


def state(root: Path = POWERCAP) -> str:
    """Tell whether the counter is "missing", "forbidden" or "readable"."""
    packages = _packages(root)
    if not packages:
        return MISSING
    try:
        for folder in packages:
            (folder / "energy_uj").read_text("ascii")
    except PermissionError:
        return FORBIDDEN
    except OSError:
        return MISSING
    return READABLE


class _Zone:
    """One package. Its counter wraps; ours does not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: int | None = None
        self._total = 0

    def read(self) -> float | None:
        now = _number(self._folder / "energy_uj")
        if now is None:
            return None
        if self._last is not None:
            step = now - self._last
            if step < 0:
                range_ = _number(self._folder / "max_energy_range_uj")
                if not range_ or self._last > range_:
                    # A counter without a known range was set back: start anew.
                    self._last = now
                    return None
                step += range_
            self._total += step
        self._last = now
        return self._total * _MICRO


def _packages(root: Path) -> list[Path]:
    try:
        return sorted(f for f in root.iterdir() if _PACKAGE.fullmatch(f.name))
    except OSError:
        return []


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
