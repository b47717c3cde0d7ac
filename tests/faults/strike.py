"""Strikes each route at every n-th call: killed, cut in two, refused by the disk."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.lab import COUNT, KILL, ON, ONCE, TORN, Fault, Outcome, Say, forked
from tests.faults.routes import SERVER, Route

_OF_MANY = 200
# An error that the program turns into a sentence is what is wanted.
_SENTENCES = ("app.errors.", "SystemExit")


@dataclass(slots=True)
class Tally:
    """What the faults of one route did."""

    calls: int = 0
    struck: int = 0
    told: int = 0
    lost: list[str] = field(default_factory=list)
    seconds: float = 0.0


@contextmanager
def file_server(file: Path) -> Iterator[None]:
    """Serve one file on this computer, from a process of its own."""
    command = [sys.executable, "-m", "tests.faults.serving", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        os.environ[SERVER] = process.stdout.readline().strip()
        try:
            yield
        finally:
            process.terminate()


class Target:
    """A route in a folder that is made anew before every fault."""

    def __init__(self, route: Route, root: Path) -> None:
        self.route = route
        self.root = root / route.name.replace(" ", "-")
        self.home = self.root / "home"
        self.before = self.root / "before"
        shutil.rmtree(self.root, ignore_errors=True)
        self.home.mkdir(parents=True)
        made = forked(lambda home, _say: route.prepare(home), self.home)
        if made.trouble:
            raise RuntimeError(made.trouble)
        self.home.rename(self.before)

    def reset(self) -> None:
        """Put back what was there before."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.before, self.home)

    def run(self, fault: Fault, record: Path | None = None) -> Outcome:
        """Do the route's work from the beginning, with a fault."""
        self.reset()
        return forked(self.route.work, self.home, fault, record)

    def lost(self, said: tuple[str, ...]) -> str:
        """Return what is missing now, "" for nothing."""

        def check(home: Path, _say: Say) -> None:
            self.route.check(home, said)

        return forked(check, self.home).trouble


def points(calls: int, most: int) -> list[int]:
    """Return numbers of calls: all of them, or so many at even distances."""
    if calls <= most:
        return list(range(1, calls + 1))
    return sorted({1 + round(i * (calls - 1) / (most - 1)) for i in range(most)})


def kill(target: Target, most: int) -> Tally:
    """Kill at every call; every second time only after half of what it writes.

    Where there are fewer calls than `most`, both are done at each of them.
    """

    def faults(calls: int) -> list[Fault]:
        modes = (KILL, TORN)
        if calls < most:
            return [Fault(mode, n) for n in range(1, calls + 1) for mode in modes]
        return [Fault(modes[n % 2], n) for n in points(calls, most)]

    return _strike(target, faults)


def refuse(target: Target, error: int, most: int) -> Tally:
    """Let every call fail, once or from then on in turns (each error in its own).

    Of routes with more than `most` calls only so many fail, at even distances.
    """

    def faults(calls: int) -> list[Fault]:
        turn = error == errno.ENOSPC
        modes = (ONCE, ON)
        chosen = points(calls, most if calls <= most else min(most, _OF_MANY))
        return [Fault(modes[(n + turn) % 2], n, error) for n in chosen]

    return _strike(target, faults)


def _strike(target: Target, faults_of: Callable[[int], list[Fault]]) -> Tally:
    began_s = time.monotonic()
    whole = target.run(Fault(COUNT))
    tally = Tally(whole.calls)
    problem = whole.trouble or target.lost(whole.said)
    if problem:
        raise RuntimeError(f"{target.route.name} without a fault: {problem}")
    for fault in faults_of(whole.calls):
        outcome = target.run(fault)
        tally.struck += 1
        trouble = outcome.trouble
        if trouble and any(name in trouble for name in _SENTENCES):
            tally.told += 1
            trouble = ""
        trouble = trouble or target.lost(outcome.said)
        if trouble:
            tally.lost.append(f"{target.route.name}, {fault}: {trouble}")
    tally.seconds = time.monotonic() - began_s
    return tally
