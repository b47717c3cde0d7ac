"""What the energy meter says: sources, states, methods, and one sentence for a result."""

from __future__ import annotations

from collections.abc import Callable

from app.i18n import N_
from app.literacy.energy import battery, rapl
from app.literacy.energy.nvml import find_nvml
from app.literacy.energy.rounding import watt_hours
from app.literacy.energy.values import BATTERY, ESTIMATE, NVML, RAPL, Energy

SOURCES = {
    RAPL: N_("Counter of the processor (RAPL)"),
    NVML: N_("Counter of the graphics card (NVML)"),
    BATTERY: N_("Sensor of the battery"),
}
STATES = {
    rapl.READABLE: N_("can be read"),
    rapl.FORBIDDEN: N_("is there, but only administrators may read it"),
    rapl.MISSING: N_("is not there"),
}
METHODS = {
    RAPL: N_("measured at the processor"),
    NVML: N_("measured at the graphics card"),
    f"{RAPL}+{NVML}": N_("measured at processor and graphics card"),
    BATTERY: N_("measured at the battery, the whole device"),
    ESTIMATE: N_("estimated from computing time, right to a factor of two"),
}
UDEV_HELP = N_(
    "An administrator can let a group read it with a udev rule; Allmende itself never asks"
    " for more rights."
)
ESTIMATE_HELP = N_(
    "Without a sensor, Allmende estimates from computing time; the true value lies between"
    " half and double."
)
Say = Callable[..., str]


def energy_text(
    found: Energy, say: Say, figure: Callable[[str], str] = lambda written: written
) -> str:
    """Return what something used as one sentence, as sure as the method and no more.

    `figure` writes a number as the language does.
    """
    value, low, high = map(figure, watt_hours(found))
    return say(
        N_("This answer took about {value} Wh ({low} to {high} Wh), {method}."),
        value=value,
        low=low,
        high=high,
        method=say(METHODS.get(found.method, METHODS[ESTIMATE])),
    )


def source_states() -> dict[str, str]:
    """Return for each source whether it is "readable", "forbidden" or "missing"."""
    has_card = find_nvml() is not None
    discharging = battery.discharge_watts() is not None
    return {
        RAPL: rapl.state(),
        NVML: rapl.READABLE if has_card else rapl.MISSING,
        BATTERY: rapl.READABLE if discharging else rapl.MISSING,
    }
