"""Whether the computer is short of energy, so that nothing is computed on the off chance."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import psutil

_LOW_PERCENT = 30
_PROFILE = Path("/sys/firmware/acpi/platform_profile")
_SAVING = ("low-power", "quiet")


def saves_energy() -> bool:
    """Tell whether the battery is low or the system was told to save energy."""
    battery = getattr(psutil, "sensors_battery", lambda: None)()
    if battery is not None and not battery.power_plugged:
        return battery.percent < _LOW_PERCENT or _saver_is_on()
    return _saver_is_on()


def _saver_is_on() -> bool:
    if sys.platform == "win32":
        # SYSTEM_POWER_STATUS: four bytes, of which the last tells of the saver.
        status = (ctypes.c_ubyte * 12)()
        known = ctypes.windll.kernel32.GetSystemPowerStatus(ctypes.byref(status))
        return bool(known) and status[3] == 1
    try:
        return _PROFILE.read_text("ascii").strip() in _SAVING
    except (OSError, ValueError):
        return False
