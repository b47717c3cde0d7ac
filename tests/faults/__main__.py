"""Make bad days and count what they cost: `python -m tests.faults`, or `make faults`.

    python -m tests.faults [--quick] [--part NAME …] [--route NAME …] [--write]

`--quick` tries a few faults of each kind, in a minute or two; without it every route is
killed at 220 calls, refused by the disk at 220 and cut off from power 220 times. `--write`
writes what came out into `tests/faults/README.md`.
"""

from __future__ import annotations

from tests.faults.lab import start_with_shim

if __name__ == "__main__":
    start_with_shim("tests.faults")

import argparse
import errno
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from app.workers.worker import quieten_environment
from tests.bench.table import Row, save
from tests.faults import power, rot, strike, world
from tests.faults.controls import CONTROLS
from tests.faults.routes import CACHED, ROUTES, Route, warm_up, write_model
from tests.faults.strike import Tally, Target

README = Path(__file__).with_name("README.md")
_MEMORY = Path("/dev/shm")
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Size:
    """How many faults of each kind."""

    kills: int
    refusals: int
    cuts: int
    cached: int
    ways: int
    places: int
    starts: int


FULL = Size(220, 110, 220, 40, rot.WAYS, rot.PLACES, 8)
QUICK = Size(12, 6, 12, 3, 8, 20, 2)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one series did; `wants_losses` for a control, which must lose something."""

    part: str
    what: str
    tally: Tally
    wants_losses: bool = False

    @property
    def is_met(self) -> bool:
        """Whether nothing was lost, or of a control something."""
        return bool(self.tally.lost) == self.wants_losses

    def row(self) -> Row:
        """Return its line of the table."""
        tally = self.tally
        told = f", {tally.told} told in a sentence" if tally.told else ""
        of = f" of {tally.calls} calls" if tally.calls else ""
        value = f"{tally.struck} faults{of}: {len(tally.lost)} lost{told}"
        mark = "it is seen" if self.wants_losses else "0 lost"
        return Row(self.what, f"{value} ({tally.seconds:.0f} s)", mark, self.is_met)


def routes(root: Path, size: Size, names: list[str]) -> Iterable[Measured]:
    """Strike every route: killed, refused, without power."""
    with strike.file_server(write_model(root)):
        for route in ROUTES:
            if not names or route.name in names:
                yield from _struck(route, root, size)


def _struck(route: Route, root: Path, size: Size) -> Iterable[Measured]:
    target = Target(route, root)
    name = route.name
    killed = strike.kill(target, size.kills)
    yield Measured("routes", f"{name}: killed at a call", killed)
    for error in (errno.EIO, errno.ENOSPC):
        refused = strike.refuse(target, error, size.refusals)
        what = f"{name}: {errno.errorcode[error]} at a call"
        yield Measured("routes", what, refused)
    yield Measured("routes", f"{name}: power cut", power.cut(target, size.cuts))


def controls(root: Path, _size: Size, _names: list[str]) -> Iterable[Measured]:
    """Strike programs that do it wrong: the laboratory must see it."""
    for route, series in CONTROLS:
        target = Target(route, root)
        yield Measured("controls", f"control, {route.name}", series(target, 40), True)


def files(root: Path, size: Size, _names: list[str]) -> Iterable[Measured]:
    """Let files rot, and let the clock and the settings go wrong."""
    database = rot.database(root, size.places)
    yield Measured("files", "conversations, damaged at a place", database)
    yield Measured("files", "clock leaps", world.clock(root / "clock"))
    settings = world.settings_survive(root / "settings-home")
    yield Measured("files", "settings damaged", settings)


def index(root: Path, size: Size, _names: list[str]) -> Iterable[Measured]:
    """Damage Chroma's cache, and kill while it is made."""
    # Here, so that only these children are large.
    import chromadb

    assert chromadb
    damaged = rot.index(root, size.ways)
    yield Measured("index", f"cache damaged, {rot.PROBES} probes each", damaged)
    killed = strike.kill(Target(CACHED, root), size.cached)
    yield Measured("index", "indexing with a cache: killed at a call", killed)


def program(root: Path, size: Size, _names: list[str]) -> Iterable[Measured]:
    """Let the whole program have bad days."""
    killed = world.killed(root / "killed", size.starts)
    yield Measured("program", "`base add` killed at random, with its children", killed)
    two = world.two_at_once(root / "two", max(1, size.starts // 4))
    yield Measured("program", "two at once on one base", two)
    gone = world.model_gone(root / "models", size.starts * 3 // 2)
    yield Measured("program", "model cut, deleted, blanked while it speaks", gone)
    if not world.can_mount(root / "mount"):
        print("Small disks need the right to mount; left out.", flush=True)
        return
    sizes = (1, 2, 3, 4)[: max(1, size.starts // 2)]
    full = world.full_disk(root / "full", sizes)
    yield Measured("program", "disk full, then freed", full)
    yield Measured("program", "data folder read-only", world.read_only(root / "ro"))


Part = Callable[[Path, Size, list[str]], Iterable[Measured]]
PARTS: dict[str, Part] = {
    "controls": controls,
    "routes": routes,
    "files": files,
    "program": program,
    "index": index,
}


def main() -> int:
    """Run the parts, print what was lost, write the tables."""
    options = _options()
    quieten_environment()
    logging.getLogger("allmende").addHandler(logging.NullHandler())
    logging.getLogger("allmende").propagate = False
    place = _MEMORY if _MEMORY.is_dir() else None
    root = Path(tempfile.mkdtemp(prefix="allmende-faults-", dir=place))
    began_s, failed = time.monotonic(), 0
    try:
        warm_up(root)
        for name in options.part:
            folder = root / name
            folder.mkdir()
            size = QUICK if options.quick else FULL
            done = [_told(m) for m in PARTS[name](folder, size, options.route)]
            rows = [measured.row() for measured in done]
            failed |= save(name, _TITLES[name], rows, options.write, path=README)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print(f"{time.monotonic() - began_s:.0f} s in all", flush=True)
    return failed


def _told(measured: Measured) -> Measured:
    print(f"{measured.part}: {measured.row().what}: {measured.row().value}", flush=True)
    if not measured.is_met:
        for lost in measured.tally.lost[:_SHOWN]:
            print(f"    {lost}", flush=True)
    return measured


_TITLES = {
    "controls": "Controls: what does it wrong is seen",
    "routes": "Every way of writing",
    "files": "Damaged files and a wrong clock",
    "program": "The whole program",
    "index": "The cache of vectors",
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", nargs="+", default=list(PARTS), choices=list(PARTS))
    names = [route.name for route in ROUTES]
    parser.add_argument("--route", nargs="+", default=[], choices=names)
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
