"""Programs that do it wrong. A laboratory that finds nothing must show that it could."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.faults.lab import Say
from tests.faults.power import cut
from tests.faults.routes import Route, acknowledged, need
from tests.faults.strike import Tally, Target, kill, refuse


def _said_too_early(home: Path, say: Say) -> None:
    for number in range(20):
        say(f"note {number}")
        (home / f"{number}.txt").write_text(str(number), "utf-8")


def _overwritten(home: Path, say: Say) -> None:
    for number in range(20):
        (home / "0.txt").write_text("0" * (number + 1), "utf-8")
        say("note 0")


def _not_synced(home: Path, say: Say) -> None:
    for number in range(20):
        partial = home / f"{number}.part"
        partial.write_text(str(number), "utf-8")
        partial.rename(home / f"{number}.txt")
        say(f"note {number}")


def _swallowed(home: Path, say: Say) -> None:
    for number in range(20):
        try:
            (home / f"{number}.txt").write_text(str(number), "utf-8")
        except OSError:
            pass
        say(f"note {number}")


def _check(home: Path, said: Sequence[str]) -> None:
    for number in acknowledged(said, "note"):
        text = (home / f"{number}.txt").read_text("utf-8")
        need(text.strip("0") == number.strip("0") and text, f"note {number}")


CONTROLS: tuple[tuple[Route, Callable[[Target, int], Tally]], ...] = (
    (Route("acknowledged before it is written", _said_too_early, _check), kill),
    (Route("overwritten in place", _overwritten, _check), kill),
    (Route("never synced", _not_synced, _check), cut),
    (
        Route("error swallowed", _swallowed, _check),
        lambda target, most: refuse(target, errno.ENOSPC, most),
    ),
)
