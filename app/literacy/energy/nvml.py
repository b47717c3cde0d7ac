"""NVIDIA cards through their driver's library (NVML), loaded only where it is there.

`nvmlDeviceGetTotalEnergyConsumption` counts millijoules since the driver was loaded
(Volta and newer); no package is needed, a few calls through ctypes do. A missing library,
driver or counter is no error: there is simply no such source. API: NVIDIA, "NVML API
Reference Guide".
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

from app.literacy.energy.values import NVML

_LIBRARY = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
_SUCCESS = 0
_MILLI = 1e-3
_MOST_CARDS = 64


class Nvml:
    """All cards that count energy, summed."""

    name = NVML

    def __init__(self, library: Any) -> None:
        self._library = library
        self._cards = _counting(library)

    def read(self) -> float | None:
        """Return joules since the driver was loaded, or None without such a card."""
        counted = [_millijoules(self._library, card) for card in self._cards]
        known = [value for value in counted if value is not None]
        if not known or len(known) < len(counted):
            return None
        return sum(known) * _MILLI


def find_nvml(load: Callable[[str], Any] = ctypes.CDLL) -> Nvml | None:
    """Return the source, or None where no driver, card or counter is there."""
    try:
        library = load(_LIBRARY)
        if library.nvmlInit_v2() != _SUCCESS:
            return None
        source = Nvml(library)
    except (OSError, AttributeError):
        return None
    return source if source.read() is not None else None


def _counting(library: Any) -> list[ctypes.c_void_p]:
    count = ctypes.c_uint(0)
    if library.nvmlDeviceGetCount_v2(ctypes.byref(count)) != _SUCCESS:
        return []
    cards = []
    for number in range(min(count.value, _MOST_CARDS)):
        card = ctypes.c_void_p()
        done = library.nvmlDeviceGetHandleByIndex_v2(number, ctypes.byref(card))
        if done == _SUCCESS and _millijoules(library, card) is not None:
            cards.append(card)
    return cards


def _millijoules(library: Any, card: ctypes.c_void_p) -> int | None:
    value = ctypes.c_ulonglong(0)
    done = library.nvmlDeviceGetTotalEnergyConsumption(card, ctypes.byref(value))
    return int(value.value) if done == _SUCCESS else None
