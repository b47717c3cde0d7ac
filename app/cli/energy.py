"""`allmende energy`: what this computer can tell of its power, and what an answer costs."""

from __future__ import annotations

import argparse
import contextlib
import threading
from collections.abc import Iterator

from app.cli.ask import answered, base_of
from app.cli.output import progress, say, say_json
from app.errors import UsageError
from app.i18n import N_, translate
from app.inference.hardware import physical_cores, tree_cpu_seconds
from app.literacy.energy import rapl
from app.literacy.energy.meter import Meter, find_counters
from app.literacy.energy.rounding import watt_hours
from app.literacy.energy.values import ESTIMATE, RAPL, Energy
from app.literacy.energy.words import (
    ESTIMATE_HELP,
    SOURCES,
    STATES,
    UDEV_HELP,
    energy_text,
    source_states,
)
from app.services import build_services


def energy(options: argparse.Namespace) -> int:
    """Show what can be measured here or, with a question, what its answer costs."""
    if not options.question:
        return _show_sources(options.json)
    if not options.docs and not options.base:
        raise UsageError(
            N_("A question needs documents to answer from."),
            N_("Add --docs PATH or --base NAME."),
        )
    found = _measure(options)
    value, low, high = watt_hours(found)
    if options.json:
        say_json(
            {
                "question": options.question,
                "energy_wh": float(value),
                "low_wh": float(low),
                "high_wh": float(high),
                "method": found.method,
                "seconds": round(found.seconds, 1),
                "whole_machine": found.whole_machine,
            }
        )
        return 0
    say()
    say(energy_text(found, translate))
    return 0


def _measure(options: argparse.Namespace) -> Energy:
    meter = Meter(find_counters(), physical_cores())
    services = build_services()
    try:
        base = base_of(services, options)
        if meter.methods:
            progress(translate(N_("Measuring the computer at rest …")))
            meter.learn_idle()
            progress("")
        before = tree_cpu_seconds()
        meter.start()
        with _sampling(meter):
            answered(services, base, options)
        return meter.stop(tree_cpu_seconds() - before)
    finally:
        services.close()


@contextlib.contextmanager
def _sampling(meter: Meter) -> Iterator[None]:
    """Look at the counters every second: a battery tells power, not energy."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(1.0):
            meter.sample()

    thread = threading.Thread(target=look, name="energy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _show_sources(as_json: bool) -> int:
    states = source_states()
    if as_json:
        usable = [name for name, state in states.items() if state == rapl.READABLE]
        say_json({"sources": states, "method": "+".join(usable) or ESTIMATE})
        return 0
    for name, state in states.items():
        say(f"{translate(SOURCES[name])}: {translate(STATES[state])}")
    if states[RAPL] == rapl.FORBIDDEN:
        say(translate(UDEV_HELP))
    if rapl.READABLE not in states.values():
        say(translate(ESTIMATE_HELP))
    return 0
