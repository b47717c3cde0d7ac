"""Figures with no more digits than the method allows.

A band from 0.1 to 0.4 Wh says that not even the first digit is sure; "0.213 Wh" would be
a lie. The value gets as many digits as its band leaves certain: two where the band is
narrower than a tenth of the value, otherwise one.
"""

from __future__ import annotations

import math

from app.literacy.energy.values import Energy

_NARROW = 0.1


def significant(energy: Energy) -> int:
    """Return how many digits the value may be written with: 1 or 2."""
    if energy.joules <= 0:
        return 1
    half_band = (energy.high - energy.low) / 2
    return 2 if half_band / energy.joules <= _NARROW else 1


def rounded(value: float, digits: int) -> float:
    """Return `value` with that many significant digits."""
    if value == 0:
        return 0.0
    place = digits - 1 - math.floor(math.log10(abs(value)))
    return round(value, place)


def written(value: float, digits: int) -> str:
    """Return `value` with that many significant digits, written without an exponent."""
    short = rounded(value, digits)
    if short == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(short))))
    return f"{short:.{places}f}"


def watt_hours(energy: Energy) -> tuple[str, str, str]:
    """Return value, lower and upper end in watt-hours, as sure as they are."""
    digits = significant(energy)
    return (
        written(energy.watt_hours, digits),
        written(energy.low / 3600, digits),
        written(energy.high / 3600, digits),
    )
