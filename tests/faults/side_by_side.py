"""Runs series of faults side by side, each in a forked child of its own.

What is loaded already need not be loaded again, and a library that only one series
loads makes only that child large. Each series has a folder of its own.

Invariant: a series that dies is a loss in the table, never a line that is missing.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.strike import Tally


@dataclass(frozen=True, slots=True)
class Series:
    """One line of the tables: `run(folder)` makes the faults and counts.

    `wants_losses` for a control, which must lose something. `least` is how many faults
    the mark asks for.
    """

    part: str
    what: str
    run: Callable[[Path], Tally]
    wants_losses: bool = False
    least: int = 0


def side_by_side(
    all_: Sequence[Series], root: Path, at_once: int
) -> Iterator[tuple[int, Tally]]:
    """Yield the number of each series and what it did, as they end."""
    waiting = list(enumerate(all_))
    running: dict[int, int] = {}
    while waiting or running:
        while waiting and len(running) < at_once:
            number, series = waiting.pop(0)
            running[_started(series, root / str(number))] = number
        pid, status = os.wait()
        if pid not in running:
            continue
        number = running.pop(pid)
        yield number, _told_by(root / str(number), status)
        shutil.rmtree(root / str(number), ignore_errors=True)


def _started(series: Series, folder: Path) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        folder.mkdir(parents=True)
        try:
            tally = series.run(folder)
        except BaseException:  # whatever it is, it is a finding
            tally = Tally(lost=[traceback.format_exc()[-1500:]])
        (folder / "tally").write_text(json.dumps(asdict(tally)), "utf-8")
        code = 0
    finally:
        sys.stdout.flush()
        os._exit(code)


def _told_by(folder: Path, status: int) -> Tally:
    try:
        return Tally(**json.loads((folder / "tally").read_text("utf-8")))
    except (OSError, ValueError):
        return Tally(lost=[f"the series ended with status {status}"])
